/** The functions that give the same bits everywhere: what the module in binary.ts exports too. */
export { exp, expm1 } from './exponential.js'
export { log, log1p } from './logarithm.js'
export { sigmoid, softplus, tanh } from './logistic.js'
