"""torch.storage: the classes of storages, and how plain pickles keep them."""

import io
from typing import Any

from . import serialization
from ._storages import TypedStorage as TypedStorage
from ._storages import UntypedStorage as UntypedStorage
from ._storages import _Legacy as _LegacyStorage  # noqa: F401
from ._storages import _Storage as _StorageBase


def _load_from_bytes(data: bytes) -> Any:
    """A storage within a plain pickle, of real torch or of our own."""
    return serialization.load(io.BytesIO(data), weights_only=False)


def _reduced(self: Any) -> tuple:
    """A storage as the file that `torch.save` makes of it."""
    buffer = io.BytesIO()
    serialization.save(self, buffer, _use_new_zipfile_serialization=False)
    return _load_from_bytes, (buffer.getvalue(),)


_StorageBase.__reduce__ = _reduced  # type: ignore[method-assign]
