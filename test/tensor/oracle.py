"""
PyTorch's loss and gradients, in float64, for one graph of each kind: prints test/tensor/torch.json.
Run as: python3 test/tensor/oracle.py > test/tensor/torch.json
"""
import json
import torch as T, torch.nn.functional as F

T.set_default_dtype(T.float64)
T.manual_seed(3)


def r(*shape):
    return T.round(T.randn(shape) * 1000) / 1000


def graph(name, weights, gates, loss, formula, constants={}):
    """The graph's text holds the numbers; empty tensors have no list of their own to be written as."""
    leaves = {k: v.clone().requires_grad_() for k, v in weights.items()}
    value = loss(**leaves, **constants)
    gradients = T.autograd.grad(value, list(leaves.values()))

    def section(title, tensors):
        return [title + ':'] + [f'  {k}: ' + (json.dumps(v.tolist()) if v.numel() else f'{{ shape: {list(v.shape)}, init: zeros }}')
                                for k, v in tensors.items()]
    lines = section('weights', weights) + (section('constants', constants) if constants else [])
    lines += ['gates:'] + [f'  {k}: {json.dumps(v)}' for k, v in gates.items()] + [f'loss: {json.dumps(formula)}']
    return {'name': name, 'text': '\n'.join(lines) + '\n', 'loss': value.item(),
            'gradients': {k: {'shape': list(g.shape), 'data': g.reshape(-1).tolist()}
                          for k, g in zip(leaves, gradients)}}


target = T.tensor([0, 2, 1, 2])
words = T.tensor([3, 1, 3, 0])
graphs = [
    graph('a classifier of two layers', {'x': r(4, 5), 'W1': r(5, 6), 'b1': r(6), 'W2': r(6, 3), 'b2': r(3)},
          {'h': 'tanh(x @ W1 + b1)', 'logits': 'h @ W2 + b2'},
          lambda x, W1, b1, W2, b2, t: F.cross_entropy(T.tanh(x @ W1 + b1) @ W2 + b2, t.long(), label_smoothing=0.1),
          'cross_entropy(logits, t, reduction=mean, label_smoothing=0.1)', {'t': target * 1.0}),
    graph('embeddings', {'table': r(5, 3), 'W': r(3, 2)},
          {'e': 'embedding(table, words)', 'bag': 'max(e, axis=0)', 'y': 'relu(bag @ W)'},
          lambda table, W, words: (F.relu(F.embedding(words.long(), table).max(0).values @ W) ** 2).sum(),
          'sum(y^2)', {'words': words * 1.0}),
    graph('attention', {'x': r(4, 6), 'Q': r(2, 6, 3), 'K': r(2, 6, 3), 'V': r(2, 6, 3)},
          {'q': 'x @ Q', 'k': 'transpose(x @ K, axes=[0, 2, 1])', 'a': 'softmax(q @ k / sqrt(n), axis=-1)',
           'o': 'transpose(a @ (x @ V), axes=[1, 0, 2])', 'y': 'reshape(o, shape=[4, 6]) + x'},
          lambda x, Q, K, V, n: ((((x @ Q) @ (x @ K).transpose(1, 2) / 3 ** 0.5).softmax(-1) @ (x @ V))
                                 .transpose(0, 1).reshape(4, 6) + x).pow(2).mean(),
          'mean(y^2)', {'n': T.tensor(3.0)}),
    graph('layer norm', {'x': r(3, 4), 'scale': r(4), 'shift': r(4)},
          {'y': 'layer_norm(x) * scale + shift'},
          lambda x, scale, shift: T.sigmoid(F.layer_norm(x, (4,), scale, shift)).sum(), 'sum(sigmoid(y))'),
    graph('a mixture of reductions', {'x': r(2, 3, 4)},
          {'a': 'logsumexp(x, axis=[0, 2])', 'b': 'std(x, axis=1, keepdims=true)', 'c': 'norm(x, axis=-1)',
           'd': 'max(x, axis=0) - min(x, axis=0)', 'e': 'mean(x, axis=[1, 2], keepdims=true)',
           'f': 'prod(slice(x, axis=2, stop=2), axis=2)', 'z': 'cumsum((x - e) / b, axis=1)'},
          lambda x: x.logsumexp((0, 2)).sum() + (x.norm(dim=-1) * x[:, :, :2].prod(2)).sum()
          + ((x.max(0).values - x.min(0).values) * ((x - x.mean((1, 2), True)) / x.std(1, keepdim=True)).cumsum(1)).mean()
          + x.var(),
          'sum(a) + sum(c * f) + mean(d * z) + var(x)'),
    graph('an empty batch', {'x': r(0, 5), 'W': r(5, 3), 'b': r(3)},
          {'y': 'softmax(x @ W + b)'},
          lambda x, W, b: (x @ W + b).softmax(-1).sum() + (b * b).sum(), 'sum(y) + sum(b * b)'),
]
print('[')
print(',\n'.join(json.dumps(g) for g in graphs))
print(']')
