"""`torch.ao.nn`."""

from . import quantized as quantized
