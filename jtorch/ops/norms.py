"""Norms of vectors and matrices: torch.linalg's three, and torch.norm, which dispatches to them."""

from __future__ import annotations

import math

import jax.numpy as jnp

from ._checks import wrap_dim, wrap_dims
from ._declare import op, reduction
from ._matrices import check_matrix
from ._numeric import kind, magnitude, opmath, scalar_name
from ._types import Dims, DType, Scalar, Tensor
from .reduction import pnorm

FUNCTIONS = METHODS = ("norm",)
LINALG_FUNCTIONS = ("matrix_norm",)


def check_float(name: str, x) -> None:
    """Norms and decompositions take floating point and complex input."""
    if kind(x.dtype) in "bi":
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got "
            f"{scalar_name(x.dtype)}"
        )


def _converted(name: str, x, dtype):
    check_float(name, x)
    if dtype is None:
        return x
    given = scalar_name(dtype)
    if kind(dtype) in "bi":
        raise RuntimeError(f"{name}: dtype should be floating point or complex, but got {given}")
    if (kind(dtype) == "c") != (kind(x.dtype) == "c"):
        want = "real" if kind(dtype) == "c" else "complex"
        raise RuntimeError(f"{name}: dtype should be {want} for {want} inputs, but got {given}")
    if jnp.promote_types(dtype, x.dtype) != dtype:
        raise RuntimeError(
            f"{name}: the dtype of the input ({scalar_name(x.dtype)}) should be convertible "
            f"without narrowing to the specified dtype ({given})"
        )
    return x.astype(dtype)


@reduction(variants="fo", namespace="linalg", grad_name="LinalgVectorNormBackward0", saves="both")
def vector_norm(
    x: Tensor,
    ord: float = 2,
    dim: Dims = None,
    keepdim: bool = False,
    *,
    dtype: DType = None,
):
    """(sum of |x| ** ord) ** (1 / ord), the largest or smallest |x|, or the count of nonzeros."""
    return _vector_norm(_converted("linalg.vector_norm", x, dtype), float(ord), dim, keepdim)


@opmath
def _vector_norm(x, ord: float, dim, keepdim: bool):
    axes = wrap_dims(None if dim == () else dim, x.ndim)
    empty = [a for a in axes if not x.shape[a]]
    if empty and (ord < 0 or ord == math.inf):
        where = "an empty tensor because the operation"
        if dim is not None and dim != ():
            where = f"the dimension {empty[0]}because this dimension is empty and the operation"
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {ord:g} norm on {where} does not have an "
            "identity"
        )
    return pnorm(x, ord, axes, keepdim)


@op(variants="o", name="linalg_matrix_norm")
def _matrix_norm(A: Tensor, ord: Scalar, dim: Dims, keepdim: bool, dtype: DType):
    name = "linalg.matrix_norm"
    A = _converted(name, A, dtype)
    if A.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor A must have at least 2 dimensions.")
    if len(dim) != 2:
        raise RuntimeError(f"{name}: dim must be a 2-tuple. Got {' '.join(map(str, dim))}")
    row, column = (wrap_dim(d, A.ndim) for d in dim)
    if row == column:
        raise RuntimeError(f"{name}: dims must be different. Got ({dim[0]}, {dim[1]})")
    if ord == "fro":
        return pnorm(A, 2.0, (row, column), keepdim)
    if ord in (1, -1, math.inf, -math.inf):
        added, searched = (row, column) if abs(ord) == 1 else (column, row)
        out = _extreme(jnp.sum(magnitude(A), added, keepdims=True), searched, ord)
        return out if keepdim else jnp.squeeze(out, (row, column))
    if ord not in ("nuc", 2, -2):
        raise RuntimeError(f"{name}: Order {ord} not supported.")
    check_matrix(name, A)
    values = jnp.linalg.svd(jnp.moveaxis(A, (row, column), (-2, -1)), compute_uv=False)
    out = jnp.sum(values, -1) if ord == "nuc" else _extreme(values, -1, ord)[..., 0]
    return jnp.expand_dims(out, (row, column)) if keepdim else out


def _extreme(x, axis: int, ord):
    """The largest along axis, 0 of none; the smallest for a negative ord."""
    if ord > 0:
        return (jnp.max if x.shape[axis] else jnp.sum)(x, axis, keepdims=True)
    if not x.shape[axis]:
        raise IndexError(f"amin(): Expected reduction dim {axis} to have non-zero size.")
    return jnp.min(x, axis, keepdims=True)


def matrix_norm(A, ord="fro", dim=(-2, -1), keepdim=False, *, dtype=None, out=None):
    """The norm "fro" (Frobenius), "nuc" (nuclear), ±2 (spectral), ±1 (columns), ±inf (rows)."""
    dim = (dim,) if isinstance(dim, int) else tuple(dim)
    return _matrix_norm(A, ord, dim, keepdim, dtype, out=out)


def linalg_norm(A, ord=None, dim=None, keepdim=False, *, out=None, dtype=None):
    """torch.linalg.norm: of a vector or matrix, by how many dimensions there are."""
    if dim is not None and not isinstance(dim, int):
        dim = tuple(dim)
    if dim is not None and not isinstance(dim, int) and len(dim) not in (1, 2):
        raise RuntimeError(
            f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dim)}"
        )
    if ord is None:
        return vector_norm(A, 2, dim, keepdim, dtype=dtype, out=out)
    if dim is None and A.ndim > 2:
        raise RuntimeError(
            "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got "
            f"{A.ndim}D."
        )
    dims = A.ndim if dim is None else 1 if isinstance(dim, int) else len(dim)
    if isinstance(ord, str) or dims == 2:
        return matrix_norm(A, ord, (-2, -1) if dim is None else dim, keepdim, dtype=dtype, out=out)
    return vector_norm(A, ord, dim, keepdim, dtype=dtype, out=out)


def norm(input, p="fro", dim=None, keepdim=False, out=None, dtype=None):
    """torch.norm: the p-norm over dim as of a vector; "nuc" is the nuclear norm of matrices."""
    if isinstance(dim, list):
        dim = tuple(dim)
    if p is None or p == "fro":
        return vector_norm(input, 2, dim, keepdim, dtype=dtype, out=out)
    if isinstance(p, str):
        dim = (-2, -1) if dim is None else dim
        return matrix_norm(input, p, dim, keepdim, dtype=dtype, out=out)
    return vector_norm(input, p, dim, keepdim, dtype=dtype, out=out)


@op(variants="fmio")
@opmath
def renorm(input: Tensor, p: float, dim: int, maxnorm: float):
    """Slices along dim whose p-norm exceeds maxnorm are scaled down to it."""
    if p <= 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm:g}")
    if input.ndim < 2:
        raise RuntimeError(
            f"renorm: input needs at least 2 dimensions, got {input.ndim} dimensions"
        )
    axis = wrap_dim(dim, input.ndim)
    others = tuple(d for d in range(input.ndim) if d != axis)
    size = pnorm(input, p, others, True)
    return jnp.where(size > maxnorm, maxnorm / (size + 1e-7), 1).astype(size.dtype) * input
