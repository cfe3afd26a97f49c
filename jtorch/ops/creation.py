"""Tensors of a given size: zeros, ones, full, empty and eye, and their `_like` and `new_`
forms. Constants are recorded as ops, so they become part of the program.
"""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpy as np

from .. import _dtypes, _errors
from .._autograd.tape import ZEROS
from .._layout import contiguous_strides, is_dense
from .._tensor import Tensor, from_value
from ..graph import Lifted, Prim, Wrapped, is_open, levels
from . import shape as shapes
from ._data import number_dtype
from ._factory import (
    as_shape,
    check_options,
    factory,
    finished,
    is_int,
    like,
    place,
    recorded,
    set_format,
    shape_of,
)
from ._place import check_castable

# -- the two primitives


def _full(value, *, shape, dtype):
    if isinstance(value, Lifted):
        value = value.array
    elif dtype.kind in "iu":  # -1 as a uint8 is 255
        value = np.array(int(value) & ((1 << 8 * dtype.itemsize) - 1), np.uint64).astype(dtype)
    value = jnp.asarray(value)
    if value.dtype.kind == "c" and dtype.kind not in "cb":
        value = value.real
    return (jnp.full(shape, value.astype(dtype)),)


def _eye(*, n, m, dtype):
    return (jnp.eye(n, m, dtype=dtype),)


FULL, EYE = Prim("full", _full), Prim("eye", _eye)


def filled(shape: tuple[int, ...], value: Any, dtype: _dtypes.dtype, where: Any) -> Tensor:
    """A tensor with value everywhere."""
    if value == 0 and not (value.__class__ is float and math.copysign(1, value) < 0):
        return recorded(ZEROS, (("shape", shape), ("dtype", dtype.np)), (), where)
    check_castable(value, dtype.np)
    return recorded(FULL, (("shape", shape), ("dtype", dtype.np)), (value,), where)


# -- of a size


def _maker(name: str, value: float):
    """zeros, ones and empty."""

    def function(
        *args,
        size=None,
        out=None,
        dtype=None,
        layout=None,
        device=None,
        pin_memory=False,
        requires_grad=False,
        **others,
    ) -> Tensor:
        memory_format = others.pop("memory_format", None) if name == "empty" else None
        if others:
            raise TypeError(f"{name}() got an unexpected keyword argument '{next(iter(others))}'")
        check_options(name, dtype, layout, pin_memory, out)
        if dtype is None:
            dtype = _dtypes.get_default_dtype() if out is None else out.dtype
        made = filled(shape_of(args, size, name), value, dtype, place(name, _on(device, out)))
        return finished(set_format(made, memory_format), requires_grad, out)

    function.__name__ = function.__qualname__ = name
    return factory(function)


def _on(device: Any, out: Tensor | None) -> Any:
    return out.device if device is None and out is not None else device


zeros = _maker("zeros", 0)
zeros.__doc__ = "A tensor of zeros: zeros(2, 3) or zeros((2, 3))."
ones = _maker("ones", 1)
ones.__doc__ = "A tensor of ones: ones(2, 3) or ones((2, 3))."
empty = _maker("empty", 0)
empty.__doc__ = "A tensor whose contents do not matter (they are zeros here, always)."


