/** Runs the steps of a training run one after the other, whatever executes a step. */
import type { Frame } from './kernel.js'
import { placeOf } from './region.js'
import type { Control, Exit, Training, TrainingHost, TrainingKernel, TrainingMemory } from './training.js' // prettier-ignore

/** A region as functions of a frame. Either may throw, where a gate does. */
export interface StepKernel {
  forward(frame: Frame): void
  backward(frame: Frame): void
}

/** The kernel of a run whose updates and epoch ends are the host's. */
export function drive(training: Training, host: TrainingHost, step: StepKernel): TrainingKernel {
  const { region, width, batch } = training
  const loss = placeOf(training.loss)
  const throws = region.forward.some(({ type }) => type === 'call')
  return {
    run(memory: TrainingMemory, control: Control): Exit {
      const { frame, rows, complete, order } = memory
      const { values } = frame
      const { limit } = control
      control.made = 0
      while (control.made < limit) {
        const row = order[control.position]!
        if (complete[row] === 1) {
          const from = row * width
          for (let at = 0; at < width; at++) values[at] = rows[from + at]!
          frame.turn = control.learned
          if (!answers(frame)) return 'step'
          control.learned++
          control.inBatch++
        } else if (throws) return 'step'
        control.made++
        control.position++
        if (control.inBatch === batch) return 'update'
        if (control.position === order.length) return 'epoch'
      }
      return 'limit'
    },
  }

  function answers(frame: Frame): boolean {
    try {
      step.forward(frame)
      const memory = loss.memory === 'w' ? frame.weights : frame.values
      const value = memory[loss.offset]!
      if (value - value !== 0) return false
      step.backward(frame)
    } catch {
      // Nothing has been changed: the host makes the step again and reports what it finds.
      return false
    }
    if (!host.accumulate()) return false
    host.measure()
    return true
  }
}
