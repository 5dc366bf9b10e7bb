/** Makes a genuine RxJS operator of a gate or a kernel: the same node that a network is made of. */
import { Observable, Subject, takeUntil } from 'rxjs'
import { EagreError } from '../errors.js'
import { isMismatch, type Gate, type ParameterValue } from '../gates/gate.js'
import { canGenerate } from '../kernel/compile.js'
import type { Kernel } from '../kernel/kernel.js'
import type { Plan, PlanPort } from '../language/plan.js'
import { sameShape, scalar, sizeOf, type Shape } from '../tensor/shape.js'
import { none, type GradientMessage, type None, type Value, type ValueMessage } from './message.js'
import type { LiveFrame } from './frame.js'
import { Network } from './network.js'
import { wire } from './wiring.js'

/** A value on its way to a lifted node. Without a mode it is a `learn` step. */
export type ValueInput = Pick<ValueMessage, 'step' | 'value'> & Partial<Pick<ValueMessage, 'mode'>>
/** The gradient of a lifted node's output, or `none`. */
export type GradientInput = Pick<GradientMessage, 'step' | 'gradient'>

/** What a lifted node emits. */
export interface Lifted {
  /** What the node computes, once per step, as soon as all inputs of that step have come. */
  readonly values: Observable<ValueMessage>
  /** By input: one answer for each value of a learn or probe step. */
  readonly gradients: readonly Observable<GradientMessage>[]
  /** Steps for which it could not be computed; they are answered with `none`. */
  readonly faults: Observable<LiftFault>
}

/** A step that a lifted node could not compute, or a message that does not fit. */
export interface LiftFault {
  readonly step: number
  readonly message: string
  readonly cause?: unknown
}

/**
 * A kernel to lift by itself. Its input `i` is `frame.values[i]`, its output
 * `frame.values[inputs]`; its gradient arrives in `frame.gradients[inputs]` and the answer for
 * input `i` goes to `frame.gradients[i]`.
 */
export interface LiftKernel {
  readonly kernel: Kernel
  readonly inputs: number
}

export interface LiftOptions {
  /** Of a gate's inputs, in their order; those that are left out are numbers. */
  readonly shapes?: readonly Shape[]
}

/**
 * Lifts a gate (with its parameters) or a kernel to a function from Observables of messages to
 * Observables of messages:
 *
 *     const { values, gradients: [da, db] } = lift(multiply)([a$, b$], g$)
 *
 * Inputs are joined by step, in whatever order they arrive. `g$` brings the gradients of the
 * output; without it every step is a prediction and nothing is kept. Ports for which no input
 * is given read their defaults. Inputs are numbers, unless `shapes` says what tensors they are:
 *
 *     lift(matmul, {}, { shapes: [[2], [2, 3]] })([x$, w$], g$)
 *
 * The inputs are subscribed to when the first of the outputs is, and left when the last one
 * goes; of inputs that send everything at once, only that first subscriber sees anything.
 * `values` completes when all inputs have; the gradients complete when `g$` does, or with the
 * last answer after `values`. An error of any input goes to all outputs.
 */
export function lift(
  what: Gate | LiftKernel,
  parameters: Readonly<Record<string, ParameterValue>> = {},
  { shapes = [] }: LiftOptions = {},
): (inputs: readonly Observable<ValueInput>[], gradients?: Observable<GradientInput>) => Lifted {
  return (inputs, gradients) => {
    const unit =
      'kernel' in what ? kernelUnit(what) : gateUnit(what, inputs.length, parameters, shapes)
    if (unit.inputs !== inputs.length) {
      throw new EagreError(
        'bad-argument',
        `lift: ${unit.inputs} inputs expected, got ${inputs.length}`,
      )
    }
    if (inputs.length === 0) {
      throw new EagreError('bad-argument', 'lift: one input is the least, for it tells the steps')
    }
    return connect(unit, inputs, gradients)
  }
}

interface Unit {
  readonly plan: Plan
  readonly gate: Gate
  readonly inputs: number
  readonly kernel?: Kernel
}

