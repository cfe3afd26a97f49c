"""`torch.amp` where it changes nothing: autocast and gradient scaling that are disabled, as torch
disables them when a script asks for CUDA's and there is no GPU. Enabled ones are not covered yet
and say so; nothing here casts or scales.
"""

import functools
import warnings

from .. import _errors
from .._devices import device
from ..accelerator import is_available as cuda_is_available
from ._switches import get_autocast_dtype
from ._switches import is_autocast_available as is_autocast_available

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]


class autocast:
    """A context manager and decorator that is disabled; asked to be enabled, it raises."""

    def __init__(self, device_type, dtype=None, enabled=True, cache_enabled=None):
        if not isinstance(device_type, str):
            kind = type(device_type)
            raise ValueError(f"Expected `device_type` of type `str`, got: `{kind}`")
        self.device = device(device_type).type
        self.fast_dtype = dtype or get_autocast_dtype(self.device)
        if enabled and self.device == "cuda" and not cuda_is_available():
            warnings.warn(
                "CUDA is not available or torch_xla is imported. Disabling autocast.", stacklevel=2
            )
            enabled = False
        if enabled:
            raise _errors.not_covered(f"torch.autocast({device_type!r})")
        self._enabled = False

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        return None

    def __call__(self, func):
        return func


def custom_fwd(fwd=None, *, device_type, cast_inputs=None):
    """Returns the forward of an autograd.Function as it is: no autocast is ever on around it."""
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)
    return fwd


def custom_bwd(bwd=None, *, device_type):
    """Returns the backward of an autograd.Function as it is."""
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)
    return bwd


class GradScaler:
    """A disabled gradient scaler: losses pass through, `step` steps. Enabled ones raise."""

    def __init__(
        self,
        device="cuda",
        init_scale=2.0**16,
        growth_factor=2.0,
        backoff_factor=0.5,
        growth_interval=2000,
        enabled=True,
    ):
        if enabled and device == "cuda" and not cuda_is_available():
            warnings.warn(
                "torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.",
                stacklevel=2,
            )
            enabled = False
        if enabled:
            raise _errors.not_covered(f"torch.amp.GradScaler({device!r})")

    def is_enabled(self):
        return False

    def scale(self, outputs):
        return outputs

    def unscale_(self, optimizer):
        return None

    def step(self, optimizer, *args, **kwargs):
        return optimizer.step(*args, **kwargs)

    def update(self, new_scale=None):
        return None

    def get_scale(self):
        return 1.0

    def state_dict(self):
        return {}

    def load_state_dict(self, state_dict):
        return None
