"""Some of the singular or eigenvalues of large matrices: by random projection (Halko, Martinsson
and Tropp, arXiv:0909.4061) and by LOBPCG (Knyazev, SIAM J. Sci. Comput. 23, 2001).
"""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
from jax import lax

from .._errors import not_covered
from ._declare import op
from ._numeric import kind
from ._types import Tensor
from .decompositions import qr, svd
from .random import randn

FUNCTIONS = ("lobpcg", "pca_lowrank", "svd_lowrank")

# -- random projection


def svd_lowrank(A, q=6, niter=2, M=None):
    """(U, S, V) of about the q largest singular values of A, or of A - M."""
    q = 6 if q is None else q
    if M is not None:
        A = A - M.broadcast_to(A.shape)
    wide = A.shape[-2] < A.shape[-1]
    A = A.mH if wide else A
    basis = qr(A @ randn(A.shape[-1], q, dtype=A.dtype, device=A.device))[0]
    for _ in range(niter):
        basis = qr(A @ qr(A.mH @ basis)[0])[0]
    U, S, Vh = svd(basis.mH @ A, full_matrices=False)
    U, V = basis @ U, Vh.mH
    return (V, S, U) if wide else (U, S, V)


def pca_lowrank(A, q=None, center=True, niter=2):
    """svd_lowrank of A, its columns centered."""
    m, n = A.shape[-2:]
    if q is None:
        q = min(6, m, n)
    elif not 0 <= q <= min(m, n):
        raise ValueError(
            f"q(={q}) must be non-negative integer and not greater than min(m, n)={min(m, n)}"
        )
    if niter < 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    return svd_lowrank(A - A.mean(-2, keepdim=True) if center else A, q, niter)


# -- LOBPCG


def _ritz(A, S, n: int, largest: bool):
    """The n best eigenpairs of A within the span of S."""
    Q = jnp.linalg.qr(S)[0]
    values, vectors = jnp.linalg.eigh(Q.mT.conj() @ A @ Q)
    if largest:
        values, vectors = values[..., ::-1], vectors[..., ::-1]
    return values[..., :n], Q @ vectors[..., :n]


def _iterate(A, X, K, k: int, niter: int, tol: float, largest: bool):
    """Ritz pairs of the span of X, the preconditioned residuals and the last directions."""
    n = X.shape[-1]
    size = jnp.linalg.norm(A, axis=(-2, -1))[..., None]

    def residual(E, X):
        return A @ X - X * E[..., None, :].astype(X.dtype)

    def goes_on(state):
        step, E, X, _ = state
        wrong = jnp.linalg.norm(residual(E, X), axis=-2) > tol * (size + jnp.abs(E))
        return jnp.any(wrong[..., :k]) & ((step < niter) | (niter < 0))

    def advance(state):
        step, E, X, P = state
        R = residual(E, X)
        W = R if K is None else K @ R
        E, new = _ritz(A, jnp.concatenate([X, W, P], -1), n, largest)
        return step + 1, E, new, new - X @ (X.mT.conj() @ new)

    E, X = _ritz(A, X, n, largest)
    _, E, X, _ = lax.while_loop(goes_on, advance, (0, E, X, jnp.zeros_like(X)))
    return E[..., :k], X[..., :k]


@op(variants="", differentiable=False, returns=("E", "X"))
def _lobpcg(
    A: Tensor, X: Tensor, B: Tensor | None, iK: Tensor | None, k: int, niter: int, tol: float,
    largest: bool,
):  # fmt: skip
    if B is None:
        return _iterate(A, X, iK, k, niter, tol, largest)
    # with B = L L^H the problem is the standard one of L^-1 A L^-H
    L = jnp.linalg.cholesky(B)
    solve = functools.partial(lax.linalg.triangular_solve, L, left_side=True, lower=True)
    back = functools.partial(solve, transpose_a=True, conjugate_a=True)
    inner = solve(solve(A).mT.conj())
    K = None if iK is None else L.mT.conj() @ iK @ L
    E, Y = _iterate(inner, L.mT.conj() @ X, K, k, niter, tol, largest)
    return E, back(Y)


@jax.custom_jvp
def _eigenpairs(A, E, X):
    return E, X


@_eigenpairs.defjvp
def _(primals, tangents):
    """First-order perturbation of simple eigenvalues; needs all eigenpairs of A."""
    (A, E, X), dA = primals, tangents[0]
    values, vectors = jnp.linalg.eigh(A)
    change = vectors.mT.conj() @ dA @ X
    gaps = E[..., None, :] - values[..., :, None]
    own = jnp.argmin(jnp.abs(gaps), -2, keepdims=True) == jnp.arange(A.shape[-1])[:, None]
    dX = vectors @ jnp.where(own, 0, change / jnp.where(own, 1, gaps))
    dE = jnp.sum(X.conj() * (dA @ X), -2).real
    return (E, X), (dE, dX)


@op(variants="", name="LOBPCG", grad_name="LOBPCGAutogradFunctionBackward")
def _with_gradient(A: Tensor, E: Tensor, X: Tensor):
    return tuple(_eigenpairs(A, E, X))


def lobpcg(
    A,
    k=None,
    B=None,
    X=None,
    n=None,
    iK=None,
    niter=None,
    tol=None,
    largest=None,
    method=None,
    tracker=None,
    ortho_iparams=None,
    ortho_fparams=None,
    ortho_bparams=None,
):
    """(E, X): the k largest (or smallest) eigenvalues of A X = B X E, symmetric and B positive.

    The basis is orthonormal in each step whatever `method` says, as that of torch's "ortho".
    """
    if tracker is not None or ortho_iparams or ortho_fparams or ortho_bparams:
        raise not_covered("torch.lobpcg with tracker or ortho_*params")
    if A.shape[-1] != A.shape[-2]:
        raise AssertionError(f"A must be square, got shape {A.shape}")
    k = (1 if X is None else X.shape[-1]) if k is None else k
    n = X.shape[-1] if X is not None else k if n is None else n
    m = A.shape[-1]
    if m < 3 * n:
        raise ValueError(
            f"LPBPCG algorithm is not applicable when the number of A rows (={m}) is smaller than "
            f"3 x the number of requested eigenpairs (={n})"
        )
    tracked = A.requires_grad
    if tracked and (B is not None or kind(A.dtype.np) == "c"):
        raise not_covered("The derivative of torch.lobpcg with B or complex A")
    A = (A + A.mT) / 2 if tracked else A
    if X is None:
        X = randn(*A.shape[:-1], n, dtype=A.dtype, device=A.device)
    eps = 1.2e-7 if A.dtype.itemsize // (1 + A.dtype.is_complex) == 4 else 2.23e-16
    tol = eps**0.5 if tol is None else tol
    niter = 1000 if niter is None else niter
    best = largest is None or bool(largest)
    E, X = _lobpcg(A.detach(), X.detach(), B, iK, k, niter, tol, best)
    return _with_gradient(A, E, X) if tracked else (E, X)
