"""`torch.ops`: operators by name. Those of `aten` run what jtorch has under that name; those of
other namespaces are defined through `torch.library` and run the kernels that were registered there.
It knows neither how they are registered nor what any of them computes.
"""

from __future__ import annotations

import functools
import pathlib
import types
from collections.abc import Callable, Iterator
from typing import Any

from . import _errors, _ops_aten, _surface
from ._autograd.modes import modes
from ._ops_keys import excluded
from ._ops_schema import Schema
from ._tensor import Tensor
from .amp._switches import is_autocast_enabled
from .autograd.function import Function
from .nn import functional
from .ops import _overrides
from .utils._pytree import tree_flatten, tree_unflatten

COMPOSITE = (
    "CompositeExplicitAutograd",
    "CompositeExplicitAutogradNonFunctional",
    "CompositeImplicitAutograd",
)
NO_FAKE = (
    "{name}: attempted to run this operator with Meta tensors, but there was no fake impl or Meta "
    "kernel registered. You may have run into this message while using an operator with PT2 "
    "compilation APIs (torch.compile/torch.export); in order to use this operator with those APIs "
    "you'll need to add a fake impl."
)
NO_KERNEL = (
    "Could not run '{name}' with arguments from the '{key}' backend. This could be because the "
    "operator doesn't exist for this backend, or was omitted during the selective/custom build "
    "process (if using custom build). '{name}' is only available for these backends: [{keys}]."
)
NO_FORMULA = (
    "Trying to backward through {op} but no autograd formula was registered. Please use "
    "register_autograd to add one."
)


class OpOverload:
    """One operator: `torch.ops.aten.add.Tensor`. One object for each, so it may be a key."""

    __module__ = "torch._ops"

    def __init__(self, packet: OpOverloadPacket, overload: str):
        self._packet, self._overload = packet, overload
        self.__name__ = f"{packet._name}.{overload}"

    @property
    def overloadpacket(self) -> OpOverloadPacket:
        return self._packet

    @property
    def namespace(self) -> str:
        return self._packet._namespace

    @property
    def _overloadname(self) -> str:
        return self._overload

    def name(self) -> str:
        """As in schemas: `aten::add.Tensor`."""
        base = f"{self.namespace}::{self._packet._name}"
        return base if self._overload == "default" else f"{base}.{self._overload}"

    def __str__(self) -> str:
        return f"{self._packet}.{self._overload}"

    def __repr__(self) -> str:
        return f"<OpOverload(op='{self._packet}', overload='{self._overload}')>"

    def __reduce__(self):
        return getattr, (self._packet, self._overload)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError


class OpOverloadPacket:
    """The overloads of one name: `torch.ops.aten.add`."""

    __module__ = "torch._ops"

    def __init__(self, namespace: str, name: str):
        self._namespace, self._name = namespace, name
        self.__name__ = name
        self._overloads: dict[str, OpOverload] = {}

    def overloads(self) -> list[str]:
        """The names of the overloads; the one without a name is `default`."""
        return list(self._overloads)

    def __getattr__(self, name: str) -> OpOverload:
        if name.startswith("__"):
            raise AttributeError(f"'{self}' can't have an overload name beginning with '__'")
        if name not in self._overloads:
            raise AttributeError(f"The underlying op of '{self}' has no overload name '{name}'")
        return self._overloads[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._overloads)

    def __str__(self) -> str:
        return f"{self._namespace}.{self._name}"

    def __repr__(self) -> str:
        return f"<OpOverloadPacket(op='{self}')>"

    def __reduce__(self):
        return getattr, (getattr(ops, self._namespace), self._name)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Runs the first overload that takes these arguments."""
        *others, last = self._overloads.values()
        for overload in others:
            if isinstance(overload, CustomOp) and not overload.takes(args, kwargs):
                continue
            return overload(*args, **kwargs)
        return last(*args, **kwargs)


# -- aten


class AtenOp(OpOverload):
    """An operator of torch's own, which runs what jtorch has under the name."""

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        fn = implementation(self._packet._name)
        if fn is None:
            raise _errors.not_covered(f"torch.ops.{self}")
        if "self" in kwargs:
            kwargs = {"input" if key == "self" else key: value for key, value in kwargs.items()}
            if "input" in kwargs and not args:
                args = (kwargs.pop("input"),)
        return fn(*args, **kwargs)


@functools.cache
def implementation(name: str) -> Callable | None:
    """jtorch's function or method for an operator of aten, None where there is none."""
    if name in _ops_aten.__all__:
        return getattr(_ops_aten, name)
    for space in ("torch", "nn.functional"):
        if name in _surface.exports[space]:
            return _surface.exports[space][name]
    head, _, tail = name.partition("_")
    if head in ("linalg", "fft", "special") and tail in _surface.exports[head]:
        return _surface.exports[head][tail]
    if isinstance(found := vars(Tensor).get(name), types.FunctionType):
        return found
    return getattr(functional, name, None)


