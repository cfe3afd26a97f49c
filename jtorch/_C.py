"""`torch._C` as far as packages reach into it: other names of things that jtorch has elsewhere."""

from __future__ import annotations

from . import _errors
from ._errors import _LinAlgError as _LinAlgError
from ._generator import Generator as Generator
from ._ops_keys import AUTOGRAD as _AUTOGRAD
from ._ops_keys import DispatchKey as DispatchKey
from ._ops_keys import DispatchKeySet as DispatchKeySet
from ._ops_keys import ExcludeDispatchKeyGuard as _ExcludeDispatchKeyGuard
from ._size import Size as Size


def _AutoDispatchBelowAutograd() -> _ExcludeDispatchKeyGuard:
    """Inside, operators pass over kernels for autograd: how such a kernel calls the one below."""
    return _ExcludeDispatchKeyGuard(_AUTOGRAD)


def _log_api_usage_once(event: str) -> None:
    """Does nothing: nobody collects what is used."""


def __getattr__(name: str):
    raise _errors.no_attribute("torch._C", name)
