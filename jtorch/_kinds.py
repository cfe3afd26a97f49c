"""Methods that torch has for tensors of every kind: is it conjugated, shared, distributed, sparse;
in what order do its dimensions lie; and element by element Python functions. What only tensors of
another kind can answer says so in torch's words. It computes nothing itself.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from . import _devices, _dtypes, _inplace_views, ops
from ._errors import not_covered, type_name_of
from ._layout import Layout
from ._tensor import Tensor, from_array
from .ops import convert, shape
from .ops._views import conjugate, imag_part

# -- conjugated, negated, the same


def is_conj(self: Tensor) -> bool:
    """Whether this is a view that sees its storage conjugated."""
    return self.is_complex() and _conjugations(self)  # type: ignore[attr-defined]


def is_neg(self: Tensor) -> bool:
    """Whether this is a view that sees its storage with the other sign: x.conj().imag."""
    chain = self._alias.chain if self._alias is not None else ()
    return any(step.prim is imag_part.prim for step in chain) and _conjugations(self)


def _conjugations(self: Tensor) -> bool:
    chain = self._alias.chain if self._alias is not None else ()
    return sum(step.prim is conjugate.prim for step in chain) % 2 == 1


def resolve_conj(self: Tensor) -> Tensor:
    """A copy of a conjugated view, whose storage is as it looks; any other tensor itself."""
    return shape.clone(self) if is_conj(self) else self


def resolve_neg(self: Tensor) -> Tensor:
    """A copy of a negated view, whose storage is as it looks; any other tensor itself."""
    return shape.clone(self) if is_neg(self) else self


def is_nonzero(self: Tensor) -> bool:
    """The truth of a tensor of one element."""
    return bool(self)


def is_same_size(self: Tensor, other: Tensor) -> bool:
    """Whether the two have the same shape."""
    _require("is_same_size", "other", 1, other)
    return self.shape == other.shape


def is_distributed(self: Tensor) -> bool:
    """False."""
    return False


def is_shared(self: Tensor) -> bool:
    """False: no storage lies in memory of several processes."""
    return False


def _require(function: str, name: str, position: int, x: Any) -> None:
    if not isinstance(x, Tensor):
        raise TypeError(
            f"{function}(): argument '{name}' (position {position}) must be Tensor, not "
            f"{type_name_of(x)}"
        )


# -- layout


def dim_order(self: Tensor, *, ambiguity_check: bool | list = False) -> tuple[int, ...]:
    """The dimensions from the slowest in memory to the fastest."""
    if not isinstance(ambiguity_check, (bool, list)):
        raise TypeError("The ambiguity_check argument must be a bool or a list of memory formats.")
    layout = self._layout()
    order = sorted(range(self.ndim), key=lambda d: -layout.strides[d])
    if isinstance(ambiguity_check, list):
        fitting = [f for f in ambiguity_check if shape.is_contiguous(self, f)]
        unclear = len(fitting) != 1 and _is_ambiguous(layout)
    else:
        unclear = ambiguity_check and _is_ambiguous(layout)
    if unclear:
        raise RuntimeError(
            "The tensor does not have unique dim order, or cannot map to exact one of the given "
            "memory formats."
        )
    return tuple(order)


def _is_ambiguous(layout: Layout) -> bool:
    return len(set(layout.strides)) < len(layout.strides) or 1 in layout.shape


def const_data_ptr(self: Tensor) -> int:
    return self.data_ptr()  # type: ignore[attr-defined]


def resize_as_(self: Tensor, the_template: Tensor, *, memory_format: Any = None) -> Tensor:
    """The shape of another tensor, in place; elements in storage order are kept."""
    _require("resize_as_", "the_template", 1, the_template)
    if memory_format not in (None, _devices.contiguous_format):
        raise not_covered(f"Tensor.resize_as_(memory_format={memory_format!r})")
    return convert.resize_(self, tuple(the_template.shape))


def resize(self: Tensor, *sizes: Any) -> Tensor:
    """view, under an old name (deprecated in torch)."""
    warnings.warn("non-inplace resize is deprecated", UserWarning, stacklevel=2)
    return _same_elements(self, shape._shape_of(self, sizes) if -1 in sizes else _sizes(sizes))


def resize_as(self: Tensor, tensor: Tensor) -> Tensor:
    """view_as, under an old name (deprecated in torch)."""
    warnings.warn("non-inplace resize_as is deprecated", UserWarning, stacklevel=2)
    return _same_elements(self, tuple(tensor.shape))


def _sizes(sizes: tuple) -> tuple[int, ...]:
    return tuple(sizes[0]) if len(sizes) == 1 and not isinstance(sizes[0], int) else sizes


def _same_elements(self: Tensor, size: tuple[int, ...]) -> Tensor:
    have, want = math.prod(self.shape), math.prod(size)
    if have != want:
        old, new = ("x".join(map(str, s)) for s in (self.shape, size))
        raise RuntimeError(
            f"requested resize to {new} ({want} elements in total), but the given tensor has a "
            f"size of {old} ({have} elements). autograd's resize can only change the shape of a "
            "given tensor, while preserving the number of elements. "
        )
    return shape.contiguous(self).view(size)  # type: ignore[attr-defined]


def _get_grad_dtype(self: Tensor) -> _dtypes.dtype:
    return self.dtype


# -- Python functions, element by element


def _mapped(self: Tensor, name: str, function: Callable, others: tuple) -> Tensor:
    if self.requires_grad:
        raise RuntimeError(
            f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() "
            "instead."
        )
    if not callable(function):
        raise TypeError(f"{name}(): argument 'callable' must be callable")
    if self.is_meta:  # type: ignore[attr-defined]
        return self
    arrays = [self._numpy(), *(x.expand(self.shape)._numpy() for x in others)]  # type: ignore[attr-defined]
    as_python = int if self.dtype.category == _dtypes.INT else self.dtype.np.type
    out = np.empty(self.shape, self.dtype.np)
    for at in np.ndindex(out.shape):
        result = function(*(a[at].item() for a in arrays))
        if as_python is int and isinstance(result, str):
            raise TypeError("'str' object cannot be interpreted as an integer")
        out[at] = result
    return convert.copy_(self, from_array(out, device=self.device))


def apply_(self: Tensor, callable: Callable) -> Tensor:
    """Every element x becomes callable(x), a Python function of a number."""
    return _mapped(self, "apply_", callable, ())


def map_(self: Tensor, other: Tensor, callable: Callable) -> Tensor:
    """Every element x becomes callable(x, y), y the element of the other tensor at its place."""
    return _mapped(self, "map_", callable, _operands(self, "map_", other=other))


def map2_(self: Tensor, x: Tensor, y: Tensor, callable: Callable) -> Tensor:
    """Every element becomes callable of it and those of x and y at its place."""
    return _mapped(self, "map2_", callable, _operands(self, "map2_", x=x, y=y))


def _operands(self: Tensor, function: str, **others: Tensor) -> tuple[Tensor, ...]:
    for position, (name, other) in enumerate(others.items(), 1):
        _require(function, name, position, other)
        if other.dtype is not self.dtype:
            raise TypeError(
                f"{function}: expected {convert.type(self)} for '{name}' (got "
                f"{convert.type(other)})"
            )
    return tuple(others.values())


# -- under another storage


def set_(
    self: Tensor,
    source: Any = None,
    storage_offset: int = 0,
    size: Any = None,
    stride: Any = None,
) -> Tensor:
    """Become a name of another tensor's, or a storage's, elements."""
    self._check_writable()
    if source is None:
        source = from_array(np.empty(0, self.dtype.np), device=self.device)
    elif not isinstance(source, Tensor):
        source = source._as_tensor(self.dtype)
    if source.dtype is not self.dtype:
        names = (ops._place.C_NAMES[x.dtype.name] for x in (source, self))  # type: ignore[attr-defined]
        raise RuntimeError("Could not set tensor of type {} to a tensor of type {}".format(*names))
    view = source.detach()  # type: ignore[attr-defined]
    if size is not None:
        size = (size,) if isinstance(size, int) else tuple(size)
        stride = _row_major(size) if stride is None else stride
        view = shape.as_strided(view, size, stride, storage_offset)
    view._share()
    return _inplace_views._become(self, view)


def _row_major(size: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(math.prod(size[d + 1 :]) for d in range(len(size)))


# -- loading into modules


def module_load(self: Tensor, other: Tensor, assign: bool = False) -> Tensor:
    """What becomes of this parameter when `load_state_dict` brings `other` for it."""
    if assign:
        return other.detach()  # type: ignore[attr-defined]
    return self.copy_(other).detach()  # type: ignore[attr-defined]


# -- what other devices and versions of torch have


def _another_device(name: str, error: type[Exception], text: str) -> Callable:
    def method(self: Tensor, device: Any = None, non_blocking: bool = False) -> Tensor:
        raise error(text)

    method.__name__, method.__doc__ = name, f"Raises {error.__name__}: there is no such device."
    return method


def _removed(name: str, text: str) -> Callable:
    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        raise RuntimeError(text)

    method.__name__, method.__doc__ = name, "Raises RuntimeError: torch has removed it."
    return method


_REMOVED = "This function was deprecated since version 1.9 and is now removed. "


def _volatile(self: Tensor) -> bool:
    warnings.warn("volatile was removed (Variable.volatile is always False)", stacklevel=3)
    return False


_NO_MTIA = (
    "Torch not compiled with MTIA enabled. Ensure you have `import "
    "mtia.host_runtime.torch_mtia.dynamic_library` in your python src file and include "
    "`//mtia/host_runtime/torch_mtia:torch_mtia` as your target dependency!"
)
METHODS: dict[str, Callable] = {
    fn.__name__: fn
    for fn in (
        apply_, const_data_ptr, dim_order, is_conj, is_distributed, is_neg, is_nonzero,
        is_same_size, is_shared, map2_, map_, module_load, resize, resize_as, resize_as_,
        resolve_conj, resolve_neg, set_,
    )
} | {
    "ipu": _another_device(
        "ipu", RuntimeError, "PyTorch is not linked with support for ipu devices"
    ),
    "xpu": _another_device("xpu", AssertionError, "Torch not compiled with XPU enabled"),
    "mtia": _another_device("mtia", AssertionError, _NO_MTIA),
    "reinforce": _removed("reinforce", "reinforce() was removed."),
    "eig": _removed("eig", _REMOVED + (
        "`torch.linalg.eig` returns complex tensors of dtype `cfloat` or `cdouble` rather than "
        "real tensors mimicking complex tensors."
    )),
    "symeig": _removed("symeig", _REMOVED + (
        "The default behavior has changed from using the upper triangular portion of the matrix "
        "by default to using the lower triangular portion."
    )),
    "solve": _removed("solve", _REMOVED + (
        "`torch.solve` is deprecated in favor of `torch.linalg.solve`. `torch.linalg.solve` has "
        "its arguments reversed and does not return the LU factorization."
    )),
    "lstsq": _removed(
        "lstsq", _REMOVED + "`torch.lstsq` is deprecated in favor of `torch.linalg.lstsq`."
    ),
}  # fmt: skip

PROPERTIES = {
    "grad_dtype": property(_get_grad_dtype),
    "volatile": property(_volatile),
    **{
        name: property(lambda self: False)
        for name in ("is_ipu", "is_maia", "is_mtia", "is_vulkan", "is_xla")
    },
}
