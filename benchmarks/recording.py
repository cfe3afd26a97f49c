"""Times single ops in a tight loop, under whatever library `import torch` finds: real torch, or
jtorch through its alias. Prints one JSON object: microseconds an op.

Under jtorch an op is recorded, not run: the batch is made to run by a look, outside the timing.
"""

import json
import statistics
import time

import torch

BATCH = 200
ROUNDS = 60


def leaves():
    torch.manual_seed(0)
    return torch.randn(10, requires_grad=True), torch.randn(10, requires_grad=True)


def binary(a, b):
    return a + b


def binary_number(a, b):
    return a * 2.0


def unary(a, b):
    return a.sin()


def matmul(a, b):
    return a @ b


def view(a, b):
    return a.view(2, 5)


def index(a, b):
    return a[2:5]


def inplace(a, b):
    return a.add_(b)


CASES = {
    "a + b": (binary, True),
    "a + b, no grad": (binary, False),
    "a * 2.0": (binary_number, True),
    "a.sin()": (unary, True),
    "a @ b": (matmul, True),
    "a.view(2, 5)": (view, True),
    "a[2:5]": (index, True),
    "a.add_(b)": (inplace, False),
}


def measure(op, grad):
    a, b = leaves()
    if not grad:
        a, b = a.detach(), b.detach()
    times = []
    for _ in range(ROUNDS):
        kept = []
        keep = kept.append
        start = time.perf_counter()
        for _ in range(BATCH):
            keep(op(a, b))
        times.append((time.perf_counter() - start) / BATCH)
        kept[-1].detach().sum().item()
    return statistics.median(times[ROUNDS // 3 :]) * 1e6


if __name__ == "__main__":
    print(json.dumps({name: measure(*case) for name, case in CASES.items()}))
