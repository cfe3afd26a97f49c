"""All parameters as one vector and back."""

from __future__ import annotations

from collections.abc import Iterable

from ..._tensor import Tensor
from ...ops.join import cat
from .._names import typename

__all__ = ["parameters_to_vector", "vector_to_parameters"]


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """The elements of all parameters, one after the other."""
    rows = list(parameters)
    _check_one_device(rows)
    return cat([row.reshape(-1) for row in rows])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Give the parameters the elements of `vec`, as views of it."""
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {typename(vec)}")
    rows = list(parameters)
    _check_one_device(rows)
    start = 0
    for row in rows:
        end = start + row.numel()
        row.data = vec[start:end].view_as(row).data
        start = end


def _check_one_device(tensors: list[Tensor]) -> None:
    if any(t.device != tensors[0].device for t in tensors):
        raise TypeError(
            "Found two parameters on different devices, this is currently not supported."
        )
