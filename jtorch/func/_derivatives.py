"""Derivatives of functions: grad, vjp, jvp and what is made of them. Backward products walk the
tape, forward products carry tangents, Jacobians are either of them over a batch of directions.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .._autograd.modes import modes
from .._backward import grad as backward_product
from .._tensor import Tensor, from_value
from ..autograd._dual import make_dual, split_dual
from ..graph.levels import Tangents
from ..ops.creation import eye, zeros_like
from ..ops.join import cat
from ..utils._pytree import TreeSpec, tree_flatten, tree_map
from ._crossings import gradients, reaches_outside, released, require_tensor, variable
from ._vmap import vmap

Argnums = int | tuple[int, ...]


# -- arguments


def _argnums(argnums: Any, count: int) -> tuple[int, ...]:
    """The positions to differentiate by, as torch checks them."""
    if not isinstance(argnums, (int, tuple)):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    many = argnums if isinstance(argnums, tuple) else (argnums,)
    if not many:
        raise RuntimeError("argnums must be non-empty")
    for n in many:
        if not -count <= n < count:
            raise RuntimeError(f"Got argnum={n}, but only {count} positional inputs")
    wrapped = tuple(n % count for n in many)
    if len(set(wrapped)) != len(wrapped):
        raise RuntimeError(f"argnums elements must be unique, got {argnums}")
    return wrapped


def _chosen(args: tuple, argnums: Argnums) -> Any:
    """The arguments to differentiate by, nested as the result will be."""
    where = _argnums(argnums, len(args))
    return tuple(args[n] for n in where) if isinstance(argnums, tuple) else args[where[0]]


def _replaced(args: tuple, argnums: Argnums, new: Any) -> tuple:
    full = list(args)
    where = _argnums(argnums, len(args))
    for n, x in zip(where, new if isinstance(argnums, tuple) else (new,), strict=True):
        full[n] = x
    return tuple(full)


def _split_aux(result: Any, has_aux: bool, where: str) -> tuple[Any, Any]:
    if not has_aux:
        return result, None
    if not isinstance(result, tuple) or len(result) != 2:
        raise RuntimeError(
            f"{where}: output of function f should be a tuple: (output, aux) if has_aux is True"
        )
    for leaf in tree_flatten(result[1])[0]:
        if not isinstance(leaf, Tensor):
            raise RuntimeError(f"Expected tensors, got unsupported type {type(leaf)}")
    return result


# -- backward


def grad_and_value(func: Callable, argnums: Argnums = 0, has_aux: bool = False) -> Callable:
    """A function that returns (gradient, value) of `func`, or (gradient, (value, aux))."""

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        leaves, spec = tree_flatten(_chosen(args, argnums))
        with gradients():
            own = [variable(x) for x in leaves]
            result = func(*_replaced(args, argnums, spec.unflatten(own)), **kwargs)
            y, aux = _split_aux(result, has_aux, "grad_and_value(f)(*args)")
            _require_scalar(y)
            found = _pull([y], own, None)
        grads = spec.unflatten(released(g, own) for g in found)
        value = released(y, own)
        if has_aux:
            return grads, (value, tree_map(lambda x: released(x, own), aux))
        return grads, value

    return wrapper


def _require_scalar(y: Any) -> None:
    where = "grad_and_value(f)(*args): Expected f(*args) to return a "
    if not isinstance(y, Tensor):
        raise RuntimeError(f"{where}Tensor, got {type(y)}")
    if y.ndim:
        raise RuntimeError(
            f"{where}scalar Tensor, got tensor with {y.ndim} dims. Maybe you wanted to use the vjp "
            "or jacrev APIs instead?"
        )


def _pull(ys: list[Tensor], own: list[Tensor], cots: Any) -> list[Tensor]:
    """The backward product, on the tape if anything outside could ask for its derivative."""
    pairs = [(y, c) for y, c in zip(ys, cots or [None] * len(ys), strict=True) if y.requires_grad]
    if not own or not pairs:
        return [zeros_like(x.detach()) for x in own]  # type: ignore[attr-defined]
    outs, given = zip(*pairs, strict=True)
    create = reaches_outside([*outs, *given], own)
    found = backward_product(outs, own, given if cots else None, True, create, allow_unused=True)
    return [
        zeros_like(x.detach()) if g is None else g  # type: ignore[attr-defined]
        for g, x in zip(found, own, strict=True)
    ]


def grad(func: Callable, argnums: Argnums = 0, has_aux: bool = False) -> Callable:
    """A function that returns the gradient of `func`, a number, by its arguments `argnums`; with
    has_aux, (gradient, aux) where func returns (number, aux).
    """

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        found, value = grad_and_value(func, argnums, has_aux)(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return wrapper


def vjp(func: Callable, *primals: Any, has_aux: bool = False) -> tuple:
    """(outputs, a function from cotangents to those of `primals`), and aux if there is one."""
    return _vjp(func, primals, has_aux)


def _vjp(func: Callable, primals: tuple, has_aux: bool, argnums: Argnums | None = None) -> tuple:
    chosen = primals if argnums is None else _chosen(primals, argnums)
    leaves, spec = tree_flatten(chosen)
    with gradients():
        own = [variable(x) for x in leaves]
        new = spec.unflatten(own)
        args = new if argnums is None else _replaced(primals, argnums, new)
        result, aux = _split_aux(func(*args), has_aux, "vjp(f, *primals)")
    ys, out_spec = tree_flatten(result)
    _require_outputs(ys)

    def pull(*cotangents, retain_graph: bool = True, create_graph: bool | None = None):
        cots, cot_spec = tree_flatten(cotangents[0] if len(cotangents) == 1 else cotangents)
        if len(cotangents) != 1 and len(cotangents) == len(ys) == 1:
            cots = list(cotangents)
        if cot_spec != out_spec:
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of "
                f"outputs to the function. cotangents: {_brief(cot_spec)}, primal output: "
                f"{_brief(out_spec)}"
            )
        previous, outside = modes.grad, modes.grad
        modes.grad = True
        try:
            found = _pull(ys, own, cots)
        finally:
            modes.grad = previous
        return spec.unflatten(released(g, own) if outside else from_value(g._read()) for g in found)

    pull.own = own  # type: ignore[attr-defined]
    outs = out_spec.unflatten(released(y, own) for y in ys)
    if has_aux:
        return outs, pull, tree_map(lambda x: released(x, own), aux)
    return outs, pull


def _require_outputs(ys: list) -> None:
    if not ys or ys == [None]:
        raise RuntimeError(
            "vjp(f, *primals): Expected f to be a function that has non-empty output (got output = "
            f"{ys})"
        )
    _only_tensors(ys, "vjp(f, *primals)")


def _only_tensors(ys: list, where: str) -> None:
    for y in ys:
        if not isinstance(y, Tensor):
            raise RuntimeError(
                f"{where}: expected f(*primals) to return only tensors, got unsupported type "
                f"{type(y)}"
            )


def _brief(spec: TreeSpec) -> str:
    """A structure with stars for its leaves."""
    return repr(spec.unflatten([_Star()] * spec.num_leaves))


class _Star:
    def __repr__(self) -> str:
        return "*"


# -- forward


def jvp(
    func: Callable, primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False
) -> tuple:
    """(outputs, their derivatives in the direction `tangents`), and aux if there is one."""
    return _jvp(func, primals, tangents, strict, has_aux)


def _jvp(func, primals, tangents, strict=False, has_aux=False, argnums=None) -> tuple:
    where = "jvp(f, primals, tangents)"
    if not isinstance(primals, tuple):
        raise RuntimeError(
            f"{where}: Expected primals to be a tuple. E.g. it should be valid to call f(*primals)."
        )
    chosen = primals if argnums is None else _chosen(primals, argnums)
    xs, spec = tree_flatten(chosen)
    vs, v_spec = tree_flatten(tangents)
    if spec != v_spec:
        raise RuntimeError(
            f"{where}: Expected primals and tangents to have the same python structure. For "
            "example, if primals is a tuple of 3 tensors, tangents also must be. Got primals with "
            f"structure {spec} and tangents with structure {v_spec}"
        )
    if not xs:
        raise RuntimeError(f"{where}: Expected primals to contain at least one Tensor.")
    for each in (*xs, *vs):
        if not isinstance(each, Tensor):
            kind = "primals" if each in xs else "tangents"
            raise RuntimeError(
                f"{where}: Expected {kind} to only contain Tensors, got {type(each)}"
            )
    level = Tangents()
    with level:
        duals = spec.unflatten(make_dual(level, x, v) for x, v in zip(xs, vs, strict=True))
        args = duals if argnums is None else _replaced(primals, argnums, duals)
        result, aux = _split_aux(func(*args), has_aux, where)
    ys, out_spec = tree_flatten(result)
    _only_tensors(ys, where)
    parts = [split_dual(level, y) for y in ys]
    if strict and any(t is None for _, t in parts):
        raise RuntimeError(
            "jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. "
            "This is not allowed with strict=True."
        )
    outs = out_spec.unflatten(p for p, _ in parts)
    pushed = out_spec.unflatten(zeros_like(p) if t is None else t for p, t in parts)
    if has_aux:
        return outs, pushed, tree_map(lambda x: split_dual(level, x)[0], aux)
    return outs, pushed


def linearize(func: Callable, *primals: Any) -> tuple[Any, Callable]:
    """(outputs, their derivative as a function of tangents), for many directions at one point."""
    ys, pull = vjp(func, *primals)
    xs, spec = tree_flatten(primals)
    outs, out_spec = tree_flatten(ys)
    zeros = [zeros_like(y.detach()) for y in outs]

    def push(*tangents):
        vs, v_spec = tree_flatten(tangents)
        if v_spec != spec:
            raise RuntimeError(
                f"Expected the tangents {v_spec} to have the same argspec as the primals {spec}"
            )
        for i, (v, x) in enumerate(zip(vs, xs, strict=True)):
            for what in ("shape", "dtype"):
                got, want = getattr(v, what), getattr(x, what)
                if got != want:
                    raise RuntimeError(
                        f"tangent:{i} with {what} {got} in flattened pytree doesn't match the "
                        f"{what} {want} of the corresponding primal."
                    )

        # The backward product is linear in its cotangents; its transpose is the forward product.
        def transposed(*cots):
            return tree_flatten(pull(out_spec.unflatten(cots)))[0]

        _, again = vjp(transposed, *zeros)
        own = [*pull.own, *again.own]  # type: ignore[attr-defined]
        return out_spec.unflatten(released(t, own) for t in again(vs))

    return ys, push


# -- Jacobians


def _directions(xs: list[Tensor]) -> list[Tensor]:
    """Unit vectors of the space of all xs: a batch for each x."""
    total = sum(x.numel() for x in xs)
    batches, start = [], 0
    for x in xs:
        n = x.numel()
        unit = eye(n, dtype=x.dtype, device=x.device)
        rows = [zeros_like(unit[:1]).expand(k, n) for k in (start, total - start - n)]
        batches.append(cat([rows[0], unit, rows[1]]).reshape(total, *x.shape))
        start += n
    return batches


def jacrev(
    func: Callable,
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    _preallocate_and_copy: bool = False,
) -> Callable:
    """The Jacobian by backward products, one for each number of the output, all at once or
    `chunk_size` at a time; nested as outputs and then as inputs are.
    """
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    @functools.wraps(func)
    def wrapper(*args):
        result = _vjp(func, args, has_aux, argnums)
        ys, out_spec = tree_flatten(result[0])
        _, spec = tree_flatten(_chosen(args, argnums))

        def rows(*cots):
            return tree_flatten(result[1](out_spec.unflatten(cots)))[0]

        columns = vmap(rows, chunk_size=chunk_size)(*_directions(ys))
        sizes = [y.numel() for y in ys]
        blocks = [c.split(sizes) for c in columns]
        jacobian = out_spec.unflatten(
            spec.unflatten(b[k].reshape(*y.shape, *b[k].shape[1:]) for b in blocks)
            for k, y in enumerate(ys)
        )
        return (jacobian, result[2]) if has_aux else jacobian

    return wrapper


def jacfwd(
    func: Callable, argnums: Argnums = 0, has_aux: bool = False, *, randomness: str = "error"
) -> Callable:
    """The Jacobian by forward products, one for each number of the input; nested as jacrev's."""

    @functools.wraps(func)
    def wrapper(*args):
        xs, spec = tree_flatten(_chosen(args, argnums))
        found: dict[str, Any] = {}

        def push(*vs):
            result = _jvp(func, args, spec.unflatten(vs), False, has_aux, argnums)
            tangents, found["spec"] = tree_flatten(result[1])
            if has_aux:
                aux, found["aux"] = tree_flatten(result[2])
                return tangents, aux
            return tangents, []

        for x in xs:
            require_tensor(x)
        out_dims = (0, None) if has_aux else 0
        columns, aux = vmap(push, randomness=randomness, out_dims=out_dims)(*_directions(xs))
        sizes = [x.numel() for x in xs]
        jacobian = found["spec"].unflatten(
            spec.unflatten(
                part.movedim(0, -1).reshape(*part.shape[1:], *x.shape)
                for part, x in zip(c.split(sizes), xs, strict=True)
            )
            for c in columns
        )
        return (jacobian, found["aux"].unflatten(aux)) if has_aux else jacobian

    return wrapper


def hessian(func: Callable, argnums: Argnums = 0) -> Callable:
    """Second derivatives, forward over backward."""
    return jacfwd(jacrev(func, argnums), argnums)
