"""Export of a module: the module runs once on tensors that stand for its parameters, buffers and
inputs, and what it computes becomes a program of StableHLO. Knows nothing of files.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jax import export as jax_export

from .. import _devices
from .._autograd.modes import no_grad
from .._errors import not_covered
from .._generator import default_of
from .._tensor import Tensor
from ..func import functional_call
from ..interop import from_jax, jax_op, to_jax
from ..nn.modules.module import Module
from ..nn.parameter import Parameter
from ..utils._pytree import tree_flatten
from . import _shapes, _spec

PLATFORMS = ("cpu", "cuda", "tpu")

OPEN = "Something wants it as a number: range(), len() and int() do."
RANDOM = "The numbers would be the same in every call. Call eval() first, or pass them as inputs."
WRITTEN = "Compute a new tensor instead."

WRONG_STRUCTURE = """Trying to flatten user inputs with exported input tree spec: 
{want}
but actually got inputs with tree spec of: 
{got}.
Please check that the inputs have the same number and type of args and kwargs as the ones you used \
when tracing."""


class Signature(NamedTuple):
    """What the arrays of a program mean, in order: state, then inputs; results, then state."""

    parameters: list[str]
    buffers: list[str]
    mutated: list[str]  # the buffers that the program changes
    input_names: list[str]
    input_spec: Any
    input_leaves: list
    output_spec: Any
    output_leaves: list
    ranges: dict[str, list]  # of the open dimensions: least and largest size


class ExportedProgram:
    """A module's forward as one program of StableHLO, with its parameters and buffers.

    `module()` runs it; `mlir` is its text. What torch has besides (a graph of operators, and what
    rewrites it) is not covered.
    """

    __module__ = "torch.export"

    def __init__(self, program: Any, signature: Signature, state: dict[str, Tensor]):
        self._program, self._signature, self._state = program, signature, state

    def module(self, check_guards: bool = True) -> Module:
        """A module with the same parameters and buffers that runs the program. It refuses inputs of
        other shapes and dtypes, with or without `check_guards`.
        """
        return Loaded(self)

    @property
    def mlir(self) -> str:
        """The program as text, in the StableHLO dialect of MLIR."""
        return self._program.mlir_module()

    @property
    def platforms(self) -> tuple[str, ...]:
        """What the program runs on, as JAX calls it: cpu, cuda, tpu."""
        return tuple(self._program.platforms)

    @property
    def state_dict(self) -> dict[str, Tensor]:
        """Parameters and buffers by name."""
        return self._state

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        yield from ((name, self._state[name]) for name in self._signature.parameters)

    def named_buffers(self) -> Iterator[tuple[str, Tensor]]:
        yield from ((name, self._state[name]) for name in self._signature.buffers)

    def parameters(self) -> Iterator[Tensor]:
        yield from (x for _, x in self.named_parameters())

    def buffers(self) -> Iterator[Tensor]:
        yield from (x for _, x in self.named_buffers())

    @property
    def graph(self) -> Any:
        """Not covered: there is no graph of torch's operators."""
        raise not_covered("torch.export.ExportedProgram.graph", "`mlir` is the program's text.")

    @property
    def graph_module(self) -> Any:
        """Not covered: there is no graph of torch's operators."""
        raise not_covered("torch.export.ExportedProgram.graph_module")

    def run_decompositions(self, decomp_table: Any = None) -> ExportedProgram:
        """Not covered: there is no graph of torch's operators."""
        raise not_covered("torch.export.ExportedProgram.run_decompositions")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            "Unable to call ExportedProgram directly. You should use `exported_program.module()` "
            "instead."
        )


