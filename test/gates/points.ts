/**
 * Where the gates are tested. A gate without points does not type-check. Smooth points are
 * those where the slope exists and finite differences can find it; kinks have a name and the
 * convention that holds there.
 */
import type { ParameterValue } from '../../src/gates/gate.js'
import type { FormulaGateName } from '../../src/gates/index.js'

export interface Point {
  /** By port, or as many as one likes for a fold. */
  readonly at: readonly number[]
  readonly parameters?: Readonly<Record<string, ParameterValue>>
}

export interface Kink extends Point {
  readonly name: string
  /** By port, for an arriving 1. */
  readonly gradients: readonly number[]
}

export interface Points {
  readonly smooth: readonly Point[]
  readonly kinks?: readonly Kink[]
}

const line = at([-3.2], [-0.7], [-0.001], [0.3], [1.9], [7.5])
const curve = at([-3.2], [-0.7], [0.3], [1.9], [7.3])
const positive = at([0.004], [0.3], [1], [12.5])
const inner = at([-0.9], [-0.2], [0.01], [0.75])
const pairs = at([1.5, -0.4], [-2, 3], [0.3, 7.25], [-5, -6.5])
const many = at([1.5, -0.4, 2.25], [-3, 0.5, 7, 2, -1], [4])
const losses = at([0.3, 0.9], [2, -1.5], [-4, 1.25])

