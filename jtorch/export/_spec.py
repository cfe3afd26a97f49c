"""The structure of what goes into an exported program and comes out of it, as plain data that can
be kept in a file: containers, constants, and where tensors stand.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from .._errors import not_covered
from .._tensor import Tensor
from ..utils._pytree import TreeSpec, tree_flatten

_KINDS = {kind.__name__: kind for kind in (tuple, list, dict, OrderedDict)}
_CONSTANTS = (bool, int, float, str, type(None))
TENSOR = "tensor"


def encode(spec: TreeSpec) -> Any:
    """A structure as nested lists."""
    if spec.is_leaf():
        return "*"
    name = spec.type.__name__
    keys = spec.context
    if _KINDS.get(name) is not spec.type or not all(isinstance(k, (str, int)) for k in keys or ()):
        raise not_covered(f"torch.export of inputs or outputs of type {name}")
    return [name, keys, [encode(child) for child in spec.children]]


def decode(data: Any) -> TreeSpec:
    """The structure that `encode` wrote."""
    if data == "*":
        return TreeSpec(None, None, [])
    name, keys, children = data
    return TreeSpec(_KINDS[name], keys, [decode(child) for child in children])


def constants(leaves: list) -> list:
    """For each leaf [its value], or TENSOR."""
    for x in leaves:
        if not isinstance(x, (Tensor, *_CONSTANTS)):
            raise not_covered(f"torch.export of inputs or outputs of type {type(x).__name__}")
    return [TENSOR if isinstance(x, Tensor) else [x] for x in leaves]


def join(leaves: list, tensors: Any) -> list:
    """The leaves with these tensors at their places."""
    following = iter(tensors)
    return [next(following) if x == TENSOR else x[0] for x in leaves]


def names(value: Any, name: str = "") -> list[str]:
    """What each leaf is called in messages: `x`, `x[0]`, `x['key']`."""
    keys = tree_flatten(value, is_leaf=lambda x: x is not value)[1].context
    if isinstance(value, dict):
        return [n for k in keys or value for n in names(value[k], f"{name}[{k!r}]" if name else k)]
    if isinstance(value, (tuple, list)):
        return [n for k, x in enumerate(value) for n in names(x, f"{name}[{k}]")]
    return [name]
