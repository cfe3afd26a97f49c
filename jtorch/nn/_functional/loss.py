"""Losses of classification and of distributions: checks, targets and weights around the ops of
`ops.loss`. `size_average` and `reduce` are the arguments that came before `reduction`."""

from __future__ import annotations

import math
import warnings
from typing import Any

from ..._dtypes import int64
from ..._tensor import Tensor
from ...ops import loss as ops
from ...ops.chunked import chunked_cross_entropy
from ...ops.ctc import ctc_loss as _ctc_loss
from ...ops.join import stack
from ...ops.matmul import linear
from ...ops.padding import pad
from ...ops.tensors import as_tensor
from .. import _reduction as _Reduction
from .chunks import LinearCrossEntropyOptions
from .softmax import log_softmax

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "ctc_loss",
    "gaussian_nll_loss",
    "kl_div",
    "linear_cross_entropy",
    "nll_loss",
    "poisson_nll_loss",
]


def resolved(size_average: bool | None, reduce: bool | None, reduction: str) -> str:
    """The reduction that the three arguments mean, checked."""
    if size_average is not None or reduce is not None:
        reduction = _Reduction.legacy_get_string(size_average, reduce)
    if reduction not in ("none", "mean", "sum"):
        reduction = ("none", "mean", "sum")[_Reduction.get_enum(reduction)]
    return reduction


def reduced(loss: Tensor, reduction: str) -> Tensor:
    """`loss` by "none", "mean" or "sum"."""
    if reduction == "mean":
        return loss.mean()
    return loss.sum() if reduction == "sum" else loss


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Minus the input at the target class: (N, C, *), (N, *)."""
    reduction = resolved(size_average, reduce, reduction)
    return ops.nll_loss(input, target, weight, ignore_index, reduction)


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Minus the log-softmax at the target: a class (N, *), or probabilities (N, C, *)."""
    reduction = resolved(size_average, reduce, reduction)
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing:g}")
    shape = input.shape
    class_dim = 0 if len(shape) == 1 else 1
    if shape == target.shape:
        if not target.is_floating_point():
            kind = target.type().rpartition(".")[2].removesuffix("Tensor")
            raise RuntimeError(
                f"Expected floating point type for target with class probabilities, got {kind}"
            )
        if ignore_index >= 0:
            raise RuntimeError("ignore_index is not supported for floating point target")
        log_prob = log_softmax(input, class_dim)
        return _soft_targets(log_prob, target, weight, reduction, label_smoothing, class_dim)
    log_prob = log_softmax(input, class_dim)
    loss = ops.nll_loss(log_prob, target, weight, ignore_index, reduction)
    if label_smoothing == 0.0:
        return loss
    smooth = _smoothing(log_prob, target, weight, ignore_index, reduction, class_dim)
    share = label_smoothing / input.size(class_dim)
    return (1 - label_smoothing) * loss + share * smooth


def linear_cross_entropy(
    input: Tensor,
    linear_weight: Tensor,
    target: Tensor,
    *,
    linear_bias: Tensor | None = None,
    weight: Tensor | None = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: LinearCrossEntropyOptions | None = None,
) -> Tensor:
    """`cross_entropy` of a linear layer: input (N, I) or (I), linear_weight (C, *, I); a few rows
    at a time where `options` say so.
    """
    if input.dim() not in (1, 2):
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.dim()}")
    if linear_weight.dim() < 2:
        raise RuntimeError("expected linear_weight with dimensionality at least 2, got 1")
    if input.size(-1) != linear_weight.size(-1):
        raise RuntimeError(
            "expected equal input and linear_weight last dimensions (in_features), got "
            f"{input.size(-1)} and {linear_weight.size(-1)}, respectively"
        )
    if ignore_index is not None and target.is_floating_point():
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    outputs = tuple(linear_weight.shape[:-1])
    if len(outputs) > 1 and input.dim() == 1:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {tuple(linear_weight.shape)} "
            f"requires batched input, (N, {input.size(0)}), got unbatched input with shape "
            f"{tuple(input.shape)}"
        )
    if linear_bias is not None and tuple(linear_bias.shape) != outputs:
        raise RuntimeError(f"expected linear_bias shape {outputs}, got {tuple(linear_bias.shape)}")
    if options is not None:
        fits = reduction in ("mean", "sum", "none") and label_smoothing == 0.0
        if fits and target.dtype is int64 and len(outputs) == 1:
            given = input, linear_weight, target, linear_bias, weight
            ignored = -100 if ignore_index is None else ignore_index
            return _in_chunks(*given, ignored, reduction, options)
        warnings.warn(
            "linear_cross_entropy: ``options`` ignored; chunked path needs reduction in "
            "{'mean','sum','none'}, label_smoothing == 0, target.dtype == int64, out_features == "
            f"(). Got reduction={reduction!r}, label_smoothing={label_smoothing}, target.dtype="
            f"{target.dtype}, out_features={outputs[1:]}, tracing=False, linear_bias.shape="
            f"{None if linear_bias is None else tuple(linear_bias.shape)}.",
            stacklevel=2,
        )
    bias = None if linear_bias is None else linear_bias.flatten()
    logits = linear(input, linear_weight.flatten(0, -2), bias)
    logits = logits.view(*input.shape[:-1], *outputs)
    return cross_entropy(
        logits,
        target,
        weight,
        ignore_index=-100 if ignore_index is None else ignore_index,
        reduction=reduction,
        label_smoothing=label_smoothing,
    )


