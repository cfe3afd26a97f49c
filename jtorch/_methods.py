"""Tensor's hand-written methods and properties: those that look at values, manage the tape or
describe the tensor. What computes is an op and comes from the registry.
"""

from __future__ import annotations

import math
import warnings
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import _backward, _devices, _dtypes, _kinds
from ._autograd.modes import modes
from ._hooks import RemovableHandle
from ._layout import Layout
from ._storage import Host, Store
from ._tensor import Alias, Tensor, from_array
from .graph import META, Wrapped, levels, look
from .ops import _overrides, shape
from .ops._views import alias, unbind

# -- looking at values


def item(self: Tensor) -> Any:
    """The value of a one-element tensor as a Python number."""
    if math.prod(self._value.aval.shape) != 1:
        raise RuntimeError(
            f"a Tensor with {math.prod(self._value.aval.shape)} elements cannot be converted to "
            "Scalar"
        )
    if self._value.aval.device is META:
        raise RuntimeError("Tensor.item() cannot be called on meta tensors")
    value = self._read()
    if isinstance(value.buf, Wrapped):
        value.buf.ask("number")
    return np.asarray(look(value)).item()


def tolist(self: Tensor) -> Any:
    return self._numpy().tolist()


def _exportable(self: Tensor, force: bool) -> None:
    if self.device.type == "meta":
        raise TypeError(
            "can't convert meta device type tensor to numpy. Use Tensor.cpu() to copy the tensor "
            "to host memory first."
        )
    if not force:
        if self.requires_grad:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() "
                "instead."
            )
        if self.device.type != "cpu":
            raise TypeError(
                f"can't convert {self.device} device type tensor to numpy. Use Tensor.cpu() to "
                "copy the "
                "tensor to host memory first."
            )
    if self.dtype is _dtypes.bfloat16:
        raise TypeError("Got unsupported ScalarType BFloat16")


def numpy(self: Tensor, *, force: bool = False) -> np.ndarray:
    """An ndarray that shares this tensor's memory: writes on either side show on the other."""
    _exportable(self, force)
    bit = "conjugate" if _kinds.is_conj(self) else "negative" if _kinds.is_neg(self) else ""
    if bit and not force:
        raise RuntimeError(
            f"Can't call numpy() on Tensor that has {bit} bit set. Use "
            f"tensor.resolve_{bit[:3] if bit[0] == 'n' else bit[:4]}().numpy() instead."
        )
    if force and (bit or self.device.type != "cpu"):
        return np.array(self._numpy())
    self._read()
    return self._share().store.share(self._layout(), self._value.aval.dtype)


def _from_shared_numpy(array: np.ndarray) -> Tensor:
    """A tensor over the memory of an ndarray, for from_numpy and as_tensor."""
    if any(s < 0 for s in array.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative "
            "strides are "
            "not currently supported. (You can probably work around this by making a copy of your "
            "array  with "
            "array.copy().) "
        )
    out = from_array(array, device="cpu")
    if (
        not array.flags.writeable
    ):  # nobody is told of writes to it: torch warns, and so does from_numpy
        return out
    strides = tuple(s // array.itemsize for s in array.strides)
    layout = Layout(array.shape, strides)
    store = Store(out._value, layout)
    store.host = Host.importing(array)
    out._alias = Alias(store, (), store.stamp)
    return out


def __array__(self: Tensor, dtype=None, copy=None) -> np.ndarray:
    array = numpy(self)
    if dtype is not None and array.dtype != dtype:
        return array.astype(dtype)
    return array.copy() if copy else array


def __array_wrap__(self: Tensor, array: np.ndarray, context=None, return_scalar=False) -> Tensor:
    """What NumPy's functions return for a tensor: a tensor over the memory of their result."""
    if array.dtype == bool:
        array = array.astype(np.uint8)
    return _from_shared_numpy(np.asarray(array))


def __bool__(self: Tensor) -> bool:
    n = math.prod(self._value.aval.shape)
    if n == 0:
        raise RuntimeError("Boolean value of Tensor with no values is ambiguous")
    if n > 1:
        raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")
    if isinstance(self._value.buf, Wrapped):
        self._value.buf.ask("truth")
    return bool(item(self))


def __int__(self: Tensor) -> int:
    return int(_real(self, "int64_t"))


def __float__(self: Tensor) -> float:
    _warn_of_gradient(self)
    return float(_real(self, "double"))


def __complex__(self: Tensor) -> complex:
    _warn_of_gradient(self)
    return complex(_only(self))


def _only(self: Tensor) -> Any:
    if math.prod(self._value.aval.shape) != 1:
        raise ValueError("only one element tensors can be converted to Python scalars")
    return item(self)


def _real(self: Tensor, kind: str) -> Any:
    value = _only(self)
    if isinstance(value, complex):
        if value.imag:
            raise RuntimeError(f"value cannot be converted to type {kind} without overflow")
        return value.real
    return value


def _warn_of_gradient(self: Tensor) -> None:
    if modes.grad and self.requires_grad:
        warnings.warn(
            "Converting a tensor with requires_grad=True to a scalar may lead to unexpected "
            "behavior.\nConsider using tensor.detach() first.",
            stacklevel=3,
        )


def __index__(self: Tensor) -> int:
    if self.dtype.category > 1 or math.prod(self._value.aval.shape) != 1:
        raise TypeError("only integer tensors of a single element can be converted to an index")
    return int(item(self))


def __len__(self: Tensor) -> int:
    if not self._value.aval.shape:
        raise TypeError("len() of a 0-d tensor")
    return self._value.aval.shape[0]


def __iter__(self: Tensor) -> Iterator[Tensor]:
    if not self._value.aval.shape:
        raise TypeError("iteration over a 0-d tensor")
    return iter(unbind(self, 0))


def __reversed__(self: Tensor) -> Tensor:
    """The first dimension backwards, as one tensor."""
    return self if self.ndim == 0 else self.flip(0)  # type: ignore[attr-defined]


def __contains__(self: Tensor, element: Any) -> bool:
    if isinstance(element, (Tensor, int, float, complex)):
        return bool((self == element).any())  # type: ignore[attr-defined]
    raise RuntimeError(
        f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}."
    )


