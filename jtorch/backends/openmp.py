"""`torch.backends.openmp`: whether torch's maths would use OpenMP."""


def is_available() -> bool:
    """False: XLA brings its own kernels."""
    return False
