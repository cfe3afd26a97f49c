"""`torch.backends.mkldnn`: whether torch's maths would use oneDNN, and its switch, which reaches
nothing because XLA decides for itself.
"""

from ._switch import make_switches

_switches = {"enabled": (bool, "set_enabled_mkldnn")}
enabled = True

make_switches(__name__)


def is_available() -> bool:
    """False: XLA brings its own kernels."""
    return False