@functools.cache
def _aten() -> dict[str, list[str]]:
    """The names of aten, and the overloads of each."""
    path = pathlib.Path(__file__).parent / "aten_overloads.txt"
    text = path.read_text(encoding="utf-8").replace("\n  ", " ")
    lines = [line.split(": ") for line in text.splitlines() if not line.startswith("#")]
    return {name: overloads.split() for overloads, names in lines for name in names.split()}


# -- operators that are defined through torch.library


class Formula:
    """How gradients go through an operator. backward None: they do not, and asking is an error."""

    def __init__(self, backward: Callable | None = None, setup_context: Callable | None = None):
        self.backward, self.setup_context = backward, setup_context


class CustomOp(OpOverload):
    """An operator with a schema, kernels by key and perhaps a formula for its gradient."""

    def __init__(self, packet: OpOverloadPacket, overload: str, schema: Schema):
        super().__init__(packet, overload)
        self._schema = schema
        self.kernels: dict[str, Callable] = {}
        self.formula: Formula | None = None
        self.tags: list[Any] = []
        self._function: type[Function] | None = None

    def takes(self, args: tuple, kwargs: dict) -> bool:
        """Whether a call with these arguments fits the schema."""
        try:
            self._schema.bind(args, kwargs)
        except RuntimeError:
            return False
        return True

    def has_kernel_for_dispatch_key(self, key: Any) -> bool:
        """Whether a kernel was registered for just this key."""
        return getattr(key, "name", key) in self.kernels

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        values, named = self._schema.bind(args, kwargs)
        tensors = [x for x in tree_flatten((values, named))[0] if hasattr(x, "__torch_function__")]
        if _overrides.overrides(tensors):
            return _overrides.dispatch(self, tensors, args, kwargs)
        device = next((x.device.type for x in tensors if x.device.type != "cpu"), "cpu")
        kernel = self._wrapping_kernel(device.upper())
        if kernel is not None:
            return kernel(*values, **named)
        kernel = self._kernel(device.upper())
        if self.formula is None or kernel is self.kernels.get(COMPOSITE[-1]):
            return kernel(*values, **named)
        if not modes.grad or not any(x.requires_grad for x in tensors):
            return kernel(*values, **named)
        return self._recorded(kernel, values, named)

    def _wrapping_kernel(self, device: str) -> Callable | None:
        """What was registered for autocast or autograd, which calls the operator again."""
        kernels, out = self.kernels, excluded.names
        key = f"Autocast{device}"
        if key in kernels and key not in out and is_autocast_enabled(device.lower()):
            return kernels[key]
        for key in (f"Autograd{device}", "Autograd"):
            if key in kernels and key not in out:
                return kernels[key]
        return None

    def _kernel(self, device: str) -> Callable:
        """The kernel for a kind of device."""
        key = "Meta" if device == "META" else device
        for each in (key, *COMPOSITE):
            if each in self.kernels:
                return self.kernels[each]
        if key == "Meta":
            raise NotImplementedError(NO_FAKE.format(name=self.name()))
        keys = ", ".join(self.kernels)
        raise NotImplementedError(NO_KERNEL.format(name=self.name(), key=key, keys=keys))

    def _recorded(self, kernel: Callable, values: list, named: dict) -> Any:
        """The kernel as one node on the tape, whose backward is the formula."""
        if self._function is None:
            name = f"GeneratedBackwardFor_{str(self).replace('.', '_')}"
            self._function = type(name, (_Generated,), {"op": self})
        leaves, tree = tree_flatten(values)
        call = _Call(kernel, tree, [isinstance(x, list) for x in values], named)
        result = self._function.apply(call, *leaves)
        return tree_unflatten(list(result), call.results) if call.results is not None else result


class _Call:
    """What one call of a Function for an operator needs besides the leaves of its arguments."""

    def __init__(self, kernel: Callable, tree: Any, lists: list[bool], named: dict):
        self.kernel, self.tree, self.lists, self.named = kernel, tree, lists, named
        self.results: Any = None  # the structure of the results, where they hold lists


