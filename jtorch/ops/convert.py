"""Conversions of dtype and device, and the in-place ops that replace contents: copy_, fill_,
zero_.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from .. import _devices, _dtypes
from .._autograd import tape
from .._autograd.modes import modes
from .._tensor import Tensor, from_array, from_value
from ..graph import META, from_buffer, look, record, twin
from . import _apply
from ._apply import cast
from ._checks import check_broadcast
from ._declare import op
from ._out import refuse_shared, resize
from ._promote import converted
from ._types import Number
from .shape import clone, is_contiguous


@op(variants="", name="copy", grad_name="CopyBackwards", saves="nothing")
def _copy_from(input: Tensor, src: Tensor):
    check_broadcast((input, src))
    shape = jnp.broadcast_shapes(input.shape, src.shape)  # pyright: ignore[reportArgumentType]
    if shape != input.shape:
        raise RuntimeError(
            f"output with shape {list(input.shape)} doesn't match the broadcast shape {list(shape)}"
        )
    out = jnp.broadcast_to(src, shape)  # pyright: ignore[reportArgumentType]
    return converted(out, input.dtype)  # pyright: ignore[reportArgumentType]


@op(variants="", name="fill", saves="nothing")
def _fill(input: Tensor, value: Number):
    return jnp.full(input.shape, value, input.dtype)  # pyright: ignore[reportArgumentType]


@op(variants="", name="fill", grad_name="FillBackward1", saves="nothing")
def _fill_tensor(input: Tensor, value: Tensor):
    return jnp.broadcast_to(converted(value, input.dtype), input.shape)  # pyright: ignore[reportArgumentType, reportAttributeAccessIssue]


@op(variants="", name="zero", saves="nothing")
def _zero(input: Tensor):
    return jnp.zeros_like(input)  # pyright: ignore[reportArgumentType]


class _Moved(tape.Node):
    """The tape's record of a move between devices: the gradient moves back."""

    home: Any

    def apply(self, grads, create_graph):
        (g,) = grads
        return [None if g is None else _move(g[0], self.home, g[1])]


def _move(value, device, edge) -> tape.Cotangent:
    if device is META:
        aval = value.aval
        static = (("shape", aval.shape), ("dtype", aval.dtype))
        return record(tape.ZEROS, static, [], META)[0], None
    moved = from_buffer(_devices.put(look(value), device), device)
    if edge is None:
        return moved, None
    node = tape.node_type("ToCopyBackward0_move", _Moved)((edge,), (moved.aval,))
    node.home = value.aval.device
    return moved, (node, 0)


def _to_device(input: Tensor, device: Any) -> Tensor:
    edge = input._edge() if modes.grad else None
    value, edge = _move(input._read(), device, edge)
    return from_value(value, *(edge or (None, 0)))


