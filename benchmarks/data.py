"""What the timed loops train on: made by NumPy, the same for every library."""

import numpy as np

POOL = 8  # batches that take turns, so that no step sees the input of the step before

# name: shape of a batch's input, number of classes
SHAPES = {
    "mlp": ((64, 784), 10),
    "tiny": ((32, 4), 2),
    "lenet": ((64, 3, 32, 32), 10),
    "resnet": ((32, 3, 32, 32), 10),
    "gpt": ((8, 64), 65),
    "lstm": ((32, 50, 32), 10),
}


def batches(name):
    """The pool: pairs of inputs (tokens for the GPT) and classes (the next tokens)."""
    shape, classes = SHAPES[name]
    rng = np.random.default_rng(0)
    pool = []
    for _ in range(POOL):
        if name == "gpt":
            tokens = rng.integers(0, classes, shape)
            pool.append((tokens, np.roll(tokens, -1, axis=1).reshape(-1)))
        else:
            x = rng.standard_normal(shape, dtype=np.float32)
            pool.append((x, rng.integers(0, classes, shape[0])))
    return pool
