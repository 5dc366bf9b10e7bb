/** From text to a plan in one call, with every problem of both ways of being wrong. */
import type { Diagnostic } from '../errors.js'
import { checkSpec } from './check.js'
import type { Catalogue } from './context.js'
import { parseSpec } from './parse.js'
import type { Plan } from './plan.js'
import { toDiagnostic, type Problem } from './problem.js'
import { findModules } from './use.js'

/** The name a text goes by in messages, and what it may name. */
export interface PlanOptions extends Catalogue {
  readonly file: string
  /**
   * The text of a file under `use`, whose path is relative to the graph file; nothing where there
   * is none.
   */
  readonly readModule?: ((path: string) => string | undefined) | undefined
}

export interface ParsedPlan {
  /** Absent where a problem is an error. */
  readonly plan?: Plan
  /** In the order of the text. */
  readonly problems: readonly Problem[]
  /** The problems in words, with lines and columns. */
  readonly diagnostics: readonly Diagnostic[]
}

/** Parses and checks the text of a graph file. Never throws. */
export function parsePlan(text: string, options: PlanOptions): ParsedPlan {
  const { file, gates, optimizers, schedules } = options
  const parsed = parseSpec(text)
  const used = findModules(parsed.spec, text, options.readModule)
  const { modules, others } = used
  const source = { file, text, ...(others.length > 0 && { others }) }
  const written = [...parsed.problems, ...used.problems]
  const incomplete = written.some(({ severity }) => severity === 'error')
  const catalogue = { gates, optimizers, schedules }
  const checked = checkSpec(parsed.spec, { ...catalogue, ...source, modules, incomplete })
  const namesKnown = written.every(isLocal)
  const found = checked.problems.filter(({ code }) => namesKnown || !fromMissingNames.has(code))
  const problems = [...written, ...found].sort((a, b) => a.range.start - b.range.start)
  const diagnostics = problems.map((problem) => toDiagnostic(problem, source))
  const whole = !incomplete && checked.plan !== undefined
  return { ...(whole && { plan: checked.plan }), problems, diagnostics }
}

/** What follows where a part of the file was not understood, and is no mistake of its own. */
const fromMissingNames: ReadonlySet<string> = new Set([
  'unknown-node',
  'no-loss',
  'missing-column',
  'extra-column',
  'duplicate-node',
])

const local: ReadonlySet<string> = new Set([
  'bad-number',
  'out-of-range',
  'bad-word',
  'bad-duration',
  'bad-size',
  'duplicate-key',
  'long-form',
  'cut-formula',
  'missing-key',
  'mixed-keys',
  'use-missing',
])

/** What holds no names. */
const single =
  /^(?:a (?:whole )?number|a duration|a size in bytes|a text|true or false|epoch or update)/

/** Nothing but its own place is lost by the problem: all names of nodes are still there. */
function isLocal(problem: Problem): boolean {
  if (problem.code === 'unknown-key') return problem.of !== ''
  if (problem.code === 'wrong-kind') {
    return single.test(problem.expected) || /^(?:row|test) \d+$/.test(problem.what)
  }
  return local.has(problem.code) || problem.code.startsWith('formula-')
}
