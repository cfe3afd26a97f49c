"""The pickles of torch.save. Tensors are written as torch writes them, and everything of ours under
torch's names, so that real torch reads the file; storages stay outside, under persistent ids.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from types import FunctionType
from typing import IO, Any

from .. import _devices, _dtypes, _errors
from .._generator import Generator
from .._kinds import is_conj, is_neg
from .._size import Size
from .._sparse import SparseTensor
from .._storages import TypedStorage, UntypedStorage
from .._tensor import Tensor
from . import _names
from ._storages import NAMES, Placed, SavedElements


class Global:
    """A name in a pickle for which we have no object."""

    __slots__ = ("module", "name")

    def __init__(self, module: str, name: str):
        self.module, self.name = module, name

    def __call__(self) -> None:
        """Only callables may stand in the place of a reduce function."""


UTILS = {
    name: Global("torch._utils", name)
    for name in (
        "_rebuild_meta_tensor_no_storage", "_rebuild_sparse_tensor", "_rebuild_tensor_v2",
        "_rebuild_tensor_v3",
    )
}  # fmt: skip
FROM_TYPE = Global("torch._tensor", "_rebuild_from_type_v2")
GET_LAYOUT = Global("torch.serialization", "_get_layout")
DEVICE, SIZE = Global("torch", "device"), Global("torch", "Size")
GENERATOR = Global("torch._C", "Generator")
STORAGES = {name: Global("torch", name) for name in NAMES.values()}
UNTYPED = Global("torch.storage", "UntypedStorage")

_SPECIAL = (Tensor, _dtypes.dtype, _devices.device, Size, _devices.layout, Generator)


_PythonPickler: Any = pickle._Pickler  # type: ignore[attr-defined]


class Pickler(_PythonPickler):
    """Writes one object; afterwards `placed.all` are the storages that belong into the file."""

    dispatch = dict(_PythonPickler.dispatch)

    more: tuple = ()  # what a persistent id ends with: the part of the storage, in legacy files

    def __init__(self, file: IO[bytes], protocol: int):
        super().__init__(file, protocol)
        self.placed = Placed()

    def persistent_id(self, obj: Any) -> Any:
        if type(obj) is not SavedElements:
            if not isinstance(obj, (TypedStorage, UntypedStorage)):
                return None
            obj = self.placed.storage(obj)
        kind, storage = STORAGES.get(obj.kind, UNTYPED), obj.storage
        return ("storage", kind, storage.key, storage.location, obj.size, *self.more)

    def reducer_override(self, obj: Any) -> Any:
        if not isinstance(obj, _SPECIAL):
            return NotImplemented
        if isinstance(obj, Tensor):
            return self._tensor(obj)
        if isinstance(obj, _dtypes.dtype):
            return obj.name
        if isinstance(obj, _devices.device):
            return DEVICE, (obj.type,) if obj.index is None else (obj.type, obj.index)
        if isinstance(obj, Size):
            return SIZE, (tuple(obj),)
        if isinstance(obj, _devices.layout):
            return GET_LAYOUT, (repr(obj),)
        return self._generator(obj)

    def _tensor(self, tensor: Tensor) -> Any:
        if type(tensor).__reduce_ex__ is not Tensor.__reduce_ex__:
            return NotImplemented  # Parameter, and subclasses with ways of their own
        function, args = self._rebuilding(tensor)
        if isinstance(tensor, SparseTensor) or (type(tensor) is Tensor and not vars(tensor)):
            return function, args
        return FROM_TYPE, (function, type(tensor), args, dict(vars(tensor)))

    def _rebuilding(self, tensor: Tensor) -> tuple[Global, tuple]:
        size, wants_grad = tuple(tensor.shape), tensor.requires_grad
        if isinstance(tensor, SparseTensor):
            parts = tensor._indices(), tensor._values(), tensor.size(), tensor.is_coalesced()
            return UTILS["_rebuild_sparse_tensor"], (tensor.layout, parts)
        if tensor.device.type == "meta":
            args = (tensor.dtype, size, tensor._layout().strides, wants_grad)
            return UTILS["_rebuild_meta_tensor_no_storage"], args
        storage, offset, strides = self.placed(tensor)
        args = (storage, offset, size, strides, wants_grad, OrderedDict())
        if tensor.dtype not in NAMES:
            args = (*args, tensor.dtype)
        bits = {"conj": is_conj(tensor), "neg": is_neg(tensor)}
        bits = {name: True for name, on in bits.items() if on}
        rebuild = "_rebuild_tensor_v2" if tensor.dtype in NAMES else "_rebuild_tensor_v3"
        return UTILS[rebuild], ((*args, bits) if bits else args)

    def _generator(self, generator: Generator) -> Any:
        if not generator.on_cpu:
            raise _errors.not_covered("torch.save of a generator that is not the CPU's")
        state = (generator.initial_seed(), None, generator.get_state())
        return GENERATOR, (generator.device,), state

    def save_global(self, obj: Any, name: str | None = None) -> None:
        if isinstance(obj, Global):
            self._write_global(obj, obj.module, obj.name)
        elif isinstance(obj, _dtypes.dtype):
            self._write_global(obj, "torch", obj.name)
        else:
            ours = _names.in_files(obj)
            if ours is None:
                self._save_theirs(obj, name)
            else:
                self._write_global(obj, *ours)

    def _save_theirs(self, obj: Any, name: str | None) -> None:
        try:
            super().save_global(obj, name)
        except pickle.PicklingError:
            pickle.dumps(obj, self.proto)  # words it as the pickler in C does, which torch uses
            raise

    def _write_global(self, obj: Any, module: str, name: str) -> None:
        if self.proto >= 4:
            self.save(module)
            self.save(name)
            self.write(pickle.STACK_GLOBAL)
        elif "." in name:
            raise pickle.PicklingError(
                f"Can't pickle {obj!r}: nested names need protocol 4, and this is {self.proto}"
            )
        else:
            self.write(pickle.GLOBAL + f"{module}\n{name}\n".encode())
        self.memoize(obj)

    dispatch[Global] = save_global
    dispatch[FunctionType] = save_global


def pickler(module: Any = pickle) -> Any:
    """The class that writes pickles with the Pickler of a module such as pickle."""
    theirs = module.Pickler
    if theirs in (pickle.Pickler, _PythonPickler):
        return Pickler
    if not issubclass(theirs, _PythonPickler):
        raise _errors.not_covered(
            f"torch.save(pickle_module={module.__name__})", "Its Pickler is not written in Python."
        )
    dispatch = {**theirs.dispatch, Global: Pickler.save_global}
    return type("Pickler", (Pickler, theirs), {"dispatch": dispatch})
