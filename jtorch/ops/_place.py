"""Pure jax helpers shared by the ops that read or write through index arrays: index checks, numbers
as values of a dtype, and indexed writes with torch's gradients where jax has none or another one.
Knows neither Tensor nor torch's call signatures.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

# Names torch's messages use for dtypes: as tensor types, and as C++ types.
TENSOR_NAMES = {
    "float64": "Double", "float32": "Float", "float16": "Half", "bfloat16": "BFloat16",
    "int64": "Long", "int32": "Int", "int16": "Short", "int8": "Char", "uint8": "Byte",
    "uint16": "UInt16", "uint32": "UInt32", "uint64": "UInt64", "bool": "Bool",
    "complex64": "ComplexFloat", "complex128": "ComplexDouble",
}  # fmt: skip
C_NAMES = {
    "float64": "double", "float32": "float", "float16": "c10::Half", "bfloat16": "c10::BFloat16",
    "int64": "long int", "int32": "int", "int16": "short int", "int8": "signed char",
    "uint8": "unsigned char", "uint16": "uint16_t", "uint32": "uint32_t", "uint64": "uint64_t",
    "bool": "bool", "complex64": "c10::complex<float>", "complex128": "c10::complex<double>",
}  # fmt: skip
_CAST_NAMES = {
    **C_NAMES, "int64": "int64_t", "int32": "int", "int16": "int16_t", "int8": "int8_t",
    "uint8": "uint8_t", "float16": "at::Half", "bfloat16": "at::BFloat16",
}  # fmt: skip


def tensor_name(dtype) -> str:
    """`Long` for int64, as torch's messages spell it."""
    return TENSOR_NAMES[np.dtype(dtype).name]


def is_index_dtype(dtype) -> bool:
    return np.dtype(dtype).name in ("int32", "int64")


def check_castable(value, dtype) -> None:
    """Raise if a Python number has no value of dtype: complex as real, inf as int, 300 as uint8."""
    dtype = np.dtype(dtype)
    if not isinstance(value, (int, float, complex)) or dtype.kind in "bc":
        return
    bad = isinstance(value, complex) and value.imag != 0
    if not bad and dtype.kind in "iu":
        info = np.iinfo(dtype)
        low = -int(info.max) if dtype.kind == "u" else int(info.min)
        real = value.real
        bad = np.isnan(real) or not low <= real <= int(info.max)
    if bad:
        name = _CAST_NAMES[dtype.name]
        raise RuntimeError(f"value cannot be converted to type {name} without overflow")


def as_value(value, dtype):
    """A number or array as an array of `dtype`; numbers that do not fit raise as in torch."""
    check_castable(value, dtype)
    if isinstance(value, (int, float, complex)):
        dtype = np.dtype(dtype)
        if isinstance(value, complex) and dtype.kind != "c":
            value = value.real
        if dtype.kind in "iu":
            return jnp.asarray(int(value) & (2 ** (8 * dtype.itemsize) - 1), np.uint64).astype(  # pyright: ignore[reportArgumentType]
                dtype
            )
        with np.errstate(over="ignore"):  # 1e6 as float16 is inf, quietly
            return jnp.asarray(np.asarray(value).astype(dtype))
    value = jnp.asarray(value)
    if value.dtype.kind == "c" and np.dtype(dtype).kind not in "cb":
        value = value.real
    return value.astype(dtype)


def common_shape(a: tuple, b: tuple) -> tuple:
    """The broadcast of two shapes, or torch's error."""
    ndim = max(len(a), len(b))
    wide_a, wide_b = (1,) * (ndim - len(a)) + a, (1,) * (ndim - len(b)) + b
    for d in reversed(range(ndim)):
        m, n = wide_a[d], wide_b[d]
        if m != n and 1 not in (m, n):
            raise RuntimeError(
                f"The size of tensor a ({m}) must match the size of tensor b ({n}) at "
                f"non-singleton dimension {d}"
            )
    return tuple(n if m == 1 else m for m, n in zip(wide_a, wide_b, strict=True))


def wrap_negative(index, size: int):
    """Count negative positions from the end."""
    return jnp.where(index < 0, index + size, index)


def out_of_range(index, low: int, high: int):
    """(any index outside [low, high), the first such index): the two values a check returns.

    Works on NumPy arrays as well, which is what a check of values at hand is given.
    """
    return first_of(outside(index, low, high), index)


def outside(index, low: int, high: int):
    """Where index is not in [low, high)."""
    if index.__class__ is np.ndarray and index.dtype == np.int64 and low == 0:
        return index.view(np.uint64) >= high  # what is negative is huge here: half the work
    return (index < low) | (index >= high)


def first_of(bad, index):
    """(any of them bad, the first bad index)."""
    if isinstance(bad, (np.ndarray, np.generic)) and not np.count_nonzero(bad):
        return False, 0
    if index.size == 0:
        return np.False_, np.int64(0)
    return bad.any(), index.ravel()[bad.argmax()].astype(np.int64)


def grid(index, dim: int) -> tuple:
    """Index arrays that address x[..., index, ...] along `dim` and the own position elsewhere."""
    own = jnp.indices(index.shape, dtype=np.int64, sparse=True)
    return (*own[:dim], index, *own[dim + 1 :])


