"""torch.random: the seeds and states of the default generators."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterable
from typing import Any

from ._devices import device as _device
from ._devices import device_count as _device_count
from ._generator import default_of
from .ops.random import default_generator as default_generator
from .ops.random import get_rng_state as get_rng_state
from .ops.random import initial_seed as initial_seed
from .ops.random import manual_seed as manual_seed
from .ops.random import seed as seed
from .ops.random import set_rng_state as set_rng_state

__all__ = [
    "default_generator",
    "fork_rng",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "seed",
    "set_rng_state",
]


@contextlib.contextmanager
def fork_rng(
    devices: Iterable[Any] | None = None,
    enabled: bool = True,
    _caller: str = "fork_rng",
    _devices_kw: str = "devices",
    device_type: str = "cuda",
) -> Generator[None, None, None]:
    """Inside, draws are as outside; afterwards the generators are where they were before."""
    if not enabled:
        yield
        return
    if devices is None:
        devices = range(_device_count(device_type))
    others = [
        default_of(_device(d if not isinstance(d, int) else f"{device_type}:{d}")) for d in devices
    ]
    cpu_state, states = get_rng_state(), [other.state() for other in others]
    try:
        yield
    finally:
        set_rng_state(cpu_state)
        for other, state in zip(others, states):
            other.set_state(state)