def export(
    mod: Module,
    args: tuple,
    kwargs: Mapping[str, Any] | None = None,
    *,
    dynamic_shapes: Any = None,
    strict: bool = False,
    preserve_module_call_signature: tuple[str, ...] = (),
    prefer_deferred_runtime_asserts_over_guards: bool = False,
    platforms: Sequence[str] = PLATFORMS,
) -> ExportedProgram:
    """The module as a program, for inputs of the shapes and dtypes of these examples.

    `dynamic_shapes` names the dimensions that may differ, as in torch; where what the module does
    depends on their range (a kernel has to fit), JAX says so, and a Dim with `min` answers.
    `strict` says in torch how code is read; here the module runs, in either case. `platforms` is
    jtorch's own: what the program is to run on. Refused: random numbers, and writes to parameters
    or inputs.
    What else the module does (printing, changing its attributes) happens now, and not when the
    program runs.
    """
    if not isinstance(mod, Module):
        raise ValueError(f"Expected `mod` to be an instance of `torch.nn.Module`, got {type(mod)}.")
    if not isinstance(args, tuple):
        raise TypeError(
            f"Expecting `args` to be a tuple of example positional inputs, got {type(args)}"
        )
    if preserve_module_call_signature:
        raise not_covered("torch.export.export(preserve_module_call_signature=…)")
    if prefer_deferred_runtime_asserts_over_guards:
        raise not_covered("torch.export.export(prefer_deferred_runtime_asserts_over_guards=True)")
    kwargs = dict(kwargs or {})
    trace = _Trace(mod, args, kwargs)
    opened = _open(mod, args, kwargs, dynamic_shapes)
    inputs = _shapes.symbolic(trace.leaves, opened)
    tensors = [x for x in trace.leaves if isinstance(x, Tensor)]
    given = [_aval(x, x.shape) for x in trace.state.values()]
    given += [_aval(x, shape) for x, shape in zip(tensors, inputs, strict=True)]
    try:
        with _no_random_numbers():
            program = jax_export.export(jax.jit(trace.run), platforms=tuple(platforms))(*given)
    except TypeError as e:
        if "_DimExpr" not in str(e):
            raise
        raise not_covered(
            "torch.export of what the module does with an open dimension", OPEN
        ) from e
    assert trace.signature is not None
    signature = trace.signature._replace(ranges=_shapes.ranges(opened))
    return ExportedProgram(program, signature, trace.state)


def _aval(x: Tensor, shape: Sequence) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(tuple(shape), x._value.aval.dtype)


def _open(mod: Module, args: tuple, kwargs: dict, given: Any) -> list[dict[int, Any]]:
    """What dynamic_shapes says of each leaf of (args, kwargs)."""
    if isinstance(given, Mapping):
        bound = inspect.signature(mod.forward).bind(*args, **kwargs).arguments
        unknown = [name for name in given if name not in bound]
        if unknown:
            raise ValueError(f"dynamic_shapes names {unknown[0]!r}, which is no input")
        each = [given.get(name) for name in list(bound)[: len(args)]]
        named = {name: given.get(name) for name in kwargs}
    else:
        each = None if given is None else list(given)[: len(args)]
        rest = None if given is None else list(given)[len(args) :]
        named = None if rest is None else dict(zip(kwargs, rest, strict=True))
    return _shapes.open_dimensions((args, kwargs), (each, named))


class _no_random_numbers:
    """Random numbers drawn while a program is made would be constants of it."""

    def __enter__(self) -> None:
        streams = {default_of(_devices.device("cpu")), default_of(_here())}
        self.before = {stream: np.asarray(stream.state()) for stream in streams}

    def __exit__(self, kind: Any, *_: Any) -> None:
        drawn = [s for s, old in self.before.items() if not np.array_equal(old, s.state())]
        for stream in drawn:
            stream.set_state(self.before[stream])
        if drawn and kind is None:
            raise not_covered("torch.export of a module that draws random numbers", RANDOM)


def _here() -> _devices.device:
    return _devices.of_jax(jax.devices()[0])


class _Reported(Module):
    """A module that returns, beside its results, what it has left in its buffers."""

    def __init__(self, mod: Module):
        super().__init__()
        self.mod = mod

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.mod(*args, **kwargs), dict(self.mod.named_buffers())


class _Trace:
    """A module as a function of arrays: of its state in order, then of its inputs."""

    def __init__(self, mod: Module, args: tuple, kwargs: dict):
        self.mod = _Reported(mod)
        self.mod.training = mod.training
        self.leaves, self.spec = tree_flatten((args, kwargs))
        positional = list(inspect.signature(mod.forward).parameters)
        positional += [f"args_{k}" for k in range(len(positional), len(args))]
        self.names = _spec.names({**dict(zip(positional, args)), **kwargs})
        self.parameters = dict(mod.named_parameters())
        self.buffers = dict(mod.named_buffers())
        self.state = {name: x.detach() for name, x in (self.parameters | self.buffers).items()}
        for name, p in self.parameters.items():
            self.state[name].requires_grad_(p.requires_grad)
        self.constants = _spec.constants(self.leaves)
        self.signature: Signature | None = None

    def run(self, *arrays: Any) -> list:
        tensors = [from_jax(array) for array in arrays]
        state = dict(zip(self.state, tensors))
        args, kwargs = self.spec.unflatten(_spec.join(self.constants, tensors[len(state) :]))
        with no_grad():
            given = {f"mod.{name}": x for name, x in state.items()}
            out, buffers = functional_call(self.mod, given, args, kwargs)
        for name in self.parameters:
            self._refuse_written(f"its parameter {name}", state[name])
        for x in tensors[len(state) :]:
            self._refuse_written("its inputs", x)
        changed = {name: x for name, x in buffers.items() if x is not state[name] or x._version}
        leaves, spec = tree_flatten(out)
        self.signature = Signature(
            list(self.parameters), list(self.buffers), list(changed), self.names,
            _spec.encode(self.spec), self.constants, _spec.encode(spec), _spec.constants(leaves),
            {},
        )  # fmt: skip
        results = [x for x in leaves if isinstance(x, Tensor)]
        return [to_jax(x) for x in (*results, *changed.values())]

    @staticmethod
    def _refuse_written(what: str, x: Tensor) -> None:
        if x._version:
            raise not_covered(f"torch.export of a module that writes to {what}", WRITTEN)


