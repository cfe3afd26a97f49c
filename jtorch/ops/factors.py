"""LU with pivots, QR as reflections, and what is solved, multiplied or unpacked with them, in
LAPACK's formats. Factors of symmetric matrices are in ldl.py.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from . import _matrices as matrices
from ._autocast import follows_autocast
from ._bind import result_type
from ._declare import op
from ._matrices import check_kernel, locate, zero_pivots
from ._numeric import scalar_name
from ._out import takes_out
from ._types import DType, Tensor

FUNCTIONS = ("geqrf", "lu_unpack", "orgqr", "ormqr")
METHODS = ("geqrf", "orgqr", "ormqr")
LINALG_FUNCTIONS = ("lu", "lu_factor", "lu_factor_ex")

# -- LU


def _check_rank(name: str, A) -> None:
    if A.ndim < 2:
        raise RuntimeError(
            f"{name}: Expected tensor with 2 or more dimensions. Got size: {list(A.shape)} instead"
        )


@op(variants="", differentiable=False)
def _permutation(pivots: Tensor, size: int, dtype: DType):
    """P of A = P L U from LAPACK's row exchanges, 1-based."""
    rows = lax.linalg.lu_pivots_to_permutation(pivots - 1, size)
    return jnp.swapaxes(jax.nn.one_hot(rows, size, dtype=dtype), -1, -2)


def _triangles(factors):
    m, n = factors.shape[-2:]
    k = min(m, n)
    L = jnp.tril(factors[..., :, :k], -1) + jnp.eye(m, k, dtype=factors.dtype)
    return L, jnp.triu(factors[..., :k, :])


@op(variants="", name="linalg_lu")
def _lu(A: Tensor):
    _check_rank("linalg.lu", A)
    check_kernel("lu_cpu", A)
    factors, pivots, _ = lax.linalg.lu(A)
    return (*_triangles(factors), pivots + 1)


def _needs_pivots(pivot: bool) -> None:
    if not pivot:
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")


@takes_out(name="linalg_lu")
def lu(A, *, pivot=True):
    """(P, L, U) with P @ L @ U = A."""
    _needs_pivots(pivot)
    L, U, pivots = _lu(A)
    P = _permutation(pivots, A.shape[-2], A.dtype)
    return result_type("linalg_lu", ("P", "L", "U"))((P, L, U))


def _factored(A):
    _check_rank("torch.lu_factor", A)
    check_kernel("lu_cpu", A)
    factors, pivots, _ = lax.linalg.lu(A)
    return factors, (pivots + 1).astype(jnp.int32)


def _zero_on_diagonal(A, name: str):
    message = (
        "U[{},{}] is zero and using it on lu_solve would result in a division by zero. If you "
        "still want to perform the factorization, consider calling linalg.lu(A, pivot) or "
        "linalg.lu_factor_ex(A, pivot)"
    )
    return locate(zero_pivots(A), f"torch.linalg.{name}", message, RuntimeError)


@op(variants="o", name="linalg_lu_factor", returns=("LU", "pivots"),
    grad_name="LinalgLuFactorExBackward0")  # fmt: skip
def _lu_factor(A: Tensor):
    return _factored(A)


@_lu_factor.check
def _(A):
    return _zero_on_diagonal(A, "lu_factor")


def lu_factor(A, *, pivot=True, out=None):
    """(LU, pivots): both factors in one matrix, and the 1-based rows that were exchanged."""
    _needs_pivots(pivot)
    return _lu_factor(A, out=out)


@op(variants="o", name="linalg_lu_factor_ex", returns=("LU", "pivots", "info"))
def _lu_factor_ex(A: Tensor, check_errors: bool):
    return *_factored(A), zero_pivots(lax.stop_gradient(A)).astype(jnp.int32)


@_lu_factor_ex.check
def _(A, check_errors):
    bad, *rest = _zero_on_diagonal(A, "lu_factor_ex")
    return bad & check_errors, *rest


