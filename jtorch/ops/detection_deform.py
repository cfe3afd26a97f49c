"""Convolution that reads each of its taps at a displaced place between pixels, and weighs what it
read: torchvision's deform_conv2d (Dai et al. 2017, Zhu et al. 2019).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from ._declare import op
from ._numeric import scalar_name
from ._types import Tensor
from .detection import check_dtype

HINT = (
    "(Could this error message be improved?  If so, please report an enhancement request to "
    "PyTorch.)"
)


@op(variants="", differentiable=False)
def deform_conv2d(
    input: Tensor, weight: Tensor, offset: Tensor, mask: Tensor, bias: Tensor, stride_h: int,
    stride_w: int, pad_h: int, pad_w: int, dilation_h: int, dilation_w: int, groups: int,
    offset_groups: int, use_mask: bool,
):  # fmt: skip
    """(N, C, H, W) and weight (C', C / groups, KH, KW) to (N, C', OH, OW). offset is (N, 2 KH KW
    offset_groups, OH, OW), the displacements down and across of each tap; mask is (N, KH KW
    offset_groups, OH, OW) and read if use_mask.
    """
    geometry = (stride_h, stride_w, pad_h, pad_w, dilation_h, dilation_w, groups, offset_groups)
    _check(input, weight, offset, mask, bias, geometry, use_mask)
    return _convolved((input, weight, offset, mask, bias), geometry, use_mask)


@op(
    variants="",
    returns=("grad_input", "grad_weight", "grad_offset", "grad_mask", "grad_bias"),
    differentiable=False,
)
def deform_conv2d_backward(
    grad: Tensor, input: Tensor, weight: Tensor, offset: Tensor, mask: Tensor, bias: Tensor,
    stride_h: int, stride_w: int, pad_h: int, pad_w: int, dilation_h: int, dilation_w: int,
    groups: int, offset_groups: int, use_mask: bool,
):  # fmt: skip
    """The gradients of the five tensors."""
    geometry = (stride_h, stride_w, pad_h, pad_w, dilation_h, dilation_w, groups, offset_groups)

    def run(*tensors):
        return _convolved(tensors, geometry, use_mask)

    return jax.vjp(run, input, weight, offset, mask, bias)[1](grad)


def _convolved(tensors, geometry, use_mask):
    input, weight, offset, mask, bias = tensors
    *_, groups, offset_groups = geometry
    n, c, *size = input.shape
    out, _, kernel_h, kernel_w = weight.shape
    taps, places = kernel_h * kernel_w, offset.shape[2:]
    dtype = jnp.promote_types(input.dtype, jnp.float32)
    moved = offset.astype(dtype).reshape(n, offset_groups, taps, 2, *places)
    down, across = _regular((kernel_h, kernel_w), places, geometry, dtype)
    pixels = input.astype(dtype).reshape(n, offset_groups, c // offset_groups, *size)
    read = _between(pixels, down + moved[:, :, :, 0], across + moved[:, :, :, 1])
    if use_mask:
        read = read * mask.astype(dtype).reshape(n, offset_groups, 1, taps, *places)
    columns = read.reshape(n, groups, c // groups, taps, *places)
    kernel = weight.astype(dtype).reshape(groups, out // groups, c // groups, taps)
    result = jnp.einsum("goct,ngctyx->ngoyx", kernel, columns).reshape(n, out, *places)
    return result.astype(input.dtype) + bias[:, None, None]


def _regular(kernel, places, geometry, dtype):
    """Where the taps are without displacement: rows (taps, OH, 1) and columns (taps, 1, OW)."""
    stride_h, stride_w, pad_h, pad_w, dilation_h, dilation_w, *_ = geometry
    row, column = jnp.divmod(jnp.arange(kernel[0] * kernel[1]), kernel[1])
    y = jnp.arange(places[0])[:, None] * stride_h - pad_h
    x = jnp.arange(places[1])[None, :] * stride_w - pad_w
    down = row[:, None, None] * dilation_h + y
    across = column[:, None, None] * dilation_w + x
    return down.astype(dtype), across.astype(dtype)


def _between(pixels, y, x):
    """Pixels (N, G, C, H, W) at positions (N, G, taps, OH, OW), from four each, zero outside:
    (N, G, C, taps, OH, OW).
    """
    n, g, c, height, width = pixels.shape
    rows = jnp.moveaxis(pixels.reshape(n, g, c, height * width), 2, 3)
    inside = (y > -1) & (y < height) & (x > -1) & (x < width)
    top, left = jnp.floor(y), jnp.floor(x)
    total = 0
    for row, along_y in ((top, top + 1 - y), (top + 1, y - top)):
        for column, along_x in ((left, left + 1 - x), (left + 1, x - left)):
            valid = inside & (row >= 0) & (row < height) & (column >= 0) & (column < width)
            place = jnp.clip(row, 0, height - 1) * width + jnp.clip(column, 0, width - 1)
            place = place.astype(jnp.int32).reshape(n, g, -1, 1)
            found = jnp.take_along_axis(rows, place, axis=2).reshape(*y.shape, c)
            total = total + jnp.where(valid, along_y * along_x, 0)[..., None] * found
    return jnp.moveaxis(total, -1, 2)


def _check(input, weight, offset, mask, bias, geometry, use_mask):
    stride_h, stride_w, pad_h, pad_w, dilation_h, dilation_w, groups, offset_groups = geometry

    def require(holds, text):
        if not holds:
            raise RuntimeError(text)

    def expect(holds, text):
        require(holds, f"Expected {text} to be true, but got false.  {HINT}")

    expect(input.ndim == 4, "input_c.ndimension() == 4")
    expect(offset.ndim == 4, "offset_c.ndimension() == 4")
    expect(not use_mask or mask.ndim == 4, "!use_mask || mask_c.ndimension() == 4")
    expect(weight.ndim == 4, "weight_c.ndimension() == 4")
    _, c, *size = input.shape
    out, c_kernel, kernel_h, kernel_w = weight.shape
    require(stride_h > 0 and stride_w > 0, f"stride_h: {stride_h} stride_w: {stride_w}")
    require(pad_h >= 0 and pad_w >= 0, f"pad_h: {pad_h} pad_w: {pad_w}")
    require(dilation_h > 0 and dilation_w > 0, f"dilation_h: {dilation_h} dilation_w: {dilation_w}")
    expect(c_kernel * groups == c, "weight_c.size(1) * n_weight_grps == input_c.size(1)")
    expect(out % groups == 0, "weight_c.size(0) % n_weight_grps == 0")
    per_tap = offset_groups * kernel_h * kernel_w
    require(
        offset.shape[1] == 2 * per_tap,
        f"offset.shape[1] is not valid: got: {offset.shape[1]} expected: {2 * per_tap}",
    )
    require(
        not use_mask or mask.shape[1] == per_tap,
        f"mask.shape[1] is not valid: got: {mask.shape[1]} expected: {per_tap}",
    )
    expect(c % offset_groups == 0, "input_c.size(1) % n_offset_grps == 0")
    reach = [dilation_h * (kernel_h - 1) + 1, dilation_w * (kernel_w - 1) + 1]
    spaces = zip(size, (pad_h, pad_w), reach, (stride_h, stride_w), strict=True)
    places = tuple((have + 2 * pad - need) // stride + 1 for have, pad, need, stride in spaces)
    shown = f"computed output dims: ({places[0]}, {places[1]})"
    for name, x in (("offset", offset), ("mask", mask))[: 1 + use_mask]:
        require(x.shape[0] == input.shape[0], f"invalid batch size of {name}")
        dims = f"{name} output dims: ({x.shape[2]}, {x.shape[3]})"
        require(x.shape[2:] == places, f"{dims} - {shown}")
    check_dtype("deformable_im2col", input)
    if weight.dtype != input.dtype:
        raise RuntimeError(
            "mat1 and mat2 must have the same dtype, but got "
            f"{scalar_name(weight.dtype)} and {scalar_name(input.dtype)}"
        )
    for x in (offset, mask) if use_mask else (offset,):
        if x.dtype != input.dtype:
            raise RuntimeError(
                f"expected scalar type {scalar_name(input.dtype)} but found {scalar_name(x.dtype)}"
            )
    if bias.shape != (out,):
        raise RuntimeError(f"shape '[1, {out}, 1, 1]' is invalid for input of size {bias.size}")
