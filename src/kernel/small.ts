/**
 * Small runs: every number of a step can be a local variable of one function. Tensors of a few
 * elements are written out for that, each element as a number, in the order of their loops.
 */
import { intrinsics } from '../gates/intrinsics.js'
import { sizeOf } from '../tensor/shape.js'
import type { MatrixPlace } from '../gates/gate.js'
import { variablesOf } from './code.js'
import { tensorPlaceOf } from './dense.js'
import { parametersOf } from './inputs.js'
import type { Binding } from './kernel.js'
import { placeOf, type Assign, type Call, type Cell, type Loop, type Operation, type Sum } from './region.js' // prettier-ignore
import { spanOf, walkOf } from './spread.js'
import { addUp, Room } from './straight.js'
import type { StraightTemplate } from './template.js'
import type { Training } from './training.js'
import { constant, substitute, variable, type Term } from './term.js'

// Engines stop optimizing a function of very many numbers.
const oneFunction = { numbers: 600, learned: 48 }

/**
 * The same run with single numbers only, where it fits in one function, or is no larger than `most`;
 * with `tensors` they may be in it.
 */
export function smallOf(
  training: Training,
  tensors: boolean,
  most = oneFunction,
): Training | undefined {
  const { region, ranges, measures, stack } = training
  if (measures || stack !== undefined) return undefined
  if (ranges.reduce((sum, { start, end }) => sum + end - start, 0) > most.learned) return undefined
  const unroller = new Unroller(tensors, most.numbers)
  const forward = unroller.all(region.forward)
  const backward = forward && unroller.all(region.backward)
  return backward && { ...training, region: { ...region, forward, backward } }
}

/** Offsets of the weights that learn. */
export function learnedOf({ ranges }: Training): number[] {
  return ranges.flatMap(({ start, end }) => {
    return Array.from({ length: end - start }, (_, at) => start + at)
  })
}

/** Offsets of what a step reads and does not write: of the row, of values that stay, of weights. */
export function readBy(training: Training) {
  const { region, width, means, loss } = training
  const read = new Set<string>([...means, loss])
  const written = new Set<string>()
  // A run of single numbers has nothing else.
  for (const { targets, terms } of [...region.forward, ...region.backward] as readonly Assign[]) {
    for (const target of targets) written.add(target)
    for (const name of variablesOf(terms)) read.add(name)
  }
  const offsets = (memory: string) =>
    [...read]
      .filter((cell) => !written.has(cell) && placeOf(cell).memory === memory)
      .map((cell) => placeOf(cell).offset)
  const values = offsets('v')
  return {
    row: values.filter((offset) => offset < width),
    fixed: values.filter((offset) => offset >= width),
    weights: [...new Set([...offsets('w'), ...learnedOf(training)])],
  }
}

class Unroller {
  private readonly room = new Room()
  private readonly tensors: boolean
  private left: number

  constructor(tensors: boolean, left: number) {
    this.tensors = tensors
    this.left = left
  }

  /** Absent where they are too many, or one of them cannot be written out. */
  all(operations: readonly Operation[]): Assign[] | undefined {
    const into: Assign[] = []
    for (const operation of operations) {
      const before = into.length
      if (!this.write(operation, into)) return undefined
      this.left -= into.length - before
      if (this.left < 0) return undefined
    }
    return into
  }

  private write(operation: Operation, into: Assign[]): boolean {
    if (operation.type !== 'assign' && !this.tensors) return false
    switch (operation.type) {
      case 'assign':
        into.push(operation)
        return true
      case 'sum':
        return this.writeSum(operation, into)
      case 'loop': {
        const { template, binding } = operation
        if (template.type === 'loop' || sizeOf(spanOf(binding)) > this.left) return false
        writeLoop(operation, template, into)
        return true
      }
      case 'call':
        return this.writeProducts(operation, into) || this.writeSums(operation, into)
      default:
        return operation satisfies never
    }
  }

  private writeSum({ node, size, target, sources }: Sum, into: Assign[]): boolean {
    if (size > this.left) return false
    for (let at = 0; at < size; at++) {
      const own = sources.map((source) => source + at)
      addUp(node, target + at, own, this.room, into)
    }
    return true
  }

  private writeProducts({ node, rule, binding, direction }: Call, into: Assign[]): boolean {
    const products = rule?.products?.(tensorPlaceOf(binding))[direction]
    if (products === undefined) return false
    for (const { rows, n, inner, fresh, to, x, b } of products) {
      if (rows * n * inner > this.left) return false
      const at = (place: MatrixPlace, row: number, column: number) => {
        return cellOf(binding, place, row * place.rowStep + column * place.step)
      }
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < n; column++) {
          const target = at(to, row, column)
          if (fresh && inner === 0) into.push(assign(node, [target], [zero]))
          for (let i = 0; i < inner; i++) {
            const before = fresh && i === 0 ? zero : variable(target)
            const factors = [variable(at(x, row, i)), variable(at(b, i, column))]
            into.push(assign(node, [target], [apply('add', before, apply('multiply', ...factors))]))
          }
        }
      }
    }
    return true
  }

  private writeSums({ node, rule, binding, direction }: Call, into: Assign[]): boolean {
    const { memory } = binding.operands[0]!
    const sums = memory === 'literal' ? undefined : rule?.sums?.(tensorPlaceOf(binding))
    if (sums === undefined || sums.rows * sums.length > this.left) return false
    const { rows, length, mean, x, result, gradient, answer } = sums
    const letter = memory === 'weights' ? 'w' : 'v'
    const divided = (term: Term) => (mean ? apply('divide', term, constant(length)) : term)
    for (let row = 0; row < rows; row++) {
      const own: Cell = `v${result + row}`
      if (direction === 'forward') into.push(assign(node, [own], [zero]))
      for (let at = row * length; at < (row + 1) * length; at++) {
        if (direction === 'forward') {
          into.push(
            assign(node, [own], [apply('add', variable(own), variable(`${letter}${x + at}`))]),
          )
        } else if (answer >= 0) {
          into.push(assign(node, [`g${answer + at}`], [divided(variable(`g${gradient + row}`))]))
        }
      }
      if (direction === 'forward' && mean) into.push(assign(node, [own], [divided(variable(own))]))
    }
    return true
  }
}

