"""torch.linalg, continued: powers, ranks, factors with pivots, tensors of more dimensions."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax import lax

from . import linalg, shape
from . import matmul as products
from ._checks import wrap_dim
from ._declare import op
from ._types import Scalar, Tensor
from .linalg import check_matrix, check_square
from .norms import matrix_norm

LINALG_FUNCTIONS = (
    "cond", "diagonal", "lu", "lu_factor", "matmul", "matrix_rank", "tensorinv", "tensorsolve",
)  # fmt: skip

matmul = products.matmul


@op(variants="fo", namespace="linalg", grad_name="MmBackward0")
def matrix_power(A: Tensor, n: int):
    """A @ A @ ... n times; the inverse's power for negative n."""
    check_square("matrix_power", A)
    return jnp.linalg.matrix_power(A, n)


@op(variants="f", namespace="linalg", grad_name="LinalgMatrixExpBackward0")
def matrix_exp(A: Tensor):
    check_square("matrix_exp", A)
    exp = jax.scipy.linalg.expm
    for _ in A.shape[:-2]:
        exp = jax.vmap(exp)
    return exp(A) if A.size else A


def _tolerance(A, values, atol, rtol):
    """The bound below which a singular value counts as 0."""
    if rtol is None:
        rtol = 0.0 if atol else max(A.shape[-2:]) * jnp.finfo(A.dtype).eps
    largest = jnp.max(values, -1, keepdims=True, initial=0)
    return jnp.maximum(0.0 if atol is None else atol, rtol * largest)


@op(variants="o", name="linalg_matrix_rank", differentiable=False)
def _matrix_rank(A: Tensor, atol: Scalar, rtol: Scalar, hermitian: bool):
    check_matrix("matrix_rank", A)
    values = jnp.abs(jnp.linalg.eigvalsh(A)) if hermitian else jnp.linalg.svd(A, compute_uv=False)
    return jnp.sum(values > _tolerance(A, values, atol, rtol), -1).astype(jnp.int64)


def matrix_rank(A, tol=None, hermitian=False, *, atol=None, rtol=None, out=None):
    """How many singular values exceed max(atol, rtol * largest). A positional tol is absolute."""
    if isinstance(tol, bool):
        tol, hermitian = None, tol
    if tol is not None:
        atol, rtol = tol, 0.0
    return _matrix_rank(A, atol, rtol, hermitian, out=out)


def cond(A, p=None, *, out=None):
    """The condition number in the norm p (by default 2)."""
    if p is None or p in (2, -2):
        values = linalg.svdvals(A)
        largest, smallest = values[..., 0], values[..., -1]
        result = smallest / largest if p == -2 else largest / smallest
    else:
        result = matrix_norm(A, p) * matrix_norm(linalg.inv(A), p)
    return result if out is None else out.copy_(result)


# -- factors with pivots


def _permutation(pivots, size: int, dtype):
    """P of A = P L U from LAPACK's row exchanges."""
    rows = lax.linalg.lu_pivots_to_permutation(pivots, size)
    return jnp.swapaxes(jax.nn.one_hot(rows, size, dtype=dtype), -1, -2)


@op(variants="o", name="linalg_lu", returns=("P", "L", "U"))
def _lu(A: Tensor, pivot: bool):
    check_matrix("lu", A)
    factors, pivots, _ = lax.linalg.lu(A)
    m, n = A.shape[-2:]
    k = min(m, n)
    L = jnp.tril(factors[..., :, :k], -1) + jnp.eye(m, k, dtype=A.dtype)
    return _permutation(pivots, m, A.dtype), L, jnp.triu(factors[..., :k, :])


def _needs_pivots(pivot: bool) -> None:
    if not pivot:
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")


def lu(A, *, pivot=True, out=None):
    """(P, L, U) with P @ L @ U = A."""
    _needs_pivots(pivot)
    return _lu(A, pivot, out=out)


@op(
    variants="o",
    name="linalg_lu_factor",
    returns=("LU", "pivots"),
    grad_name="LinalgLuFactorExBackward0",
)
def _lu_factor(A: Tensor, pivot: bool):
    check_matrix("lu_factor", A)
    factors, pivots, _ = lax.linalg.lu(A)
    return factors, (pivots + 1).astype(jnp.int32)


