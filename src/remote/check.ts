/** What is wrong with a text that is typed into a page. */
import { EagreError } from '../errors.js'
import { parseGraph } from '../graph.js'
import type { Answer } from './protocol.js'

/** Diagnostics of a graph file, as `eagre check` has them. */
export function checkText(text: string): Answer {
  try {
    return { ok: true, diagnostics: parseGraph(text).warnings }
  } catch (error) {
    if (!(error instanceof EagreError)) throw error
    return { ok: false, message: error.message, diagnostics: error.diagnostics }
  }
}