const zero = constant(0)

/** A number of a matrix, so many after its first. */
function cellOf({ operands }: Binding, { memory, at }: MatrixPlace, beyond: number): Cell {
  if (memory === 'gradients') return `g${at + beyond}`
  if (memory === 'values' || operands[memory]!.memory === 'values') return `v${at + beyond}`
  return `w${at + beyond}`
}

/** What the variables of a loop stand for, element by element. */
type Scopes = (at: number) => ReadonlyMap<string, Term>

function writeLoop(loop: Loop, template: StraightTemplate, into: Assign[]): void {
  const { direction, binding } = loop
  const { operands, output, gradient } = binding
  const size = sizeOf(spanOf(binding))
  const places = placesOf(binding, template, size)
  const scope = new Map<string, Term>()
  const parameters = [...parametersOf(binding), size]
  parameters.forEach((parameter, index) => scope.set(`p${index}`, constant(parameter)))
  const scopes: Scopes = (at) => {
    operands.forEach((operand, port) => {
      const letter = operand.memory === 'weights' ? 'w' : 'v'
      const term =
        operand.memory === 'literal'
          ? constant(operand.value)
          : variable(`${letter}${operand.offset + places[port]![at]!}`)
      scope.set(`x${port}`, term)
    })
    scope.set('y', variable(`v${output + at}`))
    return scope.set('g', variable(`g${gradient + (template.reduction === undefined ? at : 0)}`))
  }
  if (direction === 'forward') writeValues(loop, template, size, scopes, into)
  else writeAnswers(loop, template, size, scopes, places, into)
}

function writeValues(
  { node, binding: { output } }: Loop,
  { reduction, value }: StraightTemplate,
  size: number,
  scopes: Scopes,
  into: Assign[],
): void {
  if (reduction === undefined) {
    for (let at = 0; at < size; at++) {
      into.push(assign(node, [`v${output + at}`], [substitute(value, scopes(at))]))
    }
    return
  }
  const [targets, sum] = [[`v${output}`] as const, variable(`v${output}`)]
  into.push(assign(node, targets, [zero]))
  for (let at = 0; at < size; at++) {
    into.push(assign(node, targets, [apply('add', sum, substitute(value, scopes(at)))]))
  }
  if (reduction === 'mean') into.push(assign(node, targets, [apply('divide', sum, constant(size))]))
}

function writeAnswers(
  { node, binding: { answers, operands } }: Loop,
  { spreads = [], gradients }: StraightTemplate,
  size: number,
  scopes: Scopes,
  places: readonly (readonly number[])[],
  into: Assign[],
): void {
  const ports = [...gradients.keys()].filter((port) => gradients[port] !== undefined)
  // The answers that are added to, as long as nothing was.
  const empty = new Set<Cell>()
  for (const port of ports) {
    if (spreads[port] === 'each') continue
    for (let at = 0; at < sizeOf(operands[port]!.shape); at++) empty.add(`g${answers[port]! + at}`)
  }
  for (let at = 0; at < size; at++) {
    const scope = scopes(at)
    const targets = ports.map((port): Cell => `g${answers[port]! + places[port]![at]!}`)
    const terms = ports.map((port, index) => {
      const own = substitute(gradients[port]!, scope)
      if (spreads[port] === 'each') return own
      const target = targets[index]!
      return apply('add', empty.delete(target) ? zero : variable(target), own)
    })
    into.push(assign(node, targets, terms))
  }
  for (const target of empty) into.push(assign(node, [target], [zero]))
}

/** By port and element: which of the operand's own elements it is. */
function placesOf(binding: Binding, template: StraightTemplate, size: number): number[][] {
  const { spreads = [] } = template
  const { extents, steps } = walkOf(binding, spreads)
  let strided = 0
  return binding.operands.map((_, port) => {
    const spread = spreads[port]
    if (spread !== 'strided') {
      return Array.from({ length: size }, (__, at) => (spread === 'each' ? at : 0))
    }
    const own = steps[strided++]!
    const places: number[] = []
    let place = 0
    const walk = (loop: number) => {
      for (let round = 0; round < extents[loop]!; round++) {
        if (loop + 1 < extents.length) walk(loop + 1)
        else places.push(place)
        place += own[loop]!
      }
    }
    walk(0)
    return places
  })
}

function assign(node: number, targets: readonly Cell[], terms: readonly Term[]): Assign {
  return { type: 'assign', node, targets, terms }
}

function apply(name: 'add' | 'multiply' | 'divide', ...terms: readonly Term[]): Term {
  return { type: 'apply', intrinsic: intrinsics.get(name)!, arguments: terms }
}
