/**
 * Where gates of tensors are tested. A gate without cases does not type-check. Finite
 * differences are taken of every element of every input that has a gradient.
 */
import type { ParameterValue } from '../../src/gates/gate.js'
import type { TensorGateName } from '../../src/gates/index.js'
import type { Shape } from '../../src/tensor/shape.js'
import { nested, type Nested, tensor, type Tensor } from '../kernel/tensors.js'

export interface Case {
  readonly inputs: readonly Tensor[]
  readonly parameters?: Readonly<Record<string, ParameterValue>>
}

export interface Cases {
  readonly sound: readonly Case[]
  /** Shapes that do not fit, and what is said of them. */
  readonly wrong: readonly (readonly [readonly Shape[], string, Case['parameters']?])[]
}

type Name = TensorGateName | 'mean' | 'max' | 'min'

const noAxis = (axis: number) => `there is no axis ${axis}: the axes are 0 to 1`

/** What every gate that reduces is asked. */
const reductions: Cases = {
  sound: [
    ...over([[4]]),
    ...over([[1]]),
    ...over([[2, 3]]),
    ...[0, 1, -1, [0, 1], [-1, 0], []].map((axis) => one([[2, 3]], { axis })),
    ...[0, 1, 2, [0, 2], [2, 0], [1, 2]].map((axis) => one([[2, 3, 4]], { axis })),
    one([[2, 3, 4]], { axis: 1, keepdims: true }),
    one([[2, 3, 4]], { axis: [0, -1], keepdims: true }),
    one([[2, 3]], { keepdims: true }),
    one([[0, 3]], { axis: 1 }),
  ],
  wrong: [
    [[[2, 3]], noAxis(2), { axis: 2 }],
    [[[2, 3]], noAxis(-3), { axis: [0, -3] }],
    [[[2, 3]], 'axis 1 is named twice', { axis: [1, -1] }],
    [[[]], 'there is no axis 0: a number has no axes', { axis: 0 }],
  ],
}

const chosen: Cases = {
  sound: reductions.sound,
  wrong: [
    ...reductions.wrong,
    [[[0]], 'there is nothing to choose from along an axis of size 0'],
    [[[2, 0]], 'there is nothing to choose from along an axis of size 0', { axis: 1 }],
  ],
}

const folded: Cases = {
  sound: [...reductions.sound, ...over([[2, 3], [3]])],
  wrong: [
    [[[2, 3], [3]], 'axis= is for one input, and there are 2', { axis: 0 }],
    [[[2], [2], [2]], 'keepdims= is for one input, and there are 3', { keepdims: true }],
    [[[2], [3]], 'the sizes 2 and 3 differ, and neither is 1'],
  ],
}

const rows: Cases = {
  sound: [
    ...over([[4]]),
    ...over([[1, 3]]),
    ...over([[0]]),
    ...[0, 1, 2, -1].map((axis) => one([[2, 3, 4]], { axis })),
    one([[0, 3]], { axis: -1 }),
    one([[3, 0]], { axis: 0 }),
  ],
  wrong: [
    [[[2, 3]], noAxis(2), { axis: 2 }],
    [[[2, 3]], noAxis(-3), { axis: -3 }],
    [[[]], 'there is no axis -1: a number has no axes'],
  ],
}

const many: Cases = {
  sound: [
    ...rows.sound,
    one([[2, 3, 4]], { axis: [0, 2] }),
    one([[2, 3]], { axis: 'all' }),
    one([[2, 3]], { axis: [-1], eps: 0.5 }),
  ],
  wrong: [...rows.wrong, [[[2, 3]], 'axis 1 is named twice', { axis: [1, -1] }]],
}

