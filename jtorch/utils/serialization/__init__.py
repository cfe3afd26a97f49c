"""torch.utils.serialization: the settings of files, by name."""

from . import config as config