function gateUnit(
  gate: Gate,
  inputs: number,
  given: Readonly<Record<string, ParameterValue>>,
  shapes: readonly Shape[],
): Unit {
  const count = gate.variadic ? inputs : gate.ports.length
  const ports = Array.from({ length: count }, (_, port): PlanPort => {
    if (port < inputs) return { node: port }
    const { name, default: value } = gate.ports[port]!
    if (value === undefined) {
      throw new EagreError(
        'bad-argument',
        `lift: "${gate.name}" needs an input for its port "${name}"`,
      )
    }
    return { value }
  })
  const parameters: Record<string, ParameterValue> = Object.create(null)
  for (const { name, default: value } of gate.parameters) parameters[name] = given[name] ?? value
  for (const name of Object.keys(given)) {
    if (!(name in parameters)) {
      throw new EagreError('bad-argument', `lift: "${gate.name}" has no parameter "${name}"`)
    }
  }
  const sizes = ports.map((port) => ('node' in port ? (shapes[port.node] ?? scalar) : scalar))
  const shape = gate.shape(sizes, parameters)
  if (isMismatch(shape)) throw new EagreError('bad-argument', `lift: "${gate.name}": ${shape.mismatch}`) // prettier-ignore
  const plan = unitPlan(gate, sizes.slice(0, inputs), shape, ports, parameters)
  return { plan, gate, inputs: Math.min(inputs, count) }
}

function kernelUnit({ kernel, inputs }: LiftKernel): Unit {
  const ports = Array.from({ length: inputs }, (_, port): PlanPort => ({ node: port }))
  const gate: Gate = {
    name: 'kernel',
    doc: 'A kernel lifted by itself.',
    ports: ports.map((_, port) => ({ name: `${port}`, gradient: true })),
    variadic: false,
    parameters: [],
    rule: {
      type: 'pointwise',
      value: { type: 'number', value: 0, range: { start: 0, end: 0 } },
      gradients: new Map(),
      text: { value: '', gradients: new Map() },
    },
    shape: () => [],
  }
  return {
    plan: unitPlan(
      gate,
      ports.map(() => scalar),
      scalar,
      ports,
      {},
    ),
    gate,
    inputs,
    kernel,
  }
}

function unitPlan(
  gate: Gate,
  inputs: readonly Shape[],
  output: Shape,
  ports: readonly PlanPort[],
  parameters: Readonly<Record<string, ParameterValue>>,
): Plan {
  const sources = inputs.map((shape, port) => ({ type: 'input', name: `${port}`, shape }) as const)
  return {
    name: gate.name,
    nodes: [
      ...sources,
      { type: 'gate', name: 'y', gate: gate.name, ports, parameters, shape: output },
    ],
    outputs: [inputs.length],
    metrics: [],
    train: {
      batch: 1,
      optimizer: { name: 'sgd', parameters: {} },
      learningRate: 0,
      shuffle: false,
      seed: 0,
      onFault: 'skip',
      budget: 10,
    },
    tests: [],
  }
}

function connect(
  unit: Unit,
  inputs: readonly Observable<ValueInput>[],
  gradients: Observable<GradientInput> | undefined,
): Lifted {
  const outputs = {
    values: new Subject<ValueMessage>(),
    gradients: inputs.map(() => new Subject<GradientMessage>()),
    faults: new Subject<LiftFault>(),
  }
  let subscribers = 0
  let left: Subject<void> | undefined
  const shared = <T>(subject: Subject<T>): Observable<T> =>
    new Observable<T>((subscriber) => {
      subject.subscribe(subscriber)
      if (subscriber.closed) return // it had ended before
      subscribers++
      // Before anything starts: a subscriber may leave with the first message.
      subscriber.add(() => {
        if (--subscribers > 0) return
        left?.next()
        left = undefined
      })
      if (left !== undefined) return
      left = new Subject<void>()
      start(unit, inputs, gradients, outputs, left)
    })
  return {
    values: shared(outputs.values),
    gradients: outputs.gradients.map(shared),
    faults: shared(outputs.faults),
  }
}

interface Outputs {
  readonly values: Subject<ValueMessage>
  readonly gradients: readonly Subject<GradientMessage>[]
  readonly faults: Subject<LiftFault>
}

