"""`torch.cuda`: the accelerator that JAX sees, under the name that scripts know. Where there is
none, probes say so and the rest raises as in a torch built without CUDA. XLA has one queue for each
device and no streams, events or graphs to hand out, so those raise.
"""

from typing import Any, NamedTuple

from .. import _devices, _errors, _legacy, accelerator
from ..accelerator import device_count as device_count
from ..accelerator import is_available as is_available
from . import amp as amp
from . import random as random
from .memory import empty_cache as empty_cache
from .memory import max_memory_allocated as max_memory_allocated
from .memory import max_memory_reserved as max_memory_reserved
from .memory import mem_get_info as mem_get_info
from .memory import memory_allocated as memory_allocated
from .memory import memory_reserved as memory_reserved
from .memory import memory_stats as memory_stats
from .memory import reset_max_memory_allocated as reset_max_memory_allocated
from .memory import reset_peak_memory_stats as reset_peak_memory_stats
from .random import get_rng_state as get_rng_state
from .random import get_rng_state_all as get_rng_state_all
from .random import initial_seed as initial_seed
from .random import manual_seed as manual_seed
from .random import manual_seed_all as manual_seed_all
from .random import seed as seed
from .random import seed_all as seed_all
from .random import set_rng_state as set_rng_state
from .random import set_rng_state_all as set_rng_state_all

_NO_CUDA = "Torch not compiled with CUDA enabled"


def _require() -> list[Any]:
    found = _devices.jax_devices("cuda")
    if not found:
        raise AssertionError(_NO_CUDA)
    return found


def is_initialized() -> bool:
    """Whether there is a GPU: JAX starts it with the process."""
    return is_available()


def init() -> None:
    """Raises AssertionError where there is no GPU."""
    _require()


def current_device() -> int:
    """The index that "cuda" stands for in this thread."""
    _require()
    return accelerator.current_device_index()


def set_device(device: Any) -> None:
    """Makes "cuda" mean the GPU of this index, in this thread; a negative one does nothing."""
    if not isinstance(device, int) and _devices.as_device(device).index is None:
        accelerator.index_of(device)  # the error for a device of another type comes first
        raise ValueError(
            f"Expected a torch.device with a specified index or an integer, but got:{device}"
        )
    if accelerator.index_of(device) >= 0:
        _require()
        accelerator.set_device_index(device)


class device(accelerator.device_index):
    """Inside a `with` block, "cuda" means this GPU; a negative index changes nothing."""

    def __init__(self, device: Any):
        index = accelerator.index_of(device)
        super().__init__(index if index >= 0 else None)

    def __enter__(self):
        if self.idx is not None:
            _require()
        return super().__enter__()


class device_of(device):
    """As `device`, for where a tensor is; nothing for a tensor on the CPU."""

    def __init__(self, obj):
        super().__init__(obj.device if obj.is_cuda else -1)


def synchronize(device: Any = None) -> None:
    """Runs what is pending and waits until the GPU has finished it."""
    accelerator.wait_for(_require()[accelerator.index_of(device)])


def get_device_name(device: Any = None) -> str:
    """What the maker calls the device."""
    return _require()[accelerator.index_of(device)].device_kind


def get_device_capability(device: Any = None) -> tuple[int, int]:
    """CUDA's compute capability, (9, 0) for an H100. Raises for a device that has none."""
    target = _require()[accelerator.index_of(device)]
    capability = getattr(target, "compute_capability", None)
    if capability is None:
        raise _errors.not_covered(f"torch.cuda.get_device_capability of {target.device_kind}")
    major, _, minor = str(capability).partition(".")
    return int(major), int(minor or 0)


class _CudaDeviceProperties(NamedTuple):
    """What jtorch knows of a device: less than torch does."""

    name: str
    major: int
    minor: int
    total_memory: int
    multi_processor_count: int


def get_device_properties(device: Any = None) -> _CudaDeviceProperties:
    """Name, compute capability, memory that JAX may use, and number of multiprocessors."""
    target = _require()[accelerator.index_of(device)]
    major, minor = get_device_capability(device)
    memory = accelerator.get_memory_info(device)[1]
    return _CudaDeviceProperties(target.device_kind, major, minor, memory, target.core_count)


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Whether there is a GPU: XLA has bfloat16 on all of them."""
    return is_available()


def get_arch_list() -> list[str]:
    """Empty: XLA compiles for the GPU it finds."""
    return []


def ipc_collect() -> None:
    """Does nothing: no memory is shared between processes. Raises where there is no GPU."""
    _require()


def current_stream(device: Any = None):
    """Not covered."""
    _require()
    raise _errors.not_covered("torch.cuda.current_stream")


def default_stream(device: Any = None):
    """Not covered."""
    _require()
    raise _errors.not_covered("torch.cuda.default_stream")


class Stream:
    """Not covered."""

    def __init__(self, device=None, priority=0, **kwargs):
        if not is_available():
            raise RuntimeError("torch.cuda.Stream requires CUDA support")
        raise _errors.not_covered("torch.cuda.Stream")


class Event:
    """Not covered."""

    def __init__(self, enable_timing=False, blocking=False, interprocess=False, external=False):
        if not is_available():
            raise RuntimeError("Tried to instantiate dummy base class Event")
        raise _errors.not_covered("torch.cuda.Event")


globals().update(_legacy.CUDA_TYPES)
