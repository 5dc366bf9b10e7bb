/** Executes runs as generated WebAssembly, in a memory of its own. */
import { EagreError } from '../../errors.js'
import { functionIndices, moduleBytes } from '../../gates/elementary/module.js'
import type { Frame } from '../kernel.js'
import { Kernels } from '../runinterpret.js'
import { canGenerate } from '../javascript.js'
import type { Control, Exit, Training, TrainingExecutor, TrainingHost, TrainingKernel, TrainingMemory } from '../training.js' // prettier-ignore
import { addressOf, controls, type ControlName, type Layout } from './layout.js'
import { exits, writeRun, type RunModule } from './run.js'
import { calledIntrinsics } from './terms.js'

/** The kernel of a run. It is said why where WebAssembly is missing, forbidden or too old. */
export const runWasm: TrainingExecutor = (training, host) => {
  const { forward } = training.region
  if (forward.some((operation) => operation.type === 'call' && operation.rule.keeps)) {
    return 'gates keep state from step to step'
  }
  try {
    const written = writeRun(training)
    return new Wasm(training, host, written, new WebAssembly.Module(written.bytes))
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
  /** How the last call left it. */
  private left: Left | undefined
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
    this.hosted = hosted
    this.module = module
    const { ranges, weightsSize } = training
    this.frozen = ranges.reduce((sum, { start, end }) => sum + end - start, 0) < weightsSize
  }

  run(memory: TrainingMemory, control: Control): Exit {
    this.memory = memory
    this.control = control
    if (this.rows !== memory.rows) {
      this.instance = this.instantiate(memory)
      this.rows = memory.rows
    }
    const instance = this.instance!
    this.copyIn(instance, memory, control)
    const exit = exits[instance.run()]!
    this.copyOut(instance, memory, control)
    return exit
  }

  private copyIn({ all, order }: Instance, memory: TrainingMemory, control: Control): void {
    const { layout, training } = this
    for (const name of controls) all[addressOf(name) / 8] = control[name]
    const { left } = this
    // Whoever changes weights or slots makes an update or puts another array in their place.
    const same = memory.weights === left?.weights && control.updates === left.updates
    all[addressOf('current') / 8] = same ? left.current : layout.blocks[0]
    if (this.values !== memory.frame.values) {
      all.set(memory.frame.values, layout.values / 8)
      this.values = memory.frame.values
    }
    // The host puts rows in another order only as an epoch begins.
    if (this.epoch !== control.epoch || control.position === 0) order.set(memory.order)
    const [first, second] = layout.blocks
    if (!same) {
      all.set(memory.weights, first / 8)
      // What does not learn is in both.
      if (this.frozen) all.set(memory.weights, second / 8)
      memory.slots.forEach((slot, index) => {
        all.set(slot, (first + (index + 1) * layout.stride) / 8)
      })
    }
    const gathered = same && control.learned === left.learned && control.answered === left.answered
    if (control.answered > 0 && !gathered) all.set(memory.sum, layout.sum / 8)
    if (!training.measures) all.set(memory.sums, layout.sums / 8)
    all.set(memory.lastSums, layout.lastSums / 8)
  }

  private copyOut({ all }: Instance, memory: TrainingMemory, control: Control): void {
    const from = control.updates
    const { layout, training } = this
    const { measures, ranges, means } = training
    for (const name of controls) {
      if (name !== 'limit') control[name] = all[addressOf(name) / 8]!
    }
    const current = all[addressOf('current') / 8]!
    const moved = control.updates !== from
    const take = (to: Float64Array, address: number, start: number, end: number) => {
      to.set(all.subarray(address / 8 + start, address / 8 + end), start)
    }
    for (const { start, end } of ranges) {
      if (moved) take(memory.weights, current, start, end)
      if (moved) {
        memory.slots.forEach((slot, index) => {
          take(slot, current + (index + 1) * layout.stride, start, end)
        })
      }
      if (control.answered > 0) take(memory.sum, layout.sum, start, end)
    }
    if (!measures) take(memory.sums, layout.sums, 0, means.length)
    if (!measures) take(memory.lastSums, layout.lastSums, 0, means.length)
    this.epoch = control.epoch
    const { updates, learned, answered } = control
    this.left = { weights: memory.weights, current, updates, learned, answered }
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
    const host = { memory, ...elementary(), ...this.functions(memory, orders) }
    const { exports } = new WebAssembly.Instance(this.module, { host })
    this.values = undefined
    this.left = undefined
    this.epoch = -1
    return { all, order: orders, run: exports.run as () => number } // as it was written
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
      weights: view(layout.blocks[0], weightsSize),
    }
    const blocks = new Map(layout.blocks.map((block) => [block, view(block, weightsSize)]))
    const kernels = new Kernels(canGenerate() ? 'javascript' : 'interpret')
    const operations = this.hosted.map((operation) => kernels.of(operation))
    return {
      factor: (tick: number) => host.factor(tick),
      shuffle: () => {
        host.shuffle()
        orders.set(this.memory!.order)
      },
      operation: (place: number, weights: number, learned: number): number => {
        frame.weights = blocks.get(weights)!
        frame.seed = this.memory!.frame.seed
        frame.turn = learned
        try {
          operations[place]!(frame)
          return 0
        } catch {
          // Nothing has been changed: the host makes the step again and reports what it finds.
          return 1
        }
      },
      measure: (weights: number): number => {
        const { frame: own, weights: kept } = this.memory!
        own.values.set(frame.values)
        kept.set(blocks.get(weights)!)
        host.measure()
        return this.control!.count
      },
    }
  }
}

interface Left extends Pick<Control, 'updates' | 'learned' | 'answered'> {
  readonly weights: Float64Array
  readonly current: number
}

interface Instance {
  readonly all: Float64Array
  readonly order: Int32Array
  run(): number
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

/** What terms call: as WebAssembly where it is there, of which both give the same bits. */
function elementary(): Record<string, WebAssembly.ExportValue> {
  made ??= new WebAssembly.Instance(new WebAssembly.Module(moduleBytes())).exports
  const functions: Record<string, WebAssembly.ExportValue> = {}
  for (const { name, apply } of calledIntrinsics()) {
    functions[name] = Object.hasOwn(functionIndices, name) ? made[name]! : apply
  }
  return functions
}

let made: WebAssembly.Exports | undefined
