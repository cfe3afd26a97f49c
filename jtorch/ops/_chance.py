"""What the program does with random numbers that were drawn for it: flips of coins and choices by
tensors of probabilities. Pure functions of arrays.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ._declare import op
from ._types import Number, Tensor

P_RANGE = (
    "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be "
    "improved?  If so, please report an enhancement request to PyTorch.)"
)


@op(variants="", differentiable=False)
def pairs(input: Tensor):
    """Complex numbers from a last dimension of two."""
    return jax.lax.complex(input[..., 0], input[..., 1])


@op(variants="", differentiable=False)
def spread(std: Tensor):
    """Standard deviations, checked."""
    return std


@spread.check
def _(std):
    return (std < 0).any(), 0, RuntimeError, "normal expects all elements of std >= 0.0"


@op(variants="", differentiable=False)
def flip(draws: Tensor, p: Tensor):
    """True where a uniform draw is below p."""
    return draws < p.astype(draws.dtype)


@flip.check
def _(draws, p):
    return (~((p >= 0) & (p <= 1))).any(), 0, RuntimeError, P_RANGE


@op(variants="", name="bernoulli", saves="nothing")
def flipped(draws: Tensor, input: Tensor):
    """draws, on the tape as what came of input, with gradient 0."""
    return draws


def _normal_name(inputs, static) -> str:
    numbers = [not hasattr(x, "aval") for x in inputs[1:]]
    return f"NormalBackward{1 if numbers[1] else 2 if numbers[0] else 3}"


@op(variants="", name="normal", grad_name=_normal_name, saves="nothing")
def scattered(draws: Tensor, mean: Tensor | Number, std: Tensor | Number):
    """draws, on the tape as what came of their moments, with gradient 0."""
    return draws


@op(variants="", differentiable=False)
def weights(input: Tensor):
    """Weights of categories, checked."""
    return input


@weights.check
def _(input):
    message = "probability tensor contains either `inf`, `nan` or element < 0"
    return (~((input >= 0) & (input < np.inf))).any(), 0, RuntimeError, message


@op(variants="", differentiable=False)
def race(weights: Tensor, times: Tensor, n: int):
    """The n categories whose exponential clocks ring first: times over weights."""
    speed = weights / times
    if n == 1:
        return jnp.argmax(speed, -1, keepdims=True).astype(np.int64)
    return jax.lax.top_k(speed, n)[1].astype(np.int64)


@race.check
def _(weights, times, n):
    message = "invalid multinomial distribution (sum of probabilities <= 0)"
    return (weights.sum(-1) == 0).any(), 0, RuntimeError, message


@op(variants="", differentiable=False)
def lookup(weights: Tensor, draws: Tensor):
    """The categories in whose parts of the unit interval the draws fall."""
    sums = jnp.cumsum(weights, -1)
    sums = sums / sums[..., -1:]
    found = jax.vmap(jnp.searchsorted)(sums, draws)
    return jnp.minimum(found, weights.shape[-1] - 1).astype(np.int64)


def _wide(dtype):
    """The precision to compute in: torch rounds half precision once, at the end."""
    return np.dtype(np.float32) if dtype.itemsize < 4 else dtype


@op(variants="", grad_name="MulBackward0", saves="nothing", keeps_strides=True, edges=(0, 1))
def scaled(input: Tensor, kept: Tensor, keep: Number):
    """input / keep where kept, else 0."""
    wide = _wide(input.dtype)
    noise = kept.astype(wide) / jnp.asarray(keep).astype(wide)
    return input * noise.astype(input.dtype)


@op(variants="", grad_name="AddBackward0", saves="nothing", keeps_strides=True)
def scaled_or_floor(input: Tensor, kept: Tensor, a: Number, floor: Number, p: Number):
    """a * input where kept, else -floor, both shifted by floor * p."""
    wide = _wide(input.dtype)
    a, floor, p = (jnp.asarray(x).astype(wide) for x in (a, floor, p))
    noise = kept.astype(wide)
    shift = ((noise - 1) * floor + floor * p).astype(input.dtype)
    return input * (noise * a).astype(input.dtype) + shift


@op(variants="", name="_standard_gamma", grad_name="StandardGammaBackward0")
def standard_gamma(alpha: Tensor, sample: Tensor):
    """The sample, whose derivative by alpha is that of the distribution's quantiles."""
    return _reparametrised(alpha, sample)


@jax.custom_jvp
def _reparametrised(alpha, sample):
    return sample


@_reparametrised.defjvp
def _(primals, tangents):
    alpha, sample = primals
    by_alpha: Any = jax.lax.random_gamma_grad
    return sample, by_alpha(alpha, sample) * tangents[0]
