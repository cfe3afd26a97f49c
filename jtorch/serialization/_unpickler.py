"""Reading the pickles of torch.save: the functions that rebuild tensors, storages by their
persistent ids, and classes of torch by our own. What may be in a file that is not trusted is
`_weights.py`'s business.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import IO, Any

import numpy as np

from .. import _devices, _dtypes, _errors
from .._size import Size
from .._tensor import Tensor
from ..ops import creation
from . import _names
from ._locations import Restore
from ._storages import KINDS, Loaded


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
    return storage.tensor(storage_offset, size, stride)


def _rebuild_tensor_v2(
    storage, storage_offset, size, stride, requires_grad, backward_hooks, metadata=None
):
    return _finished(
        storage.tensor(storage_offset, size, stride), requires_grad, backward_hooks, metadata
    )


def _rebuild_tensor_v3(
    storage, storage_offset, size, stride, requires_grad, backward_hooks, dtype, metadata=None
):
    tensor = storage.tensor(storage_offset, size, stride, dtype)
    return _finished(tensor, requires_grad, backward_hooks, metadata)


def _finished(tensor: Tensor, requires_grad: bool, hooks: Any, metadata: Any) -> Tensor:
    if hooks:
        raise _errors.not_covered("torch.load of tensors with backward hooks")
    if metadata and metadata.get("conj"):
        tensor = tensor.conj().detach()  # type: ignore[attr-defined]
    if metadata and metadata.get("neg"):
        tensor = tensor.neg()  # type: ignore[attr-defined]
    if requires_grad:
        tensor.requires_grad = True
    return tensor


def _rebuild_parameter(data, requires_grad, backward_hooks):
    if backward_hooks:
        raise _errors.not_covered("torch.load of parameters with backward hooks")
    return parameter_class()(data, requires_grad)


def _rebuild_parameter_with_state(data, requires_grad, backward_hooks, state):
    parameter = _rebuild_parameter(data, requires_grad, backward_hooks)
    return _with_state(parameter, state)


def parameter_class() -> Any:
    """torch.nn.Parameter, which lives in a layer above."""
    return _names.from_files("torch.nn.parameter", "Parameter")


def _rebuild_meta_tensor_no_storage(dtype, size, stride, requires_grad):
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


def _with_state(tensor: Tensor, state: Any) -> Tensor:
    attributes, slots = state if isinstance(state, tuple) else (state, None)
    vars(tensor).update(attributes or {})
    for name, value in (slots or {}).items():
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
    ("torch._tensor", "_rebuild_from_type_v2"): rebuild_from_type_v2,
    ("torch.serialization", "_get_layout"): get_layout,
    ("torch", "device"): _devices.device,
    ("torch", "Size"): Size,
    ("torch", "Tensor"): Tensor,
}
for _name in ("_rebuild_sparse_tensor", "_rebuild_qtensor", "_rebuild_nested_tensor",
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

    def __init__(self, read: Callable[[str, int], bytes], restore: Restore, swapped: bool):
        self._read, self._restore, self._swapped = read, restore, swapped
        self._loaded: dict[str, Loaded] = {}

    def __call__(self, pid: Any) -> Loaded:
        """The storage of a persistent id."""
        if not isinstance(pid, tuple) or not pid or pid[0] not in ("storage", b"storage"):
            raise RuntimeError(
                f"Unknown typename for persistent_load, expected 'storage' but got {pid}"
            )
        kind, key, location, numel = pid[1:5]
        if not isinstance(kind, StorageKind):
            raise pickle.UnpicklingError(f"{kind!r} is no class of storages")
        found = self._loaded.get(key)
        if found is None:
            found = self._loaded[key] = self._load(kind, key, str(location), numel)
        return found

    def _load(self, kind: StorageKind, key: str, location: str, numel: int) -> Loaded:
        nbytes = numel * kind.itemsize
        data = self._read(key, nbytes)
        if len(data) < nbytes:
            raise RuntimeError(f"storage has wrong byte size: expected {nbytes} got {len(data)}")
        array = np.frombuffer(data, np.uint8, nbytes)
        if self._swapped and kind.itemsize > 1:
            assert kind.dtype is not None
            part = kind.itemsize // 2 if kind.dtype.is_complex else kind.itemsize
            array = array.view(f"V{part}").byteswap().view(np.uint8)
        storage = Loaded(array, kind.dtype, _devices.CPU)
        return self._restore(storage, location)


class Unpickler(pickle.Unpickler):
    """Reads a file that is trusted: anything a pickle can hold."""

    def __init__(self, file: IO[bytes], storages: Storages, **options: Any):
        super().__init__(file, **options)
        self._storages = storages

    def find_class(self, module: str, name: str) -> Any:
        return find_global(module, name) if is_torch(module) else super().find_class(module, name)

    def persistent_load(self, pid: Any) -> Any:
        return self._storages(pid)
