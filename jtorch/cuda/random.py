"""`torch.cuda.random`: seeds and states of the GPUs' default generators. Where there is no GPU a
seed waits for one, and there are no states, as in torch.
"""

from collections.abc import Iterable
from typing import Any

from .. import _devices, accelerator
from .._generator import default_of, seed_devices
from .._generator.generator import Generator
from .._tensor import Tensor

__all__ = [
    "get_rng_state",
    "get_rng_state_all",
    "initial_seed",
    "manual_seed",
    "manual_seed_all",
    "seed",
    "seed_all",
    "set_rng_state",
    "set_rng_state_all",
]

_NO_CUDA = "Torch not compiled with CUDA enabled"


def _generator(device: Any = None) -> Generator:
    if not accelerator.is_available():
        raise AssertionError(_NO_CUDA)
    found = default_of(_devices.device("cuda", accelerator.index_of(device)))
    assert isinstance(found, Generator)
    return found


def manual_seed(seed: int) -> None:
    """The generator of the current GPU starts over."""
    seed = int(seed)
    if accelerator.is_available():
        _generator().manual_seed(seed)


def manual_seed_all(seed: int) -> None:
    """The generators of all GPUs start over."""
    seed_devices(int(seed))


def seed() -> None:
    """The generator of the current GPU starts over with a seed from the system."""
    if accelerator.is_available():
        _generator().seed()


def seed_all() -> None:
    """The generators of all GPUs start over with one seed from the system."""
    if accelerator.is_available():
        seed_devices(_generator().seed())


def initial_seed() -> int:
    """The seed that the generator of the current GPU started with."""
    return _generator().initial_seed()


def get_rng_state(device: Any = "cuda") -> Tensor:
    """The state of a GPU's generator, a tensor of bytes: its seed and offset."""
    return _generator(device).get_state()


def get_rng_state_all() -> list[Tensor]:
    """The states of all GPUs' generators."""
    return [get_rng_state(index) for index in range(accelerator.device_count())]


def set_rng_state(new_state: Tensor, device: Any = "cuda") -> None:
    """Takes over a state from `get_rng_state`; for nobody where there is no GPU."""
    if accelerator.is_available():
        _generator(device).set_state(new_state)


def set_rng_state_all(new_states: Iterable[Tensor]) -> None:
    """Takes over states from `get_rng_state_all`."""
    for index, state in enumerate(new_states):
        set_rng_state(state, index)
