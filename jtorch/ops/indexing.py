"""x[...] and x[...] = v: turns Python's index expressions into view ops, reads and writes as torch
does. Integers, slices, None and Ellipsis make views; tensors, lists, arrays and masks make one
advanced index over the view. The maths is in advanced.py and shape.py.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from .._autograd.modes import modes
from .._errors import not_covered
from .._layout import elementwise_strides
from .._tensor import Tensor, from_array
from ..graph import TRACED, levels
from . import _views as views
from ._out import refuse_shared
from .advanced import (
    check_fits,
    check_same_dtype,
    filled,
    in_bounds,
    index_shape,
    mask_fill,
    mask_put,
    read_at,
    result_shape,
    write_at,
)

FUNCTIONS = ("index_put", "index_put_")
METHODS = ("__getitem__", "__setitem__", "__delitem__", "index_put", "index_put_")

Advanced = list[tuple[int, Tensor]]  # (first dimension covered, integer or boolean tensor)

_FULL = slice(None)
_INDEX_TYPES = ("int64", "int32", "bool", "uint8")


def __getitem__(self, index):
    """A view for integers, slices, None and Ellipsis; a copy once tensors, lists or masks join."""
    cls = index.__class__
    if cls is int:
        return _select(self, 0, index, 0)
    if cls is slice:
        return _slice(self, 0, index, keep_full=True)
    view, advanced = _resolve(self, _items(index))
    if advanced:
        return _read(view, advanced)
    return views.alias(self) if view is self else view


def __setitem__(self, index, value):
    """Write a number or tensor, broadcast, into the place that the index names."""
    if not isinstance(value, Tensor):
        value = _number(self, value)
    if index is False:
        return
    if index is True:
        index = None
    cls = index.__class__
    if cls is int:
        view, advanced = _select(self, 0, index, 0), ()  # pyright: ignore[reportArgumentType]
    elif cls is slice:
        view, advanced = _slice(self, 0, index), ()  # pyright: ignore[reportArgumentType]
    else:
        view, advanced = _resolve(self, _items(index))
    if advanced:
        _write_advanced(view, advanced, value)
    elif isinstance(value, Tensor):
        _copy_into(view, value)
    else:
        filled.inplace(view, value)


def __delitem__(self, index):
    raise TypeError("Tensor does not support deleting items")


# -- from an index expression to views and advanced indices


def _items(index: Any) -> tuple:
    """The index as a tuple. Lists that hold sequences, slices, None or tensors count as tuples."""
    cls = index.__class__
    if cls is tuple:
        return index
    if isinstance(index, (Tensor, np.ndarray)) or not isinstance(index, Sequence):
        return tuple(index) if isinstance(index, tuple) else (index,)
    if isinstance(index, tuple):
        return tuple(index)
    kinds = (Tensor, Sequence, np.ndarray, slice, type(None), type(Ellipsis))
    if len(index) < 32 and any(isinstance(i, kinds) for i in index):
        warnings.warn(
            "Using a non-tuple sequence for multidimensional indexing is deprecated and will be "
            "changed in pytorch 2.9; use x[tuple(seq)] instead of x[seq]. In pytorch 2.9 this will "
            "be interpreted as tensor index, x[torch.tensor(seq)], which will result either in an "
            "error or a different result",
            stacklevel=3,
        )
        return tuple(index)
    return (index,)


def _resolve(self: Tensor, items: tuple) -> tuple[Tensor, Advanced]:
    """Apply basic items as views; collect advanced ones with the dimension they start at."""
    items = tuple(_as_item(i) for i in items)
    ndim = len(self.shape)
    covered = sum(_covers(i) for i in items)
    if covered > ndim:
        raise IndexError(f"too many indices for tensor of dimension {ndim}")
    view, dim, advanced = self, 0, []
    for position, item in enumerate(items):
        cls = item.__class__
        if cls is int:
            view = _select(view, dim, item, position)
        elif cls is slice:
            view = _slice(view, dim, item)
            dim += 1
        elif item is Ellipsis:
            dim += ndim - covered
        elif item is None:
            view = views.unsqueeze(view, dim)
            dim += 1
        elif cls is bool:
            view = views.unsqueeze(view, dim)
            advanced.append((dim, from_array(np.zeros(int(item), np.int64), device=self.device)))
            dim += 1
        else:
            mask = _is_mask(item)
            if mask and item.ndim == 0:
                view = views.unsqueeze(view, dim)
            advanced.append((dim, item))
            dim += max(item.ndim, 1) if mask else 1
    return view, advanced


def _covers(item: Any) -> int:
    """How many dimensions of the indexed tensor an item uses up."""
    if item is None or item is Ellipsis or item.__class__ is bool:
        return 0
    return item.ndim if isinstance(item, Tensor) and _is_mask(item) else 1


def _is_mask(tensor: Tensor) -> bool:
    return tensor.dtype.name in ("bool", "uint8")


def _as_item(item: Any) -> Any:
    """One item as int, bool, slice, None, Ellipsis, or a Tensor of an index dtype."""
    cls = item.__class__
    if cls is int or cls is slice or cls is bool or item is None or item is Ellipsis:
        return item
    if isinstance(item, Tensor):
        name = item.dtype.name
        if name not in _INDEX_TYPES:
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
        if item.ndim or name not in ("int64", "int32") or isinstance(item._read().buf, TRACED):
            return item
        return int(item.item())
    if isinstance(item, np.ndarray):
        array = item if item.dtype.kind == "b" or item.dtype == np.uint8 else item.astype(np.int64)
        return int(array) if array.ndim == 0 and array.dtype == np.int64 else from_array(array)
    if isinstance(item, Sequence):
        return from_array(_sequence(item))
    if not isinstance(item, np.bool_):
        try:
            return operator.index(item)
        except TypeError:
            pass
    raise IndexError(
        "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid "
        f"indices (got {_type_name(item)})"
    )


def _type_name(x: Any) -> str:
    """The type as C code sees it: classes made by `class` go without their module."""
    cls = x.__class__
    heap_type = cls.__flags__ & (1 << 9)
    if heap_type or cls.__module__ == "builtins":
        return cls.__name__
    return f"{cls.__module__}.{cls.__name__}"


def _sequence(items: Sequence) -> np.ndarray:
    """A list of positions or of bools as an array; positions that are not whole are cut."""
    if isinstance(items, str):
        raise TypeError("new(): invalid data type 'str'")
    array = np.array(_plain(items))
    if array.dtype.kind == "b" or array.dtype == np.uint8:
        return array
    if array.dtype.kind == "c":
        raise TypeError("'complex' object cannot be interpreted as an integer")
    if array.dtype.kind not in "iuf":
        flat = array.ravel()
        raise RuntimeError(f"Could not infer dtype of {_type_name(flat[0] if flat.size else '')}")
    return array.astype(np.int64)


def _plain(item: Any) -> Any:
    """Nested lists with tensors replaced by their numbers."""
    if isinstance(item, Tensor):
        return item.tolist()
    if isinstance(item, (list, tuple)):
        return [_plain(i) for i in item]
    return item


def _select(view: Tensor, dim: int, index: int, position: int) -> Tensor:
    shape = view.shape
    if not shape and dim == 0 and index == 0:
        raise IndexError(
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or "
            "`tensor.item<T>()` in C++ to convert a 0-dim tensor to a number"
        )
    size = shape[dim] if shape else 0
    if not -size <= index < size:
        raise IndexError(
            f"index {index} is out of bounds for dimension {position} with size {size}"
        )
    return views.select_at(view, index if index >= 0 else index + size, dim)


def _slice(view: Tensor, dim: int, item: slice, keep_full: bool = False) -> Tensor:
    shape = view.shape
    if not shape:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    step = 1 if item.step is None else operator.index(item.step)
    if step < 0:
        raise ValueError("step must be greater than zero")
    start, stop, length = _bounds(item, shape[dim], step)
    if start == 0 and stop == shape[dim] and step == 1 and not keep_full:
        return view
    return views.slice_at(view, start, dim, length, step)


def _bounds(item: slice, size: Any, step: int) -> tuple:
    """(start, stop, length) of a slice. Of a dimension that an exported program leaves open, JAX
    raises where they depend on how large it is.
    """
    if size.__class__ is int:
        start, stop, _ = item.indices(size)
        return start, stop, len(range(start, stop, step))
    start, stop = 0 if item.start is None else item.start, size if item.stop is None else item.stop
    start, stop = (x + size if x.__class__ is int and x < 0 else x for x in (start, stop))
    if not 0 <= start <= stop <= size:
        raise not_covered("a slice past the end of an open dimension")
    return start, stop, (stop - start + step - 1) // step


# -- advanced reading


def _read(view: Tensor, advanced: Advanced) -> Tensor:
    only = advanced[0][1]
    if len(advanced) == 1 and _is_mask(only):
        dim = advanced[0][0]
        mask = _checked_mask(view, only, dim)
        array = _on_host(view)
        if array is not None:
            levels.require_shape(mask._read())
            rows = array[(_FULL,) * dim + (mask._numpy(),)]
            return from_array(rows, device=view.device)
    elif len(advanced) == 1 and view._memory() is not None:
        dim = advanced[0][0]
        array, index = _on_host(view), _on_host(only)
        if array is not None and index is not None and _within(index, array.shape[dim]):
            return from_array(np.take(array, index, axis=dim))
    dims, indices = _positions(view, advanced)
    out = read_at(view, indices, dims)
    if not view._plain():
        out._strides = _strides(view, dims, indices, tuple(out.shape))
    return out


def _strides(view: Tensor, dims: tuple[int, ...], indices: list[Tensor], shape: tuple):
    """Results follow the order of dimensions of what they are read from, then of the indices."""
    rank = max(i.ndim for i in indices)
    at = dims[0] if dims[-1] - dims[0] + 1 == len(dims) else 0
    rest = [s for d, s in enumerate(view._layout().strides) if d not in dims]
    operands = [(shape, (*rest[:at], *[0] * rank, *rest[at:]))]
    after = len(rest) - at
    for index in indices:
        layout = index._layout()
        operands.append((layout.shape + (1,) * after, layout.strides + (0,) * after))
    return elementwise_strides(shape, operands)


def _on_host(tensor: Tensor) -> np.ndarray | None:
    """The elements, to be read at once, if they are there to be read and nobody differentiates."""
    if tensor.device.type != "cpu" or (tensor.requires_grad and modes.grad):
        return None
    memory = tensor._memory()
    if memory is not None:
        return memory
    buf = tensor._read().buf
    return None if buf is None or isinstance(buf, TRACED) else np.asarray(buf)


def _within(index: np.ndarray, size: int) -> bool:
    return not index.size or (-size <= index.min() and index.max() < size)


def _positions(view: Tensor, advanced: Advanced) -> tuple[tuple[int, ...], list[Tensor]]:
    """Dimensions and integer index tensors: masks become the positions of their true elements."""
    dims: list[int] = []
    indices: list[Tensor] = []
    shape = view.shape
    for dim, index in advanced:
        if _is_mask(index):
            levels.require_shape(index._read())
            found = np.nonzero(_checked_mask(view, index, dim)._numpy())
            for k, positions in enumerate(found):
                dims.append(dim + k)
                indices.append(from_array(positions, device=view.device))
        else:
            if index.device.type == "cpu" and view.device.type != "cpu":
                index = index.to(view.device)  # type: ignore[attr-defined]
            dims.append(dim)
            indices.append(in_bounds(index, shape[dim], len(indices)))
    return tuple(dims), indices


def _checked_mask(view: Tensor, mask: Tensor, dim: int) -> Tensor:
    """mask as a bool tensor whose shape is that of the dimensions it covers."""
    if not mask.ndim:
        mask = mask.bool().reshape(1)
    elif mask.dtype.name == "uint8":
        warnings.warn(
            "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool "
            "instead.",
            stacklevel=4,
        )
        mask = mask.bool()
    for k, (m, n) in enumerate(zip(mask.shape, view.shape[dim:], strict=False)):
        if m != n:
            raise IndexError(
                f"The shape of the mask {list(mask.shape)} at index {k} does not match the shape "
                f"of the indexed tensor {list(view.shape)} at index {dim + k}"
            )
    return mask


# -- writing


def _number(self: Tensor, value: Any) -> Any:
    """A Python number that may be assigned to an element."""
    if isinstance(value, (bool, int, float, complex)):
        return value
    if isinstance(value, np.integer):
        return int(value)
    raise TypeError(f"can't assign a {_type_name(value)} to a {self.type()}")


def _strip(value: Tensor) -> Tensor:
    """value without its leading dimensions of size one."""
    shape = value.shape
    extra = next((d for d, n in enumerate(shape) if n != 1), len(shape))
    return value.reshape(tuple(shape[extra:])) if extra else value


def _copy_into(view: Tensor, value: Tensor) -> None:
    shape = tuple(view.shape)
    if tuple(value.shape) == shape:
        view.copy_(value)
    elif not value.ndim:
        view.fill_(value)
    else:
        view.copy_(views.expand_to(_strip(value), shape))


def _write_advanced(view: Tensor, advanced: Advanced, value: Any) -> None:
    view._check_writable((value,))
    only = advanced[0][1]
    if len(advanced) == 1 and _is_mask(only):
        _write_masked(view, advanced[0][0], only, value)
        return
    dims, indices = _positions(view, advanced)
    if isinstance(value, Tensor):
        refuse_shared(view, (value,), True)
        value = _strip(value)
        at = index_shape([i.shape for i in indices])
        check_fits(tuple(value.shape), result_shape(tuple(view.shape), at, dims))
        check_same_dtype(view.dtype.np, value.dtype.np)
    write_at.inplace(view, indices, value, dims, False)


def _write_masked(view: Tensor, dim: int, mask: Tensor, value: Any) -> None:
    """x[mask] = value: chosen element by element, so that nobody has to count the mask."""
    single = not isinstance(value, Tensor) or value.numel() == 1
    if single and mask.dtype.name == "uint8":
        raise RuntimeError(
            "masked_fill_ only supports boolean masks, but got mask with dtype unsigned char"
        )
    if isinstance(value, Tensor) and not (single and mask.ndim):  # torch's masked_fill_ may
        refuse_shared(view, (value,), True)
    if single and not mask.ndim and isinstance(value, Tensor):
        check_same_dtype(view.dtype.np, value.dtype.np)
    mask = _checked_mask(view, mask, dim)
    if single:
        scalar = value.reshape(()) if isinstance(value, Tensor) else value
        mask_fill.inplace(view, mask, scalar, dim)
        return
    value = _strip(value)
    if value.dtype is not view.dtype or not _fits_but_for_count(view, dim, mask, value):
        count = int(np.count_nonzero(mask._numpy()))
        shape = tuple(view.shape)
        check_fits(tuple(value.shape), (*shape[:dim], count, *shape[dim + mask.ndim :]))
        check_same_dtype(view.dtype.np, value.dtype.np)
    mask_put.inplace(view, mask, value, dim)


def _fits_but_for_count(view: Tensor, dim: int, mask: Tensor, value: Tensor) -> bool:
    """Whether value broadcasts to view[mask], whatever the number of true elements is."""
    shape = tuple(view.shape)
    target = (*shape[:dim], None, *shape[dim + mask.ndim :])
    aligned = zip(reversed(value.shape), reversed(target), strict=False)
    return value.ndim <= len(target) and all(n is None or m in (1, n) for m, n in aligned)


# -- index_put as a function


def _put_args(self: Tensor, indices: Sequence, values: Tensor):
    for k, item in enumerate(indices):
        if not isinstance(item, Tensor):
            raise TypeError(
                f"expected Tensor as element {k} in argument 0, but got {item.__class__.__name__}"
            )
    if len(indices) > self.ndim:
        raise IndexError(
            f"too many indices for tensor of dimension {self.ndim} (got {len(indices)})"
        )
    dim, advanced = 0, []
    for item in indices:
        if item.dtype.name not in _INDEX_TYPES:
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
        advanced.append((dim, item))
        dim += item.ndim if _is_mask(item) else 1
    check_same_dtype(self.dtype.np, values.dtype.np)
    dims, tensors = _positions(self, advanced)
    return tensors, values, dims


def index_put(input, indices, values, accumulate=False):
    """input with values written at input[indices], or added when `accumulate`."""
    return write_at(input, *_put_args(input, indices, values), accumulate)


def index_put_(input, indices, values, accumulate=False):
    """index_put in place."""
    input._check_writable((values,))
    return write_at.inplace(input, *_put_args(input, indices, values), accumulate)
