/**
 * Runs of single numbers on tapes: rows, batches, updates and epochs inside, where no code may be
 * generated. It does what the generated loops do, in their order; clipping is left to the host.
 */
import type { Assign } from './region.js'
import { learnedOf, readBy } from './small.js'
import { Registers, type Line } from './tape.js'
import { intrinsics } from '../gates/intrinsics.js'
import { constant, substitute, variable, type Scope, type Term } from './term.js'
import type { Control, Exit, Training, TrainingHost, TrainingKernel, TrainingMemory } from './training.js' // prettier-ignore

/** What executes runs of single numbers only. */
export function tapeRun(training: Training): (host: TrainingHost) => TrainingKernel['run'] {
  const registers = new Registers()
  const tapes = tapesOf(training, registers)
  const learned = learnedOf(training)
  const { batch, means, width, clip, schedule, hostEpochs, shuffle } = training
  const places = (names: readonly string[]) => Int32Array.from(names, (name) => registers.of(name))
  const { row, fixed, weights } = readBy(training)
  const rowPlaces = places(row.map((at) => `v${at}`))
  const fixedPlaces = places(fixed.map((at) => `v${at}`))
  const weightPlaces = places(weights.map((at) => `w${at}`))
  const slots = training.program.slots.map((_, slot) =>
    places(learned.map((at) => slotOf(slot, at))),
  )
  const gradients = places(learned.map((at) => `g${at}`))
  const updated = places(learned.map((at) => `u${at}`))
  const results = places(tapes.results)
  const meanPlaces = places(means)
  const [loss, factorPlace, tPlace] = places([training.loss, 'factor', 't']) as unknown as [number, number, number] // prettier-ignore

  return (host) => {
    const { memory: r, run } = registers.start()
    let tick = -1
    let factor = 1

    /** False where a result is not finite: then nothing has changed. */
    const update = (c: Control, sum: Float64Array): boolean => {
      if (clip !== undefined) return false
      if (schedule !== undefined) {
        const now = schedule === 'update' ? c.updates : c.epoch
        if (now !== tick) factor = host.factor((tick = now))
      }
      r[factorPlace] = factor
      r[tPlace] = c.updates + 1
      for (let i = 0; i < learned.length; i++) {
        const total = sum[learned[i]!]!
        r[updated[i]!] = c.answered > 1 ? total / c.answered : total
      }
      run(tapes.update)
      if (!areFinite(r, results)) return false
      run(tapes.moves)
      c.updates++
      return true
    }

    const step = (c: Control, { rows, sum, sums }: TrainingMemory, at: number): boolean => {
      for (let i = 0; i < row.length; i++) r[rowPlaces[i]!] = rows[at * width + row[i]!]!
      run(tapes.forward)
      if (r[loss]! - r[loss]! !== 0) return false
      run(tapes.backward)
      if (!areFinite(r, gradients)) return false
      const fresh = batch === 1 || c.answered === 0
      for (let i = 0; i < learned.length; i++) {
        const g = r[gradients[i]!]!
        if (fresh) sum[learned[i]!] = g
        else sum[learned[i]!]! += g
      }
      c.answered++
      c.count++
      c.learned++
      c.inBatch++
      for (let i = 0; i < means.length; i++) sums[i]! += r[meanPlaces[i]!]!
      return true
    }

    /** False where it is one for the host, and nothing of it is done. */
    const endEpoch = (c: Control, { sums, lastSums }: TrainingMemory): boolean => {
      if (hostEpochs) return false
      const mean = sums[0]! / c.count
      const better = mean < c.bestLoss
      const next = c.epoch + 1
      const best = better ? next : c.bestEpoch
      if (next >= c.lastEpoch || mean <= c.wantedLoss || next - best >= c.patience) return false
      c.epoch = next
      c.lastLoss = mean
      c.lastCount = c.count
      c.count = 0
      c.position = 0
      c.bestEpoch = best
      if (better) c.bestLoss = mean
      lastSums.set(sums)
      sums.fill(0)
      if (shuffle) host.shuffle()
      return true
    }

    const go = (m: TrainingMemory, c: Control): Exit => {
      const { complete, order, sum } = m
      while (c.made < c.limit) {
        const at = order[c.position]!
        if (complete[at] === 1 && !step(c, m, at)) return 'step'
        c.made++
        c.position++
        const over = c.position === order.length
        if (c.inBatch === batch || (over && c.inBatch > 0)) {
          // A step that failed before has made the batch smaller, down to nothing.
          if (c.answered > 0 && !update(c, sum)) return 'update'
          c.answered = 0
          c.inBatch = 0
        }
        if (over && !endEpoch(c, m)) return 'epoch'
      }
      return 'limit'
    }

    return (m, c) => {
      c.made = 0
      const { values } = m.frame
      tick = -1
      factor = 1
      for (let i = 0; i < fixed.length; i++) r[fixedPlaces[i]!] = values[fixed[i]!]!
      for (let i = 0; i < weights.length; i++) r[weightPlaces[i]!] = m.weights[weights[i]!]!
      slots.forEach((own, slot) => {
        for (let i = 0; i < own.length; i++) r[own[i]!] = m.slots[slot]![learned[i]!]!
      })
      const exit = go(m, c)
      for (let i = 0; i < weights.length; i++) m.weights[weights[i]!] = r[weightPlaces[i]!]!
      slots.forEach((own, slot) => {
        for (let i = 0; i < own.length; i++) m.slots[slot]![learned[i]!] = r[own[i]!]!
      })
      return exit
    }
  }
}

