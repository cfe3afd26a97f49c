"""Reading the pickles of torch.save: the functions that rebuild tensors, storages by their
persistent ids, and classes of torch by our own. What may be in a file that is not trusted is
`_weights.py`'s business.
"""

from __future__ import annotations

import operator
import pickle
from collections.abc import Callable
from typing import IO, Any

import numpy as np

from .. import _devices, _dtypes, _errors
from .._size import Size
from .._sparse import sparse_coo_tensor
from .._storages import UntypedStorage
from .._tensor import Tensor
from ..ops import creation
from . import _names
from ._locations import Restore
from ._storages import KINDS, Loaded, LoadedElements, checked_place


class StorageKind:
    """A class of storages in a pickle: torch.FloatStorage and its kin."""

    def __init__(self, name: str, dtype: _dtypes.dtype | None):
        self.name, self.dtype = name, dtype

    @property
    def itemsize(self) -> int:
        """Bytes per element."""
        return 1 if self.dtype is None else self.dtype.itemsize


# -- functions that pickles name


def _rebuild_tensor(storage, storage_offset, size, stride):
    return _elements(storage).tensor(storage_offset, size, stride)


def _rebuild_tensor_v2(
    storage, storage_offset, size, stride, requires_grad, backward_hooks, metadata=None
):
    place = storage_offset, size, stride
    return _finished(_elements(storage), place, None, requires_grad, backward_hooks, metadata)


def _rebuild_tensor_v3(
    storage, storage_offset, size, stride, requires_grad, backward_hooks, dtype, metadata=None
):
    if not isinstance(dtype, _dtypes.dtype):
        raise TypeError(f"{type(dtype).__name__} is no dtype")
    place = storage_offset, size, stride
    return _finished(_elements(storage), place, dtype, requires_grad, backward_hooks, metadata)


def _elements(storage: Any) -> LoadedElements:
    if not isinstance(storage, LoadedElements):
        raise TypeError(f"a tensor over {type(storage).__name__}, which is no storage")
    return storage


def _finished(storage, place, dtype, requires_grad, hooks, metadata) -> Tensor:
    bits = {name for name in ("conj", "neg") if metadata and metadata.get(name)}
    tensor = storage.negated(*place) if "neg" in bits else storage.tensor(*place, dtype)
    if "conj" in bits:
        tensor = tensor.conj().detach()
    if requires_grad:
        tensor.requires_grad = True
    _check_hooks(hooks)
    return tensor


def _check_hooks(hooks: Any) -> None:
    if hooks:
        raise _errors.not_covered("torch.load of tensors with backward hooks")


def _rebuild_sparse_tensor(layout, data):
    if layout is not _devices.sparse_coo:
        raise _errors.not_covered(f"torch.load of tensors of layout {layout}")
    indices, values, size, *rest = data  # older files do not say whether it is coalesced
    coalesced = rest[0] if rest else None
    return sparse_coo_tensor(indices, values, size, is_coalesced=coalesced)


def _rebuild_parameter(data, requires_grad, backward_hooks):
    _check_hooks(backward_hooks)
    return parameter_class()(_tensor(data), requires_grad)


def _rebuild_parameter_with_state(data, requires_grad, backward_hooks, state):
    parameter = _rebuild_parameter(data, requires_grad, backward_hooks)
    return _with_state(parameter, state)


def parameter_class() -> Any:
    """torch.nn.Parameter, which lives in a layer above."""
    return _names.from_files("torch.nn.parameter", "Parameter")


def _rebuild_meta_tensor_no_storage(dtype, size, stride, requires_grad):
    size, stride, _ = checked_place(size, stride, 0)
    return creation.empty_strided(
        size, stride, dtype=dtype, device="meta", requires_grad=requires_grad
    )


def rebuild_from_type_v2(func: Callable, new_type: type, args: tuple, state: Any) -> Any:
    """A tensor of a subclass, or one with attributes."""
    tensor = func(*args)
    if type(tensor) is not new_type:
        tensor = tensor.as_subclass(new_type)
    set_state = getattr(new_type, "__setstate__", None)
    if set_state is not None and set_state is not getattr(Tensor, "__setstate__", None):
        tensor.__setstate__(state)
        return tensor
    return _with_state(tensor, state)


def _tensor(data: Any) -> Any:
    if not isinstance(data, Tensor):
        raise TypeError(f"cannot assign '{type(data).__name__}' object to a tensor")
    return data


_INNER = frozenset(vars(Tensor)["__slots__"])


def _with_state(tensor: Tensor, state: Any) -> Tensor:
    attributes, slots = state if isinstance(state, tuple) else (state, None)
    attributes, slots = dict(attributes or {}), dict(slots or {})
    for name in (*attributes, *slots):
        if not isinstance(name, str) or name in _INNER or name.startswith("__"):
            raise pickle.UnpicklingError(f"{name!r} is no attribute of a tensor")
    vars(_tensor(tensor)).update(attributes)
    for name, value in slots.items():
        setattr(tensor, name, value)
    return tensor


def get_layout(name: str) -> Any:
    """A layout by the name it prints."""
    return _devices.constant(name.removeprefix("torch."))


def _refusing(name: str) -> Callable:
    def rebuild(*args):
        raise _errors.not_covered(f"torch.load of what {name} makes")

    return rebuild


