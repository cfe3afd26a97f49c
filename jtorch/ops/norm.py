"""Normalisation by mean and variance: over the last dimensions, over groups of channels, over the
batch. The gradients are written out: what jax derives walks the data about twice as often.
Half precision is computed in single.
"""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
from jax import lax

from .._autograd.modes import no_grad
from ._declare import op
from ._gradients import own_gradient
from ._numeric import FLOAT32, HALVES, require
from ._types import Number, Size, Tensor

SPACES = ("nn.functional", "torch")


# -- the core: standardise over some axes


@own_gradient(1, 2, 3)
def standardized(x, axes: tuple[int, ...], eps: float, centred: bool = True) -> Any:
    """(x - mean) / sqrt(variance + eps) over axes; x / sqrt(mean of squares + eps) otherwise."""
    return _standardized(x, axes, eps, centred)[0]


def _standardized(x, axes, eps, centred):
    mean = jnp.mean(x, axes, keepdims=True) if centred else None
    centre = x - mean if centred else x
    rate = lax.rsqrt(jnp.mean(centre * centre, axes, keepdims=True) + x.dtype.type(eps))
    return centre * rate, (x, mean, rate)


def _standardized_backward(axes, eps, centred, saved, g):
    x, mean, rate = saved
    y = (x - mean) * rate if centred else x * rate
    share = y * jnp.mean(g * y, axes, keepdims=True)
    if centred:
        share = share + jnp.mean(g, axes, keepdims=True)
    return (rate * (g - share),)


standardized.defvjp(_standardized, _standardized_backward)


@op(variants="f", namespace=SPACES, grad_name="NativeLayerNormBackward0", edges=(0, 1, 2))
def layer_norm(
    input: Tensor,
    normalized_shape: Size,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
):
    """Standardise over the last dimensions, those of `normalized_shape`, then scale and shift."""
    require("LayerNormKernelImpl", "fc", input)
    axes = _last_axes(input, normalized_shape, weight, bias, "[*, {}]")
    _check_mixed(input, weight, bias)
    x, weight, bias = _opmath(input, weight, bias)
    y = standardized(x, axes, eps)
    y = y if weight is None else y * weight
    return (y if bias is None else y + bias).astype(input.dtype)


@op(variants="f", namespace=SPACES, grad_name="MulBackward0")
def rms_norm(
    input: Tensor,
    normalized_shape: Size,
    weight: Tensor | None = None,
    eps: float | None = None,
):
    """x / sqrt(mean(x²) + eps) over the last dimensions; eps is the dtype's by default."""
    require("rms_norm", "fc", input)
    axes = _last_axes(input, normalized_shape, weight, None, "[*{}]")
    dtype = input.dtype if weight is None else jnp.promote_types(input.dtype, weight.dtype)
    x, weight = _opmath(input, weight)
    y = standardized(x, axes, float(jnp.finfo(x.dtype).eps) if eps is None else eps, False)
    return (y if weight is None else y * weight).astype(dtype)


