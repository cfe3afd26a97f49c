"""What views give, as copies: the `*_copy` functions, splits whose parts do not alias, and writes
through a view that return the whole.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from .. import _devices
from .._autograd import tape
from .._layout import contiguous_strides, dense_like
from .._tensor import Tensor as Handle
from .._tensor import from_array
from . import _views, shape
from ._declare import op
from ._out import takes_out
from ._types import Tensor


def _slice(input: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Any:
    return shape.slice_dim(input, dim, start, end, step)


def _expand(input: Any, size: Any, *, implicit: bool = False) -> Any:
    return shape.expand(input, size, implicit=implicit)


def _view(input: Any, size: Any = None, *, dtype: Any = None) -> Any:
    return shape.view(input, dtype=dtype or size) if size is None else shape.view(input, size)


def _narrow(input: Any, dim: int, start: Any, length: int) -> Any:
    if dim >= input.ndim > 0:
        raise RuntimeError(
            "Expected dim < static_cast<int64_t>(self_sizes.size()) to be true, but got false.  "
            "(Could this error message be improved?  If so, please report an enhancement request "
            "to PyTorch.)"
        )
    if length < 0:
        n = input.shape[dim]
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({n}).")
    return shape.narrow(input, dim, start, length)


def _alias(input: Any) -> Any:
    return shape.view(input, tuple(input.shape)) if input._plain() else input


_VIEWS: dict[str, Callable] = {
    "alias": _alias,
    "as_strided": shape.as_strided,
    "detach": shape.detach,
    "diagonal": _views.diagonal.public,
    "expand": _expand,
    "narrow": _narrow,
    "permute": _views.permute.public,
    "select": shape.select,
    "slice": _slice,
    "split": shape.split,
    "split_with_sizes": shape.split_with_sizes,
    "squeeze": shape.squeeze,
    "t": _views.t.public,
    "transpose": _views.transpose.public,
    "unbind": _views.unbind.public,
    "unfold": _views.unfold.public,
    "unsqueeze": _views.unsqueeze.public,
    "view": _view,
    "view_as_complex": shape.view_as_complex,
    "view_as_real": _views.view_as_real.public,
}
_NODES = {"alias": "AliasBackward0_copy", "narrow": "NarrowCopyBackward0"}


def _copied(view: Any, node_name: str | None) -> Any:
    out = shape.clone(view, memory_format=_devices.contiguous_format)
    if view._grad_fn is not None and out._grad_fn is not None:
        out._grad_fn.__class__ = tape.node_type(node_name or f"{view._grad_fn.name()}_copy")
    return out


def _copying(view: Callable, name: str, node_name: str | None) -> Callable:
    """view as a copy, with `out`."""

    def copied(input, *args, **kwargs):
        found = view(input, *args, **kwargs)
        if isinstance(found, tuple):
            return tuple(_copied(part, node_name) for part in found)
        return _copied(found, node_name)

    copying = takes_out(copied, name=name)

    @functools.wraps(view)
    def function(input, *args, out=None, **kwargs):
        found = copying(input, *args, out=out, **kwargs)
        return found if out is None or isinstance(found, Handle) else None

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"A copy of what {name.removesuffix('_copy')} sees."
    given = list(inspect.signature(view).parameters.values())
    out = inspect.Parameter("out", inspect.Parameter.KEYWORD_ONLY, default=None)
    function.__signature__ = inspect.Signature([*given, out])  # type: ignore[attr-defined]
    return function


_COPIES = {
    f"{name}_copy": _copying(view, f"{name}_copy", _NODES.get(name))
    for name, view in _VIEWS.items()
}
globals().update(_COPIES)


# -- parts that may be written independently


def _separate(parts: tuple) -> tuple:
    """The same storage for each part, off the books: writing to one is nobody else's business."""
    node = parts[0]._grad_fn if parts else None
    if node is not None:
        node.__class__ = tape.node_type("Unsafe" + node.name())
        node.origin, node.of_view = "", False
    others = tuple(part._another() for part in parts)
    for other, part in zip(others, parts, strict=True):
        other._grad_fn, other._nr = part._grad_fn, part._nr
        other._value.home = (other._ensure_counter(), 0)
    return others


def unsafe_split(input, split_size, dim=0):
    """split, whose parts are no views to autograd."""
    return _separate(shape.split(input, split_size, dim))


def unsafe_split_with_sizes(input, split_sizes, dim=0):
    """split_with_sizes, whose parts are no views to autograd."""
    return _separate(shape.split_with_sizes(input, split_sizes, dim))


def unsafe_chunk(input, chunks, dim=0):
    """chunk, whose parts are no views to autograd."""
    return _separate(shape.chunk(input, chunks, dim))


# -- writes through a view


@op(variants="", grad_name="AsStridedScatterBackward0")
def _put_at(input: Tensor, src: Tensor, origin: Tensor):
    """input, with elements of src (flat) where `origin` is not negative."""
    new = src.astype(input.dtype).reshape(-1).at[origin].get(mode="clip")
    return jnp.where(origin < 0, input, new)


def as_strided_scatter(input, src, size, stride, storage_offset=None):
    """input with input.as_strided(size, stride, storage_offset) replaced by src."""
    size, stride, layout = tuple(size), tuple(stride), input._layout()
    if tuple(src.shape) != size:
        raise RuntimeError(
            "expected src to have a size equal to the slice of self. src size = "
            f"{list(src.shape)}, slice size = {list(size)}"
        )
    offset = layout.offset if storage_offset is None else storage_offset
    itemsize, storage = input.element_size(), input.untyped_storage()
    _views.check_within(size, stride, offset, itemsize, storage.nbytes())
    written, read = _views.places(size, stride, offset), _views.places(*layout)
    origin = np.full(max(written.max(initial=0), read.max(initial=0)) + 1, -1)
    origin[written.ravel()] = np.arange(written.size)
    out = _put_at(input, src, from_array(origin[read], device=input.device))
    strides = dense_like(layout.shape, layout.strides)
    out._strides = None if strides == contiguous_strides(layout.shape) else strides
    return out


def slice_inverse(input, src, dim=0, start=None, end=None, step=1):
    """The tensor over input's storage of which input is src's slice: it has src's shape."""
    return shape.as_strided(input, src.shape, src.stride(), src.storage_offset())


FUNCTIONS = (
    *_COPIES, "as_strided_scatter", "slice_inverse", "unsafe_chunk", "unsafe_split",
    "unsafe_split_with_sizes",
)  # fmt: skip
METHODS = (
    "as_strided_scatter", "narrow_copy", "slice_inverse", "unsafe_chunk", "unsafe_split",
    "unsafe_split_with_sizes",
)  # fmt: skip
