/** What all code of a run is written with: what it knows, and where the function keeps what. */
import type { Training } from '../training.js'
import type { Calls } from './calls.js'
import type { Code } from './code.js'
import type { ControlName, Layout } from './layout.js'
import type { Outers } from './outer.js'
import type { Part } from './step.js'

/** Functions of the host, by their indices. */
export interface Host {
  readonly factor: number
  readonly shuffle: number
  readonly operation: number
  readonly measure: number
  readonly advance: number
}

export interface RunParts {
  readonly training: Training
  readonly layout: Layout
  readonly code: Code
  readonly calls: Calls
  readonly host: Host
  readonly parts: { readonly forward: readonly Part[]; readonly backward: readonly Part[] }
  readonly outers: Outers
  /**
   * The locals of the controls; of the weights that an update writes; of the last tick of the
   * schedule, and of the factor that it gave.
   */
  readonly at: Readonly<Record<ControlName | 'next' | 'tick' | 'factor', number>>
}

/** Whoever writes some of it. */
export class RunPart implements RunParts {
  readonly training: RunParts['training']
  readonly layout: RunParts['layout']
  readonly code: RunParts['code']
  readonly calls: RunParts['calls']
  readonly host: RunParts['host']
  readonly parts: RunParts['parts']
  readonly outers: RunParts['outers']
  readonly at: RunParts['at']

  constructor({ training, layout, code, calls, host, parts, outers, at }: RunParts) {
    this.training = training
    this.layout = layout
    this.code = code
    this.calls = calls
    this.host = host
    this.parts = parts
    this.outers = outers
    this.at = at
  }

  /** Adds to a whole number. */
  protected add(name: ControlName, count: number): void {
    const { code, at } = this
    code.get(at[name]).i32(count).op('i32.add').set(at[name])
  }
}
