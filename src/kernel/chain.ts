/**
 * Makes one loop of loops over the same elements that follow from one another, so that what only
 * the next one reads is never written: going down `tanh(x + b)`, going up its gradients.
 */
import type { Gate } from '../gates/gate.js'
import { variablesOf } from './code.js'
import { keyOf } from './emit.js'
import { parametersOf } from './inputs.js'
import type { Binding, Operand } from './kernel.js'
import { placeOf, type Direction, type Loop, type Operation, type Region } from './region.js'
import { walkOf, type Spread } from './spread.js'
import type { StraightTemplate } from './template.js'
import { constant, substitute, variable, type Term } from './term.js'

/** What is computed for each element, at most: a term that is needed twice is there twice. */
const mostApplied = 80
const mostOperands = 16

/** `kept` are the offsets of values that somebody reads beside the region. */
export function chainLoops(region: Region, kept: ReadonlySet<number>): Region {
  // Most graphs of single numbers have no loop, and many operations.
  if (!region.forward.some(isLink)) return region
  return { ...region, forward: chainForward(region, kept), backward: chainBackward(region) }
}

/** A loop of a formula that gives an element for each element. */
interface Link extends Loop {
  readonly template: StraightTemplate
}

function isLink(operation: Operation): operation is Link {
  if (operation.type !== 'loop' || operation.template.type !== 'straight') return false
  return operation.template.reduction === undefined && operation.template.spreads !== undefined
}

function chainForward({ forward, backward }: Region, kept: ReadonlySet<number>): Operation[] {
  const outputs = new Set(forward.filter(isLink).map(({ binding }) => binding.output))
  const readers = readersOf([...forward, ...backward], outputs, valuesIn)
  const chained: (Operation | undefined)[] = [...forward]
  // By what they write: where they are now.
  const written = new Map<number, number>()
  for (const [at, operation] of forward.entries()) {
    if (!isLink(operation)) continue
    let link: Link = operation
    for (const { memory, ...operand } of operation.binding.operands) {
      if (memory !== 'values' || !('offset' in operand)) continue
      const { offset } = operand
      const from = written.get(offset)
      const before = from === undefined ? undefined : chained[from]
      if (before === undefined || kept.has(offset) || readers.get(offset)?.size !== 1) continue
      const joined = isLink(before) ? joinForward(before, link) : undefined
      if (joined === undefined) continue
      chained[from!] = undefined
      link = joined
    }
    chained[at] = link
    written.set(operation.binding.output, at)
  }
  return chained.filter((operation) => operation !== undefined)
}

function chainBackward({ backward }: Region): Operation[] {
  const arriving = new Set(backward.filter(isLink).map(({ binding }) => binding.gradient))
  const readers = readersOf(backward, arriving, gradientsIn)
  const chained: (Operation | undefined)[] = [...backward]
  // By what they answer: where they are now.
  const answered = new Map<number, number>()
  for (const [at, operation] of backward.entries()) {
    if (!isLink(operation)) continue
    const { gradient } = operation.binding
    let place = at
    const from = answered.get(gradient)
    const before = from === undefined ? undefined : chained[from]
    if (before !== undefined && isLink(before) && readers.get(gradient)?.size === 1) {
      const joined = joinBackward(before, operation)
      if (joined !== undefined) {
        // It goes up to where the gradient comes from: what else that answers may be read soon.
        chained[from!] = joined
        chained[at] = undefined
        place = from!
      }
    }
    for (const answer of operation.binding.answers) if (answer >= 0) answered.set(answer, place)
  }
  return chained.filter((operation) => operation !== undefined)
}

/** `after` with what `before` computes in place of reading it. */
function joinForward(before: Link, after: Link): Link | undefined {
  const { output } = before.binding
  const reads = (operand: Operand) => operand.memory === 'values' && operand.offset === output
  const ports = [...after.binding.operands.keys()].filter((port) => reads(after.binding.operands[port]!)) // prettier-ignore
  if (ports.some((port) => after.template.spreads![port] !== 'each')) return undefined
  const parts = new Parts()
  const value = substitute(before.template.value, parts.scopeOf(before))
  const scope = parts.scopeOf(after, ports)
  for (const port of ports) scope.set(`x${port}`, value)
  return parts.link(before, after, after.node, substitute(after.template.value, scope))
}

/** Both, with the gradient that `before` answers in place of reading it. */
function joinBackward(before: Link, after: Link): Link | undefined {
  const parts = new Parts()
  const port = before.binding.answers.indexOf(after.binding.gradient)
  // Only an element for each element is whole when it is computed.
  if (before.template.spreads![port] !== 'each') return undefined
  const own = parts.scopeOf(before)
  const arriving = substitute(before.template.gradients[port]!, own)
  parts.answer(before, own, port)
  parts.answer(after, parts.scopeOf(after).set('g', arriving), -1)
  return parts.link(before, after, before.node, constant(0))
}

/** The operands of a loop that is put together. */
class Parts {
  private readonly operands: Operand[] = []
  private readonly spreads: Spread[] = []
  private readonly answers: number[] = []
  private readonly gradients: (Term | undefined)[] = []

  /** What the variables of a link are here; ports in `without` are left to the caller. */
  scopeOf(
    { template, binding, direction }: Link,
    without: readonly number[] = [],
  ): Map<string, Term> {
    const used = usedBy(template, direction)
    const scope = new Map<string, Term>()
    binding.operands.forEach((operand, port) => {
      if (!used.has(`x${port}`) || without.includes(port)) return
      scope.set(`x${port}`, this.term(operand, template.spreads![port]!))
    })
    parametersOf(binding).forEach((value, index) => scope.set(`p${index}`, constant(value)))
    const { output, shape } = binding
    if (used.has('y')) scope.set('y', this.term({ memory: 'values', offset: output, shape }, 'each')) // prettier-ignore
    return scope
  }

