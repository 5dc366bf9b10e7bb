/**
 * The scheduler: what drives epochs, batches, updates and slices of time. It asks only its
 * clock for the time and only its generator for chance (law 9).
 */
import { EagreError } from '../errors.js'
import type { LiveFrame } from '../network/frame.js'
import type { Route } from '../network/route.js'
import type { Fault } from '../network/message.js'
import { firstNonFiniteGradient, faultText, nonFiniteFault, thrownFault } from '../network/fault.js'
import { mostUnlooked, strideFor } from './clock.js'
import type { Dataset } from './data.js'
import { Batches } from './batches.js'
import type { SchedulerOptions } from './listener.js'
import type { TrainReport } from './report.js'
import type { SavedRun, Todo } from './saved.js'
import { Statistics } from './statistics.js'
import { Means } from './means.js'
import type { GeneratorState } from '../optimizers/random.js'
import { endsAreHosts, Fused } from './fused.js'
import { Evaluation } from './evaluation.js'
import { shuffled } from './shuffle.js'

/** One training run, from `start` until it ends or is stopped. */
export class Scheduler {
  private readonly options: SchedulerOptions
  private readonly order: Int32Array
  /** Where batches are stacked. */
  private readonly batches: Batches | undefined
  private readonly stepsPerEpoch: number
  /** The rows of the next one so far. */
  private gathered: number[] = []
  private readonly means: Means
  private readonly testMeans: Means
  private readonly statistics: Statistics
  /** What makes the steps that nobody watches. */
  readonly fused: Fused
  private readonly evaluation: Evaluation
  /** The next row to measure before the first epoch, and the pass that it is. */
  private measuring: number | undefined
  private level = 1
  /** The next row to test, while a test runs. */
  private testing: number | undefined
  private lastTest: TrainReport['test']
  /** What gates kept when the test began: it leaves them as they were. */
  private keptBefore: Float64Array | undefined
  /** No report has told yet what the last test found. */
  private untold = false
  /** Why the run ends, as soon as its last test is done. */
  private ending: TrainReport['stopped']
  /** The test that runs is that of the last weights. */
  private lastWords = false
  /** What is left to do where the run calls back between two steps. */
  private todo: Todo | undefined
  private cancel: (() => void) | undefined
  private over = false
  /** The fault that ends the run at the step boundary. */
  private fatal: Fault | undefined
  private paused = false
  /** Steps that may be made although paused. */
  private allowance = 0
  private position = 0
  private epoch = 0
  /** Steps that this run has made. */
  private step = 0
  /** Samples that it has gone through. */
  private samples = 0
  /** Samples learned from in this run: chance in a step goes by them, so that predictions change none. */
  private learned = 0
  /** The number of the last one, which counts the steps of all uses of the graph. */
  private latest = 0
  private inBatch = 0
  private lastLoss = Number.NaN
  private bestLoss = Number.POSITIVE_INFINITY
  private bestEpoch = 0
  private bestWeights: Float64Array | undefined
  private epochWeights: Float64Array | undefined
  /** The weights of the end, where those of the best epoch came back. */
  private lastWeights: Float64Array | undefined
  /** The generator before it drew the order of this epoch. */
  private drawnFrom: GeneratorState
  private elapsed = 0
  private resumedAt = 0
  /** Steps between two looks at the clock, so that looking costs nothing beside short steps. */
  private stride = 1

  constructor(options: SchedulerOptions) {
    this.options = options
    this.order = Int32Array.from({ length: options.data.length }, (_, index) => index)
    const { wiring } = options.network
    const { plan, data } = options
    const stacks = plan.stack === true
    this.stepsPerEpoch = stacks ? stackedSteps(data, plan.batch) : data.length
    if (stacks) {
      this.batches = new Batches({
        ...options,
        nextStep: () => (this.latest = options.nextStep()),
        accumulate: (frame) => this.accumulate(frame),
        fault: (fault) => this.fail(fault),
        attach: (frame) => this.fused.attach(frame),
      })
    }
    this.means = new Means(wiring, options)
    this.testMeans = new Means(wiring, options)
    this.statistics = new Statistics(wiring)
    const { means, order } = this
    const kind = { hostEpochs: endsAreHosts(options), tests: options.test !== undefined }
    this.fused = new Fused({ ...options, ...kind, means, order, shuffle: () => this.beginEpoch() })
    this.evaluation = new Evaluation(options, this.fused, (...failed) => this.failThrown(...failed))
    this.drawnFrom = options.generator.state()
    this.finishStep = this.finishStep.bind(this)
  }

