/** Executes templates as closures: where code generation is forbidden, and as the other's check. */
import type { Binding, Frame, Kernel } from './kernel.js'
import { inputsOf, parametersOf } from './inputs.js'
import { spanOf } from './spread.js'
import { walkOver, Walker } from '../tensor/strides.js'
import { sizeOf } from '../tensor/shape.js'
import type { LoopTemplate, StraightTemplate, Template } from './template.js'
import type { Apply, Term } from './term.js'

/** Computes a number from some memory; `places` say where in it, where closures share code. */
export type Closure<Memory, Places = void> = (memory: Memory, places: Places) => number

/** The kernel of a binding, as closures. */
export function interpret(template: Template, binding: Binding): Kernel {
  return template.type === 'loop' ? loop(template, binding) : straight(template, binding)
}

/** A term as a closure; `read` says how to get at a variable. */
export function closure<Memory, Places = void>(
  term: Term,
  read: (name: string) => Closure<Memory, Places>,
): Closure<Memory, Places> {
  switch (term.type) {
    case 'constant': {
      const { value } = term
      return () => value
    }
    case 'variable':
      return read(term.name)
    case 'apply':
      return application(term, read)
  }
}

function application<Memory, Places>(
  { intrinsic, arguments: terms }: Apply,
  read: (name: string) => Closure<Memory, Places>,
): Closure<Memory, Places> {
  const { apply } = intrinsic
  const [a, b, c] = terms.map((term) => closure(term, read))
  if (a === undefined) return () => apply()
  if (b === undefined) return (memory, places) => apply(a(memory, places))
  if (c === undefined) return (memory, places) => apply(a(memory, places), b(memory, places))
  if (intrinsic.lazy) {
    return (memory, places) => (a(memory, places) !== 0 ? b : c)(memory, places)
  }
  return (memory, places) => apply(a(memory, places), b(memory, places), c(memory, places))
}

function straight(template: StraightTemplate, binding: Binding): Kernel {
  let shared = closures.get(template)
  if (shared === undefined) closures.set(template, (shared = closuresOf(template)))
  const { value, gradients } = shared
  const { output, answers } = binding
  const places = placesOf(binding)
  if (template.spreads !== undefined) return elementwise(template, shared, binding)
  const forward = (frame: Frame) => {
    frame.values[output] = value(frame, places)
  }
  const backward = (frame: Frame) => {
    for (const { port, of } of gradients) frame.gradients[answers[port]!] = of(frame, places)
  }
  return { forward, backward }
}

/** The same for each element of the output, with places that move. */
function elementwise(
  { reduction }: StraightTemplate,
  { value, gradients }: Closures,
  binding: Binding,
): Kernel {
  const { operands, answers, output } = binding
  const shape = spanOf(binding)
  const size = sizeOf(shape)
  const start = [...placesOf(binding), ...(reduction === undefined ? [] : [size])]
  const still = start.length - operands.length - 2
  const own = reduction === undefined ? shape : []
  const walk = walkOver(shape, [
    own,
    own,
    ...operands.map((operand) => operand.shape),
    ...Array.from({ length: still }, () => []),
  ])
  const walker = new Walker(walk, start)
  const { at } = walker
  const forward = (frame: Frame) => {
    walker.reset()
    let sum = 0
    for (let element = 0; element < size; element++) {
      const result = value(frame, at)
      if (reduction === undefined) frame.values[at[0]!] = result
      else sum += result
      walker.next()
    }
    if (reduction !== undefined) frame.values[output] = reduction === 'mean' ? sum / size : sum
  }
  const sums = gradients.map(({ port, of }) => {
    const own = sizeOf(operands[port]!.shape)
    return { port, of, own, adds: own !== size, shift: answers[port]! - start[2 + port]! }
  })
  const backward = (frame: Frame) => {
    for (const { port, own, adds } of sums) {
      if (adds) frame.gradients.fill(0, answers[port], answers[port]! + own)
    }
    walker.reset()
    for (let element = 0; element < size; element++) {
      for (const { port, of, adds, shift } of sums) {
        const to = shift + at[2 + port]!
        const answer = of(frame, at)
        frame.gradients[to] = adds ? frame.gradients[to]! + answer : answer
      }
      walker.next()
    }
  }
  return { forward, backward }
}

/** Where a binding's numbers are: output and gradient, then operands, then parameters. */
type Places = readonly number[]

function placesOf(binding: Binding): Places {
  const operands = binding.operands.map((operand) => {
    return operand.memory === 'literal' ? operand.value : operand.offset
  })
  return [binding.output, binding.gradient, ...operands, ...parametersOf(binding)]
}

