/** Generates JavaScript for formulas over the elements of tensors. */
import { sizeOf } from '../tensor/shape.js'
import { assignments, build, load, method, type Pair, variablesOf } from './code.js'
import { Functions } from './emit.js'
import { parametersOf } from './inputs.js'
import type { Binding } from './kernel.js'
import { spanOf, walkOf } from './spread.js'
import type { StraightTemplate } from './template.js'
import type { Term } from './term.js'

/**
 * The variables are those of straight code and, in the surrounding function: `n` the number of
 * elements, `e0 …` the sizes of the loops and, for operands that are strided, `z0 …` their own
 * sizes and `s0_0 …` the steps of their positions by loop. In the loops `k` counts elements,
 * `q0 …` are the positions of strided operands and `t0 …` the sums for operands of one element.
 */
export function elementwise(template: StraightTemplate): (binding: Binding) => Pair {
  const functions = new Functions()
  const { operands, gradients, reduction, spreads = [] } = template
  const ports = [...operands.keys()]
  const strided = ports.filter((port) => spreads[port] === 'strided')
  const loops = Array.from({ length: template.loops }, (_, loop) => loop)
  const wanted = gradients.flatMap((term, port) => (term === undefined ? [] : [{ term, port }]))

  const value = (target: string, sign: string) => {
    return nest(
      template,
      [template.value],
      strided,
      assignments([template.value], [target], functions, [sign]),
    )
  }
  const result = reduction === 'mean' ? 'values[o] = t / n' : 'values[o] = t'
  const forward =
    reduction === undefined
      ? value('values[o + k]', '=')
      : ['let t = 0', ...value('t', '+='), result]
  const terms = wanted.map(({ term }) => term)
  const targets = wanted.map(({ port }) => {
    if (spreads[port] === 'one') return `t${port}`
    return spreads[port] === 'each' ? `gradients[r${port} + k]` : `gradients[r${port} - i${port} + q${port}]` // prettier-ignore
  })
  const signs = wanted.map(({ port }) => (spreads[port] === 'each' ? '=' : '+='))
  const of = (spread: string) => wanted.filter(({ port }) => spreads[port] === spread)
  const backward = [
    ...of('one').map(({ port }) => `let t${port} = 0`),
    ...of('strided').map(({ port }) => `gradients.fill(0, r${port}, r${port} + z${port})`),
    ...nest(template, terms, strided, assignments(terms, targets, functions, signs)),
    ...of('one').map(({ port }) => `gradients[r${port}] = t${port}`),
  ]
  const names = [
    ...ports.map((port) => `i${port}`),
    ...ports.map((port) => `r${port}`),
    ...Array.from({ length: template.parameters }, (_, index) => `p${index}`),
    ...(reduction === undefined ? [] : [`p${template.parameters}`]),
    'o',
    'd',
    'n',
    ...ports.map((port) => `z${port}`),
    ...loops.map((loop) => `e${loop}`),
    ...strided.flatMap((port) => loops.map((loop) => `s${port}_${loop}`)),
  ]
  const make = build(
    functions.list.map((_, index) => `f${index}`),
    `return (${names.join(', ')}) => [${method(forward)}, ${method(backward)}]`,
  )(...functions.list)
  return (binding) => {
    const places = binding.operands.map((operand) => {
      return operand.memory === 'literal' ? operand.value : operand.offset
    })
    const { answers, output, gradient } = binding
    const size = sizeOf(spanOf(binding))
    const { extents, steps } = walkOf(binding, spreads)
    return make(
      ...places,
      ...answers,
      ...parametersOf(binding),
      ...(reduction === undefined ? [] : [size]),
      output,
      gradient,
      size,
      ...binding.operands.map((operand) => sizeOf(operand.shape)),
      ...extents,
      ...steps.flat(),
    )
  }
}

/** The body in its loops, with what the terms read. */
function nest(
  template: StraightTemplate,
  terms: readonly Term[],
  strided: readonly number[],
  body: readonly string[],
): string[] {
  const { spreads = [], operands, loops, reduction } = template
  const used = variablesOf(terms)
  const read = [...operands.keys()].filter((port) => used.has(`x${port}`))
  const outside = read.filter((port) => spreads[port] === 'one').map((port) => load(template, port))
  const inside = read.flatMap((port) => {
    if (spreads[port] === 'one') return []
    return [load(template, port, spreads[port] === 'each' ? `i${port} + k` : `q${port}`)]
  })
  if (used.has('y')) inside.push('const y = values[o + k]')
  if (used.has('g') && reduction === undefined) inside.push('const g = gradients[d + k]')
  if (used.has('g') && reduction !== undefined) outside.push('const g = gradients[d]')
  if (strided.length === 0) {
    return [...outside, 'for (let k = 0; k < n; k++) {', ...inside, ...body, '}']
  }
  let code = [...inside, ...body, 'k++']
  for (let loop = loops - 1; loop >= 0; loop--) {
    code = [
      `for (let c${loop} = 0; c${loop} < e${loop}; c${loop}++) {`,
      ...code,
      ...strided.map((port) => `q${port} += s${port}_${loop}`),
      '}',
    ]
  }
  return [...outside, 'let k = 0', ...strided.map((port) => `let q${port} = i${port}`), ...code]
}
