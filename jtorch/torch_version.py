"""`torch.torch_version`: where torch keeps `TorchVersion`, and code that compares versions finds it."""

from .version import TorchVersion as TorchVersion
from .version import __version__ as __version__

__all__ = ["TorchVersion"]
