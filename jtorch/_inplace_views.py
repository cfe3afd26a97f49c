"""The in-place forms of view ops (t_, squeeze_, …): the same tensor under another shape.
Contents stay; what changes is how the tensor hangs on its storage.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._autograd import tape
from ._tensor import Tensor
from .ops import shape


def _become(self: Tensor, view: Tensor) -> Tensor:
    """Take the place of one's own view: its value, its place on the tape and on the storage."""
    if view is self:
        return self
    alias = view._alias
    assert alias is not None
    if alias.base is self:  # a tensor is no view of itself
        alias.base, alias.base_chain = None, ()
        alias.origin = ""
        if view._grad_fn is not None:
            view._grad_fn.of_view = False
    elif self._alias is not None:
        alias.origin, alias.version = self._alias.origin, self._alias.version
    if self._grad_fn is not None and view._grad_fn is None:
        self._set_history(tape.reformed((self._grad_fn, self._nr), view._value.aval))
    counter = self._ensure_counter()
    if self._value.home is None:  # who saved it will ask
        self._value.home = (counter, counter.n)
    counter.n += 1
    view._value.home = (counter, counter.n)
    alias.store.stamp += 1  # to the others of that storage this is a write
    if alias.base is None or view._grad_fn is not None:  # else its history follows from its base
        alias.stamp = alias.store.stamp
    self._value, self._alias, self._strides = view._value, alias, None
    if view._grad_fn is not None:
        alias.version = counter.n
        node = view._grad_fn
        name = str(node.name())
        node.__class__ = tape.node_type(_NODES.get(name, name))
        writer = counter.writer if alias.base is not None else (node.name(), view._nr)
        self._set_history((node, view._nr))
        counter.writer = writer  # the views of one base share the counter, and not the node
    return self


# The names of the nodes of the in-place forms.
_NODES = {
    "TBackward0": "TBackward1",
    "TransposeBackward0": "TransposeBackward1",
    "SqueezeBackward0": "SqueezeBackward3",
    "SqueezeBackward1": "SqueezeBackward4",
    "SqueezeBackward2": "SqueezeBackward5",
    "UnsqueezeBackward0": "UnsqueezeBackward1",
    "AsStridedBackward0": "AsStridedBackward1",
}


def _t(self: Tensor) -> Tensor:
    if self.ndim > 2:
        raise RuntimeError(f"t_() expects a tensor with <= 2 dimensions, but self is {self.ndim}D")
    return shape._views.t(self)


def _form(fn: Callable, name: str) -> Callable:
    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        self._check_writable(contents=False)
        return _become(self, fn(self, *args, **kwargs))

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"{name[:-1]} in place."
    return method


_FORMS: dict[str, Callable] = {
    "t_": _t,
    "transpose_": shape.transpose,
    "swapaxes_": shape.transpose,
    "swapdims_": shape.transpose,
    "squeeze_": shape.squeeze,
    "unsqueeze_": shape._views.unsqueeze,
    "as_strided_": shape.as_strided,
}
METHODS = {name: _form(fn, name) for name, fn in _FORMS.items()}
