"""torch.utils.dlpack: tensors to other libraries and from them, over the same memory."""

from ..ops.dlpack import DLDeviceType as DLDeviceType
from ..ops.dlpack import from_dlpack as from_dlpack
from ..ops.dlpack import to_dlpack as to_dlpack

__all__ = ["from_dlpack", "to_dlpack"]
