/**
 * The baseline: the same arithmetic as one would wire it by hand from RxJS Subjects, a pair of
 * them for each wire. Messages are bare numbers, without steps; each gate has one consumer, and
 * nothing joins by step or queues, so a long chain overflows the stack.
 */
import { Subject } from 'rxjs'
import { chain, tree, type Maker } from './shapes.js'

export interface Wire {
  readonly values: Subject<number>
  readonly gradients: Subject<number>
}

export const wire = (): Wire => ({ values: new Subject(), gradients: new Subject() })

/** A gate of one input. `local` is its derivative by the input and the output. */
export function unary(
  x: Wire,
  value: (x: number) => number,
  local: (x: number, y: number) => number,
): Wire {
  const out = wire()
  let input = 0
  let output = 0
  x.values.subscribe((message) => {
    input = message
    output = value(input)
    out.values.next(output)
  })
  out.gradients.subscribe((gradient) => x.gradients.next(gradient * local(input, output)))
  return out
}

/** A gate of two inputs, which fires when both have come. */
export function binary(
  a: Wire,
  b: Wire,
  value: (a: number, b: number) => number,
  byA: (a: number, b: number) => number,
  byB: (a: number, b: number) => number,
): Wire {
  const out = wire()
  let x = 0
  let y = 0
  let missing = 2
  const fire = () => {
    if (--missing > 0) return
    missing = 2
    out.values.next(value(x, y))
  }
  a.values.subscribe((message) => {
    x = message
    fire()
  })
  b.values.subscribe((message) => {
    y = message
    fire()
  })
  out.gradients.subscribe((gradient) => {
    a.gradients.next(gradient * byA(x, y))
    b.gradients.next(gradient * byB(x, y))
  })
  return out
}

const one = () => 1
const sum = (x: number, y: number) => x + y
const product = (x: number, y: number) => x * y

export const add = (a: Wire, b: Wire) => binary(a, b, sum, one, one)
export const subtract = (a: Wire, b: Wire) =>
  binary(
    a,
    b,
    (x, y) => x - y,
    one,
    () => -1,
  )
export const multiply = (a: Wire, b: Wire) =>
  binary(
    a,
    b,
    product,
    (_, y) => y,
    (x) => x,
  )
export const scale = (a: Wire, by: number) =>
  unary(
    a,
    (x) => x * by,
    () => by,
  )
export const shift = (a: Wire, by: number) =>
  unary(
    a,
    (x) => x + by,
    () => 1,
  )
export const tanh = (a: Wire) => unary(a, Math.tanh, (_, y) => 1 - y * y)
export const square = (a: Wire) =>
  unary(
    a,
    (x) => x * x,
    (x) => 2 * x,
  )

/** Makes so many steps of gradient descent, and returns the loss of the last. */
export type Train = (steps: number) => number

/** The rate at which chains and trees learn. */
export const rate = 0.001

/** Trains the tanh neuron. */
export function subjectsNeuron(): Train {
  const [x1, x2, x3, t, w1, w2] = [wire(), wire(), wire(), wire(), wire(), wire()]
  const o = tanh(add(subtract(multiply(w1, x1), multiply(w2, x2)), x3))
  const loss = square(subtract(t, o))
  let [v1, v2, last] = [0.1, 0.4, 0]
  w1.gradients.subscribe((gradient) => (v1 -= 0.001 * gradient))
  w2.gradients.subscribe((gradient) => (v2 -= 0.001 * gradient))
  loss.values.subscribe((value) => {
    last = value
    loss.gradients.next(1)
  })
  return (steps) => {
    for (let i = 0; i < steps; i++) {
      const [now1, now2] = [v1, v2]
      x1.values.next(1)
      x2.values.next(1)
      x3.values.next(-0.02)
      t.values.next(0.475)
      w1.values.next(now1)
      w2.values.next(now2)
    }
    return last
  }
}

const maker: Maker<Wire> = {
  add: (a, b) => (typeof b === 'number' ? shift(a, b) : add(a, b)),
  multiply: (a, b) => (typeof b === 'number' ? scale(a, b) : multiply(a, b)),
  tanh,
}

/** Trains a chain of gates behind one weight. */
export function subjectsChain(length: number): Train {
  const weight = wire()
  return train([weight], chain(weight, length, maker))
}

/** Trains a tree over so many weights. */
export function subjectsTree(leaves: number): Train {
  const weights = Array.from({ length: leaves }, wire)
  return train(weights, tree(weights, maker))
}

function train(sources: readonly Wire[], loss: Wire): Train {
  const weights = sources.map(() => 0.5)
  // An overflow of the stack is lost inside RxJS: what never arrives stays NaN.
  let last = NaN
  sources.forEach(({ gradients }, index) => {
    gradients.subscribe((gradient) => (weights[index]! -= rate * gradient))
  })
  loss.values.subscribe((value) => {
    last = value
    loss.gradients.next(1)
  })
  return (steps) => {
    for (let i = 0; i < steps; i++) {
      const now = weights.slice()
      sources.forEach(({ values }, index) => values.next(now[index]!))
    }
    return last
  }
}
