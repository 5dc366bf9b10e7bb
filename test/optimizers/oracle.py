# Writes torch.json: what PyTorch's optimizers make of a fixed problem of three weights in 100
# steps, and its schedules in 40 ticks. Run: python3 oracle.py > torch.json (made with torch 1.13)
import json
import math
import torch

def gradient(w):
    a, b, c = w
    return [a ** 3 - b, torch.sin(b) + 0.5 * c, c - 0.1 * a * b]

def run(make):
    w = torch.tensor([1.5, -2.0, 0.3], dtype=torch.float64, requires_grad=True)
    optimizer = make([w])
    seen = []
    for step in range(1, 101):
        with torch.no_grad():
            w.grad = torch.stack(gradient(w))
        optimizer.step()
        if step in (1, 2, 10, 100):
            seen.append(w.tolist())
    return seen

o = torch.optim
cases = [
    ['sgd', {}, lambda p: o.SGD(p, 0.01)],
    ['sgd', {'weight_decay': 0.1}, lambda p: o.SGD(p, 0.01, weight_decay=0.1)],
    ['sgd', {'momentum': 0.9}, lambda p: o.SGD(p, 0.01, momentum=0.9)],
    ['sgd', {'momentum': 0.9, 'dampening': 0.3, 'weight_decay': 0.01}, lambda p: o.SGD(p, 0.01, momentum=0.9, dampening=0.3, weight_decay=0.01)],
    ['sgd', {'momentum': 0.9, 'nesterov': True, 'weight_decay': 0.01}, lambda p: o.SGD(p, 0.01, momentum=0.9, nesterov=True, weight_decay=0.01)],
    ['adagrad', {}, lambda p: o.Adagrad(p, 0.01)],
    ['adagrad', {'lr_decay': 0.1, 'weight_decay': 0.1, 'initial_accumulator_value': 0.5, 'eps': 1e-6}, lambda p: o.Adagrad(p, 0.01, lr_decay=0.1, weight_decay=0.1, initial_accumulator_value=0.5, eps=1e-6)],
    ['rmsprop', {}, lambda p: o.RMSprop(p, 0.01)],
    ['rmsprop', {'alpha': 0.9, 'momentum': 0.5, 'centered': True, 'weight_decay': 0.1}, lambda p: o.RMSprop(p, 0.01, alpha=0.9, momentum=0.5, centered=True, weight_decay=0.1)],
    ['adadelta', {}, lambda p: o.Adadelta(p, 0.01)],
    ['adadelta', {'rho': 0.95, 'eps': 1e-4, 'weight_decay': 0.1}, lambda p: o.Adadelta(p, 0.01, rho=0.95, eps=1e-4, weight_decay=0.1)],
    ['adam', {}, lambda p: o.Adam(p, 0.01)],
    ['adam', {'beta1': 0.8, 'beta2': 0.99, 'weight_decay': 0.1, 'amsgrad': True}, lambda p: o.Adam(p, 0.01, betas=(0.8, 0.99), weight_decay=0.1, amsgrad=True)],
    ['adamw', {}, lambda p: o.AdamW(p, 0.01)],
    ['adamw', {'weight_decay': 0.2, 'amsgrad': True, 'eps': 1e-4}, lambda p: o.AdamW(p, 0.01, weight_decay=0.2, amsgrad=True, eps=1e-4)],
    ['adamax', {}, lambda p: o.Adamax(p, 0.01)],
    ['adamax', {'beta1': 0.8, 'weight_decay': 0.1}, lambda p: o.Adamax(p, 0.01, betas=(0.8, 0.999), weight_decay=0.1)],
]

# PyTorch 1.13 has another nadam: this is Dozat's, as PyTorch states it from version 2.0 on.
def nadam(rate=0.01, beta1=0.9, beta2=0.999, eps=1e-8, decay=0.0, psi=0.004):
    w = [1.5, -2.0, 0.3]
    m, v, product, seen = [0.0] * 3, [0.0] * 3, 1.0, []
    for t in range(1, 101):
        a, b, c = w
        g = [a ** 3 - b, math.sin(b) + 0.5 * c, c - 0.1 * a * b]
        mu = beta1 * (1 - 0.5 * 0.96 ** (t * psi))
        ahead = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * psi))
        product *= mu
        for i in range(3):
            d = g[i] + decay * w[i]
            m[i] = beta1 * m[i] + (1 - beta1) * d
            v[i] = beta2 * v[i] + (1 - beta2) * d * d
            first = ahead * m[i] / (1 - product * ahead) + (1 - mu) * d / (1 - product)
            w[i] -= rate * first / (math.sqrt(v[i] / (1 - beta2 ** t)) + eps)
        if t in (1, 2, 10, 100):
            seen.append(list(w))
    return seen

