"""How masks are applied: checked against the input, broadcast to it, and what they exclude replaced
by a value that does not matter to the operation.
"""

from __future__ import annotations

import math
from typing import Any

from .. import _devices, _dtypes
from .._errors import not_covered
from ..ops.where import where


def as_given(name: str, input: Any, dtype: Any) -> Any:
    """The input in the dtype asked for."""
    if input.layout is not _devices.strided:
        raise not_covered(f"torch.masked.{name} of a {input.layout} tensor")
    return input if dtype is None else input.to(dtype=dtype)


def as_dims(input: Any, dim: Any) -> tuple[int, ...]:
    """All dimensions that are meant, counted from the first; None and () mean every one."""
    if dim is None or dim == ():
        return tuple(range(max(input.ndim, 1)))
    ndim, dims = max(input.ndim, 1), []
    for d in (dim,) if isinstance(dim, int) else dim:
        if not -ndim <= d < ndim:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-ndim}, {ndim - 1}], but "
                f"got {d})"
            )
        if d % ndim in dims:
            raise RuntimeError(f"dim={d % ndim} appears multiple times in the list of dims")
        dims.append(d % ndim)
    return tuple(sorted(dims))


def as_mask(input: Any, mask: Any) -> Any:
    """The mask in the input's shape."""
    if mask.ndim > input.ndim:
        raise IndexError(
            "_input_mask expected broadcastable mask (got mask dimensionality higher than of the "
            "input)"
        )
    return mask.broadcast_to(input.shape).to(dtype=_dtypes.bool_)


def fill(input: Any, mask: Any, value: float) -> Any:
    """The input with `value` where the mask is False."""
    return input if mask is None else where(as_mask(input, mask), input, input.new_full((), value))


def lowest(name: str, dtype: Any) -> float:
    """What no value of a type is below."""
    return -math.inf if dtype.is_floating_point else _limits(name, dtype).min


def highest(name: str, dtype: Any) -> float:
    """What no value of a type is above."""
    return math.inf if dtype.is_floating_point else _limits(name, dtype).max


def _limits(name: str, dtype: Any) -> Any:
    if dtype is _dtypes.bool_:
        raise NotImplementedError(f"identity of {name} on torch.bool input")
    return _dtypes.iinfo(dtype)