@factory
def full(
    size: Any,
    fill_value: Any,
    *,
    out: Tensor | None = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor with fill_value everywhere; its dtype is fill_value's unless given."""
    check_options("full", dtype, layout, pin_memory, out)
    if not isinstance(size, (tuple, list)):
        kind = _errors.type_name_of(size)
        raise TypeError(f"full(): argument 'size' (position 1) must be tuple of ints, not {kind}")
    value = number(fill_value, "full", "fill_value", 2)
    if dtype is None:
        dtype = number_dtype(value) if out is None else out.dtype
    made = filled(as_shape((size,), "full"), value, dtype, place("full", _on(device, out)))
    return finished(made, requires_grad, out)


def number(given: Any, function: str, name: str, position: int) -> Any:
    """A Python number from what torch takes as one: numbers, NumPy's, 0-d tensors."""
    if isinstance(given, (bool, int, float, complex)) or is_open(given):
        return given
    if isinstance(given, np.generic) or (isinstance(given, Tensor) and given.ndim == 0):
        return given.item()  # type: ignore[union-attr]
    kind = _errors.type_name_of(given)
    raise TypeError(
        f"{function}(): argument '{name}' (position {position}) must be Number, not {kind}"
    )


@factory
def eye(
    n: int,
    m: int | None = None,
    *,
    out: Tensor | None = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """(n, m) with ones on the diagonal."""
    check_options("eye", dtype, layout, pin_memory, out)
    for position, (name, given) in enumerate((("n", n), ("m", m)), start=1):
        if given is not None and not is_int(given):
            kind = _errors.type_name_of(given)
            raise TypeError(
                f"eye(): argument '{name}' (position {position}) must be int, not {kind}"
            )
        if given is not None and given < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {given}")
    if dtype is None:
        dtype = _dtypes.get_default_dtype() if out is None else out.dtype
    static = (("n", int(n)), ("m", int(n if m is None else m)), ("dtype", dtype.np))
    return finished(recorded(EYE, static, (), place("eye", _on(device, out))), requires_grad, out)


@factory
def empty_strided(
    size: Any,
    stride: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of these strides whose contents do not matter (they are zeros here)."""
    check_options("empty_strided", dtype, layout, pin_memory)
    shape, strides = as_shape((size,), "empty_strided"), as_shape((stride,), "empty_strided")
    if len(shape) != len(strides):
        raise RuntimeError(
            f"dimensionality of sizes ({len(shape)}) must match dimensionality of strides "
            f"({len(strides)})"
        )
    dtype, where = dtype or _dtypes.get_default_dtype(), place("empty_strided", device)
    if strides == contiguous_strides(shape) or is_dense(shape, strides):
        made = filled(shape, 0, dtype, where)
        made._strides = None if strides == contiguous_strides(shape) else strides
    else:
        extent = 1 + sum((n - 1) * s for n, s in zip(shape, strides)) if 0 not in shape else 0
        made = shapes.as_strided(filled((extent,), 0, dtype, where), shape, strides).detach()
    return finished(made, requires_grad)


@factory
def empty_permuted(
    size: Any,
    physical_layout: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """A dense tensor whose dimensions lie in memory in the order physical_layout."""
    shape = as_shape((size,), "empty_permuted")
    _check_order(len(shape), physical_layout)
    strides, step = [0] * len(shape), 1
    for d in reversed(tuple(physical_layout)):
        strides[d] = step
        step *= max(shape[d], 1)
    return empty_strided(
        shape, strides, dtype=dtype, layout=layout, device=device, pin_memory=pin_memory,
        requires_grad=requires_grad,
    )  # fmt: skip


def _check_order(count: int, order: Any) -> None:
    if len(order) != count:
        raise RuntimeError(
            "Number of dimensions in size does not match the length of the physical_layout; i.e. "
            f"len(size) = {count} is not equal to len(physical_layout) = {len(order)}"
        )
    for i, d in enumerate(order):
        if not 0 <= d < count:
            raise RuntimeError(
                f"Dimension out of range (expected to be between 0 and {count - 1}, but got {d} at "
                f"index {i}).  NB: negative dims not currently supported; file an issue if you "
                "want it."
            )
    if len(set(order)) < count:
        raise RuntimeError("Duplicate dim not allowed")


# -- like another tensor


def of_examples(made: Tensor, model: Tensor) -> Tensor:
    """A tensor made after one that differs between examples has a place for each of them."""
    if not isinstance(model._value.buf, Wrapped):
        return made
    return from_value(levels.for_each_example(made._value, model._read()))


def _require_tensor(given: Any, function: str) -> None:
    if not isinstance(given, Tensor):
        kind = _errors.type_name_of(given)
        raise TypeError(f"{function}(): argument 'input' (position 1) must be Tensor, not {kind}")


def _like_maker(name: str, value: float):
    """zeros_like, ones_like and empty_like."""

    def function(
        input: Any,
        *,
        dtype: Any = None,
        layout: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        memory_format: Any = None,
        pin_memory: bool = False,
    ) -> Tensor:
        _require_tensor(input, name)
        check_options(name, dtype, layout, pin_memory)
        where = _same_place(input, device, name)
        made = filled(input._value.aval.shape, value, dtype or input.dtype, where)
        return finished(like(of_examples(made, input), input, memory_format), requires_grad)

    function.__name__ = function.__qualname__ = name
    return factory(function)


def _same_place(model: Tensor, device: Any, name: str) -> Any:
    return model._value.aval.device if device is None else place(name, device)


zeros_like = _like_maker("zeros_like", 0)
zeros_like.__doc__ = "Zeros of input's shape, dtype, device and order of dimensions."
ones_like = _like_maker("ones_like", 1)
ones_like.__doc__ = "Ones of input's shape, dtype, device and order of dimensions."
empty_like = _like_maker("empty_like", 0)
empty_like.__doc__ = "A tensor like input whose contents do not matter (they are zeros here)."


@factory
def full_like(
    input: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
    pin_memory: bool = False,
) -> Tensor:
    """fill_value everywhere, of input's shape, dtype, device and order of dimensions."""
    _require_tensor(input, "full_like")
    check_options("full_like", dtype, layout, pin_memory)
    value = number(fill_value, "full_like", "fill_value", 2)
    where = _same_place(input, device, "full_like")
    made = filled(input._value.aval.shape, value, dtype or input.dtype, where)
    return finished(like(of_examples(made, input), input, memory_format), requires_grad)


def _new_maker(name: str, function: Any):
    def method(
        self: Tensor,
        *args,
        size=None,
        dtype=None,
        device=None,
        requires_grad=False,
        layout=None,
        pin_memory=False,
    ) -> Tensor:
        dtype, device = dtype or self.dtype, self.device if device is None else device
        made = function(
            shape_of(args, size, name), dtype=dtype, device=device, requires_grad=requires_grad,
            layout=layout, pin_memory=pin_memory,
        )  # fmt: skip
        return of_examples(made, self)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"torch.{name.removeprefix('new_')} with this tensor's dtype and device."
    return factory(method)


new_zeros = _new_maker("new_zeros", zeros)
new_ones = _new_maker("new_ones", ones)
new_empty = _new_maker("new_empty", empty)


@factory
def new_full(
    self: Tensor,
    size: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    layout: Any = None,
    pin_memory: bool = False,
) -> Tensor:
    """torch.full with this tensor's dtype and device."""
    made = full(
        size, fill_value, dtype=dtype or self.dtype,
        device=self.device if device is None else device, requires_grad=requires_grad,
        layout=layout, pin_memory=pin_memory,
    )  # fmt: skip
    return of_examples(made, self)


@factory
def new_empty_strided(
    self: Tensor,
    size: Any,
    stride: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    layout: Any = None,
    pin_memory: bool = False,
) -> Tensor:
    """torch.empty_strided with this tensor's dtype and device."""
    return empty_strided(
        size, stride, dtype=dtype or self.dtype,
        device=self.device if device is None else device, requires_grad=requires_grad,
        layout=layout, pin_memory=pin_memory,
    )  # fmt: skip


FUNCTIONS = (
    "empty", "empty_like", "empty_permuted", "empty_strided", "eye", "full", "full_like", "ones",
    "ones_like", "zeros", "zeros_like",
)  # fmt: skip
METHODS = ("new_empty", "new_empty_strided", "new_full", "new_ones", "new_zeros")
