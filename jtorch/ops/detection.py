"""What detectors do to regions of feature maps: boxes suppressed by better ones, regions pooled to
one size, convolution at displaced places. The operators of torchvision's compiled extension; each
`_backward` of these is the transpose of the forward. It knows nothing of torchvision.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .._tensor import from_array
from ..graph import levels
from ._declare import op
from ._numeric import not_implemented, scalar_name
from ._types import Number, Tensor

# -- what all say of arguments


def check_dtype(kernel: str, x, halves: bool = True) -> None:
    if x.dtype not in (np.float32, np.float64) and not (halves and x.dtype == np.float16):
        raise not_implemented(kernel, x.dtype)


def check_rois(name: str, input, rois, columns: str | None) -> None:
    if columns is not None:
        if rois.ndim < 2:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-max(rois.ndim, 1)}, "
                f"{max(rois.ndim, 1) - 1}], but got 1)"
            )
        if rois.shape[1] != 5:
            raise RuntimeError(f"{columns} have shape as Tensor[K, 5]")
    kernel = f"{name}_forward_kernel"
    if input.dtype != rois.dtype:
        first, second = (f"torch.{scalar_name(x.dtype)}Tensor" for x in (input, rois))
        raise RuntimeError(
            "Expected tensor for argument #1 'input' to have the same type as tensor for argument "
            f"#2 'rois'; but type {first} does not equal {second} (while checking arguments for "
            f"{kernel})"
        )
    if input.ndim < 4:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-input.ndim}, {input.ndim - 1}],"
            f" but got {max(input.ndim, 3)})"
        )
    check_dtype(kernel, input)


def unpacked(rois, scale, dtype):
    """(image of each region, its left, top, right and bottom in pixels of the feature map)."""
    corners = rois[:, 1:5].astype(dtype) * jnp.asarray(scale, dtype)
    return rois[:, 0].astype(jnp.int32), *(corners[:, i] for i in range(4))


# -- non-maximum suppression


def nms(dets, scores, iou_threshold):
    """Indices, int64, of the boxes (N, 4) that no better one overlaps by more than iou_threshold,
    best first; boxes of one score in their order. Looks at the values: how many there are is one.
    """
    _check_boxes(dets, scores)
    levels.require_shape(dets._read(), "torchvision::nms")
    boxes, values = dets._numpy(), scores._numpy()
    order = np.argsort(-values, kind="stable")
    missing = np.isnan(values[order])
    order = np.concatenate([order[missing], order[~missing]])  # torch sorts these before all others
    kept = order[_suppress(boxes[order], float(iou_threshold))]
    return from_array(kept.astype(np.int64), device=dets.device)


def _suppress(boxes, threshold: float):
    """Positions of those boxes, best first, that are not suppressed by one of these before."""
    x1, y1, x2, y2 = boxes.T
    areas = (x2 - x1) * (y2 - y1)
    left, kept = np.arange(len(boxes)), []
    while left.size:
        i, rest = left[0], left[1:]
        kept.append(i)
        width = np.minimum(x2[i], x2[rest]) - np.maximum(x1[i], x1[rest])
        height = np.minimum(y2[i], y2[rest]) - np.maximum(y1[i], y1[rest])
        zero = np.zeros((), boxes.dtype)
        inter = np.maximum(zero, width) * np.maximum(zero, height)
        with np.errstate(invalid="ignore", divide="ignore"):
            overlap = inter / (areas[i] + areas[rest] - inter)
        left = rest[~(overlap.astype(np.float64) > threshold)]
    return np.asarray(kept, np.int64)


def _check_boxes(dets, scores) -> None:
    if dets.ndim != 2:
        raise RuntimeError(f"boxes should be a 2d tensor, got {dets.ndim}D")
    if dets.shape[1] != 4:
        raise RuntimeError(f"boxes should have 4 elements in dimension 1, got {dets.shape[1]}")
    if scores.ndim != 1:
        raise RuntimeError(f"scores should be a 1d tensor, got {scores.ndim}D")
    if dets.shape[0] != scores.shape[0]:
        raise RuntimeError(
            "boxes and scores should have same number of elements in dimension 0, got "
            f"{dets.shape[0]} and {scores.shape[0]}"
        )
    if dets.dtype != scores.dtype:
        raise RuntimeError("dets should have the same type as scores")
    check_dtype("nms_kernel", dets._value.aval, halves=False)


# -- sampling between pixels


def _neighbours(t, size: int):
    """For positions along one axis: the pixels before and after, how far they are from the first of
    these, and whether they count, which they do up to one pixel outside.
    """
    inside = (t >= -1) & (t <= size)
    t = jnp.clip(t, 0, size - 1)
    low = jnp.floor(t).astype(jnp.int32)
    return low, jnp.minimum(low + 1, size - 1), t - low, inside


def _position(axis, sample):
    """Where a sample is within each of the bins: (K, pooled)."""
    start, bin_size, count, pooled = axis
    step = bin_size / jnp.maximum(count, 1)  # of no samples none is used
    offsets = jnp.arange(pooled, dtype=start.dtype) * bin_size[:, None]
    return start[:, None] + offsets + ((sample + 0.5) * step)[:, None]


def axis_weights(start, bin_size, count, pooled: int, size: int):
    """(K, pooled, size): how much each pixel counts in the sum over the samples of a bin."""

    def add(sample, total):
        low, high, part, inside = _neighbours(
            _position((start, bin_size, count, pooled), sample.astype(start.dtype)), size
        )
        used = (inside & (sample < count)[:, None]).astype(start.dtype)
        return (
            total
            + ((1 - part) * used)[..., None] * jax.nn.one_hot(low, size, dtype=start.dtype)
            + (part * used)[..., None] * jax.nn.one_hot(high, size, dtype=start.dtype)
        )

    zero = jnp.zeros((start.shape[0], pooled, size), start.dtype)
    most = jnp.max(count, initial=0).astype(jnp.int32)
    return lax.fori_loop(0, most, add, zero)


def counts(extent, pooled: int, sampling_ratio: int):
    """How many samples a bin has along an axis: as many as asked for, or one for each pixel."""
    if sampling_ratio > 0:
        return jnp.full_like(extent, sampling_ratio)
    return jnp.ceil(extent / pooled)


# -- roi_align


@op(variants="", differentiable=False)
def roi_align(
    input: Tensor, rois: Tensor, spatial_scale: Number, pooled_height: int, pooled_width: int,
    sampling_ratio: int, aligned: bool,
):  # fmt: skip
    """The mean of samples in each bin of each region: (K, C, pooled_height, pooled_width) of images
    (N, C, H, W) and rois (K, 5) of image, x1, y1, x2, y2. sampling_ratio <= 0: one sample a pixel.
    """
    check_rois("roi_align", input, rois, "rois must")
    frame = (rois, spatial_scale, pooled_height, pooled_width, sampling_ratio, aligned)
    return _aligned(input, *frame)


def _aligned(input, rois, scale, pooled_height, pooled_width, sampling_ratio, aligned):
    dtype = jnp.promote_types(input.dtype, np.float32)
    height, width = input.shape[2:]
    offset = 0.5 if aligned else 0.0
    image, *corners = unpacked(rois, scale, dtype)
    left, top, right, bottom = (x - offset for x in corners)
    across, down = right - left, bottom - top
    if not aligned:
        across, down = jnp.maximum(across, 1), jnp.maximum(down, 1)
    across_bin, down_bin = across / pooled_width, down / pooled_height
    rows = counts(down, pooled_height, sampling_ratio)
    columns = counts(across, pooled_width, sampling_ratio)
    vertical = (top, down_bin, rows, pooled_height)
    horizontal = (left, across_bin, columns, pooled_width)
    if sampling_ratio > 0:
        total = _sum_of_samples(input.astype(dtype), image, vertical, horizontal, sampling_ratio)
    else:
        total = _sum_by_weights(
            input.astype(dtype), image,
            axis_weights(*vertical, height), axis_weights(*horizontal, width),
        )  # fmt: skip
    count = jnp.maximum(rows * columns, 1)
    return (total / count[:, None, None, None]).astype(input.dtype)


def _sum_of_samples(input, image, vertical, horizontal, ratio: int):
    """The samples of all bins of one place within the bin at a time, from four pixels each."""
    pixels = jnp.transpose(input, (0, 2, 3, 1))
    *_, height, width = input.shape
    image = image[:, None, None]

    def add(sample, total):
        row, column = (sample // ratio).astype(input.dtype), (sample % ratio).astype(input.dtype)
        y0, y1, dy, in_y = (x[:, :, None] for x in _neighbours(_position(vertical, row), height))
        x0, x1, dx, in_x = (
            x[:, None, :] for x in _neighbours(_position(horizontal, column), width)
        )
        used = (in_y & in_x).astype(input.dtype)
        for y, along_y in ((y0, 1 - dy), (y1, dy)):
            for x, along_x in ((x0, 1 - dx), (x1, dx)):
                total = total + (used * along_y * along_x)[..., None] * pixels[image, y, x]
        return total

    shape = (image.shape[0], vertical[-1], horizontal[-1], input.shape[1])
    total = lax.fori_loop(0, ratio * ratio, add, jnp.zeros(shape, input.dtype))
    return jnp.transpose(total, (0, 3, 1, 2))


def _sum_by_weights(input, image, vertical, horizontal):
    """Weights along both axes, one region at a time: as many samples as there are cost the same."""

    def one(region):
        image, vertical, horizontal = region
        return jnp.einsum("ph,chw,qw->cpq", vertical, input[image], horizontal, precision="highest")

    return lax.map(one, (image, vertical, horizontal))


@op(variants="", differentiable=False)
def roi_align_backward(
    grad: Tensor, rois: Tensor, spatial_scale: Number, pooled_height: int, pooled_width: int,
    batch_size: int, channels: int, height: int, width: int, sampling_ratio: int, aligned: bool,
):  # fmt: skip
    """The gradient of the images."""
    frame = (rois, spatial_scale, pooled_height, pooled_width, sampling_ratio, aligned)
    shape = (batch_size, channels, height, width)
    return transposed(lambda x: _aligned(x, *frame), shape, grad)


def transposed(linear, shape, grad):
    """The gradient of what enters a linear function."""
    (result,) = jax.linear_transpose(linear, jax.ShapeDtypeStruct(shape, grad.dtype))(grad)
    return result


# -- roi_pool


@op(variants="", returns=("output", "argmax"), differentiable=False)
def roi_pool(
    input: Tensor, rois: Tensor, spatial_scale: Number, pooled_height: int, pooled_width: int
):
    """The greatest pixel in each bin of each region, (K, C, pooled_height, pooled_width), and its
    position in the image's plane, int32; 0 and -1 for bins without a pixel.
    """
    check_rois("roi_pool", input, rois, None)
    if rois.ndim < 2:
        rois = rois[:, None]
    dtype = jnp.promote_types(input.dtype, np.float32)
    height, width = input.shape[2:]
    image, *corners = unpacked(rois, spatial_scale, dtype)
    left, top, right, bottom = (rounded(x) for x in corners)
    rows = bins(top, jnp.maximum(bottom - top + 1, 1), pooled_height, height, height)
    columns = bins(left, jnp.maximum(right - left + 1, 1), pooled_width, width, width)
    lowest = jnp.asarray(jnp.finfo(input.dtype).min, input.dtype)
    plane = jnp.arange(width, dtype=jnp.int32)

    def one(region):
        image, rows, columns = region  # (pooled_height, height), (pooled_width, width)
        pixels = jnp.nan_to_num(input[image], nan=-jnp.inf, posinf=jnp.inf, neginf=-jnp.inf)
        by_column = jnp.where(columns, pixels[:, :, None, :], -jnp.inf)  # (C, H, q, W)
        best, at = by_column.max(-1), jnp.argmax(by_column, -1)
        by_row = jnp.where(rows[:, None, :], jnp.moveaxis(best, 1, -1)[:, None], -jnp.inf)
        row = jnp.argmax(by_row, -1)  # (C, p, q)
        column = jnp.take_along_axis(at, row, axis=1)
        return by_row.max(-1), (row * width + plane[column]).astype(jnp.int32)

    best, at = lax.map(one, (image, rows, columns))
    empty = ~(rows.any(-1)[:, None, :, None] & columns.any(-1)[:, None, None, :])
    none = ~(best > lowest)
    best = jnp.where(empty, 0, jnp.where(none, lowest, best)).astype(input.dtype)
    return best, jnp.where(empty | none, -1, at)


def rounded(x):
    """Halves away from zero, as C rounds."""
    return jnp.trunc(x + jnp.copysign(jnp.asarray(0.5, x.dtype), x))


def bins(start, extent, pooled: int, size: int, end: int):
    """Which pixels of an axis, of those before `end`, are in each bin: (K, pooled, size)."""
    # XLA would multiply by the reciprocal of a constant, and 3 * (5 * (1 / 3)) rounds up elsewhere.
    bin_size = (extent / (extent * 0 + pooled))[:, None]
    number = jnp.arange(pooled, dtype=start.dtype)
    first = jnp.clip(jnp.floor(number * bin_size) + start[:, None], 0, end)
    last = jnp.clip(jnp.ceil((number + 1) * bin_size) + start[:, None], 0, end)
    pixel = jnp.arange(size, dtype=start.dtype)
    return (pixel >= first[..., None]) & (pixel < last[..., None])


@op(variants="", differentiable=False)
def roi_pool_backward(
    grad: Tensor, rois: Tensor, argmax: Tensor, spatial_scale: Number, pooled_height: int,
    pooled_width: int, batch_size: int, channels: int, height: int, width: int,
):  # fmt: skip
    """The gradient of the images: each goes where the greatest pixel was."""
    image = rois[:, 0].astype(jnp.int32)[:, None, None, None]
    channel = jnp.arange(channels, dtype=jnp.int32)[None, :, None, None]
    place = jnp.where(argmax < 0, height * width, argmax)  # outside: dropped
    planes = jnp.zeros((batch_size, channels, height * width), grad.dtype)
    planes = planes.at[image, channel, place].add(grad, mode="drop")
    return planes.reshape(batch_size, channels, height, width)
