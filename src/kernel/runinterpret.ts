/** Executes regions as tapes and closures: where code generation is forbidden, and as the others' check. */
import { compile, execute } from './compile.js'
import { drive, type StepKernel, withEvaluation } from './drive.js'
import { closure, type Closure } from './interpret.js'
import type { Executor, Frame, Kernel, State } from './kernel.js'
import { placeOf, type Assign, type Loop, type Call, type Operation, type Region, type Sum } from './region.js' // prettier-ignore
import { tapeRun } from './runtape.js'
import { smallOf } from './small.js'
import type { Term } from './term.js'
import type { TrainingExecutor } from './training.js'

/** The kernel of a run: a tape where it has single numbers only, else closures over its operations. */
export const interpretRun: TrainingExecutor = (training) => {
  const small = smallOf(training, true) ?? smallOf(training, false, mostOnTape)
  if (small !== undefined) {
    const values = { ...training.region, backward: [] }
    return withEvaluation(tapeRun(small), training.width, () => interpretRegion(values))
  }
  const step = interpretRegion(training.region)
  return (host) => drive(training, host, step)
}

// Each number has a name while a tape is made: of very large graphs closures are there sooner.
const mostOnTape = { numbers: 20_000, learned: 20_000 }

/** A region as closures over the memories of a frame. */
export function interpretRegion(region: Region): StepKernel {
  const kernels = new Kernels('interpret')
  const temporaries = new Float64Array(region.temporaries)
  const run = (operations: readonly Operation[]) => {
    const actions = operations.flatMap((operation) => actionsOf(operation, kernels, temporaries))
    return (frame: Frame, state: State) => {
      for (let at = 0; at < actions.length; at++) actions[at]!(frame, state)
    }
  }
  const forward = run(region.forward)
  return { forward, backward: run(region.backward), advance: kernels.advance() }
}

export type Action = (frame: Frame, state: State) => void

/** The kernels of gates that run loops: each serves both directions. */
export class Kernels {
  private readonly executor: Executor
  private readonly made = new Map<number, Kernel>()

  constructor(executor: Executor) {
    this.executor = executor
  }

  /** What runs the loops of an operation. */
  of(operation: Loop | Call): Action {
    const { node, binding, direction } = operation
    let kernel: Kernel | undefined
    if (operation.type === 'loop' && operation.gates !== undefined) {
      // Each of its directions is one of its own.
      kernel = execute(operation.template, binding, this.executor)
    } else {
      kernel = this.made.get(node)
      if (kernel === undefined) this.made.set(node, (kernel = compile(binding, this.executor)))
    }
    const { forward, backward } = kernel
    return direction === 'forward'
      ? (frame, state) => forward(frame, state)
      : (frame, state) => backward(frame, state)
  }

  /** What is done when a learn step is over, by the gates of the operations that were asked for. */
  advance(): Action {
    const keeping = [...this.made.values()].filter(({ advance }) => advance !== undefined)
    return (frame, state) => {
      for (let at = 0; at < keeping.length; at++) keeping[at]!.advance!(frame, state)
    }
  }
}

/** The sum of the answers of a tensor's uses. */
export function sumUp({ target, sources, size }: Sum): Action {
  const [first, ...others] = sources
  return ({ gradients }) => {
    if (first === undefined) return
    for (let i = 0; i < size; i++) gradients[target + i] = gradients[first + i]!
    for (let at = 0; at < others.length; at++) {
      const from = others[at]!
      for (let i = 0; i < size; i++) gradients[target + i]! += gradients[from + i]!
    }
  }
}

function actionsOf(operation: Operation, kernels: Kernels, temporaries: Float64Array): Action[] {
  switch (operation.type) {
    case 'assign':
      return assigned(operation, temporaries)
    case 'sum':
      return [sumUp(operation)]
    case 'loop':
    case 'call':
      return [kernels.of(operation)]
    default:
      return operation satisfies never
  }
}

// No gate reads what it answers, so that its numbers may be written one after the other.
function assigned({ targets, terms }: Assign, temporaries: Float64Array): Action[] {
  const read = (name: string): Closure<Frame> => {
    const { memory, offset } = placeOf(name)
    if (memory === 'v') return ({ values }) => values[offset]!
    if (memory === 'w') return ({ weights }) => weights[offset]!
    if (memory === 'g') return ({ gradients }) => gradients[offset]!
    return () => temporaries[offset]!
  }
  const compiled = terms.map((term: Term) => closure<Frame>(term, read))
  return targets.map((target, at): Action => {
    const of = compiled[at]!
    const { memory, offset } = placeOf(target)
    if (memory === 'v') return (frame) => void (frame.values[offset] = of(frame))
    if (memory === 'g') return (frame) => void (frame.gradients[offset] = of(frame))
    return (frame) => void (temporaries[offset] = of(frame))
  })
}
