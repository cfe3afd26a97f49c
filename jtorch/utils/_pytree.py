"""Nested tuples, lists and dicts as a flat list of leaves and a structure: torch.utils._pytree.
Knows nothing of tensors: whatever is no known container is a leaf.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from typing import Any


def _is_record(kind: type) -> bool:
    """A named tuple or one of torch.return_types."""
    return issubclass(kind, tuple) and kind is not tuple


def _rebuild(kind: type, context: Any, children: list) -> Any:
    if _is_record(kind):
        make: Any = getattr(kind, "_make", kind)
        return make(children)
    if kind is defaultdict:
        return defaultdict(context[0], zip(context[1], children, strict=True))
    if kind in (dict, OrderedDict):
        return kind(zip(context, children, strict=True))
    return deque(children, context) if kind is deque else kind(children)


def _open(x: Any) -> tuple[Any, list] | None:
    """(what besides the children it takes to build x again, the children), or None for a leaf."""
    kind = type(x)
    if kind in (tuple, list):
        return None, list(x)
    if kind in (dict, OrderedDict):
        return list(x), list(x.values())
    if kind is defaultdict:
        return [x.default_factory, list(x)], list(x.values())
    if kind is deque:
        return x.maxlen, list(x)
    return (kind, list(x)) if _is_record(kind) else None


class TreeSpec:
    """A structure without its leaves."""

    def __init__(self, type: Any, context: Any, children: list[TreeSpec]):
        self.type, self.context, self.children = type, context, children
        self.num_leaves = sum(c.num_leaves for c in children) if type is not None else 1

    def is_leaf(self) -> bool:
        return self.type is None

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, TreeSpec)
            and (self.type, self.context) == (other.type, other.context)
            and self.children == other.children
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self, indent: int = 0) -> str:
        if self.is_leaf():
            return "*"
        separator = ",\n" + " " * (indent + 2)
        inside = separator.join(c.__repr__(indent + 2) for c in self.children)
        return f"TreeSpec({self.type.__name__}, {self.context}, [{inside}])"

    def unflatten(self, leaves: Any) -> Any:
        """The nested object with these leaves."""
        leaves = list(leaves)
        if len(leaves) != self.num_leaves:
            raise ValueError(
                f"treespec.unflatten(leaves): `leaves` has length {len(leaves)} but the spec "
                f"refers to a pytree that holds {self.num_leaves} items ({self})."
            )
        return self._build(iter(leaves))

    def _build(self, leaves: Any) -> Any:
        if self.is_leaf():
            return next(leaves)
        return _rebuild(self.type, self.context, [c._build(leaves) for c in self.children])


def tree_flatten(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> tuple[list, TreeSpec]:
    """(leaves, structure)."""
    opened = None if is_leaf is not None and is_leaf(tree) else _open(tree)
    if opened is None:
        return [tree], TreeSpec(None, None, [])
    leaves, specs = [], []
    for child in opened[1]:
        found, spec = tree_flatten(child, is_leaf)
        leaves += found
        specs.append(spec)
    return leaves, TreeSpec(type(tree), opened[0], specs)


def tree_unflatten(leaves: Any, treespec: TreeSpec) -> Any:
    """The nested object of this structure."""
    return treespec.unflatten(leaves)


def tree_leaves(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> list:
    return tree_flatten(tree, is_leaf)[0]


def tree_structure(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> TreeSpec:
    return tree_flatten(tree, is_leaf)[1]


def tree_map(func: Callable, tree: Any, *rests: Any, is_leaf: Callable | None = None) -> Any:
    """func of every leaf (and of those at the same places of `rests`), in the same structure."""
    leaves, spec = tree_flatten(tree, is_leaf)
    others = [tree_leaves(r, is_leaf) for r in rests]
    return spec.unflatten(func(*xs) for xs in zip(leaves, *others, strict=True))


def tree_map_only(kind: Any, func: Callable, tree: Any, is_leaf: Callable | None = None) -> Any:
    """func of the leaves of one type (or several); the others stay."""
    return tree_map(lambda x: func(x) if isinstance(x, kind) else x, tree, is_leaf=is_leaf)


def broadcast(tree: Any, spec: TreeSpec) -> list | None:
    """The leaves of `tree`, each repeated for the part of the structure it stands for; or None."""
    opened = _open(tree)
    if opened is None:
        return [tree] * spec.num_leaves
    if type(tree) is not spec.type or opened[0] != spec.context:
        return None
    if len(opened[1]) != len(spec.children):
        return None
    parts = [broadcast(t, s) for t, s in zip(opened[1], spec.children, strict=True)]
    return None if None in parts else [x for part in parts for x in part or []]