export const cases: Record<Name, Cases> = {
  matmul: {
    sound: [
      ...over(
        [[3], [3]],
        [[2, 3], [3]],
        [[3], [3, 4]],
        [
          [2, 3],
          [3, 4],
        ],
        [
          [1, 5],
          [5, 1],
        ],
      ),
      ...over(
        [
          [5, 2, 3],
          [3, 4],
        ],
        [
          [2, 3],
          [5, 3, 4],
        ],
        [
          [5, 2, 3],
          [5, 3, 4],
        ],
      ),
      ...over(
        [
          [2, 1, 2, 3],
          [3, 3, 4],
        ],
        [[3], [2, 3, 4]],
        [[2, 2, 3], [3]],
      ),
      ...over(
        [
          [0, 3],
          [3, 2],
        ],
        [
          [2, 0],
          [0, 3],
        ],
        [[0], [0]],
        [[0, 2, 3], [3]],
        [
          [9, 7],
          [7, 6],
        ],
      ),
    ],
    wrong: [
      [[[64], [32, 10]], 'the inner sizes 64 and 32 differ'],
      [
        [
          [2, 3],
          [2, 3],
        ],
        'the inner sizes 3 and 2 differ',
      ],
      [[[], [3]], 'a matrix product takes vectors and matrices, not numbers'],
      [
        [
          [2, 2, 3],
          [3, 3, 4],
        ],
        'the sizes 2 and 3 differ, and neither is 1',
      ],
    ],
  },
  dot: {
    sound: over([[3], [3]], [[1], [1]], [[0], [0]], [[9], [9]]),
    wrong: [
      [[[3], [4]], 'the sizes 3 and 4 differ'],
      [[[3, 3], [3]], 'dot takes two vectors'],
      [[[], []], 'dot takes two vectors'],
    ],
  },
  outer: {
    sound: over([[3], [2]], [[1], [4]], [[0], [2]], [[2], [0]]),
    wrong: [
      [[[3], []], 'outer takes two vectors'],
      [[[], [3]], 'outer takes two vectors'],
      [[[2, 2], [3]], 'outer takes two vectors'],
    ],
  },
  sum: { ...reductions, sound: [...reductions.sound, one([[0, 3]], { axis: 0 }), ...over([[]])] },
  prod: {
    ...reductions,
    sound: [
      ...reductions.sound,
      one([[0, 3]], { axis: 0 }),
      of([[2, 0, 3]]),
      of([[0, 2, 0]]),
      of([[[1, 0], [2, 3]]], { axis: 0 }), // prettier-ignore
    ],
  },
  var: {
    ...reductions,
    sound: [
      one([[4]], {}),
      one([[2, 3]], { axis: 1 }),
      one([[2, 3]], { axis: 0, correction: 0 }),
      one([[2, 3, 4]], { axis: [0, 2], keepdims: true }),
      one([[0, 3]], { axis: 1 }),
    ],
  },
  std: {
    ...reductions,
    sound: [
      one([[4]], {}),
      one([[2, 3]], { axis: 1 }),
      one([[2, 3]], { axis: 0, correction: 0 }),
      one([[2, 3, 4]], { axis: [0, 2], keepdims: true }),
    ],
  },
  norm: {
    ...reductions,
    sound: [
      ...reductions.sound,
      ...[1, 2, 3, 1.5].map((order) => one([[2, 3]], { axis: 1, order })),
    ],
  },
  logsumexp: reductions,
  mean: { ...reductions, sound: folded.sound, wrong: [...reductions.wrong, ...folded.wrong] },
  max: { sound: folded.sound, wrong: [...chosen.wrong, ...folded.wrong] },
  min: { sound: folded.sound, wrong: [...chosen.wrong, ...folded.wrong] },
  argmax: {
    sound: [
      ...over([[4]], [[2, 3]]),
      ...[0, 1, -1].map((axis) => one([[2, 3, 4]], { axis })),
      one([[2, 3]], { axis: 1, keepdims: true }),
      one([[2, 3]], { keepdims: true }),
      one([[0, 3]], { axis: 1 }),
    ],
    wrong: chosen.wrong.filter(([, , parameters]) => !Array.isArray(parameters?.['axis'])),
  },
  softmax: rows,
  log_softmax: rows,
  cumsum: rows,
  layer_norm: many,
  rms_norm: many,
  cross_entropy: {
    sound: [
      classified([4], 2),
      classified([4], 0, { label_smoothing: 0.25 }),
      classified([3, 4], [0, 3, 3]),
      classified([3, 4], [0, 2, 1, 1], { axis: 0 }),
      classified([2, 3, 2], [[0, 2], [1, 1]], { axis: 1, label_smoothing: 0.1 }), // prettier-ignore
      classified([0, 4], []),
      classified([3, 4], [0, 3, 3], { label_smoothing: 0.1 }, [0.5, 1, 2, 4]),
      classified([3, 4], [0, 3, 3], {}, 2.5),
      classified([3, 4], [0, 3, 3], { reduction: 'sum' }),
      classified([3, 4], [0, 3, 3], { reduction: 'mean', label_smoothing: 0.1 }, [0.5, 1, 2, 4]),
    ],
    wrong: [
      [[[3, 4], [4], []], 'the target must have the shape [3], one class for each row'],
      [[[4], [1], []], 'the target must have the shape [], one class for each row'],
      [[[], [], []], 'there is no axis -1: a number has no axes'],
      [[[0], [], []], 'there are no classes'],
      [[[4], [], [3]], 'the weights must be one number or have the shape [4]'],
    ],
  },
  one_hot: {
    sound: [
      of([2], { classes: 3 }),
      of([[0, 2]], { classes: 3 }),
      of([[[1], [0]]], { classes: 2 }),
    ],
    wrong: [
      [[[]], 'say how many classes there are: classes=10'],
      [[[3]], 'say how many classes there are: classes=10'],
      [[[3, 4]], 'say how many classes there are: classes=10', { classes: 0 }],
    ],
  },
  embedding: {
    sound: [
      looked([5], 3),
      looked([5, 2], 4),
      looked([5, 2], [1, 1, 0]),
      looked([3, 2, 2], [[2, 0], [2, 1]]), // prettier-ignore
      { inputs: [tensor([5, 2]), tensor([0])] },
    ],
    wrong: [
      [[[], []], 'a table has rows, and a number has none'],
      [[[], [3]], 'a table has rows, and a number has none'],
      [[[], [3, 4]], 'a table has rows, and a number has none'],
    ],
  },
  gather: {
    sound: [
      looked([5], [3, 3, 0]),
      looked([3, 2], [[2, 0], [2, 1]], { axis: 0 }), // prettier-ignore
      looked([3, 2], [[1, 0, 1], [0, 0, 0]], { axis: 1 }), // prettier-ignore
      looked([2, 2, 3], [[[2], [0]], [[1], [1]]], { axis: -1 }), // prettier-ignore
    ],
    wrong: [
      [[[3, 2], [3]], 'the index must have 2 axes, and has 1'],
      [
        [
          [3, 2],
          [2, 3],
        ],
        'the sizes 2 and 3 of axis 1 do not fit',
      ],
      [[[], []], 'there is no axis 0: a number has no axes'],
      [
        [
          [3, 2],
          [2, 2],
        ],
        noAxis(2),
        { axis: 2 },
      ],
    ],
  },
  reshape: {
    sound: [
      one([[2, 3]], { shape: [3, 2] }),
      one([[2, 3]], { shape: [-1, 2] }),
      one([[2, 3]], {}),
      one([[2, 3]], { shape: 6 }),
      one([[1, 1]], { shape: [] }),
      one([[]], { shape: [1, 1] }),
      one([[0, 3]], { shape: [3, 0] }),
      one([[0, 3]], { shape: [-1, 3] }),
    ],
    wrong: [
      [[[2, 3]], '6 elements do not fill the shape [4, 2]', { shape: [4, 2] }],
      [[[2, 3]], '6 elements do not fill the shape [4, -1]', { shape: [4, -1] }],
      [[[2, 3]], 'only one size can be -1', { shape: [-1, -1] }],
      [[[2, 3]], 'a size is from 0 on, or -1 for the rest', { shape: [-2, 3] }],
      [[[0]], '0 elements do not fill the shape [0, -1]', { shape: [0, -1] }],
    ],
  },
  flatten: {
    sound: [
      one([[2, 3, 4]], {}),
      one([[2, 3, 4]], { start: 1 }),
      one([[2, 3, 4]], { start: 0, end: 1 }),
      one([[2, 3, 4]], { start: -1 }),
      one([[]], {}),
    ],
    wrong: [
      [[[2, 3]], noAxis(2), { start: 2 }],
      [[[2, 3]], noAxis(-3), { end: -3 }],
      [[[2, 3]], 'axis 1 is behind axis 0', { start: 1, end: 0 }],
    ],
  },
  transpose: {
    sound: [
      one([[2, 3]], {}),
      one([[4]], {}),
      one([[]], {}),
      one([[2, 3, 4]], {}),
      one([[2, 3, 4]], { axes: [1, 2, 0] }),
      one([[2, 3, 4]], { axes: [0, -1, 1] }),
      one([[0, 3]], {}),
    ],
    wrong: [
      [[[2, 3]], noAxis(2), { axes: [0, 2] }],
      [[[2, 3]], 'axis 0 is named twice', { axes: [0, 0] }],
      [[[2, 3]], 'name all 2 axes', { axes: [1] }],
    ],
  },
  slice: {
    sound: [
      one([[5]], { start: 1, stop: 3 }),
      one([[5]], { start: -2 }),
      one([[5]], { stop: -1, step: 2 }),
      one([[5]], { start: 4, stop: 2 }),
      one([[5]], { start: -9, stop: 9 }),
      one([[2, 5, 3]], { axis: 1, start: 1, step: 3 }),
      one([[2, 5, 3]], { axis: -1, start: 1, stop: 2 }),
    ],
    wrong: [
      [[[]], 'there is no axis 0: a number has no axes'],
      [[[2, 3]], noAxis(2), { axis: 2 }],
      [[[2, 3]], noAxis(-3), { axis: -3 }],
    ],
  },
  concat: {
    sound: [
      ...over(
        [[2], [3]],
        [
          [2, 3],
          [1, 3],
          [4, 3],
        ],
        [
          [0, 2],
          [1, 2],
        ],
        [[3]],
      ),
      one([[2, 3], [2, 1]], { axis: 1 }), // prettier-ignore
      one([[2, 1, 2], [2, 3, 2], [2, 0, 2]], { axis: -2 }), // prettier-ignore
    ],
    wrong: [
      [
        [
          [2, 3],
          [2, 4],
        ],
        'the sizes 3 and 4 of axis 1 differ',
      ],
      [[[2, 3], [3]], 'one has 2 axes and another 1'],
      [[[], []], 'there is no axis 0: a number has no axes'],
    ],
  },
  stack: {
    sound: [
      ...over(
        [[2], [2]],
        [[], [], []],
        [
          [2, 3],
          [2, 3],
        ],
      ),
      one([[2, 3], [2, 3], [2, 3]], { axis: 1 }), // prettier-ignore
      one([[2, 3], [2, 3]], { axis: -1 }), // prettier-ignore
    ],
    wrong: [
      [
        [
          [2, 3],
          [2, 4],
        ],
        'the sizes 3 and 4 of axis 1 differ',
      ],
      [[[2], []], 'one has 1 axes and another 0'],
      [[[2], [2]], noAxis(2), { axis: 2 }],
    ],
  },
  einsum: {
    sound: [
      summed('ij,jk->ik', [2, 3], [3, 4]),
      summed('ij,jk', [2, 3], [3, 4]),
      summed('bij,bjk->bik', [2, 2, 3], [2, 3, 2]),
      summed('ij->ji', [2, 3]),
      summed('ba', [2, 3]),
      summed('ij->', [2, 3]),
      summed('ij->j', [2, 3]),
      summed('ii->i', [3, 3]),
      summed('ii', [3, 3]),
      summed('iji,i->ji', [2, 3, 2], [2]),
      summed('i,j->ij', [2], [3]),
      summed(' i , i -> ', [4], [4]),
      summed(',i->i', [], [3]),
      summed(',', [], []),
      summed('ij,jk,kl->il', [2, 3], [3, 2], [2, 4]),
      summed('i,i,i,ij->j', [2], [2], [2], [2, 3]),
      summed('ij,jk->ik', [2, 1], [3, 2]),
      summed('ij,ij->i', [2, 3], [1, 3]),
      summed('ij,jk->ik', [2, 0], [0, 3]),
      summed('ij,jk->ik', [0, 2], [2, 3]),
    ],
    wrong: [
      [
        [
          [2, 3],
          [4, 2],
        ],
        'the sizes 3 and 4 of "j" differ',
        { equation: 'ij,jk->ik' },
      ],
      [[[2, 3]], 'the sizes 2 and 3 of "i" differ', { equation: 'ii' }],
      [[[1, 3]], 'the sizes 1 and 3 of "i" differ', { equation: 'ii->i' }],
      [[[2, 3]], 'the equation is missing, like equation="ij,jk->ik"'],
      [[[2], [2]], 'the equation "i->i" has 1 term for 2 inputs', { equation: 'i->i' }],
      [[[2]], 'the equation "i,i" has 2 terms for one input', { equation: 'i,i' }],
      [[[2, 3]], '"i" has 1 letter for 2 axes', { equation: 'i->' }],
      [[[2]], '"ij" has 2 letters for 1 axis', { equation: 'ij->j' }],
      [[[2]], '"k" of the result is in no input', { equation: 'i->k' }],
      [[[2]], '"i" is twice in the result "ii"', { equation: 'i->ii' }],
      [[[2]], 'the equation "i->i->i" has more than one "->"', { equation: 'i->i->i' }],
      [[[2]], '"." has no place in the equation "...i": axes are letters', { equation: '...i' }],
      [[[2]], '"," has no place in the equation "i->i,": axes are letters', { equation: 'i->i,' }],
    ],
  },
  // What it leaves out is a matter of the step: these are the elements of one.
  dropout: {
    sound: [
      ...over([[4]], [[2, 3]], [[]], [[0]]),
      ...[0, 0.25, 0.9, 1].map((p) => one([[3, 4]], { p })),
    ],
    wrong: [],
  },
  // In their first step: what they keep is in train/memory.test.ts.
  previous: {
    sound: [[], [3], [2, 3]].map((shape) => {
      const parameters = { shape, initial: 0.5 }
      return { inputs: [tensor(shape), nested(0)], parameters }
    }),
    wrong: [[1], [2], [2, 3]].map((reset) => [[[], reset], 'reset is one number for all of x']),
  },
  window: {
    sound: [
      ...[1, 2, 5].map((size) => one([[]], { size })),
      ...[[1], [4], [2, 3], [0]].map((shape) => one([shape], { size: 3 })),
    ],
    wrong: [[], [3], [2, 3]].map((shape) => [[shape], 'say how many values there are: size=8']),
  },
  ewma: {
    sound: [
      ...[0.25, 1].map((alpha) => one([[]], { alpha })),
      ...[one([[]], { span: 9 }), one([[]], { half_life: 3 })],
      ...[[1], [4], [2, 3], [0]].map((shape) => one([shape], { alpha: 0.5 })),
    ],
    wrong: [
      [[[]], 'say how fast it forgets, once: alpha=0.1, span=19 or half_life=6.6'],
      [[[3]], 'say how fast it forgets, once: alpha=0.1, span=19 or half_life=6.6', { alpha: 0.5, span: 3 }], // prettier-ignore
      [[[]], 'a span is from 1 on', { span: 0.5 }],
    ],
  },
}

function summed(equation: string, ...shapes: readonly Shape[]): Case {
  return one(shapes, { equation })
}

function one(shapes: readonly Shape[], parameters: Case['parameters']): Case {
  const inputs = shapes.map((shape, index) => tensor(shape, 31 + index))
  return parameters === undefined ? { inputs } : { inputs, parameters }
}

function over(...all: readonly (readonly Shape[])[]): Case[] {
  return all.map((shapes) => one(shapes, undefined))
}

function of(values: readonly Nested[], parameters?: Case['parameters']): Case {
  const inputs = values.map(nested)
  return parameters === undefined ? { inputs } : { inputs, parameters }
}

function looked(shape: Shape, index: Nested, parameters: Case['parameters'] = {}): Case {
  return { inputs: [tensor(shape, 41), nested(index)], parameters }
}

function classified(
  shape: Shape,
  target: Nested,
  parameters: Case['parameters'] = {},
  weights: Nested = 1,
): Case {
  return { inputs: [tensor(shape, 43), nested(target), nested(weights)], parameters }
}
