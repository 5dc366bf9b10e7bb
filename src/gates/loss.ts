/**
 * Losses: the prediction, then the target, and no hidden factor: of tensors they are tensors,
 * unless `reduction` says otherwise. Names, parameters and defaults
 * are PyTorch's where it has the loss.
 */
import { pointwise } from './pointwise.js'

export const squared_error = pointwise({
  doc: 'The square of the difference.',
  inputs: ['prediction', 'target'],
  reduction: 'none',
  value: '(prediction - target)^2',
  gradients: {
    prediction: 'g * (2 * (prediction - target))',
    target: '-g * (2 * (prediction - target))',
  },
})

export const mse_loss = pointwise({
  doc: 'The mean of the squared differences of all elements.',
  inputs: ['prediction', 'target'],
  reduction: 'mean',
  value: '(prediction - target)^2',
  gradients: {
    prediction: 'g * (2 * (prediction - target))',
    target: '-g * (2 * (prediction - target))',
  },
})

export const absolute_error = pointwise({
  doc: 'The size of the difference; slope 0 where there is none.',
  inputs: ['prediction', 'target'],
  reduction: 'none',
  value: 'abs(prediction - target)',
  gradients: {
    prediction: 'g * sign(prediction - target)',
    target: '-g * sign(prediction - target)',
  },
})

const HUBER_SLOPE = 'min(max(prediction - target, -delta), delta)'

export const huber = pointwise({
  doc: 'Half the square of a difference up to delta, and beyond a line that goes on from there.',
  source: 'Huber 1964, doi:10.1214/aoms/1177703732',
  inputs: ['prediction', 'target'],
  reduction: 'none',
  parameters: { delta: { default: 1, minimum: 0, exclusive: true } },
  value: `where(abs(prediction - target) <= delta,
            0.5 * (prediction - target)^2,
            delta * (abs(prediction - target) - 0.5 * delta))`,
  gradients: { prediction: `g * ${HUBER_SLOPE}`, target: `-g * ${HUBER_SLOPE}` },
})

const SMOOTH_SLOPE = `where(abs(prediction - target) < beta,
  (prediction - target) / beta, sign(prediction - target))`

export const smooth_l1 = pointwise({
  doc: 'The absolute error, rounded off for differences below beta: huber / beta.',
  inputs: ['prediction', 'target'],
  reduction: 'none',
  parameters: { beta: { default: 1, minimum: 0 } },
  value: `where(abs(prediction - target) < beta,
            0.5 * (prediction - target)^2 / beta,
            abs(prediction - target) - 0.5 * beta)`,
  gradients: { prediction: `g * ${SMOOTH_SLOPE}`, target: `-g * ${SMOOTH_SLOPE}` },
})

export const log_cosh = pointwise({
  doc: 'log(cosh(prediction - target)): half the square when small, the absolute error when large.',
  inputs: ['prediction', 'target'],
  reduction: 'none',
  // cosh(z) is 1 + 2 sinh(z/2)^2, which keeps the digits of small differences and overflows for
  // large ones; it is also exp|z| (1 + exp(-2|z|)) / 2.
  value: `where(abs(prediction - target) < 1,
            log1p(2 * sinh((prediction - target) / 2)^2),
            abs(prediction - target) + log1p(exp(-2 * abs(prediction - target))) - log(2))`,
  gradients: {
    prediction: 'g * tanh(prediction - target)',
    target: '-g * tanh(prediction - target)',
  },
})

export const binary_cross_entropy = pointwise({
  doc: 'Cross entropy of a probability; its logarithms are cut off at -100.',
  inputs: ['prediction', 'target'],
  reduction: 'none',
  value: `(target - 1) * max(log1p(-prediction), -100) - target * max(log(prediction), -100)`,
  gradients: {
    prediction: 'g * ((prediction - target) / max((1 - prediction) * prediction, 1e-12))',
    target: 'g * (max(log1p(-prediction), -100) - max(log(prediction), -100))',
  },
})

export const logistic_loss = pointwise({
  doc: 'Cross entropy of sigmoid(prediction), which is a logit.',
  inputs: ['prediction', 'target'],
  reduction: 'none',
  value: 'max(prediction, 0) - prediction * target + log1p(exp(-abs(prediction)))',
  gradients: { prediction: 'g * (sigmoid(prediction) - target)', target: '-g * prediction' },
})

export const hinge = pointwise({
  doc: 'max(0, margin - prediction target) for a target of -1 or 1; slope 0 at the margin.',
  inputs: ['prediction', 'target'],
  reduction: 'none',
  parameters: { margin: 1 },
  value: 'max(margin - prediction * target, 0)',
  gradients: {
    prediction: 'where(margin - prediction * target <= 0, 0, -g * target)',
    target: 'where(margin - prediction * target <= 0, 0, -g * prediction)',
  },
})

export const poisson = pointwise({
  doc: 'Negative log likelihood of a Poisson rate, or of its logarithm; full adds log(target!).',
  source: 'PyTorch poisson_nll_loss; full uses Stirling for targets above 1',
  inputs: ['prediction', 'target'],
  reduction: 'none',
  parameters: { log_input: true, full: false, eps: { default: 1e-8, minimum: 0 } },
  value: `where(log_input,
            exp(prediction) - target * prediction,
            prediction - target * log(prediction + eps))
          + where(full, where(target > 1,
            target * log(target) - target + 0.5 * log(6.283185307179586 * target), 0), 0)`,
  gradients: {
    prediction: `g * where(log_input, exp(prediction) - target, 1 - target / (prediction + eps))`,
    target: `g * (where(log_input, -prediction, -log(prediction + eps))
      + where(full, where(target > 1, log(target) + 0.5 / target, 0), 0))`,
  },
})

const PINBALL_SLOPE = `where(prediction < target, -quantile,
  where(prediction > target, 1 - quantile, 0.5 - quantile))`

export const pinball_loss = pointwise({
  doc: 'Finds a quantile: each unit too low costs quantile, each unit too high the rest to 1.',
  source: 'Koenker, Bassett 1978, doi:10.2307/1913643',
  inputs: ['prediction', 'target'],
  reduction: 'none',
  parameters: { quantile: { default: 0.5, minimum: 0, maximum: 1 } },
  value: 'max(quantile * (target - prediction), (quantile - 1) * (target - prediction))',
  // Where both slopes are due they share in halves, as in max.
  gradients: { prediction: `g * ${PINBALL_SLOPE}`, target: `-g * ${PINBALL_SLOPE}` },
})
