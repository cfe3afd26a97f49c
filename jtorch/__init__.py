"""jtorch: the PyTorch API on JAX. This file is the `torch` namespace: an export list, and words
for what is missing.
"""

from __future__ import annotations

import builtins
import importlib
import importlib.util

from . import _dtypes, _surface
from ._autograd.modes import enable_grad as enable_grad
from ._autograd.modes import inference_mode as inference_mode
from ._autograd.modes import is_anomaly_check_nan_enabled as is_anomaly_check_nan_enabled
from ._autograd.modes import is_anomaly_enabled as is_anomaly_enabled
from ._autograd.modes import is_grad_enabled as is_grad_enabled
from ._autograd.modes import is_inference_mode_enabled as is_inference_mode_enabled
from ._autograd.modes import no_grad as no_grad
from ._autograd.modes import set_grad_enabled as set_grad_enabled
from ._devices import channels_last as channels_last
from ._devices import channels_last_3d as channels_last_3d
from ._devices import contiguous_format as contiguous_format
from ._devices import device as device
from ._devices import get_default_device as get_default_device
from ._devices import layout as layout
from ._devices import memory_format as memory_format
from ._devices import preserve_format as preserve_format
from ._devices import set_default_device as set_default_device
from ._devices import sparse_coo as sparse_coo
from ._devices import strided as strided
from ._dtypes import bfloat16 as bfloat16
from ._dtypes import bool_ as bool  # noqa: A004
from ._dtypes import can_cast as can_cast
from ._dtypes import cdouble as cdouble
from ._dtypes import cfloat as cfloat
from ._dtypes import complex64 as complex64
from ._dtypes import complex128 as complex128
from ._dtypes import double as double
from ._dtypes import dtype as dtype
from ._dtypes import finfo as finfo
from ._dtypes import float as float  # noqa: A004
from ._dtypes import float16 as float16
from ._dtypes import float32 as float32
from ._dtypes import float64 as float64
from ._dtypes import get_default_dtype as get_default_dtype
from ._dtypes import half as half
from ._dtypes import iinfo as iinfo
from ._dtypes import int as int  # noqa: A004
from ._dtypes import int8 as int8
from ._dtypes import int16 as int16
from ._dtypes import int32 as int32
from ._dtypes import int64 as int64
from ._dtypes import long as long
from ._dtypes import promote_types as promote_types
from ._dtypes import short as short
from ._dtypes import uint8 as uint8
from ._dtypes import uint16 as uint16
from ._dtypes import uint32 as uint32
from ._dtypes import uint64 as uint64
from ._errors import no_attribute as _no_attribute
from ._print import get_printoptions as get_printoptions
from ._print import set_printoptions as set_printoptions
from ._size import Size as Size
from ._tensor import Tensor as Tensor
from .ops._promote import set_default_dtype as set_default_dtype
from .serialization import load as load
from .serialization import save as save

globals().update(_surface.exports["torch"])

_SUBMODULES = (
    "autograd", "nn", "optim", "utils", "random", "cuda", "backends", "linalg", "fft", "special",
    "serialization", "amp", "jit", "hub", "version", "types", "accelerator", "compiler", "distributed",
    "return_types", "overrides", "testing", "func",
)  # fmt: skip
for _name in _SUBMODULES:
    if importlib.util.find_spec(f"{__name__}.{_name}") is not None:
        try:  # while the package is being put together: a namespace may still lack what it needs
            importlib.import_module(f"{__name__}.{_name}")
        except ImportError as error:
            print(f"jtorch.{_name} is not ready: {error}")


def is_tensor(obj: object) -> builtins.bool:
    """Whether obj is a Tensor."""
    return isinstance(obj, Tensor)


def __getattr__(name: str):
    raise _no_attribute("torch", name)
