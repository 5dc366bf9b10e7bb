/** The same network in other libraries, as their documentation would have it, with all they can do. */
import type { Problem, Train } from './hand.js'
import { loadPeer } from './peers.js'

/** Of jax-js, what is used here: arrays are handed over, unless `ref` keeps them. */
interface JaxArray {
  readonly ref: JaxArray
  add(other: JaxArray | number): JaxArray
  sub(other: JaxArray): JaxArray
  mul(other: JaxArray | number): JaxArray
  sum(): JaxArray
  reshape(shape: readonly number[]): JaxArray
  dataSync(): ArrayLike<number>
  dispose(): void
}
type JaxParameters = readonly [JaxArray, JaxArray, JaxArray, JaxArray]
type JaxLoss = (parameters: JaxParameters, x: JaxArray, y: JaxArray) => JaxArray
type JaxStep = (...all: Parameters<JaxLoss>) => readonly [JaxArray, JaxParameters]
interface Jax {
  init(device: string): Promise<readonly string[]>
  defaultDevice(device: string): void
  jit<F>(of: F): F
  valueAndGrad(of: JaxLoss): JaxStep
  readonly nn: { logSoftmax(x: JaxArray): JaxArray }
  readonly numpy: {
    array(data: Float32Array): JaxArray
    matmul(a: JaxArray, b: JaxArray): JaxArray
    tanh(x: JaxArray): JaxArray
  }
}

/** In f32, by compiled WebAssembly: the whole step is one `jit`. */
export async function trainByJax(problem: Problem): Promise<Train> {
  const jax = await loadPeer<Jax>('@jax-js/jax')
  await jax.init('wasm')
  jax.defaultDevice('wasm')
  const { inputs, hidden, classes, batch, rate } = problem
  const { numpy, nn } = jax
  const array = (data: Float32Array, ...shape: number[]) => numpy.array(data).reshape(shape)
  const loss: JaxLoss = ([w1, b1, w2, b2], x, y) => {
    const h = numpy.tanh(numpy.matmul(x, w1).add(b1))
    const logits = numpy.matmul(h, w2).add(b2)
    return nn
      .logSoftmax(logits)
      .mul(y)
      .sum()
      .mul(-1 / batch)
  }
  const step: JaxStep = jax.jit((parameters: JaxParameters, x: JaxArray, y: JaxArray) => {
    const kept = parameters.map((each) => each.ref) as unknown as JaxParameters // as many
    const [value, gradients] = jax.valueAndGrad(loss)(kept, x, y)
    const next = parameters.map((each, at) => each.sub(gradients[at]!.mul(rate)))
    return [value, next as unknown as JaxParameters] as const
  })
  const [w1, b1, w2, b2] = problem.weights.map((each) => Float32Array.from(each)) as [Float32Array, Float32Array, Float32Array, Float32Array] // prettier-ignore
  let parameters: JaxParameters = [
    array(w1, inputs, hidden),
    array(b1, hidden),
    array(w2, hidden, classes),
    array(b2, classes),
  ]
  const data = batchesOf(problem).map(({ x, y }) => {
    return { x: array(x, batch, inputs), y: array(y, batch, classes) }
  })
  return (epochs) => {
    let total = 0
    for (let epoch = 0; epoch < epochs; epoch++) {
      for (const { x, y } of data) {
        const [value, next] = step(parameters, x.ref, y.ref)
        parameters = next
        // Reading it waits for it: only what is returned is read.
        if (epoch === epochs - 1) total += value.dataSync()[0]!
        else value.dispose()
      }
    }
    return total / data.length
  }
}

/** Of TensorFlow.js, what is used here. */
interface Tensor {
  matMul(other: Tensor): Tensor
  add(other: Tensor): Tensor
  tanh(): Tensor
  dataSync(): ArrayLike<number>
  dispose(): void
}
interface TensorFlow {
  setBackend(name: string): Promise<boolean>
  tensor(data: Float32Array, shape: readonly number[]): Tensor
  variable(of: Tensor): Tensor
  matMul(a: Tensor, b: Tensor): Tensor
  add(a: Tensor, b: Tensor): Tensor
  tanh(x: Tensor): Tensor
  readonly losses: { softmaxCrossEntropy(onehot: Tensor, logits: Tensor): Tensor }
  readonly train: {
    sgd(rate: number): { minimize(loss: () => Tensor, give: boolean): Tensor }
  }
}

/** In f32, by its kernels in JavaScript or in WebAssembly. */
export async function trainByTensorFlow(problem: Problem, backend: 'cpu' | 'wasm'): Promise<Train> {
  const module = await loadPeer<TensorFlow & { default?: TensorFlow }>('@tensorflow/tfjs')
  const tf = module.default ?? module
  if (backend === 'wasm') await loadPeer('@tensorflow/tfjs-backend-wasm')
  if (!(await tf.setBackend(backend))) throw new Error(`no backend ${backend}`)
  const { inputs, hidden, classes, batch, rate } = problem
  const shapes = [[inputs, hidden], [hidden], [hidden, classes], [classes]]
  const [w1, b1, w2, b2] = problem.weights.map((each, at) => {
    return tf.variable(tf.tensor(Float32Array.from(each), shapes[at]!))
  }) as [Tensor, Tensor, Tensor, Tensor]
  const data = batchesOf(problem).map(({ x, y }) => {
    return { x: tf.tensor(x, [batch, inputs]), y: tf.tensor(y, [batch, classes]) }
  })
  const sgd = tf.train.sgd(rate)
  return (epochs) => {
    // It has been made ready, so that this is done at once.
    void tf.setBackend(backend)
    let total = 0
    for (let epoch = 0; epoch < epochs; epoch++) {
      for (const { x, y } of data) {
        const value = sgd.minimize(() => {
          const h = tf.tanh(tf.add(tf.matMul(x, w1), b1))
          return tf.losses.softmaxCrossEntropy(y, tf.add(tf.matMul(h, w2), b2))
        }, true)
        if (epoch === epochs - 1) total += value.dataSync()[0]!
        value.dispose()
      }
    }
    return total / data.length
  }
}

function batchesOf({ inputs, classes, batch, batches, x, k }: Problem) {
  return Array.from({ length: batches }, (_, turn) => {
    const first = turn * batch
    const y = new Float32Array(batch * classes)
    for (let row = 0; row < batch; row++) y[row * classes + k[first + row]!] = 1
    return { x: Float32Array.from(x.subarray(first * inputs, (first + batch) * inputs)), y }
  })
}
