"""Pooling: the choice between values and indices, power averages, and the inverse of max pooling,
over the ops of `ops.pool`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..._dtypes import int64
from ..._tensor import Tensor
from ...ops import pool as ops
from .._tuples import _ntuple

__all__ = [
    "adaptive_max_pool1d",
    "adaptive_max_pool1d_with_indices",
    "adaptive_max_pool2d",
    "adaptive_max_pool2d_with_indices",
    "adaptive_max_pool3d",
    "adaptive_max_pool3d_with_indices",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "max_pool1d",
    "max_pool1d_with_indices",
    "max_pool2d",
    "max_pool2d_with_indices",
    "max_pool3d",
    "max_pool3d_with_indices",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
]


def _max_pool(dims: int, plain: Callable[..., Any], indexed: Callable[..., Any]) -> tuple:
    """`max_pool` and `max_pool_with_indices` in so many dimensions."""

    def with_indices(
        input: Tensor,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> tuple[Tensor, Tensor]:
        return tuple(indexed(input, kernel_size, stride, padding, dilation, ceil_mode))

    def max_pool(
        input: Tensor,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:
        if return_indices:
            return with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)
        return plain(input, kernel_size, stride, padding, dilation, ceil_mode)

    max_pool.__name__ = max_pool.__qualname__ = f"max_pool{dims}d"
    max_pool.__doc__ = "The largest of each window, and where it was if `return_indices`."
    with_indices.__name__ = with_indices.__qualname__ = f"max_pool{dims}d_with_indices"
    with_indices.__doc__ = "The largest of each window and where it was."
    return max_pool, with_indices


max_pool1d, max_pool1d_with_indices = _max_pool(1, ops.max_pool1d, ops.max_pool1d_with_indices)
max_pool2d, max_pool2d_with_indices = _max_pool(2, ops.max_pool2d, ops.max_pool2d_with_indices)
max_pool3d, max_pool3d_with_indices = _max_pool(3, ops.max_pool3d, ops.max_pool3d_with_indices)


def _adaptive_max_pool(dims: int, op: Callable[..., Any]) -> tuple:
    def with_indices(
        input: Tensor, output_size: Any, return_indices: bool = False
    ) -> tuple[Tensor, Tensor]:
        return tuple(op(input, output_size))

    def adaptive_max_pool(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
        values, indices = op(input, output_size)
        return (values, indices) if return_indices else values

    name = f"adaptive_max_pool{dims}d"
    adaptive_max_pool.__name__ = adaptive_max_pool.__qualname__ = name
    adaptive_max_pool.__doc__ = "Max pooling to a given size, with indices if `return_indices`."
    with_indices.__name__ = with_indices.__qualname__ = f"{name}_with_indices"
    with_indices.__doc__ = "Max pooling to a given size, with indices."
    return adaptive_max_pool, with_indices


adaptive_max_pool1d, adaptive_max_pool1d_with_indices = _adaptive_max_pool(
    1, ops.adaptive_max_pool1d
)
adaptive_max_pool2d, adaptive_max_pool2d_with_indices = _adaptive_max_pool(
    2, ops.adaptive_max_pool2d
)
adaptive_max_pool3d, adaptive_max_pool3d_with_indices = _adaptive_max_pool(
    3, ops.adaptive_max_pool3d
)


def _lp_pool(dims: int, average: Callable[..., Any]) -> Callable[..., Tensor]:
    def lp_pool(
        input: Tensor,
        norm_type: float,
        kernel_size: Any,
        stride: Any = None,
        ceil_mode: bool = False,
    ) -> Tensor:
        sizes = _ntuple(dims)(kernel_size)
        mean = average(input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
        # Windows that hang over the edge count as whole ones: the sum is the mean times their size.
        total = mean.sign() * mean.abs().relu() * math.prod(sizes)
        return total.pow(1.0 / norm_type)

    lp_pool.__name__ = lp_pool.__qualname__ = f"lp_pool{dims}d"
    lp_pool.__doc__ = "The p-norm of each window: (sum of x ** norm_type) ** (1 / norm_type)."
    return lp_pool


lp_pool1d = _lp_pool(1, ops.avg_pool1d)
lp_pool2d = _lp_pool(2, ops.avg_pool2d)
lp_pool3d = _lp_pool(3, ops.avg_pool3d)


def _unpool_output_size(
    input: Tensor, kernel_size: tuple, stride: tuple, padding: tuple, output_size: Any
) -> list[int]:
    """The spatial size of the output: what pooling would have had, or `output_size` if near it."""
    n = len(kernel_size)
    default = [
        (input.size(d - n) - 1) * stride[d] + kernel_size[d] - 2 * padding[d] for d in range(n)
    ]
    if output_size is None:
        return default
    if len(output_size) == n + 2:
        output_size = output_size[2:]
    if len(output_size) != n:
        raise ValueError(
            f"output_size should be a sequence containing {n} or {n + 2} elements, but it has a "
            f"length of '{len(output_size)}'"
        )
    for d in range(n):
        low, high = default[d] - stride[d], default[d] + stride[d]
        if not low < output_size[d] < high:
            raise ValueError(
                f'invalid output_size "{output_size}" (dim {d} must be between {low} and {high})'
            )
    return list(output_size)


def _max_unpool(dims: int) -> Callable[..., Tensor]:
    def max_unpool(
        input: Tensor,
        indices: Tensor,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        output_size: Any = None,
    ) -> Tensor:
        each = _ntuple(dims)
        kernel_size, padding = each(kernel_size), each(padding)
        stride = kernel_size if stride is None else each(stride)
        _check_unpool(input, indices, dims)
        size = _unpool_output_size(input, kernel_size, stride, padding, output_size)
        # The indices count within one channel, row by row.
        lead = input.shape[: input.dim() - dims]
        flat = input.new_zeros((*lead, math.prod(size)))
        flat = flat.scatter(-1, indices.flatten(len(lead)), input.flatten(len(lead)))
        return flat.view(*lead, *size)

    max_unpool.__name__ = max_unpool.__qualname__ = f"max_unpool{dims}d"
    max_unpool.__doc__ = "Puts values where `indices` of max pooling point; zeros elsewhere."
    return max_unpool


def _check_unpool(input: Tensor, indices: Tensor, dims: int) -> None:
    if indices.dtype is not int64:
        name = indices.type().rpartition(".")[2].removesuffix("Tensor")
        raise RuntimeError(f"elements in indices should be type int64 but got: {name}")
    if input.dim() not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"Input to max_unpooling{dims}d should be a {dims + 1}d or {dims + 2}d Tensor, but got "
            f"a tensor with {input.dim()} dimensions."
        )
    if indices.shape != input.shape:
        have, want = ([*x.shape, *[1] * (dims == 1)] for x in (indices, input))
        raise RuntimeError(
            f"Expected shape of indices to be same as that of the input tensor ({want}) but got "
            f"indices tensor with shape: {have}"
        )


max_unpool1d = _max_unpool(1)
max_unpool2d = _max_unpool(2)
max_unpool3d = _max_unpool(3)
