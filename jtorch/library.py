"""`torch.library`: operators of one's own. `custom_op` makes one of a Python function; `Library`
defines schemas and registers kernels; the `register_*` functions add what an operator lacks.
Kernels are Python: what they compute with tensors is recorded like everything else.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any

from . import _ops
from ._errors import not_covered
from ._ops_infer import infer_schema as infer_schema
from ._ops_keys import DispatchKey
from ._ops_schema import Schema
from ._tensor import Tensor
from .amp.autocast_mode import autocast
from .utils._pytree import tree_map_only

__all__ = [
    "Library", "impl", "define", "fallthrough_kernel", "impl_abstract", "register_autocast",
    "register_fake", "register_torch_dispatch", "register_vmap", "get_ctx", "get_kernel",
    "custom_op", "triton_op", "wrap_triton", "infer_schema",
]  # fmt: skip

RESERVED = ("prim",)


def fallthrough_kernel() -> None:
    """Stands for "no kernel here, ask the next key": a mark for `Library.impl`."""
    raise NotImplementedError("fallthrough_kernel() should never be called.")


# -- Library

_owners: set[str] = set()  # namespaces that have a Library of kind DEF


class Library:
    """A set of definitions of operators of a namespace (`kind` "DEF" or "FRAGMENT") or of kernels
    for operators of others (`kind` "IMPL", with the key they are for).
    """

    def __init__(self, ns: str, kind: str, dispatch_key: str = ""):
        if kind not in ("IMPL", "DEF", "FRAGMENT"):
            raise ValueError(f"Unsupported kind: {kind}")
        if ns in RESERVED and kind in ("DEF", "FRAGMENT"):
            raise ValueError(
                f"{ns} is a reserved namespace. Please try creating a library with another name."
            )
        if kind == "DEF":
            if ns in _owners:
                raise RuntimeError(
                    "Only a single TORCH_LIBRARY can be used to register the namespace "
                    f"{ns}; please put all of your definitions in a single TORCH_LIBRARY block.  "
                    "If you were trying to specify implementations, consider using "
                    "TORCH_LIBRARY_IMPL (which can be duplicated).  If you really intended to "
                    "define operators for a single namespace in a distributed way, you can use "
                    "TORCH_LIBRARY_FRAGMENT to explicitly indicate this."
                )
            _owners.add(ns)
        self.ns, self.kind, self.dispatch_key = ns, kind, dispatch_key
        self._undo: list[Callable[[], Any]] = []

    def __repr__(self) -> str:
        return f"Library(kind={self.kind}, ns={self.ns}, dispatch_key={self.dispatch_key})>"

    def define(self, schema: str, alias_analysis: str = "", *, tags: Any = ()) -> str:
        """Define `name(arguments) -> results`; returns the name, with the overload."""
        if alias_analysis not in ("", "FROM_SCHEMA", "CONSERVATIVE"):
            raise RuntimeError(f"Invalid alias_analysis type {alias_analysis}")
        op = _ops.define(Schema(schema, self.ns))
        op.tags = list(tags) if isinstance(tags, Sequence) else [tags]
        self._undo.append(lambda: _ops.undefine(op))
        return op._packet._name if op._overload == "default" else op.__name__

    def impl(
        self,
        op_name: Any,
        fn: Callable,
        dispatch_key: Any = "",
        *,
        with_keyset: bool = False,
        allow_override: bool = False,
    ) -> None:
        """Register the kernel of an operator (a name or an OpOverload) for a key."""
        if not callable(fn):
            raise TypeError(
                f"Input function is required to be a callable but found type {type(fn)}"
            )
        if with_keyset:
            raise not_covered("torch.library.Library.impl(with_keyset=True)")
        key = _key(dispatch_key or self.dispatch_key or "CompositeImplicitAutograd")
        op = _custom(op_name, self.ns)
        if key in op.kernels and not allow_override:
            raise RuntimeError(
                "This is not allowed since there's already a kernel registered from python "
                f"overriding {op.name().rpartition('::')[2]}'s behavior for {key} dispatch key "
                f"and {self.ns} namespace."
            )
        if fn is fallthrough_kernel:
            op.kernels.pop(key, None)
            return
        op.kernels[key] = fn
        self._undo.append(lambda: op.kernels.pop(key, None))

    def fallback(self, fn: Callable, dispatch_key: Any = "", *, with_keyset: bool = False) -> None:
        """Not covered: there is no kernel that all operators share."""
        raise not_covered("torch.library.Library.fallback")

    def _register_fake(self, op_name: Any, fn: Callable, *_: Any, **__: Any) -> Callable:
        self.impl(op_name, fn, "Meta", allow_override=True)
        return fn

    def _destroy(self) -> None:
        """Take everything out again that came in through this object."""
        while self._undo:
            self._undo.pop()()
        if self.kind == "DEF":
            _owners.discard(self.ns)


def _key(key: Any) -> str:
    """The name of a key that there is."""
    name = key.name if isinstance(key, DispatchKey) else key
    if name not in DispatchKey.__members__:
        raise RuntimeError(f"could not parse dispatch key: {name}")
    return name


def _custom(op: Any, namespace: str = "") -> _ops.CustomOp:
    """The operator that is meant by a name, an OpOverload or what `custom_op` returned."""
    if isinstance(op, CustomOpDef):
        return op._opoverload
    if isinstance(op, str):
        op = _ops.lookup(op if "::" in op or not namespace else f"{namespace}::{op}")
    elif isinstance(op, _ops.OpOverloadPacket):
        op = op.default
    if not isinstance(op, _ops.OpOverload):
        raise ValueError(f"Expected an operator or its name, got {op!r}")
    if not isinstance(op, _ops.CustomOp):
        raise not_covered(
            f"another kernel for torch.ops.{op}", "Operators of aten compute what jtorch computes."
        )
    return op


# -- functions that do what methods of Library do


def define(qualname: str, schema: Any = None, *, lib: Any = None, tags: Any = ()) -> Any:
    """Define `space::name` with a schema such as "(Tensor x) -> Tensor". Without a schema: a
    decorator that defines the operator `space::name(…) -> …` and takes the function as its kernel.
    """
    if not isinstance(qualname, str):
        raise ValueError(
            f"define(qualname, schema): expected qualname to be instance of str, got "
            f"{type(qualname)}"
        )
    namespace, _, name = qualname.partition("::")
    lib = Library(namespace, "FRAGMENT") if lib is None else lib
    if schema is not None and not re.match(r"\(.*\) -> .*\Z", schema):
        raise ValueError(
            f"define(qualname, schema, ...): expected schema to look like e.g. "
            f'"(Tensor x) -> Tensor" but got "{schema}"'
        )
    if schema is not None:
        lib.define(name + schema, alias_analysis="", tags=tags)
        return None

    def decorate(fn: Callable) -> Callable:
        lib.impl(lib.define(name, tags=tags), fn)
        return fn

    return decorate


def impl(qualname: Any, types: Any, func: Callable | None = None, *, lib: Any = None) -> Any:
    """Register a kernel for kinds of device ("cpu", "cuda", "default" for all). The old form
    `@impl(lib, name, key)` is a decorator for a kernel of that key.
    """
    if isinstance(qualname, Library):
        library, name, key = qualname, types, func or ""

        def decorate(fn: Callable) -> Callable:
            library.impl(name, fn, key)
            return fn

        return decorate
    return register_kernel(qualname, None if types == "default" else types, func, lib=lib)


def register_kernel(
    op: Any, device_types: Any, func: Callable | None = None, /, *, lib: Any = None
) -> Any:
    """Register the function that computes the operator on some kinds of device (None: on all)."""
    if func is None:
        return lambda fn: register_kernel(op, device_types, fn, lib=lib)
    target = _custom(op)
    lib = Library(target.namespace, "FRAGMENT") if lib is None else lib
    kinds = (
        [device_types] if isinstance(device_types, str) or device_types is None else device_types
    )
    for kind in kinds:
        key = "CompositeExplicitAutograd" if kind is None else kind.upper()
        lib.impl(target, func, key, allow_override=True)
    return func


def register_fake(
    op: Any, func: Callable | None = None, /, *, lib: Any = None, _stacklevel: int = 1,
    allow_override: bool = False,
) -> Any:  # fmt: skip
    """Register what computes shapes and dtypes of the results: run for tensors on `meta`."""
    if func is None:
        return lambda fn: register_fake(op, fn, lib=lib, allow_override=allow_override)
    target = _custom(op)
    lib = Library(target.namespace, "FRAGMENT") if lib is None else lib
    return lib._register_fake(target, func)


def impl_abstract(qualname: Any, func: Callable | None = None, *, lib: Any = None) -> Any:
    """The old name of register_fake."""
    return register_fake(qualname, func, lib=lib)


def register_autograd(
    op: Any, backward: Callable, /, *, setup_context: Callable | None = None, lib: Any = None
) -> None:
    """Register how gradients go through: `backward(ctx, *grads)` returns one for each input, and
    `setup_context(ctx, inputs, output)` saves for it what it needs.
    """
    target = _custom(op)
    if target._schema.is_mutable:
        raise RuntimeError(
            f"Cannot register autograd formula for non-functional operator {target} with schema "
            f"{target._schema}. Please create a functional operator and register an autograd "
            "formula for that."
        )
    target.formula = _ops.Formula(backward, setup_context)


def register_autocast(op: Any, device_type: str, cast_inputs: Any, /, *, lib: Any = None) -> None:
    """Under autocast on that kind of device, cast floating inputs to the dtype first."""
    if device_type not in ("cpu", "cuda", "xpu"):
        raise ValueError(f"Unknown device type: {device_type}")
    target = _custom(op)
    lib = Library(target.namespace, "FRAGMENT") if lib is None else lib

    def kernel(*args: Any, **kwargs: Any) -> Any:
        with autocast(device_type, enabled=False):
            args, kwargs = tree_map_only(Tensor, cast, (args, kwargs))
            return target(*args, **kwargs)

    def cast(x: Any) -> Any:
        fits = x.is_floating_point() and x.device.type == device_type and x.element_size() != 8
        return x.to(cast_inputs) if fits else x

    lib.impl(target, kernel, f"Autocast{device_type.upper()}")


def register_vmap(op: Any, func: Callable | None = None, /, *, lib: Any = None) -> Any:
    """Not covered: kernels are Python over tensors, and vmap goes through those without a rule."""
    raise not_covered("torch.library.register_vmap")


def register_torch_dispatch(op: Any, torch_dispatch_class: Any, func: Any = None, **_: Any) -> Any:
    """Not covered."""
    raise not_covered("torch.library.register_torch_dispatch")


def get_ctx() -> Any:
    """Not covered: there is no tracing with shapes that depend on values."""
    raise not_covered("torch.library.get_ctx")


def get_kernel(op: Any, dispatch_key: Any) -> Callable:
    """The kernel of an operator for a key."""
    target, key = _custom(op), _key(dispatch_key)
    if key not in target.kernels:
        raise RuntimeError(f"Failed to get kernel for {target.name()} and dispatch key {key}")
    return target.kernels[key]


def triton_op(name: str, fn: Callable | None = None, /, **_: Any) -> Any:
    """Not covered: Triton kernels need CUDA torch."""
    raise not_covered("torch.library.triton_op")


def wrap_triton(triton_kernel: Callable, /) -> Callable:
    """Not covered: Triton kernels need CUDA torch."""
    raise not_covered("torch.library.wrap_triton")


def opcheck(op: Any, args: tuple, kwargs: dict | None = None, **_: Any) -> Any:
    """Not covered."""
    raise not_covered("torch.library.opcheck")


# -- custom_op


class CustomOpDef:
    """An operator that was made of a function. Call it; or add to it what `register_*` names."""

    __module__ = "torch._library.custom_ops"

    def __init__(self, namespace: str, name: str, schema: str, fn: Callable, tags: Any = None):
        self._namespace, self._name, self._schema, self._init_fn = namespace, name, schema, fn
        known = getattr(_ops.ops, namespace)._packets.get(name)
        if known is not None and "default" in known._overloads:  # defined anew, as in a notebook
            _ops.undefine(known.default)
        self._lib = Library(namespace, "FRAGMENT")
        self._lib.define(name + schema, tags=tags or ())
        op = _ops.lookup(self._qualname)
        assert isinstance(op, _ops.CustomOp)
        self._opoverload = op
        if not op._schema.is_mutable:
            op.formula = _ops.Formula()

    @property
    def _qualname(self) -> str:
        return f"{self._namespace}::{self._name}"

    def __repr__(self) -> str:
        return f"<CustomOpDef({self._qualname})>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._opoverload(*args, **kwargs)

    def register_kernel(self, device_types: Any, fn: Callable | None = None, /) -> Any:
        """As `torch.library.register_kernel`."""
        return register_kernel(self, device_types, fn)

    def register_fake(self, fn: Callable, /) -> Callable:
        """As `torch.library.register_fake`."""
        return register_fake(self, fn)

    def register_autograd(
        self, backward: Callable, /, *, setup_context: Callable | None = None
    ) -> None:
        """As `torch.library.register_autograd`."""
        register_autograd(self, backward, setup_context=setup_context)

    def register_autocast(self, device_type: str, cast_inputs: Any) -> None:
        """As `torch.library.register_autocast`."""
        register_autocast(self, device_type, cast_inputs)

    def register_vmap(self, func: Callable | None = None, /) -> Any:
        """As `torch.library.register_vmap`."""
        return register_vmap(self, func)


def custom_op(
    name: str,
    fn: Callable | None = None,
    /,
    *,
    mutates_args: Any,
    device_types: Any = None,
    schema: str | None = None,
    tags: Any = None,
) -> Any:
    """Make the operator `space::name` of a Python function, callable as `torch.ops.space.name` too.

    Its schema comes from the function's annotations, or is given. Gradients go through when
    `register_autograd` said how. Results may not be inputs, which is checked, nor views of them.
    """
    if fn is None:
        return lambda f: custom_op(
            name, f, mutates_args=mutates_args, device_types=device_types, schema=schema, tags=tags
        )
    namespace, opname = name.split("::")
    text = infer_schema(fn, mutates_args=mutates_args) if schema is None else schema
    result = CustomOpDef(namespace, opname, text, fn, tags)
    register_kernel(result, device_types, _without_aliases(result, fn))
    register_fake(result, _no_fake(result))
    return result


def _no_fake(op: CustomOpDef) -> Callable:
    """What stands for the shapes of results until `register_fake` says them."""

    def kernel(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            f"There was no fake impl registered for {op}. This is necessary for "
            "torch.compile/export/fx tracing to work. Please use "
            f"`{op._init_fn.__name__}.register_fake` to add an fake impl."
        )

    return kernel


def _without_aliases(op: CustomOpDef, fn: Callable) -> Callable:
    """The function, which may not return what it was given."""

    def kernel(*args: Any, **kwargs: Any) -> Any:
        result = fn(*args, **kwargs)
        given = {id(x) for x in (*args, *kwargs.values()) if isinstance(x, Tensor)}
        outs = result if isinstance(result, (tuple, list)) else (result,)
        if any(isinstance(out, Tensor) and id(out) in given for out in outs):
            raise RuntimeError(
                f"{op._name} (with implementation in {inspect.getmodule(fn)}): The output of this "
                "custom operator (1) must not also be an input to this custom operator and (2) may "
                "not alias any inputs to this custom operator or other returns. The most common "
                "way to trigger this error is if we have y = custom_op(x) and y and x are the same "
                "Tensor. Please instead return a clone of the offending output tensor(s) (e.g. "
                "return x.clone()) or refactor the custom operator to not return y."
            )
        return result

    return kernel
