/** The names of what can execute a training run. */

/** `live` is the network itself, gate by gate; the others execute fused kernels. */
export type EngineName = 'live' | 'interpret' | 'javascript' | 'wasm'

/** The names a caller may say; `auto` leaves the choice to us. */
export const engineNames = ['auto', 'live', 'interpret', 'javascript', 'wasm'] as const
