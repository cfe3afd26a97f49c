"""`torch.backends.cudnn`: importable and settable. XLA chooses its own algorithms on a GPU, and is
asked for deterministic ones by XLA_FLAGS; these switches keep their values and reach nothing.
"""

from contextlib import contextmanager

from ._switch import make_switches

_switches = {
    "enabled": (bool, "set_enabled_cudnn"),
    "benchmark": (bool, "set_benchmark_cudnn"),
    "deterministic": (bool, "set_deterministic_cudnn"),
    "allow_tf32": (bool, "set_allow_tf32_cudnn"),
}
enabled = True
benchmark = False
deterministic = False
allow_tf32 = True
benchmark_limit = None

make_switches(__name__)


def is_available() -> bool:
    """False: torch's cuDNN is not here; XLA brings its own where it needs one."""
    return False


def version() -> int | None:
    """None, as where cuDNN is not available."""
    return None


def is_acceptable(tensor) -> bool:
    """False."""
    return False


@contextmanager
def flags(enabled=False, benchmark=False, benchmark_limit=10, deterministic=False, allow_tf32=True):
    """Sets the switches inside a `with` block."""
    module = globals()
    names = ("enabled", "benchmark", "benchmark_limit", "deterministic", "allow_tf32")
    before = {name: module[name] for name in names}
    module.update(zip(names, (enabled, benchmark, benchmark_limit, deterministic, allow_tf32)))
    try:
        yield
    finally:
        module.update(before)
