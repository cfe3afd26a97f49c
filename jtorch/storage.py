"""torch.storage: the classes of storages."""

import io
from typing import Any

from . import serialization
from ._storages import TypedStorage as TypedStorage
from ._storages import UntypedStorage as UntypedStorage


def _load_from_bytes(data: bytes) -> Any:
    """A storage within a plain pickle that real torch wrote."""
    return serialization.load(io.BytesIO(data), weights_only=False)
