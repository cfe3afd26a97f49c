"""weights_only=True: an unpickler for files that are not trusted. It knows the few opcodes that
containers, numbers and tensors need, and calls nothing but what is allowed by name.
"""

from __future__ import annotations

import _codecs
import pickle
import struct
import sys
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import IO, Any

from .._tensor import Tensor
from . import _names
from ._scan import Scan
from ._unpickler import REBUILDERS, StorageKind, Storages, parameter_class

FAILED = (
    "Weights only load failed. This file can still be loaded, to do so you have two options, "
    "\033[1mdo those steps only if you trust the source of the checkpoint\033[0m. \n"
    "\t(1) Load it with `weights_only=False`, which runs whatever code the file contains.\n"
    "\t(2) Keep `weights_only=True` and do what the following message says.\n"
    "\tWeightsUnpickler error: {error}"
)
WEIGHTS_ONLY = (
    "In PyTorch 2.6, we changed the default value of the `weights_only` argument in `torch.load` "
    "from `False` to `True`. Re-running `torch.load` with `weights_only` set to `False` will "
    "likely succeed, but it can result in arbitrary code execution. Do it only if you got the file "
    "from a trusted source."
)
FAILED_OTHERWISE = "Weights only load failed. " + WEIGHTS_ONLY + "\nWeightsUnpickler error: {error}"
UNSUPPORTED = (
    "Unsupported global: GLOBAL {name} was not an allowed global by default. Please use "
    "`torch.serialization.add_safe_globals([{name}])` or the "
    "`torch.serialization.safe_globals([{name}])` context manager to allowlist this global if you "
    "trust this class/function."
)

_MOVED = {"__builtin__": "builtins", "copy_reg": "copyreg"}
_PLAIN: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("collections", "Counter"): Counter,
    ("_codecs", "encode"): _codecs.encode,
    ("builtins", "bytearray"): bytearray,
    ("builtins", "set"): set,
    ("builtins", "complex"): complex,
}

_local = threading.local()


def _safe() -> list:
    """What this thread allows besides: objects, or (object, its name in files)."""
    if not hasattr(_local, "safe"):
        _local.safe = []
    return _local.safe


def add_safe_globals(safe_globals: Sequence[Callable | tuple[Callable, str]]) -> None:
    """Allow files loaded with weights_only=True to contain these classes and functions."""
    _safe().extend(each for each in safe_globals if each not in _safe())


def get_safe_globals() -> list:
    """What `add_safe_globals` allowed."""
    return list(_safe())


def clear_safe_globals() -> None:
    """Allow nothing but the default again."""
    _safe().clear()


@contextmanager
def safe_globals(safe_globals: Sequence[Callable | tuple[Callable, str]]):
    """`add_safe_globals` for a block."""
    before = get_safe_globals()
    add_safe_globals(safe_globals)
    try:
        yield
    finally:
        _safe()[:] = before


def _user_allowed() -> dict[str, Any]:
    allowed = {}
    for each in _safe():
        if isinstance(each, tuple):
            if len(each) != 2 or not isinstance(each[1], str):
                raise ValueError(
                    f"Expected tuple of 2 items (global, name of it in files), but got {each!r}"
                )
            allowed[each[1]] = each[0]
            continue
        if not hasattr(each, "__module__") or not hasattr(each, "__qualname__"):
            raise TypeError(f"Expected an object with a name in files, but got {each!r}")
        allowed[f"{each.__module__}.{each.__qualname__}"] = each
        in_files = _names.in_files(each)
        if in_files is not None:
            allowed[".".join(in_files)] = each
    return allowed


def _called(module: str, name: str) -> str:
    module = _MOVED.get(module, module)
    return name if module == "builtins" else f"{module}.{name}"


def _allowed(module: str, name: str, by_user: dict[str, Any]) -> Any:
    """What may stand for a name in a file; None for what may not."""
    module = _MOVED.get(module, module)
    if f"{module}.{name}" in by_user:
        return by_user[f"{module}.{name}"]
    if (module, name) == ("torch.nn.parameter", "Parameter"):
        return parameter_class()
    return _PLAIN.get((module, name)) or REBUILDERS.get((module, name))


def unsafe_globals(pickled: bytes) -> list[str]:
    """The names in a pickle that are not allowed."""
    by_user = _user_allowed()
    found = {
        _called(each.module, each.name): None
        for each in Scan(pickled).names
        if _allowed(each.module, each.name, by_user) is None
    }
    return list(found)


_PythonUnpickler: Any = pickle._Unpickler  # type: ignore[attr-defined]


