/** The code of assignments, written once for all that are alike, with gaps where they differ. */
import { variablesOf } from '../code.js'
import type { Term } from '../term.js'
import { Code } from './code.js'
import { emitTerms } from './terms.js'

/** What fills a gap; a local that is read or written is said by the opcode of that. */
export const gaps = { variable: 0, target: 1, result: 2, call: 3 } as const

/** Some instructions, and the gap behind them. */
export interface Recorded {
  readonly bytes: Uint8Array
  readonly kind: number
  /** A variable by its number in `read`, a term by its number, or a local from 0 on. */
  readonly value: number
  /** The elementary function that is called. */
  readonly name: string
  /** It is always computed, and not only on one side of a choice. */
  readonly always: boolean
}

export interface Recording {
  readonly gaps: readonly Recorded[]
  /** How many locals it takes; the first are for the results. */
  readonly locals: number
  /** The variables that occur. */
  readonly read: readonly string[]
}

/** The code of terms. Around that of each there is a gap for its `target` and one for its `result`. */
export function recordingOf(owner: { readonly terms: readonly Term[] }): Recording {
  let recording = known.get(owner)
  if (recording === undefined) known.set(owner, (recording = record(owner.terms)))
  return recording
}

const known = new WeakMap<object, Recording>()

function record(terms: readonly Term[]): Recording {
  const code = new Recorder(0)
  const read = [...variablesOf(terms)]
  for (const _ of terms) code.local('f64')
  const calls = { call: (_: Code, name: string) => code.gap(gaps.call, 0, name) }
  const variable = (name: string) => void code.gap(gaps.variable, read.indexOf(name))
  emitTerms(code, calls, terms, 1, variable, (index, push) => {
    code.gap(gaps.target, index)
    push()
    code.gap(gaps.result, index)
  })
  return { gaps: code.gaps, locals: code.local('f64'), read }
}

class Recorder extends Code {
  readonly gaps: Recorded[] = []

  gap(kind: number, value: number, name = ''): this {
    this.gaps.push({ bytes: this.take(), kind, value, name, always: this.nesting === 0 })
    return this
  }

  override numbered(opcode: number, index: number): this {
    return this.gap(opcode, index)
  }
}
