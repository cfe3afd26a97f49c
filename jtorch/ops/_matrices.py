"""What the ops on batches of matrices share: torch's words for what is not a matrix, not square or
of the wrong type, messages that locate a bad matrix in its batch, broadcasting of batches.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from .._errors import LinAlgError
from ._checks import check_broadcast
from ._numeric import HALVES, kind, not_implemented, scalar_name


class _Shape:
    """A shape for check_broadcast."""

    def __init__(self, shape):
        self.shape = tuple(shape)


def check_type(name: str, A, kernel: str | None, halves: bool = False) -> None:
    """`kernel`: what torch says is not implemented, where its check comes that late; `halves`:
    whether types of 16 bits will do.
    """
    if kind(A.dtype) in "bi":
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got "
            f"{scalar_name(A.dtype)}"
        )
    if A.dtype in HALVES and not halves:
        if kernel is not None:
            raise not_implemented(kernel, A.dtype)
        raise RuntimeError(
            f"{name}: Low precision dtypes not supported. Got {scalar_name(A.dtype)}"
        )


def check_kernel(kernel: str, A) -> None:
    """Only types that LAPACK knows, in the words of a kernel."""
    if kind(A.dtype) in "bi" or A.dtype in HALVES:
        raise not_implemented(kernel, A.dtype)


def check_ndim(name: str, A, letter: str = "A") -> None:
    if A.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor {letter} must have at least 2 dimensions.")


def check_matrix(name: str, A, kernel: str | None = None) -> None:
    """Batches of matrices of a type that LAPACK knows. `name` without its linalg."""
    name = name if "." in name else f"linalg.{name}"
    check_ndim(name, A)
    check_type(name, A, kernel)


def check_sides(name: str, A) -> None:
    """Batches of square matrices of any type; an empty name leaves the prefix away."""
    prefix = f"{name}: " if name else ""
    if A.ndim < 2:
        raise RuntimeError(f"{prefix}The input tensor A must have at least 2 dimensions.")
    if A.shape[-1] != A.shape[-2]:
        raise RuntimeError(
            f"{prefix}A must be batches of square matrices, but they are {A.shape[-2]} by "
            f"{A.shape[-1]} matrices"
        )


def check_square(name: str, A, kernel: str | None = None) -> None:
    """As check_matrix, and square."""
    name = name if "." in name else f"linalg.{name}"
    check_sides(name, A)
    check_type(name, A, kernel)


def check_system(name: str, A, B, left: bool = True) -> None:
    """That the shapes fit the equation A X = B, or X A = B."""
    if A.shape[-1] != B.shape[-2 if left else -1]:
        equation = "AX = B" if left else "XA = B"
        raise RuntimeError(
            f"linalg.{name}: Incompatible shapes of A and B for the equation {equation} "
            f"({A.shape[-2]}x{A.shape[-1]} and {B.shape[-2]}x{B.shape[-1]})"
        )


def check_sizes(name: str, A, b) -> None:
    """The older words for the same: A square, b with as many rows, both of one type."""
    if A.dtype != b.dtype:
        raise RuntimeError(
            f"Expected b and A to have the same dtype, but found b of type {scalar_name(b.dtype)} "
            f"and A of type {scalar_name(A.dtype)} instead."
        )
    check_sides("", A)
    if A.shape[-1] != b.shape[-2]:
        raise RuntimeError(
            f"Incompatible matrix sizes for {name}: each A matrix is {A.shape[-1]} by "
            f"{A.shape[-1]} but each b matrix is {b.shape[-2]} by {b.shape[-1]}"
        )


def broadcast(B, A) -> tuple:
    """Both with the batch dimensions of both, B first in the error."""
    check_broadcast([_Shape(B.shape[:-2]), _Shape(A.shape[:-2])])
    batch = jnp.broadcast_shapes(A.shape[:-2], B.shape[:-2])
    return tuple(jnp.broadcast_to(x, (*batch, *x.shape[-2:])) for x in (B, A))


class _Located(str):
    """A message about one matrix of a batch: the detail holds its position and the place in it."""

    def format(self, detail: int) -> str:  # type: ignore[override]
        batch, place = divmod(detail, 1 << 32)
        return str(self).replace("{b}", str(batch)).replace("{}", str(place))


def locate(places, name: str, message: str, error: type[Exception] = LinAlgError):
    """What a check returns, from the 1-based place of failure in each matrix, or 0."""
    where = "(Batch element {b}): " if jnp.ndim(places) else ""
    flat = jnp.ravel(places)
    first = jnp.argmax(flat != 0) if flat.size else 0
    detail = first * (1 << 32) + (flat[first] if flat.size else 0)
    return jnp.any(flat != 0), detail, error, _Located(f"{name}: {where}{message}")


def zero_pivots(A):
    """Per matrix the 1-based position of the first zero on the diagonal of U, or 0."""
    if not min(A.shape[-2:]):
        return jnp.zeros(A.shape[:-2], int)
    pivots = jnp.diagonal(lax.linalg.lu(jnp.asarray(A))[0], axis1=-2, axis2=-1) == 0
    return jnp.where(pivots.any(-1), jnp.argmax(pivots, -1) + 1, 0)


def mirrored(A, lower: bool):
    """The symmetric matrix of one triangle; the gradient goes to both."""
    triangle = jnp.tril(A, -1) if lower else jnp.triu(A, 1)
    diagonal = jnp.eye(A.shape[-1], dtype=A.dtype) * A.real
    whole = triangle + triangle.mT.conj() + diagonal
    both = (A + A.mT.conj()) / 2
    return lax.stop_gradient(whole - both) + both


def check_tolerance(name: str, word: str, x) -> None:
    if jnp.iscomplexobj(x):
        dtype = scalar_name(jnp.result_type(x))
        raise RuntimeError(f"{name}: {word} tensor of complex type is not supported. Got {dtype}")


def tolerance(A, values, atol, rtol):
    """The bound below which a singular value counts as 0."""
    if rtol is None:
        default = max(A.shape[-2:]) * jnp.finfo(A.dtype).eps
        rtol = default if atol is None else jnp.where(jnp.asarray(atol) > 0, 0.0, default)
    largest = jnp.max(values, -1, keepdims=True, initial=0)
    bounds = (jnp.asarray(0.0 if x is None else x) for x in (atol, rtol))
    atol, rtol = (x.astype(values.dtype)[..., None] for x in bounds)
    return lax.stop_gradient(jnp.maximum(atol, rtol * largest))
