"""autograd.Variable, from before tensors had gradients: isinstance says yes to every Tensor, and
calling it wraps one.
"""

from __future__ import annotations

from .._tensor import Tensor


class _Variable(type):
    def __instancecheck__(cls, x: object) -> bool:
        return isinstance(x, Tensor)


class Variable(metaclass=_Variable):
    """Variable(tensor, requires_grad=False): a new tensor with the same contents."""

    def __new__(cls, data: Tensor, requires_grad: bool = False, volatile: bool | None = None):
        if volatile is not None:
            raise NotImplementedError(
                "jtorch: Variable(volatile=...) left torch long ago; use no_grad"
            )
        if not isinstance(data, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        out = data.detach()  # type: ignore[attr-defined]
        out.requires_grad = requires_grad
        return out
