"""Functions that torch has beside the families: norms under old names, histograms of points,
positions in a shape, a hash, tensors over files.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from .. import _dtypes, _errors
from .._tensor import Tensor as Handle
from .._tensor import from_array
from . import hostops, norms, special, tensors, unary
from ._bind import result_type
from ._checks import wrap_dims
from ._declare import op
from ._numeric import kind, not_implemented
from ._out import takes_out
from ._types import Dims, Tensor

_DEPRECATED = (
    "at::{name} is deprecated and it is just left for JIT compatibility. It will be removed in a "
    "future PyTorch release. Please use `linalg.{instead}` instead"
)


def frobenius_norm(input, dim, keepdim=False, *, out=None):
    """The 2-norm over dim, under a name that torch calls deprecated."""
    instead = "vector_norm(A, 2., dim, keepdim)"
    text = _DEPRECATED.format(name="frobenius_norm", instead=instead)
    warnings.warn(text, UserWarning, stacklevel=3)
    dim = (dim,) if isinstance(dim, int) else tuple(dim)
    return norms.vector_norm(input, 2, dim or None, keepdim, out=out)


def nuclear_norm(input, dim=None, keepdim=False, *, out=None):
    """The sum of singular values, under a name that torch calls deprecated."""
    instead = "matrix_norm(A, 'nuc', dim, keepdim)"
    text = _DEPRECATED.format(name="nuclear_norm", instead=instead)
    warnings.warn(text, UserWarning, stacklevel=3)
    if isinstance(dim, bool):
        dim, keepdim = None, dim
    return norms.matrix_norm(input, "nuc", (0, 1) if dim is None else dim, keepdim, out=out)


def norm_except_dim(v, pow=2, dim=0):
    """The norms of the slices along dim, in v's dimensions; of the whole for dim -1."""
    if dim == -1:
        return norms.vector_norm(v, pow)
    others = tuple(d for d in range(v.ndim) if d != dim)
    return norms.vector_norm(v, pow, others, True) if others else v.abs()


# -- a histogram of points


def histogramdd(input, bins, *, range=None, weight=None, density=False):
    """(counts, edges) of points, the rows of input, in a grid of bins. Looks at values."""
    if input.ndim < 2:
        raise RuntimeError("torch.histogramdd: input tensor should have at least 2 dimensions")
    if kind(input.dtype.np) != "f":
        raise not_implemented("histogramdd", input.dtype.np)
    dims = input.shape[-1]
    points = input._numpy().reshape(-1, dims)
    bins = [bins] * dims if isinstance(bins, int) else list(bins)
    if len(bins) != dims:
        raise RuntimeError(
            "histogramdd: The size of bins must be equal to the innermost dimension of the input."
        )
    if isinstance(bins[0], Handle):
        edges = [b._numpy() for b in bins]
    else:
        edges = _even_edges(points, bins, range)
    counts = _counted(points, edges, None if weight is None else weight._numpy().ravel())
    if density:
        counts = counts / counts.sum()
        for d, edge in enumerate(edges):
            counts = counts / np.diff(edge).reshape(-1, *(1,) * (dims - d - 1))
    results = [from_array(np.asarray(a, input.dtype.np), device=input.device) for a in
               (counts, *edges)]  # fmt: skip
    return result_type("histogramdd", ("hist", "bin_edges"))((results[0], tuple(results[1:])))


def _even_edges(points: np.ndarray, bins: list, bounds: Sequence[float] | None) -> list:
    dims = points.shape[1]
    if bounds is not None and len(bounds) != 2 * dims:
        raise RuntimeError(
            f"torch.histogramdd: for a {dims}-dimensional histogram range should have "
            f"{2 * dims} elements, but got {len(bounds)}"
        )
    edges = []
    for d, n in enumerate(bins):
        if bounds is not None:
            low, high = bounds[2 * d], bounds[2 * d + 1]
        elif len(points):
            low, high = points[:, d].min(), points[:, d].max()
        else:
            low, high = 0.0, 1.0
        if low == high:
            low, high = low - 0.5, high + 0.5
        edges.append(np.linspace(low, high, n + 1, dtype=points.dtype))
    return edges


def _counted(points: np.ndarray, edges: list, weight: np.ndarray | None) -> np.ndarray:
    places, inside = [], np.ones(len(points), bool)
    for column, edge in zip(points.T, edges, strict=True):
        place = np.searchsorted(edge, column, "right") - 1
        places.append(np.where(column == edge[-1], len(edge) - 2, place))
        inside &= (column >= edge[0]) & (column <= edge[-1])
    counts = np.zeros([len(edge) - 1 for edge in edges], points.dtype)
    weight = np.ones(len(points), points.dtype) if weight is None else weight
    np.add.at(counts, tuple(place[inside] for place in places), weight[inside])
    return counts


