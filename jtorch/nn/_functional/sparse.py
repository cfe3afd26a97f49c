"""Look-ups in tables: embedding, bags of embeddings, one-hot vectors."""

from __future__ import annotations

from ..._autograd.modes import no_grad
from ..._tensor import Tensor
from ...ops import embedding as ops
from ...ops.ranges import arange
from ...ops.where import where
from ._rows import look_up

__all__ = ["embedding", "embedding_bag"]


@no_grad()
def _renorm_(weight: Tensor, indices: Tensor, max_norm: float, norm_type: float) -> None:
    """Scale the rows that are used, in place, to a norm of at most `max_norm`."""
    rows = weight[indices.flatten()]
    norms = rows.norm(norm_type, 1, keepdim=True)
    scale = where(norms > max_norm, max_norm / (norms + 1e-7), 1.0)
    weight[indices.flatten()] = rows * scale


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of `weight` at `input`: (*) -> (*, D). The row `padding_idx` gets no gradient."""
    if padding_idx is not None:
        n = weight.size(0)
        if not -n <= padding_idx < n:
            raise AssertionError("Padding_idx must be within num_embeddings")
        padding_idx %= n
    if max_norm is not None:
        _renorm_(weight, input, max_norm, norm_type)
    row = -1 if padding_idx is None else padding_idx
    if sparse:
        return look_up(weight, input, row, scale_grad_by_freq)
    return ops.embedding(weight, input, row, scale_grad_by_freq, False)


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """The sum, mean or maximum of bags of rows of `weight`: the rows of a matrix (B, n), or the
    stretches of a vector that begin at `offsets`. Entries equal to `padding_idx` do not count."""
    if not weight.is_floating_point() and input.is_floating_point():
        input, weight = weight, input  # the order of arguments that torch once had
    if per_sample_weights is not None and input.shape != per_sample_weights.shape:
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, "
            f"then it must have the same shape as the input ({input.shape})"
        )
    _check_bag(input, offsets, mode, scale_grad_by_freq, sparse)
    padding_idx = _row(weight, padding_idx)
    if max_norm is not None:
        _renorm_(weight, input, max_norm, norm_type)
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported "
            f"for mode='sum' (got mode='{mode}'). Please open a feature request on GitHub."
        )
    if input.dim() == 2:
        bag = arange(input.size(0), device=input.device).unsqueeze(1).expand(input.shape).flatten()
        bags = input.size(0)
    else:
        assert offsets is not None
        bag, bags = _bag_of_each(input, offsets, include_last_offset)
    input = input.flatten()
    if sparse:
        rows = look_up(weight, input, padding_idx, scale_grad_by_freq)
    else:
        rows = ops.embedding(weight, input, padding_idx, scale_grad_by_freq, False)
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.flatten().unsqueeze(1)
    kept = None if padding_idx < 0 else input != padding_idx
    return _reduce_bags(rows, bag, bags, mode, kept)


def _row(weight: Tensor, padding_idx: int | None) -> int:
    """`padding_idx` counted from the front; -1 for none."""
    if padding_idx is None:
        return -1
    n = weight.size(0)
    if not -n <= padding_idx < n:
        raise RuntimeError(
            f"padding_idx must be within the number of embeddings, -{n} through {n - 1}, but got "
            f"{padding_idx}"
        )
    return padding_idx % n


def _check_bag(
    input: Tensor, offsets: Tensor | None, mode: str, scale_grad_by_freq: bool, sparse: bool
) -> None:
    if input.dim() == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch "
                f"of fixed length sequences. However, found offsets of type {Tensor}"
            )
    elif input.dim() == 1:
        if offsets is None:
            raise ValueError("offsets has to be a 1D Tensor but got None")
        if offsets.dim() != 1:
            raise ValueError("offsets has to be a 1D Tensor")
    else:
        raise ValueError(
            f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.dim()}"
        )
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if mode == "max" and sparse:
        raise ValueError("max mode does not support sparse weights")


def _bag_of_each(input: Tensor, offsets: Tensor, include_last_offset: bool) -> tuple[Tensor, int]:
    """Which bag each entry is in, and how many bags there are."""
    n = input.size(0)
    first, last = (int(offsets[0]), int(offsets[-1])) if offsets.numel() else (0, 0)
    if first != 0:
        raise RuntimeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from "
            f"position 0. However, got {first}"
        )
    if last > n:
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length {n} but got offsets[-1] of {last}"
        )
    starts = offsets[:-1] if include_last_offset else offsets
    begun = arange(n, device=input.device).unsqueeze(1) >= starts.unsqueeze(0)
    return begun.sum(1) - 1, starts.size(0)


def _reduce_bags(rows: Tensor, bag: Tensor, bags: int, mode: str, kept: Tensor | None) -> Tensor:
    width = rows.size(1)
    if mode == "max":
        # A bag without entries is zero, not minus infinity.
        if kept is not None:
            rows = rows.masked_fill(kept.logical_not().unsqueeze(1), float("-inf"))
        best = rows.new_full((bags, width), float("-inf"))
        index = bag.unsqueeze(1).expand(rows.shape)
        best = best.scatter_reduce(0, index, rows, "amax")
        return best.masked_fill(best == float("-inf"), 0.0)
    counted = rows.new_ones(rows.shape[:1])
    if kept is not None:
        counted = counted * kept
        rows = rows * counted.unsqueeze(1)
    total = rows.new_zeros((bags, width)).index_add(0, bag, rows)
    if mode == "sum":
        return total
    count = rows.new_zeros((bags,)).index_add(0, bag, counted)
    return total / count.clamp(min=1).unsqueeze(1)