def lu_factor_ex(A, *, pivot=True, check_errors=False, out=None):
    """(LU, pivots, info); info is 0 or the 1-based position of a zero on U's diagonal."""
    _needs_pivots(pivot)
    return _lu_factor_ex(A, check_errors, out=out)


@op(variants="", name="lu_unpack")
def _lu_unpack(LU_data: Tensor, LU_pivots: Tensor, unpack_pivots: bool):
    _check_rank("torch.lu_unpack", LU_data)
    if unpack_pivots and LU_pivots.dtype != jnp.int32:
        raise RuntimeError(
            "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype."
        )
    return _triangles(LU_data)


@_lu_unpack.check
def _(LU_data, LU_pivots, unpack_pivots):
    wrong = (LU_pivots < 1) | (LU_pivots > LU_data.shape[-2])
    message = (
        "pivots passed to lu_unpack must be between 1 and LU.size(-2) inclusive."
        "Did you properly pass the result of lu_factor?"
    )
    return jnp.any(wrong) & unpack_pivots, 0, RuntimeError, message


@takes_out
def lu_unpack(LU_data, LU_pivots, unpack_data=True, unpack_pivots=True):
    """(P, L, U) from what lu_factor gave; what is not asked for is empty."""
    L, U = _lu_unpack(LU_data, LU_pivots, unpack_pivots)
    P = none = LU_data.new_empty((0,))
    if unpack_pivots:
        P = _permutation(LU_pivots, LU_data.shape[-2], LU_data.dtype)
    results = (P, L, U) if unpack_data else (P, none, none)
    return result_type("lu_unpack", ("P", "L", "U"))(results)


def _check_lu_solve(LU, pivots, B, left: bool) -> None:
    if pivots.dtype != jnp.int32:
        raise RuntimeError("linalg.lu_solve: pivots should be a Tensor of scalar type torch.int32")
    if LU.dtype != B.dtype:
        raise RuntimeError(
            "linalg.lu_solve: Expected LU and B to have the same dtype, but found LU of type "
            f"{scalar_name(LU.dtype)} and B of type {scalar_name(B.dtype)} instead"
        )
    matrices.check_sides("torch.linalg.lu_solve", LU)
    matrices.check_ndim("linalg.lu_solve", B, "B")
    matrices.check_system("lu_solve", LU, B, left)
    if pivots.shape[-1:] != LU.shape[-1:]:
        raise RuntimeError(
            "linalg.lu_solve: Number of pivots per batch should be same as the dimension of the "
            "matrix"
        )


@op(variants="fo", namespace="linalg", grad_name="LinalgLuSolveBackward0")
def lu_solve(LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False):
    """X of A X = B from lu_factor(A)."""
    _check_lu_solve(LU, pivots, B, left)
    B, LU = matrices.broadcast(B, LU)
    pivots = jnp.broadcast_to(pivots, LU.shape[:-1])
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


# -- reflections


def reflect(A, tau, X, adjoint: bool = False):
    """Q @ X, or Q^H @ X, for the Q whose reflections are in A (below its diagonal) and tau."""
    m, count = A.shape[-2], tau.shape[-1]
    if not count or not A.size:
        return X
    rows = jnp.arange(m)

    def one(step, X):
        k = step if adjoint else count - 1 - step
        column = lax.dynamic_index_in_dim(A, k, -1, keepdims=False)
        v = jnp.where(rows > k, column, (rows == k).astype(A.dtype))
        scale = lax.dynamic_index_in_dim(tau, k, -1, keepdims=False)
        scale = jnp.conj(scale) if adjoint else scale
        inner = jnp.einsum("...i,...ij->...j", v.conj(), X)
        return X - scale[..., None, None] * v[..., :, None] * inner[..., None, :]

    return lax.fori_loop(0, count, one, X)


