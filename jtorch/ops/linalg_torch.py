"""Linear algebra under its older names: torch.cholesky, torch.svd, Tensor.det and the like. The
work is done in linalg.py and linalg_more.py.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from . import arrange, linalg, linalg_more, unary
from ._bind import result_type
from ._declare import op
from ._types import Tensor

FUNCTIONS = METHODS = (
    "cholesky", "cholesky_inverse", "cholesky_solve", "corrcoef", "cov", "det", "inverse", "logdet",
    "lu_solve", "matrix_exp", "matrix_power", "pinverse", "qr", "slogdet", "svd",
    "triangular_solve",
)  # fmt: skip

det = linalg.det
inverse = linalg.inv
matrix_exp = linalg_more.matrix_exp


def matrix_power(input, n, *, out=None):
    return linalg_more.matrix_power(input, n, out=out)


def slogdet(input):
    """(sign, log |det|)."""
    return linalg.slogdet(input)


def logdet(input):
    """log det, nan where the determinant is negative."""
    sign, logabsdet = linalg.slogdet(input)
    return unary.log(sign) + logabsdet


def pinverse(input, rcond=1e-15):
    return linalg.pinv(input, rcond)


def cholesky(input, upper=False, *, out=None):
    """As torch.linalg.cholesky."""
    return linalg.cholesky(input, upper=upper, out=out)


@op(variants="o")
def _cholesky_solve(input: Tensor, L: Tensor, upper: bool):
    L = L.mT.conj() if upper else L
    batch = jnp.broadcast_shapes(input.shape[:-2], L.shape[:-2])
    input, L = (jnp.broadcast_to(x, (*batch, *x.shape[-2:])) for x in (input, L))
    half = lax.linalg.triangular_solve(L, input, left_side=True, lower=True)
    return lax.linalg.triangular_solve(
        L, half, left_side=True, lower=True, transpose_a=True, conjugate_a=True
    )


def cholesky_solve(input, L, upper=False, *, out=None):
    """X with A X = input, given the Cholesky factor of A."""
    return _cholesky_solve(input, L, upper, out=out)


@op(variants="o")
def _cholesky_inverse(L: Tensor, upper: bool):
    eye = jnp.broadcast_to(jnp.eye(L.shape[-1], dtype=L.dtype), L.shape)
    return _cholesky_solve.fn(eye, jnp.triu(L) if upper else jnp.tril(L), upper)


def cholesky_inverse(L, upper=False, *, out=None):
    """The inverse of A, given its Cholesky factor."""
    return _cholesky_inverse(L, upper, out=out)


def qr(input, some=True, *, out=None):
    """torch.linalg.qr, reduced if some."""
    mode = "reduced" if some else "complete"
    Q, R = linalg.qr(input, mode, out=out)
    return result_type("qr", ("Q", "R"))((Q, R))


def svd(input, some=True, compute_uv=True, *, out=None):
    """(U, S, V): unlike torch.linalg.svd the third is not conjugated and transposed."""
    if not compute_uv:
        S = linalg.svdvals(input)
        m, n = input.shape[-2:]
        U, V = (S.new_zeros((*input.shape[:-2], k, k)) for k in (m, n))
    else:
        U, S, Vh = linalg.svd(input, full_matrices=not some)
        V = Vh.mH
    if out is not None:
        for target, value in zip(out, (U, S, V), strict=True):
            target.copy_(value)
        U, S, V = out
    return result_type("svd", ("U", "S", "V"))((U, S, V))


@op(variants="o", returns=("solution", "cloned_coefficient"))
def _triangular_solve(b: Tensor, A: Tensor, upper: bool, transpose: bool, unitriangular: bool):
    X = lax.linalg.triangular_solve(
        A, b, left_side=True, lower=not upper, transpose_a=transpose, unit_diagonal=unitriangular
    )
    return X, A


def triangular_solve(b, A, upper=True, transpose=False, unitriangular=False, *, out=None):
    return _triangular_solve(b, A, upper, transpose, unitriangular, out=out)


def lu_solve(b, LU_data, LU_pivots, *, out=None):
    """X of A X = b from torch.linalg.lu_factor(A)."""
    return linalg_more.lu_solve(LU_data, LU_pivots, b, out=out)


def cov(input, *, correction=1, fweights=None, aweights=None):
    """Covariances of the rows; columns are observations, with frequencies and weights."""
    if input.ndim > 2:
        raise RuntimeError(
            "cov(): expected input to have two or fewer dimensions but got an input with "
            f"{input.ndim} dimensions"
        )
    x = input if input.ndim == 2 else input.reshape(1, -1)
    weights = fweights
    if aweights is not None:
        weights = aweights if fweights is None else fweights * aweights
    total = x.shape[1] if weights is None else weights.sum()
    mean = (
        x.mean(1, keepdim=True) if weights is None else ((x * weights).sum(1) / total).unsqueeze(1)
    )
    below = total - correction
    if aweights is not None and correction != 0:
        below = total - correction * (weights * aweights).sum() / total
    gap = x - mean
    product = (gap if weights is None else gap * weights) @ gap.mH
    return (product / below).squeeze()


def corrcoef(input):
    """Correlation coefficients of the rows."""
    c = cov(input)
    if c.ndim == 0:
        return c / c
    scale = arrange.diag(c).sqrt()
    c = c / scale.unsqueeze(1) / scale.unsqueeze(0)
    return c.clamp(-1, 1) if not c.is_complex() else c
