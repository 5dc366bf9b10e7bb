/** One's own data: a file that is dropped here, and which of its columns goes where. */
import { useEffect, useState } from 'preact/hooks'
import type { Row } from '../language/plan.js'
import { columnsFrom, firstColumns, mappedRows, strangers } from './columns.js'
import { parseCsv, parseNdjson } from './csv.js'
import { ask } from './model.js'
import { dropped, graph, notice, readonly } from './state.js'

export function DataPanel() {
  const [file, setFile] = useState<{ name: string; rows: readonly Row[] } | undefined>(undefined)
  const [over, setOver] = useState(false)
  const take = async (given: File | undefined) => {
    if (given === undefined) return
    try {
      const text = await given.text()
      const rows = /\.(?:ndjson|jsonl|json)$/i.test(given.name) ? parseNdjson(text) : parseCsv(text)
      setFile({ name: given.name, rows })
      notice.value = undefined
    } catch (error) {
      notice.value = `${given.name}: ${error instanceof Error ? error.message : String(error)}`
    }
  }
  useEffect(() => {
    if (dropped.value === undefined) return
    void take(dropped.value)
    dropped.value = undefined
  }, [dropped.value])
  if (readonly.value) return <p class="hint">This page may only look.</p>
  return (
    <div
      class={`data${over ? ' over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={() => setOver(false)}
    >
      <p class="hint">
        Drop a CSV or NDJSON file here, or{' '}
        <label class="file">
          choose one
          <input
            type="file"
            accept=".csv,.tsv,.ndjson,.jsonl"
            onChange={({ currentTarget }) => void take(currentTarget.files?.[0])}
          />
        </label>
        . It stays on this machine.
      </p>
      {file !== undefined && <Mapping key={file.name} name={file.name} rows={file.rows} />}
    </div>
  )
}

function Mapping({ name, rows }: { readonly name: string; readonly rows: readonly Row[] }) {
  const columns = [...new Set(rows.slice(0, 100).flatMap((row) => Object.keys(row)))]
  const sources = (graph.value?.nodes ?? []).filter(({ type }) => type === 'input' || type === 'target') // prettier-ignore
  const [chosen, setChosen] = useState<Readonly<Record<string, string>>>(() =>
    firstColumns(sources, columns),
  )
  const parts = sources.map((node) => ({ node, taken: columnsFrom(node, chosen[node.name]!, columns) })) // prettier-ignore
  const short = parts.find(({ node, taken }) => taken.length < (node.from?.length ?? 1))
  const use = () => {
    const mapped = mappedRows(rows, parts)
    void ask({ type: 'data', rows: mapped }).then((answer) => {
      if (answer.ok) notice.value = `${name}: ${rows.length} rows are used from now on`
    })
  }
  return (
    <form
      class="mapping"
      onSubmit={(event) => {
        event.preventDefault()
        use()
      }}
    >
      <p>
        {name}: {rows.length} rows
      </p>
      {parts.map(({ node, taken }) => (
        <label key={node.name}>
          {node.type} {node.name}
          <select
            value={chosen[node.name]}
            onChange={({ currentTarget }) =>
              setChosen({ ...chosen, [node.name]: currentTarget.value })
            }
          >
            {columns.map((column) => (
              <option key={column}>{column}</option>
            ))}
          </select>
          {taken.length > 1 && (
            <small>
              … {taken.at(-1)}, {taken.length} columns
            </small>
          )}
          {node.classes !== undefined && (
            <Strangers texts={strangers(node.classes, taken[0], rows)} />
          )}
        </label>
      ))}
      {short !== undefined && (
        <p class="wrong" role="alert">
          {short.node.name} takes {short.node.from?.length} columns, and there are{' '}
          {short.taken.length} from {chosen[short.node.name]} on
        </p>
      )}
      <button class="main" disabled={short !== undefined}>
        Use these rows
      </button>
      <button type="button" onClick={() => void ask({ type: 'data', rows: null })}>
        The graph's own data
      </button>
    </form>
  )
}

/** What is in the column of a text that stands for a number, and is none of its classes. */
function Strangers({ texts }: { readonly texts: readonly string[] }) {
  if (texts.length === 0) return null
  return (
    <small class="wrong">
      {texts.slice(0, 3).join(', ')}
      {texts.length > 3 ? ', …' : ''}: none of its classes
    </small>
  )
}
