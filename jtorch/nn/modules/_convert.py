"""Moving and casting a module: `to`, `cuda`, `half` and their like, all of them one walk that
replaces each parameter, gradient and buffer by its converted self."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Self

from ..._autograd.modes import no_grad
from ..._devices import device as Device
from ..._dtypes import bfloat16, dtype, float16, float32, float64
from ..._tensor import Tensor
from ...ops.creation import empty_like
from ..parameter import Parameter, is_lazy

_TO_SIGNATURES = """\
 * (torch.device device = None, torch.dtype dtype = None, bool non_blocking = False, bool copy = \
False, *, torch.memory_format memory_format = None)
 * (torch.dtype dtype, bool non_blocking = False, bool copy = False, *, torch.memory_format \
memory_format = None)
 * (Tensor tensor, bool non_blocking = False, bool copy = False, *, torch.memory_format \
memory_format = None)
"""


class Convert:
    """The moving half of Module."""

    children: Callable[..., Any]
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Replace every parameter, its gradient and every buffer by `fn` of it."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        for name, parameter in self._parameters.items():
            if parameter is not None:
                self._parameters[name] = _converted(parameter, fn)
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Move or cast in place: `to(device)`, `to(dtype)`, `to(device, dtype)`, `to(tensor)` or
        `to(memory_format=…)`. Integer tensors keep their dtype."""
        device, kind, non_blocking, memory_format = _parse_to(*args, **kwargs)
        if kind is not None:
            _check_dtype(kind)

        def convert(tensor: Tensor) -> Tensor:
            cast = kind if tensor.is_floating_point() or tensor.is_complex() else None
            options: dict[str, Any] = {"non_blocking": non_blocking}
            if memory_format is not None and tensor.dim() in (4, 5):
                options["memory_format"] = memory_format
            try:
                return tensor.to(device=device, dtype=cast, **options)
            except NotImplementedError as error:
                if str(error) != "Cannot copy out of meta tensor; no data!":
                    raise
                raise NotImplementedError(
                    f"{error} Please use torch.nn.Module.to_empty() instead of "
                    "torch.nn.Module.to() when moving module from meta to a different device."
                ) from None

        return self._apply(convert)

    def to_empty(self, *, device: Any, recurse: bool = True) -> Self:
        """Move to `device` without the values, as is the only way out of the meta device."""
        return self._apply(lambda tensor: empty_like(tensor, device=device), recurse=recurse)

    def cpu(self) -> Self:
        """Move to the CPU, in place."""
        return self._apply(lambda tensor: tensor.cpu())

    def cuda(self, device: Any = None) -> Self:
        """Move to a GPU, in place."""
        return self._apply(lambda tensor: tensor.cuda(device))

    def type(self, dst_type: Any) -> Self:
        """Cast every parameter and buffer, integers too, in place."""
        return self._apply(lambda tensor: tensor.type(dst_type))

    def float(self) -> Self:
        """Cast what is floating to float32, in place."""
        return self._cast_floating(float32)

    def double(self) -> Self:
        """Cast what is floating to float64, in place."""
        return self._cast_floating(float64)

    def half(self) -> Self:
        """Cast what is floating to float16, in place."""
        return self._cast_floating(float16)

    def bfloat16(self) -> Self:
        """Cast what is floating to bfloat16, in place."""
        return self._cast_floating(bfloat16)

    def _cast_floating(self, kind: dtype) -> Self:
        return self._apply(lambda t: t.to(kind) if t.is_floating_point() else t)

    def share_memory(self) -> Self:
        """Put every parameter and buffer in memory that other processes can see."""
        return self._apply(lambda tensor: tensor.share_memory_())


def _converted(parameter: Parameter, fn: Callable[[Tensor], Tensor]) -> Parameter:
    """The parameter holding `fn` of itself: the same object, unless it leaves or enters meta."""
    grad = None if is_lazy(parameter) else parameter.grad
    with no_grad():
        value = fn(parameter)
        new_grad = None if grad is None else fn(grad)
    if value.is_meta == parameter.is_meta:
        if value is not parameter:
            parameter.data = value
        if grad is not None and new_grad is not grad:
            grad.data = new_grad
        return parameter
    fresh = Parameter(value, parameter.requires_grad)
    if new_grad is not None and grad is not None:
        fresh.grad = new_grad.requires_grad_(grad.requires_grad)
    return fresh


def _check_dtype(kind: dtype) -> None:
    if not (kind.is_floating_point or kind.is_complex):
        raise TypeError(
            "nn.Module.to only accepts floating point or complex dtypes, but got desired "
            f"dtype={kind}"
        )
    if kind.is_complex:
        warnings.warn(
            "Complex modules are a new feature under active development whose design may change, "
            "and some modules might not work as expected when using complex tensors as parameters "
            "or buffers. Please file an issue at "
            "https://github.com/pytorch/pytorch/issues/new?template=bug-report.yml "
            "if a complex module does not work as expected.",
            stacklevel=3,
        )


def _parse_to(*args: Any, **kwargs: Any) -> tuple[Device | None, dtype | None, bool, Any]:
    """Sort the arguments of `to` into (device, dtype, non_blocking, memory_format)."""
    rest = dict(kwargs)
    memory_format = rest.pop("memory_format", None)
    names: tuple[str, ...] = ("device", "dtype", "non_blocking", "copy")
    first = args[0] if args else None
    if isinstance(first, dtype):
        names = names[1:]
    elif isinstance(first, Tensor) or "tensor" in rest:
        names = ("tensor", *names[2:])
    values: dict[str, Any] = dict(zip(names, args, strict=False))
    if len(args) > len(names) or set(values) & set(rest) or not set(rest) <= set(names):
        raise _invalid_to(args, kwargs)
    values.update(rest)
    tensor = values.get("tensor")
    device, kind = values.get("device"), values.get("dtype")
    if tensor is not None:
        device, kind = tensor.device, tensor.dtype
    if not (device is None or isinstance(device, Device | str | int)):
        raise _invalid_to(args, kwargs)
    if not (kind is None or isinstance(kind, dtype)):
        raise _invalid_to(args, kwargs)
    if "copy" in values:
        raise RuntimeError(".to() does not accept copy argument")
    device = device if device is None or isinstance(device, Device) else Device(device)
    return device, kind, bool(values.get("non_blocking", False)), memory_format


def _invalid_to(args: tuple, kwargs: dict) -> TypeError:
    def kind(value: Any) -> str:
        if isinstance(value, Tensor):
            return "Tensor"
        return "torch.dtype" if isinstance(value, dtype) else type(value).__name__

    got = ", ".join([*map(kind, args), *(f"{name}={kind(v)}" for name, v in kwargs.items())])
    got += ", " if kwargs and not args else ""
    return TypeError(
        f"to() received an invalid combination of arguments - got ({got}), but expected one of:\n"
        + _TO_SIGNATURES
    )
