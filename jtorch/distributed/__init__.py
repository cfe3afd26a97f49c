"""`torch.distributed`, as in a torch built without it: `is_available()` says False, and nothing
else is there. Scripts that run on one process ask this and go on.
"""

__all__ = ["is_available", "is_initialized", "is_torchelastic_launched"]


def is_available() -> bool:
    """False: there are no process groups."""
    return False


def is_initialized() -> bool:
    """False."""
    return False


def is_torchelastic_launched() -> bool:
    """False: a process started by torchrun finds no process group to join."""
    return False


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    raise AttributeError(
        f"module 'torch.distributed' has no attribute {name!r}\n\n"
        "torch.distributed is not covered by jtorch, and torch.distributed.is_available() says so."
    )