  start(): void {
    const { resume } = this.options
    if (resume !== undefined) this.load(resume)
    else if (this.statistics.levels > 0) this.measuring = 0
    else this.beginEpoch()
    this.schedule()
  }

  /** Where the run is, between two steps. Its large arrays are the run's own, not to be kept while it goes on. */
  save(): SavedRun {
    const { todo, ending, lastWords, untold, measuring, level, testing, lastTest } = this
    const { position, epoch, step, samples, learned, latest, inBatch } = this
    const { lastLoss, bestLoss, bestEpoch, bestWeights, epochWeights, lastWeights } = this
    const { identity, descent, clock } = this.options
    return {
      ...identity,
      ...{ todo, ending, lastWords, untold, measuring, level, testing, lastTest },
      ...{ position, epoch, step, samples, learned, latest, inBatch },
      ...{ lastLoss, bestLoss, bestEpoch, bestWeights, epochWeights, lastWeights },
      elapsed: this.elapsedAt(clock.now()),
      generator: this.drawnFrom,
      descent: descent.save(),
      means: this.means.save(),
      ...(this.options.test && { testMeans: this.testMeans.save() }),
      ...(measuring !== undefined && { statistics: this.statistics.save() }),
    }
  }

  private load(saved: SavedRun): void {
    const { plan, generator, descent, data, test } = this.options
    const { todo, ending, lastWords, untold, measuring, level, testing, lastTest } = saved
    const { position, epoch, step, samples, learned, latest, inBatch, elapsed } = saved
    const { lastLoss, bestLoss, bestEpoch, bestWeights, epochWeights, lastWeights } = saved
    Object.assign(this, {
      ...{ todo, ending, lastWords, untold, measuring, level, testing, lastTest },
      ...{ position, epoch, step, samples, learned, latest, inBatch, elapsed },
      ...{ lastLoss, bestLoss, bestEpoch, bestWeights, epochWeights, lastWeights },
    })
    const stacked = this.batches !== undefined && inBatch > 0
    const fits =
      (saved.means === undefined || this.means.load(saved.means)) &&
      (saved.testMeans === undefined || this.testMeans.load(saved.testMeans)) &&
      (saved.statistics === undefined || this.statistics.load(saved.statistics)) &&
      (measuring === undefined || measuring < data.length) &&
      (testing === undefined || testing < (test?.length ?? 0)) &&
      // Behind the last row there is something left to do.
      position < data.length + (todo === undefined && testing === undefined && !stacked ? 0 : 1)
    if (!fits) throw new EagreError('bad-data', 'train: the checkpoint is not of this run')
    descent.load(saved.descent)
    this.drawnFrom = saved.generator
    generator.restart(saved.generator)
    if (plan.shuffle && measuring === undefined) shuffled(this.order, generator)
    if (stacked) this.gathered = this.rowsBefore(position, inBatch)
    this.judgeAnew(saved.means === undefined)
  }

  /** The last rows before a position that have their targets. */
  private rowsBefore(position: number, count: number): number[] {
    const complete = [...this.order.subarray(0, position)].filter((row) => this.options.data.complete(row)) // prettier-ignore
    return complete.slice(-count)
  }

  /** The limits may be others than they were: a run that had come to its end may have to go on. */
  private judgeAnew(fromStart: boolean): void {
    const { ending, elapsed } = this
    const { until, epochs } = this.options.plan
    if (ending === 'time') {
      if (until?.time === undefined || elapsed < until.time) this.ending = undefined
    } else if (ending !== undefined) this.ending = this.reasonToEnd()
    else if (epochs !== undefined && this.epoch >= epochs) {
      throw new EagreError(
        'bad-argument',
        `train: ${epochs} epochs have passed in the checkpoint`,
        {
          hint: `it has finished ${this.epoch}; take more epochs, or train afresh`,
        },
      )
    }
    if (this.ending !== undefined) return
    if (this.lastWeights !== undefined) this.options.descent.replaceWeights(this.lastWeights)
    this.lastWeights = undefined
    if (this.todo !== 'done' && !this.lastWords) return
    this.lastWords = false
    this.testing = undefined
    // Time ends a run at any step, all else between two epochs.
    this.todo = ending === 'time' && !fromStart ? undefined : 'epoch'
  }

  /** What was left to do when the checkpoint was taken. */
  private catchUp(todo: Todo): void {
    this.todo = undefined
    if (todo === 'step') this.closeStep()
    else if (todo === 'epoch') this.passEpoch()
    else this.done()
  }

