/** Gradient descent with and without momentum. */
import { optimizer } from './declare.js'

export const sgd = optimizer({
  doc: 'Stochastic gradient descent, with optional momentum.',
  source: 'Robbins and Monro 1951; momentum as in Sutskever et al. 2013, in the form of PyTorch',
  parameters: { momentum: 0, dampening: 0, weight_decay: 0, nesterov: false },
  learningRate: 0.001,
  let: { d: 'where(weight_decay == 0, g, g + weight_decay * w)' },
  state: {
    // The buffer starts as the first gradient, undamped.
    buffer: 'where(t == 1, d, momentum * buffer + (1 - dampening) * d)',
  },
  update: 'w - rate * where(momentum == 0, d, where(nesterov, d + momentum * buffer, buffer))',
})
