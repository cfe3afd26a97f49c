"""backward() and grad(): what a user asks of the tape, checked and handed to the engine. Works on
Tensors.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from ._autograd import crossing, engine
from ._autograd.tape import AccumulateGrad, Edge, Node
from ._tensor import Tensor, from_value
from .graph import levels

NO_GRAD_FN = "element {} of tensors does not require grad and does not have a grad_fn"

CYCLE = (
    "Using backward() with create_graph=True will create a reference cycle between the parameter "
    "and its gradient which can cause a memory leak. We recommend using autograd.grad when "
    "creating the graph to avoid this. If you have to use this function, make sure to reset the "
    ".grad fields of your parameters to None after use to break the cycle and avoid the leak."
)


def _as_tuple(x: Any) -> tuple:
    return () if x is None else (x,) if isinstance(x, Tensor) else tuple(x)


def _outputs(x: Any) -> tuple[Tensor, ...]:
    outputs = _as_tuple(x)
    if not all(isinstance(t, Tensor) for t in outputs):
        raise AssertionError("Expected output to be a torch.Tensor")
    return outputs


def _gradients(given: Any, outputs: tuple) -> tuple:
    """One gradient or None for each output."""
    grads = _as_tuple(given) or (None,) * len(outputs)
    for g in grads:
        if g is not None and not isinstance(g, Tensor):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(g).__name__}")
    if len(grads) != len(outputs):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(grads)} gradients")
    return grads


def _roots(tensors: Sequence[Tensor], grads: Sequence[Tensor | None], create_graph: bool) -> list:
    """(edge, cotangent) of each output; implicit ones for scalars."""
    roots = []
    for i, (t, g) in enumerate(zip(tensors, grads, strict=True)):
        if g is None:
            if t.requires_grad and t._value.aval.shape and _numel(t) != 1:
                raise RuntimeError("grad can be implicitly created only for scalar outputs")
            if t.requires_grad and not t.dtype.is_floating_point:
                raise RuntimeError(
                    f"grad can be implicitly created only for real scalar outputs but got {t.dtype}"
                )
        elif tuple(g.shape) != tuple(t.shape):
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{i}] has a shape of {g.shape} and output[{i}] "
                "has a shape "
                f"of {t.shape}."
            )
        edge = t._edge()
        if edge is None:
            raise RuntimeError(NO_GRAD_FN.format(i))
        if g is None:
            roots.append((edge, (engine.ones_like(t._value), None)))
        else:
            roots.append((edge, (g._read(), g._edge() if create_graph else None)))
    return roots


def _numel(t: Tensor) -> int:
    n = 1
    for s in t._value.aval.shape:
        n *= s
    return n


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Accumulate the gradients of `tensors` into the leaves they depend on (or into `inputs` only).

    Scalars need no gradient argument. Errors as torch's: non-scalar outputs without a gradient,
    outputs off the tape, freed graphs.
    """
    if grad_variables is not None:
        grad_tensors = grad_variables
    if inputs is not None and isinstance(inputs, (list, tuple)) and not inputs:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    if levels.stack.levels:
        raise RuntimeError(
            "backward() called inside a functorch transform. This is not supported, please use "
            "functorch.grad or functorch.vjp instead or call backward() outside of functorch "
            "transforms."
        )
    outputs = _outputs(tensors)
    grads = _gradients(grad_tensors, outputs)
    if create_graph:
        warnings.warn(CYCLE, stacklevel=3)
    wanted = _as_tuple(inputs)
    targets = None
    if inputs is not None:
        targets = _targets(wanted, "can't retain_grad on Tensor that has requires_grad=False")
    found = engine.run_backward(
        _roots(outputs, grads, create_graph),
        retain_graph=create_graph if retain_graph is None else retain_graph,
        create_graph=create_graph,
        targets=targets,
        accumulate=True,
    )
    for t, edge in zip(wanted, targets or (), strict=True):
        if not isinstance(edge[0], AccumulateGrad) and edge in found:
            t._accumulate(found[edge], create_graph)


def _crossed(move: Any, level: levels.Batch, x: Tensor) -> Tensor:
    value, edge = move(level, (x._read(), x._edge()))
    return from_value(value) if edge is None else from_value(value, *edge)


def _targets(inputs: Sequence[Tensor], complaint: str) -> list[Edge]:
    targets: list[Edge] = []
    for t in inputs:
        if not isinstance(t, Tensor):
            raise RuntimeError(
                "all inputs have to be Tensors or GradientEdges, but got " + type(t).__name__
            )
        edge = t._edge()
        if edge is None and not t.requires_grad:
            raise RuntimeError(complaint)
        # a view made under no_grad may require grad by its base: nothing leads to it
        targets.append(edge or (Node((), ()), 0))
    return targets


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of `outputs` with respect to `inputs`, as new tensors, accumulated nowhere."""
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: "
            "allow_unused=False."
        )
    outs, ins = _outputs(outputs), _as_tuple(inputs)
    if not ins:
        raise ValueError("grad requires non-empty inputs.")
    if is_grads_batched:
        level = levels.Batch(_as_tuple(grad_outputs)[0].shape[0])
        rows = [_crossed(crossing.enter, level, g) for g in _as_tuple(grad_outputs)]
        found = grad(outs, ins, rows, retain_graph, create_graph, True, allow_unused)
        return tuple(None if g is None else _crossed(crossing.leave, level, g) for g in found)
    roots = _roots(outs, _gradients(grad_outputs, outs), create_graph)
    targets = _targets(ins, "One of the differentiated Tensors does not require grad")
    found = engine.run_backward(
        roots,
        retain_graph=create_graph if retain_graph is None else retain_graph,
        create_graph=create_graph,
        targets=targets,
    )
    results: list[Tensor | None] = []
    for t, edge in zip(ins, targets, strict=True):
        cot = found.get(edge)
        if cot is not None:
            results.append(from_value(cot[0], *(cot[1] or (None, 0))))
        elif materialize_grads:
            results.append(from_value(engine.zeros_like(t._value)))
        elif allow_unused:
            results.append(None)
        else:
            raise RuntimeError(
                f"The differentiated Tensor at index {len(results)} appears to not have been used "
                "in the graph. Set allow_unused=True if this is the desired behavior."
            )
    return tuple(results)
