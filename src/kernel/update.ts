/** Makes the update of an optimizer from its formulas: a loop over weights. */
import type { Optimizer } from '../optimizers/optimizer.js'
import { emit, Functions } from './emit.js'
import { closure } from './interpret.js'
import { mustGenerate } from './javascript.js'
import type { Executor } from './kernel.js'
import { programOf, type Assignment, type Program } from './program.js'
import type { Term } from './term.js'

/** One update of many weights, each by itself. */
export interface Update {
  /** What each slot holds before the first update. A slot is what one state line keeps. */
  readonly initial: readonly number[]
  /** What each slot is called: the name of its state line. */
  readonly names: readonly string[]
  /**
   * A weight whose gradient is 0 stays as it is, to the last bit, and nothing is kept for it: as
   * long as the rate is not negative.
   */
  readonly still: boolean
  /**
   * Reads `weights`, `gradients` and `slots` from `start` up to `end` and writes the new
   * weights and slots to `nextWeights` and `nextSlots`, which may be the same arrays, and
   * nothing else. `t` counts updates from 1. Says whether all that it wrote is finite.
   */
  run(
    weights: Float64Array,
    gradients: Float64Array,
    nextWeights: Float64Array,
    slots: readonly Float64Array[],
    nextSlots: readonly Float64Array[],
    start: number,
    end: number,
    rate: number,
    t: number,
  ): boolean
}

/**
 * Compiles an optimizer for these parameters (complete, by name). What the parameters decide
 * is decided here: plain `sgd` becomes `w - rate * g` and has no slots.
 */
export function compileUpdate(
  optimizer: Optimizer,
  parameters: Readonly<Record<string, number | boolean>>,
  executor: Executor,
): Update {
  const program = programOf(optimizer, parameters)
  const run = executor === 'javascript' ? generate(program) : interpret(program)
  const { slots, update } = program
  return {
    initial: slots.map(({ initial }) => initial),
    names: slots.map(({ name }) => name),
    still: slots.length === 0 && isPlain(update),
    run,
  }
}

/** `w - rate * g`: with the gradient 0 that is `w - 0`, which is `w`, -0 too. */
export function isPlain(update: Term): boolean {
  const [w, change] = applied(update, 'subtract') ?? []
  const [rate, g] = (change && applied(change, 'multiply')) ?? []
  return is(w, 'w') && ((is(rate, 'rate') && is(g, 'g')) || (is(rate, 'g') && is(g, 'rate')))
}

function applied(term: Term, intrinsic: string): readonly Term[] | undefined {
  return term.type === 'apply' && term.intrinsic.name === intrinsic ? term.arguments : undefined
}

function is(term: Term | undefined, name: string): boolean {
  return term?.type === 'variable' && term.name === name
}

function interpret({ hoisted, lines, slots, update }: Program): Update['run'] {
  const places = new Map<string, number>()
  const names = ['w', 'g', 'rate', 't', ...[...hoisted, ...lines].map(({ name }) => name)]
  for (const name of [...names, ...slots.map(({ old }) => old)]) places.set(name, places.size)
  const registers = new Float64Array(places.size)
  const compile = (term: Term) =>
    closure<Float64Array>(term, (name) => {
      const place = places.get(name)!
      return (memory) => memory[place]!
    })
  const assign = ({ name, term }: Assignment) => ({
    place: places.get(name)!,
    of: compile(term),
  })
  const before = hoisted.map(assign)
  const each = lines.map(assign)
  const next = slots.map(({ next: term }) => compile(term))
  const olds = slots.map(({ old }) => places.get(old)!)
  const last = compile(update)
  return (weights, gradients, nextWeights, oldSlots, nextSlots, start, end, rate, t) => {
    registers[2] = rate
    registers[3] = t
    let finite = true
    for (const { place, of } of before) registers[place] = of(registers)
    for (let i = start; i < end; i++) {
      registers[0] = weights[i]!
      registers[1] = gradients[i]!
      for (let slot = 0; slot < olds.length; slot++) registers[olds[slot]!] = oldSlots[slot]![i]!
      for (const { place, of } of each) registers[place] = of(registers)
      for (let slot = 0; slot < next.length; slot++) {
        const kept = next[slot]!(registers)
        nextSlots[slot]![i] = kept
        if (kept - kept !== 0) finite = false
      }
      const weight = last(registers)
      nextWeights[i] = weight
      if (weight - weight !== 0) finite = false
    }
    return finite
  }
}

function generate({ hoisted, lines, slots, update }: Program): Update['run'] {
  mustGenerate()
  const functions = new Functions()
  const assign = ({ name, term }: Assignment) => {
    const { statements, results } = emit([term], functions)
    return `let ${name}\n{\n${[...statements, `${name} = ${results[0]}`].join('\n')}\n}`
  }
  const store = (target: string, term: Term, result: string) => {
    const { statements, results } = emit([term], functions)
    return `{\n${[...statements, `${result} = ${results[0]}`, `${target} = ${result}`].join('\n')}\n}`
  }
  /** The update of the element at `at`; what it stores it leaves in the variables that are named. */
  const element = (at: string, results: readonly string[]) => `{
const w = weights[${at}], g = gradients[${at}]
${slots.map(({ old }, index) => `const ${old} = o${index}[${at}]`).join('\n')}
${lines.map(assign).join('\n')}
${slots.map(({ next }, index) => store(`n${index}[${at}]`, next, results[index + 1]!)).join('\n')}
${store(`nextWeights[${at}]`, update, results[0]!)}
}`
  const check = (results: readonly string[]) => {
    return `if (${results.map((z) => `(${z} - ${z})`).join(' + ')} !== 0) finite = false`
  }
  const results = ['z0', ...slots.map((_, index) => `z${index + 1}`)]
  // Four short updates a turn, which then costs less than they do.
  const four = ['z0', 'z1', 'z2', 'z3']
  const turns = `for (; i + 3 < end; i += 4) {
${four.map((z, index) => element(`i + ${index}`, [z])).join('\n')}
${check(four)}
}`
  const short = slots.length === 0
  const body = `'use strict'
return (weights, gradients, nextWeights, slots, nextSlots, start, end, rate, t) => {
${slots.map((_, index) => `const o${index} = slots[${index}], n${index} = nextSlots[${index}]`).join('\n')}
${hoisted.map(assign).join('\n')}
let finite = true
let i = start
let ${(short ? four : results).map((z) => `${z} = 0`).join(', ')}
${short ? turns : ''}
for (; i < end; i++) {
${element('i', results)}
${check(results)}
}
return finite
}`
  const names = functions.list.map((_, index) => `f${index}`)
  const key = `${body} ${functions.list.map(idOf).join()}`
  let run = generated.get(key)
  if (run === undefined) {
    // What it returns is the function whose text stands above.
    run = new Function(...names, body)(...functions.list) as Update['run']
    if (generated.size >= mostGenerated) generated.clear()
    generated.set(key, run)
  }
  return run
}

/** By text: a run that begins again goes on with what engines have made fast by then. */
const generated = new Map<string, Update['run']>()
const mostGenerated = 100

function idOf(apply: unknown): number {
  let id = ids.get(apply)
  if (id === undefined) ids.set(apply, (id = ids.size))
  return id
}

/** Intrinsics that updates call, numbered. */
const ids = new Map<unknown, number>()
