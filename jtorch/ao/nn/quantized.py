"""`torch.ao.nn.quantized`: where torch keeps what `torch.nn.quantized` names."""

from ...nn.quantized import FloatFunctional as FloatFunctional
