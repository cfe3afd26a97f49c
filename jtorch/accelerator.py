"""`torch.accelerator`: the GPU (or, with JTORCH_CUDA=tpu, the TPU) that JAX sees, of any make.
`torch.cuda` asks here. Memory is what JAX's allocator reports; nothing here computes.
"""

from typing import Any

import jax

from . import _devices
from .graph import flush

__all__ = [
    "current_accelerator",
    "current_device_idx",
    "current_device_index",
    "device_count",
    "device_index",
    "empty_cache",
    "get_memory_info",
    "is_available",
    "max_memory_allocated",
    "max_memory_reserved",
    "memory_allocated",
    "memory_reserved",
    "memory_stats",
    "set_device_idx",
    "set_device_index",
    "synchronize",
]

_NONE_AVAILABLE = "Cannot access accelerator device when none is available."


def is_available() -> bool:
    """Whether JAX has an accelerator."""
    return bool(_devices.jax_devices("cuda"))


def device_count() -> int:
    """The number of accelerators of this process."""
    return len(_devices.jax_devices("cuda"))


def current_accelerator(check_available: bool = False) -> _devices.device | None:
    """`device("cuda")`, without an index, or None where there is no accelerator."""
    return _devices.device("cuda") if is_available() else None


def current_device_index() -> int:
    """The index that "cuda" stands for in this thread."""
    _require()
    return _devices.current_index()


def set_device_index(device: Any) -> None:
    """Makes "cuda" mean the accelerator of this index, in this thread."""
    index = index_of(device)
    if index >= len(_require()):
        raise RuntimeError("CUDA error: invalid device ordinal")
    _devices.set_current_index(index)


class device_index:
    """Inside a `with` block, "cuda" means the accelerator of this index; None changes nothing."""

    def __init__(self, device: int | None):
        self.idx = device
        self.prev_idx = -1

    def __enter__(self):
        if self.idx is not None:
            self.prev_idx = current_device_index()
            set_device_index(self.idx)
        return self

    def __exit__(self, *exc):
        if self.idx is not None:
            set_device_index(self.prev_idx)


def synchronize(device: Any = None) -> None:
    """Runs what is pending and waits until the accelerator has finished it."""
    wait_for(_require()[index_of(device)])


def empty_cache() -> None:
    """Does nothing: JAX's allocator keeps freed memory for itself and has no call to return it."""
    _require()


def memory_stats(device: Any = None) -> dict[str, int]:
    """The counters of JAX's allocator, under JAX's names (`bytes_in_use`, `peak_bytes_in_use`)."""
    return dict(_require()[index_of(device)].memory_stats() or {})


def memory_allocated(device: Any = None) -> int:
    """Bytes in use."""
    return memory_stats(device).get("bytes_in_use", 0)


def max_memory_allocated(device: Any = None) -> int:
    """The most bytes in use since the start of the process."""
    return memory_stats(device).get("peak_bytes_in_use", 0)


def memory_reserved(device: Any = None) -> int:
    """Bytes that JAX's allocator has taken from the device."""
    stats = memory_stats(device)
    return stats.get("pool_bytes", stats.get("bytes_in_use", 0))


def max_memory_reserved(device: Any = None) -> int:
    """The most bytes that JAX's allocator has taken from the device."""
    stats = memory_stats(device)
    return stats.get("peak_pool_bytes", stats.get("peak_bytes_in_use", 0))


def get_memory_info(device: Any = None) -> tuple[int, int]:
    """(free, total) bytes, of what JAX's allocator may use."""
    stats = memory_stats(device)
    total = stats.get("bytes_limit", 0)
    return total - stats.get("bytes_in_use", 0), total


current_device_idx = current_device_index
set_device_idx = set_device_index


# -- shared with torch.cuda --


def index_of(device: Any) -> int:
    """The index of an accelerator given as None, an index, a string or a device."""
    if device is None:
        return _devices.current_index()
    if isinstance(device, int):
        return device
    device = _devices.device(device)
    if device.type != "cuda":
        raise ValueError(f"Expected a cuda device, but got: {device}")
    return _devices.current_index() if device.index is None else device.index


def wait_for(target: Any) -> None:
    """Runs what is pending, and returns when every array on a jax device has its value."""
    flush()
    jax.block_until_ready([a for a in jax.live_arrays(target.platform) if target in a.devices()])


def _require() -> list[Any]:
    found = _devices.jax_devices("cuda")
    if not found:
        raise RuntimeError(_NONE_AVAILABLE)
    return found
