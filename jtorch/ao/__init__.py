"""`torch.ao`: models that can be quantized are built and run in floats; nothing is quantized."""

from . import nn as nn
from . import quantization as quantization
