/**
 * Samples of a batch that are computed together, each in a frame of its own: matrices are read once
 * for all of them, and the sums of gradients are in locals while they grow. What comes out is what
 * comes out sample by sample, to the last bit. Whatever else there is (a sample without targets, a
 * number that is not finite, a gate that throws) is left to the loop that takes one at a time.
 */
import { keepsState, placeOf } from '../region.js'
import type { Training, TrainingRange } from '../training.js'
import type { Label, Lanes } from './code.js'
import { layOut, type ControlName, type Frames } from './layout.js'
import { Learning, MemoryStore, type Element } from './learn.js'
import { outersOf, overOuter } from './outer.js'
import { RunPart, type RunParts } from './part.js'
import { sharedWork, type Part } from './step.js'

// Samples, multiplications and bytes in use of a block, at most: it should fit into a cache, and
// not take much longer than a step may.
const mostSamples = 32
const mostWork = 8e6
const mostBytes = 2 ** 20

/** How many samples are computed together, 1 where none are; and the first gradient that is kept. */
export function samplesTogether(training: Training): { count: number; first: number } {
  const alone = { count: 1, first: 0 }
  const { batch, stack, measures, region, valuesSize, gradientsSize } = training
  if (batch === 1 || stack !== undefined || measures || keepsState(region)) return alone
  const outers = outersOf(training, layOut(training, 0))
  const work = sharedWork(training, outers)
  let absent = 0
  for (const { start, end } of outers.values()) absent += end - start
  const bytes = 8 * (valuesSize + gradientsSize - absent)
  const most = Math.floor(Math.min(batch, mostSamples, mostWork / work, mostBytes / bytes))
  if (work === 0 || most < 2) return alone
  let first = 0
  while (outers.has(first)) first = outers.get(first)!.end
  return { count: Math.floor(batch / Math.ceil(batch / most)), first }
}

/** What a block needs of the loop around it. */
interface Around {
  /** Puts a row into a frame and pushes whether it has its targets; gets two locals. */
  takeRow(sample: number, frame: number): void
  /** The locals of the sums of the means. */
  readonly sums: readonly number[]
}

export class Block extends RunPart {
  private readonly learning: Learning
  private readonly store: FrameStore
  /** A block is a whole batch, so that its update can follow at once. */
  private readonly whole: boolean
  private readonly frame: number
  private readonly sample: number
  private readonly todo: number

  constructor(run: RunParts) {
    super(run)
    const { code, layout, training } = run
    this.whole = layout.frames.count === training.batch
    this.store = new FrameStore(run)
    this.learning = new Learning(run, this.store, true)
    this.frame = code.local('i32')
    this.sample = code.local('i32')
    this.todo = code.local('i32')
  }

  /** Takes a block of samples where it can; pushes whether it could not. */
  write({ takeRow, sums }: Around): void {
    const { code, at, frame, sample, training } = this
    const { count } = this.layout.frames
    const { means, clip, schedule } = training
    code.i32(1).set(this.todo)
    code.block((leave) => {
      const unless = () => code.op('i32.eqz').brIf(leave)
      this.pushRoom()
      unless()
      this.each(() => {
        takeRow(sample, frame)
        unless()
      })
      this.compute(this.parts.forward, leave)
      this.findBrokenLoss()
      code.brIf(leave)
      this.compute(this.parts.backward, leave)
      // The schedule goes on only where an update is made.
      const fused = this.whole && clip === undefined && schedule === undefined
      if (fused) this.update(count, leave)
      else {
        this.findBroken()
        code.brIf(leave)
        this.accumulate()
      }
      this.each(() => {
        means.forEach((cell, index) => {
          code.get(sums[index]!)
          this.value(placeOf(cell).offset)
          code.op('f64.add').set(sums[index]!)
        })
      })
      this.add('made', count)
      this.add('position', count)
      if (!fused) {
        this.add('inBatch', count)
        this.add('answered', count)
      }
      for (const name of ['count', 'learned'] as const) {
        code.get(at[name]).f64(count).op('f64.add').set(at[name])
      }
      code.i32(0).set(this.todo)
    })
    code.get(this.todo)
  }

  /** The update of a batch that is this block. */
  private update(count: number, leave: Label): void {
    const { code, at } = this
    code.i32(count).set(at.answered)
    this.learning.update(() => code.i32(0).set(at.answered).br(leave))
    code.i32(0).set(at.answered)
  }

  /** Pushes whether so many samples fit in what is left of the call, the epoch and the batch. */
  private pushRoom(): void {
    const { code, at } = this
    const { count } = this.layout.frames
    const fits = (name: ControlName, push: () => void) => {
      code.get(at[name]).i32(count).op('i32.add')
      push()
      code.op('i32.gt_s').op('i32.eqz')
    }
    fits('made', () => code.get(at.limit))
    fits('position', () => code.get(at.length))
    code.op('i32.and')
    fits('inBatch', () => code.i32(this.training.batch))
    code.op('i32.and')
  }

