"""Activations of networks, element by element, and the softmax family. The in-place flags of
nn.functional are added there; gradients at kinks are torch's.
"""

from __future__ import annotations

import math
from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

from ._checks import wrap_dim, wrap_dims
from ._declare import Promote, op, pointwise, reduction
from ._gradients import own_gradient
from ._numeric import kind, magnitude, opmath, require, scalar_name, to_float
from ._types import Dims, DType, Number, Tensor

FUNCTIONS = ("log_softmax", "softmax")
METHODS = ("log_softmax", "softmax")

SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


# -- piecewise linear


@pointwise(variants="fmi", saves="result")
def relu(input: Tensor):
    if input.dtype == bool:
        raise RuntimeError("Boolean inputs not supported for relu")
    if kind(input.dtype) == "c":
        raise NotImplementedError("clamp is not supported for complex types")
    return _relu(input)


@own_gradient()
def _relu(x):
    """The gradient reads the result alone: XLA need not compute the maximum again."""
    return jnp.maximum(x, 0)


def _relu_forward(x):
    y = _relu(x)
    return y, y


def _relu_backward(y, g):
    return (jnp.where(y <= 0, jnp.zeros_like(g), g),)


_relu.defvjp(_relu_forward, _relu_backward)


@pointwise(variants="", saves="result")
def leaky_relu(input: Tensor, negative_slope: Number = 0.01):
    require("leaky_relu_cpu", "f", input)
    return jnp.where(input > 0, input, input * _as(negative_slope, input))


@pointwise(variants="")
def hardtanh(input: Tensor, min_val: Number = -1.0, max_val: Number = 1.0):
    """input within [min_val, max_val]; unlike clamp, the gradient at the bounds is 0."""
    if input.dtype == bool:
        raise RuntimeError("Bool inputs not supported for hardtanh")
    low, high = _as(min_val, input), _as(max_val, input)
    return jnp.where(input <= low, low, jnp.where(input >= high, high, input))


@pointwise(variants="fi")
def threshold(input: Tensor, threshold: Number, value: Number):
    """input where it exceeds `threshold`, else `value`."""
    return jnp.where(input <= _as(threshold, input), _as(value, input), input)


@pointwise(variants="")
def hardsigmoid(input: Tensor):
    require("hardsigmoid_cpu", "f", input)
    return _between(input, 0, input / 6 + 0.5, 1)


@pointwise(variants="")
@opmath
def hardswish(input: Tensor):
    require("hardswish_cpu", "f", input)
    inside = jnp.where((input <= -3) | (input >= 3), 0, input)
    return _between(input, input * 0, inside * (inside + 3) / 6, input)


def _between(x, below, inside, above):
    """By whether x <= -3, x < 3 or x >= 3; gradients are those of the branch."""
    return jnp.where(x <= -3, below, jnp.where(x >= 3, above, inside)).astype(x.dtype)


@pointwise(variants="fmo")
def hardshrink(input: Tensor, lambd: Number = 0.5):
    require("hardshrink_cpu", "f", input)
    bound = _as(lambd, input)
    return jnp.where((input >= -bound) & (input <= bound), 0, input)


@pointwise(variants="fo", namespace="nn.functional")
def softshrink(input: Tensor, lambd: float = 0.5):
    require("softshrink_check", "f", input)
    if not lambd >= 0:
        raise RuntimeError(
            f"lambda must be in range [0, {float(jnp.finfo(input.dtype).max):g}] for input dtype "
            f"{scalar_name(input.dtype)}, but found {lambd:g}"
        )
    shrunk = jnp.where(input > lambd, input - lambd, input + lambd)
    return jnp.where((input >= -lambd) & (input <= lambd), input * 0, shrunk)


