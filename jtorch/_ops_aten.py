"""Operators of aten that no public function of torch stands for, in terms of tensors' methods."""

from __future__ import annotations

from typing import Any

from ._tensor import Tensor

__all__ = ["max_pool2d_with_indices_backward", "native_dropout_backward", "slice"]

_slice = slice


def slice(input: Tensor, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Tensor:
    """The view input[start:end:step] along a dimension."""
    if not input.ndim:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    if not -input.ndim <= dim < input.ndim:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-input.ndim}, "
            f"{input.ndim - 1}], but got {dim})"
        )
    before = (_slice(None),) * (dim % input.ndim)
    return input[(*before, _slice(start, end, step))]  # type: ignore[index]


def native_dropout_backward(grad_output: Any, mask: Any, scale: float) -> Tensor:
    """The gradient of dropout that kept what `mask` says and multiplied it by `scale`."""
    return grad_output * mask * scale


def max_pool2d_with_indices_backward(
    grad_output: Any,
    input: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
    indices: Any,
) -> Tensor:
    """Each element of grad_output, added in its plane of `input` where `indices` says that the
    largest element was. How the windows lie is in them.
    """
    flat = input.new_zeros(input.shape).flatten(-2)
    found = flat.scatter_add(-1, indices.flatten(-2), grad_output.flatten(-2))
    return found.view(input.shape)
