"""From real torch's objects to jtorch's: functions, tensors, dtypes and the like, and arrays back.
It knows nothing of samples, checks or tolerances.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import types
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import torch

import jtorch

MODULES = {
    "torch": jtorch,
    "torch.nn.functional": jtorch.nn.functional,
    **{
        f"torch.{name}": getattr(jtorch, name, None)
        for name in ("linalg", "fft", "special", "signal", "masked", "ops")
    },
}
_SIXTEEN_BIT = {torch.bfloat16: (torch.int16, ml_dtypes.bfloat16)}


# -- functions


@functools.cache
def _public_names() -> dict[int, tuple[str, ...]]:
    """Where public functions of real torch are found, by identity."""
    spaces = {
        "": torch,
        "Tensor": torch.Tensor,
        "nn.functional": torch.nn.functional,
        "linalg": torch.linalg,
        "fft": torch.fft,
        "special": torch.special,
        "signal.windows": torch.signal.windows,
        "masked": torch.masked,
    }
    found: dict[int, tuple[str, ...]] = {}
    for prefix, space in spaces.items():
        path = tuple(prefix.split(".")) if prefix else ()
        for name in sorted(dir(space), key=lambda n: n.startswith("_")):  # public ones first
            value = getattr(space, name, None)
            if callable(value):
                found.setdefault(id(value), (*path, name))
    return found


def function(f: Any) -> Any:
    """jtorch's version of a function of torch, or of a function that calls torch."""
    if f is None:
        return None
    path = _public_names().get(id(f))
    if path is not None:
        return _at(path)
    if isinstance(f, functools.partial):
        return functools.partial(
            function(f.func), *map(value, f.args), **{k: value(v) for k, v in f.keywords.items()}
        )
    if inspect.ismethoddescriptor(f):
        return getattr(jtorch.Tensor, f.__name__)
    if isinstance(f, types.FunctionType):
        return REPLACED.get(f.__name__) or _rebound(f)
    if isinstance(f, torch._ops.OpOverload):
        return _at(("ops", f.namespace, *f.__name__.split(".")))
    raise AttributeError(f"{f} is not public in torch")


def _wrapper_set_seed(op, *args, **kwargs):
    """torch's helper of that name: the call, seeded."""
    state = jtorch.get_rng_state()
    try:
        jtorch.manual_seed(42)
        return op(*args, **kwargs)
    finally:
        jtorch.set_rng_state(state)


REPLACED = {"wrapper_set_seed": _wrapper_set_seed}


def _at(path: tuple[str, ...]) -> Any:
    place: Any = jtorch
    for name in path:
        place = getattr(place, name)
    return place


@functools.cache
def _rebound(f: types.FunctionType) -> types.FunctionType:
    """The same code with `torch` meaning jtorch, and so in everything of tests that it calls."""
    names = _names_of(f.__code__)
    scope: dict[str, Any] = {"__builtins__": __builtins__}
    closure = tuple(types.CellType(value(c.cell_contents)) for c in f.__closure__ or ())
    copy = types.FunctionType(f.__code__, scope, f.__name__, f.__defaults__, closure)
    if f.__defaults__:
        copy.__defaults__ = tuple(value(x) for x in f.__defaults__)
    if f.__kwdefaults__:
        copy.__kwdefaults__ = {k: value(v) for k, v in f.__kwdefaults__.items()}
    for name in names & f.__globals__.keys():
        scope[name] = value(f.__globals__[name])
    return copy


def _names_of(code: types.CodeType) -> set[str]:
    inner = [c for c in code.co_consts if isinstance(c, types.CodeType)]
    return set(code.co_names).union(*map(_names_of, inner))


# -- values


def value(x: Any, memo: dict | None = None) -> Any:
    """jtorch's version of what a sample holds. `memo` keeps what is shared in it."""
    if memo is None:
        memo = {}
    if isinstance(x, torch.Tensor):
        return tensor(x, memo)
    if isinstance(x, torch.Size):
        return jtorch.Size(x)
    if isinstance(x, (list, tuple, dict)):
        return _container(x, memo)
    for kind in (torch.dtype, torch.layout, torch.memory_format):
        if isinstance(x, kind):
            return _at(tuple(str(x).split(".")[1:]))
    if isinstance(x, torch.device):
        return jtorch.device(str(x))
    if isinstance(x, types.ModuleType):
        return MODULES.get(x.__name__, x)
    if isinstance(x, torch.Generator):
        copy = jtorch.Generator()
        copy.manual_seed(x.initial_seed())
        return copy
    if isinstance(x, slice):
        return slice(value(x.start, memo), value(x.stop, memo), value(x.step, memo))
    if isinstance(x, type):
        return jtorch.Tensor if x is torch.Tensor else x
    if isinstance(x, functools.partial) or inspect.ismethoddescriptor(x):
        return function(x)
    if isinstance(x, types.BuiltinFunctionType) and id(x) in _public_names():
        return function(x)
    if isinstance(x, types.FunctionType) and x.__module__.startswith("torch."):
        return function(x)
    if isinstance(x, torch.nn.LinearCrossEntropyOptions):
        fields = {f.name: value(getattr(x, f.name)) for f in dataclasses.fields(x)}
        return jtorch.nn.LinearCrossEntropyOptions(**fields)
    if isinstance(x, torch.nn.Module):
        return getattr(jtorch.nn, type(x).__name__)()
    return x