@op(variants="fm", grad_name="PreluKernelBackward0")
def prelu(input: Tensor, weight: Tensor):
    """input, times weight (one number, or one per channel of dimension 1) where negative."""
    require("prelu_cpu", "f", input)
    if input.dtype != weight.dtype:
        raise RuntimeError("prelu: Type promoting not supported. Got "
                           f"{input.dtype.name} and {weight.dtype.name}")  # fmt: skip
    if weight.ndim > 1:
        raise RuntimeError(
            f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}"
        )
    if weight.size != 1:
        channels = input.shape[1] if input.ndim > 1 else 1
        if input.ndim == 0:
            raise RuntimeError("Not allow zero-dim input tensor.")
        if channels != weight.size:
            raise RuntimeError(
                "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
                f"{weight.size} and channel size = {channels}."
            )
        weight = weight.reshape(-1, *(1,) * (input.ndim - 2))
    else:
        weight = weight.reshape(())
    return jnp.where(input > 0, input, weight * input)


# -- exponential


def _as(number, x):
    return jnp.asarray(number).astype(x.dtype)


def _negative(x):
    """x where at most 0, else 0: keeps the unused branch from overflowing."""
    return jnp.where(x <= 0, x, 0)


@pointwise(variants="", saves="result")
@opmath
def elu(input: Tensor, alpha: Number = 1.0):
    require("elu_cpu", "f", input)
    negative = _as(alpha, input) * jnp.expm1(_negative(input))
    return jnp.where(input <= 0, negative, input)


@pointwise(variants="", saves="result")
@opmath
def celu(input: Tensor, alpha: float = 1.0):
    require("elu_cpu", "f", input)
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    negative = alpha * jnp.expm1(_negative(input) / alpha)
    return jnp.where(input <= 0, negative, input)


@pointwise(variants="fi", grad_name="EluBackward0", saves="result")
@opmath
def selu(input: Tensor):
    require("elu_cpu", "f", input)
    negative = SELU_ALPHA * jnp.expm1(_negative(input))
    return SELU_SCALE * jnp.where(input <= 0, negative, input)


@pointwise(variants="fi", grad_name="CeluBackward0", name="celu")
@opmath
def _celu(input: Tensor, alpha: float = 1.0):
    return celu.fn(input, alpha)


@pointwise(variants="fo", namespace="nn.functional")
@opmath
def gelu(input: Tensor, *, approximate: str = "none"):
    """x times the normal distribution function; approximate="tanh" takes a cheaper one."""
    require("GeluKernelImpl", "f", input)
    if approximate == "none":
        return 0.5 * input * (1 + lax.erf(input * math.sqrt(0.5)))
    if approximate != "tanh":
        raise RuntimeError("approximate argument must be either none or tanh.")
    inner = math.sqrt(2 / math.pi) * (input + 0.044715 * input * input * input)
    return 0.5 * input * (1 + jnp.tanh(inner))


@pointwise(variants="")
@opmath
def silu(input: Tensor):
    require("silu_cpu", "fc", input)
    return input * lax.logistic(input)


@pointwise(variants="")
@opmath
def mish(input: Tensor):
    require("mish_cpu", "f", input)
    return input * jnp.tanh(_log1pexp(input))


@jax.custom_jvp
def _log1pexp(x):
    return jnp.maximum(x, 0) + jnp.log1p(jnp.exp(-jnp.abs(x)))


_log1pexp.defjvps(lambda t, ans, x: t * lax.logistic(x))


@pointwise(variants="fo", namespace="nn.functional")
@opmath
def softplus(input: Tensor, beta: Number = 1.0, threshold: Number = 20.0):
    """log(1 + exp(beta x)) / beta, and x itself where beta x > threshold."""
    require("softplus_cpu", "f", input)
    beta, threshold = _as(beta, input), _as(threshold, input)
    scaled = input * beta
    return jnp.where(scaled > threshold, input, _log1pexp(scaled) / beta)


@pointwise(variants="fo", namespace="nn.functional", grad_name="LogSigmoidBackward0")
@opmath
def logsigmoid(input: Tensor):
    require("log_sigmoid_cpu", "f", input)
    return -_log1pexp(-input)


@pointwise(Promote.INT_TO_FLOAT, variants="f", namespace="nn.functional", grad_name="SubBackward0")
def tanhshrink(input: Tensor):
    return input - jnp.tanh(input)


