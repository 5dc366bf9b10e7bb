/** Writes the module of a run: its steps, updates and epochs as one loop. */
import { keepsState, type Assign } from '../region.js'
import { smallOf } from '../small.js'
import type { Stacked, Training } from '../training.js'
import { Binary } from './binary.js'
import { Calls } from './calls.js'
import type { Label } from './code.js'
import { Block, samplesTogether } from './block.js'
import { addressOf, layOut, type Layout } from './layout.js'
import { outersOf, type Outers } from './outer.js'
import type { Host, RunParts } from './part.js'
import { hostOperations, panelSize, writeStep, type HostOperation, type Part } from './step.js'
import { exits, reals, Steps, wholes } from './steps.js'

/** A module before it is compiled, and what its host must know. */
export interface RunModule {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly layout: Layout
  /** What the host computes when it is called for, by place. */
  readonly hosted: readonly HostOperation[]
}

/** The module of a run. Its `run` makes steps until it returns why it does not go on. */
export function writeRun(training: Training): RunModule {
  // Two elements or several samples at a time are worth more than locals, where there are such.
  const single = smallOf(training, training.batch === 1)
  const small = single !== undefined
  const { count, first } = small ? { count: 1, first: 0 } : samplesTogether(training)
  const layout = layOut(training, panelSize(training, count), count, first)
  const binary = new Binary(Math.ceil(layout.end / 65_536))
  const host = {
    factor: binary.external('factor', { parameters: ['f64'], result: 'f64' }),
    shuffle: binary.external('shuffle', { parameters: [] }),
    // The place of an operation, the address of the weights, where the frame lies (bytes after
    // the first), learn steps before it; 1 where it threw.
    operation: binary.external('operation', {
      parameters: ['i32', 'i32', 'i32', 'f64'],
      result: 'i32',
    }),
    // The address of the weights; returns how many steps have been counted.
    measure: binary.external('measure', { parameters: ['i32'], result: 'f64' }),
    // A learn step is over: the address of the weights.
    advance: binary.external('advance', { parameters: ['i32'] }),
  }
  const calls = new Calls(binary)
  const hosted = hostOperations(training)
  const { forward, backward } = training.region
  const outers: Outers = small ? new Map() : outersOf(training, layout)
  const write = (operations: typeof forward) => {
    return small ? [] : writeStep(binary, calls, layout, training, hosted, operations, outers)
  }
  const both = { forward: write(forward), backward: write(backward) }
  const run = binary.function({ parameters: [], result: 'i32' }, (code) => {
    const parts = { layout, code, calls, host, parts: both, outers }
    new Run({ ...parts, training: single ?? training }, small).write()
  })
  binary.export('run', run)
  if (training.evaluates) {
    const parts = small
      ? writeStep(binary, calls, layout, training, hosted, forward, outers)
      : both.forward
    binary.export('forward', writeForward(binary, host, parts, count > 1))
  }
  return { bytes: binary.bytes(), layout, hosted }
}

/** What gets the address of the weights and computes all values; 1 where a gate threw. */
function writeForward(binary: Binary, host: Host, parts: readonly Part[], framed: boolean): number {
  // prettier-ignore
  return binary.function({ parameters: ['i32'], result: 'i32' }, (code) => {
    code.block((failed) => {
      for (const part of parts) {
        if (part.type === 'host') {
          code.i32(part.place).get(0).i32(0).f64(0).call(host.operation).brIf(failed)
        } else {
          code.get(0)
          if (framed) code.i32(0)
          code.call(part.index)
          if (part.fails) code.brIf(failed)
        }
      }
      code.i32(0).op('return')
    })
    code.i32(1)
  })
}

class Run extends Steps {
  private readonly block: Block | undefined

  constructor(run: Omit<RunParts, 'at'>, small: boolean) {
    super(run, small)
    if (this.layout.frames.count > 1) this.block = new Block(this)
    this.begin()
  }

