/** One box of the drawing: a node, or a module that is folded into one. */
import type { ShownGraph, ShownNode } from '../remote/protocol.js'
import type { Box, View } from './fold.js'
import { few, type Layout } from './layout.js'
import { hovered, selected, unfolded } from './state.js'

export function NodeBox({
  box,
  graph,
  placed,
  stop,
  dimmed,
}: {
  readonly box: Box
  readonly graph: ShownGraph
  readonly placed: Layout
  /** Whether Tab comes to it. */
  readonly stop: boolean
  readonly dimmed: boolean
}) {
  const { x, y, width, height } = placed.boxes.get(box.id)!
  const node = box.node === undefined ? undefined : graph.nodes[box.node]
  const kind = box.node !== undefined && box.node === graph.loss ? 'loss' : (node?.type ?? 'module')
  const tensor = node !== undefined && node.shape.length > 0
  const choose = () => {
    if (box.node !== undefined) selected.value = box.node
    else fold(box)
  }
  const isSelected = box.node !== undefined && selected.value === box.node
  return (
    <g
      class={`box ${kind}${dimmed ? ' dimmed' : ''}${isSelected ? ' selected' : ''}`}
      transform={`translate(${x - width / 2} ${y - height / 2})`}
      data-box={box.id}
      data-node={box.node}
      tabindex={stop ? 0 : -1}
      role="button"
      onClick={choose}
      onDblClick={() => fold(box)}
      onPointerEnter={() => (hovered.value = box.node)}
      onPointerLeave={() => (hovered.value = undefined)}
      onFocus={() => (hovered.value = box.node)}
      onBlur={() => (hovered.value = undefined)}
      onKeyDown={(event) => {
        if (event.key === 'Enter' || event.key === ' ') {
          event.preventDefault()
          choose()
        } else if (event.key === 'f') fold(box)
      }}
    >
      {/* All of a name that is cut or too far away to be read. */}
      <title>{describe(box, node)}</title>
      <rect class="frame" width={width} height={height} rx={kind === 'weight' ? 4 : 10} />
      <text class="name" x={10} y={17} style={`--far:${farSize(box.label, width)}px`}>
        {cut(box.label, 24)}
      </text>
      {box.group !== undefined && (
        <text
          class="fold"
          x={width - 16}
          y={17}
          onClick={(event) => {
            event.stopPropagation()
            fold(box)
          }}
        >
          {box.group === 'folded' ? '+' : '−'}
        </text>
      )}
      {node?.formula !== undefined && (
        <text class="formula" x={10} y={32}>
          {cut(node.formula, 28)}
        </text>
      )}
      {tensor ? (
        <image
          class="heat"
          x={10}
          y={40}
          width={width - 20}
          height={44}
          preserveAspectRatio="none"
        />
      ) : (
        node?.type === 'weight' &&
        height > 60 && <path class="spark" transform={`translate(10 ${height - 42})`} />
      )}
      {tensor ? (
        <>
          <text class="numbers" x={10} y={height - 24}>
            <tspan class="value">–</tspan>
          </text>
          <text class="numbers" x={10} y={height - 9}>
            <tspan class="gradient">–</tspan>
          </text>
        </>
      ) : (
        <text class="numbers" x={10} y={height - 9}>
          <tspan class="value">–</tspan>
          <tspan class="bar"> | </tspan>
          <tspan class="gradient">–</tspan>
        </text>
      )}
    </g>
  )
}

function fold(box: Box): void {
  if (box.group === undefined) return
  const next = new Set(unfolded.value)
  if (box.group === 'folded') next.add(box.id)
  else
    for (const name of next) if (name === box.id || name.startsWith(`${box.id}.`)) next.delete(name)
  unfolded.value = next
}

function describe(box: Box, node: ShownNode | undefined): string {
  const what = node === undefined ? `module ${box.id}` : `${node.type} ${box.id}`
  const formula = node?.formula === undefined ? '' : `, ${node.formula}`
  return `${what}${formula}${box.inside > 0 ? `, ${box.inside} nodes folded` : ''}`
}

/** Width and height of a box. */
export function sizeOf(
  id: string,
  { nodes }: ShownGraph,
  { boxes }: View,
): readonly [number, number] {
  const index = boxIndex(boxes).get(id)?.node
  const node = index === undefined ? undefined : nodes[index]
  const name = Math.min(id.length, 24) * 7.6 + 34
  const formula = Math.min(node?.formula?.length ?? 0, 28) * 6.4 + 24
  const tensor = node !== undefined && node.shape.length > 0
  // Where there are many, the line of its history would be too much.
  const sparks = node?.type === 'weight' && boxes.length <= few
  const height = tensor ? 126 : sparks ? 74 : node?.formula === undefined ? 48 : 62
  return [Math.max(154, name, formula, tensor ? 176 : 0), height]
}

const indexes = new WeakMap<readonly Box[], ReadonlyMap<string, Box>>()

function boxIndex(boxes: readonly Box[]): ReadonlyMap<string, Box> {
  let index = indexes.get(boxes)
  if (index === undefined) indexes.set(boxes, (index = new Map(boxes.map((box) => [box.id, box]))))
  return index
}

/** From far away the name fills its box. */
function farSize(name: string, width: number): number {
  return Math.min(30, Math.floor((width - 20) / (0.62 * Math.min(name.length, 24))))
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text
}
