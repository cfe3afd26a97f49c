"""torch.vmap: a function of examples as a function of batches. Arguments and results as torch has
them; the batching of ops is `graph.levels`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .._autograd import crossing
from .._tensor import Tensor, from_value
from ..graph import Wrapped
from ..graph.levels import Batch, levels_of
from ..ops.join import cat
from ..ops.random import get_rng_state, set_rng_state
from ..utils._pytree import TreeSpec, broadcast, tree_flatten
from ._crossings import moved


def vmap(
    func: Callable,
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable:
    """`func` of one example, over the dimensions `in_dims` of its arguments.

    randomness says what random numbers examples draw: their own ("different"), common ones
    ("same"), or none ("error"). With chunk_size, so many examples are computed at a time.
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(
            "Only allowed values for randomness are 'error', 'different', or 'same'. Got "
            f"{randomness}"
        )
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def wrapped(*args, **kwargs):
        leaves, spec = tree_flatten(args)
        dims = _in_dims(func, in_dims, args, leaves, spec)
        size = _size(leaves, dims)
        columns = [
            x if d is None else x.movedim(d, 0) if d else x  # type: ignore[union-attr]
            for x, d in zip(leaves, dims, strict=True)
        ]
        if chunk_size is None or chunk_size >= size:
            outs, out_spec, places = _run(
                func, columns, dims, spec, kwargs, size, randomness, out_dims
            )
        else:
            parts = []
            state = get_rng_state() if randomness == "same" else None
            for start in range(0, size, chunk_size):
                if state is not None and start:
                    set_rng_state(state)
                n = min(chunk_size, size - start)
                some = [
                    x if d is None else x.narrow(0, start, n)  # type: ignore[union-attr]
                    for x, d in zip(columns, dims, strict=True)
                ]
                parts.append(_run(func, some, dims, spec, kwargs, n, randomness, out_dims))
            _, out_spec, places = parts[0]
            rows = zip(*[p[0] for p in parts], strict=True)
            outs = [r[0] if d is None else cat(r) for r, d in zip(rows, places, strict=True)]
        outs = [y if not d else y.movedim(0, d) for y, d in zip(outs, places, strict=True)]
        return out_spec.unflatten(outs)

    return wrapped


def _name(func: Callable) -> str:
    return getattr(func, "__name__", None) or repr(func)


def _in_dims(func, in_dims, args, leaves: list, spec: TreeSpec) -> list[int | None]:
    """The dimension of each leaf that is mapped over."""
    where = f"vmap({_name(func)}, in_dims={in_dims}, ...)(<inputs>): "
    if not isinstance(in_dims, (int, tuple)):
        raise ValueError(
            f"{where}expected `in_dims` to be int or a (potentially nested) tuple matching the "
            f"structure of inputs, got: {type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({_name(func)})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you "
            "are trying to vmap over a function with no inputs. The latter is unsupported."
        )
    dims = broadcast(in_dims, spec)
    if dims is None:
        structure = tree_flatten(in_dims)[1]
        raise ValueError(
            f"{where}in_dims is not compatible with the structure of `inputs`. in_dims has "
            f"structure {structure} but inputs has structure {spec}."
        )
    for i, (x, d) in enumerate(zip(leaves, dims, strict=True)):
        if d is None:
            continue
        if not isinstance(d, int):
            raise ValueError(
                f"{where}Got in_dim={d} for an input but in_dim must be either an integer "
                "dimension or None."
            )
        if not isinstance(x, Tensor):
            raise ValueError(
                f"{where}Got in_dim={d} for an input but the input is of type {type(x)}. We cannot "
                "vmap over non-Tensor arguments, please use None as the respective in_dim"
            )
        if not -x.ndim <= d < x.ndim:
            raise ValueError(
                f"{where}Got in_dim={d} for some input, but that input is a Tensor of "
                f"dimensionality {x.ndim} so expected in_dim to satisfy -{x.ndim} <= in_dim < "
                f"{x.ndim}."
            )
        dims[i] = d % x.ndim
    return dims


def _size(leaves: list, dims: list) -> int:
    sizes = [x.shape[d] for x, d in zip(leaves, dims, strict=True) if d is not None]
    if not sizes:
        raise ValueError("vmap: Expected at least one Tensor to vmap over")
    if any(n != sizes[0] for n in sizes):
        raise ValueError(
            "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
            f"{sizes} for the mapped dimension"
        )
    return sizes[0]


def _run(func, columns, dims, spec, kwargs, size, randomness, out_dims):
    """(results with the examples in front, their structure, where the examples shall be)."""
    level = Batch(size, randomness)
    examples = [
        x if d is None else moved(crossing.enter, level, x)
        for x, d in zip(columns, dims, strict=True)
    ]
    with level:
        result = func(*spec.unflatten(examples), **kwargs)
    for x, example, d in zip(columns, examples, dims, strict=True):
        if d is not None and example._counter is not None and example._counter.n:
            x.copy_(moved(crossing.leave, level, example))  # changed in place
    outs, out_spec = tree_flatten(result)
    places = _out_dims(func, out_dims, out_spec)
    outs = [_out(func, level, y, d) for y, d in zip(outs, places, strict=True)]
    return outs, out_spec, places


def _out_dims(func, out_dims, spec: TreeSpec) -> list:
    wanted, structure = tree_flatten(out_dims)
    if any(d is not None and not isinstance(d, int) for d in wanted):
        raise ValueError(
            f"vmap({_name(func)}, ..., out_dims={out_dims}): `out_dims` must be an int, None or a "
            "python collection of ints representing where in the outputs the vmapped dimension "
            "should appear."
        )
    places = broadcast(out_dims, spec)
    if places is None and spec.is_leaf() and len(wanted) == 1:
        return wanted  # a tuple of one for a result that is no tuple
    if places is None or (spec.is_leaf() and not structure.is_leaf()):
        raise ValueError(
            f"vmap({_name(func)}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible "
            f"with the structure of `outputs`. out_dims has structure {structure} but outputs has "
            f"structure {spec}."
        )
    return places


def _out(func, level: Batch, y: Any, dim: int | None) -> Any:
    where = f"vmap({_name(func)}, ...): `{_name(func)}` "
    if dim is None:
        if isinstance(y, Tensor) and level in levels_of(y._read()):
            raise ValueError(f"{where}can not return a BatchedTensor when out_dim is None")
        return y
    if not isinstance(y, Tensor):
        raise ValueError(
            f"{where}must only return Tensors, got type {type(y)}. Did you mean to set out_dims= "
            "to None for output?"
        )
    return moved(crossing.leave, level, y)


def debug_unwrap(tensor: Tensor, *, recurse: bool = True) -> Tensor:
    """What a tensor inside transformations holds, one level further out or all the way."""
    if not isinstance(tensor, Tensor):
        raise ValueError("Expected tensor to be a Tensor")
    value = tensor._read()
    while isinstance(value.buf, Wrapped):
        value = value.buf.parts()[0]
        if not recurse:
            break
    return from_value(value)
