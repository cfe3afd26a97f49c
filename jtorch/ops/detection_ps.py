"""Position-sensitive pooling of regions: each bin of a region has channels of its own. What is
common to all pooling of regions is in `detection.py`.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import lax

from ._declare import op
from ._types import Number, Tensor
from .detection import axis_weights, bins, check_rois, counts, rounded, transposed, unpacked


def _by_bins(input, image, vertical, horizontal):
    """The sum over each bin, weighted along both axes, of the channels that are the bin's."""
    pooled_height, pooled_width = vertical.shape[1], horizontal.shape[1]
    height, width = input.shape[2:]
    pixels = input.reshape(input.shape[0], -1, pooled_height, pooled_width, height, width)

    def one(region):
        image, vertical, horizontal = region
        return jnp.einsum(
            "ph,cpqhw,qw->cpq", vertical, pixels[image], horizontal, precision="highest"
        )

    return lax.map(one, (image, vertical, horizontal))


def _check_ps(name: str, input, rois, pooled_height: int, pooled_width: int) -> None:
    check_rois(name, input, rois, "Tensor rois should")
    if input.shape[1] % (pooled_height * pooled_width):
        raise RuntimeError("input channels must be a multiple of pooling height * pooling width")


def _channel_mapping(rois, channels: int, pooled_height: int, pooled_width: int):
    """Which channel of the input each place of the result comes from."""
    shape = (channels // (pooled_height * pooled_width), pooled_height, pooled_width)
    mapping = jnp.arange(channels, dtype=jnp.int32).reshape(shape)
    return jnp.broadcast_to(mapping, (rois.shape[0], *shape))


@op(variants="", returns=("output", "channel_mapping"), differentiable=False)
def ps_roi_align(
    input: Tensor, rois: Tensor, spatial_scale: Number, pooled_height: int, pooled_width: int,
    sampling_ratio: int,
):  # fmt: skip
    """As roi_align, of (N, C pooled_height pooled_width, H, W), and the channels it came from."""
    _check_ps("ps_roi_align", input, rois, pooled_height, pooled_width)
    output = _ps_aligned(input, rois, spatial_scale, pooled_height, pooled_width, sampling_ratio)
    return output, _channel_mapping(rois, input.shape[1], pooled_height, pooled_width)


def _ps_aligned(input, rois, scale, pooled_height, pooled_width, sampling_ratio):
    dtype = jnp.promote_types(input.dtype, np.float32)
    height, width = input.shape[2:]
    image, *corners = unpacked(rois, scale, dtype)
    left, top, right, bottom = (x - 0.5 for x in corners)
    rows = counts(bottom - top, pooled_height, sampling_ratio)
    columns = counts(right - left, pooled_width, sampling_ratio)
    total = _by_bins(
        input.astype(dtype),
        image,
        axis_weights(top, (bottom - top) / pooled_height, rows, pooled_height, height),
        axis_weights(left, (right - left) / pooled_width, columns, pooled_width, width),
    )
    count = (rows * columns)[:, None, None, None]
    mean = jnp.where(count == 0, jnp.nan, total / jnp.where(count == 0, 1, count))
    return mean.astype(input.dtype)


@op(variants="", differentiable=False)
def ps_roi_align_backward(
    grad: Tensor, rois: Tensor, channel_mapping: Tensor, spatial_scale: Number,
    pooled_height: int, pooled_width: int, sampling_ratio: int, batch_size: int, channels: int,
    height: int, width: int,
):  # fmt: skip
    """The gradient of the images."""
    frame = (rois, spatial_scale, pooled_height, pooled_width, sampling_ratio)
    shape = (batch_size, channels, height, width)
    return transposed(lambda x: _ps_aligned(x, *frame), shape, grad)


@op(variants="", returns=("output", "channel_mapping"), differentiable=False)
def ps_roi_pool(
    input: Tensor, rois: Tensor, spatial_scale: Number, pooled_height: int, pooled_width: int
):
    """The mean of each bin's pixels, of its own channels, and the channels it came from."""
    _check_ps("ps_roi_pool", input, rois, pooled_height, pooled_width)
    output = _ps_pooled(input, rois, spatial_scale, pooled_height, pooled_width, 1)
    return output, _channel_mapping(rois, input.shape[1], pooled_height, pooled_width)


def _ps_pooled(input, rois, scale, pooled_height, pooled_width, margin):
    """torchvision leaves out the last row and column of the image forward, and not backward."""
    dtype = jnp.promote_types(input.dtype, np.float32)
    height, width = input.shape[2:]
    image, *corners = unpacked(rois, scale, dtype)
    left, top, right, bottom = (rounded(x) for x in corners)
    rows = bins(top, jnp.maximum(bottom - top, 1), pooled_height, height, height - margin)
    columns = bins(left, jnp.maximum(right - left, 1), pooled_width, width, width - margin)
    total = _by_bins(input.astype(dtype), image, rows.astype(dtype), columns.astype(dtype))
    area = rows.sum(-1)[:, None, :, None] * columns.sum(-1)[:, None, None, :]
    return (total / jnp.maximum(area, 1).astype(dtype)).astype(input.dtype)


@op(variants="", differentiable=False)
def ps_roi_pool_backward(
    grad: Tensor, rois: Tensor, channel_mapping: Tensor, spatial_scale: Number,
    pooled_height: int, pooled_width: int, batch_size: int, channels: int, height: int, width: int,
):  # fmt: skip
    """The gradient of the images."""
    frame = (rois, spatial_scale, pooled_height, pooled_width, 0)
    shape = (batch_size, channels, height, width)
    return transposed(lambda x: _ps_pooled(x, *frame), shape, grad)
