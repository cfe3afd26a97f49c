"""torch.autograd.functional: Jacobians, Hessians and products with them, of functions of tensors.
Written with `grad` alone: forward products are derivatives of the backward product.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._autograd.modes import enable_grad
from .._backward import grad
from .._tensor import Tensor
from ..ops.creation import ones_like, zeros_like
from ..ops.join import stack

Tensors = Tensor | tuple[Tensor, ...]


def _as_tuple(x: Any, what: str, where: str) -> tuple[bool, tuple[Tensor, ...]]:
    """(whether x is a tuple, x as one); anything but tensors is refused in torch's words."""
    many = isinstance(x, tuple)
    items = x if many else (x,)
    for i, item in enumerate(items):
        if not isinstance(item, Tensor):
            if many:
                raise TypeError(
                    f"The {what} given to {where} must be either a Tensor or a tuple of Tensors "
                    f"but the value at index {i} has type {type(item)}."
                )
            raise TypeError(
                f"The {what} given to {where} must be either a Tensor or a tuple of Tensors but "
                f"the given {what} has type {type(item)}."
            )
    return many, items


def _leaves(inputs: tuple[Tensor, ...], create_graph: bool) -> tuple[Tensor, ...]:
    """Inputs to differentiate by: on the caller's graph if that is wanted, else apart from it."""
    return tuple(
        x.view_as(x) if create_graph and x.requires_grad else x.detach().requires_grad_()
        for x in inputs
    )


def _run(func: Callable, inputs: tuple[Tensor, ...], where: str):
    """(whether func returned a tuple, its outputs)."""
    name = "outputs of the user-provided function"
    return _as_tuple(func(*inputs), name, where)


def _grads(output, inputs, v=None, create_graph=True, strict: str = "") -> tuple[Tensor, ...]:
    """grad with zeros for inputs that play no part; strict names the output that must depend."""
    if not output.requires_grad:
        found: tuple[Tensor | None, ...] = (None,) * len(inputs)
    else:
        found = grad(output, inputs, v, True, create_graph, allow_unused=True)
    for i, g in enumerate(found):
        if g is None and strict:
            raise RuntimeError(
                f"{strict} of the user-provided function is independent of input {i}. This is not "
                "allowed in strict mode."
            )
    pairs = zip(found, inputs, strict=True)
    return tuple(zeros_like(x) if g is None else g for g, x in pairs)


def _finish(results: Any, create_graph: bool) -> Any:
    """Off the graph, unless that was asked for."""
    if create_graph:
        return results
    if isinstance(results, tuple):
        return tuple(_finish(r, False) for r in results)
    return results.detach()


def _scalar(outputs: tuple[Tensor, ...], many: bool, where: str) -> Tensor:
    if many or len(outputs) != 1:
        raise RuntimeError(f"The function given to {where} should return a single Tensor")
    if outputs[0].numel() != 1:
        raise RuntimeError(
            f"The Tensor returned by the function given to {where} should contain a single element"
        )
    return outputs[0].reshape(())


