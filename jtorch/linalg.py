"""`torch.linalg`: decompositions, systems of equations and norms. An export list; the ops are
declared in ops/.
"""

from . import _surface
from ._errors import LinAlgError as LinAlgError
from ._errors import no_attribute as _no_attribute

globals().update(_surface.exports["linalg"])


def __getattr__(name: str):
    raise _no_attribute("torch.linalg", name)
