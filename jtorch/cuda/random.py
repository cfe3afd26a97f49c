"""`torch.cuda.random`: seeds of the GPU's generator. Where there is no GPU a seed is for nobody,
as in torch.
"""

from .. import _errors, accelerator

__all__ = ["get_rng_state_all", "manual_seed", "manual_seed_all"]


def manual_seed(seed: int) -> None:
    """Seeds the generator of the current GPU."""
    int(seed)
    if accelerator.is_available():
        raise _errors.not_covered("torch.cuda.manual_seed")


def manual_seed_all(seed: int) -> None:
    """Seeds the generators of all GPUs."""
    manual_seed(seed)


def get_rng_state_all() -> list:
    """The states of the GPUs' generators: none where there is no GPU."""
    if accelerator.is_available():
        raise _errors.not_covered("torch.cuda.get_rng_state_all")
    return []