def __hash__(self: Tensor) -> int:
    return id(self)


# -- autograd


def backward(
    self: Tensor, gradient=None, retain_graph=None, create_graph=False, inputs=None
) -> None:
    """Accumulate this tensor's gradients into the leaves; see `torch.autograd.backward`."""
    _backward.backward(self, gradient, retain_graph, create_graph, inputs=inputs)


def _get_grad(self: Tensor) -> Tensor | None:
    meta = self._meta
    grad = meta.grad if meta is not None else None
    if grad is None and self._grad_fn is not None and not _retains_grad(self):
        warnings.warn(
            "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its "
            ".grad attribute won't be populated during autograd.backward(). If you indeed want the "
            ".grad field to be populated for a non-leaf Tensor, use .retain_grad() on the non-leaf "
            "Tensor. If you access the non-leaf Tensor by mistake, make sure you access the leaf "
            "Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more information.",
            stacklevel=2,
        )
    return grad


def _set_grad(self: Tensor, value: Tensor | None) -> None:
    if value is None:
        if self._meta is not None:
            self._meta.grad = None
        return
    if not isinstance(value, Tensor):
        raise TypeError(
            "assigned grad expected to be a Tensor or None but got grad of type "
            f"{type(value).__name__}"
        )
    if value is self:
        raise RuntimeError("can't assign Variable as its own grad")
    if value.dtype is not self.dtype:
        raise RuntimeError(
            "attempting to assign a gradient with dtype "
            f"'{_C_NAMES[value.dtype.name]}' to a tensor with grad_dtype "
            f"'{self.dtype._scalar_name}'. The gradient must match the tensor's grad_dtype "
            "(defaults to the tensor's dtype). You can set the tensor's grad_dtype attribute with "
            "a specific dtype, or None to allow any dtype. Set grad_dtype with caution. Diverging "
            "the dtypes of a tensor and its gradient may break downstream systems that assume "
            "they match."
        )
    if tuple(value.shape) != tuple(self.shape):
        raise RuntimeError(
            f"attempting to assign a gradient of size '{list(value.shape)}' to a tensor of size "
            f"'{list(self.shape)}'. Please ensure that the gradient and the tensor are the same "
            "size"
        )
    if value.device != self.device:
        raise RuntimeError(
            f"attempting to assign a gradient with device type '{value.device.type}' to a tensor "
            f"with device type '{self.device.type}'. Please ensure that the gradient and the "
            "tensor are on the same device"
        )
    self._ensure_meta().grad = value


