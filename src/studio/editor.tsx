/** The graph file. The editor itself is large and loaded when it is first opened. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { WeightChange } from '../remote/protocol.js'
import { ask } from './model.js'
import { graph, readonly } from './state.js'
import type { Editor } from './codemirror.js'

export function EditorPanel() {
  const place = useRef<HTMLDivElement>(null)
  const editor = useRef<Editor | undefined>(undefined)
  const [text, setText] = useState<string | undefined>(undefined)
  const [problems, setProblems] = useState(0)
  const [changes, setChanges] = useState<readonly WeightChange[] | undefined>(undefined)
  const shown = graph.value
  useEffect(() => {
    let gone = false
    void import('./codemirror.js').then(({ open }) => {
      if (gone || place.current === null) return
      editor.current = open(place.current, graph.peek()?.text ?? '', {
        readonly: readonly.peek(),
        check: async (typed) => {
          const answer = await ask({ type: 'preview', text: typed })
          setText(typed)
          setChanges(answer.ok ? answer.changes : undefined)
          const found = answer.ok ? [] : (answer.diagnostics ?? [])
          setProblems(found.length)
          return found
        },
      })
    })
    return () => {
      gone = true
      editor.current?.close()
    }
  }, [])
  useEffect(() => {
    if (shown !== undefined) editor.current?.replace(shown.text)
    setText(undefined)
    setChanges(undefined)
  }, [shown?.version, shown?.file])
  const edited = text !== undefined && text !== shown?.text
  return (
    <div class="editor">
      <div class="choices">
        <button
          id="apply"
          class="main"
          disabled={!edited || problems > 0 || readonly.value}
          onClick={() => void ask({ type: 'apply', text: text! })}
        >
          Apply
        </button>
        {problems > 0 && (
          <span role="status">{problems === 1 ? 'one problem' : `${problems} problems`}</span>
        )}
        {edited && changes !== undefined && <Changes changes={changes} />}
      </div>
      <div class="code" ref={place} />
    </div>
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
