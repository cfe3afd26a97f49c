"""`torch.torch_version`, where code that compares versions finds `TorchVersion`."""

from .version import TorchVersion as TorchVersion
from .version import __version__ as __version__

__all__ = ["TorchVersion"]
