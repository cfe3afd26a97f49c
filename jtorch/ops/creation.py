"""Factory functions: tensors from sizes, from numbers, from Python and NumPy data. Constants are
recorded as ops, so they become part of the program; data is copied to the host side of a new value.
"""

from __future__ import annotations

import math
import operator
import warnings
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from .. import _devices, _dtypes
from .._devices import contiguous_format, preserve_format, strided
from .._devices import layout as layout_
from .._errors import not_covered, type_name_of
from .._layout import channels_last_strides, dense_like, is_contiguous
from .._tensor import Tensor, from_array, from_value
from ..graph import Prim, record
from ._bind import as_size, store_out

# -- primitives without inputs

FULL = Prim("full", lambda value, *, shape, dtype: (_full(value, shape, dtype),))
ARANGE = Prim("arange", lambda start, step, *, count, dtype: (_arange(start, step, count, dtype),))
LINSPACE = Prim("linspace", lambda a, b, *, count, dtype: (_linspace(a, b, count, dtype),))
EYE = Prim("eye", lambda *, rows, columns, dtype: (jnp.eye(rows, columns, dtype=dtype),))


def _number(x):
    """A constant, or a number that has become an input."""
    return x.array if hasattr(x, "array") else x


def _full(value, shape, dtype):
    value = _number(value)
    if jnp.iscomplexobj(value) and dtype.kind != "c":
        value = jnp.real(value)
    return jnp.full(shape, value, dtype)


def _arange(start, step, count, dtype):
    kind = "int64" if dtype.kind in "iub" else "float64"
    steps = jnp.arange(count, dtype=kind)
    return (_number(start) + steps * _number(step)).astype(dtype)


