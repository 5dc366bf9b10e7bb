/**
 * The one exception class. A wrong graph is described by diagnostics, which this
 * error carries; a wrong call and a fault in a running graph are one sentence.
 */

/** Where a problem stands in a graph file. Lines and columns count from 1; the end is exclusive. */
export interface Diagnostic {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
  readonly severity: 'error' | 'warning'
  /** Stable, kebab-case: `unknown-gate`. */
  readonly code: string
  /** One clause, lower case, without the position. */
  readonly message: string
  /** The repair, where one is known: `did you mean "tanh"?`. */
  readonly hint?: string
}

/** What went wrong in one word; a program may switch on it. */
export type ErrorCode =
  | 'invalid-graph' // the graph file is wrong; `diagnostics` says where
  | 'unknown-node' // a name that the graph does not have
  | 'bad-argument' // the caller passed something that makes no sense
  | 'bad-data' // a row, a sample or a weights file that does not fit the graph
  | 'busy' // a second writer, or a step from inside a callback of the same graph
  | 'overflow' // more values wait to be taken than there is room for
  | 'closed' // the graph was closed
  | 'fault' // a number stopped being finite or a gate threw, and `on_fault` is `stop`
  | 'io' // a file could not be read or written
  | 'internal' // a mistake of eagre's own

/** The only exception that eagre throws or sends down an error channel. */
export class EagreError extends Error {
  override readonly name = 'EagreError'
  readonly code: ErrorCode
  /** The repair, where one is known. */
  readonly hint: string | undefined
  /** Everything that is wrong with the graph, when `code` is `invalid-graph`; else empty. */
  readonly diagnostics: readonly Diagnostic[]

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; hint?: string; diagnostics?: readonly Diagnostic[] } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint
    this.diagnostics = options.diagnostics ?? []
  }
}
