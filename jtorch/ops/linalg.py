"""torch.linalg: determinants, inverses, systems of equations. Decompositions are in
decompositions.py and factors.py, what is made of them in linalg_more.py, the older forms in the
torch namespace in linalg_torch.py, norms in norms.py.
"""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
from jax import lax

from . import _matrices as matrices
from ._declare import op
from ._matrices import check_matrix, check_square, check_system, locate, zero_pivots
from ._numeric import kind, require, scalar_name
from ._types import Scalar, Tensor

LINALG_FUNCTIONS = ("inv_ex", "lstsq", "pinv", "slogdet", "solve_ex")

# -- determinants


@op(variants="fo", namespace="linalg", grad_name="LinalgDetBackward0")
def det(A: Tensor):
    check_square("det", A, "lu_cpu")
    return jnp.linalg.det(A) if A.shape[-1] else jnp.ones(A.shape[:-2], A.dtype)


@op(variants="o", name="linalg_slogdet", returns=("sign", "logabsdet"))
def _slogdet(A: Tensor, name: str):
    check_square(name, A)
    return tuple(jnp.linalg.slogdet(A))


def slogdet(A, *, out=None):
    """(sign, log |det|)."""
    return _slogdet(A, "slogdet", out=out)


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
    return locate(zero_pivots(A), "linalg.inv", _SINGULAR)


@op(variants="o", name="linalg_inv_ex", returns=("inverse", "info"))
def _inv_ex(A: Tensor):
    check_square("inv", A)
    return jnp.linalg.inv(A), zero_pivots(lax.stop_gradient(A)).astype(jnp.int32)


def inv_ex(A, *, check_errors=False, out=None):
    """(inverse, info); info is 0 or the 1-based position of a zero pivot."""
    if check_errors:
        inv(A)
    return _inv_ex(A, out=out)


def _is_vector(A, B) -> bool:
    return B.ndim == 1 or (A.ndim - 1 == B.ndim and B.shape == A.shape[:-1])


def _solve_of(A, B, left: bool):
    """X with A X = B, or X A = B; B may be a batch of vectors."""
    check_square("solve", A)
    if A.dtype != B.dtype:
        raise RuntimeError(
            f"linalg.solve: Expected A and B to have the same dtype, but found A of type "
            f"{scalar_name(A.dtype)} and B of type {scalar_name(B.dtype)} instead"
        )
    vector = _is_vector(A, B)
    B = B[..., None] if vector else B
    matrices.check_ndim("linalg.solve", B, "B")
    check_system("solve", A, B, left)
    if vector and not left:
        raise RuntimeError(
            "linalg.solve: Vector broadcasting of the left hand side is not supported for "
            "left=False. In this case linalg.solve is equivalent to B / A.squeeze(-1)"
        )
    B, A = matrices.broadcast(B, A)
    X = jnp.linalg.solve(A, B) if left else jnp.linalg.solve(A.mT, B.mT).mT
    return X[..., 0] if vector else X


@op(variants="fo", namespace="linalg", grad_name="LinalgSolveExBackward0")
def solve(A: Tensor, B: Tensor, *, left: bool = True):
    """X with A X = B, or X A = B; B may be a batch of vectors."""
    return _solve_of(A, B, left)


def _singular_system(A, name: str):
    return locate(
        zero_pivots(A),
        f"torch.linalg.{name}",
        "The solver failed because the input matrix is singular.",
    )


@solve.check
def _(A, B, *, left=True):
    return _singular_system(A, "solve")


@op(variants="o", name="linalg_solve_ex", returns=("result", "info"))
def _solve_ex(A: Tensor, B: Tensor, left: bool, check_errors: bool):
    return _solve_of(A, B, left), zero_pivots(lax.stop_gradient(A)).astype(jnp.int32)


@_solve_ex.check
def _(A, B, left, check_errors):
    bad, *rest = _singular_system(A, "solve_ex")
    return bad & check_errors, *rest


def solve_ex(A, B, *, left=True, check_errors=False, out=None):
    """(result, info); info is 0 or the 1-based position of a zero pivot."""
    return _solve_ex(A, B, left, check_errors, out=out)


@op(variants="fo", namespace="linalg", grad_name="LinalgSolveTriangularBackward0")
def solve_triangular(
    A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False
):
    matrices.check_sides("linalg.solve_triangular", A)
    matrices.check_ndim("linalg.solve_triangular", B, "B")
    check_system("solve_triangular", A, B, left)
    require("triangular_solve_cpu", "fc", A)
    B, A = matrices.broadcast(B.astype(A.dtype), A)
    return lax.linalg.triangular_solve(
        A, B, left_side=left, lower=not upper, unit_diagonal=unitriangular
    )