def _linspace(a, b, count, dtype):
    """torch steps from both ends towards the middle."""
    kind = dtype if dtype.kind == "c" else np.dtype("float64" if dtype.itemsize == 8 else "float32")
    a, b = jnp.asarray(_number(a), kind), jnp.asarray(_number(b), kind)
    step = (b - a) / max(count - 1, 1)
    i = jnp.arange(count).astype(kind)
    out = jnp.where(np.arange(count) < count // 2, a + step * i, b - step * (count - 1 - i))
    out = a[None] if count == 1 else out
    return jnp.trunc(out).astype(dtype) if dtype.kind in "iu" else out.astype(dtype)


def _create(prim: Prim, static: dict, numbers: Sequence, options: dict) -> Tensor:
    place = _devices.to_jax(options["device"])
    (value,) = record(prim, tuple(static.items()), numbers, place)
    return _finish(from_value(value), options)


def _finish(out: Tensor, options: dict) -> Tensor:
    if options.get("pin_memory"):
        raise RuntimeError("jtorch: pinned memory is not covered; transfers here need none")
    if options.get("requires_grad"):
        if out.dtype.category < 2:
            raise RuntimeError(
                "Only Tensors of floating point and complex dtype can require gradients"
            )
        out.requires_grad = True
    if options.get("out") is not None:
        return store_out(options["out"], out)
    return out


def _options(
    name, dtype=None, device=None, layout=None, requires_grad=False, pin_memory=False, out=None
):
    """The keyword arguments every factory takes."""
    if layout is not None and layout is not strided:
        if not isinstance(layout, layout_):
            raise TypeError(f"argument 'layout' must be torch.layout, not {type(layout).__name__}")
        raise not_covered(f"layout={layout} in a factory function")
    if dtype is not None and not isinstance(dtype, _dtypes.dtype):
        raise TypeError(
            f"{name}(): argument 'dtype' must be torch.dtype, not {type_name_of(dtype)}"
        )
    if out is not None:
        dtype, device = dtype or out.dtype, device or out.device
    return {
        "dtype": dtype,
        "device": device,
        "requires_grad": requires_grad,
        "pin_memory": pin_memory,
        "out": out,
    }


def _shape(name: str, size: tuple, given: Any) -> tuple[int, ...]:
    try:
        shape = as_size(given if given is not None else size)
    except TypeError:
        wrong = next(x for x in size if not hasattr(x, "__index__"))
        raise TypeError(
            f"{name}(): argument 'size' (position 1) must be tuple of ints, not "
            f"{type_name_of(wrong)}"
        ) from None
    shape = (shape,) if isinstance(shape, int) else shape
    if shape is None:
        raise TypeError(f'{name}() missing 1 required positional arguments: "size"')
    for n in shape:
        if n < 0:
            raise RuntimeError(f"{name}: Dimension size must be non-negative.")
    return shape


def _default(value: Any) -> _dtypes.dtype:
    if isinstance(value, bool):
        return _dtypes.bool_
    if isinstance(value, int):
        return _dtypes.int64
    if isinstance(value, complex):
        return _dtypes.get_default_dtype().to_complex()
    return _dtypes.get_default_dtype()


# -- sizes


def zeros(*size, **options) -> Tensor:
    """Zeros of this size."""
    return _filled("zeros", 0, size, options)


def ones(*size, **options) -> Tensor:
    """Ones of this size."""
    return _filled("ones", 1, size, options)


def empty(*size, memory_format=contiguous_format, **options) -> Tensor:
    """A tensor of this size whose contents nobody may rely on (they are zeros here)."""
    out = _filled("empty", 0, size, options)
    return _formatted(out, memory_format)


def _formatted(out: Tensor, memory_format) -> Tensor:
    if memory_format in (contiguous_format, preserve_format, None):
        return out
    rank = 4 if memory_format is _devices.channels_last else 5
    if out.ndim != rank:
        raise RuntimeError(
            f"required rank {rank} tensor to use channels_last{'' if rank == 4 else '_3d'} format"
        )
    out._strides = channels_last_strides(tuple(out.shape))
    return out


def _filled(name: str, value: Any, size: tuple, options: dict) -> Tensor:
    given = options.pop("size", None)
    if options.pop("names", None) is not None:
        raise not_covered("named tensors")
    chosen = _options(name, **options)
    shape = _shape(name, size, given)
    dtype = chosen["dtype"] or _dtypes.get_default_dtype()
    return _create(FULL, {"shape": shape, "dtype": dtype.np}, [value], chosen)


def full(size, fill_value, **options) -> Tensor:
    """One number everywhere; the dtype is the number's unless given."""
    chosen = _options("full", **options)
    if isinstance(fill_value, Tensor):
        fill_value = fill_value.item()  # type: ignore[attr-defined]
    dtype = chosen["dtype"] or _default(fill_value)
    shape = _shape("full", (size,), None)
    return _create(FULL, {"shape": shape, "dtype": dtype.np}, [fill_value], chosen)


def empty_strided(size, stride, **options) -> Tensor:
    """A tensor of this size and these strides, contents unspecified."""
    size, stride = as_size(size), as_size(stride)
    if len(size) != len(stride):
        raise RuntimeError(
            f"dimensionality of sizes ({len(size)}) must match dimensionality of strides "
            f"({len(stride)})"
        )
    out = empty(size, **options)
    if not is_contiguous(size, stride):
        if dense_like(size, stride) != stride:
            extent = 1 + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
            flat = empty((extent if 0 not in size else 0,), **options)
            return flat.as_strided(size, stride)  # type: ignore[attr-defined]
        out._strides = stride
    return out


def eye(n: int, m: int | None = None, **options) -> Tensor:
    """Ones on the diagonal."""
    chosen = _options("eye", **options)
    n, m = operator.index(n), operator.index(n if m is None else m)
    for size, name in ((n, "n"), (m, "m")):
        if size < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {size}")
    dtype = (chosen["dtype"] or _dtypes.get_default_dtype()).np
    return _create(EYE, {"rows": n, "columns": m, "dtype": dtype}, [], chosen)


# -- ranges


def _scalar(x: Any) -> Any:
    return x.item() if isinstance(x, (Tensor, np.generic)) else x  # type: ignore[attr-defined]


def arange(*args, start=None, end=None, step=None, **options) -> Tensor:
    """start, start + step, … below end; int64 if all three are integers."""
    given = [_scalar(a) for a in args]
    if len(given) == 1 and end is None:
        end = given[0]
    elif given:
        start = given[0]
        end = given[1] if len(given) > 1 else end
        step = given[2] if len(given) > 2 else step
    start, step = _scalar(0 if start is None else start), _scalar(1 if step is None else step)
    end = _scalar(end)
    if end is None:
        raise TypeError("arange() received an invalid combination of arguments")
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not all(math.isfinite(x) for x in (start, end)):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if (step > 0) != (end >= start) and end != start:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    chosen = _options("arange", **options)
    dtype = chosen["dtype"]
    if dtype is None:
        whole = all(isinstance(x, int) for x in (start, end, step))
        dtype = _dtypes.int64 if whole else _dtypes.get_default_dtype()
    if dtype.category < 2:
        start, end, step = int(start), int(end), int(step)
        count = -((start - end) // step)
    else:
        count = math.ceil((float(end) - float(start)) / float(step))
    static = {"count": max(count, 0), "dtype": dtype.np}
    return _create(ARANGE, static, [start, step], chosen)


def range(start=0, end=None, step=1, **options) -> Tensor:
    """Like arange with the end included; deprecated in torch."""
    warnings.warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is "
        "inconsistent with Python's range builtin. Instead, use torch.arange, which produces "
        "values "
        "in [start, end).",
        stacklevel=2,
    )
    if end is None:
        start, end = 0, start
    chosen = _options("range", **options)
    dtype = chosen["dtype"] or _dtypes.get_default_dtype()
    count = int((float(end) - float(start)) / float(step)) + 1
    return _create(ARANGE, {"count": count, "dtype": dtype.np}, [start, step], chosen)


def linspace(start, end, steps: int, **options) -> Tensor:
    """`steps` numbers from start to end, both included."""
    start, end, steps = _scalar(start), _scalar(end), operator.index(steps)
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    chosen = _options("linspace", **options)
    dtype = chosen["dtype"]
    if dtype is None:
        complex_ = isinstance(start, complex) or isinstance(end, complex)
        dtype = _default(1j if complex_ else 1.0)
    return _create(LINSPACE, {"count": steps, "dtype": dtype.np}, [start, end], chosen)


def logspace(start, end, steps: int, base: float = 10.0, **options) -> Tensor:
    """base to the power of linspace(start, end, steps)."""
    chosen = _options("logspace", **options)
    dtype = chosen["dtype"] or _dtypes.get_default_dtype()
    wide = _dtypes.float64 if dtype.category < 2 else dtype
    powers = linspace(start, end, steps, dtype=wide, device=chosen["device"])
    out = base**powers
    return _finish(out.to(dtype), chosen)  # type: ignore[attr-defined]


# -- like another tensor


def _like(name: str, value: Any):
    def function(input: Tensor, *, memory_format=preserve_format, **options) -> Tensor:
        chosen = _options(name, **options)
        return _filled_like(input, value, chosen, memory_format)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{name}: input's shape, dtype, device and strides unless told otherwise."
    return function


def _filled_like(input: Tensor, value: Any, chosen: dict, memory_format) -> Tensor:
    shape = tuple(input.shape)
    dtype = chosen["dtype"] or input.dtype
    chosen["device"] = chosen["device"] or input.device
    out = _create(FULL, {"shape": shape, "dtype": dtype.np}, [value], chosen)
    if memory_format is preserve_format or memory_format is None:
        if not input._plain():
            strides = dense_like(shape, input._layout().strides)
            out._strides = None if is_contiguous(shape, strides) else strides
        return out
    return _formatted(out, memory_format)


zeros_like, ones_like, empty_like = (
    _like("zeros_like", 0),
    _like("ones_like", 1),
    _like("empty_like", 0),
)


def full_like(input: Tensor, fill_value, *, memory_format=preserve_format, **options) -> Tensor:
    """fill_value in input's shape, dtype, device and strides."""
    return _filled_like(input, _scalar(fill_value), _options("full_like", **options), memory_format)


def _of(self: Tensor, options: dict) -> dict:
    return {"dtype": self.dtype, "device": self.device} | {
        k: v for k, v in options.items() if v is not None
    }


def new_zeros(self: Tensor, *size, **options) -> Tensor:
    return zeros(*size, **_of(self, options))


def new_ones(self: Tensor, *size, **options) -> Tensor:
    return ones(*size, **_of(self, options))


def new_empty(self: Tensor, *size, **options) -> Tensor:
    return empty(*size, **_of(self, options))


def new_full(self: Tensor, size, fill_value, **options) -> Tensor:
    return full(size, fill_value, **_of(self, options))


def new_empty_strided(self: Tensor, size, stride, **options) -> Tensor:
    return empty_strided(size, stride, **_of(self, options))


def new_tensor(self: Tensor, data: Any, **options) -> Tensor:
    return tensor(data, **_of(self, options))


def new(self: Tensor, *args, **options) -> Tensor:
    """The legacy constructor: sizes, or data."""
    if len(args) == 1 and not isinstance(args[0], (int, _dtypes.dtype)):
        if isinstance(args[0], Tensor) or not isinstance(args[0], tuple):
            return new_tensor(self, args[0], **options)
    return new_empty(self, *(args or (0,)), **options)


# -- data


def tensor(data: Any, *, dtype=None, device=None, requires_grad=False, pin_memory=False) -> Tensor:
    """A tensor with a copy of data: numbers, nested sequences, arrays, tensors."""
    chosen = _options("tensor", dtype, device, None, requires_grad, pin_memory)
    if isinstance(data, Tensor):
        warnings.warn(
            "To copy construct from a tensor, it is recommended to use "
            "sourceTensor.detach().clone() "
            "or sourceTensor.detach().clone().requires_grad_(True), rather than "
            "torch.tensor(sourceTensor).",
            stacklevel=2,
        )
        source = data.detach()  # type: ignore[attr-defined]
        return _finish(source.to(dtype=dtype, device=device or data.device, copy=True), chosen)
    array = _as_array(data, dtype)
    return _finish(from_array(array, device=device), chosen)


def _as_array(data: Any, dtype: _dtypes.dtype | None) -> np.ndarray:
    if isinstance(data, (np.ndarray, np.generic)):
        array = np.asarray(data)
        own = _dtypes.from_np(array.dtype)
        return array.astype((dtype or own).np)
    if not isinstance(data, (bool, int, float, complex)):
        if isinstance(data, str):
            raise TypeError("new(): invalid data type 'str'")
        data = _unwrapped(data)
    array = _array_of(data)
    if dtype is None:
        kind = array.dtype.kind
        dtype = _default({"b": True, "i": 1, "u": 1, "c": 1j}.get(kind, 1.0))
        if kind != "b" and not _is_python(data):
            dtype = _dtypes.from_np(array.dtype)
    elif dtype.category < 2 and array.dtype.kind == "c":
        raise TypeError("can't convert complex to " + ("bool" if dtype.category == 0 else "int"))
    elif dtype.category < 2 and array.dtype.kind == "f" and not np.isfinite(array).all():
        raise RuntimeError(f"value cannot be converted to type {dtype.name} without overflow")
    if dtype.category == 1 and array.dtype.kind in "iu" and array.size:
        info = np.iinfo(dtype.np)
        if array.dtype.kind == "u" and array.max() > info.max:
            raise ValueError("Overflow when unpacking long long")
        if array.max() > info.max or array.min() < info.min:
            raise RuntimeError(f"value cannot be converted to type {dtype.name} without overflow")
    return array.astype(dtype.np)


def _is_python(data: Any) -> bool:
    """Whether the leaves are Python numbers and not NumPy ones."""
    while isinstance(data, (list, tuple)) and data:
        data = data[0]
    return not isinstance(data, (np.generic, np.ndarray))


def _array_of(data: Any) -> np.ndarray:
    """NumPy's reading of nested data, after torch's checks where NumPy objects."""
    try:
        array = np.asarray(data)
    except (ValueError, OverflowError):
        _measure(data)
        raise
    if array.dtype.kind not in "biufc":
        _measure(data)
        if array.dtype.kind == "O" and any(isinstance(x, int) for x in array.flat):
            raise ValueError("Overflow when unpacking long long")
        leaf = next(iter(array.flat), None)
        raise RuntimeError(f"Could not infer dtype of {type(leaf).__name__}")
    return array


def _measure(data: Any, dim: int = 0) -> tuple[int, ...]:
    """The shape of nested sequences; raises torch's errors about what has none."""
    if isinstance(data, str):
        raise ValueError("too many dimensions 'str'")
    if not isinstance(data, Sequence) or isinstance(data, bytes):
        if not isinstance(data, (bool, int, float, complex, np.generic)):
            if dim == 0 or data is None:
                raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")
            raise TypeError("not a sequence")
        return ()
    if not data:
        return (0,)
    first = _measure(data[0], dim + 1)
    for part in data[1:]:
        if first and not isinstance(part, Sequence):
            raise TypeError("not a sequence")
        rest = _measure(part, dim + 1)
        if rest[:1] != first[:1]:
            if not first:
                raise TypeError(
                    f"'{type(part).__name__}' object cannot be interpreted as an integer"
                )
            raise ValueError(
                f"expected sequence of length {first[0]} at dim {dim + 1} (got {rest[0]})"
            )
    return (len(data), *first)


def _unwrapped(data: Any) -> Any:
    """Nested data without tensors in it."""
    if isinstance(data, Tensor):
        if math.prod(data.shape) != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return data._numpy().item()
    if isinstance(data, (list, tuple)):
        if (
            data
            and isinstance(data[0], (bool, int, float, complex))
            and not any(isinstance(x, Tensor) for x in data)
        ):
            return data
        return [_unwrapped(x) for x in data]
    if hasattr(data, "__array__") or isinstance(data, (bytes, bytearray)):
        return np.asarray(data) if hasattr(data, "__array__") else list(data)
    if isinstance(data, str):
        raise ValueError("too many dimensions 'str'")
    if isinstance(data, Sequence):  # range, deque and the like
        return [_unwrapped(x) for x in data]
    if data is None or not hasattr(data, "__float__"):
        raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")
    return data


def from_numpy(ndarray: np.ndarray) -> Tensor:
    """A tensor that shares the array's memory, both ways."""
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    _dtypes.from_np(ndarray.dtype)
    if not ndarray.flags.writeable:
        warnings.warn(
            "The given NumPy array is not writable, and PyTorch does not support non-writable "
            "tensors. This means writing to this tensor will result in undefined behavior. You may "
            "want to copy the array to protect its data or make it writable before converting it "
            "to "
            "a tensor. This type of warning will be suppressed for the rest of this program.",
            stacklevel=2,
        )
    return Tensor._from_shared_numpy(ndarray)  # type: ignore[attr-defined]


def as_tensor(data: Any, dtype=None, device=None) -> Tensor:
    """data itself if it is a tensor that fits, sharing memory with an array that fits, else a copy."""
    if isinstance(data, Tensor):
        if (dtype is None or dtype is data.dtype) and device is None:
            return data
        return data.to(dtype=dtype, device=device)  # type: ignore[attr-defined]
    if isinstance(data, np.ndarray):
        own = _dtypes.from_np(data.dtype)
        if (dtype is None or dtype is own) and _devices.resolve(device).type == "cpu":
            return from_numpy(data)
    return tensor(data, dtype=dtype, device=device)


def asarray(obj: Any, *, dtype=None, device=None, copy=None, requires_grad=False) -> Tensor:
    """as_tensor with a say on copying: True always, False never (an error if one is needed)."""
    if copy:
        source = obj.detach().clone() if isinstance(obj, Tensor) else tensor(obj, dtype=dtype)
        out = as_tensor(source, dtype, device)
    else:
        out = as_tensor(obj, dtype, device)
        if copy is False and out is not obj and not isinstance(obj, np.ndarray):
            raise ValueError("can't alias arbitrary sequence into a tensor.")
    if isinstance(obj, Tensor) and not requires_grad:
        out = out.detach()  # type: ignore[attr-defined]
    if requires_grad and not out.requires_grad:
        out.requires_grad = True
    return out


def frombuffer(buffer, *, dtype, count=-1, offset=0, requires_grad=False) -> Tensor:
    """A tensor over the memory of a Python buffer."""
    size = memoryview(buffer).nbytes
    if size == 0:
        raise ValueError(f"both buffer length ({size}) and count ({count}) must not be 0")
    if not 0 <= offset < size:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length "
            f"({size} bytes) minus 1"
        )
    if count < 0 and (size - offset) % dtype.itemsize:
        raise ValueError(
            f"buffer length ({size - offset} bytes) after offset ({offset} bytes) must be a "
            "multiple "
            f"of element size ({dtype.itemsize})"
        )
    if count > 0 and offset + count * dtype.itemsize > size:
        raise ValueError(
            f"requested buffer length ({count} * {dtype.itemsize} bytes) after offset ({offset} "
            f"bytes) must not be greater than actual buffer length ({size} bytes)"
        )
    array = np.frombuffer(buffer, dtype.np, count, offset)
    out = Tensor._from_shared_numpy(array)  # type: ignore[attr-defined]
    out.requires_grad = requires_grad
    return out


# -- from other tensors


def tril_indices(
    row: int, col: int, offset: int = 0, *, dtype=_dtypes.int64, device=None, layout=None
):
    """(2, count) positions of the lower triangle."""
    _options("tril_indices", dtype, device, layout)
    return from_array(np.stack(np.tril_indices(row, offset, col)).astype(dtype.np), device=device)


def triu_indices(
    row: int, col: int, offset: int = 0, *, dtype=_dtypes.int64, device=None, layout=None
):
    """(2, count) positions of the upper triangle."""
    _options("triu_indices", dtype, device, layout)
    return from_array(np.stack(np.triu_indices(row, offset, col)).astype(dtype.np), device=device)


FUNCTIONS = (
    "arange", "as_tensor", "asarray", "empty", "empty_like", "empty_strided", "eye", "from_numpy",
    "frombuffer", "full", "full_like", "linspace", "logspace", "ones", "ones_like", "range", "tensor",
    "tril_indices", "triu_indices", "zeros", "zeros_like",
)  # fmt: skip
METHODS = (
    "new", "new_empty", "new_empty_strided", "new_full", "new_ones", "new_tensor", "new_zeros",
)  # fmt: skip
