/** What can execute a training run, by name. */
import type { EngineName } from './enginenames.js'
import { measureRegion } from './lower.js'
import { interpretRun } from './runinterpret.js'
import { generateRun } from './runjavascript.js'
import type { Training, TrainingExecutor } from './training.js'
import { runWasm } from './wasm/executor.js'

/** The executors of fused runs. All compute the same bits. */
export const engines: Readonly<Record<Exclude<EngineName, 'live'>, TrainingExecutor>> = {
  interpret: interpretRun,
  javascript: generateRun,
  wasm: runWasm,
}

// Below that many gates of numbers, or steps, JavaScript is there sooner. In a long run of a small
// graph it is as fast where V8 optimizes the loop, and ten times slower where it does not come to
// it, as on a machine that has other work.
const fewGates = 50
const longRun = 1_000_000
/** Numbers of data that are copied into the memory of WebAssembly, at most. */
const mostCopied = 2 ** 27

/** In the order in which they are tried where nobody says which, for a run of so many steps over so many rows. */
export function preferredEngines(
  { region, width }: Pick<Training, 'region' | 'width'>,
  rows: number,
  steps: number,
): readonly (keyof typeof engines)[] {
  const { scalar, tensor } = measureRegion(region)
  if (rows * width > mostCopied) return ['javascript', 'interpret']
  const small = tensor === 0 && scalar < fewGates && steps < longRun
  return small ? ['javascript', 'wasm', 'interpret'] : ['wasm', 'javascript', 'interpret']
}
