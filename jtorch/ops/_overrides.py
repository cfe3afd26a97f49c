"""`__torch_function__`: subclasses of Tensor and other objects that want to see calls, and modes.
Plain tensors pay nothing: `plain` is the set of classes that need no look, and it is empty while a
mode is on.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import Any

from .._tensor import Tensor

_PLAIN: set[type] = {Tensor}
plain: set[type] = _PLAIN


class _State(threading.local):
    def __init__(self):
        self.disabled = 0
        self.modes: list[Any] = []


state = _State()


def register_plain(cls: type) -> None:
    """A subclass that behaves as Tensor does (Parameter, Buffer)."""
    _PLAIN.add(cls)


def disabled_torch_function(cls, func, types, args=(), kwargs=None):
    """The `__torch_function__` of classes that opt out."""
    return NotImplemented


def overrides(inputs: Sequence) -> bool:
    """Whether some input, or a mode, wants the call."""
    if state.modes:
        return True
    for x in inputs:
        cls = x.__class__
        if cls in _PLAIN:
            continue
        function = getattr(cls, "__torch_function__", None)
        if function is None or function is disabled_torch_function:
            continue
        if state.disabled and isinstance(x, Tensor):
            continue
        return True
    return False


def dispatch(func: Callable, relevant: Sequence, args: tuple, kwargs: dict) -> Any:
    """Ask the innermost mode, then each overriding argument, subclasses first."""
    if state.modes:
        mode = state.modes.pop()
        _refresh_plain()
        try:
            return mode.__torch_function__(func, _types(relevant), args, kwargs)
        finally:
            state.modes.append(mode)
            _refresh_plain()
    order: list[Any] = []
    for x in relevant:
        cls = x.__class__
        function = getattr(cls, "__torch_function__", None)
        if cls in _PLAIN or function is None or function is disabled_torch_function:
            continue
        if any(cls is o.__class__ for o in order):
            continue
        at = next((i for i, o in enumerate(order) if issubclass(cls, o.__class__)), len(order))
        order.insert(at, x)
    for x in order:
        result = x.__torch_function__(func, _types(relevant), args, kwargs)
        if result is not NotImplemented:
            return result
    name = getattr(func, "__name__", str(func))
    raise TypeError(
        f"no implementation found for 'torch.{name}' on types that implement __torch_function__: "
        f"[{', '.join(o.__class__.__name__ for o in order)}]"
    )


def _types(relevant: Sequence) -> tuple[type, ...]:
    """The classes that have a say: not Tensor, nor those that opt out as Parameter does."""
    classes = dict.fromkeys(x.__class__ for x in relevant)
    functions = {cls: getattr(cls, "__torch_function__", None) for cls in classes}
    return tuple(
        cls
        for cls, function in functions.items()
        if function not in (None, disabled_torch_function) and cls not in _PLAIN
    )


def overridable(method: Callable) -> Callable:
    """A method in plain Python that subclasses and modes see called, as they do ops."""

    @functools.wraps(method)
    def call(self, *args, **kwargs):
        if self.__class__ not in plain:
            given = (self, *args)
            if overrides(given):
                return dispatch(call, given, given, kwargs)
        return method(self, *args, **kwargs)

    return call


def default_torch_function(cls, func, types, args=(), kwargs=None):
    """Tensor's own: run the function on plain tensors and give results the subclass's type."""
    if not all(issubclass(cls, t) for t in types):
        return NotImplemented
    with disable_subclasses():
        result = func(*args, **(kwargs or {}))
    return result if cls in _PLAIN else _convert(result, cls)


def _convert(result: Any, cls: type) -> Any:
    if isinstance(result, Tensor) and not isinstance(result, cls):
        return as_subclass(result, cls)
    if isinstance(result, (tuple, list)):
        return type(result)(_convert(r, cls) for r in result)
    return result


def as_subclass(tensor: Tensor, cls: type) -> Tensor:
    """The same contents, storage and tape under another class."""
    out = object.__new__(cls)
    out._set(tensor._read(), tensor._grad_fn, tensor._nr)
    out._alias, out._strides, out._counter = tensor._alias, tensor._strides, tensor._counter
    out._requires = tensor._requires
    return out


@contextmanager
def disable_subclasses():
    """DisableTorchFunctionSubclass: subclasses count as Tensor."""
    state.disabled += 1
    try:
        yield
    finally:
        state.disabled -= 1


@contextmanager
def as_plain(tensors: Sequence):
    """Treat the classes of these tensors as plain for one call."""
    extra = {x.__class__ for x in tensors if isinstance(x, Tensor)} - plain
    plain.update(extra)
    try:
        yield
    finally:
        plain.difference_update(extra)


@contextmanager
def mode(instance: Any):
    """Push a TorchFunctionMode."""
    state.modes.append(instance)
    _refresh_plain()
    try:
        yield instance
    finally:
        state.modes.remove(instance)
        _refresh_plain()


def _refresh_plain() -> None:
    global plain
    plain = set() if state.modes else _PLAIN