  write(): void {
    const { code, at, layout, sums } = this
    const { batch } = this.training
    code.block((done) => {
      const { shuffle, hostEpochs } = this.training
      if (this.quick && this.learning.plain && !shuffle && !hostEpochs) this.quickEpochs(done)
      code.loop((again) => {
        code.get(at.made).get(at.limit).op('i32.ge_s').brIf(done)
        if (this.quick) {
          this.quickStep(done)
          this.atEnd()
          code.if(() => this.endEpoch(done))
          code.br(again)
          return
        }
        const one = () => {
          this.step(done)
          this.add('made', 1)
          this.add('position', this.taken)
        }
        if (this.block === undefined) one()
        else {
          this.block.write({
            takeRow: (sample, frame) => this.takeRow(sample, frame),
            sums,
          })
          code.if(one)
        }
        code.get(at.inBatch).i32(batch).op('i32.eq')
        if (batch > 1) {
          this.atEnd()
          code.get(at.inBatch).i32(0).op('i32.gt_s').op('i32.and').op('i32.or')
        }
        code.if(() => this.update(done))
        this.atEnd()
        code.if(() => this.endEpoch(done))
        code.br(again)
      })
    })
    this.small?.save()
    sums.forEach((sum, index) => {
      code
        .i32(0)
        .get(sum)
        .access('f64.store', layout.sums + 8 * index)
    })
    for (const name of wholes) {
      code.i32(0).get(at[name]).op('f64.convert_i32_s').access('f64.store', addressOf(name))
    }
    for (const name of reals) code.i32(0).get(at[name]).access('f64.store', addressOf(name))
    code.get(this.exit)
  }

  private begin(): void {
    const { code, at, layout, sums } = this
    for (const name of wholes) {
      code.i32(0).access('f64.load', addressOf(name)).op('i32.trunc_sat_f64_s').set(at[name])
    }
    for (const name of reals) code.i32(0).access('f64.load', addressOf(name)).set(at[name])
    sums.forEach((sum, index) => {
      code
        .i32(0)
        .access('f64.load', layout.sums + 8 * index)
        .set(sum)
    })
    code.i32(0).set(at.made)
    const [first, second] = layout.blocks
    code
      .i32(first + second)
      .get(at.current)
      .op('i32.sub')
      .set(at.next)
    code.f64(-1).set(at.tick)
    code.f64(1).set(at.factor)
    this.small?.load()
  }

  private step(done: Label): void {
    const { code, at, training, learning, host } = this
    const { region, measures } = training
    const stop = () => {
      code.i32(exits.indexOf('step')).set(this.exit).br(done)
    }
    const { stack } = training
    if (stack === undefined) {
      this.rowAt(() => code.get(at.position))
      code.get(at.complete).get(this.row).op('i32.add').access('i32.load8_u', 0)
    } else this.pushWhole(stack)
    const learn = () => {
      if (stack !== undefined) this.copyRows(stack)
      else {
        this.addressRow()
        if (this.small === undefined) this.copyRow(0, this.training.width, 0)
      }
      this.part(region.forward as readonly Assign[], this.parts.forward, stop)
      this.pushBrokenLoss()
      code.if(stop)
      this.part(region.backward as readonly Assign[], this.parts.backward, stop)
      learning.findBroken()
      code.if(stop)
      if (learning.sums) learning.accumulate()
      this.add('answered', 1)
      if (measures) code.get(at.current).call(host.measure).set(at.count)
      else this.countMeans()
      if (keepsState(region)) code.get(at.current).call(host.advance)
      code.get(at.learned).f64(this.taken).op('f64.add').set(at.learned)
      this.add('inBatch', 1)
    }
    // A sample that is only predicted may make a gate throw.
    const throws = region.forward.some(({ type }) => type === 'call')
    code.if(learn, throws || stack !== undefined ? stop : undefined)
  }

  /** How many rows a step takes. */
  private get taken(): number {
    return this.training.stack?.samples ?? 1
  }

  /** Pushes whether so many rows follow that have their targets. */
  private pushWhole({ samples, last }: Stacked): void {
    const { code, at, row } = this
    const whole = code.local('i32')
    const sample = code.local('i32')
    code
      .get(at.position)
      .i32(samples)
      .op('i32.add')
      .get(at.length)
      .op(last ? 'i32.ne' : 'i32.gt_s')
    code.op('i32.eqz').set(whole)
    code.get(whole)
    code.if(() => {
      code.count(sample, 0, samples, 1, () => {
        this.rowAt(() => code.get(at.position).get(sample).op('i32.add'))
        code.get(at.complete).get(row).op('i32.add').access('i32.load8_u', 0)
        code.get(whole).op('i32.and').set(whole)
      })
    })
    code.get(whole)
  }

