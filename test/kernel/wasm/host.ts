/** Modules made in tests, and what they are run with. */
import { Binary } from '../../../src/kernel/wasm/binary.js'
import type { FunctionType } from '../../../src/kernel/wasm/binary.js'
import type { Code } from '../../../src/kernel/wasm/code.js'
import { Calls } from '../../../src/kernel/wasm/calls.js'

/** A function of a module that has nothing else, and its memory of so many pages. */
export function made(
  type: FunctionType,
  write: (code: Code, calls: Calls) => void,
  pages = 1,
): { readonly run: (...values: number[]) => number; readonly all: Float64Array } {
  const binary = new Binary(pages)
  const calls = new Calls(binary)
  binary.export(
    'run',
    binary.function(type, (code) => write(code, calls)),
  )
  const bytes = binary.bytes()
  if (!WebAssembly.validate(bytes)) throw new Error('the module is not valid')
  const memory = new WebAssembly.Memory({ initial: pages })
  const module = new WebAssembly.Module(bytes)
  const { exports } = new WebAssembly.Instance(module, { host: { memory } })
  return { run: exports.run as () => number, all: new Float64Array(memory.buffer) }
}
