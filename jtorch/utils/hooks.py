"""torch.utils.hooks: the handle that removes a hook."""

from .._hooks import RemovableHandle as RemovableHandle
from .._hooks import unserializable_hook as unserializable_hook

__all__ = ["RemovableHandle", "unserializable_hook"]
