"""jtorch: the PyTorch API on JAX. This file is the `torch` namespace: an export list, and words
for what is missing.
"""

from __future__ import annotations

import builtins
import sys
from math import e as e
from math import inf as inf
from math import nan as nan
from math import pi as pi

from . import _C as _C
from . import __config__ as __config__
from . import (
    _custom_ops,
    _dtypes,
    _dynamo,
    _inductor,
    _ops_image,
    _ops_torchvision,
    _surface,
    _symbolic,
)
from . import _utils as _utils
from . import accelerator as accelerator
from . import amp as amp
from . import ao as ao
from . import autograd as autograd
from . import backends as backends
from . import compiler as compiler
from . import cpu as cpu
from . import cuda as cuda
from . import distributed as distributed
from . import distributions as distributions
from . import export as export
from . import fft as fft
from . import func as func
from . import fx as fx
from . import hub as hub
from . import interop as interop
from . import jit as jit
from . import library as library
from . import linalg as linalg
from . import masked as masked
from . import multiprocessing as multiprocessing
from . import nn as nn
from . import onnx as onnx
from . import optim as optim
from . import random as random
from . import serialization as serialization
from . import signal as signal
from . import sparse as sparse
from . import special as special
from . import storage as storage
from . import testing as testing
from . import torch_version as torch_version
from . import types as types
from . import utils as utils
from . import version as version
from ._alias import install as install
from ._alias import uninstall as uninstall
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
from ._devices import sparse_bsc as sparse_bsc
from ._devices import sparse_bsr as sparse_bsr
from ._devices import sparse_coo as sparse_coo
from ._devices import sparse_csc as sparse_csc
from ._devices import sparse_csr as sparse_csr
from ._devices import strided as strided
from ._dtypes import bfloat16 as bfloat16
from ._dtypes import bool_ as bool
from ._dtypes import can_cast as can_cast
from ._dtypes import cdouble as cdouble
from ._dtypes import cfloat as cfloat
from ._dtypes import complex64 as complex64
from ._dtypes import complex128 as complex128
from ._dtypes import double as double
from ._dtypes import dtype as dtype
from ._dtypes import finfo as finfo
from ._dtypes import float as float
from ._dtypes import float8_e4m3fn as float8_e4m3fn
from ._dtypes import float8_e4m3fnuz as float8_e4m3fnuz
from ._dtypes import float8_e5m2 as float8_e5m2
from ._dtypes import float8_e5m2fnuz as float8_e5m2fnuz
from ._dtypes import float8_e8m0fnu as float8_e8m0fnu
from ._dtypes import float16 as float16
from ._dtypes import float32 as float32
from ._dtypes import float64 as float64
from ._dtypes import get_default_dtype as get_default_dtype
from ._dtypes import half as half
from ._dtypes import iinfo as iinfo
from ._dtypes import int as int
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
from ._errors import AcceleratorError as AcceleratorError
from ._errors import OutOfMemoryError as OutOfMemoryError
from ._errors import no_attribute as _no_attribute
from ._ops import ops as ops
from ._print import set_printoptions as set_printoptions
from ._settings import _assert as _assert
from ._settings import _check as _check
from ._settings import _check_index as _check_index
from ._settings import _check_type as _check_type
from ._settings import _check_value as _check_value
from ._settings import are_deterministic_algorithms_enabled as are_deterministic_algorithms_enabled
from ._settings import get_deterministic_debug_mode as get_deterministic_debug_mode
from ._settings import get_device_module as get_device_module
from ._settings import get_num_interop_threads as get_num_interop_threads
from ._settings import get_num_threads as get_num_threads
from ._settings import init_num_threads as init_num_threads
from ._settings import (
    is_deterministic_algorithms_warn_only_enabled as is_deterministic_algorithms_warn_only_enabled,
)
from ._settings import is_warn_always_enabled as is_warn_always_enabled
from ._settings import set_anomaly_enabled as set_anomaly_enabled
from ._settings import set_deterministic_debug_mode as set_deterministic_debug_mode
from ._settings import set_flush_denormal as set_flush_denormal
from ._settings import set_num_interop_threads as set_num_interop_threads
from ._settings import set_num_threads as set_num_threads
from ._settings import set_warn_always as set_warn_always
from ._settings import thread_safe_generator as thread_safe_generator
from ._settings import typename as typename
from ._settings import use_deterministic_algorithms as use_deterministic_algorithms
from ._size import Size as Size
from ._streams import Event as Event
from ._streams import Stream as Stream
from ._tensor import Tensor as Tensor
from .amp import GradScaler as GradScaler
from .amp import autocast as autocast
from .amp._switches import OF_DEVICES as _of_devices
from .amp._switches import autocast_decrement_nesting as autocast_decrement_nesting
from .amp._switches import autocast_increment_nesting as autocast_increment_nesting
from .amp._switches import clear_autocast_cache as clear_autocast_cache
from .amp._switches import get_autocast_dtype as get_autocast_dtype
from .amp._switches import is_autocast_cache_enabled as is_autocast_cache_enabled
from .amp._switches import is_autocast_enabled as is_autocast_enabled
from .amp._switches import set_autocast_cache_enabled as set_autocast_cache_enabled
from .amp._switches import set_autocast_dtype as set_autocast_dtype
from .amp._switches import set_autocast_enabled as set_autocast_enabled
from .backends._precision import get_float32_matmul_precision as get_float32_matmul_precision
from .backends._precision import set_float32_matmul_precision as set_float32_matmul_precision
from .compiler import compile as compile
from .func import vmap as vmap
from .nn._functional import native as _native
from .nn.functional import bilinear as bilinear
from .nn.functional import cosine_similarity as cosine_similarity
from .nn.functional import pairwise_distance as pairwise_distance
from .ops._promote import set_default_dtype as set_default_dtype
from .serialization import load as load
from .serialization import save as save
from .version import __version__ as __version__

globals().update(_surface.exports["torch"])
globals().update(_of_devices)
globals().update({name: getattr(_symbolic, name) for name in _symbolic.__all__})
globals().update({name: getattr(_native, name) for name in _native.__all__})
newaxis = None
has_lapack = has_spectral = True  # jaxlib brings both
has_mkl = has_openmp = False


def is_tensor(obj: object) -> builtins.bool:
    """Whether obj is a Tensor."""
    return isinstance(obj, Tensor)


def _missing(module: str):
    """A module's __getattr__: torch's words for a name it lacks."""

    def __getattr__(name: str):
        raise _no_attribute(module, name)

    return __getattr__


__getattr__ = _missing("torch")
for _name, _module in list(sys.modules.items()):  # every public namespace words it alike
    _path = _name.split(".")[1:]
    if _name.startswith(__name__ + ".") and _path[0] not in ("ops", "graph") and _path[0][0] != "_":
        _module.__dict__.setdefault("__getattr__", _missing("torch." + ".".join(_path)))