export const points: Record<FormulaGateName, Points> = {
  add: { smooth: [...pairs, ...many] },
  multiply: {
    smooth: [...pairs, ...many],
    kinks: [
      { name: 'one zero', at: [2, 0, 5], gradients: [0, 10, 0] },
      { name: 'two zeros', at: [0, 2, 0], gradients: [0, 0, 0] },
    ],
  },
  mean: { smooth: [...pairs, ...many] },
  subtract: { smooth: pairs },
  divide: { smooth: pairs },
  standardize: { smooth: at([1.5, -0.4, 2], [-2, 3, 0.7], [0.3, 7.25, 12]) },
  negate: { smooth: line },
  reciprocal: { smooth: [...positive, ...at([-0.3], [-20])] },
  power: {
    smooth: at([2, 3], [2, -1.5], [0.3, 0.5], [7, 2], [1.2, 0], [3, 1]),
    kinks: [
      { name: 'x^0 is flat at 0', at: [0, 0], gradients: [0, 0] },
      { name: 'x^1 at 0', at: [0, 1], gradients: [1, 0] },
      { name: 'x^2 at 0', at: [0, 2], gradients: [0, 0] },
      { name: 'the root at 0', at: [0, 0.5], gradients: [Infinity, 0] },
      { name: 'the cube of a negative number', at: [-2, 3], gradients: [12, NaN] },
    ],
  },
  square: { smooth: line },
  sqrt: { smooth: positive },
  cbrt: { smooth: [...positive, ...at([-0.3], [-27])] },
  abs: { smooth: line, kinks: [{ name: '0', at: [0], gradients: [0] }] },
  sign: { smooth: line, kinks: [{ name: '0', at: [0], gradients: [0] }] },
  exp: { smooth: line },
  expm1: { smooth: line },
  log: { smooth: positive },
  log1p: { smooth: [...positive, ...at([-0.9], [-0.01])] },
  sin: { smooth: line },
  cos: { smooth: curve },
  tan: { smooth: at([-1.2], [-0.7], [0.001], [1.3]) },
  asin: { smooth: inner },
  acos: { smooth: inner },
  atan: { smooth: line },
  atan2: { smooth: [...pairs, ...at([1, -2], [-1, -2], [1, 0], [0, 1])] },
  sinh: { smooth: line },
  cosh: { smooth: curve },
  tanh: { smooth: at([-2.5], [-0.7], [0], [0.3], [1.9]) },
  sigmoid: { smooth: [...at([-30]), ...line] },
  log_sigmoid: { smooth: [...at([-30]), ...line] },
  softplus: {
    smooth: [...at([-30]), ...line, ...having({ beta: 3, threshold: 5 }, [-1], [1.2], [4])],
  },
  relu: { smooth: line, kinks: [{ name: '0', at: [0], gradients: [0] }] },
  leaky_relu: {
    smooth: [...line, ...having({ negative_slope: 0.2 }, [-3], [2])],
    kinks: [{ name: '0', at: [0], gradients: [0.01] }],
  },
  elu: {
    smooth: [...line, ...having({ alpha: 0.7 }, [-3], [2])],
    kinks: [{ name: '0 is the left side', at: [0], parameters: { alpha: 0.7 }, gradients: [0.7] }],
  },
  selu: {
    smooth: line,
    kinks: [
      { name: '0 is the left side', at: [0], gradients: [1.0507009873554805 * 1.6732632423543772] },
    ],
  },
  gelu: {
    smooth: [...line, ...having({ approximate: 'tanh' }, [-3.2], [-0.7], [0.3], [1.9], [7])],
  },
  silu: { smooth: line },
  mish: { smooth: line },
  hard_tanh: {
    smooth: [...line, ...having({ min_val: -5, max_val: 0.5 }, [-3], [2])],
    kinks: [
      { name: 'the lower end', at: [-1], gradients: [0] },
      { name: 'the upper end', at: [1], gradients: [0] },
    ],
  },
  less: { smooth: pairs },
  less_equal: { smooth: pairs },
  greater: { smooth: pairs },
  greater_equal: { smooth: pairs },
  equal: { smooth: pairs },
  not_equal: { smooth: pairs },
  identity: { smooth: line },
  stop_gradient: { smooth: line },
  where: { smooth: at([1, 2, 3], [0, 2, 3], [-0.5, 4, 1]) },
  min: {
    smooth: [...pairs, ...many],
    kinks: [
      { name: 'a tie of two', at: [2, 2], gradients: [0.5, 0.5] },
      { name: 'a tie of three, two by two', at: [2, 2, 2], gradients: [0.25, 0.25, 0.5] },
    ],
  },
  max: {
    smooth: [...pairs, ...many],
    kinks: [
      { name: 'a tie of two', at: [2, 2], gradients: [0.5, 0.5] },
      { name: 'a tie of three, two by two', at: [2, 2, 2], gradients: [0.25, 0.25, 0.5] },
    ],
  },
  clamp: {
    smooth: at([0.5, 0, 1], [-1, 0, 1], [2, 0, 1], [0.5, 1, 0], [5, -Infinity, Infinity]),
    kinks: [
      { name: 'the lower bound', at: [0, 0, 1], gradients: [1, 0, 0] },
      { name: 'the upper bound', at: [1, 0, 1], gradients: [1, 0, 0] },
      { name: 'both bounds', at: [1, 1, 1], gradients: [1, 0, 0] },
    ],
  },
  floor: { smooth: line },
  ceil: { smooth: line },
  round: { smooth: curve, kinks: [{ name: 'a half', at: [2.5], gradients: [0] }] },
  mse_loss: { smooth: losses },
  squared_error: {
    smooth: losses,
    kinks: [{ name: 'no difference', at: [2, 2], gradients: [0, 0] }],
  },
  absolute_error: {
    smooth: losses,
    kinks: [{ name: 'no difference', at: [2, 2], gradients: [0, 0] }],
  },
  huber: {
    smooth: [...losses, ...having({ delta: 0.5 }, [1, 1.25], [1, 3])],
    kinks: [
      { name: 'delta above', at: [1.5, 0.5], gradients: [1, -1] },
      { name: 'delta below', at: [0.5, 1.5], gradients: [-1, 1] },
    ],
  },
  smooth_l1: {
    smooth: [
      ...losses,
      ...having({ beta: 0.5 }, [1, 1.25], [1, 3]),
      ...having({ beta: 0 }, [1, 2]),
    ],
    kinks: [
      { name: 'beta above', at: [1.5, 0.5], gradients: [1, -1] },
      { name: 'beta 0, no difference', at: [2, 2], parameters: { beta: 0 }, gradients: [0, 0] },
    ],
  },
  log_cosh: { smooth: [...losses, ...at([30, 1], [1, 30])] },
  binary_cross_entropy: {
    smooth: at([0.3, 0], [0.3, 1], [0.9, 0.25], [0.02, 0.5]),
    kinks: [
      // PyTorch's own gradient of the target is infinite here, where its value is cut off.
      { name: 'right for certain', at: [1, 1], gradients: [0, -100] },
      { name: 'wrong for certain', at: [0, 1], gradients: [-1e12, 100] },
    ],
  },
  logistic_loss: { smooth: [...at([0, 0]), ...losses] },
  hinge: {
    smooth: [...at([0.3, 1], [0.3, -1], [3, 1], [3, -1]), ...having({ margin: 2 }, [1, 1], [3, 1])],
    kinks: [{ name: 'the margin', at: [1, 1], gradients: [0, 0] }],
  },
  poisson: {
    smooth: [
      ...at([0.5, 2], [-3, 0], [2, 1.5]),
      ...having({ log_input: false }, [0.5, 2], [3, 0]),
      ...having({ full: true }, [0.5, 2], [1, 20], [3, 0.5]),
    ],
    kinks: [{ name: 'log(1!)', at: [0, 1], parameters: { full: true }, gradients: [0, 0] }],
  },
  pinball_loss: {
    smooth: [...losses, ...having({ quantile: 0.9 }, [1, 2], [2, 1])],
    kinks: [
      { name: 'a tie at the median', at: [2, 2], gradients: [0, 0] },
      { name: 'a tie', at: [2, 2], parameters: { quantile: 0.75 }, gradients: [-0.25, 0.25] },
    ],
  },
}

function at(...inputs: readonly number[][]): readonly Point[] {
  return inputs.map((values) => ({ at: values }))
}

function having(parameters: Point['parameters'], ...inputs: readonly number[][]): readonly Point[] {
  return inputs.map((values) => ({ at: values, parameters }))
}
