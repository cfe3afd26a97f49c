"""`torch.autocast`: a context manager and decorator that turns the casting of operands on for one
kind of device, and what a `torch.autograd.Function` says about it. What is cast stands in
`ops/_autocast.py`.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

from .. import _dtypes
from .._devices import device
from .._tensor import Tensor
from ..accelerator import is_available as cuda_is_available
from . import _switches
from ._switches import get_autocast_dtype, is_autocast_enabled
from ._switches import is_autocast_available as is_autocast_available

__all__ = ["autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]

_LOWER = {"cpu": (_dtypes.bfloat16, _dtypes.float16)}


class autocast:
    """Within it, products run in `dtype` and what needs precision in float32, on tensors that are
    on `device_type`; in-place and `out=` forms are left alone. May be nested, with `enabled=False`
    for an island of full precision.

    device_type: "cpu", "cuda", …; dtype: by default bfloat16 on the CPU and float16 on CUDA.
    cache_enabled: keep the casts of parameters until the outermost one ends. Raises ValueError for
    a device_type that is no string, RuntimeError for one that is no device. A dtype that the device
    cannot have, or CUDA without a GPU, is a warning, and nothing is cast."""

    def __init__(
        self,
        device_type: str,
        dtype: Any = None,
        enabled: bool = True,
        cache_enabled: bool | None = None,
    ):
        if not isinstance(device_type, str):
            kind = type(device_type)
            raise ValueError(f"Expected `device_type` of type `str`, got: `{kind}`")
        self.device = device(device_type).type
        self.fast_dtype = get_autocast_dtype(self.device) if dtype is None else dtype
        if cache_enabled is None:
            cache_enabled = _switches.is_autocast_cache_enabled()
        self._cache_enabled = cache_enabled
        if enabled and self.device == "cuda" and not cuda_is_available():
            warnings.warn(
                "CUDA is not available or torch_xla is imported. Disabling autocast.", stacklevel=2
            )
            enabled = False
        if enabled and self.fast_dtype not in _LOWER.get(self.device, (self.fast_dtype,)):
            warnings.warn(
                "In CPU autocast, but the target dtype is not supported. Disabling autocast.\n"
                "CPU Autocast only supports dtypes of torch.bfloat16, torch.float16 currently.",
                stacklevel=2,
            )
            enabled = False
        self._enabled = enabled
        self._previous: list[tuple] = []

    def __enter__(self) -> autocast:
        self._previous.append(
            (
                is_autocast_enabled(self.device),
                get_autocast_dtype(self.device),
                _switches.is_autocast_cache_enabled(),
            )
        )
        self._switch(self._enabled, self.fast_dtype, self._cache_enabled)
        _switches.autocast_increment_nesting()
        return self

    def __exit__(self, kind: Any, value: Any, traceback: Any) -> bool:
        if _switches.autocast_decrement_nesting() == 0:
            _switches.clear_autocast_cache()
        self._switch(*self._previous.pop())
        return False

    def _switch(self, enabled: bool, dtype: Any, cache: bool) -> None:
        _switches.set_autocast_dtype(self.device, dtype)
        _switches.set_autocast_enabled(self.device, enabled)
        _switches.set_autocast_cache_enabled(cache)

    def __call__(self, func: Callable) -> Callable:
        @functools.wraps(func)
        def decorated(*args: Any, **kwargs: Any) -> Any:
            with self:
                return func(*args, **kwargs)

        return decorated


def custom_fwd(
    fwd: Callable | None = None, *, device_type: str, cast_inputs: Any = None
) -> Callable:
    """Decorates the forward of an `autograd.Function`. With `cast_inputs` it runs outside autocast
    on inputs of that dtype, if autocast is on; without, under whatever autocast there is. Backward,
    decorated by `custom_bwd`, follows forward."""
    _check_kind(device_type)
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)
    forward = fwd

    @functools.wraps(forward)
    def decorated(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        ctx._dtype = get_autocast_dtype(device_type)
        ctx._fwd_used_autocast = on = is_autocast_enabled(device_type)
        if cast_inputs is None:
            return forward(ctx, *args, **kwargs)
        ctx._fwd_used_autocast = False
        if not on:
            return forward(ctx, *args, **kwargs)
        with autocast(device_type=device_type, enabled=False):
            args = tuple(_cast(x, device_type, cast_inputs) for x in args)
            kwargs = {k: _cast(x, device_type, cast_inputs) for k, x in kwargs.items()}
            return forward(ctx, *args, **kwargs)

    return decorated


def custom_bwd(bwd: Callable | None = None, *, device_type: str) -> Callable:
    """Decorates the backward of an `autograd.Function` whose forward `custom_fwd` decorates: it
    runs under the autocast that forward ran under."""
    _check_kind(device_type)
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)
    backward = bwd

    @functools.wraps(backward)
    def decorated(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        with autocast(device_type, enabled=ctx._fwd_used_autocast, dtype=ctx._dtype):
            return backward(ctx, *args, **kwargs)

    return decorated


def _check_kind(device_type: Any) -> None:
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")


def _cast(x: Any, device_type: str, dtype: Any) -> Any:
    """Tensors of floats on that device, also inside lists, tuples and dicts."""
    if isinstance(x, Tensor):
        fits = x.is_floating_point() and x.device.type == device_type
        return x.to(dtype) if fits and x.dtype is not _dtypes.float64 else x  # type: ignore[attr-defined]
    if isinstance(x, dict):
        return {_cast(k, device_type, dtype): _cast(v, device_type, dtype) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return type(x)(_cast(y, device_type, dtype) for y in x)
    return x
