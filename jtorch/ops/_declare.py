"""One declaration per op. A decorated function is a pure function of jax arrays plus, in its
signature and the decorator's arguments, everything torch's surface needs to know: the function, the
method, the in-place and out= forms, promotion, shape inference, the gradient and the tests all come
from it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from .. import _dtypes
from .._autograd.modes import modes, without_autocast
from .._autograd.pullback import DiffPrim
from .._autograd.views import ViewPrim
from .._errors import type_name_of
from ..graph import Lifted
from . import _apply, _bind, _misfits, _out
from ._checks import check_broadcast
from ._promote import Promote, cast, check_alpha, compute_dtype, finish

__all__ = ["Promote", "Op", "op", "pointwise", "reduction", "registry", "view"]

registry: dict[str, Op] = {}  # every declared op, by "namespace.name"


class Op:
    """A pure function on jax arrays, plus what torch's surface needs to know about it."""

    is_view = False

    def __init__(
        self,
        fn: Callable,
        *,
        promote: Promote = Promote.NONE,
        variants: str = "fm",
        namespace: str | tuple[str, ...] = "torch",
        name: str | None = None,
        aliases: tuple[str, ...] = (),
        returns: tuple[str, ...] | None = None,
        grad_name: str | Callable[[Sequence, dict], str] | None = None,
        saves: str = "inputs",
        residuals: bool = False,
        differentiable: bool = True,
        keeps_strides: bool = False,
        integers: str | None = None,
        fits: bool = False,
        raw: bool = False,
        edges: tuple[int, ...] | None = None,
    ):
        self.fn, self.promote, self.variants = fn, promote, variants
        self.__name__ = self.name = name or fn.__name__.strip("_")
        self.__doc__, self.__module__ = fn.__doc__, fn.__module__
        self.namespaces = (namespace,) if isinstance(namespace, str) else namespace
        self.aliases, self.differentiable, self.keeps_strides = (
            aliases,
            differentiable,
            keeps_strides,
        )
        self.integers = integers
        self.fits = fits  # its numbers must be values of the first input's dtype
        self.raw = raw  # gives Values, which the caller makes the contents of tensors
        self.params = _bind.parameters(fn)
        self.result_type = _bind.result_type(self.name, returns) if returns else None
        self.single = returns is None
        # Where torch has several derivatives for one name, a function of the call says which.
        self.node_name = grad_name if callable(grad_name) else None
        self.prim = self._make_prim(None if self.node_name else grad_name, saves, residuals)
        self.prim.edges = edges
        self.check_fn: Callable | None = None
        self.validate_fn: Callable | None = None
        self.public = _bind.binder(self)
        for space in self.namespaces:  # private ops may be called as public ones are
            place = space if variants else fn.__module__
            registry[f"{place}.{fn.__name__}"] = self

    def _make_prim(self, grad_name, saves, residuals) -> DiffPrim:
        return DiffPrim(self.name, self._run, grad_name=grad_name, saves=saves, residuals=residuals)

    def __call__(self, *args, **kwargs):
        return self.public(*args, **kwargs)

    def inplace(self, target, *args, **kwargs):
        """target becomes op(target, …)."""
        target._check_writable(args)
        self.refuse_shared(target, args)
        if modes.autocast is None:
            result = self.public(target, *args, **kwargs)
        else:
            result = without_autocast(self.public, target, *args, **kwargs)
        return _apply.assign(target, result)

    def refuse_shared(self, target: Any, args: Sequence) -> None:
        """Raise if what an in-place form writes shares memory with what it reads."""
        if self.keeps_strides and not self.fits:
            if target._alias is not None:
                _out.refuse_shared(target, args)
        elif self.name in _out.WRITERS:
            _out.refuse_shared(target, args, True)

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.signature(self.public)

    # -- the primitive

    def _run(self, *inputs, **static) -> tuple:
        """The body with promotion before it: what the graph records."""
        args = _bind.regroup(self.params, inputs, static)
        self._refuse_numbers(args)
        if self.validate_fn is not None:
            self.validate_fn(**args)
        if self.promote not in (Promote.NONE, Promote.OWN):
            operands = [args[p.name] for p in self.params if p.promotes and not p.factor]
            operands = [
                x for each in operands for x in (each if isinstance(each, list) else [each])
            ]
            if self.keeps_strides:
                check_broadcast(operands)
            dtype = compute_dtype(self.promote, operands)
            for p in self.params:
                if p.promotes:
                    x = args[p.name]
                    if p.name == "alpha":
                        check_alpha(x, dtype)
                    args[p.name] = (
                        [cast(y, dtype) for y in x] if isinstance(x, list) else cast(x, dtype)
                    )
        elif self.promote is not Promote.OWN:
            args = {k: x.array if isinstance(x, Lifted) else x for k, x in args.items()}
        outs = self.fn(**_bind.split(self.params, args))
        if isinstance(outs, (tuple, list)):
            self.single = False
            return tuple(outs)
        return (finish(self.promote, outs),)

    def _refuse_numbers(self, args: dict) -> None:
        inputs = [p for p in self.params if p.is_input]
        for i, p in enumerate(inputs):
            x = args[p.name]
            each = x if p.kind == "tensors" else [x] if p.kind in ("tensor", "operand") else []
            for k, y in enumerate(each):
                number = isinstance(y, (int, float, complex, Lifted)) and p.kind != "operand"
                absent = y is None and not p.optional and (self.variants or p.kind != "tensors")
                if number or absent:
                    wrong = y.kind(0) if isinstance(y, Lifted) else y
                    raise self.wrong_type(i + k, wrong, [args[q.name] for q in inputs])
        if self.variants and self.name not in _misfits.OF_NUMBERS:
            given = [x for p in inputs if (x := args[p.name]) is not p.default]
            mixed = any(p.kind in ("operand", "fixable") for p in inputs)
            if mixed and all(isinstance(x, (int, float, complex, Lifted)) for x in given):
                raise _misfits.among_inputs(self, [args[p.name] for p in inputs])

    def validate(self, fn: Callable) -> Callable:
        """Attach what is to be asked of the arguments as they come, before promotion."""
        self.validate_fn = fn
        return fn

    # -- checks of values

    def check(self, fn: Callable) -> Callable:
        """Attach a check: same arguments as the body -> (bad, detail, exception type, message), or
        None where there is nothing to check. It waits only for the inputs whose values it reads.
        """
        self.check_fn = fn
        return fn

    def run_check(self, inputs: Sequence, static: dict) -> Any:
        """What the check says of these arrays and numbers; None where it has nothing to ask."""
        assert self.check_fn is not None
        return self.check_fn(**_bind.split(self.params, _bind.regroup(self.params, inputs, static)))

    # -- calls from the generated binder

    def record(self, inputs: tuple, static: tuple, out=None):
        if out is None:
            return _apply.call(self, inputs, static)
        return _out.write_out(self, inputs, static, out)

    # -- for __torch_function__ and errors

    def arguments(self, inputs: Sequence, static: tuple) -> tuple[tuple, dict]:
        """(args, kwargs) as a user could have written them."""
        values = _bind.regroup(self.params, inputs, dict(static))
        args, kwargs = [], {}
        for p in self.params:
            value = _bind.unfix(values[p.name])
            if p.kind == "dtype" and value is not None:
                value = _dtypes.from_np(value)
            if p.keyword_only or kwargs:
                if p.default is p.empty or value is not p.default:
                    kwargs[p.name] = value
            else:
                args.append(value)
        while args and self.params[len(args) - 1].default is args[-1]:
            args.pop()
        return tuple(args), kwargs

    def wrong_type(self, index: int, x: Any, inputs: Sequence = ()) -> TypeError:
        """torch's words for an argument of the wrong type."""
        if inputs and _misfits.several(self, len(inputs)):
            return _misfits.among_inputs(self, inputs)
        names = [p for p in self.params if p.is_input]
        p = names[min(index, len(names) - 1)]
        if p.kind == "tensors":
            return TypeError(
                f"expected Tensor as element {index - names.index(p)} in argument "
                f"{self.params.index(p)}, but got {type_name_of(x)}"
            )
        where = "" if p.keyword_only else f" (position {self.params.index(p) + 1})"
        want = "Number" if p.kind == "number" else "Tensor"
        return TypeError(
            f"{_misfits.title(self)}(): argument '{p.name}'{where} must be {want}, not "
            f"{type_name_of(x)}"
        )


class ViewOp(Op):
    """An op whose result shares its input's storage. `layout` moves strides, `put` writes back,
    `now` reads at once.
    """

    is_view = True

    def __init__(self, fn, *, layout, put=None, now=None, **options):
        self._layout_rule, self._put_rule, self._now_rule = layout, put, now
        super().__init__(fn, **options)

    def _make_prim(self, grad_name, saves, residuals) -> ViewPrim:
        rules = self._layout_rule, self._put_rule, grad_name, self._now_rule
        return ViewPrim(self.name, self._run, *rules)

    def record(self, inputs, static, out=None):
        return _apply.view(self, inputs[0], tuple(inputs[1:]), static)


def _family(cls: type[Op], defaults: dict):
    def decorate(first=None, /, **options):
        if isinstance(first, Promote):
            options["promote"], first = first, None
        options = {**defaults, **options}
        if first is not None:
            return cls(first, **options)
        return lambda fn: cls(fn, **options)

    return decorate


op: Any = _family(Op, {"variants": "fm"})
pointwise: Any = _family(Op, {"variants": "fmio", "keeps_strides": True})
reduction: Any = _family(Op, {"variants": "fmo"})
view: Any = _family(ViewOp, {"variants": "fm"})
