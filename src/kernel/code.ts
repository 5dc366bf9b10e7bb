/** What the generators of JavaScript have in common. */
import { emit, type Functions } from './emit.js'
import type { Kernel } from './kernel.js'
import type { StraightTemplate } from './template.js'
import type { Term } from './term.js'

/** A kernel's forward and backward function. */
export type Pair = readonly [Kernel['forward'], Kernel['backward']]

/** A function that takes intrinsics and gives one that takes what bindings bring. */
export type Builder = (...functions: unknown[]) => (...places: unknown[]) => Pair

/** Makes a function from text of our own. */
export function build(names: readonly string[], body: string): Builder {
  // What it returns is as the callers have written its text.
  return new Function(...names, `'use strict'\n${body}`) as Builder
}

/** Which variables occur in terms. */
export function variablesOf(terms: readonly Term[]): ReadonlySet<string> {
  const used = new Set<string>()
  for (const term of terms) collect(term, used)
  return used
}

/** Reads an operand into its variable, from its place unless `at` says where. */
export function load({ operands }: StraightTemplate, port: number, at = `i${port}`): string {
  const memory = operands[port]
  return memory === 'literal' ? `const x${port} = i${port}` : `const x${port} = ${memory}[${at}]`
}

/** Statements that compute terms and assign them; `sign` may also add. */
export function assignments(
  terms: readonly Term[],
  targets: readonly string[],
  functions: Functions,
  signs: readonly string[] = [],
): string[] {
  const { statements, results } = emit(terms, functions)
  const lines = results.map((result, index) => {
    return `${targets[index]} ${signs[index] ?? '='} ${result}`
  })
  return [...statements, ...lines]
}

/** A function of a frame, which loads those of its memories that it uses. */
export function method(lines: readonly string[]): string {
  const body = lines.join('\n')
  const memories = ['values', 'weights', 'gradients'].filter((name) => {
    return body.includes(`${name}[`) || body.includes(`${name}.`)
  })
  return `(frame) => {
${memories.map((name) => `const ${name} = frame.${name}\n`).join('')}${body}
}`
}

function collect(term: Term, names: Set<string>): void {
  if (term.type === 'variable') names.add(term.name)
  if (term.type === 'apply') for (const argument of term.arguments) collect(argument, names)
}
