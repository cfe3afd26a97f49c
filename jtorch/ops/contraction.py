"""Sums of products over chosen dimensions: einsum, tensordot, chains of matrices."""

from __future__ import annotations

import itertools
from typing import Any

import jax.numpy as jnp
import numpy as np

from .._autograd.modes import without_autocast
from ._checks import wrap_dim
from ._declare import op
from ._numeric import scalar_name
from ._place import C_NAMES
from ._types import Tensor
from .matmul import check_same_dtype

FUNCTIONS = ("chain_matmul", "einsum", "tensordot")


# -- einsum


@op(variants="", name="einsum", grad_name="ViewBackward0")
def _einsum(operands: list[Tensor], equation: str):
    for x in operands[1:]:
        if x.dtype != operands[0].dtype:
            raise RuntimeError(
                f"expected scalar type {scalar_name(operands[0].dtype)} but found "
                f"{scalar_name(x.dtype)}"
            )
    equation, operands = _spread_ones(equation.replace(" ", ""), operands)
    return jnp.einsum(equation, *operands)


def _spread_ones(equation: str, operands):
    """Check the equation; drop dimensions of size 1 that broadcast against larger ones."""
    left, arrow, right = equation.partition("->")
    terms = left.split(",")
    if len(terms) != len(operands):
        word = "fewer" if len(operands) < len(terms) else "more"
        raise RuntimeError(
            f"einsum(): {word} operands were provided than specified in the equation"
        )
    sizes: dict[str, int] = {}
    for nr, (term, x) in enumerate(zip(terms, operands, strict=True)):
        _check_term(term, x, nr, sizes)
    for letter in right.replace("...", ""):
        if letter not in sizes:
            raise RuntimeError(
                f"einsum(): output subscript {letter} does not appear in the equation for any "
                "input operand"
            )
    if not arrow:
        counts = left.replace("...", "")
        right = ("..." if "..." in left else "") + "".join(
            sorted(c for c in sizes if counts.count(c) == 1)
        )
    pairs = [_drop_ones(t, x, sizes) for t, x in zip(terms, operands, strict=True)]
    return ",".join(t for t, _ in pairs) + "->" + right, [x for _, x in pairs]


def _axes_of(term: str, ndim: int) -> list[tuple[str, int]]:
    """(letter, axis) pairs of a term, axes under an ellipsis left out."""
    head, dots, tail = term.partition("...")
    pairs = list(zip(head, range(len(head)), strict=True))
    return pairs + [(c, ndim - len(tail) + k) for k, c in enumerate(tail)] if dots else pairs


def _check_term(term: str, x, nr: int, sizes: dict[str, int]) -> None:
    letters = term.replace("...", "")
    for letter in letters:
        if not letter.isalpha():
            raise RuntimeError(
                f"einsum(): invalid subscript given at index {term.index(letter)} in the equation "
                "string, subscripts must be in [a-zA-Z]"
            )
    if len(letters) != x.ndim and ("..." not in term or len(letters) > x.ndim):
        ending = "" if "..." in term else " and no ellipsis was given"
        raise RuntimeError(
            f"einsum(): the number of subscripts in the equation ({len(letters)}) "
            + (
                "is more than the number of dimensions"
                if ending == ""
                else "does not match the number of dimensions"
            )
            + f" ({x.ndim}) for operand {nr}{ending}"
        )
    for letter, axis in _axes_of(term, x.ndim):
        size, seen = x.shape[axis], sizes.get(letter, 1)
        if size != seen and 1 not in (size, seen):
            raise RuntimeError(
                f"einsum(): subscript {letter} has size {size} for operand {nr} which does not "
                f"broadcast with previously seen size {seen}"
            )
        sizes[letter] = max(size, seen)


def _drop_ones(term: str, x, sizes: dict[str, int]):
    drop = [(c, a) for c, a in _axes_of(term, x.ndim) if x.shape[a] == 1 and sizes[c] != 1]
    for c, _ in drop:
        term = term.replace(c, "")
    return term, jnp.squeeze(x, tuple(a for _, a in drop)) if drop else x