def _in_chunks(
    input: Tensor,
    linear_weight: Tensor,
    target: Tensor,
    linear_bias: Tensor | None,
    weight: Tensor | None,
    ignore_index: int,
    reduction: str,
    options: LinearCrossEntropyOptions,
) -> Tensor:
    """By the options; one sample is a batch of one, and has a loss without dimensions."""
    single = input.dim() == 1
    rows = input.unsqueeze(0) if single else input
    count = options.rows(rows.size(0), rows.size(1), linear_weight.size(0), input.dtype)
    loss = chunked_cross_entropy(
        rows,
        linear_weight,
        target.unsqueeze(0) if single else target,
        linear_bias,
        weight,
        ignore_index,
        reduction,
        count,
        options.precision(input.dtype),
    )
    return loss[0] if single and reduction == "none" else loss


def _by_class(weight: Tensor, like: Tensor, class_dim: int) -> Tensor:
    """The weight of each class, to be broadcast against (N, C, *)."""
    shape = [1] * like.dim()
    shape[class_dim] = like.size(class_dim)
    return weight.view(shape)


def _soft_targets(
    log_prob: Tensor,
    target: Tensor,
    weight: Tensor | None,
    reduction: str,
    label_smoothing: float,
    class_dim: int,
) -> Tensor:
    classes = log_prob.size(class_dim)
    if label_smoothing > 0.0:
        target = target * (1 - label_smoothing) + label_smoothing / classes
    terms = log_prob * target
    if weight is not None:
        terms = terms * _by_class(weight, log_prob, class_dim)
    if reduction == "none":
        return -terms.sum(class_dim)
    if reduction == "sum":
        return -terms.sum()
    return -terms.sum() / (log_prob.numel() / classes)


def _smoothing(
    log_prob: Tensor,
    target: Tensor,
    weight: Tensor | None,
    ignore_index: int,
    reduction: str,
    class_dim: int,
) -> Tensor:
    """The loss against all classes alike, which label smoothing mixes in."""
    if weight is None:
        loss = -log_prob.sum(class_dim)
    else:
        loss = -(log_prob * _by_class(weight, log_prob, class_dim)).sum(class_dim)
    ignored = target == ignore_index
    loss = loss.masked_fill(ignored, 0.0)
    if reduction != "mean":
        return reduced(loss, reduction)
    kept = ignored.logical_not()
    if weight is None:
        return loss.sum() / kept.sum()
    # Ignored targets may be no class at all: they take the weight of class 0, and then none.
    weights = weight[target.masked_fill(ignored, 0)] * kept
    return loss.sum() / weights.sum()


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """-(t log x + (1 - t) log(1 - x)), with both logarithms at least -100."""
    reduction = resolved(size_average, reduce, reduction)
    if target.shape != input.shape:
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size "
            f"({input.shape}) is deprecated. Please ensure they have the same size."
        )
    if weight is not None and weight.shape != target.shape:
        weight = weight.expand(target.shape)
    return ops.binary_cross_entropy(input, target, weight, reduction)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """Binary cross-entropy of sigmoid(x), computed from x; `pos_weight` weighs the positives."""
    reduction = resolved(size_average, reduce, reduction)
    if target.shape != input.shape:
        raise ValueError(
            f"Target size ({target.shape}) must be the same as input size ({input.shape})"
        )
    return ops.binary_cross_entropy_with_logits(input, target, weight, pos_weight, reduction)