_C_NAMES = {
    "float64": "double", "float32": "float", "float16": "c10::Half", "bfloat16": "c10::BFloat16",
    "int64": "long int", "int32": "int", "int16": "short int", "int8": "signed char",
    "uint8": "unsigned char", "bool": "bool", "complex64": "c10::complex<float>",
    "complex128": "c10::complex<double>",
}  # fmt: skip


IN_TRANSFORM = (
    "You are attempting to call Tensor.{} inside of a function being transformed by a functorch "
    "transform. This is unsupported, please attempt to use the functorch transforms (e.g. grad, "
    "vjp, jacrev, jacfwd, hessian) or call {}() outside of a function being transformed instead."
)


def requires_grad_(self: Tensor, requires_grad: bool = True) -> Tensor:
    if levels.stack.levels:
        also = "requires_grad_() (or perhaps using torch.autograd.functional.* APIs)"
        raise RuntimeError(IN_TRANSFORM.format(also, "requires_grad_"))
    if requires_grad and not (self.dtype.is_floating_point or self.dtype.is_complex):
        raise RuntimeError("only Tensors of floating point dtype can require gradients")
    self.requires_grad = requires_grad
    return self


def retain_grad(self: Tensor) -> None:
    """Keep `.grad` of a tensor that is not a leaf."""
    if levels.stack.levels:
        raise RuntimeError(IN_TRANSFORM.format("retain_grad()", "retain_grad"))
    if not self.requires_grad:
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    if self.grad_fn is None:
        return
    self._ensure_meta().retains = True
    self._grad_fn.retain_for(self, self._nr)  # type: ignore[union-attr]


def _retains_grad(self: Tensor) -> bool:
    return self._meta is not None and self._meta.retains and self._grad_fn is not None


def register_hook(self: Tensor, hook) -> RemovableHandle:
    """Call hook(grad) when this tensor's gradient is computed; a result replaces the gradient."""
    if not self.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    node = self.grad_fn
    if node is None:
        meta = self._ensure_meta()
        meta.hooks = OrderedDict() if meta.hooks is None else meta.hooks
        table = meta.hooks
    else:
        table = node.hooks_of(self._nr)
    handle = RemovableHandle(table)
    table[handle.id] = hook
    return handle


def register_post_accumulate_grad_hook(self: Tensor, hook) -> RemovableHandle:
    """Call hook(tensor) after a gradient was accumulated into this leaf."""
    if not self.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if self.grad_fn is not None:
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    meta = self._ensure_meta()
    meta.post_hooks = OrderedDict() if meta.post_hooks is None else meta.post_hooks
    handle = RemovableHandle(meta.post_hooks)
    meta.post_hooks[handle.id] = hook
    return handle


def detach_(self: Tensor) -> Tensor:
    if self._base is not None:
        raise RuntimeError(
            "Can't detach views in-place. Use detach() instead. If you are using "
            "DistributedDataParallel (DDP) "
            "for training, and gradient_as_bucket_view is set as True, gradients are views of DDP "
            "buckets, and "
            "hence detach_() cannot be called on these gradients. To fix this error, please refer "
            "to the "
            "Optimizer.zero_grad() function in torch/optim/optimizer.py as the solution."
        )
    self._grad_fn, self._nr, self._requires = None, 0, False
    return self


def _get_data(self: Tensor) -> Tensor:
    """The same storage, off the tape, with versions of its own."""
    return self._another()


def _set_data(self: Tensor, other: Tensor) -> None:
    if not isinstance(other, Tensor):
        raise TypeError(f"Variable data has to be a tensor, but got {type(other).__name__}")
    self._value = other._read()
    alias = other._share()
    self._alias = Alias(alias.store, alias.chain, alias.stamp)
    self._strides = other._strides


# -- description


def size(self: Tensor, dim: int | None = None) -> Any:
    if dim is None:
        return self.shape
    from_end = self._value.aval.shape
    n = max(len(from_end), 1)
    if not -n <= dim < n or not from_end:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})"
            if from_end
            else "Dimension specified as 0 but tensor has no dimensions"
        )
    return from_end[dim]


def dim(self: Tensor) -> int:
    return len(self._value.aval.shape)


def numel(self: Tensor) -> int:
    return math.prod(self._value.aval.shape)


def stride(self: Tensor, dim: int | None = None) -> Any:
    strides = self._layout().strides
    if dim is None:
        return strides
    n = len(strides)
    if not -n <= dim < n:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})"
        )
    return strides[dim]


def storage_offset(self: Tensor) -> int:
    return self._layout().offset


