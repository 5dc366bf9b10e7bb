/** The entry `eagre/node`: everything of `eagre`, and files. */
export * from './index.js'
export { importCatalogue, type Catalogue } from './files/import.js'
export { checkpoints, loadCheckpoint } from './files/checkpoint.js'
export type { CheckpointOptions, Checkpoints, LatestCheckpoint } from './files/checkpoint.js'
export { loadGraph } from './files/load.js'
export { fileStore } from './files/store.js'
export { loadSaved, loadWeights, saveWeights, type SavedWeights } from './files/weights.js'
export type { FileSystem, OpenFile } from './files/system.js'