@op(variants="f", namespace=SPACES, grad_name="NativeGroupNormBackward0", edges=(0, 1, 2))
def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
):
    """Standardise each of `num_groups` groups of channels of each sample: (N, C, *)."""
    _check_groups(input, num_groups, weight, bias)
    require("GroupNormKernelImpl", "f", input)
    _check_mixed(input, weight, bias)
    x, weight, bias = _opmath(input, weight, bias)
    grouped = x.reshape(x.shape[0], num_groups, math.prod(x.shape[1:]) // num_groups)
    y = standardized(grouped, (2,), eps).reshape(x.shape)
    return _by_channel(y, weight, bias).astype(input.dtype)


@op(variants="", edges=(0, 1, 2))
def native_group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None, bias: Tensor | None, eps: float
):
    """group_norm, and the mean and one over the standard deviation of each group."""
    y = group_norm.fn(input, num_groups, weight, bias, eps)
    channels = math.prod(input.shape[1:])
    x = _opmath(input)[0].reshape(input.shape[0], num_groups, channels // num_groups)
    single = any(p is not None and p.dtype == FLOAT32 for p in (weight, bias))
    dtype = FLOAT32 if single else y.dtype
    mean, rstd = jnp.mean(x, -1), lax.rsqrt(jnp.var(x, -1) + eps)
    return y, mean.astype(dtype), rstd.astype(dtype)


# -- over the batch


@op(variants="", grad_name="NativeBatchNormBackward0", edges=(0, 1, 2))
def _batch_norm_train(input: Tensor, weight: Tensor | None, bias: Tensor | None, *, eps: float):
    """The normalised input, and mean and unbiased variance of the batch: (N, C, *)."""
    require("batch_norm", "f", input)
    _check_mixed(input, weight, bias)
    x, weight, bias = _opmath(input, weight, bias)
    channels = input.shape[1] if input.ndim > 1 else 0
    weight = jnp.ones(channels, x.dtype) if weight is None else weight
    bias = jnp.zeros(channels, x.dtype) if bias is None else bias
    y, mean, variance = _batch_normed(x, weight, bias, eps)
    n = x.size // max(channels, 1)
    variance = variance * (n / (n - 1) if n > 1 else math.nan)
    y = y.reshape(input.shape).astype(input.dtype)
    return y, lax.stop_gradient(mean), lax.stop_gradient(variance)


@own_gradient(3)
def _batch_normed(x, weight, bias, eps: float) -> Any:
    """x (N, C, *) normalised over all but C; mean and biased variance.

    The dimensions stay as they are: a reshape would hold up XLA, which moves C to the end for the
    convolutions around.
    """
    return _batch_norm_forward(x, weight, bias, eps)[0]


def _batch_norm_forward(x, weight, bias, eps):
    axes, wide = _around(x)
    mean = jnp.mean(x, axes)
    centre = x - wide(mean)
    variance = jnp.mean(centre * centre, axes)
    rate = lax.rsqrt(variance + x.dtype.type(eps))
    scale = weight * rate
    return (x * wide(scale) + wide(bias - mean * scale), mean, variance), (x, weight, mean, rate)


def _batch_norm_backward(eps, saved, gs):
    g, (x, weight, mean, rate) = gs[0], saved
    axes, wide = _around(x)
    d_bias = jnp.sum(g, axes)
    d_weight = jnp.sum(g * (x - wide(mean)), axes) * rate
    if not x.size:
        return jnp.zeros_like(x), d_weight, d_bias
    n = x.size // x.shape[1]
    scale, along = wide(weight * rate), wide(d_weight * rate / n)
    return scale * (g - wide(d_bias / n) - (x - wide(mean)) * along), d_weight, d_bias


_batch_normed.defvjp(_batch_norm_forward, _batch_norm_backward)


def _around(x) -> tuple:
    """The axes of all dimensions but the channels, and how to broadcast (C) over them."""
    axes = (0, *range(2, x.ndim))
    return axes, lambda a: jnp.expand_dims(a, axes)


@op(variants="", grad_name="NativeBatchNormBackward0", edges=(0, 3, 4))
def _batch_norm_eval(
    input: Tensor,
    running_mean: Tensor,
    running_var: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    *,
    eps: float,
):
    require("batch_norm", "f", input)
    _check_mixed(input, weight, bias, running_mean, running_var)
    x, weight, bias, mean, variance = _opmath(input, weight, bias, running_mean, running_var)
    rate = lax.rsqrt(variance + x.dtype.type(eps))
    shape = (-1, *(1,) * (x.ndim - 2))
    y = (x - mean.reshape(shape)) * rate.reshape(shape)
    return _by_channel(y, weight, bias).astype(input.dtype)


@op(variants="", grad_name="ViewBackward0")
def _instance_norm(input: Tensor, weight: Tensor | None, bias: Tensor | None, *, eps: float):
    """Each channel of each sample by itself; also the averages of means and unbiased variances."""
    require("batch_norm", "f", input)
    x, weight, bias = _opmath(input, weight, bias)
    flat = x.reshape(*x.shape[:2], math.prod(x.shape[2:]))
    y = standardized(flat, (2,), eps).reshape(x.shape)
    mean, variance = jnp.mean(flat, 2), jnp.var(flat, 2, ddof=1)
    return (
        _by_channel(y, weight, bias).astype(input.dtype),
        lax.stop_gradient(jnp.mean(mean, 0)),
        lax.stop_gradient(jnp.mean(variance, 0)),
    )


@op(variants="", differentiable=False)
def _moving_average(running: Tensor, new: Tensor, momentum: Number):
    momentum = jnp.asarray(momentum).astype(new.dtype)
    return (running * (1 - momentum) + new * momentum).astype(running.dtype)


# -- with running statistics, which training updates in place


def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Standardise each channel over the batch, or by the running statistics: (N, C, *)."""
    if training:
        _check_several(input.shape, "value per channel", input.numel(), input.shape[1:2])
    _check_statistics(input, running_mean, running_var, weight, bias, not training)
    if not training:
        return _batch_norm_eval(input, running_mean, running_var, weight, bias, eps=eps)
    out, mean, variance = _batch_norm_train(input, weight, bias, eps=eps)
    _update(running_mean, mean, running_var, variance, momentum)
    return out


def instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Standardise each channel of each sample, or by the running statistics: (N, C, *)."""
    if use_input_stats:
        _check_several(input.shape, "spatial element", input.numel(), input.shape[:2])
    elif running_mean is None or running_var is None:
        raise RuntimeError(
            "Expected running_mean and running_var to be defined when use_input_stats is false"
        )
    if (running_mean is None) != (running_var is None):
        raise ValueError("running_mean and running_var must either both be None or neither be None")
    n = input.shape[0]
    _check_statistics(input, running_mean, running_var, weight, bias, not use_input_stats, n)
    if not use_input_stats:
        return _batch_norm_eval(input, running_mean, running_var, weight, bias, eps=eps)
    out, mean, variance = _instance_norm(input, weight, bias, eps=eps)
    _update(running_mean, mean, running_var, variance, momentum)
    return out


@no_grad()
def _update(running_mean, mean, running_var, variance, momentum) -> None:
    for running, new in ((running_mean, mean), (running_var, variance)):
        if running is not None:
            running.copy_(_moving_average(running, new, momentum))


# -- helpers


def _opmath(x, *others) -> list:
    """All in single precision if x is in half."""
    if x.dtype in HALVES:
        x = x.astype(FLOAT32)
    return [x, *(None if a is None else a.astype(x.dtype) for a in others)]


def _by_channel(y, weight, bias):
    shape = (-1, *(1,) * (y.ndim - 2))
    y = y if weight is None else y * weight.reshape(shape)
    return y if bias is None else y + bias.reshape(shape)


def _last_axes(x, normalized_shape, weight, bias, pattern) -> tuple[int, ...]:
    if isinstance(normalized_shape, int):
        raise TypeError(
            "layer_norm(): argument 'normalized_shape' (position 2) must be tuple of ints, not int"
        )
    dims = len(normalized_shape)
    if not dims:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one "
            "element, but got normalized_shape = []"
        )
    for name, given in (("weight", weight), ("bias", bias)):
        if given is not None and given.shape != normalized_shape:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
                f"{list(given.shape)} and normalized_shape = {list(normalized_shape)}"
            )
    if x.ndim < dims or x.shape[x.ndim - dims :] != normalized_shape:
        shape = pattern.format(", ".join(map(str, normalized_shape)))
        raise RuntimeError(
            f"Given normalized_shape={list(normalized_shape)}, expected input with shape {shape}, "
            f"but got input of size{list(x.shape)}"
        )
    return tuple(range(x.ndim - dims, x.ndim))


