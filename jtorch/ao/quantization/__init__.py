"""`torch.ao.quantization`: the modules that stand in models which can be quantized, and do nothing
until they are. What would quantize raises.
"""

from __future__ import annotations

from typing import Any

from ..._errors import not_covered
from ...nn import Module


class QuantStub(Module):
    """Where floats would become integers: gives back what it gets."""

    def __init__(self, qconfig: Any = None):
        super().__init__()
        if qconfig is not None:
            self.qconfig = qconfig

    def forward(self, x):
        return x


class DeQuantStub(QuantStub):
    """Where integers would become floats again: gives back what it gets."""


def _refused(name: str) -> Any:
    def refuse(*args: Any, **kwargs: Any):
        raise not_covered(f"torch.ao.quantization.{name}")

    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = "Not covered."
    return refuse


convert = _refused("convert")
fuse_modules = _refused("fuse_modules")
fuse_modules_qat = _refused("fuse_modules_qat")
get_default_qat_qconfig = _refused("get_default_qat_qconfig")
get_default_qconfig = _refused("get_default_qconfig")
get_default_qconfig_mapping = _refused("get_default_qconfig_mapping")
prepare = _refused("prepare")
prepare_qat = _refused("prepare_qat")
quantize = _refused("quantize")
quantize_dynamic = _refused("quantize_dynamic")