def _check_reflections(name: str, A, tau) -> None:
    if A.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if tau.ndim != A.ndim - 1:
        raise RuntimeError(
            f"{name}: Expected tau to have one dimension less than input, but got tau.ndim equal "
            f"to {tau.ndim} and input.ndim is equal to {A.ndim}"
        )
    if tau.shape[:-1] != A.shape[:-2]:
        raise RuntimeError(
            f"{name}: Expected batch dimensions of tau to be equal to input.shape[:-2], but got "
            f"{list(tau.shape[:-1])}"
        )


@op(variants="fo", namespace="linalg", grad_name="LinalgHouseholderProductBackward0")
def householder_product(input: Tensor, tau: Tensor):
    """The first columns of the product of the reflections in input (below its diagonal) and tau."""
    name = "torch.linalg.householder_product"
    if input.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    m, n = input.shape[-2:]
    for big, small, words in (
        (m, n, "input.shape[-2] must be greater than or equal to input.shape[-1]"),
        (n, tau.shape[-1], "input.shape[-1] must be greater than or equal to tau.shape[-1]"),
    ):
        if big < small:
            raise RuntimeError(f"{name}: {words}")
    _check_reflections(name, input, tau)
    if tau.dtype != input.dtype:
        raise RuntimeError(
            f"{name}: tau dtype {scalar_name(tau.dtype)} does not match input dtype "
            f"{scalar_name(input.dtype)}"
        )
    check_kernel("orgqr_cpu", input)
    return reflect(input, tau, jnp.broadcast_to(jnp.eye(m, n, dtype=input.dtype), input.shape))


def orgqr(input, input2, *, out=None):
    """torch.linalg.householder_product under its older name."""
    return householder_product(input, input2, out=out)


@op(variants="o", name="ormqr")
def _ormqr(input: Tensor, tau: Tensor, other: Tensor, left: bool, transpose: bool):
    name = "torch.ormqr"
    if input.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if other.ndim < 2:
        raise RuntimeError(f"{name}: other must have at least 2 dimensions.")
    side = -2 if left else -1
    if other.shape[side] < tau.shape[-1]:
        raise RuntimeError(
            f"{name}: other.shape[{side}] must be greater than or equal to tau.shape[-1]"
        )
    if other.shape[side] != input.shape[-2]:
        raise RuntimeError(f"{name}: other.shape[{side}] must be equal to input.shape[-2]")
    if tau.shape[-1] > input.shape[-1]:
        raise RuntimeError(
            f"{name}: tau.shape[-1] must be equal to min(other.shape[{side}], input.shape[-1])"
        )
    _check_reflections(name, input, tau)
    for word, x in (("tau", tau), ("other", other)):
        if x.dtype != input.dtype:
            raise RuntimeError(
                f"{name}: Expected input and {word} to have the same dtype, but input has dtype"
                f"{scalar_name(input.dtype)} and {word} has dtype {scalar_name(x.dtype)}"
            )
    check_kernel("ormqr_cpu", input)
    if left:
        return reflect(input, tau, other, transpose)
    return reflect(input, tau, other.mT.conj(), not transpose).mT.conj()


@follows_autocast
def ormqr(input, tau, other, left=True, transpose=False, *, out=None):
    """Q @ other, or other @ Q, with Q (or its adjoint) of the reflections in input and tau."""
    return _ormqr(input, tau, other, left, transpose, out=out)


@jax.custom_jvp
def _geqrf_of(A):
    factors, tau = jnp.linalg.qr(A, mode="raw")
    return factors.mT, tau


@_geqrf_of.defjvp
def _(primals, tangents):
    raise NotImplementedError("the derivative for 'geqrf' is not implemented.")


@op(variants="o", name="geqrf", returns=("a", "tau"), grad_name="NotImplemented")
def _geqrf(input: Tensor):
    if input.ndim < 2:
        raise RuntimeError("torch.geqrf: input must have at least 2 dimensions.")
    check_kernel("geqrf_cpu", input)
    return tuple(_geqrf_of(input))


@follows_autocast
def geqrf(input, *, out=None):
    """(a, tau): R in the upper triangle of a, and the reflections that make Q."""
    return _geqrf(input, out=out)
