"""Choosing by a boolean tensor without leaving the device: where, masked_fill, masked_scatter. What
needs the number of true elements as a shape is in hostops.py.
"""

from __future__ import annotations

import warnings

import jax.numpy as jnp
import numpy as np

from .._errors import type_name_of
from .._tensor import Tensor as Handle
from ._declare import Promote, op, pointwise
from ._out import takes_out
from ._place import C_NAMES, as_value, check_castable, common_shape, tensor_name
from ._types import Number, Tensor
from .hostops import nonzero

FUNCTIONS = ("where",)


def _fill_name(inputs, static) -> str:
    return f"MaskedFillBackward{int(hasattr(inputs[2], 'aval'))}"


@op(variants="fmi", grad_name=_fill_name, fits=True)
def masked_fill(input: Tensor, mask: Tensor, value: Tensor | Number):
    """input where mask is false, a number (or 0-d tensor) where it is true; the dtype stays."""
    if mask.dtype != bool:
        raise RuntimeError(
            "masked_fill_ only supports boolean masks, but got mask with dtype "
            f"{C_NAMES[np.dtype(mask.dtype).name]}"
        )
    if getattr(value, "ndim", 0):
        raise RuntimeError(
            "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
            f"{value.ndim} dimension(s)."
        )
    shape = common_shape(mask.shape, input.shape)
    if getattr(value, "dtype", np.dtype(bool)).kind == "c" and input.dtype.kind != "c":
        check_castable(1j, input.dtype)
    value = as_value(value, input.dtype)
    return jnp.broadcast_to(jnp.where(mask, value, input), shape)


@op(variants="fmi")
def masked_scatter(input: Tensor, mask: Tensor, source: Tensor):
    """input with its elements where mask is true taken, in order, from the front of source."""
    if mask.dtype != bool:
        raise RuntimeError(
            "masked_scatter_ only supports boolean masks, but got mask with dtype "
            f"{tensor_name(mask.dtype)}"
        )
    if input.dtype != source.dtype:
        raise RuntimeError(
            "masked_scatter: expected self and source to have same dtypes but got"
            f"{tensor_name(input.dtype)} and {tensor_name(source.dtype)}"
        )
    shape = common_shape(mask.shape, input.shape)
    if not source.size:
        return jnp.broadcast_to(input, shape)
    mask = jnp.broadcast_to(mask, shape)
    return jnp.where(mask, in_mask_order(mask, source.ravel()), input)


def in_mask_order(mask, rows):
    """rows[k] at the k-th true element of mask; elements of rows may be arrays."""
    order = jnp.cumsum(mask.ravel().astype(np.int64)).reshape(mask.shape) - 1
    return rows.at[order].get(mode="clip")


@masked_scatter.check
def _(input, mask, source):
    shape = common_shape(mask.shape, input.shape)
    wanted = jnp.broadcast_to(mask, shape).sum(dtype=np.int64)
    return (
        wanted > source.size,
        wanted,
        RuntimeError,
        "Number of elements of source < number of ones in mask",
    )


@pointwise(Promote.DEFAULT, variants="", grad_name="WhereBackward0", edges=(1, 2))
def _where(condition: Tensor, input: Tensor | Number, other: Tensor | Number):
    # The condition is bool, the lowest type: promoted with the others it decides nothing, and its
    # dtype is then the common one, which Python numbers still have to be given.
    dtype = condition.dtype
    return jnp.where(condition != 0, jnp.asarray(input, dtype), jnp.asarray(other, dtype))


@takes_out
def where(condition, input=None, other=None):
    """Elements of input where condition is true, of other elsewhere, in their common dtype.

    With the condition alone: the positions of its non-zero elements, one vector per dimension.
    """
    if input is None and other is None:
        return nonzero(condition, as_tuple=True)
    if input is None or other is None:
        raise TypeError(
            "where() received an invalid combination of arguments - got (Tensor, "
            f"{type_name_of(other if input is None else input)}), but expected one of:"
        )
    if not isinstance(condition, Handle):
        raise TypeError(
            "where(): argument 'condition' (position 1) must be Tensor, not "
            f"{type_name_of(condition)}"
        )
    if condition.dtype.name == "uint8":
        warnings.warn(
            "where received a uint8 condition tensor. This behavior is deprecated and will be "
            "removed in a future version of PyTorch. Use a boolean condition instead.",
            stacklevel=2,
        )
        condition = condition.bool()
    elif condition.dtype.name != "bool":
        raise RuntimeError(
            "where expected condition to be a boolean tensor, but got a tensor with dtype "
            f"{condition.dtype._scalar_name}"
        )
    return _where(condition, input, other)


def _method(self, condition, other):
    """Elements of self where condition is true, of other elsewhere."""
    return where(condition, self, other)


METHODS = {"where": _method}
