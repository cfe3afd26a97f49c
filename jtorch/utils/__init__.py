"""Utilities that scripts import by path: `utils.data` and `utils.hooks`."""

from .._errors import no_attribute
from . import checkpoint as checkpoint
from . import data as data
from . import hooks as hooks


def __getattr__(name: str):
    raise no_attribute("torch.utils", name)