  /** Copies the row of a sample, counted from the position on, to its frame; pushes 0 if it is only predicted. */
  private takeRow(sample: number, frame: number): void {
    const { code, at, row } = this
    const complete = code.local('i32')
    this.rowAt(() => code.get(at.position).get(sample).op('i32.add'))
    code.get(at.complete).get(row).op('i32.add').access('i32.load8_u', 0).set(complete)
    this.addressRow()
    this.copyRow(0, this.training.width, 0, frame)
    code.get(complete)
  }

  private copyRows({ samples, sources }: Stacked): void {
    const { code, at } = this
    const sample = code.local('i32')
    const to = code.local('i32')
    code.count(sample, 0, samples, 1, () => {
      this.rowAt(() => code.get(at.position).get(sample).op('i32.add'))
      this.addressRow()
      for (const { first, size } of sources) {
        code
          .get(sample)
          .i32(8 * size)
          .op('i32.mul')
          .set(to)
        this.copyRow(first, size, first * samples, to)
      }
    })
  }

  /** Copies `size` numbers of a row to the values, from `to` on and by the bytes in `beyond`. */
  private copyRow(first: number, size: number, to: number, beyond?: number): void {
    const { code, row, layout } = this
    const start = layout.values + 8 * to
    const begin = () => {
      if (beyond === undefined) code.i32(0)
      else code.get(beyond)
    }
    if (size > 64) {
      begin()
      code.i32(start).op('i32.add').get(row)
      code
        .i32(8 * first)
        .op('i32.add')
        .i32(8 * size)
        .copy()
      return
    }
    for (let at = 0; at < size; at += 2) {
      const [load, store] = at + 1 < size ? (['v128.load', 'v128.store'] as const) : (['f64.load', 'f64.store'] as const) // prettier-ignore
      begin()
      code
        .get(row)
        .access(load, 8 * (first + at))
        .access(store, start + 8 * at)
    }
  }

  private update(done: Label): void {
    const { code, at, learning, exit } = this
    const fail = () => {
      if (!learning.sums) learning.keepGradients()
      code.i32(exits.indexOf('update')).set(exit).br(done)
    }
    // A step that failed before has made the batch smaller, down to nothing.
    code.get(at.answered).i32(0).op('i32.gt_s')
    code.if(() => learning.update(fail))
    code.i32(0).set(at.answered)
    code.i32(0).set(at.inBatch)
  }

  private endEpoch(done: Label): void {
    const { code, at, sums, layout, training, host } = this
    const { hostEpochs, shuffle } = training
    const leave = () => code.i32(exits.indexOf('epoch')).set(this.exit).br(done)
    if (hostEpochs) {
      leave()
      return
    }
    const [loss, next, best] = [code.local('f64'), code.local('f64'), code.local('f64')]
    const better = code.local('i32')
    code.get(sums[0]!).get(at.count).op('f64.div').tee(loss)
    code.get(at.bestLoss).op('f64.lt').set(better)
    code.get(at.epoch).f64(1).op('f64.add').set(next)
    code.get(next).get(at.bestEpoch).get(better).op('select').set(best)
    code.block((goesOn) => {
      code.block((ends) => {
        code.get(next).get(at.lastEpoch).op('f64.ge').brIf(ends)
        code.get(loss).get(at.wantedLoss).op('f64.le').brIf(ends)
        code.get(next).get(best).op('f64.sub').get(at.patience).op('f64.ge').op('i32.eqz')
        code.brIf(goesOn)
      })
      leave()
    })
    code.get(next).set(at.epoch)
    code.get(loss).set(at.lastLoss)
    code.get(at.count).set(at.lastCount)
    code.f64(0).set(at.count)
    code.i32(0).set(at.position)
    code.get(best).set(at.bestEpoch)
    code.get(loss).get(at.bestLoss).get(better).op('select').set(at.bestLoss)
    sums.forEach((sum, index) => {
      code
        .i32(0)
        .get(sum)
        .access('f64.store', layout.lastSums + 8 * index)
      code.f64(0).set(sum)
    })
    if (shuffle) code.call(host.shuffle)
  }

  private atEnd(): void {
    const { code, at } = this
    code.get(at.position).get(at.length).op('i32.eq')
  }
}
