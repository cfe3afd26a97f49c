"""The forms that torch itself exports of functions that nn.functional wraps: reductions, modes and
paddings are numbers, statistics are returned, and arguments of cuDNN come along.
"""

from __future__ import annotations

from typing import Any

from ..._dtypes import bfloat16, float16, float32
from ..._errors import not_covered
from ..._tensor import Tensor
from ...ops import conv, loss, norm, resample
from ...ops._out import takes_out
from ...ops.creation import empty, zeros
from .. import _reduction
from . import activation, sparse
from . import loss as _loss
from . import margin as _margin

__all__ = [
    "_native_batch_norm_legit",
    "affine_grid_generator",
    "batch_norm",
    "batch_norm_update_stats",
    "binary_cross_entropy_with_logits",
    "conv_tbc",
    "convolution",
    "cosine_embedding_loss",
    "ctc_loss",
    "embedding_bag",
    "embedding_renorm_",
    "grid_sampler",
    "grid_sampler_2d",
    "grid_sampler_3d",
    "group_norm",
    "hinge_embedding_loss",
    "instance_norm",
    "kl_div",
    "layer_norm",
    "margin_ranking_loss",
    "native_batch_norm",
    "native_channel_shuffle",
    "native_group_norm",
    "native_layer_norm",
    "poisson_nll_loss",
    "rrelu",
    "rrelu_",
    "triplet_margin_loss",
]

# -- losses. torch's parser takes a reduction that is not given for 0, "none", whatever its
# documentation says.


def _name(function: str, reduction: Any) -> str:
    """ "none", "mean" or "sum" for 0, 1 or 2; any other number is none as well."""
    if not isinstance(reduction, int):
        kind = type(reduction).__name__
        raise TypeError(f"{function}(): argument 'reduction' must be int, not {kind}")
    return _reduction._NAMES[reduction] if reduction in (0, 1, 2) else "none"


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    pos_weight: Tensor | None = None,
    reduction: int = 0,
) -> Tensor:
    """Binary cross-entropy of sigmoid(x), computed from x."""
    name = _name("binary_cross_entropy_with_logits", reduction)
    return loss.binary_cross_entropy_with_logits(input, target, weight, pos_weight, name)


def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: int = 0
) -> Tensor:
    """1 - cos where the target is 1, max(0, cos - margin) where it is -1."""
    name = _name("cosine_embedding_loss", reduction)
    return _margin.cosine_embedding_loss(input1, input2, target, margin, reduction=name)


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: int = 0,
    zero_infinity: bool = False,
) -> Tensor:
    """Connectionist temporal classification."""
    name = _name("ctc_loss", reduction)
    lengths = input_lengths, target_lengths
    return _loss.ctc_loss(log_probs, targets, *lengths, blank, name, zero_infinity)


def hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: float = 1.0, reduction: int = 0
) -> Tensor:
    """x where the target is 1, max(0, margin - x) where it is -1."""
    name = _name("hinge_embedding_loss", reduction)
    return _margin.hinge_embedding_loss(input, target, margin, reduction=name)


def kl_div(
    input: Tensor, target: Tensor, reduction: int = 0, *, log_target: bool = False
) -> Tensor:
    """t (log t - x) for log-probabilities x."""
    name = _name("kl_div", reduction)
    total = _loss.kl_div(input, target, reduction="none", log_target=log_target)
    return _loss.reduced(total, name)


def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: int = 0
) -> Tensor:
    """max(0, margin - t (x1 - x2)) for targets 1 and -1."""
    name = _name("margin_ranking_loss", reduction)
    return _margin.margin_ranking_loss(input1, input2, target, margin, reduction=name)


