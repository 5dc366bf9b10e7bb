/** Steps of a run in WebAssembly: rows, forward and backward; and small steps with their updates. */
import { placeOf, type Assign, type Cell } from '../region.js'
import { lossesOf } from '../training.js'
import type { Label } from './code.js'
import { overElements } from './loop.js'
import { Learning, MemoryStore } from './learn.js'
import { RunPart, type RunParts } from './part.js'
import { SmallStore } from './small.js'
import type { Part } from './step.js'

/** What `run` returns, by place. */
export const exits = ['limit', 'step', 'update', 'epoch'] as const

export const wholes = ['limit', 'made', 'position', 'inBatch', 'answered', 'length', 'rows', 'complete', 'order', 'current'] as const // prettier-ignore
export const reals = ['lastEpoch', 'wantedLoss', 'patience', 'epoch', 'updates', 'learned', 'count', 'lastCount', 'lastLoss', 'bestLoss', 'bestEpoch'] as const // prettier-ignore

export class Steps extends RunPart {
  protected readonly exit: number
  protected readonly row: number
  protected readonly sums: readonly number[]
  protected readonly small: SmallStore | undefined
  protected readonly learning: Learning

  constructor(run: Omit<RunParts, 'at'>, small: boolean) {
    const { code, layout, training } = run
    const at: Partial<Record<keyof RunParts['at'], number>> = {}
    for (const name of [...wholes, 'next'] as const) at[name] = code.local('i32')
    for (const name of [...reals, 'tick', 'factor'] as const) at[name] = code.local('f64')
    super({ ...run, at: at as RunParts['at'] }) // all names are in one of the lists
    this.exit = code.local('i32')
    this.row = code.local('i32')
    this.sums = training.means.map(() => code.local('f64'))
    this.small = small ? new SmallStore(training, code, layout) : undefined
    this.learning = new Learning(this, this.small ?? new MemoryStore(this))
  }

  /** Every step is an update over locals: it is looked at whether all is finite only once. */
  protected get quick(): boolean {
    const { batch, clip, schedule } = this.training
    // The schedule goes on only where an update is made.
    return this.small !== undefined && batch === 1 && clip === undefined && schedule === undefined
  }

  protected quickStep(done: Label): void {
    const { code, at } = this
    this.rowAt(() => code.get(at.position))
    code.get(at.complete).get(this.row).op('i32.add').access('i32.load8_u', 0)
    code.if(() => {
      this.addressRow()
      this.quickUpdate(done, () => this.countStep())
    })
    this.move()
  }

  /** A step and its update at once; `settle` comes before all that leaves. */
  private quickUpdate(done: Label, count?: () => void, settle?: () => void): void {
    const { code, at, training, learning } = this
    const { region } = training
    const leave = (exit: (typeof exits)[number]) => {
      code.i32(exits.indexOf(exit)).set(this.exit).br(done)
    }
    this.part(region.forward as readonly Assign[], [], () => {})
    this.part(region.backward as readonly Assign[], [], () => {})
    const failed = () => {
      settle?.()
      this.pushBrokenLoss()
      code.if(() => leave('step'))
      learning.findBroken()
      code.if(() => leave('step'))
      this.countStep()
      this.move()
      code.i32(1).set(at.inBatch).i32(1).set(at.answered)
      learning.keepGradients()
      leave('update')
    }
    const loss = () => this.readCell(training.loss)
    learning.update(failed, { loss, ...(count && { count }) })
  }

  private countStep(): void {
    const { code, at } = this
    this.countMeans()
    code.get(at.learned).f64(1).op('f64.add').set(at.learned)
  }

  private move(): void {
    this.add('made', 1)
    this.add('position', 1)
  }

