/** A gate of a plan as the formula one would write for it. */
import { quoteText } from '../formula/token.js'
import type { Gate } from '../gates/gate.js'
import { gates, operatorGates } from '../gates/index.js'
import { nameOf } from './name.js'
import type { GateNode, Plan } from './plan.js'

/**
 * The formula of a gate, the gates inside it included, with no more parentheses than it needs;
 * for another node its name.
 */
export function printFormula(plan: Plan, index: number): string {
  const node = plan.nodes[index]!
  return node.type === 'gate' ? print(plan, index, node).text : nameOf(plan, index)
}

/** How tightly the outermost operator of a text binds. */
const binding = { comparison: 1, sum: 2, product: 3, unary: 4, power: 5, whole: 6 }

interface Printed {
  readonly text: string
  readonly binds: number
}

const signs: ReadonlyMap<string, string> = new Map(
  [...operatorGates].map(([sign, gate]) => [gate, sign]),
)

/** A sum of 20,000 inputs is not made clearer by all of them. */
const shownPorts = 16

function print(plan: Plan, index: number, gate: GateNode): Printed {
  const operand = (port: number) => printPort(plan, index, gate, port)
  const declared = gates.get(gate.gate)
  const sign = signs.get(gate.gate)
  if (gate.gate === 'identity' && gate.ports.length === 1) return operand(0)
  if (gate.gate === 'negate' && gate.ports.length === 1) {
    return { text: `-${wrap(operand(0), binding.unary)}`, binds: binding.unary }
  }
  if (sign !== undefined && gate.ports.length === 2) return infix(sign, operand(0), operand(1))
  const written = [...portArguments(gate, declared, operand), ...parameters(gate, declared)]
  return { text: `${gate.gate}(${written.join(', ')})`, binds: binding.whole }
}

function printPort(plan: Plan, index: number, gate: GateNode, port: number): Printed {
  const feeding = gate.ports[port]!
  if (!('node' in feeding)) return printNumber(feeding.value)
  const node = plan.nodes[feeding.node]!
  if (node.type === 'gate' && node.name === undefined && node.feeds?.node === index) {
    return print(plan, feeding.node, node)
  }
  return { text: nameOf(plan, feeding.node), binds: binding.whole }
}

function printNumber(value: number): Printed {
  const negative = value < 0 || Object.is(value, -0)
  const text = Object.is(value, -0) ? '-0' : String(value)
  return { text, binds: negative ? binding.unary : binding.whole }
}

function infix(sign: string, left: Printed, right: Printed): Printed {
  if (sign === '^') {
    const text = `${wrap(left, binding.whole)}^${wrap(right, binding.unary)}`
    return { text, binds: binding.power }
  }
  const binds =
    sign === '+' || sign === '-'
      ? binding.sum
      : sign === '*' || sign === '/' || sign === '@'
        ? binding.product
        : binding.comparison
  // To the left they fold; comparisons do not chain at all.
  const leftmost = binds === binding.comparison ? binding.sum : binds
  return { text: `${wrap(left, leftmost)} ${sign} ${wrap(right, binds + 1)}`, binds }
}

function wrap({ text, binds }: Printed, atLeast: number): string {
  return binds < atLeast ? `(${text})` : text
}

function portArguments(
  gate: GateNode,
  declared: Gate | undefined,
  operand: (port: number) => Printed,
): string[] {
  const count = gate.ports.length
  if (count > shownPorts) {
    const first = Array.from({ length: shownPorts - 2 }, (_, port) => operand(port).text)
    return [...first, '…', operand(count - 1).text]
  }
  const written: string[] = []
  let skipped = false
  for (const [index, feeding] of gate.ports.entries()) {
    const port = declared?.variadic === false ? declared.ports[index] : undefined
    if ('value' in feeding && port?.default !== undefined && port.default === feeding.value) {
      skipped = true
    } else written.push(skipped ? `${port?.name}=${operand(index).text}` : operand(index).text)
  }
  return written
}

function parameters(gate: GateNode, declared: Gate | undefined): string[] {
  const defaults = new Map(declared?.parameters.map((parameter) => [parameter.name, parameter]))
  return Object.entries(gate.parameters)
    .filter(([name, value]) => defaults.get(name)?.default !== value)
    .map(([name, value]) => {
      if (Array.isArray(value)) return `${name}=[${value.join(', ')}]`
      const text = defaults.get(name)?.type === 'text'
      return `${name}=${text ? quoteText(String(value)) : String(value)}`
    })
}