def convert(
    input: Tensor,
    dtype: _dtypes.dtype | None = None,
    device: Any = None,
    copy: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """input in this dtype, on this device; itself if nothing changes."""
    out = input
    if device is not None:
        target = _devices.to_jax(device)
        if target is not input._value.aval.device:
            out = _to_device(out, target)
    if dtype is not None and dtype is not out.dtype:
        out = cast(out, dtype)
    if memory_format not in (None, _devices.preserve_format):
        if out is not input or copy or not is_contiguous(out, memory_format):
            out = _named(clone(out, memory_format=memory_format))
    if copy and out is input:
        out = _named(clone(input))
    return out


def _named(copy: Tensor) -> Tensor:
    if copy._grad_fn is not None:
        copy._grad_fn.__class__ = tape.node_type("ToCopyBackward0")
    return copy


def to(input: Tensor, *args, **kwargs) -> Tensor:
    """to(dtype), to(device), to(device, dtype), to(other); non_blocking, copy, memory_format."""
    copy, memory_format = kwargs.pop("copy", False), kwargs.pop("memory_format", None)
    kwargs.pop("non_blocking", False)  # a hint: transfers here are always asynchronous
    dtype, device = kwargs.pop("dtype", None), kwargs.pop("device", None)
    other = kwargs.pop("other", None)
    if kwargs:
        raise TypeError(f"to() received an invalid combination of arguments - got {sorted(kwargs)}")
    rest = list(args)
    if rest and isinstance(rest[0], Tensor):
        other = rest.pop(0)
    elif (rest and isinstance(rest[0], (str, _devices.device))) or (
        rest and rest[0].__class__ is int
    ):
        device = rest.pop(0)
    if rest and (isinstance(rest[0], _dtypes.dtype) or rest[0] is None):
        dtype = rest.pop(0)
    if rest and isinstance(rest[0], bool):
        rest.pop(0)
        if rest and isinstance(rest[0], bool):
            copy = rest.pop(0)
    if rest:
        raise TypeError(
            "to() received an invalid combination of arguments - got "
            f"({', '.join(a.__class__.__name__ for a in args)}), but expected one of:"
        )
    if other is not None:
        dtype, device = other.dtype, other.device
    return convert(input, dtype, device, copy, memory_format)


def _caster(dtype: _dtypes.dtype, name: str):
    def method(input: Tensor, memory_format=_devices.preserve_format) -> Tensor:
        return convert(input, dtype, memory_format=memory_format)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"input as {dtype!r}."
    return method


CASTS = {
    name: _caster(dtype, name)
    for name, dtype in {
        "float": _dtypes.float32, "double": _dtypes.float64, "half": _dtypes.float16,
        "bfloat16": _dtypes.bfloat16, "long": _dtypes.int64, "int": _dtypes.int32,
        "short": _dtypes.int16, "char": _dtypes.int8, "byte": _dtypes.uint8, "bool": _dtypes.bool_,
        "cfloat": _dtypes.complex64, "cdouble": _dtypes.complex128,
    }.items()
}  # fmt: skip


def type(input: Tensor, dtype: Any = None, non_blocking: bool = False) -> Any:
    """The type's name, such as 'torch.FloatTensor', or input converted to a type, name or dtype."""
    if dtype is None:
        return tape.type_name(input._value.aval)
    if isinstance(dtype, _dtypes.dtype):
        return convert(input, dtype)
    name = dtype if isinstance(dtype, str) else f"{dtype.__module__}.{dtype.__name__}"
    device = "cpu"
    if name.startswith("torch.cuda."):
        name, device = "torch." + name.removeprefix("torch.cuda."), "cuda"
    if name not in _dtypes.TENSOR_TYPES:
        raise ValueError(f"invalid type: '{name}'")
    return convert(input, _dtypes.TENSOR_TYPES[name], device)


def type_as(input: Tensor, other: Tensor) -> Tensor:
    return convert(input, other.dtype, other.device)


def cpu(input: Tensor, memory_format=_devices.preserve_format) -> Tensor:
    return convert(input, device="cpu", memory_format=memory_format)


def cuda(
    input: Tensor, device: Any = None, non_blocking: bool = False, memory_format=None
) -> Tensor:
    """input on JAX's GPU."""
    return convert(input, device="cuda" if device is None else device, memory_format=memory_format)


def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """Replace the contents by src, broadcast and cast."""
    if isinstance(src, (bool, int, float, complex)):
        src = from_array(np.asarray(src), device=self.device)
    if not isinstance(src, Tensor):
        raise TypeError(
            f"copy_(): argument 'other' (position 1) must be Tensor, not {src.__class__.__name__}"
        )
    itself = src is self
    self._check_writable((src,) if self._value.aval.inexact else (), contents=not itself)
    if self._alias is not None and src._alias is not None and not itself:
        refuse_shared(self, (src,))
    if src._value.aval.device is not self._value.aval.device:
        src = _to_device(src, self._value.aval.device)
    if src.dtype.is_complex and not self.dtype.is_complex and self.dtype is not _dtypes.bool_:
        _apply.warn_of_imaginary_part()
    tracked = modes.grad and (self.requires_grad or src.requires_grad)
    if not tracked and src._value.aval is self._value.aval:
        return self._write(twin(src._read()))
    return _apply.assign(self, _copy_from(self, src))


def fill_(self: Tensor, value: Any) -> Tensor:
    """Every element becomes value, a number or a 0-d tensor."""
    self._check_writable((value,), contents=isinstance(value, Tensor))  # a number goes anywhere
    if isinstance(value, Tensor):
        if value.ndim:
            raise RuntimeError(
                "fill_ only supports 0-dimension value tensor but got tensor with "
                f"{value.ndim} dimensions."
            )
        if value.dtype.is_complex and self.dtype.category in (1, 2):
            _apply.warn_of_imaginary_part()
        return _apply.assign(self, _fill_tensor(self, value))
    if isinstance(value, complex) and not self.dtype.is_complex:
        raise RuntimeError(f"value cannot be converted to type {self.dtype.name} without overflow")
    return _apply.assign(self, _fill(self, value))


def zero_(self: Tensor) -> Tensor:
    self._check_writable(contents=False)
    return _apply.assign(self, _zero(self))


def fill(input: Tensor, value: Any) -> Tensor:
    return fill_(clone(input), value)


def resize_(self: Tensor, *sizes, memory_format=_devices.contiguous_format) -> Tensor:
    """Another shape in place; elements in storage order are kept, new ones are zero."""
    shape = sizes[0] if len(sizes) == 1 and not isinstance(sizes[0], int) else sizes
    shape = tuple(int(n) for n in shape)
    if self.requires_grad:
        raise RuntimeError("cannot resize variables that require grad")
    if tuple(self.shape) == shape:
        return self
    old = self._read()
    value = _resized(from_value(old), shape)._value
    resize(self, shape)
    self._ensure_counter().n += 1
    self._value = value
    return self


@op(variants="", name="resize")
def _resized(input: Tensor, size: tuple):
    n = 1
    for s in size:
        n *= s
    flat = input.reshape(-1)[:n]
    return jnp.pad(flat, (0, n - flat.size)).reshape(size)


FUNCTIONS = ("fill",)
METHODS = (
    "copy_", "cpu", "cuda", "fill_", "resize_", "to", "type", "type_as", "zero_",
)  # fmt: skip
