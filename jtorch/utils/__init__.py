"""Utilities that scripts import by path: `utils.data`, `utils.checkpoint` and the like."""

from .._errors import no_attribute
from . import checkpoint as checkpoint
from . import data as data
from . import dlpack as dlpack
from . import hooks as hooks


def __getattr__(name: str):
    raise no_attribute("torch.utils", name)
