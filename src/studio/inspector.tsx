/** All that is known of the chosen node, and how its gradient comes about with today's numbers. */
import { useEffect, useState } from 'preact/hooks'
import type { Nested } from '../language/plan.js'
import type { Explained, ShownNode, ShownTensor } from '../remote/protocol.js'
import { SampleForm, WeightForm } from './forms.js'
import { heatMap } from './heat.js'
import { ask } from './model.js'
import { cell, graph, hovered, leave, selected, snapshot } from './state.js'
import { exact, label, numberOf, short } from './text.js'

export function Inspector() {
  const index = selected.value!
  const node = graph.value?.nodes[index]
  const now = snapshot.value
  if (node === undefined) return null
  const value = now?.values[index]
  const gradient = now?.gradients[index]
  return (
    <aside class="inspector" aria-label={`node ${node.name}`}>
      <button class="plain close" aria-label="close" onClick={leave}>
        ×
      </button>
      <h2>{node.name}</h2>
      <p class="kind">
        {node.gate ?? node.type}
        {node.shape.length > 0 && ` [${node.shape.join(', ')}]`}
        {node.frozen === true && ', frozen'}
      </p>
      {node.formula !== undefined && <code class="formula">{node.formula}</code>}
      <dl class="numbers">
        <dt>value</dt>
        <dd data-inspect="value">
          {typeof value === 'object' && value !== null ? label(value) : exact(value)}
        </dd>
        <dt>gradient</dt>
        <dd data-inspect="gradient">
          {typeof gradient === 'object' && gradient !== null
            ? label(gradient)
            : gradient === 'none'
              ? '– (none)'
              : exact(gradient)}
        </dd>
      </dl>
      {typeof value === 'object' && value !== null && (
        <Tensor node={index} of="value" picture={value} />
      )}
      {node.type === 'gate' && <Derivatives index={index} node={node} />}
      {node.type === 'weight' && <WeightForm key={node.name} node={node} value={value} />}
      {(node.type === 'input' || node.type === 'target') && (
        <SampleForm key={node.name} index={index} node={node} value={value} />
      )}
      {typeof gradient === 'object' && gradient !== null && (
        <Tensor node={index} of="gradient" picture={gradient} />
      )}
    </aside>
  )
}

/** What a gate under the pointer, or with the focus, does to its gradient. */
export function Hint() {
  const index = hovered.value
  const node = index === undefined ? undefined : graph.value?.nodes[index]
  if (node?.type !== 'gate' || index === selected.value) return null
  return (
    <div class="hint-card" role="status">
      <h2>{node.name}</h2>
      <Derivatives index={index!} node={node} />
    </div>
  )
}

/** `gradient in × ∂y/∂a = gradient out`, for each port. */
function Derivatives({ index, node }: { readonly index: number; readonly node: ShownNode }) {
  const [parts, setParts] = useState<readonly Explained[]>([])
  const now = snapshot.value
  useEffect(() => {
    let current = true
    void ask({ type: 'explain', node: index }).then((answer) => {
      if (current && answer.ok) setParts(answer.parts ?? [])
    })
    return () => (current = false) as unknown as undefined // its result is of no interest
  }, [index, now?.step, now?.version])
  const gradients = node.rule?.gradients ?? {}
  return (
    <div class="derivatives">
      {node.rule !== undefined && <p>y = {node.rule.value}</p>}
      {parts.length === 0 &&
        Object.entries(gradients).map(([port, formula]) => (
          <p key={port}>
            gradient of {port}: <code>{formula}</code>
          </p>
        ))}
      {parts.map(({ port, from, derivative, answer }) => (
        <p key={port}>
          <span class="from">{from}</span> (port {port}):{' '}
          <code>
            {short(numberOf(now?.gradients[index]))} × {short(derivative)} = {short(answer)}
          </code>
          {gradients[port] !== undefined && <small>{gradients[port]}</small>}
        </p>
      ))}
    </div>
  )
}

/** A picture whose cells tell their values. */
function Tensor({
  node,
  of,
  picture,
}: {
  readonly node: number
  readonly of: 'value' | 'gradient'
  readonly picture: ShownTensor
}) {
  const [told, setTold] = useState('')
  const tell = async (event: MouseEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect()
    const { rows, columns, shape } = picture
    const row = Math.floor(((event.clientY - box.top) / box.height) * rows)
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns)
    const small = shape.length <= 2 && rows === (shape.length === 2 ? shape[0] : 1) && columns === shape.at(-1) // prettier-ignore
    const mean = picture.cells[row * columns + column]
    if (!small) {
      setTold(`about ${short(mean)} around there`)
      return undefined
    }
    const answer = await ask({ type: 'tensor', node, of })
    const data: Nested | undefined = answer.ok ? answer.data : undefined
    const line = shape.length === 2 ? (data as readonly Nested[] | undefined)?.[row] : data
    const value = (line as readonly Nested[] | undefined)?.[column]
    setTold(`[${shape.length === 2 ? `${row}, ` : ''}${column}] = ${String(value ?? mean)}`)
    return shape.length === 2 ? `${row}, ${column}` : `${column}`
  }
  return (
    <figure class="tensor">
      <img
        src={heatMap(picture)}
        alt={`${of} as a heat map, from ${short(picture.least)} to ${short(picture.most)}`}
        onClick={(event) => void tell(event).then((at) => at !== undefined && (cell.value = at))}
        onMouseMove={(event) => void tell(event)}
        onMouseLeave={() => setTold('')}
      />
      <figcaption>
        {of}: {short(picture.least)} … {short(picture.most)} {told}
      </figcaption>
    </figure>
  )
}
