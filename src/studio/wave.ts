/**
 * Shows a step as what it is: values run down the wires, the loss is found, gradients run up,
 * the weights move. Until a wave has reached a node, it shows what it had before.
 */
import type { Shown, Snapshot } from '../remote/protocol.js'
import { phase } from './state.js'

export type Phase = 'down' | 'loss' | 'up' | 'update'

/** What stands at the nodes at this moment. */
export interface Standing {
  readonly values: (Shown | null)[]
  readonly gradients: (Shown | 'none' | null)[]
}

/** A wave that is under way. */
export interface Wave {
  /** Moves it on to `time` milliseconds from its start; true while it goes on. */
  at(time: number): boolean
  /** The nodes that it has just reached, and the way that it runs. */
  readonly front: ReadonlySet<number>
}

/** Milliseconds of a whole step where nobody is in a hurry. */
export const unhurried = 2400

const shares: Readonly<Record<Phase, number>> = { down: 0.36, loss: 0.1, up: 0.36, update: 0.18 }

/** The wave of a step that was made; `before` shows what stood there. */
export function waveOf(step: Snapshot, standing: Standing, duration: number): Wave {
  const { down, up, updated } = step.wave!
  const parts: readonly { readonly phase: Phase; readonly nodes: readonly number[] }[] = [
    { phase: 'down', nodes: down },
    { phase: 'loss', nodes: down.slice(-1) },
    { phase: 'up', nodes: up },
    { phase: 'update', nodes: updated },
  ]
  const front = new Set<number>()
  let [part, done] = [0, 0]
  let begun = 0
  return {
    front,
    at(time) {
      while (part < parts.length) {
        const { phase: now, nodes } = parts[part]!
        phase.value = now
        const length = duration * shares[now]
        const share = length === 0 ? 1 : (time - begun) / length
        const reached = Math.min(nodes.length, Math.ceil(share * nodes.length))
        if (reached > done) front.clear()
        for (; done < reached; done++) {
          const node = nodes[done]!
          front.add(node)
          if (now === 'up') standing.gradients[node] = step.gradients[node]!
          // A weight sends down what it was before it moves.
          else if (now === 'update' || !updated.includes(node)) {
            standing.values[node] = step.values[node]!
          }
        }
        if (time - begun < length) return true
        begun += length
        done = 0
        part++
      }
      front.clear()
      phase.value = undefined
      return false
    },
  }
}
