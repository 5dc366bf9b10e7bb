/** The editor of graph files: YAML, with what `eagre check` says underlined in place. */
import { autocompletion, type CompletionContext } from '@codemirror/autocomplete'
import { yaml } from '@codemirror/lang-yaml'
import { lintGutter, linter, type Diagnostic as Mark } from '@codemirror/lint'
import { EditorState } from '@codemirror/state'
import { basicSetup, EditorView } from 'codemirror'
import type { Diagnostic } from '../errors.js'
import { gates } from '../gates/index.js'
import { sections } from '../language/keys.js'

export interface Editor {
  /** Puts another text in, unless it is there already. */
  replace(text: string): void
  close(): void
}

export interface EditorOptions {
  readonly readonly: boolean
  /** What is wrong with a text. */
  check(text: string): Promise<readonly Diagnostic[]>
}

/** Opens an editor in an element of the page. */
export function open(parent: Element, text: string, options: EditorOptions): Editor {
  const check = linter(
    async (view) => {
      const found = await options.check(view.state.doc.toString())
      return found.map((diagnostic) => markOf(diagnostic, view.state))
    },
    { delay: 250 },
  )
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        basicSetup,
        yaml(),
        lintGutter(),
        check,
        autocompletion({ override: [complete] }),
        EditorView.contentAttributes.of({ 'aria-label': 'graph file' }),
        EditorState.readOnly.of(options.readonly),
      ],
    }),
  })
  return {
    replace: (next) => {
      if (view.state.doc.toString() === next) return
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } })
    },
    close: () => view.destroy(),
  }
}

function markOf(
  { line, column, endLine, endColumn, severity, message, hint, code }: Diagnostic,
  { doc }: EditorState,
): Mark {
  // prettier-ignore
  const offset = (row: number, at: number) => {
    const found = doc.line(Math.min(Math.max(row, 1), doc.lines))
    return Math.min(found.from + at - 1, found.to)
  }
  const from = offset(line, column)
  const to = Math.max(offset(endLine, endColumn), Math.min(from + 1, doc.length))
  return { from, to, severity, source: code, message: hint === undefined ? message : `${message}\n${hint}` } // prettier-ignore
}

/** Keys of the section that the cursor is in, at the start of a line; else gates. */
function complete(context: CompletionContext) {
  const word = context.matchBefore(/[\w]*/)
  if (word === null || (word.from === word.to && !context.explicit)) return null
  const line = context.state.doc.lineAt(context.pos)
  const before = line.text.slice(0, word.from - line.from)
  if (before === '') return { from: word.from, options: topKeys.map((label) => ({ label, type: 'keyword', apply: `${label}:` })) } // prettier-ignore
  if (/^\s+$/.test(before)) return null
  return { from: word.from, options: gateOptions }
}

const topKeys = sections.graph.map(({ name }) => name)

const gateOptions = [...gates].map(([name, gate]) => ({
  label: name,
  type: 'function',
  detail: `(${gate.ports.map((port) => port.name).join(', ')})`,
  info: gate.doc,
}))
