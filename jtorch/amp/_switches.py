"""The settings of autocast one by one, as torch's functions of the namespace set and answer them:
whether it is on, which dtype it uses, whether it keeps casts.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from .. import _devices, _dtypes
from .._autograd.modes import modes
from ..ops._autocast import Autocast, kept

_DTYPES = {
    kind: _dtypes.float16 if kind in ("cuda", "ipu", "mps") else _dtypes.bfloat16
    for kind in ("cpu", "cuda", "ipu", "xpu", "hpu", "mtia", "maia", "xla", "mps", "privateuseone")
}


def is_autocast_available(device_type: str) -> bool:
    """Whether autocast knows operands of that kind of device."""
    _devices.device(device_type)
    return device_type in _DTYPES


def is_autocast_enabled(device_type: str | None = None) -> bool:
    """Whether it is on for that kind of device (CUDA, if none is named)."""
    if device_type is None:
        device_type = "cuda"
    _devices.device(device_type)  # raises for what is no device
    return modes.autocast is not None and device_type in modes.autocast.lower


def set_autocast_enabled(device_type: str | bool, enabled: bool | None = None) -> None:
    """Turn it on or off for that kind of device."""
    kind, on = ("cuda", device_type) if enabled is None else (device_type, enabled)
    lower = dict(modes.autocast.lower) if modes.autocast is not None else {}
    lower.pop(kind, None)
    if on:
        lower[kind] = get_autocast_dtype(kind)  # type: ignore[arg-type]
    modes.autocast = Autocast(lower) if lower else None


def get_autocast_dtype(device_type: str) -> Any:
    """The dtype autocast would use: float16 on CUDA, else bfloat16, unless another was set."""
    _devices.device(device_type)
    if device_type not in _DTYPES:
        raise RuntimeError(f"unknown device type for autocast in get_autocast_dtype: {device_type}")
    return _DTYPES[device_type]


def set_autocast_dtype(device_type: str, dtype: Any) -> None:
    """The dtype autocast would use."""
    get_autocast_dtype(device_type)
    _DTYPES[device_type] = dtype
    if is_autocast_enabled(device_type):
        set_autocast_enabled(device_type, True)


def is_autocast_cache_enabled() -> bool:
    """Whether casts of parameters are kept."""
    return kept.enabled


def set_autocast_cache_enabled(enabled: bool) -> None:
    """Keep casts of parameters, or make them anew each time."""
    kept.enabled = enabled


def clear_autocast_cache() -> None:
    """Forget the casts that are kept."""
    kept.casts.clear()


def autocast_increment_nesting() -> int:
    """One level deeper; returns the level."""
    kept.depth += 1
    return kept.depth


def autocast_decrement_nesting() -> int:
    """One level less deep; returns the level."""
    kept.depth -= 1
    return kept.depth


def _of_device(old: str, new: str, function: Callable, kind: str, argument: str = "") -> Callable:
    """The form for one device, which torch calls deprecated."""
    text = f"torch.{old}({argument}) is deprecated. Please use torch.{new}('{kind}'"
    text += f", {argument}) instead." if argument else ") instead."

    def form(*args: Any) -> Any:
        warnings.warn(text, DeprecationWarning, stacklevel=2)
        return function(kind, *args)

    def get() -> Any:
        return form()

    def set(value: Any) -> None:
        form(value)

    made = set if argument else get
    made.__name__ = made.__qualname__ = old
    made.__doc__ = f"`{new}` for {kind}."
    return made


OF_DEVICES = {
    old: _of_device(old, new, function, kind, argument)
    for name, kind in {"cpu": "cpu", "gpu": "cuda", "ipu": "ipu", "xla": "xla"}.items()
    for old, new, function, argument in (
        (f"get_autocast_{name}_dtype", "get_autocast_dtype", get_autocast_dtype, ""),
        (f"set_autocast_{name}_dtype", "set_autocast_dtype", set_autocast_dtype, "dtype"),
        (f"is_autocast_{name}_enabled", "is_autocast_enabled", is_autocast_enabled, ""),
        (f"set_autocast_{name}_enabled", "set_autocast_enabled", set_autocast_enabled, "enabled"),
    )
    if "gpu_enabled" not in old
}
