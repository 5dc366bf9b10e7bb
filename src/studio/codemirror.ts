/** The editor of graph files: YAML, with what `eagre check` says underlined in place. */
import { autocompletion, type CompletionContext } from '@codemirror/autocomplete'
import { yaml } from '@codemirror/lang-yaml'
import { lintGutter, linter, type Diagnostic as Mark } from '@codemirror/lint'
import { EditorState, Prec } from '@codemirror/state'
import { hoverTooltip, keymap, type Tooltip } from '@codemirror/view'
import { basicSetup, EditorView } from 'codemirror'
import type { Diagnostic } from '../errors.js'
import { hintAt, offersAt } from './complete.js'
import { look } from './theme.js'

export interface Editor {
  /** Puts another text in, unless it is there already. */
  replace(text: string): void
  /** Brings the cursor to a place of the text, counted from 1. */
  goTo(line: number, column: number): void
  focus(): void
  close(): void
}

export interface EditorOptions {
  readonly readonly: boolean
  /** What is wrong with a text. */
  check(text: string): Promise<readonly Diagnostic[]>
  /** Ctrl and Enter. */
  apply(text: string): void
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
        Prec.highest(
          keymap.of([
            { key: 'Mod-Enter', run: ({ state }) => (options.apply(state.doc.toString()), true) },
          ]),
        ),
        hoverTooltip(hint),
        yaml(),
        look,
        lintGutter(),
        check,
        autocompletion({ override: [complete] }),
        EditorView.contentAttributes.of({ 'aria-label': 'graph file', tabindex: '0' }),
        EditorState.readOnly.of(options.readonly),
      ],
    }),
  })
  return {
    replace: (next) => {
      if (view.state.doc.toString() === next) return
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } })
    },
    goTo: (line, column) => {
      const at = offsetOf(view.state, line, column)
      view.dispatch({ selection: { anchor: at }, scrollIntoView: true })
      view.focus()
    },
    focus: () => view.focus(),
    close: () => view.destroy(),
  }
}

function markOf(
  { line, column, endLine, endColumn, severity, message, hint: repair, code }: Diagnostic,
  state: EditorState,
): Mark {
  const from = offsetOf(state, line, column)
  const to = Math.max(offsetOf(state, endLine, endColumn), Math.min(from + 1, state.doc.length))
  return { from, to, severity, source: code, message: repair === undefined ? message : `${message}\n${repair}` } // prettier-ignore
}

function offsetOf({ doc }: EditorState, row: number, column: number): number {
  const found = doc.line(Math.min(Math.max(row, 1), doc.lines))
  return Math.min(found.from + column - 1, found.to)
}

/** What the table of keys and the catalogues have for the place of the cursor. */
function complete(context: CompletionContext) {
  const word = context.matchBefore(/[\p{L}\p{N}_]*/u)
  if (word === null || (word.from === word.to && !context.explicit)) return null
  const text = context.state.doc.toString()
  const behind = text.slice(context.pos).match(/^[ ]*:/) !== null
  const options = offersAt(text, word.from).map(({ apply, ...offer }) => {
    // A key that has its colon already gets no other one.
    return apply === undefined || behind ? offer : { ...offer, apply }
  })
  return options.length === 0 ? null : { from: word.from, options, validFor: /^[\p{L}\p{N}_]*$/u }
}

/** Tells of the key or the gate under the pointer what it is for. */
function hint(view: EditorView, position: number): Tooltip | null {
  const { from, to, text } = view.state.doc.lineAt(position)
  const isWord = (at: number) => /[\p{L}\p{N}_]/u.test(text[at - from] ?? '')
  let [start, end] = [position, position]
  while (start > from && isWord(start - 1)) start--
  while (end < to && isWord(end)) end++
  const found = start === end ? undefined : hintAt(view.state.doc.toString(), start, end)
  if (found === undefined) return null
  return {
    pos: start,
    end,
    above: true,
    create: () => {
      const dom = document.createElement('div')
      dom.className = 'cm-hint'
      dom.textContent = `${found.label}${found.detail ?? ''}: ${found.info ?? ''}`
      return { dom }
    },
  }
}
