/** The loss of classes in WebAssembly: the arithmetic of `cross_entropy`, in its order. */
import type { Likelihood } from '../../gates/gate.js'
import { tensorPlaceOf } from '../dense.js'
import type { Call } from '../region.js'
import type { Context } from './loop.js'

/** What a gate computes, where it is such a loss of what lies in the values. */
export function likelihoodOf({ rule, binding }: Call): Likelihood | undefined {
  if (rule?.likelihood === undefined) return undefined
  const [logits, target, weights] = binding.operands
  if (logits!.memory !== 'values' || target!.memory !== 'values') return undefined
  if (weights!.memory !== 'literal' || weights!.value !== 1) return undefined
  return rule.likelihood(tensorPlaceOf(binding))
}

/** The losses of all rows. The function returns 1 where a target is no class, else 0. */
export function emitLosses(context: Context, likelihood: Likelihood): void {
  const { code, calls, layout } = context
  const { classes, loss, log: logs } = likelihood
  const local = () => code.local('f64')
  const [right, most, sum, log] = [local(), local(), local(), local()]
  eachRow(context, likelihood, ({ row, target, logits, logit }) => {
    code.get(row).access('f64.load', target).tee(right).op('f64.floor').get(right).op('f64.ne')
    code.get(right).f64(0).op('f64.ge').op('i32.eqz').op('i32.or')
    code.get(right).f64(classes).op('f64.ge').op('i32.or')
    code.if(() => code.i32(1).op('return'))
    code.f64(-Infinity).set(most)
    logits(() => {
      code.get(most)
      logit()
      code.op('f64.max').set(most)
    })
    code.f64(0).get(most).get(most).op('f64.abs').f64(Infinity).op('f64.eq').op('select').set(most)
    code.f64(0).set(sum)
    logits(() => {
      code.get(sum)
      logit()
      code.get(most).op('f64.sub')
      calls.call(code, 'exp')
      code.op('f64.add').set(sum)
    })
    code.get(sum)
    calls.call(code, 'log')
    code.get(most).op('f64.add').set(log)
    const write = (to: number, push: () => void) => {
      code.get(row)
      push()
      code.access('f64.store', layout.values + 8 * to)
    }
    write(logs, () => code.get(log))
    write(loss, () => {
      code.get(log)
      logit(() => code.get(right).op('i32.trunc_sat_f64_s'))
      code.op('f64.sub')
    })
  })
  code.i32(0)
}

/** The answer for the logits: what arrives times their probabilities, that of the right class less 1. */
export function emitAnswers(context: Context, likelihood: Likelihood): void {
  const { code, calls, layout } = context
  const { log, gradient, answer } = likelihood
  if (answer < 0) return
  const right = code.local('i32')
  eachRow(context, likelihood, ({ row, target, first, logits, logit }) => {
    code.get(row).access('f64.load', target).op('i32.trunc_sat_f64_s')
    code.i32(3).op('i32.shl').get(first).op('i32.add').set(right)
    logits((at) => {
      const load = (from: number) => code.get(row).access('f64.load', from)
      code.get(at)
      load(layout.gradients + 8 * gradient)
      logit()
      load(layout.values + 8 * log).op('f64.sub')
      calls.call(code, 'exp')
      code.f64(1).f64(0).get(at).get(right).op('i32.eq').op('select').op('f64.sub')
      code.op('f64.mul').access('f64.store', layout.gradients + 8 * answer)
    })
  })
}

interface LogitRow {
  /** Locals: 8 bytes for each row before this one, and for each logit of these; from the frame on. */
  readonly row: number
  readonly first: number
  /** Where from there the target lies. */
  readonly target: number
  /** `body` for each logit, with such a local of its own. */
  logits(body: (at: number) => void): void
  /** Pushes the logit of that, or the one with the index that is pushed. */
  logit(index?: () => void): void
}

function eachRow(
  { code, layout, frame }: Context,
  { rows, classes, logits, target }: Likelihood,
  body: (row: LogitRow) => void,
): void {
  const [row, first, at] = [code.local('i32'), code.local('i32'), code.local('i32')]
  const one: LogitRow = {
    row,
    first,
    target: layout.values + 8 * target,
    logits: (each) => code.count(at, 0, 8 * classes, 8, () => each(at), first),
    logit: (index) => {
      if (index === undefined) code.get(at)
      else {
        index()
        code.i32(3).op('i32.shl').get(first).op('i32.add')
      }
      code.access('f64.load', layout.values + 8 * logits)
    },
  }
  code.beyond(frame, 0).set(first)
  if (rows === 0) return
  code.count(row, 0, 8 * rows, 8, () => {
    body(one)
    code.beyond(first, 8 * classes).set(first)
  }, frame) // prettier-ignore
}