def _check_mixed(x, *others) -> None:
    """Parameters have the input's type, or are in single precision beside a half one."""
    for given in others:
        if given is not None and given.dtype != x.dtype:
            if x.dtype not in (FLOAT32, *HALVES):
                raise RuntimeError("mixed dtype (CPU): all inputs must share same datatype.")
            if given.dtype != FLOAT32:
                raise RuntimeError(
                    "mixed dtype (CPU): expect parameter to have scalar type of Float"
                )


def _check_groups(x, groups, weight, bias) -> None:
    if x.ndim < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {x.ndim}")
    if groups == 0:
        raise ZeroDivisionError("integer division or modulo by zero")
    shape, channels = list(x.shape), x.shape[1]
    if math.prod(x.shape[2:]) * channels == groups and x.shape[0] == 1:
        raise ValueError(
            f"Expected more than 1 value per channel when training, got input size {shape}"
        )
    if channels % groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of "
            f"shape {shape} and num_groups={groups}"
        )
    for name, given in (("weight", weight), ("bias", bias)):
        if given is not None and given.shape != (channels,):
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, "
                f"but got {name} of shape {list(given.shape)} and input of shape {shape}"
            )


def _check_several(shape, what, numel, kept) -> None:
    if numel == math.prod(kept) != 0:
        raise ValueError(f"Expected more than 1 {what} when training, got input size {shape}")


def _check_statistics(input, running_mean, running_var, weight, bias, needed, copies=1) -> None:
    """`copies`: as how many channels torch sees each one."""
    channels = input.shape[1] if input.dim() > 1 else 0
    given = {"running_mean": running_mean, "running_var": running_var}
    for name, tensor in (given | {"weight": weight, "bias": bias}).items():
        if tensor is None:
            if needed and name in given:
                raise RuntimeError(f"{name} must be defined in evaluation mode")
        elif tensor.numel() != channels:
            raise RuntimeError(
                f"{name} should contain {channels * copies} elements not {tensor.numel() * copies}"
            )
