/**
 * What may execute where a test runs. Under `node --disallow-code-generation-from-strings`, as with
 * `EAGRE_NO_EVAL=1 npm test`, the executor and the engine "javascript" are refused, and all else holds.
 */
import { expect } from 'vitest'
import { canGenerate } from '../../src/kernel/compile.js'
import type { EngineName } from '../../src/kernel/enginenames.js'
import type { Executor } from '../../src/kernel/kernel.js'

/** Whether code may be generated here. */
export const generates = canGenerate()

/** All executors that may be asked for. */
export const executors: readonly Executor[] = generates
  ? ['interpret', 'javascript']
  : ['interpret']

/** The executor that nobody has to ask for. */
export const usual: Executor = generates ? 'javascript' : 'interpret'

/** All engines beside the network itself that may be asked for. */
export const fused: readonly Exclude<EngineName, 'live'>[] = generates
  ? ['interpret', 'javascript', 'wasm']
  : ['interpret', 'wasm']

/**
 * Expects the same of both executors. Where code may not be generated, that may be said instead: gates
 * that bring loops of their own have none to generate.
 */
export function expectSameOfBoth(run: (executor: Executor) => unknown): void {
  let generated: unknown
  try {
    generated = run('javascript')
  } catch (error) {
    if (generates) throw error
    expect(String(error)).toMatch(/executor "javascript": code generation is forbidden here/)
    return
  }
  expect(generated).toEqual(run('interpret'))
}
