"""From Python data to ndarrays by torch's rules: which dtype nested lists of numbers, arrays and
tensors have, what fits into a dtype, and torch's words for what is ragged or no number. Knows
Tensors only as numbers among others.
"""

from __future__ import annotations

import warnings
from itertools import chain
from typing import Any

import jax
import numpy as np

from .. import _dtypes
from .._tensor import Tensor

SLOW = (
    "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting "
    "the list to a single numpy.ndarray with numpy.array() before converting to a tensor."
)
_NUMBERS = {bool, int, float, complex}
_COMPLEX = {
    _dtypes.float64: _dtypes.complex128,
    _dtypes.float32: _dtypes.complex64,
    _dtypes.float16: _dtypes.complex64,
    _dtypes.bfloat16: _dtypes.complex64,
}


def to_ndarray(data: Any, dtype: _dtypes.dtype | None) -> np.ndarray:
    """A fresh ndarray of what `torch.tensor(data, dtype=dtype)` holds."""
    if type(data) in _NUMBERS:
        return numbers_to_ndarray([data], dtype or number_dtype(data)).reshape(())
    if isinstance(data, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
    if isinstance(data, (np.ndarray, np.generic, jax.Array)):
        return _from_ndarray(data, dtype)
    shape = _shape(data)
    if dtype is None:
        dtype = _infer(data)
    leaves = _leaves(data, shape)
    if shape[:1] > (0,) and isinstance(data[0], np.ndarray):
        warnings.warn(SLOW, UserWarning, stacklevel=5)
    arrays = leaves and all(isinstance(x, np.ndarray) for x in leaves)
    if arrays and len({x.shape for x in leaves}) == 1:
        return np.stack([_from_ndarray(x, dtype) for x in leaves]).reshape(shape)
    return numbers_to_ndarray(leaves, dtype).reshape(shape)


def number_dtype(x: Any) -> _dtypes.dtype:
    """The dtype of a tensor made from one Python number."""
    if isinstance(x, bool):
        return _dtypes.bool_
    if isinstance(x, int):
        return _dtypes.int64
    if isinstance(x, float):
        return _dtypes.get_default_dtype()
    return _COMPLEX[_dtypes.get_default_dtype()]


def check_ndarray(array: np.ndarray) -> None:
    """Raise for arrays that cannot become tensors."""
    if not array.dtype.isnative:
        raise ValueError(
            "given numpy array has byte order different from the native byte order. Conversion "
            "between byte orders is currently not supported."
        )
    _dtypes.from_np(array.dtype)
    if any(s < 0 for s in array.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative "
            "strides are not currently supported. (You can probably work around this by making a "
            "copy of your array  with array.copy().) "
        )


def _from_ndarray(data: Any, dtype: _dtypes.dtype | None) -> np.ndarray:
    array: Any = np.asarray(data)
    check_ndarray(array)
    if dtype is None:
        return np.array(array, order="C")
    with np.errstate(all="ignore"):
        if array.dtype.kind == "c" and not dtype.is_complex:
            array = array.real
        return np.array(array.astype(dtype.np), order="C")


# -- nested sequences


def is_sequence(x: Any) -> bool:
    if isinstance(x, (list, tuple)):
        return True
    if isinstance(x, (Tensor, dict, np.generic)):
        return False
    return hasattr(x, "__getitem__") and hasattr(x, "__len__") and not isinstance(x, type)


def _shape(data: Any) -> tuple[int, ...]:
    """The shape of nested sequences, as the first element of each tells."""
    shape = []
    while is_sequence(data):
        if isinstance(data, str):
            raise ValueError("too many dimensions 'str'")
        shape.append(len(data))
        if len(shape) > 128:
            raise ValueError(f"too many dimensions '{type(data).__name__}'")
        if not shape[-1]:
            break
        data = data[0]
    return tuple(shape)


def _leaves(data: Any, shape: tuple[int, ...]) -> list:
    """The elements of nested sequences in order; the last level may be left as ndarrays."""
    level = [data]
    for dim, n in enumerate(shape):
        if not n:
            return []  # torch looks no further either
        if all(isinstance(x, np.ndarray) and x.shape == shape[dim:] for x in level):
            return level
        for x in level:
            if not is_sequence(x):
                raise TypeError("not a sequence")
            if len(x) != n:
                raise ValueError(f"expected sequence of length {n} at dim {dim} (got {len(x)})")
        level = list(chain.from_iterable(level))
    return level


def _infer(data: Any) -> _dtypes.dtype:
    """The dtype that holds every number in nested sequences."""
    if isinstance(data, Tensor):
        return data.dtype
    if isinstance(data, (np.ndarray, np.generic)):
        return _dtypes.from_np(data.dtype)
    if isinstance(data, (bool, int, float, complex)):
        return number_dtype(data)
    if isinstance(data, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
    if not is_sequence(data):
        raise RuntimeError(f"Could not infer dtype of {_type_name(data)}")
    return _infer_items(data)


def _infer_items(items: Any) -> _dtypes.dtype:
    kinds = set(map(type, items))
    if not kinds:
        return _dtypes.get_default_dtype()
    found = None
    if kinds <= _NUMBERS:
        each = [number_dtype(kind()) for kind in kinds]
    else:
        each = map(_infer, items)
    for dtype in each:
        found = dtype if found is None else _dtypes.promote_types(found, dtype)
    assert found is not None
    return found


def _type_name(x: Any) -> str:
    kind = type(x)
    if kind.__module__ in ("builtins", "__main__"):
        return kind.__name__
    return f"{kind.__module__}.{kind.__name__}"


# -- numbers into a dtype


def numbers_to_ndarray(numbers: list, dtype: _dtypes.dtype) -> np.ndarray:
    """A flat list of numbers as a 1-d array, checked as torch checks them."""
    kinds = set(map(type, numbers))
    if not kinds <= _NUMBERS:
        numbers = [_number(x, dtype) for x in numbers]
        kinds = set(map(type, numbers))
    if dtype.is_complex:
        return np.array(numbers, np.complex128).astype(dtype.np)
    if complex in kinds:
        raise TypeError(_not_a_number(1j, dtype))
    if dtype.category == _dtypes.BOOL:
        return np.array([bool(x) for x in numbers], np.bool_)
    with np.errstate(over="ignore"):
        if dtype.category == _dtypes.FLOAT:
            # halves are rounded by way of float32, as C++ does it
            floats = np.array([float(x) for x in numbers], np.float64)
            return (
                floats.astype(np.float32).astype(dtype.np)
                if dtype.itemsize < 4
                else (floats.astype(dtype.np))
            )
    return _integers(numbers, float in kinds, dtype)


def _integers(numbers: list, some_floats: bool, dtype: _dtypes.dtype) -> np.ndarray:
    info = np.iinfo(dtype.np)
    top = int(info.max)
    low = -top if info.min == 0 else int(info.min)  # torch lets a uint8 be -255, and wraps it
    if some_floats:
        for x in numbers:
            if not low <= x <= top:  # nan is in no range
                raise RuntimeError(overflow(dtype))
        numbers = [int(x) for x in numbers]
    if numbers and not (low <= min(numbers) and max(numbers) <= top):
        widest = max(numbers, key=abs)
        if not -(1 << 63) <= widest < (1 << 63) and dtype is not _dtypes.uint64:
            raise ValueError("Overflow when unpacking long long")
        raise RuntimeError(overflow(dtype))
    if low < 0 and info.min == 0 and any(x < 0 for x in numbers):
        numbers = [x & ((1 << info.bits) - 1) for x in numbers]
    return np.array(numbers, dtype.np)


def overflow(dtype: _dtypes.dtype) -> str:
    return f"value cannot be converted to type {dtype.name} without overflow"


def _number(x: Any, dtype: _dtypes.dtype) -> Any:
    """One element of a list as a Python number."""
    if isinstance(x, Tensor):
        if x.shape.numel() != 1:
            if dtype.category >= _dtypes.FLOAT:
                raise ValueError("only one element tensors can be converted to Python scalars")
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return x.item()  # type: ignore[attr-defined]
    if isinstance(x, np.generic) or (isinstance(x, np.ndarray) and x.ndim == 0):
        return x.item()
    kinds: tuple[Any, ...] = (bool, int, float, complex)
    for kind in kinds:
        if isinstance(x, kind):
            return kind(x)
    if dtype.category >= _dtypes.FLOAT and hasattr(x, "__float__"):
        return float(x)
    if hasattr(x, "__index__"):
        return x.__index__()
    raise TypeError(_not_a_number(x, dtype))


def _not_a_number(x: Any, dtype: _dtypes.dtype) -> str:
    kind = type(x).__name__
    if dtype.category >= _dtypes.FLOAT:
        return f"must be real number, not {kind}"
    return f"'{kind}' object cannot be interpreted as an integer"
