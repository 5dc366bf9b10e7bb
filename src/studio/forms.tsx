/** What one changes at a node: a weight, or a sample that is typed in. */
import { useRef, useState } from 'preact/hooks'
import type { Nested } from '../language/plan.js'
import type { Answer, ShownNode } from '../remote/protocol.js'
import { ask } from './model.js'
import { parseNumber, parseTexts, type Typed } from './nested.js'
import { readonly } from './state.js'
import { TensorForm } from './tensorform.js'
import { exact, numberOf } from './text.js'

/** A weight: its numbers, whether it is frozen, and how it began. */
export function WeightForm({ node, value }: { readonly node: ShownNode; readonly value: unknown }) {
  if (readonly.value) return null
  const write = (next: Nested) => ask({ type: 'weight', name: node.name, value: next })
  return (
    <>
      {node.shape.length > 0 && (
        <TensorForm
          name={node.name}
          shape={node.shape}
          read={async () => {
            const answer = await ask({ type: 'weights' })
            return answer.ok ? answer.weights?.[node.name] : undefined
          }}
          write={write}
        />
      )}
      <div class="weight">
        {node.shape.length === 0 && (
          <Field
            label="set to"
            shown={exact(numberOf(value))}
            number
            parse={parseNumber}
            write={write}
          />
        )}
        <label>
          <input
            type="checkbox"
            checked={node.frozen === true}
            onChange={({ currentTarget }) =>
              void ask({ type: 'freeze', name: node.name, frozen: currentTarget.checked })
            }
          />
          frozen
        </label>
        <button type="button" onClick={() => void ask({ type: 'reset', name: node.name })}>
          Reset
        </button>
      </div>
    </>
  )
}

/** A sample that is typed in: the other inputs keep what the data have for them. */
export function SampleForm({
  index,
  node,
  value,
}: {
  readonly index: number
  readonly node: ShownNode
  readonly value: unknown
}) {
  if (readonly.value) return null
  const write = (next: unknown) => ask({ type: 'sample', sample: { [node.name]: next } })
  const { classes, hash, shape } = node
  const coded = classes !== undefined || hash !== undefined
  return (
    <>
      {shape.length > 0 && !coded && (
        <TensorForm
          name={node.name}
          shape={shape}
          read={async () => {
            const answer = await ask({ type: 'tensor', node: index, of: 'value' })
            return answer.ok ? answer.data : undefined
          }}
          write={write}
        />
      )}
      <div class="weight">
        {shape.length === 0 && !coded && (
          <Field
            label="try"
            shown={exact(numberOf(value))}
            number
            parse={parseNumber}
            write={write}
          />
        )}
        {coded && (shape.length > 0 || classes === undefined) && (
          <Field
            label={shape.length > 0 ? 'try texts' : 'try text'}
            shown=""
            hint={hintFor(node)}
            parse={(text) => (shape.length > 0 ? parseTexts(text, shape) : { value: text })}
            write={write}
          />
        )}
        {classes !== undefined && shape.length === 0 && (
          <label>
            try
            <select
              value={classes[Number(value)]}
              onChange={({ currentTarget }) => void write(currentTarget.value)}
            >
              {classes.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        )}
        <button type="button" onClick={() => void ask({ type: 'sample', sample: null })}>
          Samples of the data
        </button>
      </div>
    </>
  )
}

function hintFor({ classes, hash, shape }: ShownNode): string {
  const each = classes === undefined ? `hashed below ${hash}` : `of ${classes.slice(0, 8).join(', ')}${classes.length > 8 ? ', …' : ''}` // prettier-ignore
  return shape.length === 0 ? each : `a list like ["a", "b"], shape [${shape.join(', ')}]; ${each}`
}

/** A field that sends what is typed by Enter, or when it is left; what is refused is said below it. */
function Field<T>({
  label,
  shown,
  number = false,
  hint,
  parse,
  write,
}: {
  readonly label: string
  readonly shown: string
  readonly number?: boolean
  readonly hint?: string
  parse(text: string): Typed<T>
  write(value: T): Promise<Answer>
}) {
  const [typed, setTyped] = useState<string | undefined>(undefined)
  const [wrong, setWrong] = useState<string | undefined>(undefined)
  const sent = useRef<string | undefined>(undefined)
  const send = async () => {
    if (typed === undefined || (typed === sent.current && wrong === undefined)) return
    sent.current = typed
    const read = parse(typed)
    const answer = 'wrong' in read ? undefined : await write(read.value)
    if ('wrong' in read) setWrong(read.wrong)
    else if (answer?.ok === false) setWrong(answer.message)
    else {
      setWrong(undefined)
      // A number stands in the field as the model has it now; a text is known here alone.
      if (!number) return
      sent.current = undefined
      setTyped(undefined)
    }
  }
  return (
    <form
      class="field"
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      <label>
        {label}
        <input
          {...(number && { inputMode: 'decimal' as const })}
          value={typed ?? shown}
          aria-invalid={wrong !== undefined}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          onBlur={() => void send()}
        />
      </label>
      {hint !== undefined && <small>{hint}</small>}
      {wrong !== undefined && (
        <p class="wrong" role="alert">
          {wrong}
        </p>
      )}
    </form>
  )
}
