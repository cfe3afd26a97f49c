"""torch.autograd.forward_ad: tensors made dual by hand, whose tangents every op carries on."""

from __future__ import annotations

import threading
from typing import NamedTuple

from .._autograd.modes import _ContextDecorator
from .._errors import no_attribute as _no_attribute
from .._tensor import Tensor
from ..graph.levels import Tangents, levels_of
from . import _dual


class _Current(threading.local):
    level: Tangents | None = None


_current = _Current()


class UnpackedDualTensor(NamedTuple):
    """What unpack_dual returns; tangent is None for a tensor that has none."""

    primal: Tensor
    tangent: Tensor | None


def enter_dual_level() -> int:
    """Begin a forward derivative; tangents made now are forgotten at exit_dual_level."""
    if _current.level is not None:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    _current.level = Tangents()
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """End a forward derivative."""
    if _current.level is None:
        raise RuntimeError("Dual level must be a positive number.")
    if level not in (None, 0):
        raise RuntimeError(
            "Trying to exit a forward AD level that was not the last one that was created. This is "
            "not supported."
        )
    _current.level = None


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Tensor:
    """tensor with a tangent, which must have its shape."""
    if _current.level is None:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to "
            "enter_dual_level() first."
        )
    if _current.level in levels_of(tensor._read()) and unpack_dual(tensor).tangent is not None:
        raise RuntimeError(
            "Making a dual Tensor based on a Tensor that already has a forward gradient at the "
            "same level 0 is not supported."
        )
    return _dual.make_dual(_current.level, tensor, tangent)


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """(the tensor itself, its tangent)."""
    if _current.level is None:
        return UnpackedDualTensor(tensor, None)
    return UnpackedDualTensor(*_dual.split_dual(_current.level, tensor))


class dual_level(_ContextDecorator):
    """A context in which make_dual can be used; also a decorator."""

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *exc) -> None:
        exit_dual_level()


def __getattr__(name: str):
    raise _no_attribute("torch.autograd.forward_ad", name)