# McMahan et al. 2013, algorithm 1, a coordinate at a time.
def ftrl(alpha=0.01, beta=1.0, l1=0.0, l2=0.0):
    w = [1.5, -2.0, 0.3]
    z, n, seen = [0.0] * 3, [0.0] * 3, []
    for t in range(1, 101):
        a, b, c = w
        g = [a ** 3 - b, math.sin(b) + 0.5 * c, c - 0.1 * a * b]
        for i in range(3):
            sigma = (math.sqrt(n[i] + g[i] ** 2) - math.sqrt(n[i])) / alpha
            z[i] += g[i] - sigma * w[i]
            n[i] += g[i] ** 2
            if abs(z[i]) <= l1:
                w[i] = 0.0
            else:
                w[i] = -(z[i] - math.copysign(l1, z[i])) / ((beta + math.sqrt(n[i])) / alpha + l2)
        if t in (1, 2, 10, 100):
            seen.append(list(w))
    return seen

optimizers = [{'name': name, 'parameters': p, 'weights': run(make)} for name, p, make in cases]
optimizers += [
    {'name': 'nadam', 'parameters': {}, 'weights': nadam()},
    {'name': 'nadam', 'parameters': {'beta1': 0.8, 'weight_decay': 0.1, 'momentum_decay': 0.01}, 'weights': nadam(beta1=0.8, decay=0.1, psi=0.01)},
    {'name': 'ftrl', 'parameters': {}, 'weights': ftrl()},
    {'name': 'ftrl', 'parameters': {'beta': 0.5, 'l1': 1.0, 'l2': 0.1}, 'weights': ftrl(beta=0.5, l1=1.0, l2=0.1)},
]

s = o.lr_scheduler
def ticks(base, make, count):
    w = torch.zeros(1, requires_grad=True)
    optimizer = o.SGD([w], base)
    scheduler = make(optimizer)
    rates = []
    for _ in range(count):
        rates.append(optimizer.param_groups[0]['lr'])
        optimizer.step()
        scheduler.step()
    return rates

schedules = [
    ['step', 0.5, {'step_size': 7}, lambda p: s.StepLR(p, 7), 40],
    ['step', 0.5, {'step_size': 3, 'gamma': 0.9}, lambda p: s.StepLR(p, 3, 0.9), 40],
    ['multi_step', 0.5, {'milestones': [2, 11, 30], 'gamma': 0.3}, lambda p: s.MultiStepLR(p, [2, 11, 30], 0.3), 40],
    ['exponential', 0.5, {'gamma': 0.93}, lambda p: s.ExponentialLR(p, 0.93), 40],
    ['cosine', 0.5, {'t_max': 20}, lambda p: s.CosineAnnealingLR(p, 20), 20],
    ['cosine', 0.5, {'t_max': 37, 'eta_min': 0.01}, lambda p: s.CosineAnnealingLR(p, 37, 0.01), 37],
    ['linear', 0.5, {}, lambda p: s.LinearLR(p), 40],
    ['linear', 0.5, {'start_factor': 0.1, 'end_factor': 0.8, 'total_iters': 12}, lambda p: s.LinearLR(p, 0.1, 0.8, 12), 40],
    ['one_cycle', 0.5, {'max_lr': 2.0, 'total_steps': 40}, lambda p: s.OneCycleLR(p, 2.0, 40, cycle_momentum=False), 40],
    ['one_cycle', 0.5, {'max_lr': 2.0, 'total_steps': 33, 'pct_start': 0.4, 'anneal_strategy': 'linear', 'div_factor': 10.0, 'final_div_factor': 100.0},
     lambda p: s.OneCycleLR(p, 2.0, 33, pct_start=0.4, anneal_strategy='linear', div_factor=10.0, final_div_factor=100.0, cycle_momentum=False), 33],
]
schedules = [{'name': n, 'base': b, 'parameters': p, 'rates': ticks(b, m, c)} for n, b, p, m, c in schedules]
print(json.dumps({'optimizers': optimizers, 'schedules': schedules}, indent=1))
