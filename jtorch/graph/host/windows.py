"""jax's gather and scatter by NumPy: windows of an array, found by indices. Knows nothing of where
the equations come from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

UPDATES: dict[str, np.ufunc] = {
    "scatter-add": np.add, "scatter-sub": np.subtract, "scatter-mul": np.multiply,
    "scatter-min": np.minimum, "scatter-max": np.maximum,
}  # fmt: skip
MODES = ("CLIP", "PROMISE_IN_BOUNDS", "FILL_OR_DROP")


class Windows:
    """Where windows of `sizes` lie in an array of `shape`.

    `starts`: the dimensions that a column of indices says the start of, in their order; `single`:
    those of which a window has one element and no dimension; `paired`: those that go along with a
    dimension of the indices, {dimension: that one}. The array is seen with the dimensions first
    that are found by index (`found`), and those after them that are taken whole.
    """

    def __init__(
        self, shape: Sequence[int], sizes: Sequence[int], starts: Sequence[int],
        single: Sequence[int], paired: dict[int, int],
    ):  # fmt: skip
        self.shape, self.sizes, self.starts, self.paired = shape, sizes, tuple(starts), paired
        fixed = {*starts, *single, *paired}
        dims = range(len(shape))
        self.whole = [d for d in dims if sizes[d] == shape[d] and d not in fixed]
        self.found = [d for d in dims if d not in self.whole]
        self.spans = [d for d in self.found if d not in {*single, *paired}]
        self.kept = [d for d in dims if d in self.whole or d in self.spans]  # in a window's order
        self.order = [*self.found, *self.whole]

    def places(self, indices: np.ndarray) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
        """Index arrays of the dimensions found, and which windows lie inside."""
        batch = indices.shape[:-1]
        places, inside = [], np.ones(batch, bool)
        for d in self.found:
            at = np.zeros(batch, np.int64)
            room = self.shape[d] - self.sizes[d]
            if d in self.paired:
                at = np.indices(batch, sparse=True)[self.paired[d]] + at
            elif d in self.starts:
                at = indices[..., self.starts.index(d)].astype(np.int64)
                inside &= (at >= 0) & (at <= room)
                at = np.clip(at, 0, max(room, 0))
            at = at.reshape(batch + (1,) * len(self.spans))
            if d in self.spans:
                line = [-1 if w == d else 1 for w in self.spans]
                at = at + np.arange(self.sizes[d]).reshape(line)
            places.append(at)
        return tuple(places), inside


def gather(eqn: Any) -> Callable[..., Any] | None:
    p, shape = eqn.params, eqn.invars[0].aval.shape
    numbers, mode = p["dimension_numbers"], p["mode"].name
    paired = zip(numbers.operand_batching_dims, numbers.start_indices_batching_dims, strict=True)
    windows = Windows(
        shape, p["slice_sizes"], numbers.start_index_map, numbers.collapsed_slice_dims, dict(paired)
    )
    if mode not in MODES or not windows.found:
        return None

    def run(x: np.ndarray, indices: np.ndarray) -> np.ndarray:
        places, inside = windows.places(indices)
        batch = inside.ndim
        if not x.size:
            out = np.zeros(eqn.outvars[0].aval.shape, x.dtype)
            return out if not out.size else _filled(out, np.zeros_like(out, bool), p["fill_value"])
        out = x.transpose(windows.order)[places]
        if mode == "FILL_OR_DROP" and not inside.all():
            out = _filled(out, inside, p["fill_value"])
        now = [*windows.spans, *windows.whole]
        out = out.transpose([*range(batch), *(batch + now.index(d) for d in windows.kept)])
        return np.moveaxis(out, range(batch, out.ndim), numbers.offset_dims)

    return run


def _filled(out: np.ndarray, inside: np.ndarray, value: Any) -> np.ndarray:
    """What was gathered from outside is jax's fill: nan, or an integer's end."""
    if value is None:
        kind = out.dtype.kind
        ends = np.iinfo(out.dtype) if kind in "iu" else None
        value = np.nan if ends is None else ends.min if kind == "i" else ends.max
        value = True if kind == "b" else value
    keep = inside.reshape(inside.shape + (1,) * (out.ndim - inside.ndim))
    return np.where(keep, out, np.asarray(value, out.dtype))


def scatter(eqn: Any) -> Callable[..., Any] | None:
    p, shape = eqn.params, eqn.invars[0].aval.shape
    numbers, ufunc = p["dimension_numbers"], UPDATES.get(eqn.primitive.name)
    if p["mode"].name not in MODES or (ufunc is None and p["update_jaxpr"] is not None):
        return None
    paired = zip(numbers.operand_batching_dims, numbers.scatter_indices_batching_dims, strict=True)
    single = (*numbers.inserted_window_dims, *numbers.operand_batching_dims)
    lengths = iter([eqn.invars[2].aval.shape[d] for d in numbers.update_window_dims])
    sizes = [1 if d in single else next(lengths) for d in range(len(shape))]
    windows = Windows(
        shape, sizes, numbers.scatter_dims_to_operand_dims, numbers.inserted_window_dims,
        dict(paired),
    )  # fmt: skip
    if not windows.found:
        return None

    def run(x: np.ndarray, indices: np.ndarray, updates: np.ndarray) -> np.ndarray:
        places, inside = windows.places(indices)
        out = x.copy()
        if not updates.size:
            return out
        batch = inside.ndim
        news = np.moveaxis(updates, numbers.update_window_dims, range(batch, updates.ndim))
        now = [batch + windows.kept.index(d) for d in (*windows.spans, *windows.whole)]
        news = news.transpose([*range(batch), *now])
        view = out.transpose(windows.order)
        if p["mode"].name == "FILL_OR_DROP" and not inside.all():
            full = inside.shape + tuple(sizes[d] for d in windows.spans)
            places = tuple(np.broadcast_to(at, full)[inside] for at in places)
            news = news[inside]
        if ufunc is None:
            view[places] = news
        else:
            ufunc.at(view, places, news)
        return out

    return run
