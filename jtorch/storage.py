"""torch.storage: the classes of storages."""

from ._storages import TypedStorage as TypedStorage
from ._storages import UntypedStorage as UntypedStorage
