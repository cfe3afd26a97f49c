"""`torch.cuda.memory`: what JAX's allocator reports of a GPU's memory; zero where there is none."""

from typing import Any

from .. import _errors, accelerator

_NO_CUDA = "Torch not compiled with CUDA enabled"


def empty_cache() -> None:
    """Does nothing: JAX's allocator keeps freed memory for itself and has no call to return it."""


def memory_allocated(device: Any = None) -> int:
    """Bytes in use."""
    return accelerator.memory_allocated(device) if accelerator.is_available() else 0


def max_memory_allocated(device: Any = None) -> int:
    """The most bytes in use since the start of the process."""
    return accelerator.max_memory_allocated(device) if accelerator.is_available() else 0


def memory_reserved(device: Any = None) -> int:
    """Bytes that JAX's allocator has taken from the GPU."""
    return accelerator.memory_reserved(device) if accelerator.is_available() else 0


def max_memory_reserved(device: Any = None) -> int:
    """The most bytes that JAX's allocator has taken from the GPU."""
    return accelerator.max_memory_reserved(device) if accelerator.is_available() else 0


def memory_stats(device: Any = None) -> dict[str, int]:
    """The counters of JAX's allocator, under JAX's names; empty where there is no GPU."""
    return accelerator.memory_stats(device) if accelerator.is_available() else {}


def mem_get_info(device: Any = None) -> tuple[int, int]:
    """(free, total) bytes, of what JAX's allocator may use."""
    if not accelerator.is_available():
        raise AssertionError(_NO_CUDA)
    return accelerator.get_memory_info(device)


def reset_peak_memory_stats(device: Any = None) -> None:
    """Not covered: JAX's allocator cannot forget its peak."""
    if not accelerator.is_available():
        raise AssertionError(_NO_CUDA)
    raise _errors.not_covered("torch.cuda.reset_peak_memory_stats")


def reset_max_memory_allocated(device: Any = None) -> None:
    """Not covered: JAX's allocator cannot forget its peak."""
    reset_peak_memory_stats(device)
