/** The entry `eagre/node`: everything of `eagre`, and files. */
export * from './index.js'
export { importCatalogue, type Catalogue } from './files/import.js'
export { loadGraph } from './files/load.js'
export { loadWeights, saveWeights } from './files/weights.js'
