"""Tensor's methods that fill with random numbers in place, and draws that depend on tensors of
probabilities: bernoulli and multinomial.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import _dtypes, _errors
from .._autograd.modes import modes
from .._tensor import Tensor, from_value
from ..graph import META, levels
from . import _bounds, _chance, _draws
from ._draws import Slots, drawn
from ._factory import factory, finished, fresh
from ._out import store_out
from ._views import view_as_real
from .convert import copy_
from .creation import number
from .random import invalid
from .shape import expand

# -- in place


def _fill(self: Tensor, kind: str, generator: Any, *numbers: Any) -> Tensor:
    self._check_writable()
    levels.require_own(self._value)
    return _become(self, drawn(kind, Slots.of(self), generator, *numbers))


def _become(self: Tensor, new: Tensor) -> Tensor:
    """Take over what nobody else holds."""
    if new._value.aval is self._value.aval and not (modes.grad and self.requires_grad):
        return self._write(new._value)
    return copy_(self, new)


def _number(given: Any, function: str, name: str, position: int) -> float:
    return number(given, function, name, position)


def uniform_(self: Tensor, *args, generator: Any = None, **bounds: Any) -> Tensor:
    """Uniform numbers in [from, to)."""
    low, high = _two("uniform_", args, bounds, ("from", 0.0), ("to", 1.0))
    if self.dtype.is_complex:
        uniform_(view_as_real(self), low, high, generator=generator)
        return self
    _bounds.uniform(low, high, self.dtype)
    return _fill(self, "uniform", generator, float(low), float(high))


def normal_(self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Any = None) -> Tensor:
    """Normal numbers."""
    mean, std = _number(mean, "normal_", "mean", 1), _number(std, "normal_", "std", 2)
    _bounds.normal(std)
    if self.dtype.is_complex:  # the two parts share the variance; the mean is each one's
        normal_(view_as_real(self), mean, float(std) / math.sqrt(2), generator=generator)
        return self
    _bounds.require_kernel("normal_kernel_cpu", self.dtype)
    return _fill(self, "normal", generator, float(mean), float(std))


def _two(name: str, args: tuple, given: dict, *defaults: tuple[str, Any]) -> tuple[Any, Any]:
    """Two numbers from positions or keywords (`from` is no name in Python)."""
    if len(args) > 2:
        raise invalid(name, args)
    values = []
    for position, (key, default) in enumerate(defaults):
        value = args[position] if position < len(args) else given.pop(key, default)
        values.append(value if value is None else _number(value, name, key, position + 1))
    if given:
        raise TypeError(f"{name}() got an unexpected keyword argument '{next(iter(given))}'")
    return values[0], values[1]


def random_(self: Tensor, *args, generator: Any = None, **bounds: Any) -> Tensor:
    """random_(): any number the dtype holds; random_(to): of [0, to); random_(from, to)."""
    if any(not (x is None or isinstance(x, (int, np.integer, Tensor))) for x in args):
        raise invalid("random_", args)
    if not args and not bounds:
        _bounds.require_kernel("random_kernel_cpu", self.dtype, ints=True)
        if _draws.source(generator, self._value.aval.device).on_cpu:
            return _fill(self, "any_integers", generator)
        low, high = 0, None
    elif len(args) == 1 and not bounds:
        low, high = 0, args[0]
    else:
        low, high = _two("random_", args, bounds, ("from", 0), ("to", None))
    low, high = _bounds.integers(int(low), None if high is None else int(high), self.dtype)
    return _fill(self, "integers", generator, low, high)


def exponential_(self: Tensor, lambd: float = 1.0, *, generator: Any = None) -> Tensor:
    """Numbers of the exponential distribution with rate lambd."""
    _bounds.exponential(lambd, self.dtype)
    return _fill(self, "exponential", generator, float(lambd))


def cauchy_(
    self: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Any = None
) -> Tensor:
    """Numbers of the Cauchy distribution."""
    _bounds.cauchy(sigma, self.dtype)
    return _fill(self, "cauchy", generator, float(median), float(sigma))


def log_normal_(
    self: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Any = None
) -> Tensor:
    """Numbers whose logarithms are normal."""
    _bounds.log_normal(std, self.dtype)
    return _fill(self, "log_normal", generator, float(mean), float(std))


def geometric_(self: Tensor, p: float, *, generator: Any = None) -> Tensor:
    """Numbers of trials until the first success of probability p."""
    _bounds.geometric(p, self.dtype)
    return _fill(self, "geometric", generator, float(p))


def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Any = None) -> Tensor:
    """1 with probability p, else 0; p may be a tensor."""
    if not isinstance(p, Tensor):
        _bounds.probability(p)
        return _fill(self, "bernoulli", generator, float(p))
    self._check_writable()
    return _become(self, _flips(Slots.of(self), expand(p, self.shape), generator))


# -- by tensors of probabilities


def _flips(slots: Slots, p: Tensor, generator: Any) -> Tensor:
    """A bool for each slot, by probabilities of its shape; their dtype decides on the draws."""
    _bounds.require_kernel("bernoulli_tensor_cpu_p_", p.dtype)
    levels.require_common(p._value)
    slots.dtype = _dtypes.float64 if p.dtype is _dtypes.float64 else _dtypes.float32
    return _chance.flip(drawn("uniform", slots, generator, 0.0, 1.0), p.detach())  # type: ignore[attr-defined]


@factory
def bernoulli(
    input: Tensor, p: Any = None, *, generator: Any = None, out: Tensor | None = None
) -> Tensor:
    """1 with the probability that input (or p) says, else 0."""
    if not isinstance(input, Tensor):
        kind = _errors.type_name_of(input)
        raise TypeError(f"bernoulli(): argument 'input' (position 1) must be Tensor, not {kind}")
    dtype = input.dtype
    slots = Slots(input._value.aval.shape, dtype, input._value.aval.device)
    if p is None:
        made = _flips(slots, input, generator)
    elif isinstance(p, Tensor):
        made = _flips(slots, expand(p, input.shape), generator)
    else:
        _bounds.probability(p)
        made = drawn("bernoulli", slots, generator, float(p))
    made = _chance.flipped(made.to(dtype), input)
    return made if out is None else store_out(out, made)  # type: ignore[attr-defined]


@factory
def multinomial(
    input: Tensor,
    num_samples: int,
    replacement: bool = False,
    *,
    generator: Any = None,
    out: Tensor | None = None,
) -> Tensor:
    """Indices drawn by the weights in each row of input, (categories,) or (rows, categories)."""
    _check_multinomial(input, num_samples, replacement)
    if out is not None and out.dtype is not _dtypes.int64:
        raise RuntimeError(f"multinomial expects Long tensor out, got: {out.dtype._scalar_name}")
    weights = input.detach()  # type: ignore[attr-defined]
    levels.require_common(weights._value)
    if not replacement or num_samples == 1:
        times = drawn("exponential", Slots.of(weights), generator, 1.0)
        first: Any = _chance.race(_chance.weights(weights), times, num_samples)
        return finished(first, False, out)
    rows = weights if weights.ndim == 2 else weights.reshape(1, -1)  # type: ignore[attr-defined]
    where = input._value.aval.device
    stream = _draws.source(generator, where, "multinomial")
    shape = (rows._value.aval.shape[0], num_samples)
    if where is META:
        made = from_value(_draws.constant_value(Slots(shape, _dtypes.int64, where)))
    elif stream.on_cpu:
        made = fresh(stream.choose(_valid(rows._numpy()), num_samples), where)
    else:
        slots = Slots(shape, rows.dtype, where)
        made = _chance.lookup(rows, drawn("uniform", slots, generator, 0.0, 1.0))
    return finished(made if input.ndim == 2 else made.reshape(-1), False, out)  # type: ignore[attr-defined]


def _check_multinomial(input: Any, num_samples: int, replacement: bool) -> None:
    if not isinstance(input, Tensor):
        kind = _errors.type_name_of(input)
        raise TypeError(f"multinomial(): argument 'input' (position 1) must be Tensor, not {kind}")
    if not 0 < input.ndim <= 2:
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if not input.dtype.is_floating_point:
        raise RuntimeError(
            "multinomial only supports floating-point dtypes for input, got: "
            f"{input.dtype._scalar_name}"
        )
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and num_samples > input.shape[-1]:
        raise RuntimeError(
            "cannot sample n_sample > prob_dist.size(-1) samples without replacement"
        )
    if input.shape[-1] > 1 << 24:
        raise RuntimeError("number of categories cannot exceed 2^24")


def _valid(weights: np.ndarray) -> np.ndarray:
    problem = None
    if not (weights >= 0).all():
        problem = "encountering probability entry < 0"
    elif not np.isfinite(weights.astype(np.float64)).all():
        problem = "encountering probability entry = infinity or NaN"
    elif (weights.sum(-1) <= 0).any():
        problem = "sum of probabilities <= 0"
    if problem:
        raise RuntimeError(f"invalid multinomial distribution ({problem})")
    return weights


FUNCTIONS = ("bernoulli", "multinomial")
METHODS = (
    "bernoulli", "bernoulli_", "cauchy_", "exponential_", "geometric_", "log_normal_",
    "multinomial", "normal_", "random_", "uniform_",
)  # fmt: skip
