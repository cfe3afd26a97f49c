"""torch.linalg: determinants, inverses, systems of equations and decompositions of batches of
matrices. What is made of them is in linalg_more.py, the older forms in the torch namespace in
linalg_torch.py, norms in norms.py.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from .._errors import LinAlgError
from ._declare import op
from ._numeric import HALVES, scalar_name
from ._types import Scalar, Tensor
from .norms import check_float, linalg_norm, matrix_norm, vector_norm  # noqa: F401

LINALG_FUNCTIONS = (
    "cholesky_ex", "eig", "eigh", "inv_ex", "lstsq", "norm", "qr", "slogdet", "svd",
)  # fmt: skip

norm = linalg_norm

# -- checks


def check_matrix(name: str, A, letter: str = "A") -> None:
    """Batches of matrices of a type that LAPACK knows."""
    if A.ndim < 2:
        raise RuntimeError(
            f"linalg.{name}: The input tensor {letter} must have at least 2 dimensions."
        )
    check_float(f"linalg.{name}", A)
    if A.dtype in HALVES:
        raise RuntimeError(
            f"linalg.{name}: Low precision dtypes not supported. Got {scalar_name(A.dtype)}"
        )


def check_square(name: str, A) -> None:
    if A.ndim >= 2 and A.shape[-1] != A.shape[-2]:
        raise RuntimeError(
            f"linalg.{name}: {'A' if name != 'eig' else 'input'} must be batches of square "
            f"matrices, but they are {A.shape[-2]} by {A.shape[-1]} matrices"
        )
    check_matrix(name, A)


class _Located(str):
    """A message about one matrix of a batch: the detail holds its position and the place in it."""

    def format(self, detail: int) -> str:  # type: ignore[override]
        batch, place = divmod(detail, 1 << 32)
        return str(self).replace("{b}", str(batch)).replace("{}", str(place))


def _locate(places, name: str, message: str):
    """What a check returns, from the 1-based place of failure in each matrix, or 0."""
    where = "(Batch element {b}): " if jnp.ndim(places) else ""
    flat = jnp.ravel(places)
    first = jnp.argmax(flat != 0) if flat.size else 0
    detail = first * (1 << 32) + (flat[first] if flat.size else 0)
    return jnp.any(flat != 0), detail, LinAlgError, _Located(f"{name}: {where}{message}")


def _zero_pivots(A):
    """Per matrix the 1-based position of the first zero on the diagonal of U, or 0."""
    pivots = jnp.diagonal(lax.linalg.lu(jnp.asarray(A))[0], axis1=-2, axis2=-1) == 0
    return (
        jnp.where(pivots.any(-1), jnp.argmax(pivots, -1) + 1, 0)
        if A.shape[-1]
        else jnp.zeros(A.shape[:-2], int)
    )


# -- determinants


@op(variants="fo", namespace="linalg", grad_name="LinalgDetBackward0")
def det(A: Tensor):
    check_square("det", A)
    return jnp.linalg.det(A)


@op(variants="", name="linalg_slogdet", returns=("sign", "logabsdet"))
def _slogdet(A: Tensor):
    check_square("slogdet", A)
    return tuple(jnp.linalg.slogdet(A))


def slogdet(A):
    """(sign, log |det|)."""
    return _slogdet(A)


# -- inverses and systems


_SINGULAR = (
    "The diagonal element {} is zero, the inversion could not be completed because the input "
    "matrix is singular."
)


@op(variants="fo", namespace="linalg", grad_name="LinalgInvExBackward0", saves="result")
def inv(A: Tensor):
    check_square("inv", A)
    return jnp.linalg.inv(A)


@inv.check
def _(A):
    return _locate(_zero_pivots(A), "linalg.inv", _SINGULAR)


@op(variants="", name="linalg_inv_ex", returns=("inverse", "info"))
def _inv_ex(A: Tensor):
    check_square("inv_ex", A)
    return jnp.linalg.inv(A), _zero_pivots(lax.stop_gradient(A)).astype(jnp.int32)


def inv_ex(A, *, check_errors=False):
    """(inverse, info); info is 0 or the 1-based position of a zero pivot."""
    return _inv_ex(A) if not check_errors else _inv_ex.result_type((inv(A), _inv_ex(A)[1]))


def _is_vector(A, B) -> bool:
    return B.ndim == 1 or (A.ndim - 1 == B.ndim and B.shape == A.shape[:-1])


def _check_system(name: str, A, B, left: bool) -> None:
    rows = B.shape[-2 if left else -1]
    if A.shape[-1] != rows:
        equation = "AX = B" if left else "XA = B"
        raise RuntimeError(
            f"linalg.{name}: Incompatible shapes of A and B for the equation {equation} "
            f"({A.shape[-2]}x{A.shape[-1]} and {B.shape[-2]}x{B.shape[-1]})"
        )


@op(variants="fo", namespace="linalg", grad_name="LinalgSolveExBackward0")
def solve(A: Tensor, B: Tensor, *, left: bool = True):
    """X with A X = B, or X A = B; B may be a batch of vectors."""
    check_square("solve", A)
    if A.dtype != B.dtype:
        raise RuntimeError(
            f"linalg.solve: Expected A and B to have the same dtype, but found A of type "
            f"{scalar_name(A.dtype)} and B of type {scalar_name(B.dtype)} instead"
        )
    vector = _is_vector(A, B)
    if vector and not left:
        raise RuntimeError(
            "linalg.solve: Vector broadcasting of the left hand side is not supported for "
            "left=False. In this case linalg.solve is equivalent to B / A.squeeze(-1)"
        )
    B = B[..., None] if vector else B
    _check_system("solve", A, B, left)
    X = jnp.linalg.solve(A, B) if left else jnp.linalg.solve(A.mT, B.mT).mT
    return X[..., 0] if vector else X


@solve.check
def _(A, B, *, left=True):
    bad, _, error, _ = _locate(_zero_pivots(A), "", "")
    text = "torch.linalg.solve: The solver failed because the input matrix is singular."
    return bad, 0, error, text


@op(variants="fo", namespace="linalg", grad_name="LinalgSolveTriangularBackward0")
def solve_triangular(
    A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False
):
    check_square("solve_triangular", A)
    _check_system("solve_triangular", A, B, left)
    batch = jnp.broadcast_shapes(A.shape[:-2], B.shape[:-2])
    A, B = (jnp.broadcast_to(x, (*batch, *x.shape[-2:])) for x in (A, B))
    return lax.linalg.triangular_solve(
        A, B, left_side=left, lower=not upper, unit_diagonal=unitriangular
    )


@op(variants="o", name="linalg_lstsq", returns=("solution", "residuals", "rank", "singular_values"))
def _lstsq(A: Tensor, B: Tensor, rcond: Scalar, driver: str):
    check_matrix("lstsq", A)
    vector = B.ndim == A.ndim - 1
    B = B[..., None] if vector else B
    m, n = A.shape[-2:]
    if B.shape[-2] != m:
        raise RuntimeError("torch.linalg.lstsq: input.size(-2) should match other.size(-2)")
    rtol = jnp.finfo(A.dtype).eps * max(m, n) if rcond is None else rcond
    values = jnp.linalg.svd(lax.stop_gradient(A), compute_uv=False)
    rank = jnp.sum(values > rtol * values[..., :1], -1).astype(jnp.int64)
    X = jnp.linalg.pinv(A, rtol=rtol) @ B
    none = jnp.zeros((0,), A.dtype)
    residuals = none
    if driver != "gelsy" and m > n:
        residuals = jnp.sum(jnp.abs(A @ X - B) ** 2, -2)
    X = X[..., 0] if vector else X
    if driver == "gels":
        rank = jnp.zeros((0,), jnp.int64)
    return X, residuals, rank, values if driver in ("gelsd", "gelss") else none.real


def lstsq(A, B, rcond=None, *, driver=None, out=None):
    """The X that makes |A X - B| smallest. Always computed through the pseudo-inverse; `driver`
    only decides what is returned beside it, as in torch.
    """
    driver = driver or "gelsy"
    if driver not in ("gels", "gelsy", "gelsd", "gelss"):
        raise RuntimeError(
            "torch.linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)"
        )
    return _lstsq(A, B, rcond, driver, out=out)


@op(variants="fo", namespace="linalg", grad_name="LinalgPinvBackward0")
def pinv(
    A: Tensor,
    rcond: Scalar = None,
    hermitian: bool = False,
    *,
    atol: Scalar = None,
    rtol: Scalar = None,
):
    """The pseudo-inverse: singular values up to max(atol, rtol * largest) count as 0."""
    check_matrix("pinv", A)
    rtol = rcond if rtol is None else rtol
    if rtol is None:
        rtol = 0.0 if atol else max(A.shape[-2:]) * jnp.finfo(A.dtype).eps
    if atol:
        fixed = lax.stop_gradient(A)
        largest = jnp.max(jnp.linalg.svd(fixed, compute_uv=False), -1)
        rtol = jnp.maximum(rtol, atol / largest)
    return jnp.linalg.pinv(A, rtol=rtol, hermitian=hermitian)


# -- decompositions


@jax.custom_jvp
def _cholesky(A):
    return lax.linalg.cholesky(A, symmetrize_input=False)


@_cholesky.defjvp
def _(primals, tangents):
    """The derivative of a factor of a symmetric matrix: the tangent counts as symmetrised."""
    (A,), (dA,) = primals, tangents
    L = _cholesky(A)
    dA = (dA + dA.mT.conj()) / 2
    inner = lax.linalg.triangular_solve(L, dA, left_side=True, lower=True)
    inner = lax.linalg.triangular_solve(
        L, inner, left_side=False, lower=True, transpose_a=True, conjugate_a=True
    )
    half = jnp.tril(inner) - jnp.tril(jnp.triu(inner)) / 2
    return L, L @ half


def _factor(A, upper: bool):
    return _cholesky(A.mT.conj() if upper else A)


@op(variants="fo", namespace="linalg", grad_name="LinalgCholeskyExBackward0", saves="result")
def cholesky(A: Tensor, *, upper: bool = False):
    """L with L @ L^H = A for positive-definite A, of which only one triangle is read."""
    check_square("cholesky", A)
    L = jnp.tril(_factor(A, upper))
    return L.mT.conj() if upper else L


@cholesky.check
def _(A, *, upper=False):
    return _locate(
        minors(jnp.asarray(A), upper),
        "linalg.cholesky",
        "The factorization could not be completed because the input is not positive-definite (the "
        "leading minor of order {} is not positive-definite).",
    )


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


@op(variants="", name="linalg_cholesky_ex", returns=("L", "info"))
def _cholesky_ex(A: Tensor, upper: bool):
    check_square("cholesky_ex", A)
    L = jnp.tril(_factor(A, upper))
    info = minors(lax.stop_gradient(A), upper).astype(jnp.int32)
    return (L.mT.conj() if upper else L), info


def cholesky_ex(A, *, upper=False, check_errors=False):
    """(L, info); info is 0 or the order of a leading minor that is not positive-definite."""
    if check_errors:
        cholesky(A, upper=upper)
    return _cholesky_ex(A, upper)


@op(variants="o", name="linalg_qr", returns=("Q", "R"))
def _qr(A: Tensor, mode: str):
    check_matrix("qr", A)
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


@op(variants="o", name="linalg_svd", returns=("U", "S", "Vh"))
def _svd(A: Tensor, full_matrices: bool):
    check_matrix("svd", A)
    U, S, Vh = jnp.linalg.svd(A, full_matrices=False)
    m, n = A.shape[-2:]
    if full_matrices and m != n:
        # the further vectors only span what is left: they have no gradient
        whole = jnp.linalg.svd(lax.stop_gradient(A), full_matrices=True)
        U = jnp.concatenate([U, whole[0][..., :, n:]], -1) if m > n else U
        Vh = jnp.concatenate([Vh, whole[2][..., m:, :]], -2) if n > m else Vh
    return U, S, Vh


def svd(A, full_matrices=True, *, driver=None, out=None):
    """(U, S, Vh), singular values descending. As in torch, `driver` is for CUDA only."""
    if driver is not None:
        raise RuntimeError(
            "torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with "
            "cuSOLVER backend."
        )
    return _svd(A, full_matrices, out=out)


@op(variants="fo", namespace="linalg", grad_name="LinalgSvdBackward0")
def svdvals(A: Tensor):
    check_matrix("svdvals", A)
    return jnp.linalg.svd(A, compute_uv=False)


def _eigh_of(name: str, A, UPLO: str):
    check_square(name, A)
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    vectors, values = lax.linalg.eigh(_mirrored(A, UPLO.upper() == "L"), symmetrize_input=False)
    return values, vectors


def _mirrored(A, lower: bool):
    """The symmetric matrix of one triangle; the gradient goes to both."""
    triangle = jnp.tril(A, -1) if lower else jnp.triu(A, 1)
    whole = triangle + triangle.mT.conj() + jnp.eye(A.shape[-1], dtype=A.dtype) * A
    both = (A + A.mT.conj()) / 2
    return lax.stop_gradient(whole - both) + both


@op(variants="o", name="linalg_eigh", returns=("eigenvalues", "eigenvectors"))
def _eigh(A: Tensor, UPLO: str):
    return _eigh_of("eigh", A, UPLO)


def eigh(A, UPLO="L", *, out=None):
    """Eigenvalues, ascending, and eigenvectors (columns) of symmetric or Hermitian matrices."""
    return _eigh(A, UPLO, out=out)


@op(variants="fo", namespace="linalg", grad_name="LinalgEighBackward0")
def eigvalsh(A: Tensor, UPLO: str = "L"):
    return _eigh_of("eigvalsh", A, UPLO)[0]


@op(variants="fo", namespace="linalg", grad_name="LinalgEigBackward0")
def eigvals(A: Tensor):
    check_square("eigvals", A)
    return jnp.linalg.eigvals(A)


@op(variants="", name="linalg_eig", returns=("eigenvalues", "eigenvectors"))
def _eig(A: Tensor):
    check_square("eig", A)
    values, vectors = lax.linalg.eig(A, compute_left_eigenvectors=False, enable_eigvec_derivs=True)
    return values, vectors


def eig(A):
    """Eigenvalues and eigenvectors of any square matrices, always complex."""
    return _eig(A)