def data_ptr(self: Tensor) -> int:
    """Where the elements can be read until this storage is written to. Equal for tensors at the
    same place of one storage, and for no others; it stays as long as the storage does. What is
    written there, nobody sees. On a GPU it is a name that points nowhere.
    """
    if not numel(self) or self.device.type == "meta":
        return 0
    return self._share().store.address(self._layout(), self.dtype.np)


def element_size(self: Tensor) -> int:
    return self.dtype.itemsize


def is_floating_point(self: Tensor) -> bool:
    return self.dtype.is_floating_point


def is_complex(self: Tensor) -> bool:
    return self.dtype.is_complex


def is_signed(self: Tensor) -> bool:
    return self.dtype.is_signed


def is_inference(self: Tensor) -> bool:
    return self._inference


def is_set_to(self: Tensor, tensor: Tensor) -> bool:
    return (
        self._alias is not None
        and tensor._alias is not None
        and self._alias.store is tensor._alias.store
        and self._layout() == tensor._layout()
    )


def get_device(self: Tensor) -> int:
    return -1 if self.device.type == "cpu" else (self.device.index or 0)


def ndimension(self: Tensor) -> int:
    return self.ndim


def pin_memory(self: Tensor, device=None) -> Tensor:
    raise RuntimeError(
        "Cannot access accelerator device when none is available."
        if not _devices.jax_devices("cuda")
        else "jtorch: pin_memory is not covered; transfers need no pinned memory here"
    )


def is_pinned(self: Tensor, device=None) -> bool:
    return False


def share_memory_(self: Tensor) -> Tensor:
    raise NotImplementedError("jtorch: share_memory_ is not covered; workers are threads here")


def _reversed_dims(self: Tensor) -> Tensor:
    return shape.permute(self, tuple(range(self.ndim - 1, -1, -1)))


def _matrix_transpose(self: Tensor) -> Tensor:
    if not self.ndim:
        return self
    if self.ndim < 2:
        raise RuntimeError(
            "tensor.mT is only supported on matrices or batches of matrices. Got "
            f"{self.ndim}-D tensor."
        )
    return shape.transpose(self, -2, -1)


# -- subclasses


def as_subclass(self: Tensor, cls: type) -> Tensor:
    """A view of the tensor under a subclass of Tensor: gradients and writes pass through it."""
    with _overrides.disable_subclasses():
        return _overrides.as_subclass(alias(self), cls)


METHODS = (
    "__array__", "__array_wrap__", "__bool__", "__complex__", "__contains__", "__float__",
    "__hash__", "__index__", "__int__", "__iter__", "__len__", "__reversed__", "as_subclass",
    "backward", "data_ptr", "detach_", "dim", "element_size", "get_device", "is_complex",
    "is_floating_point", "is_inference", "is_pinned", "is_set_to", "is_signed", "item",
    "ndimension", "numel", "numpy", "pin_memory", "register_hook",
    "register_post_accumulate_grad_hook", "requires_grad_", "retain_grad", "share_memory_",
    "size", "storage_offset", "stride", "tolist",
)  # fmt: skip


def _constant(value: Any) -> property:
    return property(lambda self: value)


PROPERTIES = {
    "T": property(_reversed_dims),
    "H": property(shape.adjoint),
    "mT": property(_matrix_transpose),
    "mH": property(shape.adjoint),
    "data": property(_get_data, _set_data),
    "grad": property(_get_grad, _set_grad, lambda self: _set_grad(self, None)),
    "retains_grad": property(_retains_grad),
    "is_cpu": property(lambda self: self.device.type == "cpu"),
    "is_cuda": property(lambda self: self.device.type == "cuda"),
    "is_meta": property(lambda self: self.device.type == "meta"),
    "itemsize": property(element_size),
    "nbytes": property(lambda self: numel(self) * element_size(self)),
    "__array_priority__": _constant(1000),  # NumPy leaves operators with tensors to them
    "layout": _constant(_devices.strided),
    "is_sparse": _constant(False),
    "is_sparse_csr": _constant(False),
    "is_mkldnn": _constant(False),
    "is_mps": _constant(False),
    "is_xpu": _constant(False),
    "is_nested": _constant(False),
    "is_quantized": _constant(False),
    "name": _constant(None),
    "real": property(shape.real),
    "imag": property(shape.imag),
    "_is_view": property(lambda self: lambda: self._base is not None),
}
