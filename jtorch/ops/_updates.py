"""What the updates of all optimizers share: the precision they compute in, numbers that take the
dtype of the arrays they meet, one row for each parameter turned into columns. Knows no rule.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
import optax
from jax import lax
from jax.extend.core.primitives import convert_element_type_p


class Precision(NamedTuple):
    """How a parameter is computed with: 16-bit floats in float32, complex numbers as pairs of reals
    (torch keeps separate second moments for the real and the imaginary part).
    """

    like: jnp.ndarray

    def open(self, x):
        if jnp.iscomplexobj(x):
            return jnp.stack([x.real, x.imag], -1)
        return x.astype(jnp.float32) if x.dtype.itemsize == 2 else x

    def close(self, x):
        if jnp.iscomplexobj(self.like):
            return lax.complex(x[..., 0], x[..., 1])
        return x.astype(self.like.dtype)


def weak(x):
    """A number that takes the dtype of the arrays it meets, as a Python number would, while
    arithmetic among numbers (1 - beta, beta ** step) stays in float64.
    """
    if isinstance(x, (int, float)):
        return x
    x = jnp.reshape(x, ()).astype(jnp.float64)
    return convert_element_type_p.bind(
        x, new_dtype=np.dtype("float64"), weak_type=True, sharding=None
    )


def apply(
    transform: optax.GradientTransformation, g: Any, state: Any, x: Any = None
) -> tuple[Any, Any]:
    """(update, new state): one step of an optax transform, for one parameter, x."""
    return transform.update(g, state, x)


def descent(g, maximize):
    return -g if maximize else g


def each(steps, params):
    """One count of steps for each parameter, where they share one."""
    return steps if len(steps) == len(params) else steps * len(params)


def columns(results, steps: int):
    """Rows per parameter -> all first entries, then all second entries, and so on; the last column
    are the `steps` counts of steps.
    """
    *first, counts = zip(*results)
    return (*(x for column in first for x in column), *counts[:steps])


def by_parameter(update, params, grads, state, numbers, steps, maximize):
    """The results of an op: `update(x, g, state, numbers, step)` for each parameter returns its
    new value, state and numbers; `state` and `numbers` are lists of columns, and numbers (0-d) stay
    in their own precision.
    """
    results = []
    for i, (p, g, step) in enumerate(zip(params, grads, each(steps, params))):
        at = Precision(p)
        own = [at.open(column[i]) for column in state]
        single = [column[i] for column in numbers]
        x, new, single = update(
            at.open(p), descent(at.open(g), maximize), own, single, step.astype(jnp.int32)
        )
        results.append((at.close(x), *map(at.close, new), *single, step + 1))
    return columns(results, len(steps))
