/** Executes runs as generated WebAssembly, in a memory of its own. */
import { EagreError } from '../../errors.js'
import type { Frame } from '../kernel.js'
import { Kernels } from '../runinterpret.js'
import { canGenerate } from '../javascript.js'
import type { Control, EvaluatedRows, Exit, Seen, Training, TrainingExecutor, TrainingHost, TrainingKernel, TrainingMemory } from '../training.js' // prettier-ignore
import { addressOf, readControl, writeControl, type ControlName, type Layout } from './layout.js'
import { writeRun, type RunModule } from './run.js'
import { exits } from './steps.js'

/** What executes runs. It is said why where WebAssembly is missing, forbidden or too old. */
export const runWasm: TrainingExecutor = (training) => {
  try {
    const written = writeRun(training)
    const module = new WebAssembly.Module(written.bytes)
    return (host) => new Wasm(training, host, written, module)
  } catch (cause) {
    return problem(cause)
  }
}

/** Internal errors are ours; all others say what WebAssembly lacks here. */
function problem(cause: unknown): string {
  if (cause instanceof EagreError) throw cause
  return cause instanceof Error ? cause.message : String(cause)
}

class Wasm implements TrainingKernel {
  readonly together: number
  private readonly training: Training
  private readonly host: TrainingHost
  private readonly layout: Layout
  private readonly hosted: RunModule['hosted']
  private readonly module: WebAssembly.Module
  /** Some weights do not learn. */
  private readonly frozen: boolean
  private instance: Instance | undefined
  /** What the memory holds already. */
  private rows: Float64Array | undefined
  private values: Float64Array | undefined
  private epoch = -1
  private memory: TrainingMemory | undefined
  private control: Control | undefined

  constructor(
    training: Training,
    host: TrainingHost,
    { layout, hosted }: RunModule,
    module: WebAssembly.Module,
  ) {
    this.training = training
    this.host = host
    this.layout = layout
    this.together = layout.frames.count
    this.hosted = hosted
    this.module = module
    const { ranges, weightsSize } = training
    this.frozen = ranges.reduce((sum, { start, end }) => sum + end - start, 0) < weightsSize
  }

  run(memory: TrainingMemory, control: Control): Exit {
    this.memory = memory
    this.control = control
    const instance = this.instanceFor(memory)
    this.copyIn(instance, memory, control)
    const exit = exits[instance.run()]!
    this.copyOut(instance, memory, control)
    return exit
  }

  evaluate(
    memory: TrainingMemory,
    { rows, complete }: EvaluatedRows,
    from: number,
    end: number,
    seen: Seen,
  ): number {
    this.memory = memory
    const { weights, slots, frame } = memory
    const { width } = this.training
    const instance = this.instanceFor(memory)
    const { blocks, values, forward, advance } = instance
    let block = blocks.find((each) => each.weights === weights)
    if (block === undefined) {
      // The host may still have the slots of the other one.
      block = blocks.find((each) => each.slots !== slots)!
      block.weights.set(weights)
    }
    this.copyValues(instance, memory)
    const computed = { values, weights: block.weights }
    frame.mode = 'predict'
    try {
      for (let row = from; row < end; row++) {
        if (complete[row] !== 1) continue
        copy(rows, row * width, values, 0, width)
        if (forward!(block.address) === 1) return row
        seen(computed)
        advance(block.address)
      }
      return end
    } finally {
      frame.mode = 'learn'
    }
  }

  release(): void {
    this.instance = undefined
    this.rows = undefined
    this.values = undefined
    this.memory = undefined
  }

  private instanceFor(memory: TrainingMemory): Instance {
    if (this.instance === undefined || this.rows !== memory.rows) {
      this.instance = this.instantiate(memory)
      this.rows = memory.rows
    }
    return this.instance
  }

  /** What does not come with a row. */
  private copyValues({ frames: values }: Instance, { frame }: TrainingMemory): void {
    if (this.values === frame.values) return
    for (const each of values) each.set(frame.values)
    this.values = frame.values
  }

  private copyIn(instance: Instance, memory: TrainingMemory, control: Control): void {
    const { layout, training } = this
    const { all, order, blocks, sum } = instance
    writeControl(all, control)
    const { weights, slots } = memory
    const [first, second] = blocks
    if (second.weights === weights && second.slots === slots) all[currentAt] = second.address
    else {
      if (first.weights !== weights || first.slots !== slots)
        copyWeights(blocks, memory, this.frozen)
      all[currentAt] = first.address
    }
    this.copyValues(instance, memory)
    // The host puts rows in another order only as an epoch begins.
    if (this.epoch !== control.epoch || control.position === 0) order.set(memory.order)
    if (control.answered > 0 && memory.sum !== sum) sum.set(memory.sum)
    if (!training.measures) copy(memory.sums, 0, all, layout.sums / 8, memory.sums.length)
    copy(memory.lastSums, 0, all, layout.lastSums / 8, memory.lastSums.length)
  }

  private copyOut(instance: Instance, memory: TrainingMemory, control: Control): void {
    const { layout, training } = this
    const { all, blocks } = instance
    readControl(all, control)
    const { weights, slots } = blocks[all[currentAt] === blocks[0].address ? 0 : 1]
    memory.weights = weights
    memory.slots = slots
    memory.sum = instance.sum
    this.epoch = control.epoch
    if (training.measures) return
    copy(all, layout.sums / 8, memory.sums, 0, memory.sums.length)
    copy(all, layout.lastSums / 8, memory.lastSums, 0, memory.lastSums.length)
  }

