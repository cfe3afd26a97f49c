"""What `untyped_storage()` and `storage()` return: a look at the memory behind a tensor, its
size and its address. The address is a name that is equal for tensors that share; it points
nowhere.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ._tensor import Tensor


class UntypedStorage:
    """The bytes behind a tensor and everything that shares storage with it."""

    def __init__(self, owner: Tensor):
        self._owner = owner
        self._store = owner._share().store

    def _count(self) -> int:
        layout = self._store.layout
        if 0 in layout.shape:
            return 0
        pairs = zip(layout.shape, layout.strides, strict=True)
        return 1 + sum((n - 1) * s for n, s in pairs)

    def data_ptr(self) -> int:
        return self._store.address

    def nbytes(self) -> int:
        return self._count() * self._store.root.aval.dtype.itemsize

    def size(self) -> int:
        return self.nbytes()

    def __len__(self) -> int:
        return self.nbytes()

    def element_size(self) -> int:
        return 1

    @property
    def device(self) -> Any:
        return self._owner.device

    @property
    def is_cuda(self) -> bool:
        return self.device.type == "cuda"

    def tolist(self) -> list[int]:
        """The bytes, in the order in which they lie."""
        flat = self._elements().view(np.uint8)
        return flat.tolist()

    def _elements(self) -> np.ndarray:
        flat = self._owner.detach()  # type: ignore[attr-defined]
        return np.ascontiguousarray(flat.as_strided((self._count(),), (1,), 0)._numpy())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UntypedStorage) and other._store is self._store

    def __hash__(self) -> int:
        return hash(self._store)


class TypedStorage(UntypedStorage):
    """The same memory, counted in elements. torch calls this form deprecated."""

    def __init__(self, owner: Tensor):
        warnings.warn(
            "TypedStorage is deprecated. It will be removed in the future and UntypedStorage will "
            "be the only storage class. This should only matter to you if you are using storages "
            "directly.  To access UntypedStorage directly, use tensor.untyped_storage() instead "
            "of tensor.storage()",
            stacklevel=3,
        )
        super().__init__(owner)

    def size(self) -> int:
        return self._count()

    def __len__(self) -> int:
        return self._count()

    def element_size(self) -> int:
        return self._owner.dtype.itemsize

    @property
    def dtype(self) -> Any:
        return self._owner.dtype

    def untyped(self) -> UntypedStorage:
        return UntypedStorage(self._owner)

    def tolist(self) -> list:
        return self._elements().tolist()

    def __getitem__(self, index: int) -> Any:
        return self._elements()[index].item()


def untyped_storage(self: Tensor) -> UntypedStorage:
    return UntypedStorage(self)


def storage(self: Tensor) -> TypedStorage:
    return TypedStorage(self)


METHODS = {"untyped_storage": untyped_storage, "storage": storage}
