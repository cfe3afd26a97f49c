"""`torch.backends.mkl`: whether torch's maths would use Intel's MKL."""


def is_available() -> bool:
    """False: XLA brings its own kernels."""
    return False
