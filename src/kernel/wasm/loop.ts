/** Formulas over the elements of tensors as loops in WebAssembly, two elements at a time. */
import { sizeOf } from '../../tensor/shape.js'
import { variablesOf } from '../code.js'
import { parametersOf } from '../inputs.js'
import type { Loop, Sum } from '../region.js'
import { spanOf, walkOf } from '../spread.js'
import type { StraightTemplate } from '../template.js'
import type { Term } from '../term.js'
import type { Calls } from './calls.js'
import type { Code, Lanes } from './code.js'
import type { Layout } from './layout.js'
import { emitTerms, isExact } from './terms.js'

/** What code of a step is written with. */
export interface Context {
  readonly code: Code
  readonly calls: Calls
  readonly layout: Layout
  /** The local with the address of the weights. */
  readonly weights: number
  /** The local that says how many bytes on the values and gradients of this sample lie. */
  readonly frame?: number
}

/** Writes the loop of a straight template. */
export function emitLoop(context: Context, operation: Loop, template: StraightTemplate): void {
  new Emitter(context, operation, template).emit()
}

/** Writes the sum of several gradients. */
export function emitSum({ code, layout, frame }: Context, { target, sources, size }: Sum): void {
  const at = code.local('i32')
  const each = (lanes: Lanes) => {
    code.get(at)
    sources.forEach((source, index) => {
      code.get(at).load(lanes, layout.gradients + 8 * source)
      if (index > 0) code.each(lanes, 'add')
    })
    code.store(lanes, layout.gradients + 8 * target)
  }
  overElements(code, at, size, true, each, frame)
}

/** `body` for all elements, at the byte in the local `at`, from `base` on; by two where it can be. */
export function overElements(
  code: Code,
  at: number,
  size: number,
  vector: boolean,
  body: (lanes: Lanes) => void,
  base?: number,
): void {
  const whole = vector ? size - (size & 1) : 0
  if (whole > 0) code.count(at, 0, 8 * whole, 16, () => body(2), base)
  const rest = size - whole
  if (rest === 0) return
  if (vector) {
    code.beyond(base, 8 * whole).set(at)
    body(1)
  } else code.count(at, 0, 8 * size, 8, () => body(1), base)
}

/** An operand, or the answer for it, that is walked with others. */
interface Strided {
  readonly port: number
  /** The local with the byte in it. */
  readonly at: number
  readonly steps: readonly number[]
}

class Emitter {
  private readonly context: Context
  private readonly operation: Loop
  private readonly template: StraightTemplate
  private readonly terms: readonly Term[]
  private readonly ports: readonly number[]
  private readonly used: ReadonlySet<string>
  private readonly size: number
  private readonly at: number
  /** The local with the address of the weights for who counts from the frame on. */
  private readonly weights: number
  private readonly strided: readonly Strided[]
  private readonly extents: readonly number[]
  private readonly parameters: readonly number[]
  /** By port: locals of what is the same for all elements, as a number and as a vector. */
  private readonly fixed = new Map<string, { readonly one: number; readonly two: number }>()
  /** The sum of all elements, or by port those of the answers that are one number. */
  private readonly totals = new Map<number, number>()

  constructor(context: Context, operation: Loop, template: StraightTemplate) {
    this.context = context
    this.operation = operation
    this.template = template
    const { binding, direction } = operation
    const forward = direction === 'forward'
    const all = template.gradients.map((term, port) => ({ term, port }))
    const wanted = forward ? [] : all.filter(({ term }) => term !== undefined)
    this.ports = wanted.map(({ port }) => port)
    this.terms = forward ? [template.value] : wanted.map(({ term }) => term!)
    this.used = variablesOf(this.terms)
    this.size = sizeOf(spanOf(binding))
    this.at = context.code.local('i32')
    this.weights = context.frame === undefined ? context.weights : context.code.local('i32')
    this.parameters = parametersOf(binding)
    const spreads = template.spreads ?? []
    const { extents, steps } = walkOf(binding, spreads)
    this.extents = extents
    const ports = [...spreads.keys()].filter((port) => spreads[port] === 'strided')
    this.strided = ports.map((port, index) => {
      return { port, at: context.code.local('i32'), steps: steps[index]! }
    })
  }

  emit(): void {
    const { template, operation, ports, strided } = this
    const { code, layout, frame, weights } = this.context
    const { binding, direction } = operation
    const { spreads = [], reduction } = template
    if (frame !== undefined) code.get(weights).get(frame).op('i32.sub').set(this.weights)
    this.loadFixed()
    if (direction === 'forward' && reduction !== undefined) this.total(-1)
    for (const port of ports) {
      if (spreads[port] === 'one') this.total(port)
      if (spreads[port] === 'strided') this.clear(port)
    }
    if (strided.length === 0) {
      const vector = this.terms.every(isExact)
      overElements(code, this.at, this.size, vector, (lanes) => this.body(lanes), frame)
    } else this.walk()
    for (const [port, local] of this.totals) {
      if (port >= 0) {
        code.beyond(frame, 0).get(local)
        code.access('f64.store', layout.gradients + 8 * binding.answers[port]!)
      } else {
        code.beyond(frame, 0).get(local)
        if (reduction === 'mean') code.f64(this.size).op('f64.div')
        code.access('f64.store', layout.values + 8 * binding.output)
      }
    }
  }

  private total(port: number): void {
    const { code } = this.context
    const local = code.local('f64')
    code.f64(0).set(local)
    this.totals.set(port, local)
  }

