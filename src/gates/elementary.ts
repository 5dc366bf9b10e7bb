/**
 * The elementary functions, in one place: nothing else in the repository computes with those of
 * the engine, whose last bits differ from one to the next.
 */
export * from './elementary/functions.js'