def poisson_nll_loss(
    input: Tensor, target: Tensor, log_input: bool, full: bool, eps: float, reduction: int
) -> Tensor:
    """exp(x) - t x, or x - t log(x + eps)."""
    name = _name("poisson_nll_loss", reduction)
    return _loss.poisson_nll_loss(input, target, log_input, full, eps=eps, reduction=name)


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: int = 0,
) -> Tensor:
    """max(0, d(anchor, positive) - d(anchor, negative) + margin), with p-norms."""
    name = _name("triplet_margin_loss", reduction)
    three = anchor, positive, negative
    return _margin.triplet_margin_loss(*three, margin, p, eps, swap, reduction=name)


# -- normalisation


def batch_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Tensor:
    """nn.functional.batch_norm; which kernel computes it is XLA's business."""
    return norm.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


def instance_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Tensor:
    """nn.functional.instance_norm; which kernel computes it is XLA's business."""
    return norm.instance_norm(
        input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps
    )


def layer_norm(
    input: Tensor,
    normalized_shape: Any,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    cudnn_enable: bool = True,
) -> Tensor:
    """nn.functional.layer_norm; which kernel computes it is XLA's business."""
    return norm.layer_norm(input, normalized_shape, weight, bias, eps)


def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    cudnn_enabled: bool = True,
) -> Tensor:
    """nn.functional.group_norm; which kernel computes it is XLA's business."""
    return norm.group_norm(input, num_groups, weight, bias, eps)


def _statistics(
    x: Tensor, dims: Any, eps: float, keepdim: bool, *parameters: Tensor | None
) -> tuple[Tensor, Tensor]:
    """The mean over dims and one over the standard deviation, off the tape; in the precision of
    the parameters where that is more than the input's.
    """
    single = any(p is not None and p.dtype == float32 for p in parameters)
    dtype = float32 if single else x.dtype
    x = x.detach()
    x = x.float() if x.dtype.itemsize < 4 else x
    mean, rstd = x.mean(dims, keepdim), (x.var(dims, False, keepdim) + eps).rsqrt()
    return mean.to(dtype), rstd.to(dtype)


def _all_but_channels(input: Tensor) -> list[int]:
    return [d for d in range(input.dim()) if d != 1]


@takes_out
def native_batch_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """batch_norm, and in training the mean and one over the standard deviation of the batch."""
    out = norm.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)
    if not training:
        return out, input.new_empty(0), input.new_empty(0)
    parameters = weight, bias, running_mean, running_var
    return out, *_statistics(input, _all_but_channels(input), eps, False, *parameters)


@takes_out
def _native_batch_norm_legit(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, *rest: Any
) -> tuple[Tensor, Tensor, Tensor]:
    """native_batch_norm; the running mean and variance may be left out."""
    statistics: Any = rest if len(rest) > 3 else (None, None, *rest)
    return native_batch_norm(input, weight, bias, *statistics)


def batch_norm_update_stats(
    input: Tensor, running_mean: Tensor | None, running_var: Tensor | None, momentum: float
) -> tuple[Tensor, Tensor]:
    """Mean and variance of each channel; the running ones move towards them."""
    dims = _all_but_channels(input)
    mean, variance = input.detach().mean(dims), input.detach().var(dims, False)
    norm._update(running_mean, mean, running_var, input.detach().var(dims, True), momentum)
    return mean, variance


