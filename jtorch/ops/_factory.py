"""What all functions that make tensors share: sizes, the options dtype, layout, device, pin_memory
and requires_grad with torch's words for wrong ones, and how a new value becomes a Tensor.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from .. import _devices, _dtypes, _errors
from .._layout import channels_last_strides, contiguous_strides, dense_like
from .._tensor import Tensor, from_array, from_value
from ..graph import META, from_buffer, is_open, record
from . import _out, _overrides

Function = TypeVar("Function", bound=Callable)


def factory(function: Function) -> Function:
    """Let TorchFunctionModes, and overriding first arguments, see the call."""

    @functools.wraps(function)
    def public(*args, **kwargs):
        first = args[:1]
        if _overrides.state.modes or (first and first[0].__class__ not in _overrides.plain):
            if _overrides.overrides(first):
                return _overrides.dispatch(public, first, args, kwargs)
        return function(*args, **kwargs)

    return public  # type: ignore[return-value]


# -- sizes


def as_shape(args: tuple, function: str, name: str = "size") -> tuple[int, ...]:
    """The shape that zeros(2, 3), zeros((2, 3)) and zeros(tensor(2)) mean."""
    if len(args) == 1:
        (given,) = args
        if isinstance(given, (tuple, list)):
            return _ints(given, function, name)
        if isinstance(given, bool) or not is_int(given):
            raise TypeError(
                f"{function}(): argument '{name}' (position 1) must be tuple of ints, not "
                f"{_errors.type_name_of(given)}"
            )
    elif not args:
        raise TypeError(f'{function}() missing 1 required positional arguments: "{name}"')
    elif isinstance(args[0], (tuple, list)):
        raise TypeError(f"{function}() takes 1 positional argument but {len(args)} were given")
    return _ints(args, function, name)


def is_int(x: Any) -> bool:
    """Whether torch takes x where it wants an int: ints, NumPy's, 0-d integer tensors."""
    if x.__class__ is int:
        return True
    if isinstance(x, Tensor):
        return x.dtype.category <= _dtypes.INT and x.shape.numel() == 1
    return isinstance(x, (int, np.integer)) or (
        not isinstance(x, float) and (hasattr(x, "__index__") or is_open(x))
    )


def _ints(items: Any, function: str, name: str) -> tuple[int, ...]:
    shape = []
    for position, item in enumerate(items, start=1):
        if not is_int(item):
            raise TypeError(
                f"{function}(): argument '{name}' failed to unpack the object at pos {position} "
                f'with error "type must be tuple of ints,but got {_errors.type_name_of(item)}"'
            )
        shape.append(item if is_open(item) else int(item))
    least = min((n for n in shape if n.__class__ is int), default=0)
    if least < 0:
        if function == "zeros":
            raise RuntimeError(f"{function}: Dimension size must be non-negative.")
        raise RuntimeError(f"Trying to create tensor with negative dimension {least}: {shape}")
    return tuple(shape)


def shape_of(args: tuple, kwargs_size: Any, function: str) -> tuple[int, ...]:
    """as_shape of varargs or of the keyword `size`."""
    if kwargs_size is not None:
        if args:
            raise TypeError(f"{function}() got multiple values for argument 'size'")
        args = (kwargs_size,)
    return as_shape(args, function)


# -- options


def check_options(
    function: str, dtype: Any, layout: Any = None, pin_memory: Any = False, out: Any = None
) -> None:
    """Raise for options that are of the wrong type or ask for what there is not."""
    if dtype is not None and not isinstance(dtype, _dtypes.dtype):
        kind = type(dtype).__name__
        raise TypeError(f"{function}(): argument 'dtype' must be torch.dtype, not {kind}")
    if layout is not None and layout is not _devices.strided:
        if not isinstance(layout, _devices.layout):
            kind = type(layout).__name__
            raise TypeError(f"{function}(): argument 'layout' must be torch.layout, not {kind}")
        raise _errors.not_covered(f"torch.{function}(layout={layout!r})")
    if pin_memory:
        if not _devices.device_count("cuda"):
            raise RuntimeError(
                "pin_memory=True requires a CUDA or other accelerator backend; no pinned memory "
                "allocator is available on this system."
            )
        raise _errors.not_covered(f"torch.{function}(pin_memory=True)")
    if out is not None and not isinstance(out, Tensor):
        kind = _errors.type_name_of(out)
        raise TypeError(f"{function}(): argument 'out' must be Tensor, not {kind}")


def place(function: str, device: Any) -> Any:
    """Where the graph keeps a new tensor, with errors that name the function."""
    if device is None or isinstance(device, _devices.device):
        return _devices.to_jax(device)
    return _devices.to_jax(_devices.resolve(device, function))


# -- from a value to a Tensor


def recorded(prim, static: tuple, numbers: tuple, where: Any) -> Tensor:
    """A tensor that an op without tensor inputs computes."""
    return from_value(record(prim, static, numbers, where)[0])


def fresh(array: np.ndarray, where: Any) -> Tensor:
    """A tensor of an ndarray that nobody else holds."""
    if where is META or where.platform != "cpu":
        return from_array(array, device=_devices.of_jax(where))
    return from_value(from_buffer(array, where))


def finished(tensor: Tensor, requires_grad: Any = False, out: Tensor | None = None) -> Tensor:
    """The last step of every factory: the out= argument, and requires_grad."""
    if out is not None:
        if out.dtype is not tensor.dtype:
            raise RuntimeError(
                f"dtype {tensor.dtype._scalar_name} does not match dtype of out parameter "
                f"({out.dtype._scalar_name})"
            )
        _out.store_out(out, tensor)
        tensor = out
    if requires_grad:
        if tensor.dtype.category < _dtypes.FLOAT:
            raise RuntimeError(
                "Only Tensors of floating point and complex dtype can require gradients"
            )
        tensor.requires_grad = True
    return tensor


def set_format(tensor: Tensor, memory_format: Any) -> Tensor:
    """Give a new tensor the strides of a memory format."""
    shape = tensor._value.aval.shape
    if memory_format is None or memory_format is _devices.contiguous_format:
        return tensor
    if memory_format is _devices.preserve_format:
        raise RuntimeError("unsupported memory format Preserve")
    rank = 4 if memory_format is _devices.channels_last else 5
    if len(shape) != rank:
        raise RuntimeError(f"required rank {rank} tensor to use {memory_format._name} format")
    tensor._strides = channels_last_strides(shape)
    return tensor


def like(tensor: Tensor, model: Tensor, memory_format: Any) -> Tensor:
    """Give a new tensor of model's shape the strides that zeros_like and its kin have."""
    if memory_format not in (None, _devices.preserve_format):
        return set_format(tensor, memory_format)
    if not model._plain():
        shape = tensor._value.aval.shape
        strides = dense_like(shape, model._layout().strides)
        tensor._strides = None if strides == contiguous_strides(shape) else strides
    return tensor
