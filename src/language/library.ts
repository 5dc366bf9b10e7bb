/** The modules that every graph knows. `graphs/modules/layers.yaml` is the same text, for people. */

/** What the text is called in messages. */
export const libraryFile = 'eagre/graphs/modules/layers.yaml'

/** The names of its modules. */
export const libraryModules: readonly string[] = ['dense', 'linear', 'embed', 'scale_shift', 'normalize', 'attention'] // prettier-ignore

/** The text of the library: a graph file of nothing but modules. */
export const libraryText = String.raw`# The modules that every graph may call by name. A graph that declares one of the same name
# replaces it.
modules:
  dense:
    description: A linear layer with a bias and an activation.
    inputs: { x: { shape: [..., n] } }
    options: { units: , activation: identity, init: xavier_uniform }
    weights:
      W: { shape: [n, units], init: init }
      b: { shape: [units], init: zeros }
    gates:
      z: x @ W + b
      y: activation(z)

  linear:
    description: A linear layer without a bias.
    inputs: { x: { shape: [..., n] } }
    options: { units: , init: xavier_uniform }
    weights: { W: { shape: [n, units], init: init } }
    gates: { y: x @ W }

  embed:
    description: A learned vector for each index.
    inputs: [index]
    options: { rows: , width: }
    weights: { W: { shape: [rows, width], init: normal } }
    gates: { y: 'embedding(W, index)' }

  scale_shift:
    description: A learned scale and shift for each element of the last axis.
    inputs: { x: { shape: [..., n] } }
    weights:
      scale: { shape: [n], init: ones }
      shift: { shape: [n], init: zeros }
    gates: { y: x * scale + shift }

  normalize:
    description: Layer normalization over the last axis with a learned scale and shift.
    inputs: { x: { shape: [..., n] } }
    options: { eps: 1e-5 }
    gates: { y: 'scale_shift(layer_norm(x, axis=-1, eps=eps))' }

  attention:
    description: Scaled dot-product attention with a single head, over rows.
    inputs:
      query: { shape: [queries, n] }
      key: { shape: [rows, n] }
      value: { shape: [rows, m] }
    gates:
      scores: query @ transpose(key) / sqrt(n)
      shares: softmax(scores, axis=-1)
      y: shares @ value
    outputs: [y, shares]
`