def native_layer_norm(
    input: Tensor,
    normalized_shape: Any,
    weight: Tensor | None,
    bias: Tensor | None,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """layer_norm, and the mean and one over the standard deviation of each row."""
    out = norm.layer_norm(input, normalized_shape, weight, bias, eps)
    dims = list(range(-len(normalized_shape), 0))
    return out, *_statistics(input, dims, eps, True, weight, bias)


def native_group_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    N: int,
    C: int,
    HxW: int,
    group: int,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """group_norm, and the mean and one over the standard deviation of each group."""
    return norm.native_group_norm(input, group, weight, bias, eps)  # type: ignore[return-value]


# -- convolution, sampling


def convolution(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Any,
    padding: Any,
    dilation: Any,
    transposed: bool,
    output_padding: Any,
    groups: int,
) -> Tensor:
    """The convolution, or its transpose, of as many dimensions as the weight has."""
    dims = weight.dim() - 2
    rest = stride, padding
    if transposed:
        form = getattr(conv, f"conv_transpose{dims}d")
        return form(input, weight, bias, *rest, output_padding, groups, dilation)
    return getattr(conv, f"conv{dims}d")(input, weight, bias, *rest, dilation, groups)


def conv_tbc(input: Tensor, weight: Tensor, bias: Tensor, pad: int = 0) -> Tensor:
    """The convolution of (time, batch, channels) with (kernel, channels, channels out)."""
    moved = input.permute(1, 2, 0), weight.permute(2, 1, 0)
    return conv.conv1d(*moved, bias, 1, pad).permute(2, 0, 1).contiguous()


_MODES = ("bilinear", "nearest", "bicubic")
_PADDINGS = ("zeros", "border", "reflection")


def grid_sampler(
    input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    """nn.functional.grid_sample with its modes as numbers."""
    modes = _MODES[interpolation_mode], _PADDINGS[padding_mode]
    return resample.grid_sample(input, grid, *modes, align_corners)


grid_sampler_2d = grid_sampler_3d = grid_sampler


def affine_grid_generator(theta: Tensor, size: Any, align_corners: bool) -> Tensor:
    """nn.functional.affine_grid."""
    return resample.affine_grid(theta, size, align_corners)


native_channel_shuffle = resample.channel_shuffle.public


# -- tables


def embedding_renorm_(input: Tensor, indices: Tensor, max_norm: float, norm_type: float) -> Tensor:
    """The rows at `indices` scaled, in place, to a norm of at most `max_norm`."""
    sparse._renorm_(input, indices, max_norm, norm_type)
    return input


def embedding_bag(
    weight: Tensor,
    indices: Tensor,
    offsets: Tensor,
    scale_grad_by_freq: bool = False,
    mode: int = 0,
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Bags of rows, summed (0), averaged (1) or their largest (2). Also, where torch's kernel for
    the CPU makes them: the bag of each index, the size of each bag, the row of each maximum."""
    out = _bags(
        indices, weight, offsets, None, 2.0, scale_grad_by_freq, ("sum", "mean", "max")[mode],
        sparse, per_sample_weights, include_last_offset, padding_idx,
    )  # fmt: skip
    bag, bags = _bag_of_each(indices, offsets, include_last_offset)
    none = zeros(offsets.numel() if mode == 0 else bags, dtype=indices.dtype)
    if mode == 0:
        fast = padding_idx is None and weight.stride(1) == 1 and weight.dtype in _FAST
        return out, empty(0, dtype=indices.dtype) if fast else bag, none, none.clone()
    kept = indices.new_ones(indices.shape)
    if padding_idx is not None:
        kept = (indices != padding_idx % weight.size(0)).to(indices.dtype)
    count = none.index_add(0, bag, kept)
    if mode == 1:
        return out, bag, count, count.clone()
    raise not_covered("torch.embedding_bag(mode=2)", "nn.functional.embedding_bag has it.")


_FAST = (float32, float16, bfloat16)  # in which torch's kernel for sums skips the bag of each
_bags, _bag_of_each = sparse.embedding_bag, sparse._bag_of_each


# -- activations


def rrelu(
    input: Tensor,
    lower: float = 1.0 / 8,
    upper: float = 1.0 / 3,
    training: bool = False,
    generator: Any = None,
) -> Tensor:
    """Leaky ReLU whose slope is drawn from [lower, upper] in training, and else their mean."""
    if generator is not None:
        raise not_covered("torch.rrelu(generator=...)")
    return activation.rrelu(input, lower, upper, training)


def rrelu_(
    input: Tensor,
    lower: float = 1.0 / 8,
    upper: float = 1.0 / 3,
    training: bool = False,
    generator: Any = None,
) -> Tensor:
    """`rrelu` in place."""
    if generator is not None:
        raise not_covered("torch.rrelu_(generator=...)")
    return activation.rrelu(input, lower, upper, training, True)
