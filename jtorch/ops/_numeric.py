"""Small things many numeric bodies need: torch's words for a dtype that an op does not take, half
precision computed in single, numbers in an array's dtype. Works on jax arrays; knows no op.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .. import _dtypes
from ._place import tensor_name

HALVES = (np.dtype("float16"), _dtypes.bfloat16.np)
FLOAT32 = np.dtype("float32")


def scalar_name(dtype: Any) -> str:
    """int64 -> "Long", as torch's messages name types."""
    return tensor_name(dtype)


def not_implemented(kernel: str, dtype: Any) -> NotImplementedError:
    return NotImplementedError(f"\"{kernel}\" not implemented for '{scalar_name(dtype)}'")


def require(kernel: str, kinds: str, *arrays: Any) -> None:
    """Raise torch's error unless each array's kind is in `kinds`: b bool, i integer, f float, c
    complex.
    """
    for x in arrays:
        if x is not None and kind(x.dtype) not in kinds:
            raise not_implemented(kernel, x.dtype)


def require_single(kernel: str, *arrays: Any) -> None:
    """Raise torch's error unless all arrays are float32 or float64."""
    require(kernel, "f", *arrays)
    for x in arrays:
        if x.dtype in HALVES:
            raise not_implemented(kernel, x.dtype)


def kind(dtype: Any) -> str:
    """ "b", "i", "f" or "c"; unsigned counts as "i", bfloat16 as "f"."""
    return "bifc"[_dtypes.from_np(np.dtype(dtype)).category]


def default_float() -> np.dtype:
    return _dtypes.get_default_dtype().np


def to_float(x):
    """Integers and bool in the default float type, others as they are."""
    return x.astype(default_float()) if kind(x.dtype) in "bi" else x


def real_dtype(dtype: Any) -> np.dtype:
    return _dtypes.from_np(np.dtype(dtype)).to_real().np


def scalar(number: Any, dtype: Any):
    """A Python number or 0-d array in `dtype`."""
    return jnp.asarray(number).astype(dtype)


def operands(*xs: Any) -> list:
    """Arrays and Python numbers as arrays of the common dtype, which promotion has seen to."""
    dtype = jnp.result_type(*xs)
    return [jnp.asarray(x).astype(dtype) for x in xs]


def sign(x):
    """-1, 0 or 1; 0 for nan, as in torch."""
    return (x > 0).astype(x.dtype) - (x < 0).astype(x.dtype)


def no_derivative(name: str, fn: Callable) -> Any:
    """fn with torch's error when a gradient through it is asked for."""
    function = jax.custom_jvp(fn)

    @function.defjvp
    def _(primals, tangents):
        raise RuntimeError(f"derivative for aten::{name} is not implemented")

    return function


@jax.custom_jvp
def magnitude(x):
    """|x|, with gradient 0 at 0 (jnp.abs has 1 there)."""
    return jnp.abs(x)


@magnitude.defjvp
def _(primals, tangents):
    (x,), (dx,) = primals, tangents
    size = magnitude(x)
    if not jnp.iscomplexobj(x):
        return size, dx * sign(x)
    unit = x / jnp.where(size == 0, 1, size)
    return size, dx.real * unit.real + dx.imag * unit.imag


def opmath(fn: Callable) -> Callable:
    """Compute float16 and bfloat16 in float32 and round once, as torch's kernels do."""

    @functools.wraps(fn)
    def body(*args, **kwargs):
        half = next((x.dtype for x in (*args, *kwargs.values()) if _is_half(x)), None)
        if half is None:
            return fn(*args, **kwargs)
        out = fn(*[_widen(x) for x in args], **{k: _widen(x) for k, x in kwargs.items()})
        return jax.tree.map(lambda x: x.astype(half) if x.dtype == FLOAT32 else x, out)

    return body


def _is_half(x: Any) -> bool:
    return getattr(x, "dtype", None) in HALVES


def _widen(x: Any) -> Any:
    return x.astype(FLOAT32) if _is_half(x) else x
