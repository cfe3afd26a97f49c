"""Utilities that scripts import by path: `utils.data` and `utils.hooks`."""

from . import data as data
from . import hooks as hooks