  /** An answer that is added to starts at 0. */
  private clear(port: number): void {
    const { code, layout, frame } = this.context
    const { operands, answers } = this.operation.binding
    const target = layout.gradients + 8 * answers[port]!
    const zero = (lanes: Lanes) => {
      code.get(this.at).constant(lanes, 0).store(lanes, target)
    }
    overElements(code, this.at, sizeOf(operands[port]!.shape), true, zero, frame)
  }

  /** Nested loops; `at` goes on with every element. */
  private walk(): void {
    const { code, frame } = this.context
    const { strided, extents, ports } = this
    const last = extents.length - 1
    const inner = strided.map(({ steps }) => steps[last]!)
    const vector =
      this.terms.every(isExact) &&
      strided.every(({ port }, index) => {
        return inner[index] === 1 || (inner[index] === 0 && !ports.includes(port))
      })
    code.beyond(frame, 0).set(this.at)
    for (const { at } of strided) code.beyond(frame, 0).set(at)
    const nest = (loop: number): void => {
      const extent = extents[loop]!
      const times = (count: number, lanes: Lanes) => {
        const round = () => {
          if (loop < last) nest(loop + 1)
          else {
            this.body(lanes)
            code.move(this.at, 8 * lanes)
          }
          for (const { at, steps } of strided) code.move(at, 8 * lanes * steps[loop]!)
        }
        code.times(count, round)
      }
      const pairs = loop === last && vector ? extent >> 1 : 0
      times(pairs, 2)
      times(extent - 2 * pairs, 1)
    }
    nest(0)
  }

  private loadFixed(): void {
    const { template, operation, used } = this
    const { code } = this.context
    const { spreads = [], reduction } = template
    const fix = (name: string, load: () => void) => {
      const locals = { one: code.local('f64'), two: code.local('v128') }
      load()
      code.tee(locals.one).op('f64x2.splat').set(locals.two)
      this.fixed.set(name, locals)
    }
    operation.binding.operands.forEach((operand, port) => {
      const name = `x${port}`
      if (spreads[port] !== 'one' || !used.has(name) || operand.memory === 'literal') return
      fix(name, () => this.load(port, 1, undefined))
    })
    if (reduction !== undefined && used.has('g')) {
      const { layout, frame } = this.context
      const { gradient } = operation.binding
      fix('g', () => code.beyond(frame, 0).access('f64.load', layout.gradients + 8 * gradient))
    }
  }

  /** One element, or two. */
  private body(lanes: Lanes): void {
    const { context, terms } = this
    const { code } = context
    const read = (name: string) => this.read(name, lanes)
    emitTerms(code, context.calls, terms, lanes, read, (index, push) => {
      this.store(index, lanes, push)
    })
  }

  private store(index: number, lanes: Lanes, push: () => void): void {
    const { operation, template, ports, totals } = this
    const { code, layout } = this.context
    const { binding, direction } = operation
    const port = direction === 'forward' ? -1 : ports[index]!
    const total = totals.get(port)
    if (total !== undefined) {
      if (lanes === 1) {
        code.get(total)
        push()
        code.op('f64.add').set(total)
        return
      }
      const both = code.local('v128')
      push()
      code.set(both).get(total).get(both).extract(0).op('f64.add')
      code.get(both).extract(1).op('f64.add').set(total)
      return
    }
    if (port < 0) {
      code.get(this.at)
      push()
      code.store(lanes, layout.values + 8 * binding.output)
      return
    }
    const target = layout.gradients + 8 * binding.answers[port]!
    if (template.spreads?.[port] === 'each') {
      code.get(this.at)
      push()
      code.store(lanes, target)
      return
    }
    const { at } = this.strided.find((one) => one.port === port)!
    code.get(at).get(at).load(lanes, target)
    push()
    code.each(lanes, 'add').store(lanes, target)
  }

  /** Pushes a variable of the template. */
  private read(name: string, lanes: Lanes): void {
    const { operation, parameters, template } = this
    const { code, layout } = this.context
    const { binding } = operation
    const fixed = this.fixed.get(name)
    if (fixed !== undefined) code.get(lanes === 2 ? fixed.two : fixed.one)
    else if (name === 'y') code.get(this.at).load(lanes, layout.values + 8 * binding.output)
    else if (name === 'g') code.get(this.at).load(lanes, layout.gradients + 8 * binding.gradient)
    else if (name.startsWith('p')) {
      const index = Number(name.slice(1))
      // The parameter after all others is the number of elements.
      code.constant(lanes, index < parameters.length ? parameters[index]! : this.size)
    } else {
      const port = Number(name.slice(1))
      const operand = binding.operands[port]!
      if (operand.memory === 'literal') code.constant(lanes, operand.value)
      else if (template.spreads?.[port] === 'each') this.load(port, lanes, this.at)
      else this.loadStrided(port, lanes)
    }
  }

  private loadStrided(port: number, lanes: Lanes): void {
    const { at, steps } = this.strided.find((one) => one.port === port)!
    this.load(port, lanes, at, lanes === 2 && steps.at(-1) === 0)
  }

  /** An operand at the byte in a local; with `splat` the same number for both lanes. */
  private load(port: number, lanes: Lanes, at: number | undefined, splat = false): void {
    const { code, layout, weights, frame } = this.context
    const operand = this.operation.binding.operands[port]!
    if (operand.memory === 'literal') return void code.constant(lanes, operand.value)
    const values = operand.memory === 'values'
    if (at !== undefined) {
      code.get(at)
      if (!values) code.get(this.weights).op('i32.add')
    } else if (values) code.beyond(frame, 0)
    else code.get(weights)
    const offset = 8 * operand.offset + (values ? layout.values : 0)
    if (splat) code.access('v128.load64_splat', offset)
    else code.load(lanes, offset)
  }
}