  /** Ends at the next step boundary, with nothing scheduled any more. */
  stop(): void {
    this.over = true
    this.cancel?.()
    this.cancel = undefined
    this.fused.release()
  }

  pause(): void {
    this.paused = true
    this.allowance = 0
  }

  resume(): void {
    this.paused = false
    this.schedule()
  }

  /** While paused: makes this many steps, in the turns that follow. */
  advance(steps: number): void {
    this.allowance += steps
    this.schedule()
  }

  private get mayRun(): boolean {
    if (this.over) return false
    // A test that has begun is finished: nothing is learned meanwhile.
    return !this.paused || this.allowance > 0 || this.testing !== undefined
  }

  private schedule(): void {
    if (this.cancel !== undefined || !this.mayRun) return
    this.cancel = this.options.clock.later(() => {
      this.cancel = undefined
      this.slice()
    })
  }

  /** Works for as long as the budget lasts; the step that passes it is the last. */
  private slice(): void {
    const { clock, plan, every } = this.options
    const begun = clock.now()
    this.resumedAt = begun
    let looked = begun
    let sinceLook = 0
    if (this.todo !== undefined) this.catchUp(this.todo)
    while (this.mayRun) {
      const limit = this.stride - sinceLook
      if (this.measuring !== undefined) sinceLook += this.measureRows(this.measuring, limit)
      else if (this.testing !== undefined) sinceLook += this.testRows(this.testing, limit)
      else sinceLook += this.makeSteps(limit)
      if (sinceLook < this.stride) continue
      const now = clock.now()
      this.stride = strideFor(now - looked, sinceLook)
      looked = now
      sinceLook = 0
      const late = plan.until?.time !== undefined && this.elapsedAt(now) >= plan.until.time
      if (late && this.testing === undefined) this.end('time')
      if (now - begun >= plan.budget) break
    }
    this.elapsed = this.elapsedAt(clock.now())
    this.resumedAt = Number.NaN
    if (!this.over && every === 'slice') this.report()
    this.schedule()
  }

  /** Makes up to `limit` steps, or as many as go together, and says how many. */
  private makeSteps(limit: number): number {
    const { fused, batches } = this
    const { every } = this.options
    const whole = fused.whole(limit, this.inBatch)
    // So that a report comes where it is due.
    const due = typeof every === 'number' ? every - (this.step % every) : whole
    const free = fused.free(this.options.nextStep(0))
    if (free === 0) {
      if (this.paused) this.allowance--
      return this.makeStep()
    }
    // A batch that has been begun here is finished here.
    const begun = batches !== undefined && this.inBatch > 0
    const most = begun ? 0 : Math.min(whole, free, this.paused ? this.allowance : whole, due)
    const { position, epoch, inBatch, learned, lastLoss, bestLoss, bestEpoch } = this
    const exit = fused.run({ position, epoch, inBatch, learned, lastLoss, bestLoss, bestEpoch }, most) // prettier-ignore
    const { control } = fused // `Object.assign` from it would take ten times as long
    const { made } = control
    if (this.paused) this.allowance -= made || 1
    if (made === 0) {
      // Steps have become slower than those that the stride was chosen for.
      this.stride = Math.min(this.stride, mostUnlooked)
      return this.makeStep()
    }
    ;({ position: this.position, epoch: this.epoch, inBatch: this.inBatch, learned: this.learned } = control) // prettier-ignore
    ;({ lastLoss: this.lastLoss, bestLoss: this.bestLoss, bestEpoch: this.bestEpoch } = control) // prettier-ignore
    this.latest = this.options.nextStep(made) + made - 1
    this.step += made
    // Where batches are stacked all of them learn.
    this.samples += batches === undefined ? made : this.learned - learned
    this.todo = 'step'
    if (exit === 'update') this.update()
    this.closeStep()
    return made
  }

  private makeStep(): 1 {
    if (this.batches === undefined) this.takeRow()
    else this.takeBatch(this.batches)
    return 1
  }

  /** All rows of a batch as one step; before it, those that are predicted only, each as its own. */
  private takeBatch(batches: Batches): void {
    const { order, gathered } = this
    const { data, plan } = this.options
    const all = () => gathered.length === plan.batch || this.position === order.length
    while (!all() && data.complete(order[this.position]!)) gathered.push(order[this.position++]!)
    this.inBatch = gathered.length
    if (!all()) return this.takeRow()
    batches.learn(gathered, this.learned)
    if (this.fatal !== undefined) this.endBroken(this.fatal)
    if (this.over) return
    this.step++
    this.samples += gathered.length
    this.learned += gathered.length
    this.gathered = []
    this.todo = 'step'
    this.update()
    this.closeStep()
  }

