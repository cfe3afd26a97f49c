"""From a bound call to recorded values: reads the tensors' values, records the primitive, puts the
result on the tape. The only place where Tensors meet primitives; it knows no particular op.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from .._autograd import tape
from .._autograd.modes import modes
from .._autograd.pullback import DiffPrim, differentiable
from .._autograd.views import Step
from .._layout import dense_like, elementwise_strides
from .._tensor import Tensor, from_value
from ..graph import TRACED, Value, add_check, default_device, from_buffer, is_open, record
from . import _overrides, _place, _values
from ._promote import converted

if TYPE_CHECKING:
    from ._declare import Op

NUMBERS = frozenset({int, float, bool, complex})
SMALL_PART = 1 << 16  # bytes of a view that is read at once


def call(op: Op, inputs: Sequence, static: tuple) -> Any:
    """Apply op to Tensors, Python numbers and None. Returns a Tensor or a tuple of them."""
    if modes.autocast is not None:
        inputs = modes.autocast.cast(op.name, inputs)
    values, tracked, plain, named = [], False, True, _overrides.plain
    for x in inputs:
        cls = x.__class__
        if cls in named:
            if x._alias is None:
                values.append(x._value)
                if x._strides is not None:
                    plain = False
            else:
                values.append(x._read())
                if plain and not x._plain():
                    plain = False
                if x._alias.origin and x.requires_grad:
                    tracked = True
            if x._grad_fn is not None or x._requires:
                tracked = True
        elif x is None or cls in NUMBERS:
            values.append(x)
        else:
            return _odd_call(op, inputs, static)
    if op.fits:
        for v in values:
            if v.__class__ in NUMBERS:
                _place.check_castable(v, values[0].aval.dtype)
    if tracked and modes.grad and op.differentiable:
        edges = [x._edge() if isinstance(x, Tensor) else None for x in inputs]
        outs = _tracked(op, values, edges, static)
        if modes.inference_seen and not modes.inference:
            _refuse_inference(inputs, outs[0]._grad_fn)
    else:
        made = record(op.prim, static, values)
        if op.raw:
            return made
        outs = [from_value(v) for v in made]
    if op.check_fn is not None:  # after the body, whose own complaints come first
        _check(op, values, static, outs[0]._value.trace)
    if not plain and op.keeps_strides:
        _keep_strides(inputs, outs)
    if op.single:
        return outs[0]
    return tuple(outs) if op.result_type is None else op.result_type(outs)


def _refuse_inference(inputs: Sequence, node: Any) -> None:
    """Backward may not depend on tensors made in inference mode, whose versions nobody counts."""
    suspects = [i for i, x in enumerate(inputs) if isinstance(x, Tensor) and x._inference]
    if suspects and isinstance(node, tape.OpNode):
        wrt = tuple(i for i, edge in enumerate(node.edges) if edge is not None)
        reads = node._read_by_pullback(wrt, tuple(range(len(node.outs))))
        if any(reads[i] for i in suspects):
            raise RuntimeError(
                "Inference tensors cannot be saved for backward. Please do not use Tensors created "
                "in inference mode in computation tracked by autograd. To work around this, you "
                "can make a clone to get a normal tensor and use it in autograd, or use "
                "`torch.no_grad()` instead of `torch.inference_mode()`."
            )


def _tracked(op: Op, values: list, edges: list, static: tuple) -> list[Tensor]:
    prim = op.prim
    if prim.residuals:
        return [
            from_value(v, *(edge or (None, 0)))
            for v, edge in tape.apply(prim, static, values, edges)
        ]
    outs = record(prim, static, values)
    node = tape.new_node(prim, static, values, edges, outs)
    if op.node_name is not None:
        node.__class__ = tape.node_type(op.node_name(values, dict(static)))
    results = [
        from_value(v, node, k) if v.aval.inexact else from_value(v) for k, v in enumerate(outs)
    ]
    if prim.saves in ("result", "both"):
        outs[0].home = node.result_home = (results[0]._ensure_counter(), 0)
    return results


def view(op: Op, tensor: Any, numbers: tuple, static: tuple, origin: str = "") -> Any:
    """Apply a view op: the result shares its input's storage."""
    if tensor.__class__ not in _overrides.plain and not isinstance(tensor, Tensor):
        return _odd_call(op, (tensor, *numbers), static)
    if tensor.__class__ not in _overrides.plain and _overrides.overrides([tensor]):
        return _odd_call(op, (tensor, *numbers), static)
    value = tensor._value if tensor._alias is None else tensor._peek()
    for n in numbers:
        if n.__class__ not in NUMBERS and n is not None:
            numbers = tuple(n if n is None else n.__index__() for n in numbers)
            break
    prim: Any = op.prim
    tracked = modes.grad and tensor.requires_grad
    if prim.now is not None and value.buf is not None and not tracked:
        part = _part(prim, value, numbers, static)
        if part is not None:
            step = Step(prim, static, numbers, 0)
            return tensor._view(step, part, None, origin if modes.grad else "no_grad")
    inputs = [value, *numbers]
    values = record(prim, static, inputs)
    if tracked:
        edges = [tensor._edge(), *[None] * len(numbers)]
        node = tape.new_node(prim, static, inputs, edges, values)
    else:
        node = None
    if not modes.grad:
        origin = "no_grad"
    elif len(values) > 1 or not op.single:
        origin = origin or "multi"
    outs = [
        tensor._view(
            Step(prim, static, numbers, nr),
            v,
            (node, nr) if node is not None and v.aval.inexact else None,
            origin,
        )
        for nr, v in enumerate(values)
    ]
    if node is not None and outs and outs[0]._alias.origin:  # pyright: ignore
        node.origin = outs[0]._alias.origin  # pyright: ignore
    return outs[0] if op.single else tuple(outs)


