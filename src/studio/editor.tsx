/** The graph file. The editor itself is large and loaded when it is first opened. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { signal } from '@preact/signals'
import type { Diagnostic } from '../errors.js'
import type { Answer, WeightChange } from '../remote/protocol.js'
import { ask } from './model.js'
import { graph, readonly } from './state.js'
import type { Editor } from './codemirror.js'

/** What is typed and not applied yet, and the text that it is to replace: it outlives the panel. */
const draft = signal<{ readonly base: string; readonly text: string } | undefined>(undefined)

/** What the model says of a text. */
interface Verdict {
  readonly problems: readonly Diagnostic[]
  /** Why it cannot be applied, where no place in it is to blame. */
  readonly refused?: string
  readonly changes?: readonly WeightChange[]
}

const nothing: Verdict = { problems: [] }

function verdictOf(answer: Answer): Verdict {
  const problems = answer.diagnostics ?? []
  if (!answer.ok)
    return problems.length === 0 ? { problems, refused: answer.message } : { problems }
  return { problems, ...(answer.changes && { changes: answer.changes }) }
}

export function EditorPanel() {
  const place = useRef<HTMLDivElement>(null)
  const editor = useRef<Editor | undefined>(undefined)
  const [verdict, setVerdict] = useState(nothing)
  const [failed, setFailed] = useState(false)
  const shown = graph.value
  const typed = draft.value?.text
  const errors = verdict.problems.filter(({ severity }) => severity === 'error')
  const ready = typed !== undefined && errors.length === 0 && verdict.refused === undefined
  const apply = async (text: string | undefined) => {
    if (text === undefined || readonly.peek()) return
    const answer = await ask({ type: 'apply', text })
    if (!answer.ok) return setVerdict(verdictOf(answer))
    // The button that was pressed has nothing to apply any more.
    editor.current?.focus()
  }
  useEffect(() => {
    let gone = false
    const load = async () => {
      const { open } = await import('./codemirror.js')
      if (gone || place.current === null) return
      const base = graph.peek()?.text ?? ''
      const begun = draft.peek()?.base === base ? draft.peek()!.text : base
      editor.current = open(place.current, begun, {
        readonly: readonly.peek(),
        check: async (text) => {
          const answer = await ask({ type: 'preview', text })
          const now = graph.peek()?.text ?? ''
          draft.value = text === now ? undefined : { base: now, text }
          const found = verdictOf(answer)
          setVerdict(found)
          return found.problems
        },
        apply: (text) => void apply(text),
      })
    }
    load().catch(() => setFailed(true))
    return () => {
      gone = true
      editor.current?.close()
    }
  }, [])
  useEffect(() => {
    // Another text of the graph; a weight that is frozen changes the graph and not its text.
    if (shown === undefined || draft.peek()?.base === shown.text) return
    editor.current?.replace(shown.text)
    draft.value = undefined
    setVerdict(nothing)
  }, [shown?.text, shown?.file])
  return (
    <div class="editor">
      <div class="choices">
        <button
          id="apply"
          class="main"
          disabled={!ready || readonly.value}
          title="Ctrl and Enter"
          onClick={() => void apply(typed)}
        >
          Apply
        </button>
        <Problems {...verdict} goTo={(line, column) => editor.current?.goTo(line, column)} />
        {ready && verdict.changes !== undefined && <Changes changes={verdict.changes} />}
        <small class="keys">Ctrl Space completes, Ctrl Enter applies, Tab leaves</small>
      </div>
      {failed && <p class="wrong">The editor could not be loaded: load this page again.</p>}
      <div class="code" ref={place} />
    </div>
  )
}

/** What is wrong with the text, the first of it in words. */
function Problems({
  problems,
  refused,
  goTo,
}: Verdict & { goTo(line: number, column: number): void }) {
  const first = problems.find(({ severity }) => severity === 'error') ?? problems[0]
  if (first === undefined) return <span role="status">{refused !== undefined && <span class="wrong">{refused}</span>}</span> // prettier-ignore
  const { line, column, message, hint, severity } = first
  return (
    <span role="status" class="problems">
      <button class={`problem ${severity}`} title="go there" onClick={() => goTo(line, column)}>
        line {line}: {message}
        {hint !== undefined && ` (${hint})`}
      </button>
      {problems.length > 1 && <small>and {problems.length - 1} more</small>}
    </span>
  )
}

/** What an edit would do to the weights. */
function Changes({ changes }: { readonly changes: readonly WeightChange[] }) {
  const kinds = ['kept', 'new', 'reset', 'dropped'] as const
  return (
    <ul class="changes" aria-label="what becomes of the weights">
      {kinds.map((kind) => {
        const names = changes.filter(({ change }) => change === kind).map(({ name }) => name)
        if (names.length === 0) return null
        const list = names.length > 6 ? `${names.slice(0, 6).join(', ')} and ${names.length - 6} more` : names.join(', ') // prettier-ignore
        return (
          <li key={kind} class={kind}>
            {kind}: {list}
          </li>
        )
      })}
    </ul>
  )
}