  private takeRow(): void {
    const { network, data, plan } = this.options
    const row = this.order[this.position]!
    const learns = data.complete(row)
    // A sample without its targets is predicted only: its inputs stand before the targets.
    const sources = learns ? network.wiring.firstFixed : data.inputs
    const route: Route | undefined = learns ? network.learnRoute() : undefined
    this.latest = this.options.nextStep()
    const frame = network.admit(
      this.latest,
      learns ? 'learn' : 'predict',
      sources,
      route,
      this.finishStep,
    )
    frame.seed = plan.seed
    frame.turn = this.learned
    this.fused.attach(frame)
    data.read(row, frame.values)
    network.deliverRange(frame, 0, sources)
    network.run()
    if (this.fatal !== undefined) this.endBroken(this.fatal)
    if (this.over) return
    this.step++
    this.samples++
    this.position++
    if (learns) this.learned++
    this.todo = 'step'
    if (learns && ++this.inBatch === plan.batch) this.update()
    this.closeStep()
  }

  private closeStep(): void {
    const gathered = this.batches !== undefined && this.inBatch > 0
    if (this.position === this.order.length && !gathered && !this.over) this.endEpoch()
    if (this.over) return
    this.todo = undefined
    // While an epoch's test runs, its report waits for that.
    if (this.testing === undefined) this.reportStep()
  }

  private reportStep(): void {
    const { every } = this.options
    if (typeof every !== 'number' || this.over || this.step % every !== 0) return
    this.report()
  }

  private report(): void {
    this.untold = false
    this.options.report(this.reportNow('progress'))
  }

  /** The last answer of a step has come: its gradients join the batch. */
  private finishStep(frame: LiveFrame): void {
    if (frame.route === undefined && frame.failure === undefined) return
    const { network, plan } = this.options
    const action = plan.onFault
    if (frame.failure !== undefined) return this.failThrown(frame, frame.failure)
    if (frame.fault !== undefined) return this.fail(frame.fault)
    if (this.accumulate(frame)) return
    frame.advances = false
    const where = firstNonFiniteGradient(network.wiring, frame)
    if (where === undefined) throw new Error('internal: a gradient was not finite and then it was')
    this.fail(nonFiniteFault(network.wiring, frame, where, action))
  }

  /** Adds a step to the batch and the means, unless a gradient is not finite. */
  private accumulate(frame: LiveFrame): boolean {
    if (!this.options.descent.accumulate(frame, this.epoch)) return false
    this.means.add(frame, frame.circuit.wiring)
    return true
  }

  private update(): void {
    const { descent } = this.options
    this.inBatch = 0
    const failed = descent.update(this.epoch)
    if (failed === undefined) return this.options.updated()
    if (failed === 'empty') return
    this.fail({ ...failed, step: this.latest, action: this.options.plan.onFault })
    if (this.fatal !== undefined) this.endBroken(this.fatal)
  }

  private fail(fault: Fault): void {
    if (fault.action === 'stop') this.fatal = fault
    this.options.fault(fault)
  }

  // Between steps, so that whoever hears of it may use the graph.
  private endBroken(fault: Fault): void {
    if (this.over) return
    this.restoreBest()
    this.finish(new EagreError('fault', faultText(fault), { cause: fault.cause }))
  }

  private beginEpoch(): void {
    const { plan, generator, state } = this.options
    this.position = 0
    this.options.network.refresh()
    this.drawnFrom = generator.state()
    if (plan.shuffle) shuffled(this.order, generator)
    if (plan.until?.restoreBest) this.epochWeights = state.weights.slice()
  }

  private endEpoch(): void {
    if (this.inBatch > 0) this.update()
    if (this.over) return
    this.epoch++
    this.lastLoss = this.means.endEpoch()
    if (this.lastLoss < this.bestLoss) {
      this.bestLoss = this.lastLoss
      this.bestEpoch = this.epoch
      this.bestWeights = this.epochWeights
    }
    this.ending = this.reasonToEnd()
    if (this.options.test !== undefined && this.isTestDue()) this.testing = 0
    else this.closeEpoch()
  }

  private reasonToEnd(): TrainReport['stopped'] {
    const { epochs, until } = this.options.plan
    if (until?.loss !== undefined && this.lastLoss <= until.loss) return 'loss'
    const without = this.epoch - this.bestEpoch
    if (until?.patience !== undefined && without >= until.patience) return 'patience'
    return epochs !== undefined && this.epoch >= epochs ? 'epochs' : undefined
  }