def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """t (log t - x) for log-probabilities x; "batchmean" divides by the size of the batch only."""
    by_batch = False
    if size_average is not None or reduce is not None:
        reduction = resolved(size_average, reduce, reduction)
    else:
        if reduction == "mean":
            _warn_mean()
        by_batch = reduction == "batchmean"
        reduction = "sum" if by_batch else resolved(None, None, reduction)
    if log_target:
        loss = target.exp() * (target - input)
    else:
        loss = target.xlogy(target) - target * input
    loss = reduced(loss, reduction)
    return loss / input.shape[0] if by_batch and input.dim() != 0 else loss


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """exp(x) - t x, or x - t log(x + eps); `full` adds Stirling's approximation of log t!."""
    reduction = resolved(size_average, reduce, reduction)
    loss = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        stirling = target * target.log() - target + 0.5 * (2 * math.pi * target).log()
        loss = loss + stirling.masked_fill(target <= 1, 0)
    return reduced(loss, reduction)


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Any,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """(log var + (x - t)² / var) / 2, with var at least `eps`; `full` adds log(2 pi) / 2."""
    if isinstance(var, int | float):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = input.new_full(input.shape, var)
    elif bool((var < 0).any()):
        raise ValueError("var has negative entry/entries")
    if var.shape != input.shape:
        if input.shape[:-1] == var.shape:
            var = var.unsqueeze(-1)
        elif not (input.shape[:-1] == var.shape[:-1] and var.shape[-1] == 1):
            # One variance for each sample is all that may be broadcast.
            sizes = list(zip(input.shape, var.shape, strict=False))
            if len(input.shape) != len(var.shape) or any(v not in (1, n) for n, v in sizes):
                raise ValueError("var is of incorrect size")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction + " is not valid")
    # The floor does not take part in the gradient.
    var = var + (var.detach().clamp(min=eps) - var.detach())
    loss = 0.5 * (var.log() + (input - target) ** 2 / var)
    if full:
        loss = loss + 0.5 * math.log(2 * math.pi)
    return reduced(loss, reduction)


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """Connectionist temporal classification of log-probabilities (T, N, C) or (T, C); targets are
    (N, S) or all in one row. The mean divides each loss by the length of its target first.

    Lengths are looked at."""
    reduction = resolved(None, None, reduction)
    batched = log_probs.dim() == 3
    if not batched:
        log_probs, targets = log_probs.unsqueeze(1), targets.unsqueeze(0)
    inputs, lengths = _lengths(input_lengths), _lengths(target_lengths)
    targets = _padded_targets(log_probs, targets, inputs, lengths)
    device = log_probs.device
    counts = as_tensor(lengths, dtype=int64, device=device)
    loss = _ctc_loss(
        log_probs,
        targets,
        as_tensor(inputs, dtype=int64, device=device),
        counts,
        blank,
        zero_infinity,
    )
    if reduction == "mean":
        loss = loss / counts.clamp(min=1).to(loss.dtype)
    return reduced(loss if batched or reduction != "none" else loss.squeeze(0), reduction)


def _lengths(given: Any) -> list[int]:
    if isinstance(given, Tensor):
        return given.detach().flatten().tolist()
    return [int(n) for n in given]


def _padded_targets(
    log_probs: Tensor, targets: Tensor, inputs: list[int], lengths: list[int]
) -> Tensor:
    """The targets as (N, S), after the checks of sizes."""
    steps, batch = log_probs.shape[:2]
    where = "(while checking arguments for ctc_loss_allocate_outputs)"
    if len(inputs) != batch:
        raise RuntimeError("input_lengths must be of size batch_size")
    if len(lengths) != batch:
        raise RuntimeError("target_lengths must be of size batch_size")
    for n in inputs:
        if n < 0:
            raise RuntimeError(
                f"Expected input_lengths to have value at least 0, but got value {n} {where}"
            )
        if n > steps:
            raise RuntimeError(
                f"Expected input_lengths to have value at most {steps}, but got value {n} {where}"
            )
    longest = max(lengths)
    if targets.dim() == 2:
        if targets.size(1) < longest:
            raise RuntimeError(
                f"Expected tensor to have size at least {longest} at dimension 1, but got size "
                f"{targets.size(1)} for argument #2 'targets' {where}"
            )
        return targets
    if targets.size(0) != sum(lengths):
        raise RuntimeError(
            f"Expected tensor to have size {sum(lengths)} at dimension 0, but got size "
            f"{targets.size(0)} for argument #2 'targets' {where}"
        )
    rows = targets.split(lengths)
    return stack([pad(row, (0, longest - n)) for row, n in zip(rows, lengths, strict=True)])


def _warn_mean() -> None:
    warnings.warn(
        "reduction: 'mean' divides the total loss by both the batch size and the support size."
        "'batchmean' divides only by the batch size, and aligns with the KL div math definition."
        "'mean' will be changed to behave the same as 'batchmean' in the next major release.",
        stacklevel=3,
    )
