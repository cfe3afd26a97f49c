"""LDL factors of symmetric and Hermitian matrices by diagonal pivoting (Bunch and Kaufman, Math.
Comp. 31, 1977), in the format of LAPACK's sytrf for lower triangles, and systems solved with them.
No derivatives, as in torch.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax import lax

from . import _matrices as matrices
from ._declare import op
from ._matrices import check_square
from ._numeric import kind, no_derivative, scalar_name
from ._types import Tensor

LINALG_FUNCTIONS = ("ldl_factor", "ldl_factor_ex")

_ALPHA = (1 + math.sqrt(17)) / 8


def _size(x):
    """LAPACK's measure of a complex number."""
    return jnp.abs(x.real) + jnp.abs(x.imag) if jnp.iscomplexobj(x) else jnp.abs(x)


def _swap(x, i, j):
    return x.at[i].set(x[j]).at[j].set(x[i])


def _bunch_kaufman(S, hermitian: bool):
    """(LD, pivots, info) of one symmetric matrix, eliminated by blocks of 1 and 2."""
    n = S.shape[-1]
    rows = jnp.arange(n)

    def choose(S, k):
        """Whether the block is of 2, and which row joins it."""
        below = jnp.where(rows > k, _size(S[:, k]), -1)
        widest, largest = jnp.argmax(below), jnp.maximum(jnp.max(below), 0)
        own = _size(S[k, k].real if hermitian else S[k, k])
        across = jnp.where((rows >= k) & (rows != widest), _size(S[:, widest]), 0)
        other = jnp.max(across)
        end = _size(S[widest, widest].real if hermitian else S[widest, widest])
        stays = (own >= _ALPHA * largest) | (own * other >= _ALPHA * largest * largest)
        joins = ~stays & (end >= _ALPHA * other)
        zero = jnp.maximum(own, largest) == 0
        pair = ~stays & ~joins & ~zero
        return pair, jnp.where(stays | zero, k, widest), zero

    def step(state):
        k, S, LD, pivots, info = state
        pair, p, zero = choose(S, k)
        second = jnp.minimum(k + 1, n - 1)
        moved = _swap(rows, jnp.where(pair, second, k), p)
        S = S[moved][:, moved]
        after = rows > k + pair
        D = S[k, k].real.astype(S.dtype) if hermitian else S[k, k]
        safe = jnp.where(zero, 1, D)
        column, beside = (jnp.where(after, S[:, c], 0) for c in (k, second))
        a, b, c = D, S[second, k], S[second, second]
        b_top = jnp.conj(b) if hermitian else b
        det = jnp.where(pair, a * c - b * b_top, 1)
        one = jnp.where(pair, (column * c - beside * b) / det, jnp.where(zero, 0, column / safe))
        two = jnp.where(pair, (beside * a - column * b_top) / det, 0)
        turn = jnp.conj if hermitian else lambda x: x
        S = S - jnp.outer(one, turn(column)) - jnp.outer(two, turn(jnp.where(pair, beside, 0)))
        first = jnp.where(rows == k, a, jnp.where(pair & (rows == second), b, one))
        last = jnp.where(rows == second, c, two)
        LD = LD.at[:, k].set(jnp.where(rows >= k, first, LD[:, k]))
        LD = LD.at[:, second].set(jnp.where(pair & (rows > k), last, LD[:, second]))
        mark = jnp.where(pair, -(p + 1), p + 1).astype(jnp.int32)
        pivots = pivots.at[k].set(mark)
        pivots = pivots.at[second].set(jnp.where(pair, mark, pivots[second]))
        info = jnp.where(zero & (info == 0), k + 1, info).astype(jnp.int32)
        return k + 1 + pair, S, LD, pivots, info

    start = (jnp.int64(0), S, jnp.zeros_like(S), jnp.zeros(n, jnp.int32), jnp.int32(0))
    return lax.while_loop(lambda state: state[0] < n, step, start)[2:]


def _ldl_of(A, hermitian: bool):
    if not A.size:
        empty = jnp.zeros(A.shape[:-1], jnp.int32)
        return A, empty, jnp.zeros(A.shape[:-2], jnp.int32)
    lower = jnp.tril(A, -1)
    S = lower + (lower.mT.conj() if hermitian else lower.mT) + jnp.eye(A.shape[-1]) * A
    one = lambda S: _bunch_kaufman(S, hermitian)  # noqa: E731
    for _ in A.shape[:-2]:
        one = jax.vmap(one)
    return tuple(one(S.astype(A.dtype)))


def _ldl_body(A, hermitian: bool):
    check_square("torch.linalg.ldl_factor_ex", A, "ldl_factor_kernel_cpu")
    hermitian = hermitian and kind(A.dtype) == "c"
    return no_derivative("linalg_ldl_factor_ex", lambda A: _ldl_of(A, hermitian))(A)


@op(variants="o", name="linalg_ldl_factor_ex", returns=("LD", "pivots", "info"),
    grad_name="NotImplemented")  # fmt: skip