  /** A test that no report would tell is not made: an epoch may be shorter than its test. */
  private isTestDue(): boolean {
    const { every } = this.options
    if (this.ending !== undefined || every === 'epoch') return true
    if (every === 'slice') return !this.untold
    // Whether a report comes before the next epoch has ended.
    return Math.ceil(this.step / every) * every < this.step + this.stepsPerEpoch
  }

  /** Up to `limit` rows of the test, and how many: everything is computed and nothing learned. */
  private testRows(row: number, limit: number): number {
    const { test, state } = this.options
    const data = test! // only where there is one is it tested
    if (row === 0) this.keptBefore = state.gates.slice()
    const next = this.evaluation.rows(data, row, limit, (computed) => this.testMeans.add(computed))
    if (this.fatal !== undefined) this.endBroken(this.fatal)
    if (this.over) return next - row
    if (next < data.length) this.testing = next
    else this.endTest()
    return next - row
  }

  private endTest(): void {
    const { state } = this.options
    this.testing = undefined
    this.untold = true
    if (this.keptBefore !== undefined) state.gates.set(this.keptBefore)
    const loss = this.testMeans.endEpoch()
    this.lastTest = { loss, metrics: this.testMeans.metrics(false) }
    if (this.lastWords) return this.done()
    this.closeEpoch()
    this.reportStep()
  }

  /** Up to `limit` rows of what is measured before the first epoch, and how many. */
  private measureRows(row: number, limit: number): number {
    const { data, descent, state, network } = this.options
    const { level } = this
    if (row === 0) network.refresh()
    const next = this.evaluation.rows(data, row, limit, ({ values }) => {
      this.statistics.add(level, values)
    })
    if (this.fatal !== undefined) this.endBroken(this.fatal)
    if (this.over) return next - row
    this.measuring = next
    if (next < data.length) return next - row
    const weights = state.weights.slice()
    this.statistics.finish(level, weights)
    descent.startFrom(weights)
    if (this.level++ < this.statistics.levels) this.measuring = 0
    else {
      this.measuring = undefined
      this.beginEpoch()
    }
    return next - row
  }

  private failThrown(frame: LiveFrame, failure: NonNullable<LiveFrame['failure']>): void {
    const { network, plan } = this.options
    this.fail(thrownFault(network.wiring, frame, failure, plan.onFault))
  }

  private closeEpoch(): void {
    this.todo = 'epoch'
    if (this.options.every === 'epoch') this.report()
    if (this.over) return
    this.todo = undefined
    this.passEpoch()
  }

  private passEpoch(): void {
    if (this.ending === undefined) this.beginEpoch()
    else this.end(this.ending)
  }

  /** Ends; where the weights are not those of the last test, after one more. */
  private end(stopped: NonNullable<TrainReport['stopped']>): void {
    if (this.over) return
    this.ending = stopped
    if (this.bestWeights !== undefined) this.restoreBest()
    else if (stopped !== 'time') return this.done()
    if (this.options.test === undefined) return this.done()
    this.lastWords = true
    this.testing = 0
  }

  private done(): void {
    this.over = true
    this.todo = 'done'
    this.options.report({ ...this.reportNow('done'), stopped: this.ending! }) // set by who ends it
    this.finish()
  }

  private restoreBest(): void {
    if (this.bestWeights === undefined) return
    this.lastWeights = this.options.state.weights.slice()
    this.options.descent.replaceWeights(this.bestWeights)
  }

  private finish(error?: EagreError): void {
    this.stop()
    this.options.ended(error)
  }

  private elapsedAt(now: number): number {
    return this.elapsed + (Number.isNaN(this.resumedAt) ? 0 : now - this.resumedAt)
  }

  private reportNow(type: TrainReport['type']): TrainReport {
    const { plan, descent, clock } = this.options
    const first = this.epoch === 0
    return {
      type,
      epoch: this.epoch,
      ...(plan.epochs !== undefined && {
        epochs: plan.epochs,
        steps: plan.epochs * this.stepsPerEpoch,
      }),
      step: this.step,
      samples: this.samples,
      updates: descent.updates,
      loss: first ? this.means.loss : this.lastLoss,
      metrics: this.means.metrics(first),
      ...(this.lastTest !== undefined && { test: this.lastTest }),
      learningRate: descent.rate,
      elapsed: this.elapsedAt(clock.now()),
    }
  }
}

/** The steps of an epoch: a batch is one, and so is each row that is predicted only. */
function stackedSteps(data: Dataset, batch: number): number {
  const { completed, length } = data
  return Math.ceil(completed / batch) + length - completed
}
