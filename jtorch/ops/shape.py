"""Everything that sees a tensor in another shape. Views alias their input; `reshape`, `contiguous`
and `flatten` do when torch's would, and copy otherwise.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from .. import _devices
from .._autograd.modes import modes
from .._dtypes import bool_
from .._dtypes import dtype as dtype_
from .._layout import (
    Layout,
    channels_last_strides,
    contiguous_strides,
    dense_like,
    is_packed,
    storage_order,
    view_strides,
)
from .._layout import (
    is_contiguous as rows,
)
from .._size import as_integer
from .._tensor import Tensor, from_array, from_value
from ..graph import Wrapped, levels
from . import _views
from ._autocast import follows_autocast
from ._bind import as_size
from ._checks import infer_size, wrap_dim, wrap_dims
from ._declare import op
from ._misfits import no_such
from ._types import Size
from ._views import (
    permute,
    transpose,
)

_as_strided, _select, _slice = _views.strided, _views.select_at, _views.slice_at


@op(variants="", name="clone")
def _copy(input: Tensor):
    return jnp.asarray(input)


def clone(input: Tensor, *, memory_format=_devices.preserve_format) -> Tensor:
    """A copy with its own storage, on the tape."""
    out = _copy(input)
    if memory_format is _devices.preserve_format or memory_format is None:
        if not input._plain():
            layout = input._layout()
            strides = dense_like(layout.shape, layout.strides)
            out._strides = None if strides == contiguous_strides(layout.shape) else strides
    else:
        out._strides = _format_strides(input, memory_format)
    return out


def _format_strides(input: Tensor, memory_format):
    shape = tuple(input.shape)
    if memory_format is _devices.contiguous_format:
        return None
    rank = 4 if memory_format is _devices.channels_last else 5
    if len(shape) != rank:
        raise RuntimeError(
            f"required rank {rank} tensor to use channels_last"
            + ("" if rank == 4 else "_3d")
            + " format"
        )
    return channels_last_strides(shape)


def is_contiguous(input: Tensor, memory_format=_devices.contiguous_format) -> bool:
    """Whether elements lie in row-major (or the given) order without gaps."""
    if memory_format is _devices.contiguous_format and input._plain():
        return True
    layout = input._layout()
    if memory_format is _devices.contiguous_format:
        return rows(layout.shape, layout.strides)
    rank = 4 if memory_format is _devices.channels_last else 5
    return len(layout.shape) == rank and is_packed(
        layout.shape, layout.strides, channels_last_strides(layout.shape)
    )


def contiguous(input: Tensor, *, memory_format=_devices.contiguous_format) -> Tensor:
    """input itself if it is laid out so already, else a copy."""
    if is_contiguous(input, memory_format):
        return input
    return clone(input, memory_format=memory_format)


def view(input: Tensor, *args, size=None, dtype=None) -> Tensor:
    """The same storage under another shape, or its bytes under another dtype."""
    size = args if size is None else (size,)
    if dtype is not None or (len(size) == 1 and isinstance(size[0], dtype_)):
        return _view_dtype(input, dtype or size[0])
    shape = _shape_of(input, size)
    if not input._plain():
        layout = input._layout()
        if view_strides(layout, shape) is None:
            raise RuntimeError(
                "view size is not compatible with input tensor's size and stride (at least one "
                "dimension "
                "spans across two contiguous subspaces). Use .reshape(...) instead."
            )
    return _views.view_as_size(input, shape)


def _shape_of(input: Tensor, size: tuple) -> tuple[int, ...]:
    shape = as_size(size)
    shape = (shape,) if isinstance(shape, int) else shape
    if (
        -1 not in shape
        and math.prod(shape) == math.prod(input.shape)
        and all(n.__class__ is not int or n >= 0 for n in shape)
    ):
        return shape
    return infer_size(shape, math.prod(input.shape))


def _view_dtype(input: Tensor, dtype: dtype_) -> Tensor:
    """Off the tape and, as in torch, the view of no base: only storage and versions are shared."""
    old, new = input.dtype.itemsize, dtype.itemsize
    if old == new:
        return _off_the_tape(_views.view_as_dtype(detach(input), dtype.np, (1, 1)))
    if not input.ndim:
        raise RuntimeError(
            f"self.dim() cannot be 0 to view {_long(input.dtype)} as {_long(dtype)} (different "
            "element sizes)"
        )
    layout = input._layout()
    if layout.strides[-1] != 1:
        raise RuntimeError(
            f"self.stride(-1) must be 1 to view {_long(input.dtype)} as {_long(dtype)} (different "
            "element "
            f"sizes), but got {layout.strides[-1]}"
        )
    if new > old and layout.shape[-1] * old % new:
        raise RuntimeError(
            f"self.size(-1) must be divisible by {new // old} to view {_long(input.dtype)} as "
            f"{_long(dtype)} "
            f"(different element sizes), but got {layout.shape[-1]}"
        )
    g = math.gcd(old, new)
    return _off_the_tape(_views.view_as_dtype(detach(input), dtype.np, (new // g, old // g)))


def _off_the_tape(view: Tensor) -> Tensor:
    alias = view._alias
    assert alias is not None
    alias.base, alias.base_chain, alias.origin = None, (), ""
    return view


def _long(dtype: dtype_) -> str:
    return dtype._scalar_name


def reshape(input: Tensor, *args, shape=None) -> Tensor:
    """A view where strides allow, else a copy."""
    size = _shape_of(input, args if shape is None else (shape,))
    if not input._plain() and view_strides(input._layout(), size) is None:
        return _unsafe_view(clone(input, memory_format=_devices.contiguous_format), size)
    if not input._plain() and not is_contiguous(input):
        return _views.reshape_alias(input, size)
    return _views.view_as_size(input, size)


@op(variants="", name="_unsafe_view", grad_name="UnsafeViewBackward0")
def _unsafe_view(input: Tensor, size: Size):
    return input.reshape(size)


def view_as(input: Tensor, other: Tensor) -> Tensor:
    return view(input, tuple(other.shape))


def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    return reshape(input, tuple(other.shape))


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Dimensions start_dim to end_dim made one."""
    first, last = wrap_dim(start_dim, input.ndim), wrap_dim(end_dim, input.ndim)
    if first > last:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    shape = tuple(input.shape)
    if not shape:
        return reshape(input, (1,))
    if first == last:
        return input
    return reshape(input, (*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :]))