def _ldl_factor_ex(A: Tensor, hermitian: bool, check_errors: bool):
    return _ldl_body(A, hermitian)


@_ldl_factor_ex.check
def _(A, hermitian, check_errors):
    info = _ldl_of(jnp.asarray(A), hermitian)[2] if check_errors else jnp.zeros((), jnp.int32)
    return _failed(info, "torch.linalg.ldl_factor_ex")


def _failed(info, name: str):
    """torch has no words of its own for a zero block of D."""
    return jnp.any(info != 0), 0, RuntimeError, f"{name}: D has a block of zeros"


def ldl_factor_ex(A, *, hermitian=False, check_errors=False, out=None):
    """(LD, pivots, info) of symmetric (or Hermitian) matrices, of which the lower triangle is
    read; info is 0 or the 1-based position of a block of zeros in D.
    """
    return _ldl_factor_ex(A, hermitian, check_errors, out=out)


@op(variants="o", name="linalg_ldl_factor", returns=("LD", "pivots"), grad_name="NotImplemented")
def _ldl_factor(A: Tensor, hermitian: bool):
    return _ldl_body(A, hermitian)[:2]


@_ldl_factor.check
def _(A, hermitian):
    return _failed(_ldl_of(jnp.asarray(A), hermitian)[2], "torch.linalg.ldl_factor")


def ldl_factor(A, *, hermitian=False, out=None):
    """(LD, pivots) with L D L^T (or L D L^H) = A after exchanges of rows and columns."""
    return _ldl_factor(A, hermitian, out=out)


def _ldl_solve_one(hermitian: bool, LD, pivots, B):
    """sytrs for one matrix: apply L^-1, D^-1 and the transpose of L^-1, with their exchanges."""
    n = LD.shape[-1]
    rows = jnp.arange(n)[:, None]
    turn = jnp.conj if hermitian else lambda x: x

    def forward(state):
        k, B = state
        pair, p = pivots[k] < 0, jnp.abs(pivots[k]) - 1
        second = jnp.minimum(k + 1, n - 1)
        B = _swap(B, jnp.where(pair, second, k), p)
        after = rows > k + pair
        B = B - jnp.where(after, LD[:, k, None] * B[k], 0)
        B = B - jnp.where(after & pair, LD[:, second, None] * B[second], 0)
        a, b, c = LD[k, k], LD[second, k], LD[second, second]
        det = jnp.where(pair, a * c - b * turn(b), 1)
        one = jnp.where(pair, (c * B[k] - turn(b) * B[second]) / det, B[k] / a)
        two = jnp.where(pair, (a * B[second] - b * B[k]) / det, B[second])
        B = B.at[second].set(two).at[k].set(one)
        return k + 1 + pair, B

    def backward(state):
        k, B = state
        pair, p = pivots[k] < 0, jnp.abs(pivots[k]) - 1
        before = jnp.maximum(k - 1, 0)
        rest = jnp.where(rows > k, B, 0)
        one = B[k] - turn(LD[:, k]) @ rest
        two = B[before] - turn(LD[:, before]) @ rest
        B = B.at[before].set(jnp.where(pair, two, B[before])).at[k].set(one)
        return k - 1 - pair, _swap(B, k, p)

    B = lax.while_loop(lambda s: s[0] < n, forward, (jnp.int64(0), B))[1]
    return lax.while_loop(lambda s: s[0] >= 0, backward, (jnp.int64(n - 1), B))[1]


@op(variants="fo", namespace="linalg", grad_name="NotImplemented")
def ldl_solve(LD: Tensor, pivots: Tensor, B: Tensor, *, hermitian: bool = False):
    """X of A X = B from ldl_factor(A)."""
    name = "torch.linalg.ldl_solve"
    matrices.check_ndim(name, LD)
    check_square(name, LD, "ldl_solve_kernel_cpu")
    if B.ndim < 2:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [-{B.ndim}, {B.ndim - 1}], but "
            "got -2)"
        )
    if kind(pivots.dtype) != "i":
        raise RuntimeError(
            f"{name}: Expected pivots to be integers. Got {scalar_name(pivots.dtype)}"
        )
    if LD.shape[:-1] != pivots.shape:
        raise RuntimeError(
            f"{name}: Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with "
            f"shape {list(pivots.shape)} instead"
        )
    matrices.check_sizes(name, LD, B)
    hermitian = hermitian and kind(LD.dtype) == "c"
    B, LD = matrices.broadcast(B, LD)
    pivots = jnp.broadcast_to(pivots, LD.shape[:-1])
    return no_derivative("linalg_ldl_solve", lambda *xs: _ldl_solve(hermitian, *xs))(LD, pivots, B)


def _ldl_solve(hermitian: bool, LD, pivots, B):
    if not LD.size or not B.size:
        return B
    one = lambda *xs: _ldl_solve_one(hermitian, *xs)  # noqa: E731
    for _ in LD.shape[:-2]:
        one = jax.vmap(one)
    return one(LD, pivots, B)
