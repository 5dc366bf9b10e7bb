/** A network of one hidden layer written by hand, as loops over typed arrays. */

/** What is trained on what. */
export interface Problem {
  readonly inputs: number
  readonly hidden: number
  readonly classes: number
  readonly batch: number
  readonly batches: number
  readonly rate: number
  /** A row for each sample. */
  readonly x: Float64Array
  /** The class of each sample. */
  readonly k: Int32Array
  /** The weights to begin with: `[inputs, hidden]`, `[hidden]`, `[hidden, classes]`, `[classes]`. */
  readonly weights: readonly [Float64Array, Float64Array, Float64Array, Float64Array]
}

/** Trains for so many epochs on from where it is, and returns the mean loss of the last one. */
export type Train = (epochs: number) => number

/** For one sample at a time the gradient goes right into the weights. */
export function trainByHand(problem: Problem): Train {
  return problem.batch === 1 ? single(problem) : batched(problem)
}

function single({ inputs, hidden, classes, batches, rate, x, k, weights }: Problem): Train {
  const [w1, b1, w2, b2] = weights.map((each) => each.slice()) as [Float64Array, Float64Array, Float64Array, Float64Array] // prettier-ignore
  const h = new Float64Array(hidden)
  const p = new Float64Array(classes)
  const dh = new Float64Array(hidden)
  return (epochs) => {
    let total = 0
    for (let epoch = 0; epoch < epochs; epoch++) {
      total = 0
      for (let row = 0; row < batches; row++) {
        const from = row * inputs
        for (let j = 0; j < hidden; j++) h[j] = b1[j]!
        for (let i = 0; i < inputs; i++) {
          const xi = x[from + i]!
          const at = i * hidden
          for (let j = 0; j < hidden; j++) h[j]! += xi * w1[at + j]!
        }
        for (let j = 0; j < hidden; j++) h[j] = Math.tanh(h[j]!)
        for (let c = 0; c < classes; c++) p[c] = b2[c]!
        for (let j = 0; j < hidden; j++) {
          const hj = h[j]!
          const at = j * classes
          for (let c = 0; c < classes; c++) p[c]! += hj * w2[at + c]!
        }
        total += softmax(p, 0, classes, k[row]!)
        p[k[row]!]! -= 1
        for (let j = 0; j < hidden; j++) {
          const at = j * classes
          const hj = h[j]!
          let sum = 0
          for (let c = 0; c < classes; c++) {
            sum += w2[at + c]! * p[c]!
            w2[at + c]! -= rate * hj * p[c]!
          }
          dh[j] = sum * (1 - hj * hj)
        }
        for (let c = 0; c < classes; c++) b2[c]! -= rate * p[c]!
        for (let i = 0; i < inputs; i++) {
          const step = rate * x[from + i]!
          const at = i * hidden
          for (let j = 0; j < hidden; j++) w1[at + j]! -= step * dh[j]!
        }
        for (let j = 0; j < hidden; j++) b1[j]! -= rate * dh[j]!
      }
    }
    return total / batches
  }
}

function batched(problem: Problem): Train {
  const { inputs, hidden, classes, batch, batches, rate, x, k, weights } = problem
  const [w1, b1, w2, b2] = weights.map((each) => each.slice()) as [Float64Array, Float64Array, Float64Array, Float64Array] // prettier-ignore
  const h = new Float64Array(batch * hidden)
  const p = new Float64Array(batch * classes)
  const dh = new Float64Array(batch * hidden)
  return (epochs) => {
    let total = 0
    for (let epoch = 0; epoch < epochs; epoch++) {
      total = 0
      for (let turn = 0; turn < batches; turn++) {
        const first = turn * batch
        addProduct(h, x, first * inputs, w1, b1, batch, inputs, hidden)
        for (let i = 0; i < h.length; i++) h[i] = Math.tanh(h[i]!)
        addProduct(p, h, 0, w2, b2, batch, hidden, classes)
        for (let row = 0; row < batch; row++) {
          total += softmax(p, row * classes, classes, k[first + row]!)
          p[row * classes + k[first + row]!]! -= 1
        }
        for (let i = 0; i < p.length; i++) p[i]! /= batch
        for (let row = 0; row < batch; row++) {
          for (let j = 0; j < hidden; j++) {
            let sum = 0
            for (let c = 0; c < classes; c++) sum += w2[j * classes + c]! * p[row * classes + c]!
            const hj = h[row * hidden + j]!
            dh[row * hidden + j] = sum * (1 - hj * hj)
          }
        }
        descend(w2, b2, h, 0, p, batch, hidden, classes, rate)
        descend(w1, b1, x, first * inputs, dh, batch, inputs, hidden, rate)
      }
    }
    return total / (batch * batches)
  }
}

/** y = b + x @ w, row by row. */
function addProduct(
  y: Float64Array,
  x: Float64Array,
  xAt: number,
  w: Float64Array,
  b: Float64Array,
  rows: number,
  inner: number,
  n: number,
): void {
  for (let row = 0; row < rows; row++) {
    const to = row * n
    for (let j = 0; j < n; j++) y[to + j] = b[j]!
    for (let i = 0; i < inner; i++) {
      const factor = x[xAt + row * inner + i]!
      const at = i * n
      for (let j = 0; j < n; j++) y[to + j]! += factor * w[at + j]!
    }
  }
}

/** w -= rate * transpose(x) @ g, and b -= rate * the sum of the rows of g. */
function descend(
  w: Float64Array,
  b: Float64Array,
  x: Float64Array,
  xAt: number,
  g: Float64Array,
  rows: number,
  inner: number,
  n: number,
  rate: number,
): void {
  for (let row = 0; row < rows; row++) {
    const from = row * n
    for (let j = 0; j < n; j++) b[j]! -= rate * g[from + j]!
    for (let i = 0; i < inner; i++) {
      const step = rate * x[xAt + row * inner + i]!
      const at = i * n
      for (let j = 0; j < n; j++) w[at + j]! -= step * g[from + j]!
    }
  }
}

/** Logits become probabilities, in place; returns the loss. */
function softmax(p: Float64Array, at: number, classes: number, right: number): number {
  let most = -Infinity
  for (let c = 0; c < classes; c++) most = Math.max(most, p[at + c]!)
  let sum = 0
  for (let c = 0; c < classes; c++) sum += p[at + c] = Math.exp(p[at + c]! - most)
  for (let c = 0; c < classes; c++) p[at + c]! /= sum
  return -Math.log(p[at + right]!)
}
