/** Executes runs as generated JavaScript. Every name in it is numbered by us. */
import { drive, type StepKernel, withEvaluation } from './drive.js'
import { emit, Functions } from './emit.js'
import { refusal } from './javascript.js'
import { placeOf, type Assign, type Operation, type Region } from './region.js'
import { Kernels, sumUp, type Action } from './runinterpret.js'
import { generateLoop } from './runsmall.js'
import { smallOf } from './small.js'
import type { TrainingExecutor } from './training.js'

/**
 * The kernel of a run. A small one of single numbers is one function with everything in local
 * variables, the weights through all steps; any other works on the memories of the frame.
 */
export const generateRun: TrainingExecutor = (training) => {
  const why = refusal()
  if (why !== undefined) return why
  const small = smallOf(training, true)
  if (small !== undefined) {
    const values = { ...training.region, backward: [] }
    return withEvaluation(generateLoop(small), training.width, () => generateRegion(values))
  }
  const step = generateRegion(training.region)
  return (host) => drive(training, host, step)
}

// Engines stop optimizing where functions are much longer than that.
const perFunction = 200
const perCaller = 32

/** A region as generated functions over the memories of a frame. */
export function generateRegion(region: Region): StepKernel {
  const kernels = new Kernels('javascript')
  const temporaries = new Float64Array(region.temporaries)
  const run = (operations: readonly Operation[]) => {
    return inTurn(pieces(operations).map((piece) => actionOf(piece, kernels, temporaries)))
  }
  const forward = run(region.forward)
  return { forward, backward: run(region.backward), advance: kernels.advance() }
}

/** Engines go into the calls of a function that is made for them alone, and not into those of a loop. */
function inTurn(actions: readonly Action[]): Action {
  if (actions.length === 1) return actions[0]!
  if (actions.length > perCaller) {
    const parts: Action[] = []
    for (let at = 0; at < actions.length; at += perCaller) {
      parts.push(inTurn(actions.slice(at, at + perCaller)))
    }
    return inTurn(parts)
  }
  const names = actions.map((_, at) => `a${at}`)
  const calls = names.map((name) => `${name}(frame, state)`)
  const body = `'use strict'\nreturn (frame, state) => {\n${calls.join('\n')}\n}`
  // What it returns is the function whose text stands above.
  return new Function(...names, body)(...actions) as Action
}

/** Numbers that are computed by one function, or an operation that is a function by itself. */
type Piece = readonly Assign[] | Exclude<Operation, Assign>

function pieces(operations: readonly Operation[]): Piece[] {
  const all: Piece[] = []
  let together: Assign[] = []
  let size = 0
  const flush = () => {
    if (together.length > 0) all.push(together)
    together = []
    size = 0
  }
  for (const operation of operations) {
    if (operation.type === 'assign') {
      together.push(operation)
      size += operation.targets.length
      if (size >= perFunction) flush()
    } else {
      flush()
      all.push(operation)
    }
  }
  flush()
  return all
}

function actionOf(piece: Piece, kernels: Kernels, temporaries: Float64Array): Action {
  if (!('type' in piece)) return assigned(piece, temporaries)
  return piece.type === 'sum' ? sumUp(piece) : kernels.of(piece)
}

/** Each number goes to its memory, and stays in a variable for those that read it soon. */
function assigned(assigns: readonly Assign[], temporaries: Float64Array): Action {
  const functions = new Functions()
  const lines: string[] = []
  const known = new Map<string, string>()
  let names = 0
  const fresh = () => `l${names++}`
  const variable = (cell: string) => {
    let name = known.get(cell)
    if (name === undefined) {
      known.set(cell, (name = fresh()))
      lines.push(`const ${name} = ${placed(cell)}`)
    }
    return name
  }
  for (const { targets, terms } of assigns) {
    const { statements, results } = emit(terms, functions, { variable, shared: fresh })
    const locals = results.map(fresh)
    lines.push(...statements)
    results.forEach((result, at) => {
      lines.push(`const ${locals[at]} = ${result}`, `${placed(targets[at]!)} = ${locals[at]}`)
    })
    targets.forEach((target, at) => known.set(target, locals[at]!))
  }
  const body = `'use strict'
return (frame) => {
const v = frame.values, w = frame.weights, g = frame.gradients
${lines.join('\n')}
}`
  const parameters = functions.list.map((_, index) => `f${index}`)
  // What it returns is the function whose text stands above.
  return new Function('t', ...parameters, body)(temporaries, ...functions.list) as Action
}

/** A cell as a place in its array. */
function placed(cell: string): string {
  const { memory, offset } = placeOf(cell)
  return `${memory}[${offset}]`
}
