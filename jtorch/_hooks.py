"""Handles that take a registered hook out again. Used by tensors, modules and optimizers alike, so
it knows none of them: a handle only holds a weak reference to the dict that the hook was put in.
"""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, Self

__all__ = ["RemovableHandle", "unserializable_hook"]


class RemovableHandle:
    """What every `register_*_hook` returns. `remove()` unregisters; used as a context manager it
    unregisters on the way out. `extra_dict` is a dict, or a list of dicts, with more entries of the
    same id."""

    next_id: int = 0

    def __init__(self, hooks_dict: Any, *, extra_dict: Any = None) -> None:
        self.hooks_dict_ref = weakref.ref(hooks_dict)
        self.id = RemovableHandle.next_id
        RemovableHandle.next_id += 1
        self.extra_dict_ref: tuple = tuple(weakref.ref(extra) for extra in _as_dicts(extra_dict))

    def remove(self) -> None:
        """Unregister the hook; a second call does nothing."""
        for reference in (self.hooks_dict_ref, *self.extra_dict_ref):
            hooks = reference()
            if hooks is not None:
                hooks.pop(self.id, None)

    def __getstate__(self) -> tuple:
        extras = tuple(reference() for reference in self.extra_dict_ref)
        return (self.hooks_dict_ref(), self.id, extras)

    def __setstate__(self, state: tuple) -> None:
        hooks, self.id, *extras = state
        # A dict that was already gone when the handle was saved is replaced by one nobody shares.
        self.hooks_dict_ref = weakref.ref(OrderedDict() if hooks is None else hooks)
        self.extra_dict_ref = tuple(
            weakref.ref(OrderedDict() if extra is None else extra)
            for extra in (extras[0] if extras else ())
        )
        RemovableHandle.next_id = max(RemovableHandle.next_id, self.id + 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()


def _as_dicts(extra: Any) -> Iterable[Any]:
    if extra is None:
        return ()
    return extra if isinstance(extra, list) else (extra,)


def unserializable_hook(f: Callable) -> Callable:
    """Mark a hook so that saving the tensor it is on warns that the hook will be missing."""
    f.__torch_unserializable__ = True  # type: ignore[attr-defined]
    return f
