"""torch.utils.checkpoint: parts of a model whose intermediate values are not kept for backward but
computed again there. The mechanism is `_autograd.recompute`.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .._autograd import recompute
from .._autograd.modes import enable_grad, modes, no_grad
from .._devices import of_jax
from .._dtypes import from_np
from .._errors import no_attribute as _no_attribute
from .._size import Size
from .._tensor import Tensor, from_value
from ..amp import autocast
from ..amp._switches import get_autocast_dtype, is_autocast_enabled
from ..autograd import backward
from ..autograd.function import Function
from ..ops.random import get_rng_state, set_rng_state
from ._pytree import tree_flatten, tree_leaves

INPUTS = (
    "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or passing an "
    "`inputs` parameter to .backward(). To resolve this error, you can either set "
    "use_reentrant=False, or call .backward() without passing the `inputs` argument."
)
_state: dict[str, bool | None] = {"debug": None, "early_stop": None}


class CheckpointError(RuntimeError):
    """The second run of a function was not like the first."""


def noop_context_fn() -> tuple[Any, Any]:
    """Nothing around the first run, and nothing around the second."""
    return contextlib.nullcontext(), contextlib.nullcontext()


@contextlib.contextmanager
def set_checkpoint_debug_enabled(enabled: bool | None):
    """Whether errors about a different second run say what was run, wherever `debug` is not "
    "given."""
    before, _state["debug"] = _state["debug"], enabled
    try:
        yield
    finally:
        _state["debug"] = before


@contextlib.contextmanager
def set_checkpoint_early_stop(enable: bool):
    """`early_stop` for all calls of checkpoint inside."""
    before, _state["early_stop"] = _state["early_stop"], enable
    try:
        yield
    finally:
        _state["early_stop"] = before


class _Surroundings:
    """What a function sees besides its arguments: random numbers and autocast."""

    def __init__(self, preserve_rng_state: bool):
        self.random = get_rng_state() if preserve_rng_state else None
        kinds = ("cpu", "cuda")
        self.casts = [(k, get_autocast_dtype(k)) for k in kinds if is_autocast_enabled(k)]

    @contextlib.contextmanager
    def again(self):
        before = get_rng_state() if self.random is not None else None
        with contextlib.ExitStack() as contexts:
            for kind, dtype in self.casts:
                contexts.enter_context(autocast(kind, dtype))
            if self.random is not None:
                set_rng_state(self.random)
            try:
                yield
            finally:
                if before is not None:
                    set_rng_state(before)


def _again(tensors: list[Tensor], cotangents: Sequence[Any]) -> list[Tensor]:
    """Leaves like these tensors, for a second run that begins when the cotangents are there."""
    leaves = []
    values = recompute.after([t._read() for t in tensors], cotangents)
    for t, value in zip(tensors, values, strict=True):
        leaf = from_value(value)
        leaf.requires_grad = t.requires_grad
        leaves.append(leaf)
    return leaves


# -- with nodes of its own


def _checkpoint(
    function, args, kwargs, context_fn, determinism_check, debug, preserve, early_stop
) -> Any:
    if not modes.grad:
        return function(*args, **kwargs)
    surroundings = _Surroundings(preserve)
    first, second = context_fn()
    start = recompute.mark()
    with first:
        output = function(*args, **kwargs)
    leaves, spec = tree_flatten((args, kwargs))
    kept = [
        _with_grad(from_value(x._read()), x.requires_grad) if isinstance(x, Tensor) else x
        for x in leaves
    ]

    def again(cotangents: Sequence[Any]) -> list:
        fresh = iter(_again([x for x in kept if isinstance(x, Tensor)], cotangents))
        new = [next(fresh) if isinstance(x, Tensor) else x for x in kept]
        new_args, new_kwargs = spec.unflatten(new)
        begin = recompute.mark()
        with enable_grad(), surroundings.again(), second:
            result = function(*new_args, **new_kwargs)
        twins = recompute.since(begin, _edges(result))
        if early_stop:
            twins = twins[: len(frame.nodes)]
        _compare(frame.nodes, twins, determinism_check, debug)
        return twins

    frame = recompute.Frame(recompute.since(start, _edges(output)), again)
    return output


def _with_grad(t: Tensor, requires_grad: bool) -> Tensor:
    t.requires_grad = requires_grad
    return t


def _edges(output: Any) -> list:
    return [x._edge() for x in tree_leaves(output) if isinstance(x, Tensor)]


def _compare(nodes: list, twins: list, determinism_check: str, debug: bool) -> None:
    enabled = debug if _state["debug"] is None else _state["debug"]
    names = [[node.name() for node in each] for each in (nodes, twins)]
    more = f"\n\nfirst run: {names[0]}\nsecond run: {names[1]}" if enabled else ""
    saved = recompute.saving(nodes), recompute.saving(twins)
    changed = recompute.first_difference(*saved)
    if changed and determinism_check == "default":
        place, *avals = changed
        was, now = (
            {"shape": Size(a.shape), "dtype": from_np(a.dtype), "device": of_jax(a.device)}
            for a in avals
        )
        raise CheckpointError(
            "torch.utils.checkpoint: Recomputed values for the following tensors have different "
            "metadata than during the forward pass.\n"
            f"tensor at position {place}:\nsaved metadata: {was}\nrecomputed metadata: {now}{more}"
        )
    if not recompute.same(nodes, twins):
        raise CheckpointError(
            "torch.utils.checkpoint: A different number of tensors was saved during the original "
            "forward and recomputation.\n"
            f"Number of tensors saved during forward: {len(saved[0])}\n"
            f"Number of tensors saved during recomputation: {len(saved[1])}.{more}"
        )