  /** `body` for each sample, whose number and frame are in locals. */
  private each(body: () => void): void {
    const { code, frame, sample } = this
    const { count, stride } = this.layout.frames
    code.i32(0).set(sample)
    code.count(frame, 0, count * stride, stride, () => {
      body()
      code.get(sample).i32(1).op('i32.add').set(sample)
    })
  }

  /** Between what is computed for all samples at once, one takes all parts before the next. */
  private compute(parts: readonly Part[], leave: Label): void {
    const { code, at, frame, sample, host } = this
    let own: Part[] = []
    const flush = () => {
      const list = own
      own = []
      if (list.length === 0) return
      this.each(() => {
        for (const part of list) {
          if (part.type === 'function') {
            code.get(at.current).get(frame).call(part.index)
            if (part.fails) code.brIf(leave)
          } else {
            code.i32(part.place).get(at.current).get(frame)
            code.get(at.learned).get(sample).op('f64.convert_i32_s').op('f64.add')
            code.call(host.operation).brIf(leave)
          }
        }
      })
    }
    for (const part of parts) {
      if (part.type === 'host' || part.all === undefined) own.push(part)
      else {
        flush()
        code.get(at.current).call(part.all)
      }
    }
    flush()
  }

  /** Pushes a value of the frame. */
  private value(offset: number): void {
    this.code.get(this.frame).access('f64.load', this.layout.values + 8 * offset)
  }

  /** Pushes whether a loss is not finite. */
  private findBrokenLoss(): void {
    const { code } = this
    const { offset } = placeOf(this.training.loss)
    const broken = code.local('f64')
    code.f64(0).set(broken)
    this.each(() => {
      this.value(offset)
      this.value(offset)
      code.op('f64.sub').get(broken).op('f64.add').set(broken)
    })
    code.get(broken).f64(0).op('f64.ne')
  }

  /** Pushes whether a gradient of a sample is not finite. */
  private findBroken(): void {
    const { code } = this
    const broken = code.local('i32')
    code.i32(0).set(broken)
    this.each(() => {
      this.store.frame = this.frame
      this.learning.findBroken()
      this.store.frame = undefined
      code.get(broken).op('i32.or').set(broken)
    })
    code.get(broken)
  }

  /** Adds the gradients of the block to the sum, or makes them the first. */
  private accumulate(): void {
    const { code, at, store, training } = this
    const all = (fresh: boolean) => {
      for (const range of training.ranges) store.sumUp(range, fresh)
    }
    if (this.whole) return all(true)
    code.get(at.answered).op('i32.eqz')
    code.if(
      () => all(true),
      () => all(false),
    )
  }
}

/** Gives the sums over a block of samples for the gradients of an update. */
class FrameStore extends MemoryStore {
  /** The sums of the block as those of the batch. */
  override each(
    range: TrainingRange,
    vector: boolean,
    body: (element: Element, lanes: Lanes) => void,
  ): void {
    this.eachSum(range, vector, true, body)
  }

  /** Writes the sums of the block, or adds them to those of the batch. */
  sumUp(range: TrainingRange, fresh: boolean): void {
    this.eachSum(range, true, fresh, ({ gradient, sum }) => sum.write(() => gradient.read()))
  }

  /** `gradient` is what is read as the sum, too: of the block, or of the batch with the block. */
  private eachSum(
    range: TrainingRange,
    vector: boolean,
    fresh: boolean,
    body: (element: Element, lanes: Lanes) => void,
  ): void {
    const { code, frames } = this
    const give = (element: Element, lanes: Lanes, read: () => void) => {
      const sum = { ...element.sum, read }
      body({ ...element, gradient: { ...element.gradient, read }, sum }, lanes)
    }
    for (const part of this.partsOf(range)) {
      if ('rows' in part) {
        const from = 8 * part.start
        const known = (at: number, offset: number, lanes: Lanes) => {
          this.element(at, from + offset, lanes).sum.read()
        }
        overOuter(code, part, frames, vector, fresh ? undefined : known, (element, lanes) => {
          const { at, offset, push } = element
          give(this.element(at, from + offset, lanes), lanes, push)
        })
        continue
      }
      this.eachStored(part, vector, (element, lanes, at) => {
        const sum = code.numbers(lanes)
        if (!fresh) element.sum.read()
        for (let sample = 0; sample < frames.count; sample++) {
          const gradient = this.layout.gradients + 8 * part.start + sample * frames.stride
          code.get(at).load(lanes, gradient)
          if (!fresh || sample > 0) code.each(lanes, 'add')
        }
        code.set(sum)
        give(element, lanes, () => code.get(sum))
      })
    }
  }

  private get frames(): Frames {
    return this.layout.frames
  }
}
