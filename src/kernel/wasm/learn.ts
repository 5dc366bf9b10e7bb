/**
 * What follows the gradients of a step, in WebAssembly: adding them up, clipping, the update of
 * the weights. A small run has all of it in locals, number by number; any other in memory, in
 * loops over the ranges of weights that learn.
 */
import type { TrainingRange } from '../training.js'
import { isPlain } from '../update.js'
import type { Term } from '../term.js'
import type { Code, Lanes } from './code.js'
import { overElements } from './loop.js'
import { overOuter, pushLargest, type Outer } from './outer.js'
import { RunPart, type RunParts } from './part.js'
import { emitTerms, isExact, type Place } from './terms.js'

/** Where the numbers of one weight are, or of two neighbours. */
export interface Element {
  readonly gradient: Place
  readonly sum: Place
  /** The gradient of the update, where it is neither of them. */
  readonly mean: Place
  readonly weight: Place
  readonly nextWeight: Place
  slot(index: number): Place
  nextSlot(index: number): Place
}

/** Says where the numbers of weights are. */
export interface Store {
  /** `body` for each weight of a range; `vector` says that it takes two at a time. */
  each(range: TrainingRange, vector: boolean, body: (element: Element, lanes: Lanes) => void): void
  /** `body` for numbers of which one is not finite where a gradient of the range is not. */
  eachGradient(range: TrainingRange, body: (push: () => void, lanes: Lanes) => void): void
  /** Makes the new weights and slots those of now. */
  commit(): void
}

export class Learning extends RunPart {
  private readonly store: Store
  /** Gradients are looked at where they are used, and not before. */
  private readonly late: boolean
  /** What stays 0 as long as all that was looked at is finite, by itself or as one of a pair. */
  private readonly broken: number
  private readonly brokenPair: number
  private pairs = false

  /** With `late` an update fails where one of its gradients is not finite. */
  constructor(run: RunParts, store: Store, late = false) {
    super(run)
    this.store = store
    this.late = late
    this.broken = run.code.local('f64')
    this.brokenPair = run.code.local('v128')
  }

  /** Whether a batch has more than one step, so that there is a sum. */
  get sums(): boolean {
    return this.training.batch > 1
  }

  /** Pushes whether a gradient of the step is not finite. */
  findBroken(): void {
    this.begin()
    this.lookAtGradients()
    this.pushBroken()
  }

  private lookAtGradients(): void {
    for (const range of this.training.ranges) {
      this.store.eachGradient(range, (push, lanes) => this.look(push, lanes))
    }
  }

  /** A weight is finite only where its gradient is: there is no need to look at that as well. */
  get plain(): boolean {
    const { clip, program } = this.training
    const { slots, lines, update } = program
    return clip === undefined && slots.length === 0 && lines.length === 0 && isPlain(update)
  }

  /** Adds the gradients of a step to the sum, or makes them the first. */
  accumulate(): void {
    const { code, at } = this
    code.get(at.answered).op('i32.eqz')
    code.if(
      () => this.all(true, ({ gradient, sum }) => sum.write(() => gradient.read())),
      () => {
        this.all(true, ({ gradient, sum }, lanes) => {
          sum.write(() => {
            sum.read()
            gradient.read()
            code.each(lanes, 'add')
          })
        })
      },
    )
  }

  /** Puts the gradients of a single step where the host looks for the sum. */
  keepGradients(): void {
    this.all(true, ({ gradient, sum }) => sum.write(() => gradient.read()))
  }

  /**
   * One update; `failed` is what happens where a result is not finite, before any is in use. With
   * `step` its loss, which is pushed, and its gradients are looked at here, too; then it counts,
   * where `count` says how, or it is the caller who counts steps and updates.
   */
  update(failed: () => void, step?: { loss(): void; count?(): void }): void {
    const { code, store, training, at } = this
    const { ranges, learningRate, schedule, program } = training
    const counts = step === undefined || step.count !== undefined
    const t = code.local('f64')
    if (counts) code.get(at.updates).f64(1).op('f64.add').set(t)
    if (schedule !== undefined) this.takeFactor()
    this.average()
    this.begin()
    if (step !== undefined) {
      this.look(() => step.loss(), 1)
      if (!this.plain) this.lookAtGradients()
    }
    for (const range of ranges) {
      const eta = code.local('f64')
      code.f64(range.rate ?? learningRate)
      if (schedule !== undefined) code.get(at.factor).op('f64.mul')
      code.set(eta)
      const known = new Map([
        ['rate', new Fixed(code, eta)],
        ['t', new Fixed(code, t)],
      ])
      for (const { name, term } of program.hoisted) {
        const local = code.local('f64')
        this.compute([term], 1, known, undefined, () => code.set(local))
        known.set(name, new Fixed(code, local))
      }
      store.each(range, this.exact, (element, lanes) => this.updateElement(element, lanes, known))
    }
    this.pushBroken()
    code.if(failed)
    step?.count?.()
    store.commit()
    if (counts) code.get(t).set(at.updates)
  }

