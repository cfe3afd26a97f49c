"""Shapes and dtypes of operands as functions: result_type, sum_to_size and questions about
dtypes.
"""

from __future__ import annotations

from typing import Any

from .. import _dtypes
from .._tensor import Tensor
from ._bind import as_size
from ._promote import common_dtype
from .reduction import sum as add_up

FUNCTIONS = ("is_complex", "is_floating_point", "is_inference", "is_signed", "result_type")
METHODS = ("sum_to_size",)


def result_type(tensor1: Any, tensor2: Any) -> _dtypes.dtype:
    """The dtype that arithmetic on these two (tensors or Python numbers) gives."""
    operands = [x._value.aval if isinstance(x, Tensor) else x for x in (tensor1, tensor2)]
    return _dtypes.from_np(common_dtype(operands))


def sum_to_size(self: Tensor, *size: Any) -> Tensor:
    """self added up over the dimensions that expanding from `size` would repeat."""
    wanted = as_size(size)
    wanted = (wanted,) if isinstance(wanted, int) else tuple(wanted)
    shape = tuple(self.shape)
    lead = len(shape) - len(wanted)
    fits = lead >= 0 and all(
        n in (1, m) for n, m in zip(wanted, shape[max(lead, 0) :], strict=False)
    )
    if not fits:
        raise RuntimeError(f"size {{{list(wanted)}}} is not expandable to size {{{list(shape)}}}.")
    dims = [*range(lead), *(lead + d for d, n in enumerate(wanted) if n == 1 != shape[lead + d])]
    if not wanted:
        return add_up(self)  # type: ignore
    return add_up(self, tuple(dims), keepdim=True).reshape(wanted) if dims else self  # type: ignore


def is_floating_point(input: Tensor) -> bool:
    return input.dtype.is_floating_point


def is_complex(input: Tensor) -> bool:
    return input.dtype.is_complex


def is_signed(input: Tensor) -> bool:
    return input.dtype.is_signed


def is_inference(input: Tensor) -> bool:
    return input._inference
