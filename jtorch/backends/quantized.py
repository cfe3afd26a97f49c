"""`torch.backends.quantized`: which engines compute with quantized tensors. There are none."""

engine = "none"
supported_engines = ["none"]