def key_of(indices, dims: tuple[int, ...], ndim: int) -> tuple:
    """A full index: `indices` at `dims`, everything elsewhere."""
    key: list = [slice(None)] * ndim
    for dim, index in zip(dims, indices, strict=True):
        key[dim] = index
    return tuple(key)


# -- indexed writes, with the gradients torch gives them


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def place_at(dims: tuple[int, ...], x, values, *indices):
    """x with x[indices at dims] = values; where positions repeat, every value gets the gradient."""
    return x.at[key_of(indices, dims, x.ndim)].set(values, mode="drop")


@place_at.defjvp
def _place_jvp(dims, primals, tangents):
    x, values, *indices = primals
    key = key_of(indices, dims, x.ndim)
    hit = jnp.zeros(x.shape, bool).at[key].set(True, mode="drop")
    t_x, t_values = tangents[:2]
    tangent = jnp.where(hit, jnp.zeros((), t_x.dtype), t_x).at[key].add(t_values, mode="drop")
    return place_at(dims, x, values, *indices), tangent


@partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def extreme(largest: bool, dims: tuple[int, ...], x, values, *indices):
    """x with x[indices] = max (or min) of itself and values; ties share the gradient evenly."""
    at = x.at[key_of(indices, dims, x.ndim)]
    return at.max(values, mode="drop") if largest else at.min(values, mode="drop")


@extreme.defjvp
def _extreme_jvp(largest, dims, primals, tangents):
    x, values, *indices = primals
    out = extreme(largest, dims, x, values, *indices)
    key = key_of(indices, dims, x.ndim)
    won = (values == out[key]).astype(x.dtype)
    kept = (x == out).astype(x.dtype)
    winners = kept.at[key].add(won, mode="drop")
    tangent = (kept * tangents[0]).at[key].add(won * tangents[1], mode="drop")
    return out, tangent / jnp.maximum(winners, 1)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def multiply(dims: tuple[int, ...], x, values, *indices):
    """x with x[indices] *= values, repeated positions included."""
    return x.at[key_of(indices, dims, x.ndim)].mul(values, mode="drop")


@multiply.defjvp
def _multiply_jvp(dims, primals, tangents):
    x, values, *indices = primals
    where = jnp.arange(x.size).reshape(x.shape).at[key_of(indices, dims, x.ndim)]
    where = where.get(mode="fill", fill_value=x.size)

    def products(x, values):
        return _products(x, jnp.broadcast_to(values, where.shape).ravel(), where.ravel())

    return jax.jvp(products, (x, values), tangents[:2])


def _products(x, values, where):
    """multiply at flat positions by products alone, so that zeros have their true derivatives, of
    any order: a running product over the factors of one place, then of the next.
    """
    place = jnp.concatenate([jnp.arange(x.size), where])
    order = jnp.argsort(place, stable=True)
    place, factors = place[order], jnp.concatenate([x.ravel(), values])[order]
    begins = jnp.concatenate([jnp.ones(1, bool), place[1:] != place[:-1]])

    def joined(a, b):
        return a[0] | b[0], jnp.where(b[0], b[1], a[1] * b[1])

    _, running = jax.lax.associative_scan(joined, (begins, factors))
    last = jnp.searchsorted(place, jnp.arange(x.size), side="right") - 1
    return running[last].reshape(x.shape)


def reduce_at(x, values, indices: tuple, dims: tuple[int, ...], how: str, include_self: bool):
    """x with `values` reduced into x[indices]; how is sum, prod, mean, amax or amin."""
    key = key_of(indices, dims, x.ndim)
    if not include_self:
        hit = jnp.zeros(x.shape, bool).at[key].set(True, mode="drop")
        x = jnp.where(hit, _identity(how, x.dtype), x)
    if x.dtype == np.bool_:
        how = {"sum": "amax", "prod": "amin"}.get(how, how)  # or, and
    if how == "mean" and x.dtype == np.bool_:
        name = "scatter_gather_tensor_cpu_reduce_mean"
        raise NotImplementedError(f"\"{name}\" not implemented for 'Bool'")
    if how == "sum":
        return x.at[key].add(values, mode="drop")
    if how == "prod":
        return multiply(dims, x, values, *indices)
    if how in ("amax", "amin"):
        return extreme(how == "amax", dims, x, values, *indices)
    count = jnp.full(x.shape, int(include_self), x.dtype).at[key].add(1, mode="drop")
    total, count = x.at[key].add(values, mode="drop"), jnp.maximum(count, 1)
    return total // count if x.dtype.kind in "iu" else total / count


def _identity(how: str, dtype):
    """The value that does not change a reduction."""
    if how in ("sum", "mean"):
        return jnp.zeros((), dtype)
    if how == "prod":
        return jnp.ones((), dtype)
    if jnp.issubdtype(dtype, np.floating):
        return jnp.asarray(-jnp.inf if how == "amax" else jnp.inf, dtype)
    if dtype == np.bool_:
        return jnp.asarray(how != "amax")
    info = jnp.iinfo(dtype)
    return jnp.asarray(info.min if how == "amax" else info.max, dtype)
