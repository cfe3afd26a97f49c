"""Checks and small normalisations many bodies share, in torch's words."""

from __future__ import annotations

import math
from collections.abc import Iterable


def wrap_dim(dim: int, ndim: int) -> int:
    """dim in [0, ndim); a 0-d tensor counts as one-dimensional."""
    n = max(ndim, 1)
    if not -n <= dim < n:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})"
        )
    return dim + n if dim < 0 else dim


def wrap_dims(dims: int | Iterable[int] | None, ndim: int) -> tuple[int, ...]:
    """All of dims, without duplicates; None means every dimension."""
    if dims is None:
        return tuple(range(ndim))
    if ndim > 64:
        raise RuntimeError("only tensors with up to 64 dims are supported")
    if isinstance(dims, int):
        dims = (dims,)
    wrapped = tuple(wrap_dim(d, ndim) for d in dims)
    for i, d in enumerate(wrapped):
        if d in wrapped[:i]:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    return tuple(d for d in wrapped if d < ndim)


def infer_size(shape: tuple[int, ...], numel: int) -> tuple[int, ...]:
    """Fill in the one -1 of a view's shape."""
    for i, n in enumerate(shape):
        if n < -1:
            raise RuntimeError(f"invalid shape dimension {n} at index {i} of shape {list(shape)}")
        if n == -1 and -1 in shape[:i]:
            raise RuntimeError("only one dimension can be inferred")
    known = math.prod(n for n in shape if n != -1)
    if -1 in shape:
        if known == 0 == numel:
            raise RuntimeError(
                f"cannot reshape tensor of 0 elements into shape {list(shape)} because the "
                "unspecified "
                "dimension size -1 can be any value and is ambiguous"
            )
        if known and numel % known == 0:
            return tuple(numel // known if n == -1 else n for n in shape)
    elif known == numel:
        return shape
    raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {numel}")


def check_broadcast(operands: Iterable) -> None:
    """torch's error for operands whose shapes do not broadcast."""
    shape: tuple[int, ...] = ()
    for x in operands:
        other = getattr(x, "shape", ())
        if len(other) > len(shape):
            shape = (1,) * (len(other) - len(shape)) + tuple(shape)
        merged = list(shape)
        for d in range(1, len(other) + 1):
            a, b = shape[-d], other[-d]
            if a not in (b, 1) and b != 1:
                raise RuntimeError(
                    f"The size of tensor a ({a}) must match the size of tensor b ({b}) at "
                    "non-singleton "
                    f"dimension {len(shape) - d}"
                )
            merged[-d] = b if a == 1 else a
        shape = tuple(merged)
