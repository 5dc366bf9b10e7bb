/** Executes templates as generated JavaScript, made once for each template. */
import { EagreError } from '../errors.js'
import { emit, Functions } from './emit.js'
import { inputsOf, parametersOf } from './inputs.js'
import type { Binding, Kernel } from './kernel.js'
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

type Pair = readonly [Kernel['forward'], Kernel['backward']]

const made = new WeakMap<Template, (binding: Binding) => Pair>()

function factory(template: Template): (binding: Binding) => Pair {
  mustGenerate()
  return template.type === 'loop' ? loop(template) : straight(template)
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
function loads({ operands }: StraightTemplate, terms: readonly Term[]): string[] {
  const used = new Set<string>()
  for (const term of terms) collect(term, used)
  const lines: string[] = []
  operands.forEach((memory, port) => {
    if (!used.has(`x${port}`)) return
    lines.push(
      memory === 'literal' ? `const x${port} = i${port}` : `const x${port} = ${memory}[i${port}]`,
    )
  })
  if (used.has('y')) lines.push('const y = values[o]')
  if (used.has('g')) lines.push('const g = gradients[d]')
  return lines
}

function collect(term: Term, names: Set<string>): void {
  if (term.type === 'variable') names.add(term.name)
  if (term.type === 'apply') for (const argument of term.arguments) collect(argument, names)
}

function assignments(terms: readonly Term[], targets: readonly string[], functions: Functions) {
  const { statements, results } = emit(terms, functions)
  return [...statements, ...results.map((result, index) => `${targets[index]} = ${result}`)]
}

/** A function of a frame, which loads those of its memories that it uses. */
function method(lines: readonly string[]): string {
  const body = lines.join('\n')
  const memories = ['values', 'weights', 'gradients'].filter((name) => body.includes(`${name}[`))
  return `(frame) => {
${memories.map((name) => `const ${name} = frame.${name}\n`).join('')}${body}
}`
}

function loop(template: LoopTemplate): (binding: Binding) => Pair {
  const functions = new Functions()
  const { saves } = template
  const code = (target: string, term: Term) => assignments([term], [target], functions).join('\n')
  const read = (index: string) =>
    `(m[${index}] === 0 ? values[i[${index}]] : m[${index}] === 1 ? weights[i[${index}]] : l[${index}])`
  const forward = `
let a = ${read('0')}
for (let k = 1; k < n; k++) {
  const b = ${read('k')}
  ${code('a', template.value)}
  ${saves ? 'values[s + k - 1] = a' : ''}
}
const y = a
${code('values[o]', template.finish)}`
  const backward = `
let g = gradients[d]
{
  ${saves ? 'const y = values[s + n - 2]' : ''}
  ${code('g', template.finishGradient)}
}
for (let k = n - 1; k >= first && k > 0; k--) {
  const b = ${read('k')}
  ${saves ? `const a = k > 1 ? values[s + k - 2] : ${read('0')}` : ''}
  ${saves ? 'const y = values[s + k - 1]' : ''}
  if (r[k] >= 0) {
    ${code('gradients[r[k]]', template.b)}
  }
  ${code('g', template.a)}
}
if (first === 0) gradients[r[0]] = g`
  const make = build(
    functions.list.map((_, index) => `f${index}`),
    `return (m, i, l, r, n, first, o, d, s) => [${method([forward])}, ${method([backward])}]`,
  )(...functions.list)
  const nothing = () => {}
  return ({ operands, answers, output, gradient, scratch }) => {
    const { memories, offsets, literals } = inputsOf(operands)
    const first = answers.findIndex((answer) => answer >= 0)
    const slots = Int32Array.from(answers)
    const n = operands.length
    const pair = make(memories, offsets, literals, slots, n, first, output, gradient, scratch)
    return first < 0 ? [pair[0], nothing] : pair
  }
}

/** A function that takes intrinsics and gives one that takes what bindings bring. */
type Builder = (...functions: unknown[]) => (...places: unknown[]) => Pair

function build(names: readonly string[], body: string): Builder {
  // What it returns is as the callers above have written its text.
  return new Function(...names, `'use strict'\n${body}`) as Builder
}