def jacobian(
    func: Callable,
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """d outputs / d inputs, shaped (*output, *input); nested in tuples as outputs and inputs are.

    vectorize and strategy are hints about how torch computes it; the result is the same.
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise ValueError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your '
            'function has more outputs than inputs, "forward-mode" tends to be more performant. '
            'Otherwise, prefer to use "reverse-mode".'
        )
    with enable_grad():
        many_in, given = _as_tuple(inputs, "inputs", "jacobian")
        xs = _leaves(given, create_graph)
        many_out, outputs = _run(func, xs, "jacobian")
        blocks = tuple(
            _rows(y, xs, create_graph, f"Output {i}" if strict else "")
            for i, y in enumerate(outputs)
        )
        blocks = tuple(b if many_in else b[0] for b in blocks)
        return _finish(blocks if many_out else blocks[0], create_graph)


def _rows(y: Tensor, xs: tuple[Tensor, ...], create_graph: bool, strict: str):
    """The Jacobian of one output, by one backward pass for each of its elements."""
    rows = [_grads(e, xs, None, create_graph, strict) for e in y.reshape(-1)]
    if not rows:
        return tuple(zeros_like(x).expand(*y.shape, *x.shape) for x in xs)
    columns = zip(*rows, strict=True)
    return tuple(stack(c).reshape(*y.shape, *x.shape) for c, x in zip(columns, xs, strict=True))


def hessian(
    func: Callable,
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """Second derivatives of a function that returns one number; nested as (input, input)."""
    many, given = _as_tuple(inputs, "inputs", "hessian")

    def slope(*xs: Tensor) -> tuple[Tensor, ...]:
        many_out, outputs = _run(func, xs, "hessian")
        return _grads(_scalar(outputs, many_out, "hessian"), xs, strict="Output 0" * strict)

    blocks = jacobian(slope, given, create_graph, strict, vectorize, outer_jacobian_strategy)
    return blocks if many else blocks[0][0]


def vjp(
    func: Callable,
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple:
    """(outputs, v times the Jacobian); v may be left out for a single number."""
    with enable_grad():
        many_in, given = _as_tuple(inputs, "inputs", "vjp")
        xs = _leaves(given, create_graph)
        many_out, outputs = _run(func, xs, "vjp")
        vs = _cotangents(v, outputs, "vjp")
        total = [zeros_like(x) for x in xs]
        for i, (y, w) in enumerate(zip(outputs, vs, strict=True)):
            parts = _grads(y, xs, w, create_graph, f"Output {i}" * strict)
            total = [a + b for a, b in zip(total, parts, strict=True)]
    results = tuple(total) if many_in else total[0]
    ys = outputs if many_out else outputs[0]
    return _finish(ys, create_graph), _finish(results, create_graph)


def _cotangents(v, outputs: tuple[Tensor, ...], where: str) -> tuple[Tensor, ...]:
    if v is None:
        if len(outputs) != 1 or outputs[0].numel() != 1:
            raise RuntimeError(
                "The vector v can only be None if the user-provided function returns a single "
                "Tensor with a single element."
            )
        return (ones_like(outputs[0]),)
    _, vs = _as_tuple(v, "v", where)
    _check_shapes(vs, outputs)
    return vs


def _check_shapes(vs: tuple[Tensor, ...], like: tuple[Tensor, ...]) -> None:
    if len(vs) != len(like):
        raise RuntimeError(
            f"v is a tuple of invalid length: should be {len(like)} but got {len(vs)}."
        )
    for i, (a, b) in enumerate(zip(vs, like, strict=True)):
        if a.shape != b.shape:
            entry = f"Entry {i} in " if len(like) > 1 else ""
            raise RuntimeError(f"{entry}v has invalid size: should be {b.shape} but got {a.shape}.")


def jvp(
    func: Callable,
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple:
    """(outputs, the Jacobian times v), as the derivative of the backward product by its vector."""
    with enable_grad():
        _, given = _as_tuple(inputs, "inputs", "jvp")
        xs = _leaves(given, create_graph)
        if v is None:
            if len(xs) != 1 or xs[0].numel() != 1:
                raise RuntimeError(
                    "The vector v can only be None if the input to the user-provided function is "
                    "a single Tensor with a single element."
                )
            vs: tuple[Tensor, ...] = (ones_like(xs[0]),)
        else:
            _, vs = _as_tuple(v, "v", "jvp")
            _check_shapes(vs, xs)
        many_out, outputs = _run(func, xs, "jvp")
        results = tuple(_push(y, xs, vs, create_graph, strict) for y in outputs)
    ys = outputs if many_out else outputs[0]
    out = results if many_out else results[0]
    return _finish(ys, create_graph), _finish(out, create_graph)


def _push(y: Tensor, xs, vs, create_graph: bool, strict: bool) -> Tensor:
    """The directional derivative of y: linear in a dummy cotangent, whose slope it is."""
    dummy = zeros_like(y).requires_grad_()
    pulled = _grads(y, xs, dummy, True, "Output 0" * strict)
    total = zeros_like(y)
    for p, v in zip(pulled, vs, strict=True):
        if p.requires_grad:
            total = total + _grads(p, (dummy,), v, create_graph)[0]
    return total


def vhp(
    func: Callable,
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple:
    """(the number func returns, v times its Hessian)."""
    with enable_grad():
        many, given = _as_tuple(inputs, "inputs", "vhp")
        xs = _leaves(given, create_graph)
        vs = _cotangents(v, xs, "vhp")
        many_out, outputs = _run(func, xs, "vhp")
        y = _scalar(outputs, many_out, "vhp")
        slopes = _grads(y, xs, strict="Output 0" * strict)
        total = [zeros_like(x) for x in xs]
        for s, w in zip(slopes, vs, strict=True):
            parts = _grads(s, xs, w, create_graph)
            total = [a + b for a, b in zip(total, parts, strict=True)]
    results = tuple(total) if many else total[0]
    return _finish(outputs[0], create_graph), _finish(results, create_graph)


def hvp(
    func: Callable,
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple:
    """(the number func returns, its Hessian times v); the Hessian is symmetric, so this is vhp."""
    return vhp(func, inputs, v, create_graph, strict)
