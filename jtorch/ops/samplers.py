"""Draws whose number of uniform numbers is not known before: Poisson, binomial and gamma. They look
at their parameters, and run on the host element by element.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import _errors
from .._generator import rejection
from .._tensor import Tensor, from_value
from ..graph import META
from . import _bounds, _chance, _draws
from ._draws import Slots
from ._factory import factory, fresh

WIDE = ("binomial_cpu", "gamma_cpu")  # kernels that torch has for no 16 bits


def _sampled(name: str, kernel: str, sample: Callable, generator: Any, *inputs: Any) -> Tensor:
    """A tensor like the first input, drawn by the values of all."""
    for position, x in enumerate(inputs, start=1):
        if not isinstance(x, Tensor):
            kind = _errors.type_name_of(x)
            raise TypeError(
                f"{name}(): argument 'input' (position {position}) must be Tensor, not {kind}"
            )
        _bounds.require_kernel(kernel, x.dtype)
        if x.dtype.itemsize < 4 and kernel in WIDE:
            raise NotImplementedError(f"\"{kernel}\" not implemented for '{x.dtype._scalar_name}'")
    if _draws.levels.stack.levels:
        return _draws.by_examples(
            lambda *xs: _sampled(name, kernel, sample, generator, *xs), *inputs
        )
    first = inputs[0]
    where, dtype = first._value.aval.device, first.dtype
    slots = Slots(first._value.aval.shape, dtype, where)
    if where is META:
        return from_value(_draws.constant_value(slots))
    stream = _draws.source(generator, where, name)
    if not stream.on_cpu:
        raise _errors.not_covered(f"torch.{name} on other devices than the CPU")
    arrays = [np.ascontiguousarray(x._numpy()).reshape(-1) for x in inputs]
    if dtype.itemsize < 4:
        arrays = [array.astype(np.float32) for array in arrays]
    found = sample(stream, *arrays).astype(dtype.np)
    return fresh(found.reshape(slots.shape), where)


@factory
def poisson(input: Tensor, generator: Any = None) -> Tensor:
    """Numbers of events whose rates are the elements of input."""
    return _sampled("poisson", "poisson_cpu", rejection.poisson, generator, input)


@factory
def binomial(count: Tensor, prob: Tensor, generator: Any = None) -> Tensor:
    """Numbers of successes in `count` trials of probability `prob`, of one shape."""
    if isinstance(count, Tensor) and isinstance(prob, Tensor) and count.shape != prob.shape:
        count, prob = _spread(count, prob)
    return _sampled("binomial", "binomial_cpu", rejection.binomial, generator, count, prob)


def _spread(count: Tensor, prob: Tensor) -> tuple[Tensor, Tensor]:
    shape = np.broadcast_shapes(tuple(count.shape), tuple(prob.shape))
    return count.expand(shape), prob.expand(shape)  # type: ignore[attr-defined]


@factory
def _standard_gamma(input: Tensor, generator: Any = None) -> Tensor:
    """Numbers of the gamma distribution with rate 1, differentiable by the shapes in input."""
    drawn = _sampled("_standard_gamma", "gamma_cpu", _positive_gamma, generator, input)
    return _chance.standard_gamma(input, drawn)


@factory
def _sample_dirichlet(input: Tensor, generator: Any = None) -> Tensor:
    """Points of the simplex whose distribution has the concentrations in the last dimension."""

    def sample(stream: Any, shapes: np.ndarray) -> np.ndarray:
        gammas = _positive_gamma(stream, shapes.astype(np.float64))
        rows = gammas.reshape(-1, input.shape[-1] if input.ndim else 1)
        points = (rows / rows.sum(-1, keepdims=True)).astype(shapes.dtype)
        zero, one = shapes.dtype.type(0), shapes.dtype.type(1)
        return np.clip(points, np.finfo(shapes.dtype).tiny, np.nextafter(one, zero))

    if isinstance(input, Tensor) and input.dtype.itemsize < 4:
        raise NotImplementedError(f"\"dirichlet\" not implemented for '{input.dtype._scalar_name}'")
    return _sampled("_sample_dirichlet", "dirichlet", sample, generator, input)


def _positive_gamma(stream: Any, shapes: np.ndarray) -> np.ndarray:
    return np.maximum(rejection.gamma(stream, shapes), np.finfo(shapes.dtype).tiny)


FUNCTIONS = ("_sample_dirichlet", "_standard_gamma", "binomial", "poisson")