def einsum(*args):
    """einsum("ij,jk->ik", a, b), or einsum(a, [0, 1], b, [1, 2], [0, 2])."""
    if args and isinstance(args[0], str):
        equation, operands = args[0], args[1:]
    else:
        operands = args[: len(args) - len(args) % 2 : 2]
        terms = [_letters(s) for s in args[1 : 2 * len(operands) : 2]]
        equation = ",".join(terms) + ("->" + _letters(args[-1]) if len(args) % 2 else "")
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    if not operands:
        raise ValueError("einsum(): must provide at least one operand")
    if len(operands) == 1:  # no product, and autocast leaves it alone
        return without_autocast(_einsum, operands, equation)
    return _einsum(operands, equation)


def _letters(sublist) -> str:
    """Subscripts 0..51 are A..Z and a..z; an ellipsis stays one."""
    return "".join("..." if s is ... else chr(65 + s if s < 26 else 71 + s) for s in sublist)


@op(variants="o", name="tensordot", grad_name="ViewBackward0")
def _tensordot(a: Tensor, b: Tensor, dims_self: tuple, dims_other: tuple):
    if len(dims_self) != len(dims_other):
        raise RuntimeError("both dimension lists should have same length")
    for d, e in zip(dims_self, dims_other, strict=True):
        m, n = a.shape[wrap_dim(d, a.ndim)], b.shape[wrap_dim(e, b.ndim)]
        if 1 in (m, n):  # broadcasts: the other side is summed
            a = jnp.sum(a, d, keepdims=True, dtype=a.dtype)
            b = jnp.sum(b, e, keepdims=True, dtype=b.dtype)
        elif m != n:
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {m} in dim {d} and "
                f"second has size {n} in dim {e}"
            )
    check_same_dtype(a, b)
    return jnp.tensordot(a, b, (dims_self, dims_other))


def tensordot(a, b, dims: Any = 2, out=None):
    """Contract the last `dims` dimensions of a with the first of b, or those of two lists."""
    if hasattr(dims, "tolist"):
        dims = dims.tolist()
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(a.ndim, b.ndim):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        dims = tuple(range(-dims, 0)), tuple(range(dims))
    first, second = ((d,) if isinstance(d, int) else tuple(d) for d in dims)
    return _tensordot(a, b, first, second, out=out)


@op(variants="fmo", grad_name="UnsafeViewBackward0")
def kron(input: Tensor, other: Tensor):
    dtype = jnp.promote_types(input.dtype, other.dtype)
    if dtype == np.bool_:
        return jnp.kron(input.astype(np.int8), other.astype(np.int8)).astype(dtype)
    return jnp.kron(input, other)


@op(variants="fo", namespace="linalg", grad_name="ViewBackward0")
def multi_dot(tensors: list[Tensor]):
    """The product of a chain of matrices in the cheapest order; the ends may be vectors."""
    if len(tensors) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(tensors)}")
    last = len(tensors) - 1
    for i, x in enumerate(tensors):
        if i in (0, last) and x.ndim not in (1, 2):
            where = "first" if i == 0 else "last"
            raise RuntimeError(
                f"multi_dot(): the {where} tensor must be 1D or 2D but got {x.ndim}D"
            )
        if 0 < i < last and x.ndim != 2:
            raise RuntimeError(f"multi_dot(): tensor {i} must be 2D but got {x.ndim}D")
        if x.dtype != tensors[0].dtype:
            first, other = (C_NAMES[y.dtype.name] for y in (tensors[0], x))
            raise RuntimeError(
                f"multi_dot(): all tensors must have be the same dtype but tensor 0 is {first} "
                f"and tensor {i} {other}"
            )
    for i, (x, y) in enumerate(itertools.pairwise(tensors)):
        if x.shape[-1] != y.shape[0]:
            raise RuntimeError(
                f"multi_dot(): tensors {i} and {i + 1} with shapes {list(x.shape)} and "
                f"{list(y.shape)} cannot be multiplied"
            )
    return jnp.linalg.multi_dot(tensors)


def chain_matmul(*matrices, out=None):
    for x in matrices:
        if x.ndim != 2:
            raise RuntimeError(f"Tensor dimension is {x.ndim}, expected 2 instead.")
    if len(matrices) == 1:
        return matrices[0]
    return multi_dot(matrices, out=out)
