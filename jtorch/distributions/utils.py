"""What the distributions share: broadcasting of parameters, probabilities and logits, properties
that are computed once, triangles as vectors. It knows no distribution.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import update_wrapper
from numbers import Number
from typing import Any

from .._autograd.modes import enable_grad
from .._dtypes import finfo, get_default_dtype
from .._tensor import Tensor
from ..ops.activation import softmax
from ..ops.creation import ones, zeros
from ..ops.join import broadcast_tensors
from ..ops.random import normal
from ..ops.tensors import tensor

__all__ = [
    "broadcast_all",
    "logits_to_probs",
    "clamp_probs",
    "probs_to_logits",
    "lazy_property",
    "tril_matrix_to_vec",
    "vec_to_tril_matrix",
]

euler_constant = 0.57721566490153286060


def is_tensor_like(x: Any) -> bool:
    return isinstance(x, Tensor) or hasattr(type(x), "__torch_function__")


def broadcast_all(*values: Any) -> tuple[Tensor, ...]:
    """Tensors and numbers as tensors of one shape; numbers take dtype and device of a tensor."""
    if not all(is_tensor_like(v) or isinstance(v, Number) for v in values):
        raise ValueError(
            "Input arguments must all be instances of Number, torch.Tensor or objects implementing "
            "__torch_function__."
        )
    model = next((v for v in values if is_tensor_like(v)), None)
    options: dict[str, Any] = {"dtype": get_default_dtype()}
    if model is not None:
        options = {"dtype": model.dtype, "device": model.device}
    tensors = [v if is_tensor_like(v) else tensor(v, **options) for v in values]
    if len({v.shape for v in tensors}) == 1:
        return tuple(tensors)
    return tuple(broadcast_tensors(*tensors))


# -- probabilities and logits


def clamp_probs(probs: Any) -> Tensor:
    """Probabilities whose logarithms, and those of their complements, are finite."""
    eps = finfo(probs.dtype).eps
    return probs.clamp(min=eps, max=1 - eps)


def logits_to_probs(logits: Any, is_binary: bool = False) -> Tensor:
    """Of log-odds with is_binary, else of logarithms of weights in the last dimension."""
    return logits.sigmoid() if is_binary else softmax(logits, -1)


def probs_to_logits(probs: Any, is_binary: bool = False) -> Tensor:
    """The inverse of logits_to_probs."""
    safe: Any = clamp_probs(probs)
    return safe.log() - (-safe).log1p() if is_binary else safe.log()


# -- properties that are computed once


class lazy_property:
    """A property whose value replaces it on the instance when it is first asked for."""

    def __init__(self, wrapped: Callable):
        self.wrapped = wrapped
        update_wrapper(self, wrapped)  # type: ignore[arg-type]

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return _lazy_property_and_property(self.wrapped)
        with enable_grad():
            value = self.wrapped(instance)
        setattr(instance, self.wrapped.__name__, value)
        return value


class _lazy_property_and_property(lazy_property, property):
    """A lazy property seen from its class: tools that read documentation expect a property."""

    def __init__(self, wrapped: Callable):
        property.__init__(self, wrapped)


# -- shapes


def _sum_rightmost(value: Any, dims: int) -> Any:
    """Summed over the last dims dimensions, or over all where there are fewer."""
    return value.reshape((*value.shape[:-dims], -1)).sum(-1) if dims else value


def _standard_normal(shape: Any, dtype: Any, device: Any) -> Any:
    options = {"dtype": dtype, "device": device}
    return normal(zeros(shape, **options), ones(shape, **options))


def tril_matrix_to_vec(mat: Any, diag: int = 0) -> Tensor:
    """The entries on and below a diagonal, row by row."""
    n = mat.shape[-1]
    if not -n <= diag < n:
        raise ValueError(f"diag ({diag}) provided is outside [{-n}, {n - 1}].")
    return mat[..., _below(n, diag, mat)]


def vec_to_tril_matrix(vec: Any, diag: int = 0) -> Tensor:
    """The inverse of tril_matrix_to_vec, with zeros elsewhere."""
    offset, length = 1 + 2 * diag, vec.shape[-1]
    root = math.sqrt(offset**2 + 8 * length + 4 * abs(diag) * (diag + 1))
    size = (root - offset) / 2
    n = round(size)
    if n - size > finfo(vec.dtype).eps:  # a size a little above n fails when it is written
        raise ValueError(
            f"The size of last dimension is {length} which cannot be expressed as the lower "
            "triangular part of a square D x D matrix."
        )
    mat = zeros((*vec.shape[:-1], n, n), dtype=vec.dtype, device=vec.device)
    mat[..., _below(n, diag, vec)] = vec
    return mat


def _below(n: int, diag: int, like: Any) -> Any:
    return ones(n, n, dtype=like.dtype, device=like.device).tril(diag).bool()


def _like(x: Any) -> dict[str, Any]:
    """The options that make a new tensor like x."""
    return {"dtype": x.dtype, "device": x.device}
