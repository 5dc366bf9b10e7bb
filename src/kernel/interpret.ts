/** Executes templates as closures: where code generation is forbidden, and as the other's check. */
import type { Binding, Frame, Kernel } from './kernel.js'
import { inputsOf, parametersOf } from './inputs.js'
import type { LoopTemplate, StraightTemplate, Template } from './template.js'
import type { Apply, Term } from './term.js'

/** Computes a number from some memory. */
export type Closure<Memory> = (memory: Memory) => number

/** The kernel of a binding, as closures. */
export function interpret(template: Template, binding: Binding): Kernel {
  return template.type === 'loop' ? loop(template, binding) : straight(template, binding)
}

/** A term as a closure; `read` says how to get at a variable. */
export function closure<Memory>(
  term: Term,
  read: (name: string) => Closure<Memory>,
): Closure<Memory> {
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

function application<Memory>(
  { intrinsic, arguments: terms }: Apply,
  read: (name: string) => Closure<Memory>,
): Closure<Memory> {
  const { apply } = intrinsic
  const [a, b, c] = terms.map((term) => closure(term, read))
  if (a === undefined) return () => apply()
  if (b === undefined) return (memory) => apply(a(memory))
  if (c === undefined) return (memory) => apply(a(memory), b(memory))
  if (intrinsic.lazy) return (memory) => (a(memory) !== 0 ? b(memory) : c(memory))
  return (memory) => apply(a(memory), b(memory), c(memory))
}

function straight(template: StraightTemplate, binding: Binding): Kernel {
  const { output, gradient, answers } = binding
  const read = (name: string): Closure<Frame> => {
    if (name === 'y') return (frame) => frame.values[output]!
    if (name === 'g') return (frame) => frame.gradients[gradient]!
    const index = Number(name.slice(1))
    if (name.startsWith('p')) {
      const value = parametersOf(binding)[index]!
      return () => value
    }
    const operand = binding.operands[index]!
    if (operand.memory === 'literal') return () => operand.value
    const { offset } = operand
    if (operand.memory === 'weights') return (frame) => frame.weights[offset]!
    return (frame) => frame.values[offset]!
  }
  const value = closure(template.value, read)
  const forward = (frame: Frame) => {
    frame.values[output] = value(frame)
  }
  const gradients = template.gradients.flatMap((term, port) => {
    return term === undefined ? [] : [{ answer: answers[port]!, of: closure(term, read) }]
  })
  return { forward, backward: backward(gradients) }
}

interface Answering {
  readonly answer: number
  readonly of: Closure<Frame>
}

function backward(gradients: readonly Answering[]): Kernel['backward'] {
  const [first, second] = gradients
  if (first === undefined) return () => {}
  if (second === undefined) {
    return (frame) => {
      frame.gradients[first.answer] = first.of(frame)
    }
  }
  return (frame) => {
    for (const { answer, of } of gradients) frame.gradients[answer] = of(frame)
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
