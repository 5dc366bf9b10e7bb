/** Executes templates as closures: where code generation is forbidden, and as the other's check. */
import type { Binding, Frame, Kernel } from './kernel.js'
import { inputsOf, parametersOf } from './inputs.js'
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
  const forward = (frame: Frame) => {
    frame.values[output] = value(frame, places)
  }
  const backward = (frame: Frame) => {
    for (const { port, of } of gradients) frame.gradients[answers[port]!] = of(frame, places)
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

function loop(template: LoopTemplate, { operands, answers, ...binding }: Binding): Kernel {
  const { output, gradient, scratch } = binding
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
  const { saves } = template
  const firstNeeded = answers.findIndex((answer) => answer >= 0)

  const forward = (frame: Frame) => {
    registers[places.a] = inputs.read(frame, 0)
    for (let index = 1; index < n; index++) {
      registers[places.b] = inputs.read(frame, index)
      const partial = value(registers)
      registers[places.a] = partial
      if (saves) frame.values[scratch + index - 1] = partial
    }
    registers[places.y] = registers[places.a]!
    frame.values[output] = finish(registers)
  }

  const backward = (frame: Frame) => {
    if (firstNeeded < 0) return
    const { values, gradients } = frame
    registers[places.g] = gradients[gradient]!
    if (saves) registers[places.y] = values[scratch + n - 2]!
    registers[places.g] = finishGradient(registers)
    for (let index = n - 1; index >= firstNeeded && index > 0; index--) {
      registers[places.b] = inputs.read(frame, index)
      if (saves) {
        registers[places.a] = index > 1 ? values[scratch + index - 2]! : inputs.read(frame, 0)
        registers[places.y] = values[scratch + index - 1]!
      }
      const answer = answers[index]!
      if (answer >= 0) gradients[answer] = gradientOfB(registers)
      registers[places.g] = gradientOfA(registers)
    }
    if (firstNeeded === 0) gradients[answers[0]!] = registers[places.g]!
  }
  return { forward, backward }
}
