/** A tensor that one changes: a cell of it, or all of it as JSON. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Nested } from '../language/plan.js'
import type { Answer } from '../remote/protocol.js'
import { cell } from './state.js'
import { cellOf, parseCell, parseNested, parseNumber, withCell, type Typed } from './nested.js'

interface Props {
  readonly name: string
  readonly shape: readonly number[]
  /** All of it, as it is now. */
  read(): Promise<Nested | undefined>
  write(value: Nested): Promise<Answer>
}

export function TensorForm({ name, shape, read, write }: Props) {
  const [value, setValue] = useState<string>('')
  const [all, setAll] = useState<string | undefined>(undefined)
  const [wrong, setWrong] = useState<string | undefined>(undefined)
  const place = cell.value
  // Counts what is typed or asked for: what is read must not come over what was typed meanwhile.
  const turn = useRef(0)
  const fill = async () => {
    const own = ++turn.current
    const index = parseCell(place, shape)
    const now = 'value' in index ? await read() : undefined
    if (turn.current !== own) return
    setValue('value' in index && now !== undefined ? String(cellOf(now, index.value)) : '')
  }
  // Before anybody can type into the fields of the other tensor.
  useLayoutEffect(() => {
    cell.value = ''
    setAll(undefined)
    setWrong(undefined)
  }, [name])
  useLayoutEffect(() => void fill(), [place, name])
  const take = <T,>(typed: Typed<T>): T | undefined => {
    setWrong('wrong' in typed ? typed.wrong : undefined)
    return 'value' in typed ? typed.value : undefined
  }
  const setCell = async () => {
    const index = take(parseCell(place, shape))
    if (index === undefined) return
    const number = take(parseNumber(value))
    const now = number === undefined ? undefined : await read()
    if (number !== undefined && now !== undefined) await set(withCell(now, index, number))
  }
  const set = async (next: Nested) => {
    const answer = await write(next)
    setWrong(answer.ok ? undefined : answer.message)
  }
  const open = async (shown: boolean) => {
    setWrong(undefined)
    setAll(shown ? JSON.stringify(await read()) : undefined)
  }
  return (
    <div class="tensor-form">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void setCell()
        }}
      >
        <label>
          cell
          <input
            id="cell"
            placeholder={shape.map(() => '0').join(', ')}
            value={place}
            onInput={({ currentTarget }) => (cell.value = currentTarget.value)}
          />
        </label>
        <label>
          is
          <input
            id="cell-value"
            inputMode="decimal"
            value={value}
            onInput={({ currentTarget }) => {
              turn.current++
              setValue(currentTarget.value)
            }}
          />
        </label>
        <button id="set-cell">Set</button>
      </form>
      <details onToggle={({ currentTarget }) => void open(currentTarget.open)}>
        <summary>all as JSON</summary>
        {all !== undefined && (
          <form
            onSubmit={(event) => {
              event.preventDefault()
              const typed = take(parseNested(all, shape))
              if (typed !== undefined) void set(typed)
            }}
          >
            <textarea
              aria-label={`${name} as JSON`}
              rows={5}
              spellcheck={false}
              value={all}
              onInput={({ currentTarget }) => setAll(currentTarget.value)}
            />
            <button id="set-all">Set all</button>
          </form>
        )}
      </details>
      {wrong !== undefined && (
        <p class="wrong" role="alert">
          {wrong}
        </p>
      )}
    </div>
  )
}
