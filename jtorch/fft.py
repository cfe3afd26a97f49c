"""`torch.fft`: discrete Fourier transforms. An export list; the ops are declared in ops/."""

from . import _surface
from ._errors import no_attribute as _no_attribute

globals().update(_surface.exports["fft"])


def __getattr__(name: str):
    raise _no_attribute("torch.fft", name)