def _part(prim: Any, value: Value, numbers: tuple, static: tuple) -> Value | None:
    """A small part of what is there on the host, as a value of its own: samples of a data set are
    not worth an op each.
    """
    array = value.buf
    if array.__class__ is not np.ndarray:
        if isinstance(array, TRACED) or value.aval.device is not default_device():
            return None
        array = np.asarray(array)
    part = prim.now(array, *numbers, **dict(static))
    return from_buffer(part.copy(), value.aval.device) if part.nbytes <= SMALL_PART else None


# -- the less usual


def _odd_call(op: Op, inputs: Sequence, static: tuple) -> Any:
    """Tensor subclasses, objects with __torch_function__, NumPy scalars, and mistakes."""
    if _overrides.overrides(inputs):
        args, kwargs = op.arguments(inputs, static)
        return _overrides.dispatch(op.public, inputs, args, kwargs)
    clean = []
    for i, x in enumerate(inputs):
        if isinstance(x, Tensor) or x is None or x.__class__ in NUMBERS:
            clean.append(x)
        elif isinstance(x, np.generic):
            clean.append(x.item())
        elif is_open(x):
            clean.append(from_value(from_buffer(jnp.asarray(x))))
        elif isinstance(x, (int, float, complex)):  # subclasses: IntEnum and the like
            clean.append(next(k for k in (int, float, complex) if isinstance(x, k))(x))  # pyright: ignore[reportArgumentType]
        else:
            raise op.wrong_type(i, x, inputs)
    with _overrides.as_plain(clean):
        if op.is_view:
            if not isinstance(clean[0], Tensor):
                raise op.wrong_type(0, clean[0])
            return view(op, clean[0], tuple(clean[1:]), static)
        return call(op, clean, static)


def _keep_strides(inputs: Sequence, outs: list[Tensor]) -> None:
    """Pointwise results follow the order of dimensions of their operands."""
    for out in outs:
        shape = out._value.aval.shape
        operands = []
        for x in inputs:
            if isinstance(x, Tensor) and x.ndim:
                layout = x._layout()
                operands.append((layout.shape, layout.strides))
        if operands and len(shape) > 1:
            out._strides = elementwise_strides(shape, operands)


