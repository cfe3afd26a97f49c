"""Normalisation over features, groups and batches."""

from __future__ import annotations

import math

import jax.numpy as jnp
from jax import lax

from .._autograd.modes import no_grad
from ._declare import op
from ._types import Size, Tensor


def _statistics(x, axes):
    """Mean and biased variance, kept as dimensions of size one."""
    mean = x.mean(axes, keepdims=True)
    return mean, jnp.square(x - mean).mean(axes, keepdims=True)


def _check_normalized(input, shape: tuple[int, ...], weight, bias) -> None:
    if not shape:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one "
            "element, but got normalized_shape = []"
        )
    for name, x in (("weight", weight), ("bias", bias)):
        if x is not None and x.shape != shape:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
                f"{list(x.shape)} and normalized_shape = {list(shape)}"
            )
    if input.shape[-len(shape) :] != shape:
        raise RuntimeError(
            f"Given normalized_shape={list(shape)}, expected input with shape "
            f"[*, {', '.join(map(str, shape))}], but got input of size{list(input.shape)}"
        )


@op(variants="f", grad_name="NativeLayerNormBackward0", namespace=("torch", "nn.functional"))
def layer_norm(
    input: Tensor,
    normalized_shape: Size,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
):
    """(x - mean) / sqrt(var + eps) over the last dimensions, scaled and shifted."""
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else normalized_shape
    _check_normalized(input, shape, weight, bias)
    mean, var = _statistics(input, tuple(range(-len(shape), 0)))
    out = (input - mean) * lax.rsqrt(var + jnp.asarray(eps, input.dtype))
    out = out if weight is None else out * weight
    return out if bias is None else out + bias


@op(variants="f", namespace=("torch", "nn.functional"))
def rms_norm(
    input: Tensor, normalized_shape: Size, weight: Tensor | None = None, eps: float | None = None
):
    """x / sqrt(mean x² + eps) over the last dimensions; eps None is the dtype's epsilon."""
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else normalized_shape
    _check_normalized(input, shape, weight, None)
    eps = float(jnp.finfo(input.dtype).eps) if eps is None else eps
    square = jnp.square(input).mean(tuple(range(-len(shape), 0)), keepdims=True)
    out = input * lax.rsqrt(square + jnp.asarray(eps, input.dtype))
    return out if weight is None else out * weight


@op(variants="f", grad_name="NativeGroupNormBackward0", namespace=("torch", "nn.functional"))
def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
):
    """Normalised over groups of channels: (N, C, *)."""
    n, c = input.shape[:2]
    if c % num_groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of "
            f"shape {list(input.shape)} and num_groups={num_groups}"
        )
    grouped = input.reshape(n, num_groups, -1)
    mean, var = _statistics(grouped, 2)
    out = ((grouped - mean) * lax.rsqrt(var + jnp.asarray(eps, input.dtype))).reshape(input.shape)
    return _affine(out, weight, bias)


def _affine(x, weight, bias):
    """Scale and shift per channel of (N, C, *)."""
    shape = (1, -1) + (1,) * (x.ndim - 2)
    x = x if weight is None else x * weight.reshape(shape)
    return x if bias is None else x + bias.reshape(shape)


@op(variants="", name="batch_norm", grad_name="NativeBatchNormBackward0", returns=("a", "b", "c"))
def _batch_norm_training(input: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float):
    """The result, and the batch's mean and biased variance."""
    axes = (0, *range(2, input.ndim))
    mean, var = _statistics(input, axes)
    out = (input - mean) * lax.rsqrt(var + jnp.asarray(eps, input.dtype))
    return _affine(out, weight, bias), mean.reshape(-1), var.reshape(-1)


@op(variants="", name="batch_norm", grad_name="NativeBatchNormBackward0")
def _batch_norm_inference(
    input: Tensor,
    running_mean: Tensor,
    running_var: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    eps: float,
):
    shape = (1, -1) + (1,) * (input.ndim - 2)
    scale = lax.rsqrt(running_var + jnp.asarray(eps, running_var.dtype))
    out = (input - running_mean.reshape(shape)) * scale.reshape(shape)
    return _affine(out, weight, bias).astype(input.dtype)


@op(variants="", name="batch_norm_update", differentiable=False)
def _moved(running: Tensor, new: Tensor, momentum: float, unbias: float):
    return (running * (1 - momentum) + new * (momentum * unbias)).astype(running.dtype)


def batch_norm(
    input,
    running_mean,
    running_var,
    weight=None,
    bias=None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
):
    """(N, C, *) normalised per channel, by the batch's statistics when training (which then move
    the running ones, in place), else by the running ones.
    """
    _check_channels(input, running_mean, running_var, weight, bias)
    if not training:
        return _batch_norm_inference(input, running_mean, running_var, weight, bias, eps)
    count = math.prod(input.shape) // input.shape[1]
    if count == 1:
        raise ValueError(
            f"Expected more than 1 value per channel when training, got input size {input.shape}"
        )
    out, mean, var = _batch_norm_training(input, weight, bias, eps)
    if running_mean is not None:
        with no_grad():
            running_mean.copy_(_moved(running_mean, mean, momentum, 1.0))
            unbias = count / (count - 1)
            running_var.copy_(_moved(running_var, var, momentum, unbias))
    return out


def _check_channels(input, *others) -> None:
    names = ("running_mean", "running_var", "weight", "bias")
    channels = input.shape[1] if input.ndim > 1 else input.shape[0]
    for name, x in zip(names, others, strict=True):
        if x is not None and math.prod(x.shape) != channels:
            raise RuntimeError(
                f"{name} should contain {channels} elements not {math.prod(x.shape)}"
            )


def instance_norm(
    input,
    running_mean=None,
    running_var=None,
    weight=None,
    bias=None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
):
    """(N, C, *) normalised per sample and channel; running statistics move when they are given."""
    if not use_input_stats:
        return _batch_norm_inference(input, running_mean, running_var, weight, bias, eps)
    n, c = input.shape[:2]
    count = math.prod(input.shape[2:])
    if count == 1:
        raise ValueError(
            f"Expected more than 1 spatial element when training, got input size {input.shape}"
        )
    flat = input.reshape(1, n * c, *input.shape[2:])
    out, mean, var = _batch_norm_training(flat, None, None, eps)
    if running_mean is not None:
        with no_grad():
            mean, var = mean.reshape(n, c).mean(0), var.reshape(n, c).mean(0)
            running_mean.copy_(_moved(running_mean, mean, momentum, 1.0))
            running_var.copy_(_moved(running_var, var, momentum, count / (count - 1)))
    return _channel_affine(out.reshape(input.shape), weight, bias)


@op(variants="", name="channel_affine")
def _channel_affine(input: Tensor, weight: Tensor | None, bias: Tensor | None):
    return _affine(input, weight, bias)


FUNCTIONS = ("batch_norm", "instance_norm")
NN_FUNCTIONS = ("batch_norm", "instance_norm")