class _Generated(Function):
    """The Function of an operator with a formula."""

    op: CustomOp

    @classmethod
    def forward(cls, ctx: Any, call: _Call, *leaves: Any) -> Any:  # type: ignore[override]
        values = tree_unflatten(list(leaves), call.tree)
        result = call.kernel(*values, **call.named)
        formula = cls.op.formula
        assert formula is not None
        ctx._call = call
        if formula.setup_context is not None:
            named = {"keyword_only_inputs": call.named} if call.named else {}
            formula.setup_context(ctx=ctx, inputs=tuple(values), output=result, **named)
        if isinstance(result, Tensor) or result is None:
            return result
        flat, tree = tree_flatten(result)
        if not isinstance(result, tuple) or len(flat) != len(result):
            call.results = tree
        return tuple(flat)

    @classmethod
    def backward(cls, ctx: Any, *grads: Any) -> Any:  # type: ignore[override]
        formula, call = cls.op.formula, ctx._call
        if formula is None or formula.backward is None:
            raise RuntimeError(NO_FORMULA.format(op=cls.op))
        if call.results is not None:
            grads = tuple(tree_unflatten(list(grads), call.results))
        found = formula.backward(ctx, *grads)
        found = found if isinstance(found, tuple) else (found,)
        return (None, *_spread(found, call))


def _spread(found: tuple, call: _Call) -> list:
    """Gradients by argument as gradients by leaf: None for a list stands for one of each."""
    shape = tree_unflatten(list(range(call.tree.num_leaves)), call.tree)
    flat: list[Any] = []
    for grad, places in zip(found, shape, strict=True):
        count = len(tree_flatten(places)[0])
        whole = [grad] if not isinstance(grad, (list, tuple)) else list(grad)
        flat += whole if len(whole) == count else [None] * count
    return flat


# -- the namespaces


class _OpNamespace(types.ModuleType):
    """`torch.ops.aten` and the like: packets by name."""

    def __init__(self, name: str):
        super().__init__(f"torch.ops.{name}")
        self._name = name
        self._packets: dict[str, OpOverloadPacket] = {}

    __file__ = "torch.ops"

    def __iter__(self) -> Iterator[str]:
        return iter(self._packets)

    def __getattr__(self, name: str) -> OpOverloadPacket:
        if name in self._packets:
            return self._packets[name]
        if self._name == "aten" and name in _aten():
            packet = self._packets[name] = OpOverloadPacket("aten", name)
            packet._overloads.update({each: AtenOp(packet, each) for each in _aten()[name]})
            return packet
        raise AttributeError(f"'_OpNamespace' '{self._name}' object has no attribute '{name}'")

    def __reduce__(self):
        return getattr, (ops, self._name)


class _Ops(types.ModuleType):
    """`torch.ops`: namespaces by name, each made when it is first asked for."""

    __file__ = "_ops.py"

    def __init__(self):
        super().__init__("torch.ops")
        self.loaded_libraries: set[str] = set()
        self._known: dict[str, Callable[[], None]] = {}  # libraries we have, by package and file
        self._loaded: set[str] = set()

    def __getattr__(self, name: str) -> _OpNamespace:
        if name.startswith("__"):
            raise AttributeError(f"module 'torch.ops' has no attribute '{name}'")
        namespace = _OpNamespace(name)
        setattr(self, name, namespace)
        return namespace

    def __reduce__(self):
        return _the_ops, ()

    def load_library(self, path: Any) -> None:
        """Registers the operators of a compiled extension that jtorch has in its own words:
        torchvision's `_C.so`, known by the folder and the name. Raises OSError for any other.
        """
        file = pathlib.Path(path)
        key = f"{file.parent.name}/{file.name.partition('.')[0]}"
        if key not in self._known or not file.exists():
            raise OSError(f"Could not load this library: {path}")
        if key not in self._loaded:
            self._known[key]()
            self._loaded.add(key)
        self.loaded_libraries.add(str(file))

    import_module = staticmethod(__import__)


ops = _Ops()


def _the_ops() -> _Ops:
    return ops


# -- for torch.library


def define(schema: Schema) -> CustomOp:
    """Make the operator of a schema. Raises RuntimeError where there is one of that name."""
    namespace = getattr(ops, schema.namespace)
    if schema.opname not in namespace._packets:
        namespace._packets[schema.opname] = OpOverloadPacket(schema.namespace, schema.opname)
    packet = namespace._packets[schema.opname]
    overload = schema.overload_name or "default"
    if overload in packet._overloads:
        raise RuntimeError(
            f"Tried to register an operator ({schema}) with the same name and overload name "
            "multiple times. Each overload's schema should only be registered with a single call "
            "to def()."
        )
    packet._overloads[overload] = op = CustomOp(packet, overload, schema)
    return op


def undefine(op: OpOverload) -> None:
    """Take an operator out again."""
    op._packet._overloads.pop(op._overload, None)
    if not op._packet._overloads:
        getattr(ops, op.namespace)._packets.pop(op._packet._name, None)


def lookup(name: str) -> OpOverload:
    """The operator `space::name` or `space::name.overload`; RuntimeError where there is none."""
    space, _, rest = name.partition("::")
    opname, _, overload = rest.partition(".")
    try:
        return getattr(getattr(getattr(ops, space), opname), overload or "default")
    except AttributeError:
        raise RuntimeError(f"operator {name} does not exist") from None
