"""`make_tensor`: random numbers of any dtype, in a range that suits it. Draws torch's numbers."""

from __future__ import annotations

import math
import warnings
from typing import Any

from .. import _dtypes
from ..ops import creation

_INTEGERS = (_dtypes.uint16, _dtypes.uint32, _dtypes.uint64, _dtypes.uint8)
EQUAL = (
    "Passing `low==high` to `torch.testing.make_tensor` for floating or complex types is "
    "deprecated since 2.1 and will be removed in 2.3. Use `torch.full(...)` instead."
)


def make_tensor(
    *shape: Any,
    dtype: Any,
    device: Any,
    low: float | None = None,
    high: float | None = None,
    requires_grad: bool = False,
    noncontiguous: bool = False,
    exclude_zero: bool = False,
    memory_format: Any = None,
) -> Any:
    """A tensor of `shape` with numbers drawn evenly from [low, high): by default [-9, 9) for
    floats, [-9, 10) for integers, [0, 10) for unsigned ones. Bounds are cut to the range of the
    dtype; a range outside of it raises ValueError. `exclude_zero` puts the smallest positive number
    (1 for integers) in place of zeros; `noncontiguous` takes every second element of a larger
    tensor.
    """
    if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
        shape = tuple(shape[0])
    whole = not (dtype.is_floating_point or dtype.is_complex)
    if requires_grad and whole:
        raise ValueError(
            "`requires_grad=True` is not supported for boolean and integral dtypes, but got "
            f"dtype={dtype!r}"
        )
    if noncontiguous and memory_format is not None:
        raise ValueError(
            "The parameters `noncontiguous` and `memory_format` are mutually exclusive, but got "
            f"noncontiguous={noncontiguous!r} and memory_format={memory_format!r}"
        )
    spread = noncontiguous and 0 not in shape and shape and math.prod(shape) > 1
    drawn = (*shape[:-1], 2 * shape[-1]) if spread else tuple(shape)
    bounds = _range(dtype, low, high)
    out = (_integers if whole else _floats)(drawn, dtype, device, *bounds)
    if spread:
        out = out[..., 1::2]
    if memory_format is not None:
        out = out.clone(memory_format=memory_format)
    if exclude_zero:
        out = out.masked_fill(out == 0, 1 if whole else _dtypes.finfo(_real(dtype)).tiny)
    return out.requires_grad_() if requires_grad else out


def _real(dtype: Any) -> Any:
    pairs = {_dtypes.complex64: _dtypes.float32, _dtypes.complex128: _dtypes.float64}
    return pairs.get(dtype, dtype)


def _range(dtype: Any, low: Any, high: Any) -> tuple[Any, Any]:
    """The bounds, checked and cut to what the dtype can hold."""
    if dtype is _dtypes.bool_:
        least, most, usual = 0, 2, (0, 2)
    elif not (dtype.is_floating_point or dtype.is_complex):
        info = _dtypes.iinfo(dtype)
        least, most = info.min, info.max + 1
        usual = (0, 10) if dtype in _INTEGERS else (-9, 10)
    else:
        limits = _dtypes.finfo(_real(dtype))
        least, most, usual = limits.min, limits.max, (-9, 9)
    low, high = usual[0] if low is None else low, usual[1] if high is None else high
    if any(isinstance(value, float) and math.isnan(value) for value in (low, high)):
        raise ValueError(f"`low` and `high` cannot be NaN, but got {low=} and {high=}")
    floats = dtype.is_floating_point or dtype.is_complex
    if low == high and floats:
        warnings.warn(EQUAL, FutureWarning, stacklevel=3)
    elif low >= high:
        raise ValueError(f"`low` must be less than `high`, but got {low} >= {high}")
    elif high < least or low >= most:
        raise ValueError(
            f"The value interval specified by `low` and `high` is [{low}, {high}), but {dtype!r} "
            f"only supports [{least}, {most})"
        )
    low, high = max(low, least), min(high, most)
    low = min(low, most)
    return (low, high) if floats else (math.ceil(low), math.ceil(high))


def _integers(shape: tuple, dtype: Any, device: Any, low: int, high: int) -> Any:
    # random_ takes no bound above int64's
    return creation.empty(shape, dtype=dtype, device=device).random_(  # type: ignore[attr-defined]
        low, min(high, (1 << 63) - 1)
    )


def _floats(shape: tuple, dtype: Any, device: Any, low: float, high: float) -> Any:
    drawn = dtype
    if dtype.is_floating_point and dtype.itemsize == 1:
        drawn = _dtypes.float32
    out: Any = creation.empty(shape, dtype=drawn, device=device)
    parts = out.view(_real(drawn)) if dtype.is_complex and shape else out
    if dtype.is_complex and not shape:
        out = creation.empty((1,), dtype=drawn, device=device)
        parts = out.view(_real(drawn))  # type: ignore[attr-defined]
    if high - low >= _dtypes.finfo(_real(drawn)).max:
        parts.uniform_(low / 2, high / 2).mul_(2)
    else:
        parts.uniform_(low, high)
    return out.reshape(shape).to(dtype)
