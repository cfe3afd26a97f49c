"""torch.autograd.Function: an op whose forward and backward the user writes in tensor operations.
Its node on the tape calls the user's backward; under create_graph that backward is itself recorded.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

from .._autograd import crossing, tape
from .._autograd.engine import handles
from .._autograd.modes import modes
from .._autograd.tape import SECOND_TIME, Edge, check_sums_to, modified, stale
from .._tensor import Tensor, from_value
from ..graph import Wrapped, levels
from . import _dual


class FunctionCtx:
    """What forward hands to backward."""

    def __init__(self):
        self.needs_input_grad: tuple[bool, ...] = ()
        self.to_save: tuple[Tensor | None, ...] = ()
        self.dirty_tensors: tuple[Tensor, ...] = ()
        self.non_differentiable: tuple[Tensor, ...] = ()
        self.materialize_grads = True
        self._node: _FunctionNode | None = None

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Tensors for backward; changing them in place afterwards is an error there."""
        for t in tensors:
            if t is not None and not isinstance(t, Tensor):
                raise TypeError(
                    "save_for_backward can only save variables, but argument "
                    f"{tensors.index(t)} is of type {type(t).__name__}"
                )
        self.to_save = tensors

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Tensors for jvp, which finds them in saved_tensors."""
        if self._node is None and not self.to_save:
            self.to_save = tensors

    def mark_dirty(self, *args: Tensor) -> None:
        """Inputs that forward changes in place; they must be returned."""
        self.dirty_tensors = args

    def mark_non_differentiable(self, *args: Tensor) -> None:
        self.non_differentiable = args

    def set_materialize_grads(self, value: bool) -> None:
        """False: backward sees None for outputs without a gradient, in place of zeros."""
        self.materialize_grads = value

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        if self._node is None:
            return tuple(self.to_save)
        return self._node.unpack()


class _Saved:
    """A tensor kept by value, place on the tape and version; no cycle with the output."""

    def __init__(self, tensor: Tensor, output_nr: int | None):
        self.value = tensor._read()
        self.home = (tensor._ensure_counter(), tensor._ensure_counter().n)
        self.output_nr = output_nr
        self.edge: Edge | None = None if output_nr is not None else tensor._edge()
        self.leaf = tensor if tensor._requires and tensor._grad_fn is None else None
        self.grad_name = tensor._grad_fn.name() if tensor._grad_fn is not None else None
        self.nr = tensor._nr


class _FunctionNode(tape.Node):
    """The tape's record of one call of a Function."""

    function: type[Function]

    def __init__(self, ctx: FunctionCtx, edges, outs):
        super().__init__(edges, outs)
        self.ctx = ctx
        self.saved: list[_Saved | None] | None = []
        self.had_saved = False
        self.places: tuple[int, ...] = ()  # of the tensors among what forward returned
        self.returned = 0
        self.tensors: tuple[int, ...] = ()  # which of forward's arguments are tensors

    @property
    def next_functions(self) -> tuple:
        every = super().next_functions
        return tuple(every[i] for i in self.tensors)

    def keep(self, outputs: Sequence[Any]) -> None:
        """Take over what save_for_backward named."""
        places = {id(o): k for k, o in enumerate(outputs)}
        self.saved = [None if t is None else _Saved(t, places.get(id(t))) for t in self.ctx.to_save]
        self.had_saved = bool(self.saved)
        self.ctx.to_save = ()
        self.ctx._node = self

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        return self.unpack()

    def unpack(self) -> tuple[Tensor | None, ...]:
        if self.saved is None:
            if self.had_saved:
                raise RuntimeError(SECOND_TIME)
            return ()
        return tuple(None if s is None else self._unpack_one(s) for s in self.saved)

    def _unpack_one(self, s: _Saved) -> Tensor:
        if stale(s.home):
            name = self.name() if s.output_nr is not None else s.grad_name
            raise modified(s.value.aval, s.home, *(s.home[0].writer or (name, s.output_nr or s.nr)))
        if s.leaf is not None:
            return s.leaf
        edge = (self, s.output_nr) if s.output_nr is not None else s.edge
        return from_value(s.value, *(edge or (None, 0)))

    def apply(self, grads, create_graph):
        if self.frame is not None:
            self.frame.restore(grads)
        args: list[Tensor | None] = []
        for aval, g in zip(self.outs, grads, strict=True):
            if g is not None:
                args.append(handles.wrap(g))
            elif self.ctx.materialize_grads:
                static = (("shape", aval.shape), ("dtype", aval.dtype))
                args.append(from_value(tape.record(tape.ZEROS, static, [], aval.device)[0]))
            else:
                args.append(None)
        given: list[Tensor | None] = [None] * self.returned
        for place, arg in zip(self.places, args, strict=True):
            given[place] = arg
        result = self.function.backward(self.ctx, *given)
        return self._check(result if isinstance(result, tuple) else (result,))

    def _check(self, results: tuple) -> list:
        count, name = len(self.edges), self.name()
        if len(results) > count and all(r is None for r in results[count:]):
            results = results[:count]
        if len(results) != count:
            raise RuntimeError(
                f"function {name} returned an incorrect number of gradients (expected {count}, got "
                f"{len(results)})"
            )
        outs = []
        for i, (edge, g) in enumerate(zip(self.edges, results, strict=True)):
            if g is None or edge is None:
                outs.append(None)
                continue
            if not isinstance(g, Tensor):
                raise TypeError(
                    f"function {name} returned a value of type {type(g).__name__} as gradient {i}; "
                    "expected a Tensor or None"
                )
            want = edge[0].outs[edge[1]]
            if tuple(g.shape) != want.shape:
                g = _reduce_to(g, want.shape, name, i)
            if g._value.aval.dtype != want.dtype:
                g = g.to(
                    Tensor.dtype.fget(  # pyright: ignore[reportOptionalCall]
                        from_value(
                            tape.record(tape.ZEROS, (("shape", ()), ("dtype", want.dtype)), [])[0]
                        )
                    )
                )  # type: ignore
            outs.append(handles.unwrap(g))
        return outs

    def release(self):
        self.saved = self.frame = None


