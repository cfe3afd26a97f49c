"""Tensors of numbers in a row: arange, linspace, logspace, and the positions of triangles. Ranges
of integers are recorded as ops; the others are computed on the host, rounded as torch rounds them.
"""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpy as np

from .. import _dtypes, _errors
from .._generator.fma import fma32, fma64
from .._tensor import Tensor
from ..graph import Lifted, Prim, is_open
from ._data import number_dtype
from ._factory import check_options, factory, finished, fresh, is_int, place, recorded
from ._place import check_castable
from .creation import number

_INVALID = (
    "{name}() received an invalid combination of arguments - got ({kinds}), but expected one of:"
)


def _arange_ints(start, step, *, n, dtype):
    start, step = (x.array if isinstance(x, Lifted) else x for x in (start, step))
    return ((jnp.arange(n, dtype=np.int64) * step + start).astype(dtype),)


ARANGE = Prim("arange", _arange_ints)


@factory
def arange(
    *args: Any,
    start: Any = None,
    end: Any = None,
    step: Any = None,
    out: Tensor | None = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """arange(end), arange(start, end) or arange(start, end, step): end is not included."""
    check_options("arange", dtype, layout, pin_memory, out)
    start, end, step = _bounds("arange", args, start, end, step)
    if dtype is None and out is not None:
        dtype = out.dtype
    if dtype is None:
        ints = all(isinstance(x, int) or is_open(x) for x in (start, end, step))
        dtype = _dtypes.int64 if ints else _dtypes.get_default_dtype()
    if dtype is _dtypes.bool_ or dtype.is_complex:
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{dtype._scalar_name}'")
    where = place("arange", out.device if device is None and out is not None else device)
    if is_open(start) or is_open(end) or is_open(step):
        return finished(_open_arange(start, end, step, where).to(dtype), requires_grad, out)
    n = _arange_length(start, end, step, dtype)
    if dtype.category == _dtypes.INT:
        static = (("n", n), ("dtype", dtype.np))
        made = recorded(ARANGE, static, (int(start), int(step)), where)
    else:
        made = fresh(_steps(float(start), float(step), n, dtype), where)
    return finished(made, requires_grad, out)


def _bounds(name: str, args: tuple, start: Any, end: Any, step: Any) -> tuple[Any, Any, Any]:
    """start, end and step as Python numbers, from varargs and keywords."""
    order = ("end",) if len(args) == 1 and end is None else ("start", "end", "step")
    given: dict[str, Any] = dict(zip(order, args))
    for key, value in (("start", start), ("end", end), ("step", step)):
        if value is not None:
            if key in given:
                raise TypeError(f"{name}() got multiple values for argument '{key}'")
            given[key] = value
    if "end" not in given or len(args) > 3:
        kinds = ", ".join(_errors.type_name_of(x) for x in args)
        raise TypeError(_INVALID.format(name=name, kinds=kinds))
    numbers = []
    for key, default in (("start", 0), ("end", None), ("step", 1)):
        position = 1 if len(args) == 1 else len(numbers) + 1
        value = number(given.get(key, default), name, key, position)
        if not is_open(value):
            check_castable(value, np.float64)
        numbers.append(int(value) if isinstance(value, bool) else value)
    return numbers[0], numbers[1], numbers[2]


def _open_arange(start: Any, end: Any, step: Any, where: Any) -> Tensor:
    """arange to or from a dimension that an exported program leaves open, as int64."""
    if any(isinstance(x, float) for x in (start, end)) or step.__class__ is not int or step < 1:
        raise _errors.not_covered("torch.export of arange over an open dimension, by such steps")
    n = (end - start + step - 1) // step
    return recorded(ARANGE, (("n", n), ("dtype", np.dtype(np.int64))), (start, step), where)


def _arange_length(start: Any, end: Any, step: Any, dtype: _dtypes.dtype) -> int:
    if dtype is _dtypes.int64:  # torch truncates all three first
        for x in (start, end, step):
            check_castable(x, dtype.np)
        if step and not int(step):
            raise ValueError("step must be nonzero")
        start, end, step = int(start), int(end), int(step)
    if not step:
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start:g} -> {end:g}")
    if (step > 0 and end < start) or (step < 0 and end > start):
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    if dtype is _dtypes.int64:
        return -((start - end) // step)
    return math.ceil((float(end) - float(start)) / float(step))


def _steps(start: float, step: float, n: int, dtype: _dtypes.dtype) -> np.ndarray:
    """start + i * step, rounded as torch rounds: it fills vectors two at a time, each number of a
    vector counted from the vector's first, and the rest one by one.
    """
    lanes, index = 32 // max(dtype.itemsize, 2), np.arange(n)
    first = index // lanes * lanes
    base = _rounded(fma64(step, first, start), dtype).astype(np.float64)
    whole = n // (2 * lanes) * (2 * lanes)
    values = np.where(index < whole, fma64(index - first, step, base), fma64(step, index, start))
    return _rounded(values, dtype)


def _rounded(values: np.ndarray, dtype: _dtypes.dtype) -> np.ndarray:
    """float64 in a dtype; the narrow ones by way of float32, as C++ does it."""
    return (values.astype(np.float32) if dtype.itemsize < 4 else values).astype(dtype.np)


@factory
def range(
    *args: Any,
    start: Any = None,
    end: Any = None,
    step: Any = None,
    out: Tensor | None = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """arange with the end included (deprecated in torch, in favour of arange)."""
    check_options("range", dtype, layout, pin_memory, out)
    start, end, step = _bounds("range", args, start, end, step)
    dtype = dtype or (_dtypes.get_default_dtype() if out is None else out.dtype)
    if not step:
        raise RuntimeError("step must be nonzero")
    if (step > 0 and end < start) or (step < 0 and end > start):
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    n = math.floor((float(end) - float(start)) / float(step)) + 1
    where = place("range", device)
    return finished(fresh(_steps(float(start), float(step), n, dtype), where), requires_grad, out)


@factory
def linspace(
    start: Any,
    end: Any,
    steps: Any,
    *,
    out: Tensor | None = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """`steps` numbers from start to end, both included."""
    check_options("linspace", dtype, layout, pin_memory, out)
    start, end, steps = _ends("linspace", start, end, steps)
    dtype = _ends_dtype(start, end, dtype, out)
    values = _spaced(start, end, steps, dtype)
    return finished(fresh(values.astype(dtype.np), place("linspace", device)), requires_grad, out)


@factory
def logspace(
    start: Any,
    end: Any,
    steps: Any,
    base: float = 10.0,
    *,
    out: Tensor | None = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """`steps` numbers from base**start to base**end, evenly spaced in the exponent."""
    check_options("logspace", dtype, layout, pin_memory, out)
    start, end, steps = _ends("logspace", start, end, steps)
    dtype = _ends_dtype(start, end, dtype, out)
    exponents = _spaced(start, end, steps, dtype, np.float64)
    with np.errstate(over="ignore"):
        values = np.power(base, exponents).astype(dtype.np)
    return finished(fresh(values, place("logspace", device)), requires_grad, out)


def _ends(name: str, start: Any, end: Any, steps: Any) -> tuple[Any, Any, int]:
    dims = {
        key: f"{key} with {given.ndim} dimension(s)"
        for key, given in (("start", start), ("end", end))
        if isinstance(given, Tensor)
    }
    if any(given.ndim for given in (start, end) if isinstance(given, Tensor)):
        raise RuntimeError(
            f"{name} only supports 0-dimensional start and end tensors, but got "
            f"{' and '.join(dims.values())}."
        )
    if not is_int(steps) or isinstance(steps, bool):
        kinds = ", ".join(_errors.type_name_of(x) for x in (start, end, steps))
        raise TypeError(_INVALID.format(name=name, kinds=kinds))
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    return number(start, name, "start", 1), number(end, name, "end", 2), int(steps)


def _ends_dtype(start: Any, end: Any, dtype: Any, out: Tensor | None) -> _dtypes.dtype:
    if dtype is not None:
        return dtype
    if out is not None:
        return out.dtype
    if isinstance(start, complex) or isinstance(end, complex):
        return number_dtype(1j)
    return _dtypes.get_default_dtype()


def _spaced(start: Any, end: Any, steps: int, dtype: _dtypes.dtype, kind: Any = None) -> np.ndarray:
    """Steps from both ends to the middle, in the arithmetic of the dtype (of double for ints)."""
    kind = np.dtype(kind or (np.float64 if dtype.category < _dtypes.FLOAT else dtype.np))
    if dtype.category < _dtypes.FLOAT:  # torch truncates them first
        start, end = int(start), int(end)
    start, end = (np.asarray(x).astype(kind) for x in (start, end))
    if steps == 1:
        return np.full(1, start, kind)
    with np.errstate(all="ignore"):
        step = (end - start) / np.asarray(max(steps - 1, 1)).astype(kind)
        index = np.arange(steps)
        back = (steps - 1 - index).astype(kind)
        fused = {"float32": fma32, "float64": fma64}.get(kind.name, _multiply_add)
        from_start = fused(step, index.astype(kind), start)
        from_end = fused(-step, back, end)
    return np.where(index < steps // 2, from_start, from_end)


def _multiply_add(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    return a * b + c


# -- positions of triangles


@factory
def tril_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
) -> Tensor:
    """(2, n): the positions on and below a diagonal of a (row, col) matrix, row by row."""
    return _triangle("tril_indices", np.tril_indices, row, col, offset, dtype, layout, device)


@factory
def triu_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
) -> Tensor:
    """(2, n): the positions on and above a diagonal of a (row, col) matrix, row by row."""
    return _triangle("triu_indices", np.triu_indices, row, col, offset, dtype, layout, device)


def _triangle(name, indices, row, col, offset, dtype, layout, device) -> Tensor:
    check_options(name, dtype, layout)
    for key, given in (("row", row), ("col", col)):
        if given < 0:
            raise RuntimeError(f"{key} must be non-negative, got{given}")
    dtype = dtype or _dtypes.int64
    if dtype not in (_dtypes.int32, _dtypes.int64):
        raise NotImplementedError(f"\"{name}\" not implemented for '{dtype._scalar_name}'")
    found = np.stack(indices(row, offset, col))
    return fresh(found.astype(dtype.np), place(name, device))


FUNCTIONS = ("arange", "linspace", "logspace", "range", "tril_indices", "triu_indices")
