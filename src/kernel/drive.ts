/** Runs the steps of a training run one after the other, whatever executes a step. */
import type { Frame, State } from './kernel.js'
import { placeOf } from './region.js'
import { lossesOf } from './training.js'
import type { Control, Exit, Seen, Stacked, StartKernel, Training, TrainingHost, TrainingKernel, TrainingMemory } from './training.js' // prettier-ignore

/** A region as functions of a frame. Either may throw, where a gate does. */
export interface StepKernel {
  forward(frame: Frame, state: State): void
  backward(frame: Frame, state: State): void
  /** A learn step is over: the gates that keep something go on. */
  advance(frame: Frame, state: State): void
}

/** The kernel of a run whose updates and epoch ends are the host's. */
export function drive(training: Training, host: TrainingHost, step: StepKernel): TrainingKernel {
  const { region, width, batch, stack } = training
  const taken = stack?.samples ?? 1
  const losses = lossesOf(training)
  const loss = placeOf(training.loss)
  const throws = region.forward.some(({ type }) => type === 'call')
  return {
    run(memory: TrainingMemory, control: Control): Exit {
      const { frame, rows, complete, order, state } = memory
      const { limit } = control
      control.made = 0
      while (control.made < limit) {
        const row = order[control.position]!
        const whole = stack === undefined ? complete[row] === 1 : isWhole(memory, control, stack)
        if (whole) {
          if (stack === undefined) copyRow(rows, row, width, frame)
          else copyRows(memory, control, width, stack)
          frame.turn = control.learned
          if (!answers(frame, state)) return 'step'
          control.learned += taken
          control.inBatch++
        } else if (throws || stack !== undefined) return 'step'
        control.made++
        control.position += taken
        if (control.inBatch === batch) return 'update'
        if (control.position === order.length) return 'epoch'
      }
      return 'limit'
    },
    evaluate: evaluation(width, step),
  }

  function answers(frame: Frame, state: State): boolean {
    try {
      step.forward(frame, state)
      const memory = loss.memory === 'w' ? frame.weights : frame.values
      for (let at = loss.offset; at < loss.offset + losses; at++) {
        const value = memory[at]!
        if (value - value !== 0) return false
      }
      step.backward(frame, state)
    } catch {
      // Nothing has been changed: the host makes the step again and reports what it finds.
      return false
    }
    if (!host.accumulate()) return false
    host.measure(frame)
    step.advance(frame, state)
    return true
  }
}

/** A run that has a function of its own; rows are evaluated by a step, made once one is. */
export function withEvaluation(
  start: (host: TrainingHost) => TrainingKernel['run'],
  width: number,
  step: () => Pick<StepKernel, 'forward' | 'advance'>,
): StartKernel {
  let evaluate: TrainingKernel['evaluate'] | undefined
  return (host) => ({
    run: start(host),
    evaluate: (...rest) => (evaluate ??= evaluation(width, step()))(...rest),
  })
}

/** The evaluation of rows of `width` numbers by a step. */
export function evaluation(
  width: number,
  step: Pick<StepKernel, 'forward' | 'advance'>,
): TrainingKernel['evaluate'] {
  return ({ frame, state }, { rows, complete }, from, end, seen) => {
    frame.mode = 'predict'
    try {
      return evaluate(frame, state, rows, complete, from, end, seen)
    } finally {
      frame.mode = 'learn'
    }
  }

  function evaluate(
    frame: Frame,
    state: State,
    rows: Float64Array,
    complete: Uint8Array,
    from: number,
    end: number,
    seen: Seen,
  ): number {
    for (let row = from; row < end; row++) {
      if (complete[row] !== 1) continue
      copyRow(rows, row, width, frame)
      try {
        step.forward(frame, state)
      } catch {
        return row
      }
      seen(frame)
      step.advance(frame, state)
    }
    return end
  }
}

/** Whether so many rows follow that have their targets. */
function isWhole(
  { order, complete }: TrainingMemory,
  { position }: Control,
  { samples, last }: Stacked,
): boolean {
  const end = position + samples
  if (last ? end !== order.length : end > order.length) return false
  for (let at = 0; at < samples; at++) if (complete[order[position + at]!] !== 1) return false
  return true
}

function copyRows(
  { order, rows, frame }: TrainingMemory,
  { position, learned }: Control,
  width: number,
  { samples, sources }: Stacked,
): void {
  const { values, turns } = frame
  for (let sample = 0; sample < samples; sample++) {
    turns![sample] = learned + sample // the frame of a batch has them
    const row = order[position + sample]! * width
    for (let at = 0; at < sources.length; at++) {
      const { first, size } = sources[at]!
      const to = first * samples + sample * size
      for (let i = 0; i < size; i++) values[to + i] = rows[row + first + i]!
    }
  }
}

function copyRow(rows: Float64Array, row: number, width: number, { values }: Frame): void {
  const from = row * width
  for (let at = 0; at < width; at++) values[at] = rows[from + at]!
}
