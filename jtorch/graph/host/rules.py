"""What NumPy does for each primitive of jax: a function of arrays for an equation. Only those are
here whose results are the same to rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from . import windows

Rule = Callable[..., Any]  # of arrays, giving an array or a list of them

SAME: dict[str, Rule] = {
    "add": np.add, "add_any": np.add, "sub": np.subtract, "mul": np.multiply, "neg": np.negative,
    "max": np.maximum, "min": np.minimum, "abs": np.abs, "sign": np.sign, "floor": np.floor,
    "ceil": np.ceil, "sqrt": np.sqrt, "square": np.square, "is_finite": np.isfinite,
    "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater,
    "ge": np.greater_equal, "and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor,
    "not": np.bitwise_not, "copy": np.asarray, "stop_gradient": np.asarray, "exp": np.exp,
    "log": np.log, "log1p": np.log1p, "expm1": np.expm1, "tanh": np.tanh, "sin": np.sin,
    "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan,
    "atan2": np.arctan2, "sinh": np.sinh, "cosh": np.cosh, "asinh": np.arcsinh,
    "acosh": np.arccosh, "atanh": np.arctanh, "exp2": np.exp2, "pow": np.power,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "logistic": lambda x: 1 / (1 + np.exp(-x)),
    "clamp": lambda low, x, high: np.minimum(np.maximum(x, low), high),
}  # fmt: skip
RULES: dict[str, Callable[[Any], Rule | None]] = {  # those with parameters, by equation
    "gather": windows.gather,
    **dict.fromkeys(("scatter", *windows.UPDATES), windows.scatter),
}


def _rule_for(*names: str) -> Callable:
    def register(make: Callable) -> Callable:
        RULES.update(dict.fromkeys(names, make))
        return make

    return register


# -- numbers


@_rule_for("div", "rem")
def _division(eqn: Any) -> Rule | None:
    """XLA's quotient by the integer zero is -1, its remainder the dividend."""
    quotient = eqn.primitive.name == "div"
    if eqn.outvars[0].aval.dtype.kind == "f":
        return np.divide if quotient else np.fmod

    def divide(a, b):
        rest = np.fmod(a, np.where(b == 0, 1, b))
        if not quotient:
            return np.where(b == 0, a, rest)
        return np.where(b == 0, -1, (a - rest) // np.where(b == 0, 1, b)).astype(a.dtype)

    return divide if eqn.outvars[0].aval.dtype.kind == "i" else None


@_rule_for("integer_pow")
def _integer_pow(eqn: Any) -> Rule:
    y = eqn.params["y"]
    if y < 0:  # of floats
        return lambda x: 1 / np.power(x, x.dtype.type(-y))
    return lambda x: np.power(x, x.dtype.type(y))


@_rule_for("round")
def _round(eqn: Any) -> Rule | None:
    return np.rint if eqn.params["rounding_method"] == 1 else None  # to even


@_rule_for("convert_element_type")
def _convert(eqn: Any) -> Rule:
    """Integers wrap; floats out of an integer's range stay at its ends, and nan becomes 0."""
    to = np.dtype(eqn.params["new_dtype"])
    if to.kind not in "iu" or eqn.invars[0].aval.dtype.kind != "f":
        return lambda x: np.asarray(x).astype(to)
    ends = np.iinfo(to)

    def saturate(x):
        inside = (x > float(ends.min) - 1) & (x < float(ends.max) + 1)
        y = np.where(inside, x, 0).astype(to)
        if not inside.all():
            y = np.where(x >= float(ends.max) + 1, to.type(ends.max), y)
            y = np.where(x <= float(ends.min) - 1, to.type(ends.min), y)
        return y

    return saturate


@_rule_for("select_n")
def _select(eqn: Any) -> Rule | None:
    if len(eqn.invars) != 3 or eqn.invars[0].aval.dtype != bool:
        return None
    return lambda which, no, yes: np.where(which, yes, no)


# -- shapes


@_rule_for("broadcast_in_dim")
def _broadcast(eqn: Any) -> Rule:
    shape, places = eqn.params["shape"], eqn.params["broadcast_dimensions"]

    def broadcast(x):
        sizes = [1] * len(shape)
        for place, size in zip(places, x.shape, strict=True):
            sizes[place] = size
        return np.broadcast_to(x.reshape(sizes), shape)

    return broadcast


@_rule_for("reshape", "squeeze", "expand_dims")
def _reshape(eqn: Any) -> Rule | None:
    shape = eqn.outvars[0].aval.shape
    if eqn.primitive.name == "reshape" and eqn.params["dimensions"] is not None:
        return None
    return lambda x: x.reshape(shape)


@_rule_for("transpose")
def _transpose(eqn: Any) -> Rule:
    return lambda x: x.transpose(eqn.params["permutation"])


@_rule_for("rev")
def _reverse(eqn: Any) -> Rule:
    return lambda x: np.flip(x, eqn.params["dimensions"])


@_rule_for("slice")
def _slice(eqn: Any) -> Rule:
    p = eqn.params
    steps = p["strides"] or [1] * len(p["start_indices"])
    part = tuple(map(slice, p["start_indices"], p["limit_indices"], steps))
    return lambda x: x[part]


@_rule_for("dynamic_slice", "dynamic_update_slice")
def _dynamic(eqn: Any) -> Rule:
    sizes = eqn.params.get("slice_sizes")

    def part(shape, starts, sizes):
        firsts = (min(max(int(s), 0), n - k) for s, n, k in zip(starts, shape, sizes, strict=True))
        return tuple(slice(s, s + k) for s, k in zip(firsts, sizes, strict=True))

    def update(x, new, *starts):
        x = x.copy()
        x[part(x.shape, starts, new.shape)] = new
        return x

    return update if sizes is None else lambda x, *starts: x[part(x.shape, starts, sizes)]


@_rule_for("concatenate")
def _concatenate(eqn: Any) -> Rule:
    return lambda *xs: np.concatenate(xs, eqn.params["dimension"])


@_rule_for("stack")
def _stack(eqn: Any) -> Rule:
    return lambda *xs: np.stack(xs, eqn.params["axis"])


@_rule_for("unstack")
def _unstack(eqn: Any) -> Rule:
    return lambda x: list(np.moveaxis(x, eqn.params["axis"], 0))


@_rule_for("tile")
def _tile(eqn: Any) -> Rule:
    return lambda x: np.tile(x, eqn.params["reps"])


@_rule_for("split")
def _split(eqn: Any) -> Rule:
    ends, axis = np.cumsum(eqn.params["sizes"])[:-1], eqn.params["axis"]
    return lambda x: np.split(x, ends, axis)


@_rule_for("iota")
def _iota(eqn: Any) -> Rule:
    p = eqn.params
    sizes = [-1 if i == p["dimension"] else 1 for i in range(len(p["shape"]))]
    line = np.arange(p["shape"][p["dimension"]], dtype=p["dtype"]).reshape(sizes)
    return lambda: np.broadcast_to(line, p["shape"])


@_rule_for("pad")
def _pad(eqn: Any) -> Rule:
    shape, config = eqn.outvars[0].aval.shape, eqn.params["padding_config"]

    def pad(x, value):
        steps = tuple(slice(None, None, int(inner) + 1) for *_, inner in config)
        spread = [n + max(n - 1, 0) * int(i) for n, (*_, i) in zip(x.shape, config, strict=True)]
        wide = x
        if any(inner for *_, inner in config):
            wide = np.full(spread, value, x.dtype)
            wide[steps] = x
        out = np.full(shape, value, x.dtype)
        ends = [(max(int(a), 0), max(-int(a), 0), max(-int(b), 0)) for a, b, _ in config]
        part = wide[tuple(slice(a, max(n - b, a)) for n, (_, a, b) in zip(spread, ends))]
        out[tuple(slice(at, at + n) for n, (at, *_) in zip(part.shape, ends))] = part
        return out

    return pad


# -- sums and searches


@_rule_for("reduce_sum", "reduce_prod", "reduce_max", "reduce_min", "reduce_and", "reduce_or")
def _reduction(eqn: Any) -> Rule:
    out, axes = eqn.outvars[0].aval, tuple(eqn.params["axes"])
    ufunc = REDUCTIONS[eqn.primitive.name]
    empty = not math.prod(eqn.invars[0].aval.shape)
    start = {"initial": _least(out.dtype, ufunc)} if empty and ufunc in EXTREMES else {}
    if ufunc in EXTREMES:
        return lambda x: ufunc.reduce(x, axis=axes, **start)
    wide = _wide(out.dtype)
    return lambda x: ufunc.reduce(x, axis=axes, dtype=wide).astype(out.dtype)


def _wide(dtype: np.dtype) -> np.dtype:
    """What sums are kept in: NumPy adds rows one after the other, and XLA in several places."""
    return np.dtype(np.float64) if dtype == np.float32 else dtype


REDUCTIONS: dict[str, np.ufunc] = {
    "reduce_sum": np.add, "reduce_prod": np.multiply, "reduce_max": np.maximum,
    "reduce_min": np.minimum, "reduce_and": np.bitwise_and, "reduce_or": np.bitwise_or,
    "cumsum": np.add, "cumprod": np.multiply, "cummax": np.maximum, "cummin": np.minimum,
}  # fmt: skip
EXTREMES = (np.maximum, np.minimum)


def _least(dtype: np.dtype, ufunc: np.ufunc) -> Any:
    """Where a greatest or smallest element starts from."""
    low = ufunc is np.maximum
    if dtype.kind == "f":
        return -np.inf if low else np.inf
    if dtype.kind == "b":
        return not low
    return np.iinfo(dtype).min if low else np.iinfo(dtype).max


@_rule_for("cumsum", "cumprod", "cummax", "cummin")
def _running(eqn: Any) -> Rule:
    ufunc, axis = REDUCTIONS[eqn.primitive.name], eqn.params["axis"]
    dtype = eqn.outvars[0].aval.dtype
    wide = dtype if ufunc in EXTREMES else _wide(dtype)

    def run(x):
        return ufunc.accumulate(x, axis, dtype=wide).astype(dtype)

    return run if not eqn.params["reverse"] else lambda x: np.flip(run(np.flip(x, axis)), axis)


@_rule_for("argmax", "argmin")
def _extreme(eqn: Any) -> Rule:
    find, (axis,) = getattr(np, eqn.primitive.name), eqn.params["axes"]
    return lambda x: find(x, axis).astype(eqn.params["index_dtype"])


@_rule_for("sort")
def _sort(eqn: Any) -> Rule | None:
    axis = eqn.params["dimension"]
    if eqn.params["num_keys"] != 1:
        return None

    def sort(*xs):
        order = np.argsort(xs[0], axis, kind="stable")
        return [np.take_along_axis(x, order, axis) for x in xs]

    return sort


@_rule_for("top_k")
def _top_k(eqn: Any) -> Rule:
    """The greatest first, of equal ones the first."""
    k, axis = eqn.params["k"], eqn.params["axis"]

    def top(x):
        last = x.shape[axis] - 1
        order = last - np.flip(np.argsort(np.flip(x, axis), axis, kind="stable"), axis)
        order = order[(np.s_[:],) * axis + (np.s_[:k],)]
        return [np.take_along_axis(x, order, axis), order.astype(np.int32)]

    return top


# -- products


class Product:
    """A dot_general: batches first, then one matrix product."""

    __slots__ = ("cost", "first", "second", "shape")

    def __init__(self, eqn: Any):
        (over_a, over_b), (batch_a, batch_b) = eqn.params["dimension_numbers"]
        (a, b), self.shape = (v.aval.shape for v in eqn.invars), eqn.outvars[0].aval.shape
        free_a = [i for i in range(len(a)) if i not in {*over_a, *batch_a}]
        free_b = [i for i in range(len(b)) if i not in {*over_b, *batch_b}]
        batch = [a[i] for i in batch_a]
        inner = math.prod(a[i] for i in over_a)
        rows, columns = (math.prod(x[i] for i in f) for x, f in ((a, free_a), (b, free_b)))
        self.first = [*batch_a, *free_a, *over_a], [*batch, rows, inner]
        self.second = [*batch_b, *over_b, *free_b], [*batch, inner, columns]
        self.cost = math.prod(batch) * rows * inner * columns // 16

    def __call__(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        (order, shape), (other, columns) = self.first, self.second
        product = np.matmul(x.transpose(order).reshape(shape), y.transpose(other).reshape(columns))
        return product.reshape(self.shape)


@_rule_for("dot_general")
def _product(eqn: Any) -> Rule | None:
    dtypes = {v.aval.dtype for v in (*eqn.invars, *eqn.outvars)}
    return Product(eqn) if len(dtypes) == 1 else None
