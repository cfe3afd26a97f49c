"""The names that messages give to types."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor


def typename(value: Any) -> str:
    """The name torch gives a type in messages: `torch.FloatTensor`, `int`, `torch.nn.…Linear`."""
    if isinstance(value, Tensor):
        return value.type()
    kind = value if isinstance(value, type) else type(value)
    if kind.__module__ in ("builtins", "", None):
        return kind.__name__
    module = kind.__module__
    if module == "jtorch" or module.startswith("jtorch."):
        module = module.removeprefix("j")
    return f"{module}.{kind.__qualname__}"
