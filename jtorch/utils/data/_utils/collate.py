"""From a list of samples to a batch. Tensors that need no gradient are stacked on the host in one
go: stacking them one by one would record an op for each.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from ...._dtypes import float64
from ...._tensor import Tensor
from ....ops import join, tensors
from .._arrays import adopt, borrow, is_on_host

CollateMap = dict[type | tuple[type, ...], Callable]

default_collate_err_msg_format = (
    "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"
)


def default_convert(data: Any) -> Any:
    """Every ndarray and NumPy number in `data` as a tensor; the rest stays as it is."""
    if isinstance(data, Tensor):
        return data
    if isinstance(data, (np.ndarray, np.generic)) and not isinstance(data, (str, bytes)):
        # Strings have no tensor.
        return data if data.dtype.kind in "SU" else tensors.as_tensor(data)
    if isinstance(data, Mapping):
        return _mapping_like(data, {key: default_convert(data[key]) for key in data})
    if _is_namedtuple(data):
        return type(data)(*(default_convert(each) for each in data))
    if isinstance(data, tuple):
        return [default_convert(each) for each in data]
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return _sequence_like(data, [default_convert(each) for each in data])
    return data


def collate(batch: Any, *, collate_fn_map: CollateMap | None = None) -> Any:
    """One sample with a batch in the place of each leaf. Samples are alike: leaves of the types in
    `collate_fn_map`, in mappings, named tuples and sequences of any depth.
    """
    elem = batch[0]
    kind = type(elem)
    if collate_fn_map is not None:
        if kind in collate_fn_map:
            return collate_fn_map[kind](batch, collate_fn_map=collate_fn_map)
        for leaf, function in collate_fn_map.items():
            if isinstance(elem, leaf):
                return function(batch, collate_fn_map=collate_fn_map)

    def inner(samples):
        return collate(samples, collate_fn_map=collate_fn_map)

    if isinstance(elem, Mapping):
        return _mapping_like(elem, {key: inner([each[key] for each in batch]) for key in elem})
    if _is_namedtuple(elem):
        return kind(*(inner(samples) for samples in zip(*batch)))
    if isinstance(elem, Sequence):
        if any(len(each) != len(elem) for each in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        columns = [inner(samples) for samples in zip(*batch)]
        return columns if isinstance(elem, tuple) else _sequence_like(elem, columns)
    raise TypeError(default_collate_err_msg_format.format(kind))


def _is_namedtuple(x: Any) -> bool:
    return isinstance(x, tuple) and hasattr(x, "_fields")


def _mapping_like(elem: Mapping, items: dict) -> Any:
    """A mapping of elem's type; a dict if its type does not build from one."""
    try:
        if isinstance(elem, MutableMapping):
            clone = copy.copy(elem)
            clone.update(items)
            return clone
        return type(elem)(items)  # type: ignore[call-arg]
    except TypeError:
        return items


def _sequence_like(elem: Sequence, items: list) -> Any:
    """A sequence of elem's type; a list if its type does not build from one."""
    try:
        if isinstance(elem, MutableSequence):
            clone = copy.copy(elem)
            for i, item in enumerate(items):
                clone[i] = item
            return clone
        return type(elem)(items)  # type: ignore[call-arg]
    except TypeError:
        return items


def collate_tensor_fn(batch, *, collate_fn_map: CollateMap | None = None) -> Any:
    """Tensors of one shape, stacked along a new first dimension."""
    first = batch[0]
    if all(is_on_host(x) and x.dtype is first.dtype and x.shape == first.shape for x in batch):
        return adopt(np.stack([borrow(x) for x in batch]))
    return join.stack(batch, 0)


def collate_numpy_array_fn(batch, *, collate_fn_map: CollateMap | None = None) -> Any:
    """ndarrays of one shape, stacked along a new first dimension."""
    dtype = batch[0].dtype
    if dtype.kind in "SUOa":
        raise TypeError(default_collate_err_msg_format.format(dtype))
    simple = dtype.isnative and dtype.char in "?bhilqBHILQefdFD"
    if simple and all(_is_like(array, batch[0]) for array in batch):
        return adopt(np.stack(batch))
    # as_tensor words the errors about arrays that have no tensor.
    return collate([tensors.as_tensor(array) for array in batch], collate_fn_map=collate_fn_map)


def _is_like(array: Any, first: np.ndarray) -> bool:
    return (
        type(array) is np.ndarray
        and array.dtype == first.dtype
        and array.shape == first.shape
        and min(array.strides, default=0) >= 0
    )


def collate_numpy_scalar_fn(batch, *, collate_fn_map: CollateMap | None = None) -> Tensor:
    """(N,)"""
    return tensors.as_tensor(batch)


def collate_float_fn(batch, *, collate_fn_map: CollateMap | None = None) -> Tensor:
    """(N,) float64"""
    return tensors.tensor(batch, dtype=float64)


def collate_int_fn(batch, *, collate_fn_map: CollateMap | None = None) -> Tensor:
    """(N,) int64 or bool"""
    return tensors.tensor(batch)


def collate_str_fn(batch, *, collate_fn_map: CollateMap | None = None) -> Any:
    """Text stays as it is."""
    return batch


default_collate_fn_map: CollateMap = {
    Tensor: collate_tensor_fn,
    np.ndarray: collate_numpy_array_fn,
    (np.bool_, np.number, np.object_): collate_numpy_scalar_fn,
    float: collate_float_fn,
    int: collate_int_fn,
    str: collate_str_fn,
    bytes: collate_str_fn,
}


def default_collate(batch: Any) -> Any:
    """A batch from a list of samples: tensors, ndarrays and numbers become tensors with a new first
    dimension N, text a list; dicts, named tuples, tuples and lists of them are batched leaf by
    leaf.
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)
