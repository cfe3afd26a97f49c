"""torch.sparse: products with sparse matrices, and the sum of one."""

from __future__ import annotations

from typing import Any

from ._sparse import SparseTensor, _addmm, _mm
from ._tensor import Tensor

__all__ = ["addmm", "mm", "sum"]


def mm(mat1: Any, mat2: Any) -> Tensor:
    """The product of a sparse and a dense matrix."""
    if not isinstance(mat1, SparseTensor) and not isinstance(mat2, SparseTensor):
        return mat1.mm(mat2)
    return _mm(mat1, mat2)


def addmm(mat: Any, mat1: Any, mat2: Any, *, beta: Any = 1.0, alpha: Any = 1.0) -> Tensor:
    """beta mat + alpha mat1 @ mat2, of a sparse mat1."""
    return _addmm(mat, mat1, mat2, beta=beta, alpha=alpha)


def sum(input: SparseTensor, dim: Any = None, dtype: Any = None) -> Tensor:
    """The sum of all elements."""
    return (input if dtype is None else input.to(dtype)).sum(dim)
