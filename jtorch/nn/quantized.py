"""`torch.nn.quantized`: the arithmetic that models which can be quantized use, in floats."""

from __future__ import annotations

from collections.abc import Sequence

from ..ops.activation import relu
from ..ops.elementwise import add, mul
from ..ops.join import cat
from .modules import Identity, Module


class FloatFunctional(Module):
    """Arithmetic as methods, each result through `activation_post_process`, where an observer could
    stand.
    """

    def __init__(self):
        super().__init__()
        self.activation_post_process = Identity()

    def forward(self, x):
        raise RuntimeError(
            "FloatFunctional is not intended to use the "
            "'forward'. Please use the underlying operation"
        )

    def add(self, x, y):
        """x + y, tensors."""
        return self.activation_post_process(add(x, y))

    def add_scalar(self, x, y: float):
        """x + y, a number."""
        return add(x, y)

    def mul(self, x, y):
        """x * y, tensors."""
        return self.activation_post_process(mul(x, y))

    def mul_scalar(self, x, y: float):
        """x * y, a number."""
        return mul(x, y)

    def cat(self, x: Sequence, dim: int = 0):
        """The tensors one after the other along dim."""
        return self.activation_post_process(cat(x, dim))

    def add_relu(self, x, y):
        """relu(x + y)."""
        return self.activation_post_process(relu(add(x, y)))
