"""Losses that are one op each: fewer recorded ops than their composites, and torch's checks."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from ._declare import op
from ._numeric import require
from ._types import Tensor


def _reduce(loss, reduction: str, count=None):
    """count: what a mean divides by, where that is not the number of elements."""
    if reduction == "none":
        return loss
    total = loss.sum()
    if reduction == "sum":
        return total
    return total / (loss.size if count is None else count)


def _check_target(input, target, classes: int) -> None:
    if input.ndim == 1 or (target.ndim == input.ndim - 1 and target.shape[:1] == input.shape[:1]):
        if input.ndim <= 2 or target.shape[1:] == input.shape[2:]:
            return
    if input.ndim == 2 and target.ndim > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if target.shape[:1] != input.shape[:1]:
        raise ValueError(
            f"Expected input batch_size ({input.shape[0]}) to match target batch_size "
            f"({target.shape[0] if target.ndim else 1})."
        )
    raise RuntimeError(
        f"Expected target size {[input.shape[0], *input.shape[2:]]}, got {list(target.shape)}"
    )


@op(variants="", name="nll_loss")
def nll_loss(
    input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str
):
    """Minus the input at the target class, (N, C, *) and (N, *); a mean is weighted."""
    require("nll_loss_out_frame", "f", input)
    axis = 0 if input.ndim == 1 else 1
    classes = input.shape[axis]
    _check_target(input, target, classes)
    if np.dtype(target.dtype).name not in ("int64", "uint8", "int32"):
        raise RuntimeError(
            f"expected scalar type Long but found {_NAMES.get(np.dtype(target.dtype).name)}"
        )
    if weight is not None and weight.shape != (classes,):
        raise RuntimeError(
            "weight tensor should be defined either for all "
            f"{classes} classes or no classes but got weight tensor of shape: {list(weight.shape)}"
        )
    used = target != ignore_index
    hit = jnp.expand_dims(jnp.where(used, target, -1), axis) == _classes(input, axis)
    picked = jnp.where(hit, -input, 0)  # a mask and a sum: no gather, so no scatter in backward
    if weight is None:
        loss = picked.sum(axis)
        count = used.sum().astype(input.dtype)
    else:
        shape = [1] * input.ndim
        shape[axis] = -1
        scaled = weight.reshape(shape)
        loss = (picked * scaled).sum(axis)
        count = jnp.where(hit, scaled, 0).sum()
    return _reduce(loss, reduction, count)


_NAMES = {"float32": "Float", "float64": "Double", "bool": "Bool"}


def _classes(input, axis: int):
    shape = [1] * input.ndim
    shape[axis] = input.shape[axis]
    return jnp.arange(input.shape[axis]).reshape(shape)


@nll_loss.check
def _(input, target, weight, ignore_index, reduction):
    classes = input.shape[0 if input.ndim == 1 else 1]
    bad = ((target < 0) | (target >= classes)) & (target != ignore_index)
    detail = (target * bad).sum() if target.ndim == 0 else target.ravel()[bad.ravel().argmax()]
    return bad.any(), detail, IndexError, "Target {} is out of bounds."


@op(variants="")
def binary_cross_entropy(input: Tensor, target: Tensor, weight: Tensor | None, reduction: str):
    """-(t log x + (1 - t) log(1 - x)), the logarithms not below -100."""
    if input.shape != target.shape:
        raise ValueError(
            f"Using a target size (torch.Size({list(target.shape)})) that is different to the "
            "input "
            f"size (torch.Size({list(input.shape)})) is deprecated. Please ensure they have the "
            "same size."
        )
    loss = -(target * _log(input) + (1 - target) * _log(1 - input))
    return _reduce(loss if weight is None else loss * weight, reduction)


@jax.custom_jvp
def _log(x):
    return jnp.maximum(jnp.log(x), -100.0)


@_log.defjvp
def _(primals, tangents):
    """torch divides by x(1 - x) bounded from below, so the slope stays finite at 0."""
    (x,), (dx,) = primals, tangents
    return _log(x), dx / jnp.maximum(x, 1e-12)


@binary_cross_entropy.check
def _(input, target, weight, reduction):
    bad = ~((input >= 0) & (input <= 1))
    return bad.any(), 0, RuntimeError, "all elements of input should be between 0 and 1"


@op(variants="f", namespace="torch")
def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    pos_weight: Tensor | None = None,
    reduction: str = "mean",
):
    """binary_cross_entropy(sigmoid(x), t), without overflow."""
    if input.shape != target.shape:
        raise ValueError(
            f"Target size (torch.Size({list(target.shape)})) must be the same as input size "
            f"(torch.Size({list(input.shape)}))"
        )
    positive = 1 if pos_weight is None else (pos_weight - 1) * target + 1
    loss = (1 - target) * input - positive * jax.nn.log_sigmoid(input)
    return _reduce(loss if weight is None else loss * weight, reduction)


@op(variants="")
def mse_loss(input: Tensor, target: Tensor, reduction: str = "mean"):
    """(x - t)²."""
    return _reduce(jnp.square(input - target), reduction)


@op(variants="")
def l1_loss(input: Tensor, target: Tensor, reduction: str = "mean"):
    """|x - t|."""
    return _reduce(jnp.abs(input - target), reduction)


@op(variants="")
def smooth_l1_loss(input: Tensor, target: Tensor, reduction: str = "mean", beta: float = 1.0):
    """(x - t)² / 2 beta below beta, |x - t| - beta / 2 above."""
    z = jnp.abs(input - target)
    if beta == 0:
        return _reduce(z, reduction)
    return _reduce(jnp.where(z < beta, 0.5 * z * z / beta, z - 0.5 * beta), reduction)


@op(variants="")
def huber_loss(input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0):
    """(x - t)² / 2 below delta, delta (|x - t| - delta / 2) above."""
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    z = jnp.abs(input - target)
    return _reduce(jnp.where(z <= delta, 0.5 * z * z, delta * (z - 0.5 * delta)), reduction)


@op(variants="")
def soft_margin_loss(input: Tensor, target: Tensor, reduction: str = "mean"):
    """log(1 + exp(-t x))."""
    return _reduce(jnp.log1p(jnp.exp(-target * input)), reduction)


@op(variants="")
def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: float = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    reduction: str = "mean",
):
    """mean over classes i != t of max(0, margin - x[t] + x[i]) ** p."""
    x = jnp.atleast_2d(input)
    t = jnp.atleast_1d(target)
    hit = t[:, None] == jnp.arange(x.shape[1])
    right = jnp.where(hit, x, 0).sum(1, keepdims=True)
    z = jnp.maximum(0, margin - right + x)
    z = z if p == 1 else z * z
    if weight is not None:
        z = z * weight[t][:, None]
    loss = jnp.where(hit, 0, z).sum(1) / x.shape[1]
    return _reduce(loss if input.ndim > 1 else loss[0], reduction)


@op(variants="")
def multilabel_margin_loss(input: Tensor, target: Tensor, reduction: str = "mean"):
    """Margins between the classes that target lists (up to the first -1) and all others."""
    x, t = jnp.atleast_2d(input), jnp.atleast_2d(target)
    listed = jnp.cumprod(t >= 0, axis=1).astype(bool)
    classes = jnp.arange(x.shape[1])
    chosen = (listed[:, :, None] & (t[:, :, None] == classes)).any(1)
    right = jnp.take_along_axis(x, jnp.maximum(t, 0), 1)
    z = jnp.maximum(0, 1 - right[:, :, None] + x[:, None, :])
    loss = jnp.where(listed[:, :, None] & ~chosen[:, None, :], z, 0).sum((1, 2)) / x.shape[1]
    return _reduce(loss if input.ndim > 1 else loss[0], reduction)
