/** Executes templates as generated JavaScript, made once for each template. */
import { EagreError } from '../errors.js'
import { type Shape, sizeOf } from '../tensor/shape.js'
import { walkOver, Walker } from '../tensor/strides.js'
import { assignments, build, load, method, type Pair, variablesOf } from './code.js'
import { elementwise } from './elementwise.js'
import { Functions } from './emit.js'
import { inputsOf, parametersOf } from './inputs.js'
import type { Binding, Kernel, Operand } from './kernel.js'
import type { LoopTemplate, StraightTemplate, Template } from './template.js'
import type { Term } from './term.js'

/** The kernel of a binding, from the code of its template. */
export function generate(template: Template, binding: Binding): Kernel {
  let make = made.get(template)
  if (make === undefined) made.set(template, (make = factory(template)))
  const [forward, backward] = make(binding)
  // One place makes all kernels, so that engines see one kind of object.
  return { forward, backward }
}

/** Whether this place allows to generate code. */
export function canGenerate(): boolean {
  return refusal() === undefined
}

/** Why code cannot be generated here; absent where it can. */
export function refusal(): string | undefined {
  if (tested === undefined) {
    try {
      build([], 'return 0')
      tested = { refusal: undefined }
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error)
      tested = { refusal: `code generation is forbidden here (${cause})` }
    }
  }
  return tested.refusal
}

/** Throws `bad-argument` where code cannot be generated. */
export function mustGenerate(): void {
  const why = refusal()
  if (why === undefined) return
  throw new EagreError('bad-argument', `executor "javascript": ${why}`, {
    hint: 'use "interpret"',
  })
}

let tested: { readonly refusal: string | undefined } | undefined

const made = new WeakMap<Template, (binding: Binding) => Pair>()

function factory(template: Template): (binding: Binding) => Pair {
  mustGenerate()
  if (template.type === 'loop') return loop(template)
  return template.spreads === undefined ? straight(template) : elementwise(template)
}

/**
 * The code's variables are those of the template and, in its surrounding function: `i0 i1 …`
 * the offset of an operand or its literal, `p0 …` the parameters, `r0 …` the places of answers,
 * `o` that of the output, `d` that of its gradient, `f0 …` the intrinsics.
 */
function straight(template: StraightTemplate): (binding: Binding) => Pair {
  const functions = new Functions()
  const { operands, gradients } = template
  const wanted = gradients.flatMap((term, port) => (term === undefined ? [] : [{ term, port }]))
  const forward = [
    ...loads(template, [template.value]),
    ...assignments([template.value], ['values[o]'], functions),
  ]
  const terms = wanted.map(({ term }) => term)
  const backward = [
    ...loads(template, terms),
    ...assignments(
      terms,
      wanted.map(({ port }) => `gradients[r${port}]`),
      functions,
    ),
  ]
  const ports = [...operands.keys()]
  const parameters = Array.from({ length: template.parameters }, (_, index) => `p${index}`)
  const names = [
    ...ports.map((port) => `i${port}`),
    ...ports.map((port) => `r${port}`),
    ...parameters,
    'o',
    'd',
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
    return make(...places, ...answers, ...parametersOf(binding), output, gradient)
  }
}

/** Reads into local variables what the terms use. */
function loads(template: StraightTemplate, terms: readonly Term[]): string[] {
  const used = variablesOf(terms)
  const lines: string[] = []
  for (const port of template.operands.keys()) {
    if (used.has(`x${port}`)) lines.push(load(template, port))
  }
  if (used.has('y')) lines.push('const y = values[o]')
  if (used.has('g')) lines.push('const g = gradients[d]')
  return lines
}

/** Folds many inputs; of tensors, for one element `e` of the output after the other. */
function loop(template: LoopTemplate): (binding: Binding) => Pair {
  const functions = new Functions()
  const { saves, tensor } = template
  const code = (target: string, term: Term) => assignments([term], [target], functions).join('\n')
  const at = tensor ? 'w.at' : 'i'
  const saved = tensor ? 's + e * (n - 1)' : 's'
  const answer = (port: string) => {
    return tensor ? `gradients[r[${port}] - i[${port}] + ${at}[${port}]]` : `gradients[r[${port}]]`
  }
  const sign = tensor ? '+=' : '='
  const read = (index: string) =>
    `(m[${index}] === 0 ? values[${at}[${index}]] : m[${index}] === 1 ? weights[${at}[${index}]] : l[${index}])`
  const forward = `
let a = ${read('0')}
for (let k = 1; k < n; k++) {
  const b = ${read('k')}
  ${code('a', template.value)}
  ${saves ? `values[${saved} + k - 1] = a` : ''}
}
const y = a
${code(tensor ? 'values[o + e]' : 'values[o]', template.finish)}`
  const backward = `
let g = gradients[${tensor ? 'd + e' : 'd'}]
{
  ${saves ? `const y = values[${saved} + n - 2]` : ''}
  ${code('g', template.finishGradient)}
}
for (let k = n - 1; k >= first && k > 0; k--) {
  const b = ${read('k')}
  ${saves ? `const a = k > 1 ? values[${saved} + k - 2] : ${read('0')}` : ''}
  ${saves ? `const y = values[${saved} + k - 1]` : ''}
  if (r[k] >= 0) {
    ${assignments([template.b], [answer('k')], functions, [sign]).join('\n')}
  }
  ${code('g', template.a)}
}
if (first === 0) ${answer('0')} ${sign} g`
  const each = (body: string) => `w.reset()
for (let e = 0; e < size; e++) {
${body}
w.next()
}`
  const zero = 'for (let k = 0; k < n; k++) if (r[k] >= 0) gradients.fill(0, r[k], r[k] + z[k])'
  const lines = tensor ? [[each(forward)], [zero, each(backward)]] : [[forward], [backward]]
  const make = build(
    functions.list.map((_, index) => `f${index}`),
    `return (m, i, l, r, n, first, o, d, s, w, size, z) => [${lines.map(method).join(', ')}]`,
  )(...functions.list)
  const nothing = () => {}
  return ({ operands, answers, output, gradient, scratch, shape }) => {
    const { memories, offsets, literals } = inputsOf(operands)
    const first = answers.findIndex((answer) => answer >= 0)
    const slots = Int32Array.from(answers)
    const n = operands.length
    const rest: unknown[] = tensor ? tensorPlaces(shape, operands, offsets) : []
    const places = [
      memories,
      offsets,
      literals,
      slots,
      n,
      first,
      output,
      gradient,
      scratch,
      ...rest,
    ]
    const pair = make(...places)
    return first < 0 ? [pair[0], nothing] : pair
  }
}

function tensorPlaces(shape: Shape, operands: readonly Operand[], offsets: Int32Array) {
  const shapes = operands.map((operand) => operand.shape)
  const walker = new Walker(walkOver(shape, shapes), [...offsets])
  return [walker, sizeOf(shape), shapes.map(sizeOf)]
}
