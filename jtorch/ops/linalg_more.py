"""torch.linalg, continued: powers, ranks, condition numbers, tensors of more dimensions."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp

from . import _matrices as matrices
from . import decompositions, linalg, norms, shape
from . import matmul as products
from ._autocast import follows_autocast
from ._checks import check_broadcast, wrap_dim
from ._declare import op
from ._matrices import check_sides
from ._numeric import kind, opmath, scalar_name
from ._out import takes_out
from ._types import Scalar, Tensor
from .norms import matrix_norm

LINALG_FUNCTIONS = (
    "cond", "diagonal", "matmul", "matrix_power", "matrix_rank", "norm", "tensorinv", "tensorsolve",
    "vander",
)  # fmt: skip

matmul = products.matmul
norm = norms.linalg_norm


@op(variants="o", name="linalg_matrix_power", grad_name="MmBackward0")
def _matrix_power(A: Tensor, n: int):
    check_sides("linalg.matrix_power", A)
    return jnp.linalg.matrix_power(A, n)


def matrix_power(A, n, *, out=None):
    """A @ A @ ... n times; the inverse's power for negative n."""
    return _matrix_power(linalg.inv(A) if n < 0 else A, abs(n), out=out)


@op(variants="f", namespace="linalg", grad_name="LinalgMatrixExpBackward0")
def matrix_exp(A: Tensor):
    check_sides("linalg.matrix_exp", A)
    matrices.check_type("linalg.matrix_exp", A, kernel=None, halves=True)
    return _matrix_exp(A)


@opmath
def _matrix_exp(A):
    exp = jax.scipy.linalg.expm
    for _ in A.shape[:-2]:
        exp = jax.vmap(exp)
    return exp(A) if A.size else A


@op(variants="o", name="linalg_matrix_rank", differentiable=False)
def _matrix_rank(
    A: Tensor, values: Tensor, atol: Tensor | Scalar | None, rtol: Tensor | Scalar | None
):
    for word, x in (("atol", atol), ("rtol", rtol)):
        matrices.check_tolerance("torch.linalg.matrix_rank", word, x)
    bound = matrices.tolerance(A, values, atol, rtol)
    return jnp.sum(values > bound, -1).astype(jnp.int64)


def matrix_rank(A, tol=None, hermitian=False, *, atol=None, rtol=None, out=None):
    """How many singular values exceed max(atol, rtol * largest). A positional tol is absolute."""
    if isinstance(tol, bool):
        tol, hermitian = None, tol
    if tol is not None:
        atol, rtol = tol, 0.0
    if A.ndim < 2:
        raise RuntimeError(
            "torch.linalg.matrix_rank: The input tensor input must have at least 2 dimensions."
        )
    if kind(A.dtype.np) in "bi" or A.dtype.itemsize == 2:
        raise RuntimeError("This function doesn't handle types other than float and double")
    A = A.detach()
    values = decompositions.eigvalsh(A).abs() if hermitian else decompositions.svdvals(A)
    return _matrix_rank(A, values, atol, rtol, out=out)


@takes_out(name="linalg_cond")
def cond(A, p=None):
    """The condition number in the norm p (by default 2)."""
    if A.ndim < 2:
        raise RuntimeError("linalg.cond: The input tensor must have at least 2 dimensions.")
    if p not in (None, 1, -1, 2, -2, math.inf, -math.inf, "fro", "nuc"):
        raise RuntimeError(f"linalg.cond got an invalid norm type: {p}")
    if p is None or p in (2, -2):
        values = decompositions.svdvals(A)
        if not values.shape[-1]:
            result = values.sum(-1)
        else:
            largest, smallest = values[..., 0], values[..., -1]
            result = smallest / largest if p == -2 else largest / smallest
    else:
        result = _cond_by_inverse(A, p)
    return result


def _cond_by_inverse(A, p):
    name = f"linalg.cond(ord={p})"
    check_sides(name, A)
    if not A.shape[-1]:
        return A.abs().sum((-2, -1))
    inverse, info = linalg.inv_ex(A)
    result = matrix_norm(A, p) * matrix_norm(inverse, p)
    return result.masked_fill(info > 0, math.inf)


# -- vectors and tensors


@op(variants="fo", namespace="linalg", grad_name="SumBackward1")
def vecdot(x: Tensor, y: Tensor, *, dim: int = -1):
    """The sum of conj(x) * y along dim."""
    if x.dtype != y.dtype:
        raise RuntimeError(
            "linalg.vecdot: Expected x and y to have the same dtype, but found x of type "
            f"{scalar_name(x.dtype)} and y of type {scalar_name(y.dtype)} instead"
        )
    if x.ndim == y.ndim == 1 and x.shape != y.shape:
        (m,), (n,) = x.shape, y.shape
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{m}] and src [{n}] to have the same "
            f"number of elements, but got {m} and {n} elements respectively"
        )
    check_broadcast([x, y])
    return jnp.sum(jnp.conj(x) * y, wrap_dim(dim, max(x.ndim, y.ndim)), dtype=x.dtype)


def diagonal(A, *, offset=0, dim1=-2, dim2=-1):
    return A.diagonal(offset, dim1, dim2)


@op(variants="", name="linalg_vander", grad_name="CatBackward0")
def _vander(x: Tensor, N: int):
    x = jnp.atleast_1d(x)
    x = x.astype(jnp.int64) if kind(x.dtype) in "bi" else x
    powers = [jnp.ones_like(x)]
    for _ in range(N - 1):
        powers.append(powers[-1] * x)
    return jnp.stack(powers, -1)


def vander(x, *, N=None):
    """Columns x ** 0, x ** 1, ... x ** (N - 1)."""
    N = (x.shape[-1] if x.ndim else 1) if N is None else N
    if N <= 1:
        raise RuntimeError("N must be greater than 1.")
    return _vander(x, N)


@follows_autocast
@takes_out(name="linalg_tensorinv")
def tensorinv(A, ind=2):
    """The inverse of A as a map of its last dimensions onto the first ind."""
    if ind <= 0:
        raise RuntimeError(f"Expected a strictly positive integer for 'ind', but got {ind}")
    left, right = A.shape[:ind], A.shape[ind:]
    if math.prod(left) != math.prod(right):
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == "
            f"prod(self.shape[:ind]), but got {math.prod(right)} != {math.prod(left)}"
        )
    return linalg.inv(A.reshape(math.prod(left), -1)).reshape(*right, *left)


@follows_autocast
@takes_out(name="linalg_tensorsolve")
def tensorsolve(A, B, dims=None):
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
    return linalg.solve(A.reshape(math.prod(rest), -1), B.reshape(-1)).reshape(*rest)
