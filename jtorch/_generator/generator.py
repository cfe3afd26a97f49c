"""torch.Generator, and the default generators: one for the CPU, one for each other device. States
are shown as tensors, which this layer does not know: `states` is set from above.
"""

import threading
from typing import Any

import numpy as np

from .. import _devices
from .stream import Stream


class States:
    """How an ndarray of bytes becomes a tensor, and back."""

    wrap: Any = None
    unwrap: Any = None


class Generator(Stream):
    """A source of random numbers for a device; on the CPU, torch's own numbers."""

    __module__ = "torch"

    def __init__(self, device: Any = "cpu"):
        device = _devices.device(device)
        if device.type == "meta":
            raise RuntimeError("META device type not an accelerator.")
        if device.type != "cpu":
            _devices.jax_device(device)  # raises where there is none
        super().__init__(on_cpu=device.type == "cpu")
        self._device = _devices.with_index(device)

    @property
    def device(self) -> _devices.device:
        """The device whose tensors this generator fills."""
        return self._device

    def get_state(self):
        """The state, a tensor of bytes that torch reads too."""
        return States.wrap(self.state())

    def set_state(self, new_state: Any) -> None:
        """Take over a state from `get_state()`, or from real torch's."""
        super().set_state(
            new_state if isinstance(new_state, np.ndarray) else States.unwrap(new_state)
        )

    def clone_state(self):
        """Another generator that draws the same from here on."""
        other = Generator(self._device)
        other.set_state(self.state())
        return other

    def graphsafe_get_state(self):
        """CUDA graphs do not exist here."""
        raise NotImplementedError("graphsafe_get_state is not supported in this Generator")

    def graphsafe_set_state(self, new_state: Any) -> None:
        """CUDA graphs do not exist here."""
        raise NotImplementedError("graphsafe_set_state is not supported in this Generator")

    def __setstate__(self, saved: Any) -> None:
        """(seed, offset, state), as files of torch hold it."""
        self.set_state(saved[2])

    def __reduce__(self):
        return _restore, (str(self._device), self.state())


def _restore(device: str, state: np.ndarray) -> Generator:
    generator = Generator(device)
    generator.set_state(state)
    return generator


default_generator = Generator("cpu")

_local = threading.local()
_others: dict[_devices.device, Generator] = {}
_last_seed: list[int] = []  # of torch.manual_seed, for generators made after it


def current() -> Stream:
    """The generator of the CPU that draws use which are given none: a worker's own, or torch's."""
    return getattr(_local, "default", default_generator)


def set_thread_default(stream: Stream | None) -> None:
    """Give this thread a default generator of its own, or take it away again."""
    if stream is None:
        del _local.default
    else:
        _local.default = stream


def default_of(device: _devices.device) -> Stream:
    """The default generator of a device."""
    if device.type in ("cpu", "meta"):
        return current()
    found = _others.get(device)
    if found is None:
        found = _others[device] = Generator(device)
        if _last_seed:
            found.manual_seed(_last_seed[0])
    return found


def seed_all(seed: int) -> Stream:
    """torch.manual_seed: the default generators of all devices start over. In a thread with a
    generator of its own, only that one.
    """
    stream = current().manual_seed(seed)
    if stream is default_generator:
        seed_devices(seed)
    return stream


def seed_devices(seed: int) -> None:
    """The default generators of all devices but the CPU start over, also those not used yet."""
    _last_seed[:] = [seed]
    for generator in _others.values():
        generator.manual_seed(seed)
