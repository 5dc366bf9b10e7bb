/** Optimizers that scale each weight's step by the gradients it has had. Epsilons stand outside the root. */
import { optimizer } from './declare.js'

const decayed = 'where(weight_decay == 0, g, g + weight_decay * w)'

export const adagrad = optimizer({
  doc: 'Scales by the root of the sum of squared gradients.',
  source: 'Duchi, Hazan, Singer 2011, JMLR 12, 2121',
  parameters: { lr_decay: 0, weight_decay: 0, initial_accumulator_value: 0, eps: 1e-10 },
  learningRate: 0.01,
  let: { d: decayed },
  state: { sum: 'sum + d * d' },
  initial: { sum: 'initial_accumulator_value' },
  update: 'w - rate / (1 + (t - 1) * lr_decay) * d / (sqrt(sum) + eps)',
})

export const rmsprop = optimizer({
  doc: 'Scales by the root of a running mean of squared gradients.',
  source: 'Hinton 2012, lecture 6e; centered: Graves 2013, arXiv:1308.0850',
  parameters: { alpha: 0.99, eps: 1e-8, weight_decay: 0, momentum: 0, centered: false },
  learningRate: 0.01,
  let: { d: decayed },
  state: {
    square: 'alpha * square + (1 - alpha) * d * d',
    mean: 'alpha * mean + (1 - alpha) * d',
    // The variance of a gradient that stays the same may come out below 0: a root of it is NaN.
    scaled: 'd / (sqrt(where(centered, max(square - mean * mean, 0), square)) + eps)',
    buffer: 'momentum * buffer + scaled',
  },
  update: 'w - rate * where(momentum == 0, scaled, buffer)',
})

export const adadelta = optimizer({
  doc: 'Scales by the ratio of running means of squared steps and squared gradients.',
  source: 'Zeiler 2012, arXiv:1212.5701',
  parameters: { rho: 0.9, eps: 1e-6, weight_decay: 0 },
  learningRate: 1,
  let: {
    d: decayed,
    mean: 'rho * square + (1 - rho) * d * d',
    delta: 'sqrt(steps + eps) / sqrt(mean + eps) * d',
  },
  state: {
    square: 'mean',
    steps: 'rho * steps + (1 - rho) * delta * delta',
  },
  update: 'w - rate * delta',
})

export const adam = optimizer({
  doc: 'Running means of the gradient and its square, corrected for their start at 0.',
  source: 'Kingma, Ba 2014, arXiv:1412.6980; amsgrad: Reddi, Kale, Kumar 2018',
  parameters: { beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0, amsgrad: false },
  learningRate: 0.001,
  let: { d: decayed },
  state: {
    m: 'beta1 * m + (1 - beta1) * d',
    v: 'beta2 * v + (1 - beta2) * d * d',
    largest: 'max(largest, v)',
  },
  update:
    'w - rate / (1 - beta1 ^ t) * m' +
    ' / (sqrt(where(amsgrad, largest, v)) / sqrt(1 - beta2 ^ t) + eps)',
})

export const adamw = optimizer({
  doc: 'Adam with the decay of weights apart from the gradient.',
  source: 'Loshchilov, Hutter 2017, arXiv:1711.05101',
  parameters: { beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.01, amsgrad: false },
  learningRate: 0.001,
  state: {
    m: 'beta1 * m + (1 - beta1) * g',
    v: 'beta2 * v + (1 - beta2) * g * g',
    largest: 'max(largest, v)',
  },
  update:
    'w * (1 - rate * weight_decay) - rate / (1 - beta1 ^ t) * m' +
    ' / (sqrt(where(amsgrad, largest, v)) / sqrt(1 - beta2 ^ t) + eps)',
})

export const adamax = optimizer({
  doc: 'Adam with the largest gradient in place of the root of the squares.',
  source: 'Kingma, Ba 2014, arXiv:1412.6980, section 7.1; epsilon where PyTorch has it',
  parameters: { beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0 },
  learningRate: 0.002,
  let: { d: decayed },
  state: {
    m: 'beta1 * m + (1 - beta1) * d',
    u: 'max(beta2 * u, abs(d) + eps)',
  },
  update: 'w - rate / (1 - beta1 ^ t) * m / u',
})

export const nadam = optimizer({
  doc: 'Adam with the momentum of Nesterov.',
  source: 'Dozat 2016, Incorporating Nesterov Momentum into Adam',
  parameters: { beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0, momentum_decay: 0.004 },
  learningRate: 0.002,
  let: {
    d: decayed,
    mu: 'beta1 * (1 - 0.5 * 0.96 ^ (t * momentum_decay))',
    next: 'beta1 * (1 - 0.5 * 0.96 ^ ((t + 1) * momentum_decay))',
  },
  state: {
    product: 'product * mu',
    m: 'beta1 * m + (1 - beta1) * d',
    v: 'beta2 * v + (1 - beta2) * d * d',
  },
  initial: { product: '1' },
  update:
    'w - rate * (d * (1 - mu) / (1 - product) + m * next / (1 - product * next))' +
    ' / (sqrt(v / (1 - beta2 ^ t)) + eps)',
})

export const ftrl = optimizer({
  doc: 'Follows the regularized leader: sparse weights for streams of sparse features.',
  source: 'McMahan et al. 2013, doi:10.1145/2487575.2488200, algorithm 1',
  parameters: { beta: 1, l1: 0, l2: 0 },
  learningRate: 0.1,
  // It weighs all gradients since the start against 0, so weights should start there.
  let: { sigma: '(sqrt(n + g * g) - sqrt(n)) / rate' },
  state: {
    z: 'z + g - sigma * w',
    n: 'n + g * g',
  },
  update: 'where(abs(z) <= l1, 0, (sign(z) * l1 - z) / ((beta + sqrt(n)) / rate + l2))',
})