def unflatten(input: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    """One dimension made several."""
    d = wrap_dim(dim, input.ndim)
    if not input.ndim:
        raise RuntimeError("unflatten got an unexpected error:\nthere is no dimension to unflatten")
    shape = tuple(input.shape)
    sizes = as_size(sizes)
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    if -1 not in sizes and math.prod(sizes) != shape[d]:
        raise RuntimeError(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {d} "
            f"({shape[d]}) in the "
            f"input tensor"
        )
    return view(input, (*shape[:d], *infer_size(tuple(sizes), shape[d]), *shape[d + 1 :]))


def ravel(input: Tensor) -> Tensor:
    return reshape(contiguous(input), (-1,))


def select(input: Tensor, dim: int, index: int) -> Tensor:
    """The slice at one position of a dimension."""
    if not input.ndim:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    d, i, n = wrap_dim(dim, input.ndim), operator.index(index), input._value.aval.shape
    n = n[d]
    if not -n <= i < n:
        raise IndexError(
            f"select(): index {i} out of range for tensor of size {list(input.shape)} at "
            f"dimension {d}"
        )
    return _select(input, i + n if i < 0 else i, d)


def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """`length` positions of a dimension, from `start`."""
    if not input.ndim:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if isinstance(start, Tensor) and (start.ndim or start.dtype.category != 1):
        raise RuntimeError("start must be an 0-dim integral Tensor.")
    d, start, length = wrap_dim(dim, input.ndim), as_integer(start), as_integer(length)
    n = input.shape[d]
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if not -n <= start <= n:
        raise IndexError(
            f"start out of range (expected to be in range of [{-n}, {n}], but got {start})"
        )
    start = start + n if start < 0 else start
    if start + length > n:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({n}).")
    return _slice(input, start, d, length, 1)


def slice_dim(input: Tensor, dim: int, start=None, end=None, step=1) -> Tensor:
    """input[..., start:end:step, ...] along dim, with Python's clamping."""
    d = wrap_dim(dim, input.ndim)
    if step is not None and step <= 0:
        raise ValueError("step must be greater than zero")
    n = input._value.aval.shape[d]
    first, last, step = slice(start, end, step).indices(n)
    length = max(0, -(-(last - first) // step))
    return _slice(input, first, d, length, step)


def expand(input: Tensor, *args, size=None, implicit: bool = False) -> Tensor:
    """Dimensions of size one repeated without copying (stride 0)."""
    shape = as_size(args if size is None else (size,))
    return _views.expand_to(input, (shape,) if isinstance(shape, int) else shape)


def expand_as(input: Tensor, other: Tensor) -> Tensor:
    return expand(input, tuple(other.shape))


def broadcast_to(input: Tensor, *args, size=None) -> Tensor:
    """expand, as a function."""
    return expand(input, *args, size=size)


def squeeze(input: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """Without the dimensions of size one (all, or those named)."""
    dims = wrap_dims(dim, input.ndim)
    if dim is None:
        return _views.squeeze_dims(input, dims)
    form = _views.squeeze_one if isinstance(dim, int) else _views.squeeze_several
    return form(input, dims)


def split_with_sizes(input: Tensor, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    d = wrap_dim(dim, input.ndim)
    sizes = as_size(split_sizes)
    if sum(sizes) != input.shape[d]:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {input.shape[d]} (input "
            "tensor's size at "
            f"dimension {d}), but got split_sizes={list(sizes)}"
        )
    if min(sizes, default=0) < 0:
        raise RuntimeError(
            "split_with_sizes expects split_sizes have only non-negative entries, but got "
            f"split_sizes={list(sizes)}"
        )
    return _views.split_by(input, sizes, d)


def split(input: Tensor, split_size_or_sections, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of consecutive parts: of one size, or of the sizes given."""
    if isinstance(split_size_or_sections, (list, tuple)):
        return split_with_sizes(input, split_size_or_sections, dim)
    if not input.ndim:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    size, d = as_integer(split_size_or_sections), wrap_dim(dim, input.ndim)
    if size < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={size}")
    if size == 0 and input.shape[d]:
        raise RuntimeError(
            "split_size can only be 0 if dimension size is 0, but got dimension size of "
            f"{input.shape[d]}"
        )
    return _views.split_equally(input, size, d)


def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most `chunks` views of equal size, the last one possibly smaller."""
    if not input.ndim:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    d = wrap_dim(dim, input.ndim)
    size = -(-input.shape[d] // chunks)
    if size == 0:
        return split_with_sizes(input, [0] * chunks, d)
    return _views.split_equally(input, size, d)


def tensor_split(
    input: Tensor,
    indices_or_sections: Any = None,
    dim: int = 0,
    *,
    indices: Any = None,
    sections: Any = None,
    tensor_indices_or_sections: Any = None,
) -> tuple[Tensor, ...]:
    """Parts whose sizes differ by at most one, or cut at the positions given: under the first name,
    or under the one of the three others that says which.
    """
    given = (indices_or_sections, indices, sections, tensor_indices_or_sections)
    given = [x for x in given if x is not None]
    if len(given) != 1:
        raise no_such("tensor_split", (input, *given), {})
    (indices_or_sections,) = given
    if not input.ndim:
        raise RuntimeError(
            "tensor_split expected at least a 1-dimensional tensor, but got a tensor with "
            f"{input.ndim} dims"
        )
    d = wrap_dim(dim, input.ndim)
    n = input.shape[d]
    if isinstance(indices_or_sections, Tensor):
        indices_or_sections = indices_or_sections._numpy().tolist()
    _check_cuts("tensor_split", input, indices_or_sections)
    if isinstance(indices_or_sections, int):
        k = indices_or_sections
        if k <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {k}")
        cuts = [i * (n // k) + min(i, n % k) for i in range(k + 1)]
    else:
        cuts = [0, *indices_or_sections, n]
    parts = []
    for a, b in itertools.pairwise(cuts):
        parts.append(slice_dim(input, d, a, b))
    return tuple(parts)


def _check_cuts(name: str, input: Tensor, cuts) -> None:
    each = (cuts,) if not isinstance(cuts, (tuple, list)) else cuts
    if not all(hasattr(x, "__index__") for x in each):
        raise no_such(name, (input, cuts), {})


def hsplit(input: Tensor, indices_or_sections) -> tuple[Tensor, ...]:
    if not input.ndim:
        raise RuntimeError(
            "torch.hsplit requires a tensor with at least 1 dimension, but got a tensor with 0 "
            "dimensions!"
        )
    return _nsplit("hsplit", input, indices_or_sections, 0 if input.ndim == 1 else 1)


def vsplit(input: Tensor, indices_or_sections) -> tuple[Tensor, ...]:
    if input.ndim < 2:
        raise RuntimeError(
            "torch.vsplit requires a tensor with at least 2 dimension, but got a tensor with "
            f"{input.ndim} dimensions!"
        )
    return _nsplit("vsplit", input, indices_or_sections, 0)


def dsplit(input: Tensor, indices_or_sections) -> tuple[Tensor, ...]:
    if input.ndim < 3:
        raise RuntimeError(
            "torch.dsplit requires a tensor with at least 3 dimension, but got a tensor with "
            f"{input.ndim} dimensions!"
        )
    return _nsplit("dsplit", input, indices_or_sections, 2)


def _nsplit(name: str, input: Tensor, sections, dim: int) -> tuple[Tensor, ...]:
    _check_cuts(name, input, sections)
    if isinstance(sections, int) and (sections <= 0 or input.shape[dim] % sections):
        raise RuntimeError(
            f"torch.{name} attempted to split along dimension {dim}, but the size of the dimension "
            f"{input.shape[dim]} is not divisible by the split_size {sections}!"
        )
    return tensor_split(input, sections, dim)


def movedim(input: Tensor, source, destination) -> Tensor:
    """Dimensions moved to new places, the others keeping their order."""
    source, destination = ((d,) if isinstance(d, int) else d for d in (source, destination))
    if len(source) != len(destination):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({list(source)} dims) should "
            f"contain the same number of dims as destination ({list(destination)} dims)"
        )
    src, dst = ([wrap_dim(d, input.ndim) for d in dims] for dims in (source, destination))
    for name, dims, wrapped in (("source", source, src), ("destination", destination, dst)):
        if len(set(wrapped)) < len(wrapped):
            raise RuntimeError(f"movedim: repeated dim in `{name}` ({list(dims)})")
    rest = iter(d for d in range(input.ndim) if d not in src)
    place = dict(zip(dst, src, strict=True))
    return permute(input, tuple(place[d] if d in place else next(rest) for d in range(input.ndim)))


moveaxis = movedim


def swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """transpose, with NumPy's names."""
    return transpose(input, axis0, axis1)


def swapdims(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """transpose, under another name."""
    return transpose(input, dim0, dim1)


def as_strided(input: Tensor, size, stride, storage_offset: int | None = None) -> Tensor:
    """Any sizes and strides over the storage of input."""
    size, stride = as_size(size), as_size(stride)
    if len(size) != len(stride):
        raise RuntimeError("mismatch in length of strides and shape")
    if any(s < 0 for s in stride):
        raise RuntimeError(
            "as_strided: Negative strides are not supported at the moment, got strides: "
            f"{list(stride)}"
        )
    offset = input._layout().offset if storage_offset is None else storage_offset
    whole = offset_of_all(input)
    root = input if input._base is None or whole else input._base
    if not whole and not root._plain():
        layout = root._layout()
        order = storage_order(layout.shape, layout.strides)
        if order is None or layout.offset:
            raise NotImplementedError("jtorch: as_strided of a storage that is not dense")
        root = permute(root, order)
    shown = _as_strided(root, size, stride, offset)
    if root is not input and input._alias is not None and shown._alias is not None:
        shown._alias.origin = input._alias.origin or shown._alias.origin
    if root is not input and modes.grad and input.requires_grad:  # what lies between has none
        found = _views.strided_leaf(input, _origins(input._layout(), size, stride, offset))
        shown._grad_fn, shown._nr = found._grad_fn, found._nr
    return shown


def _origins(layout: Layout, size, stride, offset) -> Tensor:
    """For each place of the new layout, which element of the old one lies there, or -1."""
    read, shown = _views.places(*layout), _views.places(size, stride, offset)
    origin = np.full(max(read.max(initial=0), shown.max(initial=0)) + 1, -1)
    origin[read.ravel()] = np.arange(read.size)
    return from_array(origin[shown])


def offset_of_all(input: Tensor) -> bool:
    """Whether input shows its whole storage in the order in which it lies."""
    alias, layout = input._alias, input._layout()
    return (
        layout.offset == 0
        and rows(layout.shape, layout.strides)
        and (alias is None or math.prod(layout.shape) == math.prod(alias.store.layout.shape))
    )


def positive(input: Tensor) -> Tensor:
    """input itself."""
    if input.dtype is bool_:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


def real(input: Tensor) -> Tensor:
    """The real part, as a view; a real tensor itself."""
    return _views.real_part(input) if input.dtype.is_complex else input


def conj(input: Tensor) -> Tensor:
    """The complex conjugate, as a view; a real tensor itself."""
    return _views.conjugate(input) if input.dtype.is_complex else input


@follows_autocast
def view_as_complex(input: Tensor) -> Tensor:
    """The complex tensor whose parts are the last dimension, of size two."""
    if not input._plain() and input.ndim:
        layout = input._layout()
        if layout.strides[-1] != 1:
            raise RuntimeError("Tensor must have a last dimension with stride 1")
        if any(s % 2 for s in layout.strides[:-1]):
            raise RuntimeError(
                "Tensor must have a stride divisible by 2 for all but last dimension"
            )
        if layout.offset % 2:
            raise RuntimeError("Tensor must have a storage_offset divisible by 2")
    return _views.view_as_complex(input)


def imag(input: Tensor) -> Tensor:
    """The imaginary part, as a view."""
    if not input.dtype.is_complex:
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return _views.imag_part(input)


def adjoint(input: Tensor) -> Tensor:
    """The conjugate transpose of the last two dimensions."""
    swapped = transpose(input, -2, -1)
    return swapped.conj() if input.dtype.is_complex else swapped  # type: ignore[attr-defined]


def detach(input: Tensor) -> Tensor:
    """The same storage, off the tape; versions are shared."""
    if isinstance(input._value.buf, Wrapped):
        constant = levels.without_tangents(input._read())
        if constant is not input._value:
            return from_value(constant)
    out = input._another()
    out._counter = input._ensure_counter()
    return out


FUNCTIONS = (
    "adjoint", "as_strided", "broadcast_to", "chunk", "clone", "conj", "detach", "dsplit",
    "flatten", "hsplit", "imag", "moveaxis", "movedim", "narrow",
    "positive", "ravel", "real", "reshape", "select", "split", "split_with_sizes", "squeeze",
    "swapaxes",
    "swapdims", "tensor_split",
    "unflatten", "vsplit",
)  # fmt: skip
METHODS = (
    *FUNCTIONS, "contiguous", "expand", "expand_as", "is_contiguous", "reshape_as", "view",
    "view_as",
)  # fmt: skip
FUNCTIONS = (*FUNCTIONS, "view_as_complex")
