"""Linear algebra under its older names: torch.cholesky, torch.svd, Tensor.det and the like. The
work is done in linalg.py and linalg_more.py.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from . import _matrices as matrices
from . import arrange, decompositions, factors, linalg, linalg_more, unary
from ._autocast import follows_autocast
from ._bind import result_type
from ._declare import op
from ._numeric import scalar_name
from ._out import takes_out
from ._types import Tensor

FUNCTIONS = (
    "cholesky", "cholesky_inverse", "cholesky_solve", "corrcoef", "cov", "det", "inverse", "logdet",
    "lu", "lu_solve", "matrix_exp", "matrix_power", "pinverse", "qr", "slogdet", "svd",
    "triangular_solve",
)  # fmt: skip

det = linalg.det
inverse = linalg.inv
matrix_exp = linalg_more.matrix_exp


def matrix_power(input, n, *, out=None):
    return linalg_more.matrix_power(input, n, out=out)


def slogdet(input, *, out=None):
    """(sign, log |det|)."""
    return linalg.slogdet(input, out=out)


def logdet(input):
    """log det, nan where the determinant is negative."""
    matrices.check_sides("logdet", input)
    sign, logabsdet = linalg.slogdet(input)
    return unary.log(sign) + logabsdet


def pinverse(input, rcond=1e-15):
    return linalg.pinv(input, rcond)


def cholesky(input, upper=False, *, out=None):
    """As torch.linalg.cholesky."""
    return decompositions._cholesky(input, upper, "cholesky", out=out)


@follows_autocast
def lu(A, pivot=True, get_infos=False, out=None):
    """(LU, pivots), and info if asked for; singular matrices are no error here."""
    results = _lu(A, pivot, get_infos, out=out)
    if out is None and get_infos:
        return result_type("_lu_with_info", ("LU", "pivots", "info"))(results)
    return results


@takes_out(name="lu")
def _lu(A, pivot=True, get_infos=False):
    return tuple(factors.lu_factor_ex(A, pivot=pivot))[: 3 if get_infos else 2]


@jax.custom_jvp
def _solve_by_factor(L, B):
    half = lax.linalg.triangular_solve(L, B, left_side=True, lower=True)
    return lax.linalg.triangular_solve(
        L, half, left_side=True, lower=True, transpose_a=True, conjugate_a=True
    )


@_solve_by_factor.defjvp
def _(primals, tangents):
    """Of A = L @ L^H for any L: torch's gradient is that of the product, not of a triangle."""
    (L, B), (dL, dB) = primals, tangents
    X = _solve_by_factor(L, B)
    dA = dL @ L.mT.conj() + L @ dL.mT.conj()
    return X, _solve_by_factor(L, dB - dA @ X)


@op(variants="o", name="cholesky_solve")
def _cholesky_solve(input: Tensor, L: Tensor, upper: bool):
    for word, x in (("b", input), ("u", L)):
        if x.ndim < 2:
            raise RuntimeError(
                f"{word} should have at least 2 dimensions, but has {x.ndim} dimensions instead"
            )
    matrices.check_sizes("cholesky_solve", L, input)
    L = L.mT.conj() if upper else L
    B, L = matrices.broadcast(input, L)
    return _solve_by_factor(L, B)


@follows_autocast
def cholesky_solve(input, L, upper=False, *, out=None):
    """X with A X = input, given the Cholesky factor of A."""
    return _cholesky_solve(input, L, upper, out=out)


@op(variants="o", name="cholesky_inverse")
def _cholesky_inverse(L: Tensor, upper: bool):
    matrices.check_sides("cholesky_inverse", L)
    matrices.check_kernel("cholesky_inverse_out_cpu", L)
    eye = jnp.broadcast_to(jnp.eye(L.shape[-1], dtype=L.dtype), L.shape)
    return _solve_by_factor(L.mT.conj() if upper else L, eye)


@follows_autocast
def cholesky_inverse(L, upper=False, *, out=None):
    """The inverse of A, given its Cholesky factor."""
    return _cholesky_inverse(L, upper, out=out)


def qr(input, some=True, *, out=None):
    """torch.linalg.qr, reduced if some."""
    mode = "reduced" if some else "complete"
    Q, R = decompositions.qr(input, mode, out=out)
    return result_type("qr", ("Q", "R"))((Q, R))