REBUILDERS: dict[tuple[str, str], Any] = {
    ("torch._utils", "_rebuild_tensor"): _rebuild_tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor_v2,
    ("torch._utils", "_rebuild_tensor_v3"): _rebuild_tensor_v3,
    ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
    ("torch._utils", "_rebuild_parameter_with_state"): _rebuild_parameter_with_state,
    ("torch._utils", "_rebuild_meta_tensor_no_storage"): _rebuild_meta_tensor_no_storage,
    ("torch._utils", "_rebuild_sparse_tensor"): _rebuild_sparse_tensor,
    ("torch._tensor", "_rebuild_from_type_v2"): rebuild_from_type_v2,
    ("torch.serialization", "_get_layout"): get_layout,
    ("torch", "device"): _devices.device,
    ("torch", "Size"): Size,
    ("torch", "Tensor"): Tensor,
}
for _name in ("_rebuild_qtensor", "_rebuild_nested_tensor",
              "_rebuild_wrapper_subclass", "_rebuild_device_tensor_from_numpy"):  # fmt: skip
    REBUILDERS["torch._utils", _name] = _refusing(f"torch._utils.{_name}")
for _name, _dtype in _dtypes.ALL.items():
    REBUILDERS["torch", _name] = _dtype
for _name, _dtype in KINDS.items():
    REBUILDERS["torch", _name] = REBUILDERS["torch.storage", _name] = StorageKind(_name, _dtype)
REBUILDERS["torch.storage", "UntypedStorage"] = StorageKind("UntypedStorage", None)
REBUILDERS["torch", "UntypedStorage"] = REBUILDERS["torch.storage", "UntypedStorage"]


def find_global(module: str, name: str) -> Any:
    """What a pickle means by torch's module.name. AttributeError where we have no such thing."""
    found = REBUILDERS.get((module, name))
    return _names.from_files(module, name) if found is None else found


def is_torch(module: str) -> bool:
    """Whether a module is torch's."""
    return module == "torch" or module.startswith("torch.")


# -- storages


class Storages:
    """The storages of one file by their keys, read when first asked for."""

    def __init__(
        self, read: Callable[[str, int], Any], restore: Restore, swapped: bool, shared: bool = False
    ):
        self._read, self._restore, self._swapped, self._shared = read, restore, swapped, shared
        self.legacy = False
        self._loaded: dict[str, Loaded] = {}

    def __call__(self, pid: Any) -> Any:
        """The storage of a persistent id; in legacy files also the class of a module, whose source
        is beside it.
        """
        if not isinstance(pid, tuple):
            raise AssertionError(f"saved_id must be a tuple, got {type(pid).__name__}")
        if self.legacy and len(pid) == 4 and pid[0] in ("module", b"module"):
            return pid[1]
        if not pid or pid[0] not in ("storage", b"storage"):
            kind = repr(pid[0])[:200] if pid else "nothing"
            raise RuntimeError(
                f"Unknown typename for persistent_load, expected 'storage' but got {kind}"
            )
        if len(pid) not in (5, 6):
            raise pickle.UnpicklingError(f"a storage of {len(pid)} parts, expected 5")
        parts: tuple[Any, ...] = pid
        kind, key, location, numel = parts[1:5]
        key, location = (x.decode() if isinstance(x, bytes) else x for x in (key, location))
        if not isinstance(kind, StorageKind) or not isinstance(numel, int) or numel < 0:
            raise pickle.UnpicklingError("what should be a storage is none")
        if not isinstance(key, str) or not isinstance(location, str):
            raise pickle.UnpicklingError("a storage whose key or location is no string")
        found = self._loaded.get(key)
        if found is None:
            found = self._loaded[key] = self._load(kind, key, location, numel)
        part = pid[5] if len(pid) == 6 else None  # (key, offset, size), in files older than 0.4
        start = operator.index(part[1]) if part else 0
        return LoadedElements(found, kind.dtype or _dtypes.uint8, start)

    def _load(self, kind: StorageKind, key: str, location: str, numel: int) -> Loaded:
        nbytes = numel * kind.itemsize
        array = self._read(key, nbytes)
        if array.nbytes < nbytes:
            raise RuntimeError(f"storage has wrong byte size: expected {nbytes} got {array.nbytes}")
        array = array[:nbytes]
        if self._swapped and kind.itemsize > 1:
            assert kind.dtype is not None
            part = kind.itemsize // 2 if kind.dtype.is_complex else kind.itemsize
            array = array.view(f"u{part}").byteswap().view(np.uint8)
        storage = Loaded(array, kind.dtype or _dtypes.uint8, _devices.CPU, self._shared)
        result = self._restore(storage, location)
        if isinstance(result, UntypedStorage) and not isinstance(result, Loaded):
            made = result._as_tensor(storage._kind)
            result = Loaded(array, storage._kind, made.device)
            result._made = made
        if not isinstance(result, Loaded):
            raise TypeError(
                "TypedStorage.__init__ received an invalid combination of arguments. Expected one "
                f"of:\n * (*, UntypedStorage wrap_storage, torch.dtype dtype)\n"
                f"Argument 'wrap_storage' must be UntypedStorage, but got {type(result)}"
            )
        return result


def unpickler(module: Any = pickle) -> Any:
    """A class that reads files that are trusted, anything a pickle can hold, over the Unpickler of
    a module such as pickle.
    """

    class Unpickler(module.Unpickler):
        def __init__(self, file: IO[bytes], storages: Storages, **options: Any):
            super().__init__(file, **options)
            self._storages = storages

        def find_class(self, module: str, name: str) -> Any:
            if is_torch(module):
                return find_global(module, name)
            return super().find_class(module, name)

        def persistent_load(self, pid: Any) -> Any:
            return self._storages(pid)

    return Unpickler