def _check_lstsq(A, B) -> None:
    name = "torch.linalg.lstsq"
    if A.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if not B.ndim:
        raise RuntimeError(f"{name}: other must have at least 1 dimension.")
    if A.dtype != B.dtype:
        raise RuntimeError(
            f"{name}: Expected input and other to have the same dtype, but got input's dtype "
            f"{scalar_name(A.dtype)} and other's dtype {scalar_name(B.dtype)}"
        )
    check_matrix("lstsq", A)


@op(variants="o", name="linalg_lstsq", returns=("solution", "residuals", "rank", "singular_values"))
def _lstsq(A: Tensor, B: Tensor, rcond: Scalar, driver: str):
    _check_lstsq(A, B)
    vector = B.ndim == A.ndim - 1
    B = B[..., None] if vector else B
    m, n = A.shape[-2:]
    if B.shape[-2] != m:
        raise RuntimeError("torch.linalg.lstsq: input.size(-2) should match other.size(-2)")
    A, B = matrices.broadcast(A, B)
    rtol = jnp.finfo(A.dtype).eps * max(m, n) if rcond is None else rcond
    values = jnp.linalg.svd(lax.stop_gradient(A), compute_uv=False)
    rank = jnp.sum(values > rtol * values[..., :1], -1).astype(jnp.int64)
    X = jnp.linalg.pinv(A, rtol=rtol) @ B
    none = jnp.zeros((0,), values.dtype)
    residuals = none
    if driver != "gelsy" and m > n:
        residuals = jnp.sum(jnp.abs(A @ X - B) ** 2, -2)
    X = X[..., 0] if vector else X
    if driver == "gels":
        rank = jnp.zeros((0,), jnp.int64)
    return X, residuals, rank, values if driver in ("gelsd", "gelss") else none


def lstsq(A, B, rcond=None, *, driver=None, out=None):
    """The X that makes |A X - B| smallest. Always computed through the pseudo-inverse; `driver`
    only decides what is returned beside it, as in torch.
    """
    driver = driver or "gelsy"
    if driver not in ("gels", "gelsy", "gelsd", "gelss"):
        raise RuntimeError(
            "torch.linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)"
        )
    found = _lstsq(A, B, rcond, driver, out=out)
    return found if out is not None else type(found)((*found[:3], found[3].detach()))


# -- the pseudo-inverse


@functools.partial(jax.custom_jvp, nondiff_argnums=(3,))
def _pinv_of(A, atol, rtol, hermitian: bool):
    if hermitian:
        vectors, values = lax.linalg.eigh(matrices.mirrored(A, True), symmetrize_input=False)
        size = jnp.abs(values)
        left, right = vectors, vectors
    else:
        left, size, right = jnp.linalg.svd(A, full_matrices=False)
        right, values = right.mT.conj(), size
    kept = size > matrices.tolerance(A, size, atol, rtol)
    inverse = jnp.where(kept, 1 / jnp.where(kept, values, 1), 0)
    return (right * inverse[..., None, :]) @ left.mT.conj()


@_pinv_of.defjvp
def _(hermitian, primals, tangents):
    """Golub and Pereyra, SIAM J. Numer. Anal. 10 (1973), theorem 4.3, for constant rank."""
    A, dA = primals[0], tangents[0]
    P = _pinv_of(*primals, hermitian)
    PH, dH = P.mT.conj(), dA.mT.conj()
    m, n = A.shape[-2:]
    outside = jnp.eye(m, dtype=A.dtype) - A @ P
    inside = jnp.eye(n, dtype=A.dtype) - P @ A
    return P, -P @ dA @ P + P @ PH @ dH @ outside + inside @ dH @ PH @ P


@op(variants="o", name="linalg_pinv")
def _pinv(
    A: Tensor,
    atol: Tensor | Scalar | None,
    rtol: Tensor | Scalar | None,
    hermitian: bool,
):
    if A.ndim < 2 or kind(A.dtype) in "bi" or A.dtype.itemsize == 2:
        raise RuntimeError(
            f"linalg.pinv({scalar_name(A.dtype)}{{{list(A.shape)}}}): expected a tensor with 2 or "
            "more dimensions of float, double, cfloat or cdouble types"
        )
    if hermitian:
        check_square("eigh", A)
    for word, x in (("atol", atol), ("rtol", rtol)):
        matrices.check_tolerance("torch.linalg.pinv", word, x)
    return _pinv_of(A, *(None if x is None else jnp.asarray(x) for x in (atol, rtol)), hermitian)


def pinv(A, rcond=None, hermitian=False, *, atol=None, rtol=None, out=None):
    """The pseudo-inverse: singular values up to max(atol, rtol * largest) count as 0."""
    return _pinv(A, atol, rcond if rtol is None else rtol, hermitian, out=out)
