/**
 * The elementary functions as WebAssembly: the very sources beside this file, compiled by
 * build.mjs. They give the same bits as the JavaScript does, of everything but NaN.
 *
 * The module is made to be the beginning of others. It has types, functions, exports and code and
 * nothing else: no imports, no memory, no tables, no globals, no data, no start. So a module that
 * begins with its types and its functions may take its code bodies as they are: they call each
 * other by index, and the indices stay. `functionCount` is the first index that is free then, and
 * `functionIndices.exp` the one to call for exp. Arguments and results are f64.
 */
import { unpacked } from '../packed.js'
import { binary, functionCount, functionIndices } from './binary.js'

/** A function that the module exports. */
export type ElementaryName = keyof typeof functionIndices

export { functionCount, functionIndices }

/** The bytes of the module. */
export function moduleBytes(): Uint8Array<ArrayBuffer> {
  return unpacked(binary)
}