  /** Whether all of the update is exact for two numbers at a time. */
  private get exact(): boolean {
    const { lines, slots, update } = this.training.program
    return [...lines.map(({ term }) => term), ...slots.map(({ next }) => next), update].every(isExact) // prettier-ignore
  }

  private all(vector: boolean, body: (element: Element, lanes: Lanes) => void): void {
    for (const range of this.training.ranges) this.store.each(range, vector, body)
  }

  private takeFactor(): void {
    const { code, at, host, training } = this
    const now = training.schedule === 'update' ? at.updates : at.epoch
    code.get(now).get(at.tick).op('f64.ne')
    code.if(() => {
      code.get(now).tee(at.tick).call(host.factor).set(at.factor)
    })
  }

  private updateElement(element: Element, lanes: Lanes, fixed: ReadonlyMap<string, Fixed>): void {
    const { code, training } = this
    const { lines, slots, update } = training.program
    const known = new Map<string, number>()
    const load = (name: string, push: () => void) => {
      const local = code.numbers(lanes)
      push()
      code.set(local)
      known.set(name, local)
    }
    load('w', () => element.weight.read())
    load('g', () => this.pushGradient(element, lanes))
    if (this.late && !this.plain) this.look(() => code.get(known.get('g')!), lanes)
    slots.forEach(({ old }, index) => load(old, () => element.slot(index).read()))
    for (const { name, term } of lines) {
      const local = code.numbers(lanes)
      this.compute([term], lanes, fixed, known, () => code.set(local))
      known.set(name, local)
    }
    const places = [...slots.map((_, index) => element.nextSlot(index)), element.nextWeight]
    const terms = [...slots.map(({ next }) => next), update]
    const results = terms.map(() => code.numbers(lanes))
    this.compute(terms, lanes, fixed, known, (index) => code.set(results[index]!))
    results.forEach((result, index) => {
      places[index]!.write(() => code.get(result))
      this.look(() => code.get(result), lanes)
    })
  }

  private compute(
    terms: readonly Term[],
    lanes: Lanes,
    fixed: ReadonlyMap<string, Fixed>,
    known: ReadonlyMap<string, number> | undefined,
    store: (index: number) => void,
  ): void {
    const { code, calls } = this
    const read = (name: string) => {
      const own = known?.get(name)
      if (own === undefined) fixed.get(name)!.push(lanes)
      else code.get(own)
    }
    emitTerms(code, calls, terms, lanes, read, (index, push) => {
      push()
      store(index)
    })
  }

  /** The gradient of the update: a mean over one number is that number. */
  private pushGradient({ gradient, sum, mean }: Element, lanes: Lanes): void {
    const { training, sums } = this
    if (training.clip !== undefined) return mean.read()
    if (!sums) return gradient.read()
    sum.read()
    this.divide(lanes)
  }

  /** Divides by how many steps there are in the sum. */
  private divide(lanes: Lanes): void {
    const { code, at, training } = this
    const { batch } = training
    // By a power of two a product gives the bits of the quotient; the batch of a block is whole.
    if (this.late && (batch & (batch - 1)) === 0) {
      code.constant(lanes, 1 / batch).each(lanes, 'mul')
      return
    }
    code.get(at.answered).op('f64.convert_i32_s')
    if (lanes === 2) code.op('f64x2.splat')
    code.each(lanes, 'div')
  }

  /** Where there is clipping, the gradients of the update have a place of their own. */
  private average(): void {
    const { code, sums } = this
    const { clip } = this.training
    if (clip === undefined) return
    this.all(true, ({ gradient, sum, mean }, lanes) => {
      mean.write(() => {
        if (!sums) return gradient.read()
        sum.read()
        this.divide(lanes)
      })
      if (clip.value === undefined) return
      const most = clip.value
      mean.write(() => {
        code.constant(lanes, -most).constant(lanes, most)
        mean.read()
        code.each(lanes, 'min').each(lanes, 'max')
      })
    })
    if (clip.norm !== undefined) this.clipByNorm(clip.norm)
  }

  /** As `train/clip.ts` does it. */
  private clipByNorm(most: number): void {
    const { code } = this
    const squares = code.local('f64')
    const scale = code.local('f64')
    const norm = code.local('f64')
    const add = () => {
      code.f64(0).set(squares)
      this.all(false, ({ mean }) => {
        code.get(squares)
        for (let times = 0; times < 2; times++) {
          mean.read()
          code.get(scale).op('f64.mul')
        }
        code.op('f64.mul').op('f64.add').set(squares)
      })
    }
    code.f64(1).set(scale)
    add()
    code
      .get(squares)
      .f64(2 ** -900)
      .op('f64.lt')
    code.if(
      () => code.f64(2 ** 600).set(scale),
      () => {
        code.get(squares).f64(Infinity).op('f64.eq')
        code.if(() => code.f64(2 ** -600).set(scale))
      },
    )
    code.get(scale).f64(1).op('f64.ne')
    code.if(add)
    code.get(squares).op('f64.sqrt').tee(norm)
    code.f64(most).get(scale).op('f64.mul').op('f64.le').op('i32.eqz')
    code.if(() => {
      this.all(false, ({ mean }) => {
        mean.write(() => {
          mean.read()
          code.get(scale).op('f64.mul').get(norm).op('f64.div').f64(most).op('f64.mul')
        })
      })
    })
  }