class Loaded(Module):
    """Runs an exported program; its parameters and buffers have the names they had."""

    def __init__(self, program: ExportedProgram):
        super().__init__()
        self._signature = program._signature
        self._avals = program._program.in_avals[len(program._state) :]
        self._call = _op(program._program)
        self._input_spec = _spec.decode(self._signature.input_spec)
        self._output_spec = _spec.decode(self._signature.output_spec)
        for name, x in program._state.items():
            owner, _, key = name.rpartition(".")
            self._child(owner)._hold(key, x, name in self._signature.parameters)

    def _child(self, path: str) -> Any:
        module: Any = self
        for name in path.split(".") if path else ():
            if name not in module._modules:
                module.add_module(name, _Part())
            module = module._modules[name]
        return module

    def _hold(self, key: str, x: Tensor, parameter: bool) -> None:
        if parameter:
            self.register_parameter(key, Parameter(x.detach(), x.requires_grad))
        else:
            self.register_buffer(key, x)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        signature = self._signature
        order = self._input_spec.children[1].context
        if set(order) == set(kwargs):
            kwargs = {name: kwargs[name] for name in order}
        leaves, spec = tree_flatten((args, kwargs))
        if spec != self._input_spec:
            raise ValueError(WRONG_STRUCTURE.format(want=self._input_spec, got=spec))
        inputs = self._checked(leaves)
        state = [self.get_parameter(name) for name in signature.parameters]
        state += [self.get_buffer(name) for name in signature.buffers]
        results = self._call(*state, *inputs)
        count = len(results) - len(signature.mutated)
        with no_grad():
            for name, x in zip(signature.mutated, results[count:]):
                self.get_buffer(name).copy_(x)
        leaves = _spec.join(signature.output_leaves, results[:count])
        return self._output_spec.unflatten(leaves)

    def _checked(self, leaves: list) -> list[Tensor]:
        """The tensors among the inputs; all are what the program was made for."""
        tensors, avals, seen = [], iter(self._avals), {}
        for name, want, x in zip(self._signature.input_names, self._signature.input_leaves, leaves):
            if want != _spec.TENSOR:
                if isinstance(x, Tensor) or [x] != want:
                    raise AssertionError(f"Guard failed: {name} == {want[0]!r}")
                continue
            if not isinstance(x, Tensor):
                raise AssertionError(f"Guard failed: isinstance({name}, torch.Tensor)")
            aval = next(avals)
            if x._value.aval.dtype != aval.dtype:
                raise AssertionError(f"Guard failed: {name}.dtype == {aval.dtype}")
            if x.ndim != len(aval.shape):
                raise AssertionError(f"Guard failed: {name}.dim() == {len(aval.shape)}")
            for d, (n, m) in enumerate(zip(x.shape, aval.shape)):
                place = f"{name}.size()[{d}]"
                self._check_size(place, n, m)
                first, size = seen.setdefault(str(m), (place, n))
                if size != n:
                    raise AssertionError(f"Guard failed: {place} == {first}")
            tensors.append(x)
        return tensors

    def _check_size(self, what: str, size: int, want: Any) -> None:
        low, high = self._signature.ranges.get(str(want), (None, None))
        if isinstance(want, int) and size != want:
            raise AssertionError(f"Guard failed: {what} == {want}")
        if low is not None and size < low:
            raise AssertionError(f"Guard failed: {what} >= {low}")
        if high is not None and size > high:
            raise AssertionError(f"Guard failed: {what} <= {high}")

    def train(self, mode: bool = True) -> Any:
        """As in torch, the mode is that of the module that was exported."""
        raise NotImplementedError("Calling train() is not supported yet.")

    def eval(self) -> Any:
        """As in torch, the mode is that of the module that was exported."""
        raise NotImplementedError("Calling eval() is not supported yet.")


class _Part(Module):
    """What was a submodule: its parameters and buffers."""

    _hold = Loaded._hold


def _op(program: Any) -> Callable:
    def exported_program(*arrays: Any) -> Any:
        return program.call(*arrays)

    return jax_op(exported_program)