function areFinite(r: Float64Array, places: Int32Array): boolean {
  let broken = 0
  for (let i = 0; i < places.length; i++) broken += r[places[i]!]! - r[places[i]!]!
  return broken === 0
}

const slotOf = (slot: number, at: number) => `s${slot}_${at}`

/**
 * Names: cells as they are, `u3` the gradient of weight 3 in an update, `s0_3` its slot 0, `n3` and
 * `m0_3` what they become; `rate0` and what follows from it belong to a range.
 */
function tapesOf(training: Training, registers: Registers) {
  const { region, ranges, program, learningRate } = training
  const linesOf = (assigns: readonly Assign[]) => {
    return assigns.flatMap(({ targets, terms }) => targets.map((name, at): Line => ({ name, term: terms[at]! }))) // prettier-ignore
  }
  const update: Line[] = []
  const moves: Line[] = []
  const results: string[] = []
  const add = (name: string, term: Term) => update.push({ name, term })
  ranges.forEach(({ start, end, rate }, range) => {
    const shared: Scope & Map<string, Term> = new Map([
      ['rate', variable(`rate${range}`)],
      ['t', variable('t')],
    ])
    add(`rate${range}`, {
      type: 'apply',
      intrinsic: intrinsics.get('multiply')!,
      arguments: [constant(rate ?? learningRate), variable('factor')],
    })
    for (const { name, term } of program.hoisted) {
      add(`${name}_${range}`, substitute(term, shared))
      shared.set(name, variable(`${name}_${range}`))
    }
    for (let at = start; at < end; at++) {
      const scope = new Map(shared).set('w', variable(`w${at}`)).set('g', variable(`u${at}`))
      program.slots.forEach(({ old }, slot) => scope.set(old, variable(slotOf(slot, at))))
      for (const { name, term } of program.lines) {
        add(`${name}:`, substitute(term, scope))
        scope.set(name, variable(`${name}:`))
      }
      const result = (name: string, next: Term, old: string) => {
        add(name, substitute(next, scope))
        results.push(name)
        moves.push({ name: old, term: variable(name) })
      }
      program.slots.forEach(({ next }, slot) => result(`m${slot}_${at}`, next, slotOf(slot, at)))
      result(`n${at}`, program.update, `w${at}`)
    }
  })
  return {
    results,
    // A run of single numbers has nothing else.
    forward: registers.tape(linesOf(region.forward as readonly Assign[])),
    backward: registers.tape(linesOf(region.backward as readonly Assign[])),
    update: registers.tape(update),
    moves: registers.tape(moves),
  }
}
