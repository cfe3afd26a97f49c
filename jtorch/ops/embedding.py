"""Rows of a table by index, and one-hot vectors."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .._tensor import Tensor as Handle
from ._declare import op
from ._gradients import own_gradient
from ._place import out_of_range, tensor_name
from ._types import Tensor

NN_FUNCTIONS = ("one_hot",)


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
    if indices.dtype not in (np.int32, np.int64):
        name = f"torch.{tensor_name(indices.dtype)}Tensor"
        name = "CPUBoolType" if indices.dtype == bool else name
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: "
            f"Long, Int; but got {name} instead (while checking arguments for embedding)"
        )
    return _rows(weight, indices, padding_idx, scale_grad_by_freq)


@embedding.check
def _(weight, indices, padding_idx, scale_grad_by_freq, sparse):
    message = "index out of range in self"
    return *out_of_range(indices, 0, weight.shape[0]), IndexError, message


@own_gradient(2, 3)
def _rows(weight, indices, padding_idx: int, by_freq: bool) -> Any:
    # 32-bit indices and no clipping by jax, as XLA clips anyway: twice as fast on the CPU.
    at = weight.at[indices.astype(np.int32)]
    return at.get(mode="promise_in_bounds")


def _forward(weight, indices, padding_idx: int, by_freq: bool):
    return _rows(weight, indices, padding_idx, by_freq), (indices, weight.shape[0])


def _backward(padding_idx: int, by_freq: bool, saved, g):
    indices, rows = saved
    at = indices.astype(np.int32)
    if by_freq:
        count = jnp.zeros(rows, g.dtype).at[at].add(1)
        g = g / count[at][..., None]
    if padding_idx >= 0:
        g = jnp.where((indices == padding_idx)[..., None], 0, g)
    table = jnp.zeros((rows, g.shape[-1]), g.dtype)
    return table.at[at].add(g, mode="promise_in_bounds"), None


_rows.defvjp(_forward, _backward)


@op(variants="", name="one_hot")
def _one_hot(input: Tensor, num_classes: int):
    return jax.nn.one_hot(input, num_classes, dtype=np.int64)


@_one_hot.check
def _(input, num_classes):
    # Words are chosen before values are known, unless they are on the host.
    negative = isinstance(input, np.ndarray) and input.size and input.min() < 0
    message = "non-negative." if negative else "smaller than num_classes."
    return *out_of_range(input, 0, num_classes), RuntimeError, f"Class values must be {message}"


def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """(*) class indices -> (*, num_classes) zeros and ones; -1 takes the largest index plus one."""
    if not isinstance(tensor, Handle):
        raise TypeError(
            f"one_hot(): argument 'input' (position 1) must be Tensor, not {type(tensor).__name__}"
        )
    if tensor._value.aval.dtype != np.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if not tensor.numel():
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
    elif num_classes == -1:
        num_classes = int(tensor._numpy().max()) + 1
    return _one_hot(tensor, max(num_classes, 0))