def _container(x: Any, memo: dict) -> Any:
    if isinstance(x, dict):
        return {k: value(v, memo) for k, v in x.items()}
    items = [value(v, memo) for v in x]
    return type(x)(*items) if hasattr(x, "_fields") else type(x)(items)


def tensor(x: torch.Tensor, memo: dict) -> Any:
    """A leaf with the same values and strides. Tensors that share memory still do."""
    key = id(x)
    if key not in memo:
        memo[key] = (x, _leaf(x, memo))  # x is held, so that its id stays its own
    return memo[key][1]


def _leaf(x: torch.Tensor, memo: dict) -> Any:
    if x.is_meta:
        return jtorch.empty(tuple(x.shape), dtype=value(x.dtype), device="meta")
    if x.layout is not torch.strided:
        raise NotImplementedError(f"a sample of layout {x.layout}")
    with torch.no_grad(), jtorch.no_grad():
        if x.is_conj():
            copy = _leaf(x.conj(), memo).conj()
        elif x.is_neg():
            copy = _leaf(x._neg_view(), memo)._neg_view()
        else:
            copy = _plain(x, memo)
    return copy.requires_grad_() if x.requires_grad else copy


def _plain(x: torch.Tensor, memo: dict) -> Any:
    x = x.detach()
    if x.ndim > 64:  # more than NumPy has
        return jtorch.tensor(array(x.reshape(-1))).reshape(tuple(x.shape))
    storage = x.untyped_storage()
    count = storage.nbytes() // x.element_size()
    whole = x.is_contiguous() and count == x.numel()
    key = ("storage", storage._cdata, x.dtype)
    if whole and key not in memo:
        memo[key] = (storage, jtorch.tensor(array(x)))
        return memo[key][1]
    if key not in memo:
        flat = torch.empty(0, dtype=x.dtype).set_(storage, 0, (count,), (1,))
        memo[key] = (storage, jtorch.tensor(array(flat)))
    return memo[key][1].as_strided(x.shape, x.stride(), x.storage_offset())


# -- arrays


def array(x: Any) -> np.ndarray:
    """The values of a tensor of either library, copied."""
    if isinstance(x, jtorch.Tensor):
        return np.array(x.detach()._numpy())
    # A copy: a storage that NumPy has seen can no longer be resized.
    x = x.detach().resolve_conj().resolve_neg().clone()
    if x.dtype in _SIXTEEN_BIT:
        bits, kind = _SIXTEEN_BIT[x.dtype]
        return np.array(x.contiguous().view(bits).numpy()).view(kind)
    return np.array(x.numpy())


@dataclasses.dataclass(frozen=True)
class Sample:
    """One call: input, args and kwargs of one library."""

    input: Any
    args: tuple
    kwargs: dict
    process: Any  # what of the result has well defined gradients

    def call(self, f: Any, **more: Any) -> Any:
        return f(self.input, *self.args, **self.kwargs, **more)


def sample(s: Sample) -> Sample:
    """jtorch's version of it."""
    memo: dict = {}
    return Sample(
        value(s.input, memo), value(s.args, memo), value(s.kwargs, memo), function(s.process)
    )


def real_sample(s: Any) -> Sample:
    return Sample(s.input, tuple(s.args), dict(s.kwargs), s.output_process_fn_grad)


def copy_sample(s: Sample) -> Sample:
    """A copy of a sample of real torch that an in-place call may spoil."""
    return mapped(s, lambda x: x.detach().clone().requires_grad_(x.requires_grad))


WIDE = {
    torch.float32: torch.float64,
    torch.float16: torch.float64,
    torch.bfloat16: torch.float64,
    torch.complex64: torch.complex128,
}


def doubled(s: Sample) -> Sample:
    """The sample in double precision, apart from the given one."""
    return mapped(
        s,
        lambda x: (
            x.detach().to(WIDE.get(x.dtype, x.dtype), copy=True).requires_grad_(x.requires_grad)
        ),
    )


def mapped(s: Sample, change: Callable[[Any], Any]) -> Sample:
    """With other tensors; what is one tensor stays one."""
    memo: dict = {}

    def again(x: Any) -> Any:
        if isinstance(x, (torch.Tensor, jtorch.Tensor)):
            if id(x) not in memo:
                memo[id(x)] = (x, change(x))
            return memo[id(x)][1]
        if isinstance(x, (list, tuple)):
            items = [again(v) for v in x]
            return type(x)(*items) if hasattr(x, "_fields") else type(x)(items)
        if isinstance(x, dict):
            return {k: again(v) for k, v in x.items()}
        return x

    return Sample(again(s.input), again(s.args), again(s.kwargs), s.process)
