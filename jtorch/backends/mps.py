"""`torch.backends.mps`: whether torch's Metal backend can use an Apple GPU. It is not here."""


def is_available() -> bool:
    """False."""
    return False


def is_built() -> bool:
    """False."""
    return False


def is_macos_or_newer(major: int, minor: int) -> bool:
    """False: asked only to choose a Metal feature."""
    return False
