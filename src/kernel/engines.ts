/** What can execute a training run, by name. */
import type { EngineName } from './enginenames.js'
import { canGenerate } from './javascript.js'
import { interpretRun } from './runinterpret.js'
import { generateRun } from './runjavascript.js'
import type { TrainingExecutor } from './training.js'
import { runWasm } from './wasm/executor.js'

/** The executors of fused runs. All compute the same bits. */
export const engines: Readonly<Record<Exclude<EngineName, 'live'>, TrainingExecutor>> = {
  interpret: interpretRun,
  javascript: generateRun,
  wasm: runWasm,
}

/** In the order in which they are tried where nobody says which. */
export function preferredEngines(): readonly (keyof typeof engines)[] {
  return canGenerate() ? ['javascript', 'interpret'] : ['wasm', 'interpret']
}
