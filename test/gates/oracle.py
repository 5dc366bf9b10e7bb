"""
What PyTorch says gates of tensors compute, in float64: prints test/gates/torch.json.
Run as: python3 test/gates/oracle.py > test/gates/torch.json
A row has the gate, its inputs, its parameters, the gradient that arrives, the value and the
gradients; null where PyTorch has none.
"""
import json, math
import torch as T, torch.nn.functional as F

T.set_default_dtype(T.float64)
T.manual_seed(11)


def number(x):
    if math.isnan(x): return 'NaN'
    if math.isinf(x): return 'Infinity' if x > 0 else '-Infinity'
    return x


def tensor(x):
    return {'shape': list(x.shape), 'data': [number(float(v)) for v in x.detach().reshape(-1)]}


def axis(f):
    """Reductions: PyTorch says dim and keepdim, and needs all axes named for some."""
    def call(x, axis='all', keepdims=False, **rest):
        dims = list(range(x.dim())) if axis == 'all' else axis
        return f(x, dims, keepdims, **rest)
    return call


def one(f):
    """PyTorch reduces some along one axis only."""
    return axis(lambda x, d, k: f(x.reshape(-1), 0, False) if isinstance(d, list) else f(x, d, k))


def cross(x, t, w, axis=-1, label_smoothing=0.0, reduction='none'):
    weight = w.detach().expand(x.shape[axis]).contiguous()
    moved = x.movedim(axis, 1) if x.dim() > 1 else x
    return F.cross_entropy(moved, t.long(), weight, reduction=reduction, label_smoothing=label_smoothing)


def rms(x, axis=-1, eps=1e-5):
    return x / ((x * x).mean(axis, keepdim=True) + eps).sqrt()


def cut(x, axis=0, start=0, stop=None, step=1):
    index = [slice(None)] * x.dim()
    index[axis] = slice(start, stop, step)
    return x[tuple(index)]


gates = {
    'matmul': T.matmul, 'dot': T.dot, 'outer': T.outer,
    'sum': axis(lambda x, d, k: x.sum(d, k)), 'mean': axis(lambda x, d, k: x.mean(d, k)),
    'prod': one(lambda x, d, k: x.prod(d, k)),
    'max': one(lambda x, d, k: x.max(d, k).values), 'min': one(lambda x, d, k: x.min(d, k).values),
    'argmax': one(lambda x, d, k: x.argmax(d, k) * 1.0),
    'var': axis(lambda x, d, k, correction=1: T.var(x, d, correction=correction, keepdim=k)),
    'std': axis(lambda x, d, k, correction=1: T.std(x, d, correction=correction, keepdim=k)),
    'norm': axis(lambda x, d, k, order=2: T.linalg.vector_norm(x, order, d, k)),
    'logsumexp': axis(lambda x, d, k: x.logsumexp(d, k)),
    'softmax': lambda x, axis=-1: x.softmax(axis), 'log_softmax': lambda x, axis=-1: x.log_softmax(axis),
    'cumsum': lambda x, axis=-1: x.cumsum(axis),
    'layer_norm': lambda x, axis=-1, eps=1e-5: F.layer_norm(x, x.shape[axis:], eps=eps),
    'rms_norm': rms,
    'cross_entropy': cross,
    **{name: (lambda f: lambda p, t, reduction='none', **k: f(p, t.expand(p.shape), reduction=reduction, **k))(f)
       for name, f in {'squared_error': F.mse_loss, 'mse_loss': F.mse_loss, 'absolute_error': F.l1_loss,
                       'huber': F.huber_loss, 'smooth_l1': F.smooth_l1_loss,
                       'logistic_loss': F.binary_cross_entropy_with_logits,
                       'poisson': F.poisson_nll_loss}.items()},
    'one_hot': lambda i, classes: F.one_hot(i.long(), classes) * 1.0,
    'embedding': lambda t, i: F.embedding(i.long(), t),
    'gather': lambda x, i, axis=0: x.gather(axis, i.long()),
    'reshape': lambda x, shape=[-1]: x.reshape(shape),
    'flatten': lambda x, start=0, end=-1: x.flatten(start, end),
    'transpose': lambda x, axes=None: x.permute(axes or list(reversed(range(x.dim())))),
    'slice': cut,
    'einsum': lambda *x, equation: T.einsum(equation, *x),
    'concat': lambda *x, axis=0: T.cat(x, axis), 'stack': lambda *x, axis=0: T.stack(x, axis),
}


def r(*shape):
    return T.round(T.randn(shape) * 1000) / 1000


