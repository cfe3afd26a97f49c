"""Losses that are one op each: fewer recorded ops than their composites, and torch's checks."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ._checks import check_broadcast
from ._declare import Promote, op
from ._gradients import own_gradient
from ._numeric import magnitude, opmath, require, scalar_name
from ._place import first_of, out_of_range, outside
from ._types import Tensor


def _reduce(loss, reduction: str, count=None):
    """count: what a mean divides by, where that is not the number of elements."""
    if reduction == "none":
        return loss
    total = loss.sum()
    if reduction == "sum":
        return total
    return total / (loss.size if count is None else count)


# -- of class indices


def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Any:
    """Minus the input at the target class, (N, C, *) and (N, *); a mean is weighted."""
    if weight is not None and weight.dtype != input.dtype:  # the ops widen both
        have, want = scalar_name(weight.dtype.np), scalar_name(input.dtype.np)
        raise RuntimeError(f"expected scalar type {want} but found {have}")
    form = _nll_loss2d if input.dim() == 4 else _nll_loss
    return form(input, target, weight, ignore_index, reduction)


@op(variants="", name="nll_loss")
def _nll_loss(
    input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str
):
    return _nll(input, target, weight, ignore_index, reduction)


@op(variants="", name="nll_loss2d", grad_name="NllLoss2DBackward0")
def _nll_loss2d(
    input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str
):
    return _nll(input, target, weight, ignore_index, reduction)


def _check_classes(input, target, weight, ignore_index, reduction):
    classes = input.shape[0 if input.ndim == 1 else 1]
    bad = outside(target, 0, classes)
    if not isinstance(bad, np.ndarray) or np.count_nonzero(bad):
        bad = bad & (target != ignore_index)
    return *first_of(bad, target), IndexError, "Target {} is out of bounds."


_nll_loss.check(_check_classes)
_nll_loss2d.check(_check_classes)


@opmath
def _nll(input, target, weight, ignore_index: int, reduction: str):
    require("nll_loss_out_frame", "f", input)
    axis = 0 if input.ndim == 1 else 1
    classes = input.shape[axis]
    single = target.ndim == input.ndim == 1
    _check_target(input, target, weight, classes)
    target = target.reshape(()) if single else target
    used = target != ignore_index
    index = jnp.where(used, target, 0).astype(np.int32)
    loss = -_picked(input, index, axis)
    if weight is None:
        loss = jnp.where(used, loss, 0)
        count = used.sum().astype(input.dtype)
    else:
        share = jnp.where(used, weight[index], 0)
        loss = jnp.where(used, loss * share, 0)
        count = share.sum()
    return _reduce(loss, reduction, count)


@own_gradient(2)
def _picked(input, index, axis: int) -> Any:
    """input at one index along axis. The gradient is a mask, not a scatter: XLA fuses it with that
    of the softmax before it.
    """
    at = jnp.expand_dims(index, axis)
    return jnp.take_along_axis(input, at, axis, mode="promise_in_bounds").squeeze(axis)


def _picked_forward(input, index, axis: int):
    return _picked(input, index, axis), (index, input.shape[axis])


def _picked_backward(axis: int, saved, g):
    index, classes = saved
    shape = [1] * (index.ndim + 1)
    shape[axis] = classes
    hit = jnp.expand_dims(index, axis) == jnp.arange(classes, dtype=index.dtype).reshape(shape)
    return jnp.where(hit, jnp.expand_dims(g, axis), 0), None


_picked.defvjp(_picked_forward, _picked_backward)


def _check_target(input, target, weight, classes: int) -> None:
    if input.ndim == 0:
        raise ValueError("Expected 1 or more dimensions (got 0)")
    if input.ndim == 1 and target.ndim == 1 and target.shape != (1,):
        raise ValueError(
            f"For 1D input, 1D target must have size 1, but got target size: {target.shape[0]}"
        )
    if input.ndim > 1 and target.shape[:1] != input.shape[:1]:
        raise ValueError(
            f"Expected input batch_size ({input.shape[0]}) to match target batch_size "
            f"({target.shape[0] if target.ndim else 1})."
        )
    if input.ndim <= 2 and target.ndim > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    wanted = (*input.shape[:1], *input.shape[2:])
    if input.ndim == 4 and target.ndim != 3:
        raise RuntimeError(
            "only batches of spatial targets supported (3D tensors) but got targets of dimension: "
            f"{target.ndim}"
        )
    if input.ndim > 2 and target.shape != wanted:
        if input.ndim == 4:
            raise RuntimeError(
                f"size mismatch (got input: {list(input.shape)} , target: {list(target.shape)}"
            )
        raise RuntimeError(f"Expected target size {list(wanted)}, got {list(target.shape)}")
    if target.dtype not in (np.int64, np.uint8):
        raise RuntimeError(
            f"expected target dtype to be Long or Byte, but got {scalar_name(target.dtype)}"
        )
    if weight is not None and weight.shape != (classes,):
        raise RuntimeError(
            "weight tensor should be defined either for all "
            f"{classes} classes or no classes but got weight tensor of shape: {list(weight.shape)}"
        )


# -- of probabilities


@op(variants="")
@opmath
def binary_cross_entropy(input: Tensor, target: Tensor, weight: Tensor | None, reduction: str):
    """-(t log x + (1 - t) log(1 - x)), the logarithms not below -100."""
    if target.dtype != input.dtype:
        raise RuntimeError(
            f"Found dtype {scalar_name(target.dtype)} but expected {scalar_name(input.dtype)}"
        )
    loss = _cross_entropy(input, target)
    return _reduce(loss if weight is None else loss * weight, reduction)


@own_gradient()
def _cross_entropy(x, t) -> Any:
    low = x.dtype.type(-100)
    return (t - 1) * jnp.maximum(jnp.log1p(-x), low) - t * jnp.maximum(jnp.log(x), low)


def _cross_entropy_forward(x, t):
    return _cross_entropy(x, t), (x, t)


def _cross_entropy_backward(saved, g):
    """torch bounds x (1 - x) from below, so that the slope is finite at 0 and 1."""
    x, t = saved
    slope = (x - t) / jnp.maximum((1 - x) * x, x.dtype.type(1e-12))
    return g * slope, g * (jnp.log1p(-x) - jnp.log(x))


_cross_entropy.defvjp(_cross_entropy_forward, _cross_entropy_backward)


@binary_cross_entropy.check
def _(input, target, weight, reduction):
    bad = ~((input >= 0) & (input <= 1))
    return bad.any(), 0, RuntimeError, "all elements of input should be between 0 and 1"


@op(variants="")
@opmath
def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    pos_weight: Tensor | None = None,
    reduction: str = "mean",
):
    """binary_cross_entropy(sigmoid(x), t), without overflow."""
    if jnp.issubdtype(input.dtype, jnp.inexact) > jnp.issubdtype(target.dtype, jnp.inexact):
        raise RuntimeError(
            f"result type {scalar_name(input.dtype)} can't be cast to the desired output type "
            f"{scalar_name(target.dtype)}"
        )
    require("log_sigmoid_cpu", "f", input)
    for factor in (pos_weight, weight):
        check_broadcast([input] if factor is None else [factor, input])
    positive = 1 if pos_weight is None else (pos_weight - 1) * target + 1
    loss = (1 - target) * input - positive * jax.nn.log_sigmoid(input)
    loss = loss if weight is None else loss * weight
    return _reduce(loss.astype(target.dtype), reduction)  # torch computes in place in 1 - target


# -- of differences


@op(Promote.DEFAULT, variants="")
@opmath
def mse_loss(input: Tensor, target: Tensor, reduction: str = "mean"):
    """(x - t)²."""
    require("mse_cpu", "fc", input)
    return _reduce(jnp.square(_difference(input, target)), reduction)


@op(Promote.DEFAULT, variants="")
@opmath
def smooth_l1_loss(input: Tensor, target: Tensor, reduction: str = "mean", beta: float = 1.0):
    """(x - t)² / 2 beta below beta, |x - t| - beta / 2 above."""
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    require("smooth_l1_cpu", "f", input)
    d = _difference(input, target)
    z = magnitude(d)
    if beta == 0:
        return _reduce(z, reduction)
    return _reduce(jnp.where(z < beta, 0.5 * d * d / beta, z - 0.5 * beta), reduction)


@op(Promote.DEFAULT, variants="")
@opmath
def huber_loss(input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0):
    """(x - t)² / 2 below delta, delta (|x - t| - delta / 2) above."""
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    require("huber_cpu", "f", input)
    d = _difference(input, target)
    z = magnitude(d)
    return _reduce(jnp.where(z <= delta, 0.5 * d * d, delta * (z - 0.5 * delta)), reduction)


@op(Promote.DEFAULT, variants="")
def soft_margin_loss(input: Tensor, target: Tensor, reduction: str = "mean"):
    """log(1 + exp(-t x))."""
    check_broadcast([input, target])
    return _reduce(_log1p_exp(-target * input), reduction)


@jax.custom_jvp
def _log1p_exp(x):
    return jnp.log1p(jnp.exp(x))


@jax.custom_jvp
def _odds(x):
    z = jnp.exp(x)
    return z / (1 + z)


# As torch has them: nan, and 0, where the exponential or its square overflow.
_log1p_exp.defjvps(lambda t, ans, x: t * _odds(x))
_odds.defjvps(lambda t, ans, x: t * jnp.exp(x) / jnp.square(1 + jnp.exp(x)))


def _difference(input, target):
    check_broadcast([input, target])
    return input - target


# -- margins


def _hinge(z):
    """max(0, z), with gradient 0 at 0."""
    return jnp.where(z > 0, z, 0)


@op(variants="")
@opmath
def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: float = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    reduction: str = "mean",
):
    """mean over classes i != t of max(0, margin - x[t] + x[i]) ** p."""
    _check_not_empty(input)
    x, t = jnp.atleast_2d(input), jnp.atleast_1d(target)
    if t.shape != x.shape[:1]:
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input "
            f"samples (batch size). Expected target size [{x.shape[0]}], but got "
            f"{list(t.shape)}. Input has shape {list(input.shape)}."
        )
    if weight is not None and weight.shape != x.shape[1:]:
        raise RuntimeError(
            f"inconsistent weight size, expected {x.shape[1]} but got {list(weight.shape)}"
        )
    if target.dtype != jnp.int64:
        raise RuntimeError(f"expected scalar type Long but found {scalar_name(target.dtype)}")
    hit = t[:, None] == jnp.arange(x.shape[1])
    right = jnp.where(hit, x, 0).sum(1, keepdims=True)
    z = _hinge(margin - right + x)
    z = z if p == 1 else z * z
    if weight is not None:
        z = z * weight[t][:, None]
    loss = jnp.where(hit, 0, z).sum(1) / x.shape[1]
    return _reduce(loss if input.ndim > 1 else loss[0], reduction)


def _check_not_empty(input):
    if input.ndim > 2 or 0 in input.shape[-1:]:
        raise RuntimeError(
            "Expected non-empty vector or matrix with optional 0-dim batch size, but got: "
            f"{list(input.shape)}"
        )


@multi_margin_loss.check
def _(input, target, p, margin, weight, reduction):
    classes = input.shape[-1] if input.ndim else 1
    return *out_of_range(target, 0, classes), RuntimeError, "target out of range"


@op(variants="")
@opmath
def multilabel_margin_loss(input: Tensor, target: Tensor, reduction: str = "mean"):
    """Margins between the classes that target lists (up to the first -1) and all others."""
    _check_not_empty(input)
    if target.shape != input.shape:
        raise RuntimeError(
            f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}"
        )
    x, t = jnp.atleast_2d(input), jnp.atleast_2d(target)
    listed = jnp.cumprod(t >= 0, axis=1).astype(bool)
    classes = jnp.arange(x.shape[1])
    chosen = (listed[:, :, None] & (t[:, :, None] == classes)).any(1)
    right = jnp.take_along_axis(x, jnp.maximum(t, 0), 1)
    z = _hinge(1 - right[:, :, None] + x[:, None, :])
    loss = jnp.where(listed[:, :, None] & ~chosen[:, None, :], z, 0).sum((1, 2)) / x.shape[1]
    return _reduce(loss if input.ndim > 1 else loss[0], reduction)


@multilabel_margin_loss.check
def _(input, target, reduction):
    message = "argument #2 'target' is out of range"
    return *out_of_range(target, -1, input.shape[-1] if input.ndim else 1), RuntimeError, message
