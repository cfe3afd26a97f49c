"""Sparse tensors in coordinate form: indices and values, and the few functions that take them.
Gradients go through the values. Other layouts, and functions not in the table, are not covered and
say so; nothing turns a sparse tensor into a dense one unasked.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from . import _devices, _dtypes, _print
from ._errors import not_covered
from ._size import Size
from ._tensor import Tensor, from_array
from .ops import creation, hostops, tensors
from .ops.convert import CASTS


def _dense_only(self: Any) -> Any:
    raise not_covered("This function of a sparse tensor", "Tensor.to_dense() makes it dense.")


class SparseTensor(Tensor):
    """A tensor of layout sparse_coo: indices (dims, n), values (n, *), both dense."""

    _value = _alias = _counter = _strides = property(_dense_only)  # type: ignore[assignment]
    layout = property(lambda self: _devices.sparse_coo)
    is_sparse = property(lambda self: True)
    _i: Any
    _v: Any
    _of: Size
    _sorted: bool

    def __new__(cls, indices: Tensor, values: Tensor, size: tuple[int, ...], coalesced: bool):
        self = object.__new__(cls)
        self.__dict__.update(_i=indices, _v=values, _of=Size(size), _sorted=coalesced)
        return self

    # -- the parts

    def _indices(self) -> Tensor:
        return self._i

    def _values(self) -> Tensor:
        return self._v

    def _nnz(self) -> int:
        return self._i.shape[1]

    def indices(self) -> Tensor:
        """The positions, (dims, n). Only of a coalesced tensor."""
        self._require_coalesced("indices")
        return self._i

    def values(self) -> Tensor:
        """The elements at the positions. Only of a coalesced tensor."""
        self._require_coalesced("values")
        return self._v

    def _require_coalesced(self, what: str) -> None:
        if not self._sorted:
            raise RuntimeError(
                f"Cannot get {what} on an uncoalesced tensor, please call .coalesce() first"
            )

    def is_coalesced(self) -> bool:
        """Whether positions are sorted and none occurs twice."""
        return self._sorted

    def coalesce(self) -> SparseTensor:
        """The same tensor with sorted positions, the values at equal ones added."""
        if self._sorted:
            return self
        sizes = self._of[: self.sparse_dim()]
        flat = np.ravel_multi_index(tuple(self._i._numpy()), sizes) if sizes else np.zeros(1, int)
        flat, group = np.unique(flat, return_inverse=True)
        values: Any = self._v.int() if self.dtype is _dtypes.bool_ else self._v
        total = values.new_zeros((len(flat), *values.shape[1:]))
        total = total.index_add(0, from_array(group.reshape(-1), device=self.device), values)
        places = np.stack(np.unravel_index(flat, sizes)) if sizes else np.zeros((0, 1), int)
        indices = from_array(places.astype(np.int64), device=self.device)
        return SparseTensor(indices, total.to(self.dtype), self._of, True)

    def sparse_dim(self) -> int:
        """How many dimensions have positions."""
        return self._i.shape[0]

    def dense_dim(self) -> int:
        """How many dimensions the values have."""
        return self._v.ndim - 1

    def to_dense(self, dtype: Any = None, *, masked_grad: bool | None = None) -> Tensor:
        """All elements, zero where there is no position."""
        whole = self.coalesce()
        out = creation.zeros(tuple(self._of), dtype=self.dtype, device=self.device)
        if not self._of[: self.sparse_dim()]:
            out = out + whole._v.sum(0)
        elif whole._nnz():
            out = out.index_put(tuple(whole._i), whole._v)
        return out if dtype is None else out.to(dtype)

    def to_sparse(self, sparse_dim: Any = None, *, layout: Any = None) -> SparseTensor:
        """This tensor, which is sparse."""
        _only_coo("Tensor.to_sparse", layout)
        if sparse_dim not in (None, self.sparse_dim()):
            raise not_covered("Tensor.to_sparse(sparse_dim) of a sparse tensor")
        return self

    to_sparse_coo = to_sparse

    # -- what any tensor has

    shape = property(lambda self: self._of)  # type: ignore[assignment]
    dtype = property(lambda self: self._v.dtype)  # type: ignore[assignment]
    device = property(lambda self: self._v.device)  # type: ignore[assignment]
    ndim = property(lambda self: len(self._of))  # type: ignore[assignment]
    requires_grad = property(lambda self: self._v.requires_grad)  # type: ignore[assignment]
    grad_fn = property(lambda self: self._v.grad_fn)  # type: ignore[assignment]
    is_leaf = property(lambda self: self._v.is_leaf)  # type: ignore[assignment]

    def dim(self) -> int:
        return len(self._of)

    def size(self, dim: int | None = None) -> Any:
        return self._of if dim is None else self._of[dim]

    def numel(self) -> int:
        return math.prod(self._of)

    def __len__(self) -> int:
        return self._of[0]

    def stride(self, dim: int | None = None) -> Any:
        return (0,) * len(self._of) if dim is None else 0

    def is_contiguous(self, memory_format: Any = None) -> bool:
        return False

    def detach(self) -> SparseTensor:
        return self._with(self._v.detach())

    def clone(self, *, memory_format: Any = None) -> SparseTensor:
        return self._with(self._v.clone())

    def to(self, *args: Any, **kwargs: Any) -> SparseTensor:
        """Another dtype or device."""
        values = self._v.to(*args, **kwargs)
        return SparseTensor(self._i.to(values.device), values, self._of, self._sorted)

    def cpu(self, memory_format: Any = None) -> SparseTensor:
        return self.to("cpu")

    def cuda(self, device: Any = None, non_blocking: bool = False) -> SparseTensor:
        return self.to("cuda" if device is None else device)

    def _with(self, values: Any) -> SparseTensor:
        return SparseTensor(self._i, values, self._of, self._sorted)

    def numpy(self, *, force: bool = False) -> Any:
        raise TypeError("can't convert Sparse layout tensor to numpy. Use Tensor.to_dense() first.")

    def data_ptr(self) -> int:
        raise RuntimeError("Cannot access data pointer of Tensor that doesn't have storage")

    def tolist(self) -> Any:
        return self.data_ptr()

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        indices, values = (_text(part.detach()) for part in (self._i, self._v))
        dtype = ""
        if f", dtype={self.dtype}" in values:
            dtype = f", dtype={self.dtype}"
            values = values.replace(dtype, "")
        indices, values = (
            text.replace("\n", "\n" + " " * pad) for text, pad in ((indices, 15), (values, 14))
        )
        tail = ", requires_grad=True" if self.requires_grad else ""
        if self.grad_fn is not None:
            tail = f", grad_fn=<{self.grad_fn.name()}>"
        return (
            f"tensor(indices={indices},\n       values={values},\n       size={tuple(self._of)}, "
            f"nnz={self._nnz()}{dtype}, layout=torch.sparse_coo{tail})"
        )

    def t(self) -> SparseTensor:
        """The transpose of a matrix."""
        return self.transpose(0, 1) if self.ndim == 2 else self

    def transpose(self, dim0: int, dim1: int) -> SparseTensor:
        """Two dimensions that have positions exchanged."""
        order = list(range(self.ndim))
        order[dim0], order[dim1] = order[dim1], order[dim0]
        if max(dim0 % self.ndim, dim1 % self.ndim) >= self.sparse_dim():
            raise not_covered("Tensor.transpose of a sparse tensor's dense dimensions")
        indices: Any = self._i[order[: self.sparse_dim()]]  # type: ignore[index]
        return SparseTensor(indices, self._v, tuple(self._of[d] for d in order), False)

    T = property(t)

    def sum(self, dim: Any = None) -> Tensor:
        """The sum of all elements."""
        if dim is not None:
            raise not_covered("Tensor.sum(dim) of a sparse tensor")
        return self._v.sum()

    @classmethod
    def __torch_function__(cls, func: Callable, types: Any, args: tuple = (), kwargs: Any = None):
        handler = _FUNCTIONS.get(func.__name__)
        if handler is None:
            raise not_covered(
                f"torch.{func.__name__} of a sparse tensor", "Tensor.to_dense() makes it dense."
            )
        return handler(*args, **(kwargs or {}))


def _text(part: Any) -> str:
    """As tensors are printed; empty ones with their size."""
    if not part.numel():
        return f"tensor([], size={tuple(part.shape)})"
    return _print.tensor_text(part)


def _cast(name: str) -> Callable:
    def method(self: SparseTensor) -> SparseTensor:
        return self._with(CASTS[name](self._v))

    method.__name__, method.__doc__ = name, CASTS[name].__doc__
    return method


for _name in CASTS:
    setattr(SparseTensor, _name, _cast(_name))


# -- what functions do with them


def _mm(input: Any, mat2: Any) -> Tensor:
    if isinstance(input, SparseTensor) and isinstance(mat2, SparseTensor):
        raise not_covered("The product of two sparse tensors")
    if isinstance(mat2, SparseTensor):
        return _mm(mat2.t(), input.t()).t()
    if input.sparse_dim() != 2 or mat2.ndim != 2:
        raise not_covered("A product with a sparse tensor that is no matrix")
    if mat2.shape[0] != input.shape[1]:
        raise RuntimeError(
            f"addmm: Argument #3 (dense): Expected dim 0 size {input.shape[1]}, got {mat2.shape[0]}"
        )
    rows, columns = input._i
    terms = input._v.unsqueeze(1) * mat2[columns]
    return terms.new_zeros((input.shape[0], mat2.shape[1])).index_add(0, rows, terms)


def _mv(input: Any, vec: Any) -> Tensor:
    return _mm(input, vec.unsqueeze(1)).squeeze(1)


def _matmul(input: Any, other: Any) -> Tensor:
    return _mv(input, other) if other.ndim == 1 else _mm(input, other)


def _addmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    return beta * input + alpha * _mm(mat1, mat2)


def _add(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    if not isinstance(other, SparseTensor):
        raise RuntimeError("add(sparse, dense) is not supported. Use add(dense, sparse) instead.")
    if not isinstance(input, SparseTensor):
        return input + alpha * other.to_dense()
    if input.shape != other.shape:
        raise RuntimeError(
            "add: expected sizes of 'self' and 'other' to match, but "
            f"{list(input.shape)} != {list(other.shape)}"
        )
    indices, values = _joined((input._i, other._i), 1), _joined((input._v, alpha * other._v), 0)
    return SparseTensor(indices, values, input.shape, False)


def _joined(parts: tuple, dim: int) -> Any:
    first, second = parts
    shape = list(first.shape)
    shape[dim] = first.shape[dim] + second.shape[dim]
    out = (first[:0].sum() + second[:0].sum()).new_zeros(shape)
    out = out.slice_scatter(first.to(out.dtype), dim, 0, first.shape[dim])
    return out.slice_scatter(second.to(out.dtype), dim, first.shape[dim], shape[dim])


def _scaled(name: str) -> Callable:
    def function(input: Any, other: Any) -> Tensor:
        sparse, factor = (input, other) if isinstance(input, SparseTensor) else (other, input)
        number = isinstance(factor, (int, float, complex)) or not factor.ndim
        if isinstance(factor, SparseTensor) or not number or (name == "div" and sparse is other):
            raise not_covered(f"torch.{name} of a sparse tensor by anything but a number")
        return sparse._with(getattr(sparse._v, name)(factor))

    return function


def _each(name: str) -> Callable:
    """A function that keeps zero."""

    def function(input: Any) -> SparseTensor:
        whole = input.coalesce()
        return whole._with(getattr(whole._v, name)())

    return function


_KEEP_ZERO = """
abs asin asinh atan atanh ceil deg2rad erf erfinv expm1 floor log1p neg rad2deg relu round sgn sign
sin sinh sqrt tan tanh trunc
""".split()
_FUNCTIONS: dict[str, Callable] = {name: _each(name) for name in _KEEP_ZERO} | {
    "add": _add,
    "addmm": _addmm,
    "div": _scaled("div"),
    "matmul": _matmul,
    "mm": _mm,
    "mul": _scaled("mul"),
    "mv": _mv,
    "sub": lambda input, other, *, alpha=1: _add(input, other, alpha=-alpha),
    "t": SparseTensor.t,
    "transpose": SparseTensor.transpose,
}


# -- how they are made


def _only_coo(function: str, layout: Any) -> None:
    if layout not in (None, _devices.sparse_coo):
        raise not_covered(f"{function}(layout={layout!r})")


def sparse_coo_tensor(
    indices: Any,
    values: Any = None,
    size: Any = None,
    *,
    dtype: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    check_invariants: bool | None = None,
    is_coalesced: bool | None = None,
) -> SparseTensor:
    """The tensor with these values at these positions, (dims, n); the positions are checked,
    whatever check_invariants says. Of a size alone: a tensor without elements.
    """
    if requires_grad:
        raise not_covered(
            "torch.sparse_coo_tensor(requires_grad=True)", "Gradients go through the values."
        )
    if pin_memory:
        raise not_covered("torch.sparse_coo_tensor(pin_memory=True)")
    if values is None:
        size = tuple(indices if size is None else size)
        indices = from_array(np.zeros((len(size), 0), np.int64), device=device)
        empty = creation.zeros(0, dtype=dtype, device=device)
        return SparseTensor(indices, empty, size, is_coalesced is not False)
    values = tensors.as_tensor(values, dtype=dtype, device=device)
    indices = tensors.as_tensor(indices, device=values.device).to(_dtypes.int64)
    if indices.ndim != 2:
        raise RuntimeError(f"indices must be sparse_dim x nnz, but got: {list(indices.shape)}")
    size = _checked_size(indices, values, size)
    return SparseTensor(indices, values, size, bool(is_coalesced))


def _checked_size(indices: Tensor, values: Tensor, size: Any) -> tuple[int, ...]:
    dims, count = indices.shape
    places = indices._numpy()
    if size is None:
        if not count:
            raise ValueError("jtorch: the size of a sparse tensor without elements must be given")
        size = (*(int(row.max()) + 1 for row in places), *values.shape[1:])
    size = tuple(size)
    if len(size) != dims + values.ndim - 1:
        raise RuntimeError(
            f"'len(size) == sparse_dim + dense_dim' is not satisfied: len(size) = {len(size)}, "
            f"sparse_dim = {dims}, dense_dim = {values.ndim - 1}"
        )
    if values.shape[0] != count:
        raise RuntimeError(
            "indices and values must have same nnz, but got nnz from indices: "
            f"{count}, nnz from values: {values.shape[0]}"
        )
    for d in range(dims if count else 0):
        low, high = int(places[d].min()), int(places[d].max())
        if low < 0:
            raise RuntimeError(f"found negative index {low} for dim {d}")
        if high >= size[d]:
            raise RuntimeError(
                f"size is inconsistent with indices: for dim {d}, size is {size[d]} but found "
                f"index {high}"
            )
    return size


def to_sparse(self: Any, sparse_dim: int | None = None, *, layout: Any = None) -> SparseTensor:
    """The elements that are not zero and their positions in the first sparse_dim dimensions."""
    _only_coo("Tensor.to_sparse", layout)
    dims = self.ndim if sparse_dim is None else sparse_dim
    if not 0 <= dims <= self.ndim:
        raise RuntimeError(f"sparse_dim argument must be in >=0 and <={self.ndim}, but got {dims}")
    used = self.detach() != 0
    if dims < self.ndim:
        used = used.flatten(dims).any(-1)
    indices = hostops.nonzero(used).t().contiguous()
    values = self[tuple(indices)] if dims else self.unsqueeze(0)
    return SparseTensor(indices, values, tuple(self.shape), True)


def to_sparse_coo(self: Tensor) -> SparseTensor:
    """`to_sparse`."""
    return to_sparse(self)


# -- the same questions to dense tensors


def to_dense(self: Any, dtype: Any = None, *, masked_grad: bool | None = None) -> Tensor:
    """This tensor, which is dense."""
    return self if dtype is None else self.to(dtype)


def sparse_dim(self: Tensor) -> int:
    """0."""
    return 0


def dense_dim(self: Tensor) -> int:
    """The number of dimensions."""
    return self.ndim


def _sparse_only(name: str, wanted: str) -> Callable:
    def method(self: Tensor) -> Any:
        raise RuntimeError(f"{name} expected {wanted} tensor layout but got Strided")

    method.__name__, method.__doc__ = name, "Raises RuntimeError: this tensor is dense."
    return method


METHODS: dict[str, Callable] = {
    fn.__name__: fn for fn in (dense_dim, sparse_dim, to_dense, to_sparse, to_sparse_coo)
} | {
    name: _sparse_only(name, wanted)
    for name, wanted in {
        "coalesce": "sparse coordinate",
        "indices": "sparse coordinate",
        "is_coalesced": "sparse coordinate",
        "values": "sparse",
        "crow_indices": "sparse row compressed",
        "col_indices": "sparse row compressed",
        "ccol_indices": "sparse column compressed",
        "row_indices": "sparse column compressed",
    }.items()
}
FUNCTIONS = ("sparse_coo_tensor",)
