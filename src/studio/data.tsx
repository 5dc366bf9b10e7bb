/** One's own data: a file that is dropped here, and which of its columns goes where. */
import { useEffect, useState } from 'preact/hooks'
import type { Row } from '../language/plan.js'
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
    Object.fromEntries(sources.map((node) => [node.name, nearest(node.name, columns)])),
  )
  const use = () => {
    const mapped = rows.map((row) => {
      const sample: Record<string, unknown> = {}
      for (const { name: source } of sources) sample[source] = row[chosen[source] ?? source]
      return sample
    })
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
      {sources.map((node) => (
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
        </label>
      ))}
      <button class="main">Use these rows</button>
      <button type="button" onClick={() => void ask({ type: 'data', rows: null })}>
        The graph's own data
      </button>
    </form>
  )
}

function nearest(name: string, columns: readonly string[]): string {
  const lower = name.toLowerCase()
  return columns.find((column) => column.toLowerCase() === lower) ?? columns[0] ?? ''
}
