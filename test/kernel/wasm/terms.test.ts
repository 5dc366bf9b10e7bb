/** Terms in WebAssembly give the bits of the intrinsics they are made of. */
import { fc } from '../../random.js'
import { expect, test } from 'vitest'
import { intrinsics } from '../../../src/gates/intrinsics.js'
import { closure } from '../../../src/kernel/interpret.js'
import { constant, variable, type Term } from '../../../src/kernel/term.js'
import { emitTerms, isExact } from '../../../src/kernel/wasm/terms.js'
import { made } from './host.js'

const special = [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3, 1e16, -1e-310, 2 ** 52 + 1, Infinity, -Infinity, NaN] // prettier-ignore
const numbers = fc.oneof(fc.constantFrom(...special), fc.double(), fc.integer({ min: -9, max: 9 }))

const { term } = fc.letrec<{ term: Term }>((tie) => ({
  term: fc.oneof(
    { maxDepth: 5, depthSize: 'large' },
    fc.constantFrom(variable('a'), variable('b'), variable('c')),
    numbers.map(constant),
    ...[1, 2, 3].map((arity) => {
      const all = [...intrinsics.values()].filter((one) => one.arity === arity)
      return fc
        .tuple(fc.constantFrom(...all), fc.array(tie('term'), { minLength: arity, maxLength: arity }))
        .map(([intrinsic, terms]): Term => ({ type: 'apply', intrinsic, arguments: terms }))
    }),
  ),
})) // prettier-ignore

/** What computes terms of two sets of values, in both lanes or one after the other. */
function compiled(terms: readonly Term[], lanes: 1 | 2): (values: readonly number[][]) => number[] {
  const { run, all } = made({ parameters: [], result: 'i32' }, (code, calls) => {
    for (let turn = 0; turn < (lanes === 2 ? 1 : 2); turn++) {
      const read = (name: string) => {
        code.i32(16 * 'abc'.indexOf(name) + 8 * turn)
        code.access(lanes === 2 ? 'v128.load' : 'f64.load', 0)
      }
      emitTerms(code, calls, terms, lanes, read, (index, push) => {
        code.i32(64 + 16 * index + 8 * turn)
        push()
        code.access(lanes === 2 ? 'v128.store' : 'f64.store', 0)
      })
    }
    code.i32(0)
  })
  return (values) => {
    all.set(values.flat())
    run()
    return [...all.subarray(8, 8 + 2 * terms.length)]
  }
}

function expected(terms: readonly Term[], values: readonly number[][]): number[] {
  return terms.flatMap((one) => {
    const of = closure<number>(one, (name) => (turn) => values['abc'.indexOf(name)]![turn]!)
    return [of(0), of(1)]
  })
}

const pair = fc.tuple(numbers, numbers).map((two) => [...two])
const three = fc.tuple(pair, pair, pair)

test('random terms, several at a time', () => {
  fc.assert(
    fc.property(fc.array(term, { minLength: 1, maxLength: 3 }), three, (terms, values) => {
      expect(compiled(terms, 1)(values)).toStrictEqual(expected(terms, values))
    }),
    { numRuns: 500 },
  )
})

test('the same in two lanes, where they are exact', () => {
  let found = 0
  fc.assert(
    fc.property(fc.array(term, { minLength: 1, maxLength: 3 }), three, (terms, values) => {
      const exact = terms.filter(isExact)
      if (exact.length === 0) return
      found++
      expect(compiled(exact, 2)(values)).toStrictEqual(expected(exact, values))
    }),
    { numRuns: 500 },
  )
  expect(found).toBeGreaterThan(100)
})

test.each([...intrinsics.values()])('$name of special values', ({ name, arity }) => {
  const intrinsic = intrinsics.get(name)!
  const names = ['a', 'b', 'c'].slice(0, arity).map(variable)
  const terms: Term[] = [{ type: 'apply', intrinsic, arguments: names }]
  const one = compiled(terms, 1)
  const two = isExact(terms[0]!) ? compiled(terms, 2) : undefined
  for (const a of special) {
    for (const b of arity > 1 ? special : [0]) {
      const values = [[a, b], [b, a], [1, 2]] // prettier-ignore
      const wanted = expected(terms, values)
      expect(one(values)).toStrictEqual(wanted)
      if (two !== undefined) expect(two(values)).toStrictEqual(wanted)
    }
  }
})