# -- positions


def unravel_index(indices, shape):
    """The coordinates, one tensor a dimension, that flat indices have in a shape."""
    if not isinstance(indices, Handle) or indices.dtype.category != _dtypes.INT:
        given = indices.dtype if isinstance(indices, Handle) else type(indices)
        raise TypeError(f"expected 'indices' to be integer dtype, but got {given!r}")
    if not isinstance(shape, (int, Sequence)):
        raise TypeError(f"expected 'shape' to be int or sequence of ints, but got {type(shape)}")
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    for n in sizes:
        if not isinstance(n, int):
            raise TypeError(f"expected 'shape' sequence to only contain ints, but got {type(n)}")
    if any(n < 0 for n in sizes):
        raise ValueError(f"'shape' cannot have negative values, but got {tuple(sizes)}")
    spans = np.cumprod([1, *sizes[:0:-1]])[::-1].astype(np.int64)
    spans, limits = (from_array(np.array(a), device=indices.device) for a in (spans, sizes))
    return (indices.unsqueeze(-1).div(spans, rounding_mode="floor") % limits).unbind(-1)


@takes_out
def nonzero_static(input, *, size, fill_value=-1):
    """Positions of the first `size` elements that are not zero, filled up with fill_value."""
    if size < 0:
        raise RuntimeError("nonzero_static: 'size' must be an non-negative integer")
    found = np.full((size, input.ndim), fill_value, np.int64)
    places = hostops.nonzero(input)._numpy()[:size]
    found[: len(places)] = places
    return from_array(found, device=input.device)


# -- a hash


@op(variants="fmo", differentiable=False)
def hash_tensor(input: Tensor, dim: Dims = (), *, keepdim: bool = False, mode: int = 0):
    """The exclusive or, over dim, of the bits of the elements as 64-bit numbers."""
    if mode != 0:
        raise RuntimeError(f"Unknown hash_tensor mode: {mode}")
    if kind(input.dtype) == "c":
        raise not_implemented("xor_sum_cpu", input.dtype)
    wide = input.astype(np.float64 if kind(input.dtype) == "f" else np.int64)
    bits = lax.bitcast_convert_type(wide, np.uint64)
    axes = wrap_dims(None if dim == () else dim, input.ndim)
    out = lax.reduce(bits, np.uint64(0), lax.bitwise_xor, axes)
    return jnp.expand_dims(out, axes) if keepdim else out


# -- over a file


def from_file(
    filename: str,
    shared: bool | None = None,
    size: int = 0,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
) -> Handle:
    """A vector over the bytes of a file; with shared, writes go to the file."""
    if layout is not None or pin_memory or (device is not None and str(device) != "cpu"):
        raise _errors.not_covered("torch.from_file with layout, device or pin_memory")
    dtype = dtype or _dtypes.get_default_dtype()
    mode = "r+" if shared else "c"
    return tensors._shared(np.memmap(filename, dtype.np, mode, shape=(size,)))


def is_vulkan_available() -> bool:
    """False."""
    return False


# -- old names of operators


def __div__(self: Any, other: Any) -> Any:
    """self / other."""
    return self / other


def __idiv__(self: Any, other: Any) -> Any:
    """self /= other."""
    return self.div_(other)


def __long__(self: Any) -> int:
    """int(self)."""
    return int(self)


def __nonzero__(self: Any) -> bool:
    """bool(self)."""
    return bool(self)


def polygamma_(self: Any, n: int) -> Any:
    """polygamma in place."""
    return special._polygamma.inplace(self, n)


def mvlgamma_(self: Any, p: int) -> Any:
    """mvlgamma in place."""
    made = _dtypes.get_default_dtype()
    if self.dtype.category < made.category:
        raise RuntimeError(
            f"mvlgamma: result type {self.dtype._scalar_name} can't be cast to the desired output "
            f"type {made._scalar_name}"
        )
    return special.mvlgamma.inplace(self, p)


def abs_(input: Any) -> Any:
    """abs in place."""
    if input.dtype.is_complex:
        raise RuntimeError("In-place abs is not supported for complex tensors.")
    return unary.abs.inplace(input)


absolute_ = abs_


FUNCTIONS = (
    "abs_", "from_file", "frobenius_norm", "histogramdd", "is_vulkan_available", "nonzero_static",
    "norm_except_dim", "nuclear_norm", "unravel_index",
)  # fmt: skip
METHODS = (
    "__div__", "__idiv__", "__long__", "__nonzero__",
    "abs_", "absolute_", "mvlgamma_", "nonzero_static", "polygamma_",
)  # fmt: skip
