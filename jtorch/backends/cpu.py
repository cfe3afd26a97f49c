"""`torch.backends.cpu`: what the CPU can do."""


def get_cpu_capability() -> str:
    """DEFAULT: XLA compiles for the processor it finds, so there is no level to name."""
    return "DEFAULT"
