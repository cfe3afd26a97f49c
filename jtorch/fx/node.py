"""torch.fx.node: one step of a traced program, and what stands for values inside of arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .graph import Graph

Target = Callable[..., Any] | str
Argument = Any
BaseArgumentTypes = str | int | float | bool | complex | None

OPS = ("placeholder", "get_attr", "call_function", "call_method", "call_module", "output", "root")


def map_aggregate(a: Any, fn: Callable[[Any], Any]) -> Any:
    """The same nesting of tuples, lists, dicts and slices with fn of each leaf in place of it."""
    if isinstance(a, tuple):
        parts = [map_aggregate(each, fn) for each in a]
        return type(a)(*parts) if hasattr(a, "_fields") else tuple(parts)
    if isinstance(a, list):
        return [map_aggregate(each, fn) for each in a]
    if isinstance(a, dict):
        return {key: map_aggregate(each, fn) for key, each in a.items()}
    if isinstance(a, slice):
        return slice(*(map_aggregate(each, fn) for each in (a.start, a.stop, a.step)))
    return fn(a)


def map_arg(a: Any, fn: Callable[[Node], Any]) -> Any:
    """As map_aggregate, for the nodes in it; other leaves stay."""
    return map_aggregate(a, lambda x: fn(x) if isinstance(x, Node) else x)


class Node:
    """One step: `op` says what is done, `target` with what, `args` and `kwargs` hold other nodes.

    `users` are the nodes that take this one, as the keys of a dict.
    """

    __module__ = "torch.fx.node"

    def __init__(
        self, graph: Graph, name: str, op: str, target: Target, args: tuple, kwargs: dict,
        return_type: Any = None,
    ):  # fmt: skip
        if op not in OPS:
            raise AssertionError(f"op '{op}' must be one of {OPS}")
        self.graph, self.name, self.op, self.target = graph, name, op, target
        self.type, self.meta = return_type, {}
        self.users: dict[Node, None] = {}
        self._args, self._kwargs = (), {}
        self._update(args, kwargs)

    def _update(self, args: tuple, kwargs: dict) -> None:
        for node in self.all_input_nodes:
            node.users.pop(self, None)
        self._args, self._kwargs = tuple(args), dict(kwargs)
        for node in self.all_input_nodes:
            node.users[self] = None

    @property
    def args(self) -> tuple:
        return self._args

    @args.setter
    def args(self, value: tuple) -> None:
        self._update(value, self._kwargs)

    @property
    def kwargs(self) -> dict:
        return self._kwargs

    @kwargs.setter
    def kwargs(self, value: dict) -> None:
        self._update(self._args, value)

    @property
    def all_input_nodes(self) -> list[Node]:
        """The nodes that this one takes, each once."""
        found: dict[Node, None] = {}
        map_arg((self._args, self._kwargs), found.setdefault)
        return list(found)

    @property
    def next(self) -> Node:
        """The node after this one; after the last, the root of the graph."""
        return self.graph._neighbour(self, 1)

    @property
    def prev(self) -> Node:
        """The node before this one; before the first, the root of the graph."""
        return self.graph._neighbour(self, -1)

    def append(self, node: Node) -> None:
        """Move the node to behind this one."""
        self.graph._move(node, self, 1)

    def prepend(self, node: Node) -> None:
        """Move the node to before this one."""
        self.graph._move(node, self, 0)

    def replace_input_with(self, old_input: Node, new_input: Node) -> None:
        """Take another node where this one took old_input."""
        new = map_arg((self._args, self._kwargs), lambda n: new_input if n is old_input else n)
        self._update(*new)

    def replace_all_uses_with(
        self, replace_with: Node, delete_user_cb: Callable[[Node], bool] = lambda user: True
    ) -> list[Node]:
        """Every user of this node, as far as the callback says so, takes another one."""
        users = [user for user in self.users if delete_user_cb(user)]
        for user in users:
            user.replace_input_with(self, replace_with)
        return users

    def insert_arg(self, idx: int, arg: Any) -> None:
        """One positional argument more."""
        self._update((*self._args[:idx], arg, *self._args[idx:]), self._kwargs)

    def update_arg(self, idx: int, arg: Any) -> None:
        """Another positional argument."""
        self._update((*self._args[:idx], arg, *self._args[idx + 1 :]), self._kwargs)

    def update_kwarg(self, key: str, arg: Any) -> None:
        """Another argument by keyword."""
        self._update(self._args, {**self._kwargs, key: arg})

    def is_impure(self) -> bool:
        """Whether the step may do something besides its result."""
        if self.op in ("placeholder", "output"):
            return True
        name = getattr(self.target, "__name__", self.target)
        return self.op == "call_function" and name in ("_assert", "setitem", "manual_seed")

    def __repr__(self) -> str:
        return self.name

    def format_node(self) -> str:
        """As `print(graph)` shows it."""
        if self.op == "output":
            return f"return {self.args[0]}"
        kind = "" if self.type is None else f"{type_name(self.type)} "
        target = self.target if isinstance(self.target, str) else qualified_name(self.target)
        users = f"[num_users={len(self.users)}]"
        head = f"%{self.name} : {kind}{users} = {self.op}[target={target}]"
        if self.op == "placeholder":
            return f"{head}(default={self.args[0]!r})" if self.args else head
        if self.op == "get_attr":
            return head
        named = ", ".join(f"{key}: {_shown(value)}" for key, value in self.kwargs.items())
        return f"{head}(args = {_shown(self.args)}, kwargs = {{{named}}})"


def _shown(a: Any) -> str:
    return repr(map_aggregate(a, _Text))


class _Text:
    """A leaf of a printed argument: nodes with a sign before them, strings without quotes."""

    def __init__(self, leaf: Any):
        self.leaf = leaf

    def __repr__(self) -> str:
        return f"%{self.leaf}" if isinstance(self.leaf, Node) else str(self.leaf)


def type_name(kind: Any) -> str:
    """A type as code can call it."""
    if not isinstance(kind, type) or hasattr(kind, "__origin__"):
        return str(kind).replace("typing.", "typing_")
    module = (
        kind.__module__.removeprefix("j") if kind.__module__.startswith("j") else kind.__module__
    )
    return kind.__name__ if module == "builtins" else f"{module}.{kind.__name__}"


NAMES: dict[int, str] = {}  # of functions of torch's namespaces, by id: filled by the tracer


def qualified_name(fn: Any) -> str:
    """A function as code can call it: `torch.nn.functional.relu`, `_operator.add`."""
    known = NAMES.get(id(fn))
    if known is not None:
        return known
    name = getattr(fn, "__name__", None) or type(fn).__name__
    module = getattr(fn, "__module__", None) or ""
    return f"{module}.{name}".replace("_operator.", "operator.").lstrip(".")
