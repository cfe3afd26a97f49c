"""`torch._C` as far as packages reach into it: other names of things that jtorch has elsewhere."""

from __future__ import annotations

from . import _errors, _generator, _ops_keys, _size
from .ops import _overrides

DispatchKey = _ops_keys.DispatchKey
DispatchKeySet = _ops_keys.DispatchKeySet
DisableTorchFunctionSubclass = _overrides.disable_subclasses
Generator = _generator.Generator
Size = _size.Size
_ExcludeDispatchKeyGuard = _ops_keys.ExcludeDispatchKeyGuard
_LinAlgError = _errors._LinAlgError
_disabled_torch_function_impl = _overrides.disabled_torch_function


def _AutoDispatchBelowAutograd() -> _ops_keys.ExcludeDispatchKeyGuard:
    """Inside, operators pass over kernels for autograd: how such a kernel calls the one below."""
    return _ExcludeDispatchKeyGuard(_ops_keys.AUTOGRAD)


def _get_tracing_state() -> None:
    """None: nothing is being traced to TorchScript."""


def _log_api_usage_once(event: str) -> None:
    """Does nothing: nobody collects what is used."""


def __getattr__(name: str):
    raise _errors.no_attribute("torch._C", name)
