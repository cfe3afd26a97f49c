"""torch.utils.hooks: the handle that removes a hook."""

from .._hooks import RemovableHandle as RemovableHandle

__all__ = ["RemovableHandle"]