def _check(op: Op, values: list, static: tuple, trace: Any) -> None:
    """Value-dependent errors: at once if the values are on the host, else with the next look."""
    place = trace.state if trace is not None else None  # None: on tracers, or for meta tensors
    plan = place.check if place is not None else None
    if plan is None:
        spec = tuple(
            [v.aval if v.__class__ is Value else None if v is None else v.__class__ for v in values]
        )
        plan = _values.plan(op, static, spec)
        if place is not None:
            place.check = plan
    if plan.needs is None:
        return
    needed, arrays = [values[i] for i in plan.needs], []
    for v in needed:
        if v.__class__ is not Value:
            arrays.append(v)
        elif isinstance(v.buf, TRACED):
            return  # inside a transformation there is nobody to raise to
        elif _at_hand(v):
            arrays.append(np.asarray(v.buf))
    if len(arrays) == len(needed):
        bad, detail, error, message = plan.on_host(arrays)
        if bool(bad):
            raise error(message.format(int(detail)))
        return
    bad, detail = record(plan.prim, static, needed)
    if bad.trace is not None:
        add_check(bad, detail, plan.error, plan.message)


def _at_hand(v: Value) -> bool:
    buf = v.buf
    if buf is None or isinstance(buf, np.ndarray):
        return buf is not None
    return buf.is_ready() and v.aval.device.platform == "cpu"


# -- in place and out=


def _cast(x, *, dtype):
    return (converted(x, dtype),)


CAST = DiffPrim("_to_copy", _cast, grad_name="ToCopyBackward0", saves="nothing")


def cast(tensor: Tensor, dtype: Any) -> Tensor:
    """The tensor in another dtype, on the tape, strides kept."""
    if tensor.dtype.is_complex and 0 < dtype.category < 3:
        warn_of_imaginary_part()
    static, inputs = (("dtype", dtype.np),), [tensor._read()]
    made = record(CAST, static, inputs)
    node = None
    if modes.grad and dtype.category > 1 and tensor.requires_grad:
        node = tape.new_node(CAST, static, inputs, [tensor._edge()], made)
    out = from_value(made[0], node, 0)
    if not tensor._plain():
        layout = tensor._layout()
        out._strides = dense_like(layout.shape, layout.strides)
    return out


def warn_of_imaginary_part() -> None:
    warnings.warn("Casting complex values to real discards the imaginary part", stacklevel=4)


def assign(target: Tensor, result: Tensor) -> Tensor:
    """`target` takes over the result of an in-place op."""
    check_same_shape(target, result)
    want = target._value.aval
    if result._value.aval.dtype != want.dtype:
        check_castable(result.dtype, target.dtype)
        result = cast(result, target.dtype)
    node = result._grad_fn
    if node is None:
        return target._write(result._value)
    node.overwrites = target._value  # what the op itself replaces may well be read by its pullback
    target._write(result._value, (node, result._nr))
    if getattr(node, "result_home", None) is not None:  # it is the target's contents that it saves
        counter = target._ensure_counter()
        node.result_home = result._value.home = (counter, counter.n)
    return target


def check_same_shape(target: Tensor, result: Tensor) -> None:
    shape, want = result._value.aval.shape, target._value.aval.shape
    if shape != want:
        raise RuntimeError(
            f"output with shape {list(want)} doesn't match the broadcast shape {list(shape)}"
        )


def check_castable(source: Any, target: Any) -> None:
    """Kinds may widen, never narrow: float into int is an error."""
    if source.category > target.category:
        raise RuntimeError(
            f"result type {source._scalar_name} can't be cast to the desired output type "
            f"{target._scalar_name}"
        )


def is_differentiable(tensor: Tensor) -> bool:
    return differentiable(tensor._value.aval.dtype)
