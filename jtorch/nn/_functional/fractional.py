"""Fractional max pooling: the sizes of the output from ratios, and the samples where there are
none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..._tensor import Tensor
from ...ops import fractional as ops
from ...ops.random import rand
from .._tuples import _ntuple

__all__ = [
    "fractional_max_pool2d",
    "fractional_max_pool2d_with_indices",
    "fractional_max_pool3d",
    "fractional_max_pool3d_with_indices",
]


def _forms(dims: int, op: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """`fractional_max_pool` and its form with indices in so many dimensions."""
    name = f"fractional_max_pool{dims}d"

    def with_indices(
        input: Tensor,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        if output_size is None and output_ratio is None:
            raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
        if output_size is None:
            if len(output_ratio) > dims:
                raise ValueError(
                    f"{name} requires output_ratio to either be a single Int or tuple of Ints."
                )
            sizes = input.shape[input.dim() - dims :]
            output_size = [int(n * r) for n, r in zip(sizes, output_ratio, strict=True)]
        if _random_samples is None:
            batch = 1 if input.dim() == dims + 1 else input.size(0)
            channels = input.size(-dims - 1)
            _random_samples = rand(batch, channels, dims, dtype=input.dtype, device=input.device)
        pair = _ntuple(dims)
        return tuple(op(input, pair(kernel_size), pair(output_size), _random_samples))

    def pool(
        input: Tensor,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> Any:
        rest = output_size, output_ratio, return_indices, _random_samples
        found = with_indices(input, kernel_size, *rest)
        return found if return_indices else found[0]

    pool.__name__ = pool.__qualname__ = name
    pool.__doc__ = "The largest of each of windows that begin at places drawn at random."
    with_indices.__name__ = with_indices.__qualname__ = f"{name}_with_indices"
    with_indices.__doc__ = f"`{name}`, and where each largest was."
    return pool, with_indices


fractional_max_pool2d, fractional_max_pool2d_with_indices = _forms(2, ops.fractional_max_pool2d)
fractional_max_pool3d, fractional_max_pool3d_with_indices = _forms(3, ops.fractional_max_pool3d)
