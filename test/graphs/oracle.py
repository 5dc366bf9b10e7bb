"""Progressive logistic regression on graphs/data/breast_cancer.csv, in plain Python.

    python3 test/graphs/oracle.py > test/graphs/breast_cancer.json

Each row is predicted and then learned from, in the order of the file: stochastic gradient descent
on the log loss with rate 0.05. A feature is taken less the mean of all its values so far, this one
among them, by their standard deviation; both are computed anew for each row, in two passes with
exactly rounded sums, not by a running formula. What has not varied is 0.
"""
import csv, json, math, sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent.parent
rows = [[float(cell) for cell in row] for row in list(csv.reader((root / 'graphs/data/breast_cancer.csv').open()))[1:]]

def standardized(values):
    mean = math.fsum(values) / len(values)
    variance = math.fsum((v - mean) ** 2 for v in values) / len(values)
    return (values[-1] - mean) / math.sqrt(variance) if variance > 0 else 0.0

columns = [[] for _ in range(30)]
w, b = [0.0] * 30, 0.0
predictions, labels, losses = [], [], []
for *x, t in rows:
    for column, v in zip(columns, x):
        column.append(v)
    z = [standardized(column) for column in columns]
    logit = math.fsum(a * v for a, v in zip(w, z)) + b
    p = 1 / (1 + math.exp(-logit)) if logit >= 0 else math.exp(logit) / (1 + math.exp(logit))
    predictions.append(p)
    labels.append(t)
    losses.append(math.log1p(math.exp(-abs(logit))) + max(logit, 0) - logit * t)
    w = [a - 0.05 * (p - t) * v for a, v in zip(w, z)]
    b -= 0.05 * (p - t)

guesses = [1 if p > 0.5 else 0 for p in predictions]
hits = sum(1 for g, t in zip(guesses, labels) if g == 1 and t == 1)
pairs = [(p, q) for p, t in zip(predictions, labels) if t == 1 for q, u in zip(predictions, labels) if u == 0]
count = len(labels)
mean = sum(labels) / count
json.dump({
    'predictions': predictions,
    'w': w,
    'b': b,
    'loss': math.fsum(losses) / count,
    'accuracy': sum(g == t for g, t in zip(guesses, labels)) / count,
    'precision': hits / sum(guesses),
    'recall': hits / sum(labels),
    'f1': 2 * hits / (sum(guesses) + sum(labels)),
    'auc': sum(1.0 if p > q else 0.5 if p == q else 0.0 for p, q in pairs) / len(pairs),
    'mae': math.fsum(abs(p - t) for p, t in zip(predictions, labels)) / count,
    'rmse': math.sqrt(math.fsum((p - t) ** 2 for p, t in zip(predictions, labels)) / count),
    'r2': 1 - math.fsum((p - t) ** 2 for p, t in zip(predictions, labels)) / math.fsum((t - mean) ** 2 for t in labels),
    'lastAccuracy': sum(g == t for g, t in zip(guesses[-100:], labels[-100:])) / 100,
    'lastLoss': math.fsum(losses[-100:]) / 100,
}, sys.stdout, indent=1)
