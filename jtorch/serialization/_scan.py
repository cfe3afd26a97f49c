"""What a pickle names and where its storages are, found by looking at it: a stack of strings,
numbers and names is followed, and nothing is made, called or hashed.
"""

from __future__ import annotations

import pickle
import pickletools
import struct
from typing import Any

_MARK = object()
_PUTS = frozenset(("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"))
_GETS = frozenset(("GET", "BINGET", "LONG_BINGET"))
_TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


class Name:
    """A class or function that a pickle names."""

    __slots__ = ("module", "name")

    def __init__(self, module: Any, name: Any):
        self.module, self.name = str(module), str(name)


class Scan:
    """One pickle: `names` in their order, and `ids`, the persistent ids, as tuples of what is known
    of their parts.
    """

    def __init__(self, file: Any):
        self.names: list[Name] = []
        self.ids: list[Any] = []
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}
        try:
            for op, arg, _ in pickletools.genops(file):
                self._step(op, arg)
        except (ValueError, IndexError, KeyError, struct.error, MemoryError) as error:
            text = f"pickle data was truncated or damaged: {error}"
            raise pickle.UnpicklingError(text[:300]) from None

    def _step(self, op: Any, arg: Any) -> None:
        stack, name = self._stack, op.name
        if name in _PUTS:
            self._memo[len(self._memo) if arg is None else int(arg)] = stack[-1]
        elif name in _GETS:
            stack.append(self._memo[int(arg)])
        elif name == "MARK":
            stack.append(_MARK)
        elif name == "TUPLE":
            stack.append(tuple(self._to_mark()))
        elif name in _TUPLES:
            stack.append(tuple(self._last(_TUPLES[name])))
        elif name == "DUP":
            stack.append(stack[-1])
        elif name == "GLOBAL":
            stack.append(self._named(*arg.split(" ", 1)))
        elif name == "STACK_GLOBAL":
            stack.append(self._named(*self._last(2)))
        elif name == "BINPERSID":
            self.ids.append(stack[-1])
        else:
            self._any(op, arg)

    def _any(self, op: Any, arg: Any) -> None:
        if op.name == "INST":
            self._named(*arg.split(" ", 1))
        before = op.stack_before
        if pickletools.markobject in before:
            self._to_mark()
            before = before[: before.index(pickletools.markobject)]
        self._last(len(before))
        known = arg if not before and op.arg is not None else None
        self._stack.extend([known] * len(op.stack_after))

    def _named(self, module: Any, name: Any) -> Name:
        self.names.append(Name(module, name))
        return self.names[-1]

    def _last(self, n: int) -> list[Any]:
        if n > len(self._stack):
            raise IndexError("the stack is empty")
        taken = self._stack[len(self._stack) - n :]
        del self._stack[len(self._stack) - n :]
        return taken

    def _to_mark(self) -> list[Any]:
        for at in range(len(self._stack) - 1, -1, -1):
            if self._stack[at] is _MARK:
                taken = self._last(len(self._stack) - at)
                return taken[1:]
        raise IndexError("no mark on the stack")
