"""Tensors that a Module owns: Parameter (trained), Buffer (state that is saved but not trained)
and their uninitialised forms, whose shape a lazy module learns from its first input. It knows the
tensor handle and nothing of Module: what assignment of a Parameter does to a module is the
module's side."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from .._autograd.modes import no_grad
from .._tensor import Tensor
from ..ops._overrides import disable_subclasses, disabled_torch_function, register_plain
from ..ops.creation import empty

__all__ = [
    "Buffer",
    "Parameter",
    "UninitializedBuffer",
    "UninitializedParameter",
    "is_lazy",
]

# What the tensor machinery keeps on a parameter; anything else in `__dict__` is the user's.
_OWN_STATE = frozenset({"_is_param"})


class _ParameterMeta(type(Tensor)):
    """A tensor subclass that asked to be a parameter counts as one: `isinstance(x, Parameter)`."""

    def __instancecheck__(cls, instance: Any) -> bool:
        if super().__instancecheck__(instance):
            return True
        return (
            cls is Parameter
            and isinstance(instance, Tensor)
            and getattr(instance, "_is_param", False)
        )


class Parameter(Tensor, metaclass=_ParameterMeta):
    """A leaf tensor that a Module registers when it is assigned as an attribute.

    It shares storage with `data`. Subclasses of Tensor keep their class and are only marked."""

    __torch_function__ = disabled_torch_function  # type: ignore[assignment]

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Parameter:
        if data is None:
            data = empty(0)
        if type(data) is Tensor or type(data) is Parameter:
            return _named_anew(data, cls, requires_grad)
        marked = data.detach().requires_grad_(requires_grad)
        if type(marked) is not type(data):
            raise RuntimeError(
                f"Creating a Parameter from an instance of type {type(data).__name__} "
                "requires that detach() returns an instance of the same type, but return "
                f"type {type(marked).__name__} was found instead. To use the type as a "
                "Parameter, please correct the detach() semantics defined by "
                "its __torch_dispatch__() implementation."
            )
        marked._is_param = True
        return marked

    def __deepcopy__(self, memo: dict) -> Parameter:
        if id(self) not in memo:
            with no_grad():
                copied = type(self)(self.data.clone(), self.requires_grad)
            memo[id(self)] = copied
        return memo[id(self)]

    def __repr__(self) -> str:  # type: ignore[override]
        return "Parameter containing:\n" + super().__repr__()

    def __reduce_ex__(self, protocol: Any) -> tuple:
        state = {name: value for name, value in vars(self).items() if name not in _OWN_STATE}
        hooks: OrderedDict = OrderedDict()
        if not state:
            return _rebuild_parameter, (self.data, self.requires_grad, hooks)
        return _rebuild_parameter_with_state, (self.data, self.requires_grad, hooks, state)


register_plain(Parameter)


def _rebuild_parameter(data: Tensor, requires_grad: bool, backward_hooks: Any) -> Parameter:
    parameter: Any = Parameter(data, requires_grad)
    parameter._backward_hooks = backward_hooks
    return parameter


def _rebuild_parameter_with_state(
    data: Tensor, requires_grad: bool, backward_hooks: Any, state: dict
) -> Parameter:
    parameter = _rebuild_parameter(data, requires_grad, backward_hooks)
    for name, value in state.items():
        setattr(parameter, name, value)
    return parameter


class _BufferMeta(type(Tensor)):
    """Buffers are ordinary tensors that carry a mark, so `isinstance` looks at the mark."""

    def __instancecheck__(cls, instance: Any) -> bool:
        if cls is Buffer:
            return isinstance(instance, Tensor) and getattr(instance, "_is_buffer", False)
        return super().__instancecheck__(instance)


class Buffer(Tensor, metaclass=_BufferMeta):
    """A tensor that a Module registers as a buffer when it is assigned as an attribute."""

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Tensor:
        if data is None:
            data = empty(0)
        marked = data.detach().requires_grad_(data.requires_grad)
        marked.persistent = persistent
        marked._is_buffer = True
        return marked


# What may be done to a tensor that has no shape yet.
_ALLOWED = frozenset(
    "__hash__ size copy_ is_complex is_floating_point half float double char short int long cuda "
    "cpu to get_device".split()
)


class UninitializedTensorMixin:
    """A tensor that gets its shape, and with it its ordinary class, from `materialize`."""

    cls_to_become: type

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Give it storage and turn it into an ordinary parameter or buffer."""
        own: Any = self
        device = own.device if device is None else device
        dtype = own.dtype if dtype is None else dtype
        own.data = empty(shape, device=device, dtype=dtype)
        own.__class__ = self.cls_to_become

    @property
    def shape(self) -> Any:
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. "
            "This error usually happens in `load_state_dict` when trying to load "
            "an uninitialized parameter into an initialized one. "
            "Call `forward` to initialize the parameters before accessing their attributes."
        )

    def share_memory_(self) -> Any:
        raise RuntimeError(
            "Can't share memory on an uninitialized parameter or buffer. "
            "Call `forward` to initialize the parameters before calling "
            "`module.share_memory()`."
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __deepcopy__(self, memo: dict) -> Any:
        own: Any = self
        if id(self) not in memo:
            memo[id(self)] = type(own)(own.requires_grad, own.device, own.dtype)
        return memo[id(self)]

    def __reduce_ex__(self, protocol: Any) -> Any:
        own: Any = self
        return type(own), (own.requires_grad, own.device, own.dtype)

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if getattr(func, "__name__", "") in _ALLOWED:
            with disable_subclasses():
                result = func(*args, **(kwargs or {}))
            if cls.cls_to_become is Tensor and type(result) is Tensor:
                made: Any = result
                made.__class__ = cls  # a converted buffer still waits
            return result
        raise ValueError(
            f"Attempted to use an uninitialized parameter in {func}. "
            "This error happens when you are using a `LazyModule` or "
            f"explicitly manipulating `torch.nn.parameter.{cls.__name__}` "
            "objects. When using LazyModules Call `forward` with a dummy batch "
            "to initialize the parameters before calling torch functions"
        )


def is_lazy(param: Any) -> bool:
    """Whether a parameter or buffer still waits for its shape."""
    return isinstance(param, UninitializedTensorMixin)


class UninitializedParameter(UninitializedTensorMixin, Parameter):  # type: ignore[misc]
    """A Parameter without a shape."""

    cls_to_become = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Any:
        return _named_anew(empty(0, device=device, dtype=dtype), cls, requires_grad)


class UninitializedBuffer(UninitializedTensorMixin, Tensor):  # type: ignore[misc]
    """A buffer without a shape."""

    cls_to_become = Tensor

    def __new__(
        cls,
        requires_grad: bool = False,
        device: Any = None,
        dtype: Any = None,
        persistent: bool = True,
    ) -> Any:
        waiting = _named_anew(empty(0, device=device, dtype=dtype), cls, requires_grad)
        waiting.persistent = persistent
        waiting._is_buffer = True
        return waiting


def _named_anew(data: Tensor, cls: type, requires_grad: bool) -> Any:
    """The same storage under another name, of another class, off the tape."""
    if requires_grad and data.dtype.category < 2:
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
    other: Any = data.data
    other.__class__ = cls
    other.requires_grad = requires_grad
    return other
