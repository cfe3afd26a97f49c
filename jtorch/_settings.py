"""Process-wide settings and small helpers of the torch namespace that compute nothing: threads,
determinism, assertions, names of types. It knows no op.
"""

import os
import sys
import warnings
from collections.abc import Callable
from typing import Any

from . import _devices, _errors
from ._autograd.modes import modes
from ._tensor import Tensor

__all__ = [
    "_assert",
    "_check",
    "_check_index",
    "_check_type",
    "_check_value",
    "are_deterministic_algorithms_enabled",
    "get_deterministic_debug_mode",
    "get_device_module",
    "get_num_interop_threads",
    "get_num_threads",
    "init_num_threads",
    "is_deterministic_algorithms_warn_only_enabled",
    "is_warn_always_enabled",
    "set_anomaly_enabled",
    "set_deterministic_debug_mode",
    "set_flush_denormal",
    "set_num_interop_threads",
    "set_num_threads",
    "set_warn_always",
    "thread_safe_generator",
    "typename",
    "use_deterministic_algorithms",
]


# -- threads --

_threads: dict[str, int | None] = {"threads": None, "interop": None}


def _available() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _positive(function: str, value: int) -> int:
    if type(value) is not int:
        raise RuntimeError(f"{function} expects an int, but got {type(value).__name__}")
    if value <= 0:
        raise RuntimeError(f"{function} expects a positive integer")
    return value


def get_num_threads() -> int:
    """The number last set, or the number of processors that the process may use."""
    return _threads["threads"] or _available()


def set_num_threads(num_threads: int) -> None:
    """Remembers the number. XLA's threads are as many as the processors of the process when it
    starts: `taskset` limits them.
    """
    _threads["threads"] = _positive("set_num_threads", num_threads)


def get_num_interop_threads() -> int:
    """The number last set, or the number of processors that the process may use."""
    return _threads["interop"] or _available()


def set_num_interop_threads(num_threads: int) -> None:
    """Remembers the number, which can be set once."""
    number = _positive("set_num_interop_threads", num_threads)
    if _threads["interop"] is not None:
        raise RuntimeError(
            "Error: cannot set number of interop threads after parallel work has started or "
            "set_num_interop_threads called"
        )
    _threads["interop"] = number


def init_num_threads() -> None:
    """Forgets what `set_num_threads` set."""
    _threads["threads"] = None


def set_flush_denormal(mode: bool) -> bool:
    """False: XLA sets the mode of its own threads."""
    return False


# -- determinism --

_DEBUG_MODES = ("default", "warn", "error")
_determinism = {"mode": 0}

NOT_DETERMINISTIC = (
    "XLA picks deterministic algorithms on a GPU only if the process starts with "
    "XLA_FLAGS=--xla_gpu_deterministic_ops=true in its environment."
)


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """On the CPU results are deterministic anyway. With a GPU, warns unless XLA was started with
    the flag that makes them so.
    """
    if not isinstance(mode, bool):
        raise TypeError(
            "_set_deterministic_algorithms(): argument 'mode' (position 1) must be bool, "
            f"not {type(mode).__name__}"
        )
    _determinism["mode"] = (1 if warn_only else 2) if mode else 0
    started_so = "xla_gpu_deterministic_ops" in os.environ.get("XLA_FLAGS", "")
    if mode and not started_so and _devices.device_count("cuda"):
        warnings.warn(NOT_DETERMINISTIC, stacklevel=2)


def are_deterministic_algorithms_enabled() -> bool:
    """Whether `use_deterministic_algorithms` was called with True."""
    return _determinism["mode"] > 0


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether it was called with `warn_only=True`."""
    return _determinism["mode"] == 1


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """0 or "default", 1 or "warn", 2 or "error"."""
    if isinstance(debug_mode, str):
        if debug_mode not in _DEBUG_MODES:
            raise RuntimeError(
                "invalid value of debug_mode, expected one of `default`, `warn`, `error`, "
                f"but got {debug_mode}"
            )
        debug_mode = _DEBUG_MODES.index(debug_mode)
    if debug_mode not in (0, 1, 2):
        raise RuntimeError(
            f"invalid value of debug_mode, expected 0, 1, or 2, but got {debug_mode}"
        )
    use_deterministic_algorithms(debug_mode > 0, warn_only=debug_mode == 1)


def get_deterministic_debug_mode() -> int:
    """0, 1 or 2."""
    return _determinism["mode"]


# -- warnings, anomalies, generators --


def set_warn_always(b: bool, /) -> None:
    """Whether warnings that are given once a process are given each time."""
    if not isinstance(b, bool):
        raise RuntimeError(f"setWarnOnlyOnce expects a bool, but got {type(b).__name__}")
    _errors.once.always = b


def is_warn_always_enabled() -> bool:
    """What `set_warn_always` set."""
    return _errors.once.always


def set_anomaly_enabled(enabled: bool, check_nan: bool = True) -> None:
    """Detection of anomalies in backward, as `autograd.set_detect_anomaly` switches it."""
    modes.anomaly, modes.check_nan = enabled, check_nan


def thread_safe_generator() -> None:
    """None: workers that load data share the process's generator."""


# -- assertions --

UNNAMED_CHECK = (
    "Expected cond to be True, but got False. (Could this error message be improved? If so, please "
    "report an enhancement request to PyTorch.)"
)


def _check_with(error: type[Exception], cond: Any, message: Callable[[], Any] | None) -> None:
    if not isinstance(cond, bool):
        raise TypeError(f"cond must be a bool, but got {type(cond)}")
    if cond:
        return
    if message is not None and not callable(message):
        raise TypeError("message must be a callable")
    raise error(UNNAMED_CHECK if message is None else str(message()))


def _check(cond, message=None):
    """Raises RuntimeError unless cond is True; `message` is called for the text."""
    _check_with(RuntimeError, cond, message)


def _check_index(cond, message=None):
    """As `_check`, with IndexError."""
    _check_with(IndexError, cond, message)


def _check_value(cond, message=None):
    """As `_check`, with ValueError."""
    _check_with(ValueError, cond, message)


def _check_type(cond, message=None):
    """As `_check`, with TypeError."""
    _check_with(TypeError, cond, message)


def _assert(condition, message):
    """The assert statement, as a function."""
    assert condition, message


# -- names --


def typename(obj: Any) -> str:
    """The dotted name of an object's type, or of a class: `torch.FloatTensor` for a tensor."""
    if isinstance(obj, Tensor):
        return obj.type()
    named = obj if hasattr(obj, "__qualname__") else type(obj)
    home = getattr(named, "__module__", None) or ""
    if home.partition(".")[0] == __name__.partition(".")[0]:
        home = "torch" + home[len(__name__.partition(".")[0]) :]
    return named.__qualname__ if home in ("", "builtins") else f"{home}.{named.__qualname__}"


def get_device_module(device: Any = None):
    """The module of a device's type: `torch.cuda` for "cuda". By default, of the accelerator."""
    if device is None:
        kind = "cuda" if _devices.device_count("cuda") else "cpu"
    elif isinstance(device, (_devices.device, str)):
        kind = _devices.as_device(device).type
    else:
        raise RuntimeError(f"Invalid value of device '{device}', expect torch.device, str, or None")
    module = sys.modules.get(f"{__package__}.{kind}")
    if module is None:
        raise RuntimeError(
            f"Device '{kind}' does not have a corresponding module registered as 'torch.{kind}'."
        )
    return module
