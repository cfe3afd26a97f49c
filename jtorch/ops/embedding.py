"""Rows of a table by index, and one-hot vectors."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .._tensor import Tensor as Handle
from ._declare import op
from ._types import Tensor


@op(variants="f")
def embedding(
    weight: Tensor,
    indices: Tensor,
    padding_idx: int = -1,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
):
    """weight (V, D) at indices (*) -> (*, D). The row `padding_idx` gets no gradient; with
    scale_grad_by_freq a row's gradient is divided by how often the row occurs.
    """
    if sparse:
        raise NotImplementedError("jtorch: embedding(sparse=True) is not covered")
    if weight.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    if np.dtype(indices.dtype).name not in ("int32", "int64"):
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: "
            f"Long, Int; but got {_KIND.get(np.dtype(indices.dtype).name, indices.dtype)} instead "
            "(while checking arguments for embedding)"
        )
    if padding_idx >= 0 or scale_grad_by_freq:
        weight = _scaled(weight, indices, padding_idx, scale_grad_by_freq)
    return weight[indices]


_KIND = {
    "float32": "torch.FloatTensor",
    "float64": "torch.DoubleTensor",
    "bool": "torch.BoolTensor",
}


def _scaled(weight, indices, padding_idx: int, by_freq: bool):
    """weight, with the gradient of each row multiplied: 0 for padding, 1 / count by frequency."""
    factor = jnp.ones(weight.shape[0], weight.dtype)
    if by_freq:
        count = jnp.zeros(weight.shape[0], weight.dtype).at[indices.ravel()].add(1)
        factor = 1 / jnp.maximum(count, 1)
    if padding_idx >= 0:
        factor = factor.at[padding_idx].set(0)
    factor = factor[:, None]
    return weight * factor + lax.stop_gradient(weight * (1 - factor))


@embedding.check
def _(weight, indices, padding_idx, scale_grad_by_freq, sparse):
    bad = (indices < 0) | (indices >= weight.shape[0])
    return bad.any(), 0, IndexError, "index out of range in self"


@op(variants="", name="one_hot")
def _one_hot(input: Tensor, num_classes: int):
    return jax.nn.one_hot(input, num_classes, dtype=jnp.int64)


def one_hot(tensor, num_classes: int = -1):
    """(*) class indices -> (*, num_classes) zeros and ones; -1 takes the largest index plus one."""
    if not isinstance(tensor, Handle):
        raise TypeError(
            f"one_hot(): argument 'self' (position 1) must be Tensor, not {type(tensor).__name__}"
        )
    if tensor._value.aval.dtype != np.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    values = tensor._numpy()
    if not values.size:
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
    elif values.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    if num_classes == -1:
        num_classes = int(values.max()) + 1
    elif num_classes < 1:
        raise RuntimeError("num_classes should be positive")
    elif values.size and values.max() >= num_classes:
        raise RuntimeError("Class values must be smaller than num_classes.")
    return _one_hot(tensor, num_classes)


NN_FUNCTIONS = ("one_hot",)