interface Closures {
  readonly value: Closure<Frame, Places>
  readonly gradients: readonly { readonly port: number; readonly of: Closure<Frame, Places> }[]
}

const closures = new WeakMap<StraightTemplate, Closures>()

function closuresOf({ operands, value, gradients }: StraightTemplate): Closures {
  const read = (name: string): Closure<Frame, Places> => {
    if (name === 'y') return (frame, places) => frame.values[places[0]!]!
    if (name === 'g') return (frame, places) => frame.gradients[places[1]!]!
    const index = Number(name.slice(1))
    const place = 2 + (name.startsWith('p') ? operands.length : 0) + index
    const memory = name.startsWith('p') ? 'literal' : operands[index]
    if (memory === 'values') return (frame, places) => frame.values[places[place]!]!
    if (memory === 'weights') return (frame, places) => frame.weights[places[place]!]!
    return (_, places) => places[place]!
  }
  return {
    value: closure(value, read),
    gradients: gradients.flatMap((term, port) => {
      return term === undefined ? [] : [{ port, of: closure(term, read) }]
    }),
  }
}

// The variables of a loop, while it runs.
const places = { a: 0, b: 1, y: 2, g: 3, n: 4 }
type Registers = Float64Array

function loop(template: LoopTemplate, binding: Binding): Kernel {
  const { output, gradient, scratch, operands, answers, shape } = binding
  const inputs = inputsOf(operands)
  const n = operands.length
  const registers: Registers = new Float64Array(5)
  registers[places.n] = n
  const compile = (term: Term): Closure<Registers> => {
    return closure(term, (name) => {
      // Templates of loops have no other variables.
      const place = places[name as keyof typeof places]
      return (memory) => memory[place]!
    })
  }
  const value = compile(template.value)
  const gradientOfA = compile(template.a)
  const gradientOfB = compile(template.b)
  const finish = compile(template.finish)
  const finishGradient = compile(template.finishGradient)
  const { saves, tensor } = template
  const firstNeeded = answers.findIndex((answer) => answer >= 0)
  const shapes = operands.map((operand) => operand.shape)
  const size = sizeOf(shape)
  const { offsets } = inputs
  const walker = tensor ? new Walker(walkOver(shape, shapes), [...offsets]) : undefined
  const at = walker === undefined ? offsets : walker.at

  const forwardAt = (frame: Frame, element: number) => {
    registers[places.a] = inputs.read(frame, 0, at)
    for (let index = 1; index < n; index++) {
      registers[places.b] = inputs.read(frame, index, at)
      const partial = value(registers)
      registers[places.a] = partial
      if (saves) frame.values[scratch + element * (n - 1) + index - 1] = partial
    }
    registers[places.y] = registers[places.a]!
    frame.values[output + element] = finish(registers)
  }

  const answer = (gradients: Float64Array, index: number, term: number) => {
    const to = answers[index]! + at[index]! - offsets[index]!
    gradients[to] = tensor ? gradients[to]! + term : term
  }

  const backwardAt = (frame: Frame, element: number) => {
    const { values, gradients } = frame
    const saved = scratch + element * (n - 1)
    registers[places.g] = gradients[gradient + element]!
    if (saves) registers[places.y] = values[saved + n - 2]!
    registers[places.g] = finishGradient(registers)
    for (let index = n - 1; index >= firstNeeded && index > 0; index--) {
      registers[places.b] = inputs.read(frame, index, at)
      if (saves) {
        registers[places.a] = index > 1 ? values[saved + index - 2]! : inputs.read(frame, 0, at)
        registers[places.y] = values[saved + index - 1]!
      }
      if (answers[index]! >= 0) answer(gradients, index, gradientOfB(registers))
      registers[places.g] = gradientOfA(registers)
    }
    if (firstNeeded === 0) answer(gradients, 0, registers[places.g]!)
  }

  const forward = (frame: Frame) => {
    if (walker === undefined) return forwardAt(frame, 0)
    walker.reset()
    for (let element = 0; element < size; element++) {
      forwardAt(frame, element)
      walker.next()
    }
  }
  const backward = (frame: Frame) => {
    if (firstNeeded < 0) return
    if (walker === undefined) return backwardAt(frame, 0)
    shapes.forEach((own, index) => {
      const to = answers[index]!
      if (to >= 0) frame.gradients.fill(0, to, to + sizeOf(own))
    })
    walker.reset()
    for (let element = 0; element < size; element++) {
      backwardAt(frame, element)
      walker.next()
    }
  }
  return { forward, backward }
}