def t(x):
    return T.tensor(x, dtype=T.float64)


inf, nan = math.inf, math.nan
ties = t([[3, 1, 3], [2, 2, 2]])
huge = t([[1000, 1001, 999], [-1000, -1001, -1002], [0, 800, -800]])
calls = [
    ('matmul', [r(3), r(3)]), ('matmul', [r(2, 3), r(3)]), ('matmul', [r(3), r(3, 2)]),
    ('matmul', [r(2, 3), r(3, 4)]), ('matmul', [r(2, 2, 3), r(3, 2)]), ('matmul', [r(3), r(2, 3, 2)]),
    ('matmul', [r(2, 1, 2, 3), r(2, 3, 2)]), ('matmul', [r(2, 2, 3), r(3)]),
    ('matmul', [r(0, 3), r(3, 2)]), ('matmul', [r(2, 0), r(0, 3)]),
    ('dot', [r(4), r(4)]), ('outer', [r(2), r(3)]),
    *[(g, [r(2, 3)], p) for g in ['sum', 'mean', 'prod', 'max', 'min', 'argmax', 'var', 'std', 'norm', 'logsumexp']
      for p in [{}, {'axis': 0}, {'axis': -1, 'keepdims': True}]],
    *[(g, [r(2, 3, 2)], {'axis': [0, 2]}) for g in ['sum', 'mean', 'var', 'std', 'norm', 'logsumexp']],
    *[(g, [ties], {'axis': 1}) for g in ['max', 'min', 'argmax', 'var', 'std']],
    *[(g, [t([[1, nan, 3], [2, 5, nan]])], {'axis': 1}) for g in ['max', 'min', 'argmax']],
    *[(g, [t([])]) for g in ['sum', 'mean', 'prod', 'norm', 'logsumexp', 'var']],
    *[(g, [r(0, 3)], {'axis': 1}) for g in ['sum', 'mean', 'prod', 'max', 'argmax', 'var', 'logsumexp']],
    ('var', [t([2.0])]), ('std', [t([2.0])]), ('var', [r(4)], {'correction': 0}), ('std', [r(4)], {'correction': 0}),
    ('prod', [t([2.0, 0, 3])]), ('prod', [t([0.0, 2, 0])]),
    ('norm', [t([0.0, 0])]), ('norm', [r(4)], {'order': 1}), ('norm', [t([1.0, 0, -2])], {'order': 3}),
    *[(g, [huge]) for g in ['softmax', 'log_softmax']],
    ('logsumexp', [huge], {'axis': 1}), ('logsumexp', [t([-inf, 1.0, 2.0])]),
    ('softmax', [t([-inf, 1.0, 2.0])]), ('softmax', [r(2, 3, 2)], {'axis': 1}),
    ('log_softmax', [r(2, 3, 2)], {'axis': 1}), ('softmax', [r(0, 3)]), ('log_softmax', [r(2, 0)]),
    ('cumsum', [r(2, 3)], {'axis': 0}), ('cumsum', [r(2, 3)]),
    ('layer_norm', [r(2, 4)]), ('layer_norm', [t([[2.0, 2, 2]])]), ('layer_norm', [r(2, 4)], {'eps': 0.1}), ('layer_norm', [r(0, 4)]),
    ('rms_norm', [r(2, 4)]),
    ('cross_entropy', [r(4), t(2), t(1)]), ('cross_entropy', [r(3, 4), t([0, 3, 1]), t(1)]),
    ('cross_entropy', [r(3, 4), t([0, 3, 1]), t(1)], {'label_smoothing': 0.2}),
    ('cross_entropy', [r(3, 4), t([0, 3, 1]), t([0.5, 1, 2, 3])]),
    ('cross_entropy', [r(3, 4), t([0, 3, 1]), t([0.5, 1, 2, 3])], {'label_smoothing': 0.2}),
    ('cross_entropy', [r(2, 3, 2), t([[0, 2], [1, 1]]), t(1)], {'axis': 1}),
    ('cross_entropy', [huge, t([0, 1, 2]), t(1)]),
    ('cross_entropy', [r(3, 4), t([0, 3, 1]), t([0.5, 1, 2, 3])], {'reduction': 'mean'}),
    ('cross_entropy', [r(3, 4), t([0, 3, 1]), t(1)], {'reduction': 'mean', 'label_smoothing': 0.2}),
    ('cross_entropy', [r(3, 4), t([0, 3, 1]), t([0.5, 1, 2, 3])], {'reduction': 'sum', 'label_smoothing': 0.2}),
    ('cross_entropy', [r(0, 4), t([]), t(1)], {'reduction': 'mean'}),
    *[(g, [r(2, 3), target], {'reduction': how})
      for g in ['squared_error', 'mse_loss', 'absolute_error', 'huber', 'smooth_l1', 'logistic_loss', 'poisson']
      for how in ['none', 'sum', 'mean'] for target in [r(2, 3), r(3)]],
    ('mse_loss', [r(0, 3), r(0, 3)], {'reduction': 'mean'}), ('mse_loss', [r(0, 3), r(0, 3)], {'reduction': 'sum'}),
    ('one_hot', [t([2, 0])], {'classes': 3}),
    ('embedding', [r(4, 2), t([3, 1, 3])]), ('embedding', [r(4, 2), t([[0], [1]])]),
    ('gather', [r(2, 3), t([[2, 0], [1, 1]])], {'axis': 1}), ('gather', [r(3, 2), t([[2, 0]])]),
    ('reshape', [r(2, 3)], {'shape': [3, -1]}), ('flatten', [r(2, 3, 2)], {'start': 1}),
    ('transpose', [r(2, 3)]), ('transpose', [r(2, 3, 2)], {'axes': [1, 2, 0]}),
    ('slice', [r(5)], {'start': 1, 'stop': -1, 'step': 2}), ('slice', [r(2, 4)], {'axis': 1, 'start': -2}),
    ('concat', [r(2, 1), r(2, 2)], {'axis': 1}), ('stack', [r(2), r(2)], {'axis': 1}),
    *[('einsum', [r(*shape) for shape in shapes], {'equation': equation}) for equation, *shapes in [
        ('ij,jk->ik', (2, 3), (3, 4)), ('ij,jk', (2, 3), (3, 4)), ('kj,ji', (2, 3), (3, 4)), ('bA,Ac', (2, 3), (3, 4)),
        ('bij,bjk->bik', (2, 2, 3), (2, 3, 2)), ('bhqd,bhkd->bhqk', (1, 2, 3, 2), (1, 2, 2, 2)),
        ('ii->i', (3, 3)), ('ii', (3, 3)), ('ii->', (3, 3)), ('iij->ji', (2, 2, 3)), ('ij->', (2, 3)), ('ij->j', (2, 3)), ('ba', (2, 3)),
        ('i,j->ij', (2,), (3,)), ('i,i->', (4,), (4,)), ('i,i', (4,), (4,)), (',i->i', (), (3,)), (' i j , j -> i ', (2, 3), (3,)),
        ('ij,jk,kl->il', (2, 3), (3, 2), (2, 4)), ('bn,anm,bm->ba', (2, 3), (4, 3, 2), (2, 2)), ('i,i,i,ij->j', (2,), (2,), (2,), (2, 3)),
        ('ij,jk->ik', (2, 1), (3, 2)), ('ij,jk->ik', (2, 0), (0, 3)), ('ij,jk->ik', (0, 2), (2, 3))]],
]
rows = []
for gate, inputs, *rest in calls:
    parameters = rest[0] if rest else {}
    leaves = [x.clone().requires_grad_() for x in inputs]
    y = gates[gate](*leaves, **parameters)
    g = r(*y.shape)
    gradients = T.autograd.grad(y, leaves, g, allow_unused=True) if y.requires_grad else [None] * len(leaves)
    rows.append({'gate': gate, 'inputs': [tensor(x) for x in inputs], 'parameters': parameters,
                 'g': tensor(g)['data'], 'value': tensor(y),
                 'gradients': [None if x is None else tensor(x)['data'] for x in gradients]})

nets = []
for batch in [(4,), (), (0,)]:
    x, w1, b1, w2, b2 = r(*batch, 5), r(5, 6), r(6), r(6, 3), r(3)
    target = T.randint(0, 3, batch)
    leaves = [v.requires_grad_() for v in [x, w1, b1, w2, b2]]
    h = T.tanh(x @ w1 + b1)
    n = F.layer_norm(h, (6,))
    loss = F.cross_entropy(n @ w2 + b2, target, reduction='none').sum()
    gradients = T.autograd.grad(loss, leaves)
    nets.append({'inputs': [tensor(v) for v in leaves], 'target': tensor(target * 1.0), 'loss': float(loss),
                 'gradients': [tensor(v)['data'] for v in gradients]})
print('{"rows": [')
print(',\n'.join(json.dumps(row) for row in rows))
print('], "nets": [')
print(',\n'.join(json.dumps(net) for net in nets))
print(']}')