  /** Adds what a link answers, but for one port. */
  answer({ template, binding }: Link, scope: ReadonlyMap<string, Term>, but: number): void {
    template.gradients.forEach((term, port) => {
      if (term === undefined || port === but) return
      const at = this.add(binding.operands[port]!, template.spreads![port]!)
      this.answers[at] = binding.answers[port]!
      this.gradients[at] = substitute(term, scope)
    })
  }

  /** The loop in place of two; nothing where it would be too much at once. */
  link(before: Link, after: Link, node: number, value: Term): Link | undefined {
    const { operands, spreads, answers, gradients } = this
    const { shape, output } = after.binding
    const computed = [value, ...gradients.filter((term) => term !== undefined)]
    const same = before.binding.shape.join() === shape.join()
    const applied = computed.reduce((sum, term) => sum + appliedIn(term), 0)
    if (!same || operands.length > mostOperands || applied > mostApplied) return undefined
    const gate = together(before.binding.gate, after.binding.gate)
    const { gradient } = before.binding
    const parameters = { reduction: 'none' }
    const binding: Binding = { gate, parameters, operands, shape, output, gradient, answers, scratch: 0 } // prettier-ignore
    const loops = spreads.includes('strided') ? walkOf(binding, spreads).extents.length : 1
    const template = shared({
      type: 'straight',
      operands: operands.map(({ memory }) => memory),
      parameters: 0,
      spreads,
      loops,
      value,
      gradients,
    })
    const { direction } = after
    const gates = (before.gates ?? 1) + (after.gates ?? 1)
    return { type: 'loop', node, direction, template, binding, gates }
  }

  private term(operand: Operand, spread: Spread): Term {
    if (operand.memory === 'literal') return constant(operand.value)
    const known = this.operands.findIndex((other, at) => {
      const { memory } = other
      return memory === operand.memory && other.offset === operand.offset && this.spreads[at] === spread // prettier-ignore
    })
    return variable(`x${known < 0 ? this.add(operand, spread) : known}`)
  }

  private add(operand: Operand, spread: Spread): number {
    this.spreads.push(spread)
    this.answers.push(-1)
    this.gradients.push(undefined)
    return this.operands.push(operand) - 1
  }
}

/** What stands for both gates: their parameters are in the terms. */
function together(before: Gate, after: Gate): Gate {
  return { ...after, parameters: [], name: `${before.name}, ${after.name}` }
}

/** One template for all that compute the same, so that code for it is generated once. */
function shared(template: StraightTemplate): StraightTemplate {
  const { operands, spreads, loops, value, gradients } = template
  const terms = [value, ...gradients].map((term) => (term === undefined ? '' : keyOf(term)))
  const key = [operands, spreads, loops, ...terms].join('|')
  const known = templates.get(key)
  if (known !== undefined) return known
  if (templates.size >= mostTemplates) templates.clear()
  templates.set(key, template)
  return template
}

const templates = new Map<string, StraightTemplate>()
const mostTemplates = 1000

function appliedIn(term: Term): number {
  if (term.type !== 'apply') return 0
  return term.arguments.reduce((sum, argument) => sum + appliedIn(argument), 1)
}

/** By offset, for some offsets: the operations that read what begins there. */
function readersOf(
  operations: readonly Operation[],
  offsets: ReadonlySet<number>,
  reads: (operation: Operation) => readonly number[],
): ReadonlyMap<number, ReadonlySet<Operation>> {
  const readers = new Map<number, Set<Operation>>()
  for (const operation of operations) {
    for (const offset of reads(operation)) {
      if (!offsets.has(offset)) continue
      const known = readers.get(offset)
      if (known === undefined) readers.set(offset, new Set([operation]))
      else known.add(operation)
    }
  }
  return readers
}

function cellsIn(terms: readonly Term[], letter: string): number[] {
  return [...variablesOf(terms)].flatMap((name) =>
    name[0] === letter ? [placeOf(name).offset] : [],
  )
}

/** Where values begin that an operation reads, or may read. */
function valuesIn(operation: Operation): readonly number[] {
  if (operation.type === 'sum') return []
  if (operation.type === 'assign') return cellsIn(operation.terms, 'v')
  const { binding, direction } = operation
  let used: ReadonlySet<string> | undefined
  if (operation.type === 'loop' && operation.template.type === 'straight') {
    used = usedBy(operation.template, direction)
  }
  const offsets = binding.operands.flatMap((operand, port) => {
    const read = operand.memory === 'values' && (used === undefined || used.has(`x${port}`))
    return read ? [operand.offset] : []
  })
  const output = direction === 'backward' && (used === undefined || used.has('y'))
  return output ? [...offsets, binding.output] : offsets
}

/** Which variables a direction of a template reads. */
function usedBy({ value, gradients }: StraightTemplate, direction: Direction): ReadonlySet<string> {
  if (direction === 'forward') return variablesOf([value])
  return variablesOf(gradients.filter((term) => term !== undefined))
}

/** Where gradients begin that an operation reads. */
function gradientsIn(operation: Operation): readonly number[] {
  if (operation.type === 'sum') return operation.sources
  if (operation.type === 'assign') return cellsIn(operation.terms, 'g')
  return [operation.binding.gradient]
}