  /**
   * Where each step is an epoch of the only row, all that would be looked up is known, and a single
   * whole number counts: so little is in use that it stays in registers. What ends a run by the number
   * of its epochs is left to the loop that follows.
   */
  protected quickEpochs(done: Label): void {
    const { code, at, row, training, layout } = this
    const whole = () => code.local('i32')
    const [most, wait, count, next, best, nextBest, better] = Array.from({ length: 7 }, whole) as [number, number, number, number, number, number, number] // prettier-ignore
    const [bestLoss, loss] = [code.local('f64'), code.local('f64')]
    const settle = () => {
      code.get(count).op('i32.eqz').op('i32.eqz')
      code.if(() => {
        code.get(bestLoss).set(at.bestLoss)
        code.get(at.epoch).get(best).op('f64.convert_i32_s').op('f64.add').set(at.bestEpoch)
        for (const name of ['epoch', 'updates', 'learned'] as const) {
          code.get(at[name]).get(count).op('f64.convert_i32_s').op('f64.add').set(at[name])
        }
        code.get(at.made).get(count).op('i32.add').set(at.made)
        code.i32(0).access('f64.load', layout.lastSums).set(at.lastLoss)
        code.f64(1).set(at.lastCount)
      })
    }
    const end = () => {
      settle()
      this.countStep()
      this.move()
      code.get(at.updates).f64(1).op('f64.add').set(at.updates)
      code.i32(exits.indexOf('epoch')).set(this.exit).br(done)
    }
    code.get(at.length).i32(1).op('i32.eq').get(at.position).op('i32.eqz').op('i32.and')
    code.get(at.count).f64(0).op('f64.eq').op('i32.and')
    code.if(() => {
      this.rowAt(() => code.i32(0))
      code.get(at.complete).get(row).op('i32.add').access('i32.load8_u', 0)
      code.if(() => {
        this.addressRow()
        code.get(at.lastEpoch).get(at.epoch).op('f64.sub').f64(1).op('f64.sub')
        code.op('i32.trunc_sat_f64_s').tee(most)
        code.get(at.limit).get(at.made).op('i32.sub').tee(next)
        code.get(most).get(next).op('i32.lt_s').op('select').set(most)
        code
          .get(at.patience)
          .op('f64.ceil')
          .f64(1)
          .op('f64.sub')
          .op('i32.trunc_sat_f64_s')
          .set(wait)
        code.get(at.bestEpoch).get(at.epoch).op('f64.sub').op('i32.trunc_sat_f64_s').set(best)
        code.get(at.bestLoss).set(bestLoss)
        code.i32(0).set(count)
        code.block((over) => {
          code.loop((again) => {
            code.get(count).get(most).op('i32.ge_s')
            code.get(count).get(best).op('i32.sub').get(wait).op('i32.ge_s').op('i32.or').brIf(over)
            this.quickUpdate(done, undefined, settle)
            // The sums of an epoch of one step: 0 and that number.
            training.means.forEach((cell, index) => {
              if (index > 0) code.i32(0)
              code.f64(0)
              this.readCell(cell)
              code.op('f64.add')
              if (index === 0) code.set(loss)
              else code.access('f64.store', layout.lastSums + 8 * index)
            })
            code.get(count).i32(1).op('i32.add').tee(next)
            code
              .get(best)
              .get(loss)
              .get(bestLoss)
              .op('f64.lt')
              .tee(better)
              .op('select')
              .set(nextBest)
            code.get(loss).get(at.wantedLoss).op('f64.le')
            code.if(end)
            code.i32(0).get(loss).access('f64.store', layout.lastSums)
            code.get(loss).get(bestLoss).get(better).op('select').set(bestLoss)
            code.get(nextBest).set(best)
            code.get(next).set(count)
            code.br(again)
          })
        })
        settle()
      })
    })
  }

  /** Counts a step, and adds what is averaged. */
  protected countMeans(): void {
    const { code, at, training, sums } = this
    code.get(at.count).f64(1).op('f64.add').set(at.count)
    training.means.forEach((cell, index) => {
      code.get(sums[index]!)
      this.readCell(cell)
      code.op('f64.add').set(sums[index]!)
    })
  }

  /** Looks up the number of the row at a place in the order. */
  protected rowAt(push: () => void): void {
    const { code, at, row } = this
    code.get(at.order)
    push()
    code.i32(2).op('i32.shl').op('i32.add').access('i32.load', 0).set(row)
  }

  /** Makes the number of a row its address. */
  protected addressRow(): void {
    const { code, at, row, training } = this
    code
      .get(at.rows)
      .get(row)
      .i32(8 * training.width)
      .op('i32.mul')
      .op('i32.add')
      .set(row)
  }

  /** Pushes whether a loss of the step is not finite. */
  protected pushBrokenLoss(): void {
    const { code, training } = this
    if (lossesOf(training) === 1) {
      this.readCell(training.loss)
      this.readCell(training.loss)
      code.op('f64.sub')
    } else {
      // Only what comes with samples has more than one: it lies in the values.
      const start = this.layout.values + 8 * placeOf(training.loss).offset
      const [at, loss, broken] = [code.local('i32'), code.local('f64'), code.local('f64')]
      code.f64(0).set(broken)
      overElements(code, at, lossesOf(training), false, () => {
        code.get(at).access('f64.load', start).tee(loss)
        code.get(loss).op('f64.sub').get(broken).op('f64.add').set(broken)
      })
      code.get(broken)
    }
    code.f64(0).op('f64.ne')
  }

  protected part(assigns: readonly Assign[], parts: readonly Part[], stop: () => void): void {
    const { code, at, host, small } = this
    if (small !== undefined) {
      for (const assign of assigns) small.assign(assign, this.calls, this.row)
      return
    }
    for (const part of parts) {
      if (part.type === 'host') {
        code.i32(part.place).get(at.current).i32(0).get(at.learned).call(host.operation)
        code.if(stop)
      } else {
        code.get(at.current)
        if (this.layout.frames.count > 1) code.i32(0)
        code.call(part.index)
        if (part.fails) code.if(stop)
      }
    }
  }

  protected readCell(cell: Cell): void {
    const { code, layout, small, at } = this
    if (small !== undefined) return small.read(cell, this.row)
    const { memory, offset } = placeOf(cell)
    if (memory === 'w') code.get(at.current).access('f64.load', 8 * offset)
    else code.i32(0).access('f64.load', layout.values + 8 * offset)
  }
}
