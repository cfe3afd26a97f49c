"""jtorch beside JAX: tensors as jax arrays and back without a copy, modules and functions as pure
functions that jax.jit, jax.grad, jax.vmap and shard_map take, JAX functions as differentiable ops,
optax transformations as optimizers. Touches jax's arrays; computes nothing itself.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import jax
import numpy as np
import optax

from . import _devices
from ._autograd import tape
from ._autograd.modes import enable_grad, modes, no_grad
from ._autograd.pullback import DiffPrim
from ._tensor import Tensor, from_value, rebind
from .func import functional_call
from .graph import TRACED, Lifted, Prim, flush, from_buffer, look, record
from .graph.levels import ZEROS_LIKE
from .nn.modules.module import Module
from .nn.parameter import Parameter
from .optim.optimizer import Optimizer

__all__ = [
    "Optax", "from_jax", "functional", "jax_op", "load", "register_pytrees", "stateful", "to_jax",
    "to_jax_function",
]  # fmt: skip


# -- arrays


def to_jax(tensor: Tensor) -> jax.Array:
    """The array a tensor holds, without a copy; runs what is pending. Arrays never change: a later
    in-place write to the tensor gives it another.
    """
    value = tensor._read()
    array = look(value)
    if isinstance(array, np.ndarray):  # data that came from the host and has not been used yet
        array = value.buf = jax.device_put(array, value.aval.device)
    value.owned = False  # from now on the buffer is not jtorch's alone, to be reused for results
    return array


def from_jax(array: Any, *, requires_grad: bool = False) -> Tensor:
    """A tensor that holds this jax array (or tracer), without a copy."""
    if not isinstance(array, jax.Array):
        raise TypeError(f"from_jax(): expected a jax.Array, but got {type(array).__name__}")
    if isinstance(array, TRACED):
        device = jax.devices()[0]
    elif len(array.devices()) > 1:
        raise NotImplementedError(
            "jtorch: from_jax() of an array on several devices is not covered\n\n"
            "Inside jax.jit and shard_map tensors of such arrays work."
        )
    else:
        (device,) = array.devices()
    _devices.of_jax(device)
    tensor = from_value(from_buffer(array, device, owned=False))
    tensor.requires_grad = requires_grad
    return tensor


def _arrays(tree: Any) -> Any:
    return jax.tree.map(lambda x: to_jax(x) if isinstance(x, Tensor) else x, tree, is_leaf=_tensor)


def _tensor(x: Any) -> bool:
    return isinstance(x, Tensor)


def _tensors(tree: Any) -> Any:
    return jax.tree.map(lambda x: from_jax(x) if isinstance(x, jax.Array) else x, tree)


def register_pytrees() -> None:
    """Let JAX's transformations take and return Tensors and Parameters themselves: afterwards
    jax.jit(f), jax.grad(f) and jax.vmap(f) work on functions of tensors.
    """
    for kind in (Tensor, Parameter):
        try:
            jax.tree_util.register_pytree_node(kind, _open, _close)
        except ValueError:  # registered before
            return


def _open(tensor: Tensor) -> tuple[tuple, None]:
    return (to_jax(tensor),), None


def _close(_: None, children: Any) -> Any:
    """What JAX puts in place of arrays while it looks at structures is passed on as it is."""
    (child,) = children
    return from_jax(child) if isinstance(child, jax.Array) else child


# -- from jtorch to JAX


def to_jax_function(function: Callable) -> Callable:
    """A function of tensors as one of jax arrays, nested in any way: pure as far as `function` is,
    and ready for every transformation of JAX.

    The tape of jtorch does not see it; random numbers drawn while JAX traces are constants.
    """

    @functools.wraps(function)
    def pure(*args, **kwargs):
        with no_grad():
            return _arrays(function(*_tensors(args), **_tensors(kwargs)))

    return pure


class Functional(NamedTuple):
    """A module as a function: `apply(parameters, buffers, *args)` gives (outputs, new buffers)."""

    apply: Callable
    parameters: dict[str, jax.Array]
    buffers: dict[str, jax.Array]


def functional(module: Module) -> tuple[Callable, dict[str, jax.Array]]:
    """(f, parameters): f(parameters, *args, **kwargs) is what the module computes from jax arrays
    with these parameters, a dict by name. Buffers are constants of f; see `stateful`.
    """
    parameters = {name: to_jax(p) for name, p in module.named_parameters()}

    def apply(parameters: dict[str, jax.Array], *args: Any, **kwargs: Any) -> Any:
        buffers = {name: from_value(b._read()) for name, b in module.named_buffers()}

        def call(given: dict[str, Tensor], *args: Any, **kwargs: Any) -> Any:
            return functional_call(module, {**given, **buffers}, args, kwargs)

        return to_jax_function(call)(parameters, *args, **kwargs)

    return apply, parameters


def stateful(module: Module) -> Functional:
    """The same for modules that change their buffers, as batch norm does in training."""
    parameters, fixed = functional(module)[1], {}
    buffers = {name: to_jax(b) for name, b in module.named_buffers()}

    def apply(parameters: dict, buffers: dict, *args: Any, **kwargs: Any) -> Any:
        def call(given: dict, state: dict, *args: Any, **kwargs: Any) -> Any:
            out = functional_call(module, {**fixed, **given, **state}, args, kwargs)
            return out, state

        return to_jax_function(call)(parameters, buffers, *args, **kwargs)

    return Functional(apply, parameters, buffers)


def load(module: Module, arrays: dict[str, jax.Array]) -> None:
    """Write arrays back into the parameters and buffers of these names."""
    places = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    unknown = [name for name in arrays if name not in places]
    if unknown:
        raise KeyError(f"the module has no parameter or buffer named {unknown[0]!r}")
    targets = [places[name] for name in arrays]
    for target, (name, array) in zip(targets, arrays.items(), strict=True):
        if tuple(target.shape) != array.shape or target._value.aval.dtype != array.dtype:
            raise ValueError(f"{name}: expected {target._value.aval}, got {array.aval}")
    rebind(targets, [from_jax(a)._value for a in arrays.values()])


# -- from JAX to jtorch


def jax_op(function: Callable) -> Callable:
    """A JAX function as an op of jtorch: recorded with the others, differentiable (any number of
    times, through jax.vjp), and usable inside torch.func. Its tensors may be nested in any way;
    everything else among its arguments is static and must be hashable.
    """

    @functools.wraps(function)
    def op(*args, **kwargs):
        leaves, structure = jax.tree.flatten((args, kwargs), is_leaf=_tensor)
        static = tuple(_TENSOR if isinstance(x, Tensor) else x for x in leaves)
        prim, result = _primitive(function, structure, static)
        tensors = [x for x in leaves if isinstance(x, Tensor)]
        edges = [t._edge() if modes.grad else None for t in tensors]
        outs = tape.apply(prim, (), [t._read() for t in tensors], edges)
        return jax.tree.unflatten(result[0], [from_value(v, *(e or (None, 0))) for v, e in outs])

    return op


_TENSOR = object()


@functools.lru_cache(maxsize=4096)
def _primitive(function: Callable, structure: Any, static: tuple) -> tuple[DiffPrim, list]:
    """(the primitive for arguments of this structure, a place for the structure of its result)."""
    result: list[Any] = []

    def fn(*arrays):
        given = iter(arrays)
        leaves = [next(given) if x is _TENSOR else x for x in static]
        args, kwargs = jax.tree.unflatten(structure, leaves)
        outs, structure_of_result = jax.tree.flatten(function(*args, **kwargs))
        result[:] = [structure_of_result]
        return tuple(outs)

    name = getattr(function, "__name__", "jax_op")
    return DiffPrim(name, fn), result


def _shown(name: str) -> str:
    """What torch, and its schedulers, call a hyperparameter."""
    return "lr" if name == "learning_rate" else name


class Optax(Optimizer):
    """An optax transformation as a torch optimizer: `Optax(model.parameters(), optax.adamw(1e-3))`.

    The step is recorded and compiled with what comes before it. Learning rates belong to the
    transformation; one made by `optax.inject_hyperparams` shows its hyperparameters in
    `param_groups`, where schedulers change them. A parameter without a gradient has one of zeros.
    """

    def __init__(self, params: Iterable, transformation: optax.GradientTransformation):
        self.transformation = transformation
        self._states: list[Any] = []  # per group: (leaves as Values, structure)
        super().__init__(params, {})

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        state = self.transformation.init([to_jax(p) for p in group["params"]])  # pyright: ignore[reportArgumentType]
        for name in getattr(state, "hyperparams", ()):
            group[_shown(name)] = float(state.hyperparams[name])  # pyright: ignore[reportAttributeAccessIssue]
        leaves, structure = jax.tree.flatten(state)
        self._states.append(([from_buffer(x, _place(x), owned=False) for x in leaves], structure))

    @no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:  # type: ignore[override]
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        for k, group in enumerate(self.param_groups):
            self._step_group(k, group)
        flush(kind="step")
        return loss

    def _step_group(self, k: int, group: dict[str, Any]) -> None:
        values, structure = self._states[k]
        params = group["params"]
        grads = [
            p.grad._read() if p.grad is not None else record(ZEROS_LIKE, (), [p._read()])[0]
            for p in params
        ]
        names = tuple(getattr(jax.tree.unflatten(structure, values), "hyperparams", ()))
        prim = _update(self.transformation, structure, len(params), names)
        given = [float(group[_shown(name)]) for name in names]
        outs = record(prim, (), [*[p._read() for p in params], *grads, *values, *given])
        rebind(params, outs[: len(params)])
        self._states[k] = (outs[len(params) :], structure)

    def state_dict(self) -> dict[str, Any]:
        """torch's, and under "optax" the leaves of the transformation's state."""
        kept = [[from_value(v) for v in values] for values, _ in self._states]
        return {**super().state_dict(), "optax": kept}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        rest = dict(state_dict)
        kept = rest.pop("optax")
        super().load_state_dict(rest)
        self._states = [
            ([t.clone()._read() for t in tensors], structure)
            for tensors, (_, structure) in zip(kept, self._states, strict=True)
        ]


def _place(array: Any) -> Any:
    return next(iter(array.devices()))


@functools.lru_cache(maxsize=256)
def _update(transformation: Any, structure: Any, count: int, names: tuple[str, ...]) -> Prim:
    """(parameters, gradients, state, hyperparameters) -> (parameters, state)."""

    def fn(*inputs):
        params, grads = list(inputs[:count]), list(inputs[count : 2 * count])
        end = len(inputs) - len(names)
        state = jax.tree.unflatten(structure, inputs[2 * count : end])
        if names:
            given = [x.array if isinstance(x, Lifted) else x for x in inputs[end:]]
            old = state.hyperparams
            now = {n: _like(x, old[n]) for n, x in zip(names, given, strict=True)}
            state = state._replace(hyperparams={**old, **now})
        updates, state = transformation.update(grads, state, params)
        new: Any = optax.apply_updates(params, updates)
        return (*new, *jax.tree.leaves(state))

    return Prim("optax", fn)


def _like(x: Any, old: Any) -> Any:
    return (old * 0 + x).astype(old.dtype)