@takes_out
def svd(input, some=True, compute_uv=True):
    """(U, S, V): unlike torch.linalg.svd the third is not conjugated and transposed."""
    if input.ndim < 2:
        raise RuntimeError(
            f"linalg.svd: input should have at least 2 dimensions, but has {input.ndim} dimensions "
            "instead"
        )
    if not compute_uv:
        S = decompositions.svdvals(input)
        m, n = input.shape[-2:]
        U, V = (S.new_zeros((*input.shape[:-2], k, k)) for k in (m, n))
    else:
        U, S, Vh = decompositions.svd(input, full_matrices=not some)
        V = Vh.mH
    return result_type("svd", ("U", "S", "V"))((U, S, V))


@op(variants="o", returns=("solution", "cloned_coefficient"))
def _triangular_solve(b: Tensor, A: Tensor, upper: bool, transpose: bool, unitriangular: bool):
    for word, x in (("b", b), ("A", A)):
        if x.ndim < 2:
            raise RuntimeError(
                f"torch.triangular_solve: Expected {word} to have at least 2 dimensions, but it "
                f"has {x.ndim} dimensions instead"
            )
    matrices.check_sizes("triangular_solve", A, b)
    b, A = matrices.broadcast(b, A)
    X = lax.linalg.triangular_solve(
        A, b, left_side=True, lower=not upper, transpose_a=transpose, unit_diagonal=unitriangular
    )
    return X, A


@follows_autocast
def triangular_solve(b, A, upper=True, transpose=False, unitriangular=False, *, out=None):
    return _triangular_solve(b, A, upper, transpose, unitriangular, out=out)


@follows_autocast
def lu_solve(b, LU_data, LU_pivots, *, out=None):
    """X of A X = b from torch.linalg.lu_factor(A)."""
    return factors.lu_solve(LU_data, LU_pivots, b, out=out)


def _cov_weights(name: str, weights, count: int, floating: bool):
    """Weights of observations as cov takes them, or torch's words for what is wrong."""
    if weights is None:
        return None
    given = f"cov(): expected {name} to have"
    if weights.ndim > 1:
        raise RuntimeError(
            f"{given} one or fewer dimensions but got {name} with {weights.ndim} dimensions"
        )
    if weights.dtype.is_floating_point != floating or weights.dtype.name == "bool":
        want = "floating point" if floating else "integral"
        raise RuntimeError(
            f"{given} {want} dtype but got {name} with {scalar_name(weights.dtype.np)} dtype"
        )
    if weights.numel() != count:
        raise RuntimeError(
            f"{given} the same numel as there are observations in the input but got "
            f"{weights.numel()} != {count}"
        )
    if weights.numel() and weights.min().item() < 0:
        raise RuntimeError(f"cov(): {name} cannot be negative")
    return weights


def cov(input, *, correction=1, fweights=None, aweights=None):
    """Covariances of the rows; columns are observations, with frequencies and weights."""
    if input.ndim > 2:
        raise RuntimeError(
            "cov(): expected input to have two or fewer dimensions but got an input with "
            f"{input.ndim} dimensions"
        )
    x = input if input.ndim == 2 else input.reshape(1, -1)
    fweights = _cov_weights("fweights", fweights, x.shape[1], False)
    aweights = _cov_weights("aweights", aweights, x.shape[1], True)
    weights = fweights
    if aweights is not None:
        weights = aweights if fweights is None else fweights * aweights
    total = x.shape[1] if weights is None else weights.sum()
    mean = (
        x.sum(1, keepdim=True) / total
        if weights is None
        else ((x * weights).sum(1) / total).unsqueeze(1)
    )
    below = total - correction
    if aweights is not None and correction != 0:
        below = total - correction * (weights * aweights).sum() / total
    gap = x - mean
    product = (gap if weights is None else gap * weights) @ gap.mH
    return (product / below).squeeze()


def corrcoef(input):
    """Correlation coefficients of the rows."""
    if input.ndim > 2:
        raise RuntimeError(
            "corrcoef(): expected input to have two or fewer dimensions but got an input with "
            f"{input.ndim} dimensions"
        )
    c = cov(input)
    if c.ndim == 0:
        return c / c
    scale = arrange.diag(c).sqrt()
    c = c / scale.unsqueeze(1) / scale.unsqueeze(0)
    return c.clamp(-1, 1) if not c.is_complex() else c


METHODS = {name: globals()[name] for name in FUNCTIONS} | {"lu": _lu}  # its results have no names
