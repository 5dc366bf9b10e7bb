/** Generates the clipping of gradients that are local variables: `train/clip.ts`, unrolled. */
import { numeral } from './emit.js'
import type { Training } from './training.js'

/** Statements that bound the variables `names`, first by value and then by their norm. */
export function clipLines(clip: Training['clip'], names: readonly string[]): string[] {
  return [
    ...(clip?.value === undefined ? [] : byValue(names, numeral(clip.value))),
    ...(clip?.norm === undefined ? [] : byNorm(names, numeral(clip.norm))),
  ]
}

function byValue(names: readonly string[], most: string): string[] {
  return names.map((name) => `${name} = Math.max(-${most}, Math.min(${most}, ${name}))`)
}

function byNorm(names: readonly string[], most: string): string[] {
  return [
    'let squares = 0, scale = 1',
    ...names.map((name) => `squares += ${name} * ${name}`),
    `if (squares < ${numeral(2 ** -900)}) scale = ${numeral(2 ** 600)}`,
    `else if (squares === Infinity) scale = ${numeral(2 ** -600)}`,
    'if (scale !== 1) {',
    'squares = 0',
    ...names.map((name) => `squares += ${name} * scale * (${name} * scale)`),
    '}',
    'const norm = Math.sqrt(squares)',
    `if (!(norm <= ${most} * scale)) {`,
    ...names.map((name) => `${name} = ((${name} * scale) / norm) * ${most}`),
    '}',
  ]
}
