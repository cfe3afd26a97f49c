"""torch.linalg's decompositions of batches of matrices: Cholesky, QR, singular values,
eigenvalues. LU and LDL, which come with pivots, are in factors.py.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from ._declare import op
from ._matrices import (
    check_kernel,
    check_matrix,
    check_sides,
    check_square,
    check_type,
    locate,
    mirrored,
)
from ._numeric import kind, scalar_name
from ._types import Tensor

LINALG_FUNCTIONS = (
    "cholesky", "cholesky_ex", "eig", "eigh", "eigvals", "eigvalsh", "qr", "svd", "svdvals",
)  # fmt: skip

# -- Cholesky


@jax.custom_jvp
def _cholesky_of(A):
    return lax.linalg.cholesky(A, symmetrize_input=False)


@_cholesky_of.defjvp
def _(primals, tangents):
    """Murray, "Differentiation of the Cholesky decomposition", arXiv:1602.07527, with the tangent
    made Hermitian as torch does, which does not make its diagonal real.
    """
    (A,), (dA,) = primals, tangents
    L = _cholesky_of(A)
    inner = lax.linalg.triangular_solve(L, dA, left_side=True, lower=True)
    inner = lax.linalg.triangular_solve(
        L, inner, left_side=False, lower=True, transpose_a=True, conjugate_a=True
    )
    diagonal = inner * jnp.eye(A.shape[-1], dtype=A.dtype)
    return L, L @ jnp.tril((inner + inner.mT.conj() - diagonal.conj()) / 2)


def _factor(A, upper: bool):
    if upper:
        A = lax.stop_gradient(A.mT.conj() - A) + A  # torch takes the gradient for Hermitian
    return _cholesky_of(A)


def _cholesky_body(A, upper: bool, name: str):
    check_sides(name, A)
    check_type(name, A, "cholesky_cpu")
    L = jnp.tril(_factor(A, upper))
    return L.mT.conj() if upper else L


@op(variants="o", name="cholesky", grad_name="LinalgCholeskyExBackward0", saves="result")
def _cholesky(A: Tensor, upper: bool, name: str):
    return _cholesky_body(A, upper, name)


@_cholesky.check
def _(A, upper, name):
    return locate(
        minors(jnp.asarray(A), upper),
        name,
        "The factorization could not be completed because the input is not positive-definite (the "
        "leading minor of order {} is not positive-definite).",
    )


def cholesky(A, *, upper=False, out=None):
    """L with L @ L^H = A for positive-definite A, of which only one triangle is read."""
    return _cholesky(A, upper, "linalg.cholesky", out=out)


def minors(A, upper: bool = False):
    """Per matrix the order of the first leading minor that is not positive-definite, or 0."""
    n = A.shape[-1]
    fails = jnp.isnan(_factor(A, upper)).any((-2, -1))
    if n == 0:
        return jnp.zeros(A.shape[:-2], jnp.int64)

    def search(A):
        own = jnp.arange(n)
        inside = own < own[:, None] + 1
        both = inside[:, :, None] & inside[:, None, :]
        leading = jnp.where(both, A[..., None, :, :], jnp.eye(n, dtype=A.dtype))
        broken = jnp.isnan(_factor(leading, upper)).any((-2, -1))
        return jnp.where(broken.any(-1), jnp.argmax(broken, -1) + 1, 0)

    none = jnp.zeros(A.shape[:-2], jnp.int64)
    return lax.cond(fails.any(), lambda x: search(x).astype(jnp.int64), lambda x: none, A)


@op(variants="o", name="linalg_cholesky_ex", returns=("L", "info"))
def _cholesky_ex(A: Tensor, upper: bool):
    L = _cholesky_body(A, upper, "linalg.cholesky")
    return L, minors(lax.stop_gradient(A), upper).astype(jnp.int32)


def cholesky_ex(A, *, upper=False, check_errors=False, out=None):
    """(L, info); info is 0 or the order of a leading minor that is not positive-definite."""
    if check_errors:
        cholesky(A, upper=upper)
    return _cholesky_ex(A, upper, out=out)


# -- QR


@op(variants="o", name="linalg_qr", returns=("Q", "R"))
def _qr(A: Tensor, mode: str):
    check_matrix("qr", A, "geqrf_cpu")
    if mode not in ("reduced", "r", "complete"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), "
            "'r', or 'complete'"
        )
    if mode == "r":
        return jnp.zeros((0,), A.dtype), jnp.linalg.qr(A, mode="r")
    return tuple(jnp.linalg.qr(A, mode=mode))


def qr(A, mode="reduced", *, out=None):
    """(Q, R) with orthonormal columns and an upper triangle; in mode "r" Q is empty."""
    return _qr(A, mode, out=out)


# -- singular values


@op(variants="o", name="linalg_svd", returns=("U", "S", "Vh"))
def _svd(A: Tensor, full_matrices: bool):
    check_matrix("svd", A, "linalg_svd_cpu")
    U, S, Vh = jnp.linalg.svd(A, full_matrices=False)
    m, n = A.shape[-2:]
    if full_matrices and m != n:
        # the further vectors only span what is left: they have no gradient
        whole = jnp.linalg.svd(lax.stop_gradient(A), full_matrices=True)
        U = jnp.concatenate([U, whole[0][..., :, n:]], -1) if m > n else U
        Vh = jnp.concatenate([Vh, whole[2][..., m:, :]], -2) if n > m else Vh
    return U, S, Vh


def _not_finite(wrong):
    wrong = wrong.any((-2, -1))
    return locate(
        wrong.astype(int),
        "linalg.svd",
        "The algorithm failed to converge because the input matrix contained non-finite values.",
    )


@_svd.check
def _(A, full_matrices):
    return _not_finite(~jnp.isfinite(A))


def svd(A, full_matrices=True, *, driver=None, out=None):
    """(U, S, Vh), singular values descending. As in torch, `driver` is for CUDA only."""
    if driver is not None:
        raise RuntimeError(
            "torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with "
            "cuSOLVER backend."
        )
    return _svd(A, full_matrices, out=out)


@op(variants="o", name="linalg_svdvals", grad_name="LinalgSvdBackward0")
def _svdvals(A: Tensor):
    check_matrix("svd", A, "linalg_svd_cpu")
    return jnp.linalg.svd(A, compute_uv=False)


@_svdvals.check
def _(A):
    return _not_finite(jnp.isnan(A))


def svdvals(A, *, driver=None, out=None):
    """The singular values, descending."""
    return svd(A, driver=driver).S if driver is not None else _svdvals(A, out=out)


# -- eigenvalues


def _eigh_of(A, UPLO: str):
    check_sides("linalg.eigh", A)
    check_kernel("linalg_eigh_cpu", A)
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    vectors, values = lax.linalg.eigh(mirrored(A, UPLO.upper() == "L"), symmetrize_input=False)
    return values, vectors


@op(variants="o", name="linalg_eigh", returns=("eigenvalues", "eigenvectors"))
def _eigh(A: Tensor, UPLO: str):
    return _eigh_of(A, UPLO)


def eigh(A, UPLO="L", *, out=None):
    """Eigenvalues, ascending, and eigenvectors (columns) of symmetric or Hermitian matrices."""
    return _eigh(A, UPLO, out=out)


@op(variants="fo", namespace="linalg", grad_name="LinalgEighBackward0")
def eigvalsh(A: Tensor, UPLO: str = "L"):
    return _eigh_of(A, UPLO)[0]


def _check_eig(name: str, A) -> None:
    if A.ndim >= 2 and kind(A.dtype) in "bi" and A.shape[-1] == A.shape[-2]:
        raise RuntimeError(f"Unknown Complex ScalarType for {scalar_name(A.dtype)}")
    check_square(name, A, "linalg_eig_out_cpu")


def _complex(A):
    return jnp.result_type(A.dtype, jnp.complex64)


def _eigenpairs(A):
    return lax.linalg.eig(A, compute_left_eigenvectors=False, enable_eigvec_derivs=True)


@jax.custom_jvp
def _eigenvalues(A):
    return jnp.linalg.eigvals(A)


@_eigenvalues.defjvp
def _(primals, tangents):
    """By the eigenvectors (jax's rule has no second derivative)."""
    values, vectors = _eigenpairs(primals[0])
    change = jnp.linalg.solve(vectors, tangents[0].astype(vectors.dtype) @ vectors)
    return values, jnp.diagonal(change, axis1=-2, axis2=-1)


@op(variants="fo", namespace="linalg", grad_name="LinalgEigBackward0")
def eigvals(A: Tensor):
    _check_eig("eigvals", A)
    return _eigenvalues(A) if A.size else jnp.zeros(A.shape[:-1], _complex(A))


@op(variants="o", name="linalg_eig", returns=("eigenvalues", "eigenvectors"))
def _eig(A: Tensor):
    _check_eig("eig", A)
    if not A.size:
        return jnp.zeros(A.shape[:-1], _complex(A)), jnp.zeros(A.shape, _complex(A))
    return tuple(_eigenpairs(A))


@_eig.check
def _(A):
    message = "torch.linalg.eig: input tensor should not contain infs or NaNs."
    return ~jnp.isfinite(jnp.asarray(A)).all(), 0, RuntimeError, message


def eig(A, *, out=None):
    """Eigenvalues and eigenvectors of any square matrices, always complex."""
    return _eig(A, out=out)