@pointwise(Promote.INT_TO_FLOAT, variants="f", namespace="nn.functional", grad_name="DivBackward0")
def softsign(input: Tensor):
    return input / (1 + magnitude(input))


@op(variants="f", namespace="nn.functional")
@opmath
def glu(input: Tensor, dim: int = -1):
    """The first half along dim, gated by the sigmoid of the second."""
    if input.ndim == 0:
        raise RuntimeError("glu does not support 0-dimensional tensors")
    dim = wrap_dim(dim, input.ndim)
    size = input.shape[dim]
    if size % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {size}")
    require("glu_cpu", "f", input)
    value, gate = jnp.split(input, 2, axis=dim)
    return value * lax.logistic(gate)


# -- softmax


@op(variants="o", name="softmax", saves="result")
def _softmax(input: Tensor, dim: int, dtype: DType):
    input = input if dtype is None else input.astype(dtype)
    last = input.ndim == 0 or dim in (-1, input.ndim - 1)
    require("softmax_lastdim_kernel_impl" if last else "softmax_kernel_impl", "f", input)
    return softmax_along(input, wrap_dim(dim, input.ndim))


@opmath
def softmax_along(input, axis: int):
    """The body of softmax, for ops that build on it."""
    if not input.size or not input.ndim:
        return jnp.ones_like(input)
    return _softmax_of(input, axis)


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def _softmax_of(x, axis: int):
    exps = jnp.exp(x - jnp.max(x, axis, keepdims=True))
    return exps / jnp.sum(exps, axis, keepdims=True)


@_softmax_of.defjvp
def _(axis, primals, tangents):
    (x,), (dx,) = primals, tangents
    y = _softmax_of(x, axis)
    return y, y * (dx - jnp.sum(y * dx, axis, keepdims=True))


@op(variants="o", name="log_softmax", saves="result")
def _log_softmax(input: Tensor, dim: int, dtype: DType):
    input = input if dtype is None else input.astype(dtype)
    last = input.ndim == 0 or dim in (-1, input.ndim - 1)
    require("log_softmax_lastdim_kernel_impl" if last else "log_softmax_kernel_impl", "f", input)
    return log_softmax_along(input, wrap_dim(dim, input.ndim))


@opmath
def log_softmax_along(input, axis: int):
    """The body of log_softmax, for ops that build on it."""
    if not input.size or not input.ndim:
        return jnp.zeros_like(input)
    return _log_softmax_of(input, axis)


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def _log_softmax_of(x, axis: int):
    shifted = x - jnp.max(x, axis, keepdims=True)
    return shifted - jnp.log(jnp.sum(jnp.exp(shifted), axis, keepdims=True))


@_log_softmax_of.defjvp
def _(axis, primals, tangents):
    (x,), (dx,) = primals, tangents
    y = _log_softmax_of(x, axis)
    return y, dx - jnp.sum(jnp.exp(y) * dx, axis, keepdims=True)


def softmax(input: Tensor, dim: int, dtype=None, *, out=None) -> Tensor:
    """exp(x) over its sum along dim; computed in `dtype` if given."""
    return _softmax(input, dim, dtype, out=out)


def log_softmax(input: Tensor, dim: int, dtype=None, *, out=None) -> Tensor:
    """The logarithm of softmax."""
    return _log_softmax(input, dim, dtype, out=out)


@reduction(namespace=("torch", "special"), saves="both")
@opmath
def logsumexp(input: Tensor, dim: Dims, keepdim: bool = False):
    """log of the sum of exponentials along dims, without overflow."""
    input = to_float(input)
    axes = wrap_dims(dim, input.ndim)
    if not input.size:
        return jnp.log(jnp.sum(jnp.exp(input), axes, keepdims=keepdim))
    top = lax.stop_gradient(jnp.max(input.real, axes, keepdims=True))
    top = jnp.where(jnp.isinf(top), 0, top)
    total = jnp.log(jnp.sum(jnp.exp(input - top), axes, keepdims=True)) + top
    return total if keepdim else jnp.squeeze(total, axes)