  private begin(): void {
    const { code, broken, brokenPair } = this
    code.f64(0).set(broken)
    code.f64x2(0).set(brokenPair)
    this.pairs = false
  }

  /** x - x is 0, and all its bits are, unless x is not finite. */
  private look(push: () => void, lanes: Lanes): void {
    const { code, broken, brokenPair } = this
    push()
    push()
    this.pairs ||= lanes === 2
    if (lanes === 2) code.op('f64x2.sub').get(brokenPair).op('v128.or').set(brokenPair)
    else code.op('f64.sub').get(broken).op('f64.add').set(broken)
  }

  private pushBroken(): void {
    const { code, broken, brokenPair } = this
    code.get(broken).f64(0).op('f64.ne')
    if (this.pairs) code.get(brokenPair).op('v128.any_true').op('i32.or')
  }
}

/** A number in a local, and the vector of it twice. */
class Fixed {
  private readonly code: Code
  private readonly one: number
  private readonly two: number

  constructor(code: Code, local: number) {
    this.code = code
    this.one = local
    this.two = code.local('v128')
    code.get(local).op('f64x2.splat').set(this.two)
  }

  push(lanes: Lanes): void {
    this.code.get(lanes === 2 ? this.two : this.one)
  }
}

/** The gradients of one sample. */
const alone = { count: 1, stride: 0 }

/** All numbers in memory, the weights and slots in two blocks that change places. */
export class MemoryStore extends RunPart implements Store {
  /** While it is set: gradients that are looked at are those of the sample with this frame. */
  frame: number | undefined

  each(
    range: TrainingRange,
    vector: boolean,
    body: (element: Element, lanes: Lanes) => void,
  ): void {
    const { code } = this
    for (const part of this.partsOf(range)) {
      if (!('rows' in part)) this.eachStored(part, vector, body)
      else {
        overOuter(code, part, alone, vector, undefined, ({ at, offset, push }, lanes) => {
          const element = this.element(at, 8 * part.start + offset, lanes)
          body({ ...element, gradient: { ...element.gradient, read: push } }, lanes)
        })
      }
    }
  }

  eachGradient(range: TrainingRange, body: (push: () => void, lanes: Lanes) => void): void {
    const { code } = this
    for (const part of this.partsOf(range)) {
      if ('rows' in part) {
        const most = code.local('f64')
        pushLargest(code, part, this.frame)
        code.set(most)
        body(() => code.get(most), 1)
      } else {
        this.eachStored(part, true, ({ gradient }, lanes) => body(() => gradient.read(), lanes), this.frame) // prettier-ignore
      }
    }
  }

  protected eachStored(
    { start, end }: TrainingRange,
    vector: boolean,
    body: (element: Element, lanes: Lanes, at: number) => void,
    frame?: number,
  ): void {
    const at = this.code.local('i32')
    const one = (lanes: Lanes) => body(this.element(at, 8 * start, lanes), lanes, at)
    overElements(this.code, at, end - start, vector, one, frame)
  }

  /** What a range is made of, in order: gradients that lie in memory, and others. */
  protected partsOf({ start, end }: TrainingRange): (TrainingRange | Outer)[] {
    const parts: (TrainingRange | Outer)[] = []
    let from = start
    const inside = [...this.outers.values()].filter(
      (outer) => start <= outer.start && outer.end <= end,
    )
    for (const outer of inside.sort((a, b) => a.start - b.start)) {
      if (from < outer.start) parts.push({ start: from, end: outer.start })
      parts.push(outer)
      from = outer.end
    }
    if (from < end) parts.push({ start: from, end })
    return parts
  }

  commit(): void {
    const { code, at } = this
    code.get(at.current).get(at.next).set(at.current).set(at.next)
  }

  protected element(at: number, from: number, lanes: Lanes): Element {
    const { layout } = this
    const { current: now, next } = this.at
    const place = (offset: number, block?: number) => this.place(at, block, from + offset, lanes)
    const slot = (index: number) => (index + 1) * layout.stride
    return {
      gradient: place(layout.gradients),
      sum: place(layout.sum),
      mean: place(layout.mean),
      weight: place(0, now),
      nextWeight: place(0, next),
      slot: (index) => place(slot(index), now),
      nextSlot: (index) => place(slot(index), next),
    }
  }

  private place(at: number, block: number | undefined, offset: number, lanes: Lanes): Place {
    const { code } = this
    const address = () => {
      code.get(at)
      if (block !== undefined) code.get(block).op('i32.add')
    }
    return {
      read: () => {
        address()
        code.load(lanes, offset)
      },
      write: (push) => {
        address()
        push()
        code.store(lanes, offset)
      },
    }
  }
}
