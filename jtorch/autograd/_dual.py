"""Tensors that carry tangents, and tensors as the tape's operands: what forward-mode derivatives,
`autograd.Function` and `torch.func` share. Knows levels; knows no transformation.
"""

from __future__ import annotations

from .._autograd import crossing
from .._autograd.modes import modes
from .._autograd.tape import Cotangent
from .._tensor import Tensor, from_value
from ..graph.levels import Tangents


def cotangent(x: Tensor) -> Cotangent:
    """What x is to the tape at this moment."""
    return x._read(), x._edge() if modes.grad else None


def tensor(cot: Cotangent) -> Tensor:
    return from_value(cot[0], *(cot[1] or (None, 0)))


def make_dual(level: Tangents, primal: Tensor, tangent: Tensor) -> Tensor:
    """A tensor that carries its tangent."""
    for what, x in (("primal", primal), ("tangent", tangent)):
        if not (x.dtype.is_floating_point or x.dtype.is_complex):
            raise ValueError(f"Expected {what} to be floating point or complex, but got: {x.dtype}")
    if primal.shape != tangent.shape:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original "
            f"Tensor, this is not supported. Tensor is of size {list(primal.shape)} while the "
            f"given forward gradient is of size {list(tangent.shape)}."
        )
    if tangent.dtype != primal.dtype:
        tangent = tangent.to(primal.dtype)  # type: ignore[attr-defined]
    return tensor(crossing.dual(level, cotangent(primal), cotangent(tangent)))


def split_dual(level: Tangents, x: Tensor) -> tuple[Tensor, Tensor | None]:
    """(the number, its tangent or None)."""
    cot = cotangent(x)
    tangent = crossing.tangent_of(level, cot)
    primal = tensor(crossing.primal_of(level, cot))
    return primal, None if tangent is None else tensor(tangent)
