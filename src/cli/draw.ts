/** A plan as a drawing: nodes and wires in the notation of others. */
import { printFormula } from '../language/formula.js'
import { nameOf } from '../language/name.js'
import type { Plan } from '../language/plan.js'

export interface Drawing {
  readonly name: string
  readonly nodes: readonly DrawnNode[]
  /** From the node that gives the value to the one that uses it, in a port of that. */
  readonly wires: readonly { readonly from: string; readonly to: string; readonly port: number }[]
  readonly loss?: string
  readonly outputs: readonly string[]
}

interface DrawnNode {
  readonly name: string
  readonly type: 'input' | 'target' | 'weight' | 'constant' | 'gate'
  readonly gate?: string
  readonly formula?: string
  readonly parameters?: Readonly<Record<string, unknown>>
  readonly shape: readonly number[]
}

/** All that there is to draw. */
export function drawingOf(plan: Plan): Drawing {
  const names = plan.nodes.map((_, index) => nameOf(plan, index))
  return {
    name: plan.name,
    nodes: plan.nodes.map((node, index) => ({
      name: names[index]!,
      type: node.type,
      ...(node.type === 'gate' && {
        gate: node.gate,
        formula: printFormula(plan, index),
        parameters: node.parameters,
      }),
      shape: node.shape,
    })),
    wires: plan.nodes.flatMap((node, index) =>
      node.type !== 'gate'
        ? []
        : node.ports.flatMap((port, at) =>
            'node' in port ? [{ from: names[port.node]!, to: names[index]!, port: at }] : [],
          ),
    ),
    ...(plan.loss !== undefined && { loss: names[plan.loss]! }),
    outputs: plan.outputs.map((output) => names[output]!),
  }
}

/** A Mermaid flowchart. Nodes are numbered: a name may be a word of Mermaid's, like `end`. */
export function asMermaid(drawing: Drawing): string {
  const number = numbering(drawing)
  const shapes = {
    input: ['([', '])'],
    target: ['([', '])'],
    weight: ['[(', ')]'],
    constant: ['[', ']'],
    gate: ['(', ')'],
  } as const
  const nodes = drawing.nodes.map((node, index) => {
    const [open, close] = shapes[node.type]
    return `  n${index}${open}"${mermaidText(label(node).join('\n'))}"${close}`
  })
  const wires = drawing.wires.map(({ from, to }) => `  n${number.get(from)} --> n${number.get(to)}`)
  const classes = (['input', 'target', 'weight'] as const).flatMap((type) => {
    const members = drawing.nodes.flatMap((node, index) =>
      node.type === type ? [`n${index}`] : [],
    )
    return members.length === 0 ? [] : [`  class ${members.join(',')} ${type}`]
  })
  const loss = drawing.loss === undefined ? [] : [`  class n${number.get(drawing.loss)} loss`]
  return `${['flowchart LR', ...nodes, ...wires, ...styles, ...classes, ...loss].join('\n')}\n`
}

/** A digraph for Graphviz. */
export function asDot(drawing: Drawing): string {
  const number = numbering(drawing)
  const shapes = {
    input: 'ellipse',
    target: 'ellipse',
    weight: 'cylinder',
    constant: 'plaintext',
    gate: 'box',
  } as const
  const nodes = drawing.nodes.map((node, index) => {
    const text = dotText(label(node).join('\n'))
    const bold = node.name === drawing.loss ? ', penwidth=2' : ''
    return `  n${index} [label="${text}", shape=${shapes[node.type]}${bold}]`
  })
  const wires = drawing.wires.map(({ from, to }) => `  n${number.get(from)} -> n${number.get(to)}`)
  const head = [`digraph "${dotText(drawing.name)}" {`, '  rankdir=LR']
  return `${[...head, ...nodes, ...wires, '}'].join('\n')}\n`
}

const styles = [
  '  classDef input fill:#dbeafe,stroke:#2563eb,color:#111',
  '  classDef target fill:#fef3c7,stroke:#d97706,color:#111',
  '  classDef weight fill:#dcfce7,stroke:#16a34a,color:#111',
  '  classDef loss stroke:#dc2626,stroke-width:3px',
]

function numbering({ nodes }: Drawing): ReadonlyMap<string, number> {
  return new Map(nodes.map(({ name }, index) => [name, index]))
}

function label({ name, gate, formula }: DrawnNode): string[] {
  if (gate === undefined) return [name]
  return [name, formula !== undefined && formula.length <= 60 ? formula : gate]
}

/** All but harmless characters as numbered entities, which Mermaid writes `#34;`. */
function mermaidText(text: string): string {
  return text
    .replace(/[^\p{L}\p{N} .,_+*/=()^\n-]/gu, (character) => `#${character.codePointAt(0)};`)
    .replaceAll('\n', '<br/>')
}

function dotText(text: string): string {
  return (
    text
      .replace(/[\\"]/g, '\\$&')
      .replace(/\r?\n/g, '\\n')
      // oxlint-disable-next-line no-control-regex
      .replace(/[\0-\x1f\x7f]/g, ' ')
  )
}