  /** The memory is as large as the data ask for, and stays so. */
  private instantiate({ rows, complete, order }: TrainingMemory): Instance {
    const { layout } = this
    const rowsAt = layout.end
    const orderAt = rowsAt + 8 * rows.length
    const completeAt = orderAt + 8 * Math.ceil(order.length / 2)
    const end = completeAt + complete.length
    const memory = allocate(Math.ceil(end / 65_536))
    const all = new Float64Array(memory.buffer)
    all.set(rows, rowsAt / 8)
    new Uint8Array(memory.buffer, completeAt).set(complete)
    const places: [ControlName, number][] = [
      ['length', order.length],
      ['rows', rowsAt],
      ['order', orderAt],
      ['complete', completeAt],
    ]
    for (const [name, value] of places) all[addressOf(name) / 8] = value
    const orders = new Int32Array(memory.buffer, orderAt, order.length)
    const functions = this.functions(memory, orders)
    const host = { memory, ...functions }
    const { exports } = new WebAssembly.Instance(this.module, { host })
    this.values = undefined
    this.epoch = -1
    const { weightsSize, valuesSize, program } = this.training
    const view = (address: number) => new Float64Array(memory.buffer, address, weightsSize)
    const frames = framesOf(layout, (bytes) => {
      return new Float64Array(memory.buffer, layout.values + bytes, valuesSize)
    })
    const blockAt = (address: number): Block => ({
      address,
      weights: view(address),
      slots: program.slots.map((_, slot) => view(address + (slot + 1) * layout.stride)),
    })
    const [first, second] = layout.blocks
    return {
      all,
      order: orders,
      sum: view(layout.sum),
      values: frames[0]!,
      frames,
      blocks: [blockAt(first), blockAt(second)],
      run: exports.run as () => number, // as it was written, and so is what follows
      forward: exports.forward as Instance['forward'],
      advance: functions.advance,
    }
  }

  private functions(memory: WebAssembly.Memory, orders: Int32Array) {
    const { training, layout, host } = this
    const { valuesSize, gradientsSize, weightsSize } = training
    const view = (address: number, size: number) => {
      return new Float64Array(memory.buffer, address, size)
    }
    const frame: { -readonly [Key in keyof Frame]: Frame[Key] } = {
      step: 0,
      mode: 'learn',
      seed: 0,
      turn: 0,
      values: view(layout.values, valuesSize),
      gradients: view(layout.gradients, gradientsSize),
      ...(training.stack && { turns: new Float64Array(training.stack.samples) }),
      weights: view(layout.blocks[0], weightsSize),
    }
    const frames = framesOf(layout, (bytes) => ({
      values: view(layout.values + bytes, valuesSize),
      gradients: view(layout.gradients + bytes, gradientsSize),
    }))
    const blocks = new Map(layout.blocks.map((block) => [block, view(block, weightsSize)]))
    const kernels = new Kernels(canGenerate() ? 'javascript' : 'interpret')
    const operations = this.hosted.map((operation) => kernels.of(operation))
    const advance = kernels.advance()
    return {
      factor: (tick: number) => host.factor(tick),
      shuffle: () => {
        host.shuffle()
        orders.set(this.memory!.order)
      },
      operation: (place: number, weights: number, bytes: number, learned: number): number => {
        frame.weights = blocks.get(weights)!
        const { values, gradients } = frames[bytes / layout.frames.stride]!
        frame.values = values
        frame.gradients = gradients
        const { frame: own, state } = this.memory!
        frame.seed = own.seed
        frame.mode = own.mode
        frame.turn = learned
        const { turns } = frame
        if (turns !== undefined) for (let at = 0; at < turns.length; at++) turns[at] = learned + at
        try {
          operations[place]!(frame, state)
          return 0
        } catch {
          // Nothing has been changed: the host makes the step again and reports what it finds.
          return 1
        }
      },
      measure: (weights: number): number => {
        frame.weights = blocks.get(weights)!
        host.measure(frame)
        return this.control!.count
      },
      advance: (weights: number): void => {
        frame.weights = blocks.get(weights)!
        advance(frame, this.memory!.state)
      },
    }
  }
}

/** What `of` says of each frame, which lies so many bytes after the first. */
function framesOf<T>({ frames: { count, stride } }: Layout, of: (bytes: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => of(at * stride))
}

const currentAt = addressOf('current') / 8

interface Instance {
  readonly all: Float64Array
  readonly order: Int32Array
  readonly sum: Float64Array
  /** Those of the first frame. */
  readonly values: Float64Array
  /** The values of all frames. */
  readonly frames: readonly Float64Array[]
  readonly blocks: readonly [Block, Block]
  run(): number
  /** Where rows are evaluated; gets the address of the weights, and returns 1 where a gate threw. */
  readonly forward: ((weights: number) => number) | undefined
  advance(weights: number): void
}

/** The weights and the slots in one of the two places that they take in turn. */
interface Block {
  readonly address: number
  readonly weights: Float64Array
  readonly slots: Float64Array[]
}

/** Into the first block; what does not learn is in both. */
function copyWeights(
  [first, second]: Instance['blocks'],
  { weights, slots }: TrainingMemory,
  frozen: boolean,
): void {
  for (const block of frozen ? [first, second] : [first]) {
    block.weights.set(weights)
    slots.forEach((slot, index) => block.slots[index]!.set(slot))
  }
}

// For a few numbers: `set` and `subarray` take longer than that.
function copy(
  from: Float64Array,
  start: number,
  to: Float64Array,
  at: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) to[at + i] = from[start + i]!
}

/** Throws `bad-argument` where there is not so much memory. */
function allocate(pages: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages })
  } catch (cause) {
    throw new EagreError('bad-argument', 'train: the rows do not fit into the memory of WebAssembly', {
      hint: 'take the engine "javascript"',
      cause,
    }) // prettier-ignore
  }
}