def _reduce_to(g: Tensor, shape: tuple[int, ...], name: str, i: int) -> Tensor:
    """Sum a gradient over the dimensions its input was broadcast along."""
    check_sums_to(g.shape, shape, name, i)
    return g.sum_to_size(shape)  # type: ignore[attr-defined]


class _Meta(type):
    """Each Function gets a node class of its own, named as torch names it."""

    def __init__(cls, name, bases, namespace):
        super().__init__(name, bases, namespace)
        cls._node_class = type(name + "Backward", (_FunctionNode,), {"function": cls})


class Function(metaclass=_Meta):
    """Subclass it with static methods forward(ctx, …) and backward(ctx, *grads), or forward(…) and
    setup_context(ctx, inputs, output); call `apply`.
    """

    _node_class: type[_FunctionNode]

    def __init__(self, *args, **kwargs):
        warnings.warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all "
            "static, so you should invoke them on the class itself. Instantiating an autograd "
            "function will raise an error in a future version of PyTorch.",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args, **kwargs):
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use "
            "new-style autograd function with static forward method. (Example: "
            "https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(
            "You must implement the forward function for custom autograd.Function."
        )

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom "
            "autograd.Function to use it "
            "with backward mode AD."
        )

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with "
            "forward mode AD."
        )

    generate_vmap_rule = False

    @staticmethod
    def vmap(info: Any, in_dims: tuple, *args: Any) -> Any:
        raise NotImplementedError(
            "To use autograd.Function with vmap, you must either override the vmap staticmethod or "
            "set generate_vmap_rule=True."
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run forward off the tape and put one node for the whole of it."""
        inside = [a._read() for a in args if isinstance(a, Tensor)]
        inside = [v.buf.level for v in inside if isinstance(v.buf, Wrapped)]
        if levels.stack.levels or inside:
            level = max(inside, key=lambda each: each.number, default=None)
            return _transformed(cls, level, args, kwargs)
        return _run(cls, args, kwargs)[1]


MORE = "For more details, please see https://pytorch.org/docs/main/notes/extending.func.html"


def _transformed(cls, level: Any, args: tuple, kwargs: dict) -> Any:
    """Inside a transformation, of which `level` is the innermost that arguments belong to."""
    if levels.stack.levels and cls.setup_context is Function.setup_context:
        raise RuntimeError(
            "In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, "
            f"jacrev, ...), it must override the setup_context staticmethod. {MORE}"
        )
    if isinstance(level, levels.Tangents):
        return _pushed(cls, level, args, kwargs)
    if isinstance(level, levels.Batch) and not cls.generate_vmap_rule:
        if cls.vmap is Function.vmap:
            raise RuntimeError(
                f"You tried to vmap over {cls.__name__}, but it does not have vmap support. Please "
                "override and implement the vmap staticmethod or set generate_vmap_rule=True. "
                f"{MORE}"
            )
        return _batched(cls, level, args)
    return _run(cls, args, kwargs)[1]


def _pushed(cls, level: levels.Tangents, args: tuple, kwargs: dict) -> Any:
    """Forward on the numbers, the user's jvp on their tangents, and one node for both."""
    parts = [_dual.split_dual(level, a) if isinstance(a, Tensor) else (a, None) for a in args]
    apart = cls.setup_context is not Function.setup_context
    previous, modes.grad = modes.grad, modes.grad and not apart
    try:
        ctx, output = _run(cls, tuple(p for p, _ in parts), kwargs)
        tangents = [
            p.new_zeros(p.shape)  # type: ignore[attr-defined]
            if t is None and isinstance(p, Tensor) and ctx.materialize_grads
            else t
            for p, t in parts
        ]
        moved = cls.jvp(ctx, *tangents)
        single = not isinstance(output, tuple)
        pairs = [(output, moved)] if single else zip(output, moved, strict=True)
        duals = [o if t is None else _dual.make_dual(level, o, t) for o, t in pairs]
    finally:
        modes.grad = previous
    result = duals[0] if single else tuple(duals)
    return _run(cls, args, kwargs, result)[1] if apart else result


class VmapInfo(NamedTuple):
    """What a Function's vmap is told."""

    batch_size: int
    randomness: str


def _batched(cls, level: levels.Batch, args: tuple) -> Any:
    """The user's rule for a whole batch."""
    given, dims = [], []
    for a in args:
        mapped = isinstance(a, Tensor) and level in levels.levels_of(a._read())
        given.append(_dual.tensor(crossing.leave(level, _dual.cotangent(a))) if mapped else a)
        dims.append(0 if mapped else None)
    info = VmapInfo(level.size, level.randomness)
    with levels.outside(level):
        output, out_dims = cls.vmap(info, tuple(dims), *given)

    def example(x: Any, dim: Any) -> Any:
        if dim is None or not isinstance(x, Tensor):
            return x
        front = x.movedim(dim, 0) if dim else x  # type: ignore[attr-defined]
        return _dual.tensor(crossing.enter(level, _dual.cotangent(front)))

    if not isinstance(output, tuple):
        return example(output, out_dims)
    if not isinstance(out_dims, tuple):
        out_dims = (out_dims,) * len(output)
    return tuple(example(o, d) for o, d in zip(output, out_dims, strict=True))


def _run(cls, args: tuple, kwargs: dict, known: Any = None) -> tuple[FunctionCtx, Any]:
    """(ctx, what forward returned, on the tape); `known` if that has been computed already."""
    ctx = FunctionCtx()
    tracked = [a if isinstance(a, Tensor) and a.requires_grad else None for a in args]
    ctx.needs_input_grad = tuple(a is not None for a in tracked)
    edges = tuple(None if a is None else a._edge() for a in tracked)
    recording = modes.grad and any(e is not None for e in edges)
    previous, modes.grad = modes.grad, False
    try:
        if cls.setup_context is not Function.setup_context:
            output = cls.forward(*args, **kwargs) if known is None else known
            cls.setup_context(ctx, args, output)
        else:
            output = cls.forward(ctx, *args, **kwargs)
    finally:
        modes.grad = previous
    return ctx, _attach(cls, ctx, args, edges, output, recording)


def _attach(cls, ctx: FunctionCtx, args, edges, output: Any, recording: bool) -> Any:
    single = not isinstance(output, tuple)
    outs = (output,) if single else output
    dirty = {id(t) for t in ctx.dirty_tensors}
    results = [_detached(o, o_is_input(o, args), id(o) in dirty) for o in outs]
    if recording:
        tensors = [(k, r) for k, r in enumerate(results) if isinstance(r, Tensor)]
        values = [a._read() if isinstance(a, Tensor) else a for a in args]
        _, edges = crossing.lifted(values, edges, [r._read() for _, r in tensors])
        node = cls._node_class(ctx, edges, tuple(r._value.aval for _, r in tensors))
        node.tensors = tuple(i for i, a in enumerate(args) if isinstance(a, Tensor))
        node.places, node.returned = tuple(k for k, _ in tensors), len(results)
        fixed = {id(t) for t in ctx.non_differentiable}
        for nr, (k, r) in enumerate(tensors):
            if id(outs[k]) in fixed or not (r.dtype.is_floating_point or r.dtype.is_complex):
                continue
            if r._requires and id(outs[k]) in dirty:
                raise RuntimeError(
                    "a leaf Variable that requires grad is being used in an in-place operation."
                )
            r._grad_fn, r._nr = node, nr
        node.keep([r for _, r in tensors] if single is False else [results[0]])
        _rename_saved(node, outs, results)
    return results[0] if single else tuple(results)


def _rename_saved(node: _FunctionNode, outs, results) -> None:
    """A saved output that was handed out under another name still counts as an output."""
    renamed = {id(o._value): k for k, o in enumerate(outs) if isinstance(o, Tensor)}
    for s in node.saved or ():
        if s is not None and s.output_nr is None and s.leaf is None and s.edge is None:
            k = renamed.get(id(s.value))
            if k is not None and results[k]._grad_fn is node:
                s.output_nr = results[k]._nr


def o_is_input(o: Any, args) -> bool:
    return any(o is a for a in args)


def _detached(o: Any, is_input: bool, dirty: bool) -> Any:
    """Outputs are fresh tensors; an input returned as it is comes back as a view of itself."""
    if not isinstance(o, Tensor) or dirty:
        return o
    if is_input or o._base is not None or o.requires_grad:
        out = o.detach()  # type: ignore[attr-defined]
        return out
    return o


def once_differentiable(fn):
    """A backward that cannot itself be differentiated: its results refuse a second derivative."""

    @functools.wraps(fn)
    def wrapper(ctx, *args):
        previous, modes.grad = modes.grad, False
        try:
            outputs = fn(ctx, *args)
        finally:
            modes.grad = previous
        if not modes.grad or not any(isinstance(a, Tensor) and a.requires_grad for a in args):
            return outputs
        single = not isinstance(outputs, tuple)
        outs = (outputs,) if single else outputs
        made = tuple(_refusing(o) for o in outs)
        return made[0] if single else made

    return wrapper


class _Refusal(tape.Node):
    def apply(self, grads, create_graph):
        raise RuntimeError(
            "trying to differentiate twice a function that was marked with @once_differentiable"
        )


def _refusing(o: Any) -> Any:
    if not isinstance(o, Tensor):
        return o
    return from_value(o._read(), _Refusal((), (o._value.aval,)), 0)