/** Subscribes to everything and runs the node until its inputs end, or `left` says so. */
function start(
  unit: Unit,
  inputs: readonly Observable<ValueInput>[],
  gradients: Observable<GradientInput> | undefined,
  outputs: Outputs,
  left: Subject<void>,
): void {
  const seed = unit.inputs
  const frames = new Map<number, LiveFrame>()
  const delivered = new Map<number, Set<number>>()
  const answers = new Map<number, Value | None>()
  let openInputs = inputs.length
  let answering = gradients !== undefined
  let gone = false

  const wiring = wire(unit.plan, new Map([[unit.gate.name, unit.gate]]))
  const gates = new Float64Array(wiring.stateSize)
  const state = { weights: new Float64Array(0), optimizer: [], updates: 0, gates }
  const all = new Uint8Array(wiring.count).fill(1)
  const output = unit.plan.nodes[seed]!.shape
  const network: Network = new Network(
    wiring,
    state,
    { seed, wanted: all },
    {
      executor: canGenerate() ? 'javascript' : 'interpret',
      settled: (frame) => give(frame),
      threw: (_what, _node, error) => fail(error),
      failedForTap: (frame, failure) => report(frame.step, failure.cause),
      ...(unit.kernel && { kernel: () => unit.kernel! }),
    },
  )

  /** Starts the gradient of a step whose value and answer are both there. */
  function give(frame: LiveFrame): void {
    const answer = answers.get(frame.step)
    if (answer === undefined || !network.arrived(frame)) return
    answers.delete(frame.step)
    network.answer(frame, answer)
  }

  function receive(port: number, { step, value, mode = 'learn' }: ValueInput): void {
    let frame = frames.get(step)
    if (frame === undefined) {
      const owed = mode !== 'predict' && (answering || answers.has(step))
      const route = owed ? network.fullRoute(seed) : undefined
      frame = network.admit(step, mode, inputs.length, route, done)
      frames.set(step, frame)
      delivered.set(step, new Set())
    }
    const had = delivered.get(step)!
    if (had.has(port)) return report(step, undefined, `input ${port} came twice for step ${step}`)
    had.add(port)
    const { shape } = unit.plan.nodes[port]!
    const wrong = misfit(value, shape)
    if (wrong !== undefined) return report(step, undefined, `input ${port} ${wrong}`)
    if (typeof value === 'number') frame.values[wiring.offsets[port]!] = value
    else frame.values.set(value.data, wiring.offsets[port])
    network.deliver(frame, port)
    network.run()
  }

  function done(frame: LiveFrame): void {
    frames.delete(frame.step)
    delivered.delete(frame.step)
    answers.delete(frame.step)
    if (frame.failure !== undefined) report(frame.step, frame.failure.cause)
    endOutputs()
  }

  function report(
    step: number,
    cause: unknown,
    message = `${unit.gate.name} threw: ${String(cause)}`,
  ) {
    outputs.faults.next({ step, message, cause })
  }

  /** Ends the outputs that have nothing to tell any more. */
  function endOutputs(): void {
    if (frames.size > 0) return
    const over = openInputs === 0
    // An answer may still be waiting for its value.
    const answered = gradients !== undefined && !answering && answers.size === 0
    if (over || answered) for (const output of outputs.gradients) output.complete()
    if (over) outputs.faults.complete()
  }

  function endValues(): void {
    outputs.values.complete()
    // What still lacks an input will never have it.
    for (const frame of [...frames.values()]) if (frame.awaited > 0) network.skip(frame)
    network.run()
    endOutputs()
  }

  function fail(error: unknown): void {
    left.next()
    outputs.values.error(error)
    for (const output of outputs.gradients) output.error(error)
    outputs.faults.complete()
  }

  function endAnswers(): void {
    answering = false
    for (const frame of [...frames.values()]) {
      if (frame.route === undefined || answers.has(frame.step)) continue
      answers.set(frame.step, none)
      give(frame)
    }
    network.run()
    endOutputs()
  }

  network.valuesOf(seed).subscribe((message) => outputs.values.next(message))
  inputs.forEach((_, port) => {
    network.gradientsOf(port).subscribe((message) => outputs.gradients[port]!.next(message))
  })
  left.subscribe(() => (gone = true))
  const until = <T>(source: Observable<T>) => source.pipe(takeUntil(left))
  // The gradients first: an answer may come while the value is still being sent.
  if (gradients !== undefined) {
    until(gradients).subscribe({
      next: ({ step, gradient }) => {
        const wrong = gradient === none ? undefined : misfit(gradient, output)
        if (wrong !== undefined) return report(step, undefined, `the gradient ${wrong}`)
        answers.set(step, gradient)
        const frame = frames.get(step)
        if (frame === undefined) return
        give(frame)
        network.run()
      },
      error: fail,
      complete: () => {
        if (!gone) endAnswers()
      },
    })
  }
  inputs.forEach((input, port) => {
    if (gone) return
    until(input).subscribe({
      next: (message) => receive(port, message),
      error: fail,
      complete: () => {
        if (!gone && --openInputs === 0) endValues()
      },
    })
  })
}

/** Why a value has not the shape that it should have, in words. */
function misfit(value: Value, wanted: Shape): string | undefined {
  const shape = typeof value === 'number' ? scalar : value.shape
  const whole = typeof value === 'number' || value.data.length === sizeOf(shape)
  if (whole && sameShape(shape, wanted)) return undefined
  return `has the shape [${shape.join(', ')}] and not [${wanted.join(', ')}]`
}