# -- as one node


class CheckpointFunction(Function):
    """The whole function as one op, whose backward runs it again."""

    @staticmethod
    def forward(ctx, run_function, preserve_rng_state, *args):
        check_backward_validity(args)
        ctx.run_function, ctx.args = run_function, args
        ctx.surroundings = _Surroundings(preserve_rng_state)
        ctx.save_for_backward(*[a for a in args if isinstance(a, Tensor)])
        ctx.args = [None if isinstance(a, Tensor) else a for a in args]
        ctx.places = [isinstance(a, Tensor) for a in args]
        with no_grad():
            return run_function(*args)

    @staticmethod
    def backward(ctx, *grads):
        if modes.targeted:
            raise RuntimeError(INPUTS)
        given = [g._read() for g in grads if g is not None]
        fresh = iter(_again(list(ctx.saved_tensors), given))
        inputs = [next(fresh) if p else a for p, a in zip(ctx.places, ctx.args, strict=True)]
        with enable_grad(), ctx.surroundings.again():
            outputs = ctx.run_function(*inputs)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        pairs = [
            (y, g)
            for y, g in zip(outputs, grads, strict=True)
            if isinstance(y, Tensor) and y.requires_grad
        ]
        if not pairs:
            raise RuntimeError(
                "none of output has requires_grad=True, this checkpoint() is not necessary"
            )
        backward([y for y, _ in pairs], [g for _, g in pairs])
        return (None, None, *(x.grad if isinstance(x, Tensor) else None for x in inputs))


def check_backward_validity(inputs: Iterable[Any]) -> None:
    """Warn if none of the tensors requires grad."""
    if not any(t.requires_grad for t in inputs if isinstance(t, Tensor)):
        warnings.warn(
            "None of the inputs have requires_grad=True. Gradients will be None", stacklevel=6
        )


def detach_variable(inputs: tuple) -> tuple:
    """The same tensors as leaves."""
    if not isinstance(inputs, tuple):
        raise RuntimeError(
            "Only tuple of tensors is supported. Got Unsupported input type: ",
            type(inputs).__name__,
        )
    return tuple(
        _with_grad(from_value(x._read()), x.requires_grad) if isinstance(x, Tensor) else x
        for x in inputs
    )


# -- what is called


def _ask_for_reentrant(name: str, when: str, stacklevel: int) -> bool:
    warnings.warn(
        f"torch.utils.{name}: the use_reentrant parameter should be passed explicitly. {when} "
        "use_reentrant=False is recommended, but if you need to preserve the current default "
        "behavior, you can pass use_reentrant=True. Refer to docs for more details on the "
        "differences between the two variants.",
        stacklevel=stacklevel,
    )
    return True


def checkpoint(
    function: Callable,
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], tuple[Any, Any]] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """function(*args, **kwargs), whose intermediate values are computed again in backward.

    early_stop: what a second run records beyond the first is no error.
    """
    if use_reentrant is None:
        when = (
            "Starting in PyTorch 2.9, calling checkpoint without use_reentrant will raise an "
            "exception."
        )
        use_reentrant = _ask_for_reentrant("checkpoint", when, 3)
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs and use_reentrant:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    if use_reentrant:
        if context_fn is not noop_context_fn or debug is not False:
            raise ValueError(
                "Passing `context_fn` or `debug` is only supported when use_reentrant=False."
            )
        return CheckpointFunction.apply(function, preserve, *args)
    if determinism_check not in ("default", "none"):
        raise ValueError(
            f"determinism_check should be one of ['default', 'none'], but got {determinism_check}"
        )
    return _checkpoint(
        function, args, kwargs, context_fn, determinism_check, debug, preserve, early_stop
    )


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any
) -> Any:
    """The functions one after the other, in `segments` parts of which all but the last are
    checkpointed.
    """
    if use_reentrant is None:
        when = "In version 2.9 we will raise an exception if use_reentrant is not passed."
        use_reentrant = _ask_for_reentrant("checkpoint.checkpoint_sequential", when, 3)
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    chain = list(functions.children()) if hasattr(functions, "children") else list(functions)
    length = len(chain) // segments
    starts = list(range(0, length * (segments - 1), length))

    def part(some: list) -> Callable:
        def run(x: Any) -> Any:
            for each in some:
                x = each(x)
            return x

        return run

    for start in starts:
        input = checkpoint(
            part(chain[start : start + length]),
            input,
            use_reentrant=use_reentrant,
            preserve_rng_state=preserve,
        )
    return part(chain[length * len(starts) :])(input)


def __getattr__(name: str):
    raise _no_attribute("torch.utils.checkpoint", name)
