"""Utilities that scripts import by path: `utils.data` and `utils.hooks`."""

from . import hooks as hooks
