"""Images and sequences at other resolutions: interpolation, sampling at grids, shuffles between
channels and space, windows as columns and back.
"""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .. import _dtypes
from . import _grid
from ._checks import wrap_dim
from ._declare import op
from ._interpolation import Resize, output_size, resized
from ._numeric import opmath, require, scalar_name
from ._types import Dims, Size, Tensor
from ._windows import counts, pad, reach, taps
from .pool import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d

SPACES = ("nn.functional", "torch")


# -- shuffles


@op(variants="f", namespace=SPACES)
def pixel_shuffle(input: Tensor, upscale_factor: int):
    """(*, C r², H, W) -> (*, C, H r, W r)."""
    r = upscale_factor
    _check_shuffle("pixel_shuffle", "upscale_factor", input, r)
    *lead, c, h, w = input.shape
    if c % (r * r):
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square "
            f"of upscale_factor, but input.size(-3)={c} is not divisible by {r * r}"
        )
    n = len(lead)
    x = input.reshape(*lead, c // (r * r), r, r, h, w)
    x = jnp.transpose(x, (*range(n), n, n + 3, n + 1, n + 4, n + 2))
    return x.reshape(*lead, c // (r * r), h * r, w * r)


@op(variants="f", namespace=SPACES)
def pixel_unshuffle(input: Tensor, downscale_factor: int):
    """(*, C, H r, W r) -> (*, C r², H, W)."""
    r = downscale_factor
    _check_shuffle("pixel_unshuffle", "downscale_factor", input, r)
    *lead, c, h, w = input.shape
    for name, size, d in (("height", h, -2), ("width", w, -1)):
        if size % r:
            raise RuntimeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but "
                f"input.size({d})={size} is not divisible by {r}"
            )
    n = len(lead)
    x = input.reshape(*lead, c, h // r, r, w // r, r)
    x = jnp.transpose(x, (*range(n), n, n + 2, n + 4, n + 1, n + 3))
    return x.reshape(*lead, c * r * r, h // r, w // r)


def _check_shuffle(name: str, factor: str, input: Any, r: int) -> None:
    if input.ndim < 3:
        raise RuntimeError(
            f"{name} expects input to have at least 3 dimensions, but got input with {input.ndim} "
            "dimension(s)"
        )
    if r <= 0:
        raise RuntimeError(f"{name} expects a positive {factor}, but got {r}")


@op(variants="f", namespace=SPACES)
def channel_shuffle(input: Tensor, groups: int):
    """(N, C, *) with the channels of the groups dealt out in turn."""
    if input.ndim < 3:
        raise RuntimeError(
            f"channel_shuffle expects input with > 2 dims, but got input with sizes "
            f"{list(input.shape)}"
        )
    n, c, *rest = input.shape
    if groups <= 0:
        raise RuntimeError(
            f"Number of groups to divide channels in must be positive. Value of groups:{groups}"
        )
    if c % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {c} channels and {groups} groups."
        )
    return jnp.swapaxes(input.reshape(n, groups, c // groups, *rest), 1, 2).reshape(input.shape)


# -- windows as columns


@op(variants="f", namespace="nn.functional", grad_name="Im2ColBackward0")
def unfold(
    input: Tensor, kernel_size: Dims, dilation: Dims = 1, padding: Dims = 0, stride: Dims = 1
):
    """(N, C, H, W) -> (N, C x window, number of windows)."""
    moves = _moves(kernel_size, dilation, padding, stride)
    if input.ndim not in (3, 4):
        wrap_dim(max(input.ndim, 1) if input.ndim < 3 else -input.ndim - 1, input.ndim)
    x = input if input.ndim == 4 else input[None]
    kernel, dilation, padding, stride = moves
    count = counts(x.shape[2:], kernel, stride, tuple((p, p) for p in padding), dilation)
    if 0 in count:
        spans = reach(kernel, dilation)
        blocks = tuple(
            (n + 2 * p - span) // s + 1
            for n, p, span, s in zip(x.shape[2:], padding, spans, stride)
        )
        raise RuntimeError(
            f"Given input with spatial size {tuple(x.shape[2:])}, kernel_size={kernel}, "
            f"dilation={dilation}, padding={padding}, calculated shape of the array of sliding "
            f"blocks as {blocks}, but its components must be at least one."
        )
    require("im2col_out_cpu", "fcb", x)
    columns = _columns(x, moves, count)
    return columns if input.ndim == 4 else columns[0]


@op(variants="f", namespace="nn.functional", grad_name="Col2ImBackward0")
def fold(
    input: Tensor,
    output_size: Dims,
    kernel_size: Dims,
    dilation: Dims = 1,
    padding: Dims = 0,
    stride: Dims = 1,
):
    """(N, C x window, number of windows) -> (N, C, H, W), the windows added up."""
    size = _pair("output_size", output_size)
    moves = _moves(kernel_size, dilation, padding, stride)
    kernel, dilation, padding, stride = moves
    if input.ndim not in (2, 3) or 0 in input.shape[-2:]:
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and "
            f"non-zero dimensions for input, but got: {list(input.shape)}"
        )
    x = input if input.ndim == 3 else input[None]
    window = math.prod(kernel)
    if x.shape[1] % window:
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, "
            f"but got input.size(1)={x.shape[1]} and kernel_size={kernel}."
        )
    count = counts(size, kernel, stride, tuple((p, p) for p in padding), dilation)
    if x.shape[2] != math.prod(count) or 0 in count:
        raise RuntimeError(
            f"Given output_size={size}, kernel_size={kernel}, dilation={dilation}, "
            f"padding={padding}, stride={stride}, expected size of input's dimension 2 to match "
            f"the calculated number of sliding blocks {count[0]} * {count[1]} = "
            f"{math.prod(count)}, but got input.size(2)={x.shape[2]}."
        )
    require("col2im_out_cpu", "fcb", x)
    x = x.astype(np.int32) if x.dtype == np.bool_ else x
    image = jax.ShapeDtypeStruct((x.shape[0], x.shape[1] // window, *size), x.dtype)
    (out,) = jax.linear_transpose(lambda image: _columns(image, moves, count), image)(x)
    out = out.astype(input.dtype)
    return out if input.ndim == 3 else out[0]


def _columns(x, moves: tuple, count):
    """Along the width first, then along the height: transposed, it is that many fewer additions."""
    kernel, dilation, padding, stride = moves
    n, c = x.shape[:2]
    x = pad(x, tuple((p, p) for p in padding))
    x = jnp.stack(list(taps(x, kernel[1:], stride[1:], dilation[1:], count[1:])), 2)
    rows = (*kernel[:1], 1), (*stride[:1], 1), (*dilation[:1], 1), count
    columns = jnp.stack(list(taps(x, *rows)), 2)
    return columns.reshape(n, c * math.prod(kernel), math.prod(count))


def _pair(name: str, value: Any) -> tuple[int, int]:
    value = (value,) if isinstance(value, int) else tuple(value)
    if len(value) not in (1, 2):
        raise RuntimeError(f"It is expected {name} equals to 2, but got size {len(value)}")
    return (value[0], value[-1])


def _moves(kernel_size, dilation, padding, stride) -> tuple:
    given = {
        "kernel_size": kernel_size, "dilation": dilation, "padding": padding, "stride": stride,
    }  # fmt: skip
    moves = {name: _pair(name, value) for name, value in given.items()}
    for name, words, short in (
        ("kernel_size", "kernel size", "kernel"),
        ("dilation", "dilation", "dilation"),
        ("stride", "stride", "stride"),
    ):
        h, w = moves[name]
        if h <= 0 or w <= 0:
            raise RuntimeError(
                f"{words} should be greater than zero, but got {short}_height: {h} "
                f"{short}_width: {w}"
            )
    h, w = moves["padding"]
    if h < 0 or w < 0:
        raise RuntimeError(
            f"padding should be non-negative, but got pad_height: {h} pad_width: {w}"
        )
    return tuple(moves.values())


# -- interpolation

MODES = "nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact"
LINEAR = {"linear": 3, "bilinear": 4, "trilinear": 5}
ALONG = dict.fromkeys(LINEAR, "linear") | {"bicubic": "cubic"}


def _upsample_name(inputs, static) -> str:
    mode = "".join(part.capitalize() for part in static["mode"].split("-"))
    smooth = "Aa" if static["antialias"] else ""
    return f"Upsample{mode}{len(static['size'])}D{smooth}Backward0"


@op(variants="", name="upsample", grad_name=_upsample_name)
def _interpolate(
    input: Tensor, size: Size, mode: str, align_corners: bool, scales: Any, antialias: bool
):
    spatial = input.shape[2:]
    if 0 in spatial or 0 in size or min(size) < 0:
        before, after = (
            ", ".join(f"{n}: {s}" for n, s in zip("DHW"[-len(size) :], sizes))
            for sizes in (spatial, size)
        )
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input ({before}) output "
            f"({after})"
        )
    if 0 in input.shape[1:]:
        raise RuntimeError(
            f"Non-empty {input.ndim}D data tensor expected but got a tensor with sizes "
            f"{list(input.shape)}"
        )
    kernel = f"upsample_{mode.replace('-', '_')}{len(size)}d"
    nearest = mode.startswith("nearest")
    bytes_too = nearest or len(size) == 2
    if not (bytes_too and input.dtype == np.uint8):
        require(kernel + "_channels_last", "f", input)
    if nearest:
        return _along(input, size, mode, align_corners, scales, antialias)
    return opmath(_along)(input, size, ALONG.get(mode, mode), align_corners, scales, antialias)


def _along(x, size, mode, align_corners, scales, antialias):
    dims = list(enumerate(size))
    if x.dtype == np.uint8:
        dims.reverse()  # which shows, for it is rounded after each
    for d, out in dims:
        scale = None if scales is None else scales[d]
        how = Resize(x.shape[d + 2], out, mode, align_corners, scale, antialias)
        if out != how.size or (scale is not None and scale != 1):
            x = resized(x, d + 2, how)
    return x


def interpolate(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Any:
    """(N, C, *) at another spatial size, or at its size times `scale_factor`."""
    _check_mode(mode, align_corners)
    size, scales = _target(input, size, scale_factor, recompute_scale_factor)
    if antialias and not (mode in ("bilinear", "bicubic", "lanczos") and input.dim() == 4):
        raise ValueError(
            "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires "
            "a 4-D tensor as input"
        )
    dims = input.dim()
    if mode == "area" and dims in (3, 4, 5):
        pools = {3: adaptive_avg_pool1d, 4: adaptive_avg_pool2d, 5: adaptive_avg_pool3d}
        return pools[dims](input, size)
    allowed = {"bicubic": (4,), "lanczos": (4,)}.get(mode, (3, 4, 5))
    if mode not in MODES.split(" | ") or dims not in allowed:
        raise NotImplementedError(
            "Input Error: Only 3D, 4D and 5D input Tensors supported "
            f"(got {dims}D) for the modes: {MODES} (got {mode})"
        )
    if mode in LINEAR and dims != LINEAR[mode]:
        raise NotImplementedError(f"Got {dims}D input, but {mode} mode needs {LINEAR[mode]}D input")
    if mode == "lanczos" and not antialias:
        raise ValueError("Lanczos mode requires antialias=True")
    if mode == "lanczos" and align_corners:
        raise ValueError("Lanczos mode does not support align_corners=True")
    return _interpolate(input, size, mode, bool(align_corners), scales, antialias)


def _check_mode(mode: str, align_corners: bool | None) -> None:
    if mode in ("nearest", "area", "nearest-exact") and align_corners is not None:
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: "
            "linear | bilinear | bicubic | trilinear"
        )


def _target(input: Any, size: Any, scale_factor: Any, recompute: Any) -> tuple:
    """The spatial size of the result, and the scales to sample with if not that size's."""
    spatial = input.shape[2:]
    dims = len(spatial)
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is not None:
        if recompute:
            raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
        given = isinstance(size, (list, tuple))
        if given and len(size) != dims:
            raise ValueError(
                "Input and output must have the same number of spatial dimensions, but got input "
                f"with spatial dimensions of {list(spatial)} and output size of {size}. Please "
                "provide input tensor in (N, C, d1, d2, ...,dK) format and output size in "
                "(o1, o2, ...,oK) format."
            )
        return tuple(int(n) for n in size) if given else (int(size),) * dims, None
    if scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    given = isinstance(scale_factor, (list, tuple))
    if given and len(scale_factor) != dims:
        raise ValueError(
            "Input and scale_factor must have the same number of spatial dimensions, but got input "
            f"with spatial dimensions of {list(spatial)} and scale_factor of shape {scale_factor}. "
            "Please provide input tensor in (N, C, d1, d2, ...,dK) format and scale_factor in "
            "(s1, s2, ...,sK) format."
        )
    scales = tuple(float(s) for s in (scale_factor if given else (scale_factor,) * dims))
    return output_size(tuple(spatial), scales), None if recompute else scales


# -- sampling at a grid


def _grid_name(inputs, static) -> str:
    return f"GridSampler{len(inputs[0].aval.shape) - 2}DBackward0"


@op(variants="f", namespace="nn.functional", grad_name=_grid_name)
def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
):
    """input (N, C, H, W) at grid (N, H', W', 2) of (x, y) in [-1, 1] -> (N, C, H', W'); the same
    with one more dimension.
    """
    _check_grid(input, grid, mode, padding_mode)
    n, c = input.shape[:2]
    sizes, out = input.shape[2:], grid.shape[1:-1]
    align = bool(align_corners)
    grid = grid.reshape(n, -1, len(sizes))
    places = [_grid.unnormalized(grid[..., -1 - d], s, align) for d, s in enumerate(sizes)]
    if mode == "bicubic":
        values = _grid.cubic(input, places, sizes, padding_mode, align)
    else:
        places = [_grid.padded(p, s, padding_mode, align) for p, s in zip(places, sizes)]
        if mode == "nearest":
            values = _grid.gathered(input, [jnp.rint(p) for p in places])
        else:
            values = _grid.linear(input, places)
    return values.reshape(n, c, *out)


def _check_grid(input: Any, grid: Any, mode: str, padding_mode: str) -> None:
    call, own = "nn.functional.grid_sample()", "grid_sampler()"
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise ValueError(
            f"{call}: expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'"
        )
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(
            f"{call}: expected padding_mode to be 'zeros', 'border', or 'reflection', but got: "
            f"'{padding_mode}'"
        )
    shapes = f"input with sizes {list(input.shape)} and grid with sizes {list(grid.shape)}"
    if input.shape[0] != grid.shape[0]:
        raise RuntimeError(
            f"{own}: expected grid and input to have same batch size, but got {shapes}"
        )
    if grid.shape[-1] != input.ndim - 2:
        raise RuntimeError(
            f"{own}: expected grid to have size {input.ndim - 2} in last dimension, but got grid "
            f"with sizes {list(grid.shape)}"
        )
    if input.ndim not in (4, 5) or grid.ndim != input.ndim:
        dims = f"{input.ndim}D" if input.ndim in (4, 5) else "4D or 5D"
        raise RuntimeError(
            f"{own}: expected {dims} input and grid with same number of dimensions, but got "
            f"{shapes}"
        )
    for d in range(2, input.ndim):
        if input.shape[d] == 0:
            raise RuntimeError(
                f"{own}: expected input to have non-empty spatial dimensions, but input has sizes "
                f"{list(input.shape)} with dimension {d} being empty"
            )
    if mode == "bicubic" and input.ndim != 4:
        raise RuntimeError(f"{own}: bicubic interpolation only supports 4D input")
    require(f"grid_sampler_{input.ndim - 2}d_cpu_kernel_impl", "f", input)
    if grid.dtype != input.dtype:
        raise RuntimeError(
            f"expected scalar type {scalar_name(input.dtype)} but found {scalar_name(grid.dtype)}"
        )


@op(variants="f", namespace="nn.functional", grad_name="AffineGridGeneratorBackward0")
def affine_grid(theta: Tensor, size: Size, align_corners: bool | None = None):
    """The grid for grid_sample that shows an affine map: (N, 2, 3) -> (N, H, W, 2), or (N, 3, 4) ->
    (N, D, H, W, 3).
    """
    if not jnp.issubdtype(theta.dtype, jnp.floating):
        name = repr(_dtypes.from_np(np.dtype(theta.dtype)))
        raise ValueError(f"Expected theta to have floating point type, but got {name}")
    dims = len(size) - 2
    if dims not in (2, 3):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, "
            f"respectively. Got size {size}."
        )
    if theta.ndim != 3 or theta.shape[1:] != (dims, dims + 1):
        raise ValueError(
            f"Expected a batch of {dims}D affine matrices of shape Nx{dims}x{dims + 1} for size "
            f"{size}. Got torch.Size({list(theta.shape)})."
        )
    if min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")
    if theta.shape[0] != size[0]:
        raise RuntimeError(
            "Expected size for first two dimensions of batch2 tensor to be: "
            f"[{size[0]}, {dims + 1}] but got: [{theta.shape[0]}, {dims + 1}]."
        )
    axes = []
    for n in size[2:]:
        ends = 1.0 if align_corners else (n - 1) / n
        axes.append(np.linspace(-ends, ends, n) if n > 1 else np.zeros(1))
    places = np.stack([*np.meshgrid(*axes, indexing="ij")[::-1], np.ones(size[2:])], -1)
    base = jnp.asarray(places.reshape(-1, dims + 1).astype(np.dtype(theta.dtype)))
    grid = jnp.matmul(base, jnp.swapaxes(theta, 1, 2), precision="highest")
    return grid.reshape(size[0], *size[2:], dims)
