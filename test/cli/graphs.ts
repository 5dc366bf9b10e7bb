/** Graph files for the tests of commands. */

export const neuron = `name: neuron
inputs: { x1: 1, x2: 1, x3: -0.02 }
targets: { t: 0.475 }
weights: { w1: 0.1, w2: 0.4 }
gates:
  o: tanh(w1 * x1 - w2 * x2 + x3)
loss: (t - o)^2
train: { epochs: 100, optimizer: sgd, learning_rate: 0.1 }
tests:
  - name: one step, by hand
    expect: { o: -0.309506921213 }
`

export const line = `inputs: [x]
targets: [y]
weights: { a: 0, b: 0 }
gates:
  line: a * x + b
loss: squared_error(line, y)
train:
  epochs: 500
  batch: 4
  learning_rate: 0.1
  data:
    rows: [{ x: 0, y: 1 }, { x: 1, y: 3 }, { x: 2, y: 5 }, { x: -1, y: -1 }]
`

/** Trains for longer than any test waits. */
export const endless = neuron.replace('epochs: 100,', 'epochs: 1000000000,')

/** Its loss is not a number from the second step on. */
export const faulty = `inputs: { x: 1 }
weights: { w: 1 }
gates:
  h: log(w * x)
loss: h * 10
train: { epochs: 10, learning_rate: 1 }
`

export const wrong = `inputs: { x: 1 }
weights: { w1: 1 }
gates:
  o: tahn(w1 * x)
loss: o^2
`