def lu_factor(A, *, pivot=True, out=None):
    """(LU, pivots): both factors in one matrix, and the 1-based rows that were exchanged."""
    _needs_pivots(pivot)
    return _lu_factor(A, pivot, out=out)


@op(variants="fo", namespace="linalg", grad_name="LinalgLuSolveBackward0")
def lu_solve(LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False):
    """X of A X = B from lu_factor(A)."""
    B = B if left else B.mT
    # X A = B is A^T X^T = B^T; with A^H for A that is conj(A) X^T = B^T
    trans = (2 if adjoint else 0) if left else (0 if adjoint else 1)
    if not left and adjoint:
        LU = jnp.conj(LU)

    def one(factors, exchanged, right):
        return jax.scipy.linalg.lu_solve((factors, exchanged - 1), right, trans=trans)

    for _ in range(LU.ndim - 2):
        one = jax.vmap(one)
    X = one(LU, pivots, B)
    return X if left else X.mT


@op(variants="fo", namespace="linalg", grad_name="LinalgHouseholderProductBackward0")
def householder_product(A: Tensor, tau: Tensor):
    """The first columns of the product of the reflections in A (below its diagonal) and tau."""
    check_matrix("householder_product", A)
    m, n = A.shape[-2:]
    out = jnp.broadcast_to(jnp.eye(m, n, dtype=A.dtype), A.shape)
    for k in reversed(range(tau.shape[-1])):
        v = jnp.where(jnp.arange(m) > k, A[..., :, k], jnp.arange(m) == k).astype(A.dtype)
        inner = jnp.einsum("...i,...ij->...j", v.conj(), out)
        out = out - tau[..., k, None, None] * v[..., :, None] * inner[..., None, :]
    return out


# -- vectors and tensors


@op(variants="fo", namespace="linalg", grad_name="SumBackward1")
def vecdot(x: Tensor, y: Tensor, *, dim: int = -1):
    """The sum of conj(x) * y along dim."""
    return jnp.sum(jnp.conj(x) * y, wrap_dim(dim, max(x.ndim, y.ndim)))


def diagonal(A, *, offset=0, dim1=-2, dim2=-1):
    return A.diagonal(offset, dim1, dim2)


@op(variants="f", namespace="linalg", grad_name="CatBackward0")
def vander(x: Tensor, *, N: int | None = None):
    """Columns x ** 0, x ** 1, ... x ** (N - 1)."""
    n = x.shape[-1] if N is None else N
    powers = [jnp.ones_like(x)]
    for _ in range(n - 1):
        powers.append(powers[-1] * x)
    return jnp.stack(powers[:n], -1)


def tensorinv(A, ind=2, *, out=None):
    """The inverse of A as a map of its last dimensions onto the first ind."""
    if ind <= 0:
        raise RuntimeError("Expected a strictly positive integer for 'ind'")
    left, right = A.shape[:ind], A.shape[ind:]
    if math.prod(left) != math.prod(right):
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == "
            f"prod(self.shape[:ind]), but got {math.prod(right)} != {math.prod(left)}"
        )
    result = linalg.inv(A.reshape(math.prod(left), -1)).reshape(*right, *left)
    return result if out is None else out.copy_(result)


def tensorsolve(A, B, dims=None, *, out=None):
    """X with tensordot(A, X, X.ndim) = B."""
    if dims is not None:
        A = shape.movedim(A, tuple(dims), tuple(range(A.ndim - len(dims), A.ndim)))
    rest = A.shape[B.ndim :]
    if math.prod(A.shape[: B.ndim]) != math.prod(rest):
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == "
            "prod(self.shape[:other.ndim]), but got "
            f"{math.prod(rest)} != {math.prod(A.shape[: B.ndim])}"
        )
    result = linalg.solve(A.reshape(math.prod(rest), -1), B.reshape(-1)).reshape(*rest)
    return result if out is None else out.copy_(result)
