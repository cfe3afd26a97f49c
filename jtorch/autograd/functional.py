"""torch.autograd.functional: Jacobians, Hessians and products with them, of functions of tensors.
Written with `grad`: forward products are derivatives of the backward product. `vectorize` takes all
rows at once, and with it "forward-mode" all columns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._autograd import crossing
from .._autograd.modes import enable_grad
from .._backward import grad
from .._tensor import Tensor, from_value
from ..graph.levels import Batch, Tangents
from ..ops.creation import eye, ones_like, zeros_like
from ..ops.join import cat, stack
from . import _dual

Tensors = Tensor | tuple[Tensor, ...]

LINEAR = (
    "While computing the {}, found that the jacobian of the user-provided function with respect to "
    "input {} is independent of the input. This is not allowed in strict mode. You should ensure "
    "that your function is twice differentiable and that the jacobian depends on the inputs (this "
    "would be violated by a linear function for example)."
)
UNUSED = "{} of the user-provided function is independent of input {}. This is not allowed in {}"


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


def _run(func: Callable, inputs: tuple[Tensor, ...], where: str, strict: bool = False):
    """(whether func returned a tuple, its outputs)."""
    name = "outputs of the user-provided function"
    many, outputs = _as_tuple(func(*inputs), name, where)
    for i, y in enumerate(outputs):
        if strict and not y.requires_grad:
            raise RuntimeError(
                f"Output {i} of the user-provided function does not require gradients. The outputs "
                "must be computed in a differentiable manner from the input when running in strict "
                "mode."
            )
    return many, outputs


def _grads(output, inputs, v=None, create_graph=True, strict: str = "", where: str = ""):
    """grad with zeros for inputs that play no part; strict names the output that must depend, or
    for a gradient of a gradient (`where`) what is computed.
    """
    if not output.requires_grad:
        found: tuple[Tensor | None, ...] = (None,) * len(inputs)
    else:
        found = grad(output, inputs, v, True, create_graph, allow_unused=True)
    for i, g in enumerate(found):
        if g is None and strict:
            last = "strict mode." if strict != "Output 0 " else "strict mode"
            text = LINEAR.format(where, i) if where else UNUSED.format(strict, i, last)
            raise RuntimeError(text)
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


# -- matrices


def jacobian(
    func: Callable,
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """d outputs / d inputs, shaped (*output, *input); nested in tuples as outputs and inputs are.

    By backward products, one for each number of the output (all at once with `vectorize`), or, with
    strategy="forward-mode", by forward products, one for each number of the input.
    """
    _check_strategy(create_graph, strict, vectorize, strategy)
    with enable_grad():
        many_in, given = _as_tuple(inputs, "inputs", "jacobian")
        xs = _leaves(given, create_graph)
        if strategy == "forward-mode":
            many_out, blocks = _columns(func, xs)
        else:
            many_out, outputs = _run(func, xs, "jacobian", strict)
            rows = _rows_at_once if vectorize else _rows
            blocks = tuple(
                rows(y, xs, create_graph, f"Output {i}" if strict else "")
                for i, y in enumerate(outputs)
            )
        blocks = tuple(b if many_in else b[0] for b in blocks)
        return _finish(blocks if many_out else blocks[0], create_graph)


def _check_strategy(create_graph: bool, strict: bool, vectorize: bool, strategy: str) -> None:
    where = "torch.autograd.functional.jacobian: "
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your '
            'function has more outputs than inputs, "forward-mode" tends to be more performant. '
            'Otherwise, prefer to use "reverse-mode".'
        )
    if strategy == "forward-mode":
        for flag, name in ((create_graph, "create_graph"), (strict, "strict")):
            if flag:
                raise (NotImplementedError if name == "create_graph" else RuntimeError)(
                    f'{where}`{name}=True` and `strategy="forward-mode"` are not supported '
                    f"together (yet). Please either set `{name}=False` or "
                    '`strategy="reverse-mode"`.'
                )
        if not vectorize:
            raise NotImplementedError(
                "Computing Jacobian using forward-AD or forward-over-reverse Hessian isonly "
                "implemented for `vectorize=True`."
            )
    if strict and vectorize:
        raise RuntimeError(
            f"{where}`strict=True` and `vectorized=True` are not supported together. Please either "
            "set `strict=False` or `vectorize=False`."
        )


def _rows(y: Tensor, xs: tuple[Tensor, ...], create_graph: bool, strict: str):
    """The Jacobian of one output, by one backward pass for each of its elements."""
    rows = [_grads(e, xs, None, create_graph, strict) for e in y.reshape(-1)]
    if not rows:
        return tuple(zeros_like(x).expand(*y.shape, *x.shape) for x in xs)
    columns = zip(*rows, strict=True)
    return tuple(stack(c).reshape(*y.shape, *x.shape) for c, x in zip(columns, xs, strict=True))


def _rows_at_once(y: Tensor, xs: tuple[Tensor, ...], create_graph: bool, strict: str):
    """The same by a single backward pass over all unit vectors."""
    if not y.requires_grad:
        return tuple(zeros_like(x).expand(*y.shape, *x.shape) for x in xs)
    n = y.numel()
    units = eye(n, dtype=y.dtype, device=y.device).reshape(n, *y.shape)
    found = grad(y, xs, units, True, create_graph, allow_unused=True, is_grads_batched=True)
    return tuple(
        zeros_like(x).expand(*y.shape, *x.shape) if g is None else g.reshape(*y.shape, *x.shape)
        for g, x in zip(found, xs, strict=True)
    )


def _columns(func: Callable, xs: tuple[Tensor, ...]):
    """(whether func returned a tuple, the Jacobian) by forward products over all unit vectors."""
    sizes = [x.numel() for x in xs]
    batch, level = Batch(sum(sizes)), Tangents()
    duals = []
    for k, x in enumerate(xs):
        x = x.detach()
        parts = [
            eye(n, dtype=x.dtype, device=x.device)
            if i == k
            else zeros_like(x).reshape(1, -1).expand(n, sizes[k])
            for i, n in enumerate(sizes)
        ]
        units = cat(parts).reshape(batch.size, *x.shape)
        direction = _dual.tensor(crossing.enter(batch, (units._read(), None)))
        duals.append(_dual.make_dual(level, x, direction))
    with batch:
        many_out, outputs = _run(func, tuple(duals), "jacobian")
    blocks = []
    for y in outputs:
        primal, tangent = _dual.split_dual(level, y)
        tangent = zeros_like(primal) if tangent is None else tangent
        all_columns = _dual.tensor(crossing.leave(batch, (tangent._read(), None)))
        pieces = zip(all_columns.split(sizes), xs, strict=True)
        blocks.append(tuple(c.movedim(0, -1).reshape(*c.shape[1:], *x.shape) for c, x in pieces))
    return many_out, tuple(blocks)


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
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')

    def slope(*xs: Tensor) -> tuple[Tensor, ...]:
        if outer_jacobian_strategy == "forward-mode":
            xs = tuple(from_value(x._read()) for x in xs)
            for x in xs:
                x.requires_grad = True
        many_out, outputs = _run(func, xs, "hessian", strict)
        found = _grads(
            _scalar(outputs, many_out, "hessian"), xs, None, True, "x" * strict, "hessian"
        )
        for i, g in enumerate(found):
            if strict and not _depends(g, xs[i]):
                raise RuntimeError(LINEAR.format("hessian", i))
        return found

    blocks = jacobian(slope, given, create_graph, strict, vectorize, outer_jacobian_strategy)
    return blocks if many else blocks[0][0]


def _depends(g: Tensor, x: Tensor) -> bool:
    return g.requires_grad and grad(g.sum(), x, retain_graph=True, allow_unused=True)[0] is not None


# -- products


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
        many_out, outputs = _run(func, xs, "vjp", strict)
        vs = _cotangents(v, outputs, many_out, "vjp")
        total = [zeros_like(x) for x in xs]
        for y, w in zip(outputs, vs, strict=True):
            parts = _grads(y, xs, w, create_graph, "The output" * strict)
            total = [a + b for a, b in zip(total, parts, strict=True)]
    results = tuple(total) if many_in else total[0]
    ys = outputs if many_out else outputs[0]
    return _finish(ys, create_graph), _finish(results, create_graph)


def _cotangents(v, outputs: tuple[Tensor, ...], many: bool, where: str) -> tuple[Tensor, ...]:
    if v is None:
        if len(outputs) != 1 or outputs[0].numel() != 1:
            source = (
                "user-provided function returns"
                if where == "vjp"
                else "input to the user-provided function is"
            )
            raise RuntimeError(
                f"The vector v can only be None if the {source} a single Tensor with a single "
                "element."
            )
        return (ones_like(outputs[0]),)
    _, vs = _as_tuple(v, "v", where)
    _check_shapes(vs, outputs, many)
    return vs


def _check_shapes(vs: tuple[Tensor, ...], like: tuple[Tensor, ...], many: bool) -> None:
    if len(vs) != len(like):
        if many:
            raise RuntimeError(
                f"v is a tuple of invalid length: should be {len(like)} but got {len(vs)}."
            )
        raise RuntimeError("The given v should contain a single Tensor.")
    for i, (a, b) in enumerate(zip(vs, like, strict=True)):
        if a.shape != b.shape:
            entry = f"Entry {i} in " if many else ""
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
        many_in, given = _as_tuple(inputs, "inputs", "jvp")
        xs = _leaves(given, create_graph)
        vs = _cotangents(v, xs, many_in, "jvp")
        many_out, outputs = _run(func, xs, "jvp", strict)
        results = tuple(_push(y, xs, vs, create_graph, strict) for y in outputs)
    ys = outputs if many_out else outputs[0]
    out = results if many_out else results[0]
    return _finish(ys, create_graph), _finish(out, create_graph)


def _push(y: Tensor, xs, vs, create_graph: bool, strict: bool) -> Tensor:
    """The directional derivative of y: linear in a dummy cotangent, whose slope it is."""
    dummy = zeros_like(y).requires_grad_()
    pulled = _grads(y, xs, dummy, True, "The output" * strict)
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
    return _second_order("vhp", func, inputs, v, create_graph, strict)


def hvp(
    func: Callable,
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple:
    """(the number func returns, its Hessian times v); the Hessian is symmetric, so this is vhp."""
    return _second_order("hvp", func, inputs, v, create_graph, strict)


def _second_order(where: str, func, inputs, v, create_graph: bool, strict: bool) -> tuple:
    with enable_grad():
        many, given = _as_tuple(inputs, "inputs", where)
        xs = _leaves(given, create_graph)
        vs = _cotangents(v, xs, many, where)
        many_out, outputs = _run(func, xs, where, strict)
        y = _scalar(outputs, many_out, where)
        slopes = _grads(y, xs, strict="The output" * strict)
        total = [zeros_like(x) for x in xs]
        for s, w in zip(slopes, vs, strict=True):
            parts = _grads(s, xs, w, create_graph, "x" * strict, "hessian")
            total = [a + b for a, b in zip(total, parts, strict=True)]
    results = tuple(total) if many else total[0]
    return _finish(outputs[0], create_graph), _finish(results, create_graph)