class WeightsUnpickler(_PythonUnpickler):
    """Reads weights. Raises UnpicklingError for anything that could run code."""

    def __init__(self, file: IO[bytes], storages: Storages, encoding: str = "bytes"):
        super().__init__(file, encoding=encoding)
        self._storages = storages
        self._allowed = _user_allowed()
        self._parameter = parameter_class()

    def load(self) -> Any:
        try:
            return super().load()
        except KeyError as error:  # an opcode that is not in the table
            code = error.args[0]
            if isinstance(code, int) and code not in self.dispatch:
                raise pickle.UnpicklingError(f"\n\nUnsupported operand {code}") from None
            raise

    def find_class(self, module: str, name: str) -> Any:
        found = _allowed(module, name, self._allowed)
        if found is None:
            raise pickle.UnpicklingError(UNSUPPORTED.format(name=_called(module, name)))
        return found

    def persistent_load(self, pid: Any) -> Any:
        return self._storages(pid)

    def _may_call(self, function: Any) -> bool:
        known = (*_PLAIN.values(), *REBUILDERS.values(), *self._allowed.values())
        if any(function is each for each in known):
            return not isinstance(function, StorageKind)
        return function is self._parameter

    def load_reduce(self) -> None:
        args, function = self.stack[-1], self.stack[-2]
        if not self._may_call(function):
            raise pickle.UnpicklingError(
                f"Trying to call reduce for unrecognized function {function}"
            )
        if not isinstance(args, tuple):
            raise pickle.UnpicklingError("arguments of a call that are no tuple")
        if function is _codecs.encode and args[1:] not in (("latin1",), ("latin-1",)):
            raise pickle.UnpicklingError("_codecs.encode of another encoding than latin1")
        if function is bytearray and not all(isinstance(x, (str, bytes)) for x in args):
            raise pickle.UnpicklingError("bytearray of something else than bytes")
        if function in (set, OrderedDict, Counter):
            for each in args:
                _check_keys(each)
        if function is REBUILDERS["torch._tensor", "_rebuild_from_type_v2"]:
            self._check_from_type(args)
        super().load_reduce()

    def _check_from_type(self, args: tuple) -> None:
        function, new_type = args[:2]
        if not self._may_call(function):
            raise pickle.UnpicklingError(
                f"Trying to call reduce for unrecognized function {function}"
            )
        if new_type not in (Tensor, self._parameter, *self._allowed.values()):
            raise pickle.UnpicklingError(f"Trying to make a tensor of unrecognized type {new_type}")

    def load_newobj(self) -> None:
        made = self.stack[-2]
        if made is not self._parameter and not any(made is v for v in self._allowed.values()):
            if made not in (OrderedDict, Counter):
                raise pickle.UnpicklingError(
                    f"Trying to create new object for unrecognized class {made}"
                )
        super().load_newobj()

    def load_build(self) -> None:
        target = self.stack[-2]
        kind = type(target)
        if kind is OrderedDict:
            state = self.stack.pop()
            if not isinstance(state, dict):
                raise pickle.UnpicklingError("the state of an OrderedDict that is no dict")
            vars(target).update(state)
            return
        if kind not in self._allowed.values() and kind is not self._parameter:
            raise pickle.UnpicklingError(
                f"Can only build Tensor, Parameter, OrderedDict or types allowlisted via "
                f"`add_safe_globals`, but got {kind}"
            )
        super().load_build()

    def load_setitem(self) -> None:
        _check_keys(self.stack[-2])
        super().load_setitem()

    def load_setitems(self) -> None:
        _check_keys(self.stack[::2])
        super().load_setitems()

    def load_dict(self) -> None:
        _check_keys(self.stack[::2])
        super().load_dict()

    def load_additems(self) -> None:
        _check_keys(self.stack)
        super().load_additems()

    def load_bytearray8(self) -> None:
        (size,) = struct.unpack("<Q", self.read(8))
        data = self.read(min(size, sys.maxsize))
        if len(data) < size:
            raise pickle.UnpicklingError("pickle data was truncated")
        self.append(bytearray(data))

    dispatch: dict[int, Callable] = {}


def _check_keys(keys: Any) -> None:
    """Raise for keys that are nested so deep, or so often, that hashing them would not end well."""
    pending, seen = [(keys, 0)], 0
    while pending:
        each, depth = pending.pop()
        if isinstance(each, (tuple, list, frozenset)):
            seen += len(each) if depth else 0
            if depth > 50 or seen > 100_000:
                raise pickle.UnpicklingError("a key that is nested too deep")
            pending += [(x, depth + 1) for x in each if isinstance(x, (tuple, list, frozenset))]


_OPCODES = (
    "PROTO STOP FRAME MARK EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 EMPTY_LIST EMPTY_DICT EMPTY_SET "
    "LIST DICT APPEND APPENDS SETITEM SETITEMS ADDITEMS POP POP_MARK DUP NONE NEWTRUE NEWFALSE "
    "INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT STRING BINSTRING SHORT_BINSTRING "
    "UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8 BINBYTES SHORT_BINBYTES BINBYTES8 BYTEARRAY8 "
    "GET BINGET LONG_BINGET PUT BINPUT LONG_BINPUT MEMOIZE BINPERSID GLOBAL STACK_GLOBAL"
)


def _opcodes() -> dict[int, Callable]:
    """The harmless opcodes as Python reads them, and our own for those that make and call."""
    table: dict[int, Callable] = {}
    for name in _OPCODES.split():
        code = getattr(pickle, name)[0]
        table[code] = _PythonUnpickler.dispatch[code]
    for name in ("reduce", "setitem", "setitems", "dict", "additems", "bytearray8"):
        table[getattr(pickle, name.upper())[0]] = getattr(WeightsUnpickler, f"load_{name}")
    table[pickle.NEWOBJ[0]] = WeightsUnpickler.load_newobj
    table[pickle.BUILD[0]] = WeightsUnpickler.load_build
    return table


WeightsUnpickler.dispatch = _opcodes()


def load_weights(file: Any, storages: Storages, **options: Any) -> Any:
    """One object from a file that is not trusted."""
    for name in options:
        if name != "encoding":
            raise TypeError(f"Unpickler.__init__() got an unexpected keyword argument '{name}'")
    try:
        return WeightsUnpickler(file, storages, **options).load()
    except (MemoryError, RecursionError) as error:
        raise pickle.UnpicklingError(f"Weights only load failed. {error!r}") from None
    except (IndexError, struct.error) as error:  # of a stack or file that ends too early
        text = FAILED_OTHERWISE.format(error=f"pickle data was truncated or damaged: {error}")
        raise pickle.UnpicklingError(text) from None
    except pickle.UnpicklingError as error:
        text = FAILED if "Unsupported global" in str(error) else FAILED_OTHERWISE
        raise pickle.UnpicklingError(text.format(error=error)) from None
