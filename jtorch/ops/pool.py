"""Pooling: max, average and adaptive, in one to three dimensions. torch's arguments and checks are
here, the computation is in _pooling.py.
"""

from __future__ import annotations

import math

import jax.numpy as jnp
import numpy as np
from jax import lax

from . import _pooling
from ._checks import wrap_dim
from ._declare import op
from ._numeric import opmath, require
from ._pooling import Pool
from ._types import Dims, Size, Tensor
from ._windows import reach

SPACES = ("nn.functional", "torch")
WORDS = {1: "one int", 2: "two ints", 3: "three ints"}


# -- max


@op(variants="f", namespace="torch", grad_name="SqueezeBackward1")
def max_pool1d(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims = None,
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
):
    """The largest of each window: (N, C, L)."""
    return _max(1, input, kernel_size, stride, padding, dilation, ceil_mode)[0]


@op(variants="f", namespace="torch", grad_name="MaxPool2DWithIndicesBackward0")
def max_pool2d(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims = None,
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
):
    """The largest of each window: (N, C, H, W)."""
    return _max(2, input, kernel_size, stride, padding, dilation, ceil_mode)[0]


@op(variants="f", namespace="torch", grad_name="MaxPool3DWithIndicesBackward0")
def max_pool3d(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims = None,
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
):
    """The largest of each window: (N, C, D, H, W)."""
    return _max(3, input, kernel_size, stride, padding, dilation, ceil_mode)[0]


@op(variants="f", namespace="torch", grad_name="SqueezeBackward1")
def max_pool1d_with_indices(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims = None,
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
):
    """The largest of each window and where in the input it is: (N, C, L)."""
    return _max(1, input, kernel_size, stride, padding, dilation, ceil_mode, indexed=True)


@op(variants="", grad_name="MaxPool2DWithIndicesBackward0")
def max_pool2d_with_indices(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims = None,
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
):
    """The largest of each window and where in the flattened plane it is: (N, C, H, W)."""
    return _max(2, input, kernel_size, stride, padding, dilation, ceil_mode, indexed=True)


@op(variants="", grad_name="MaxPool3DWithIndicesBackward0")
def max_pool3d_with_indices(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims = None,
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
):
    """The largest of each window and where in the flattened volume it is: (N, C, D, H, W)."""
    return _max(3, input, kernel_size, stride, padding, dilation, ceil_mode, indexed=True)


# -- average


@op(variants="f", namespace=SPACES, grad_name="SqueezeBackward1")
def avg_pool1d(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims = None,
    padding: Dims = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
):
    """The mean of each window: (N, C, L)."""
    moves = (kernel_size, stride, padding)
    return _avg(1, input, *moves, ceil_mode, count_include_pad, None)


@op(variants="fo", namespace="nn.functional", grad_name="AvgPool2DBackward0")
def avg_pool2d(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims = None,
    padding: Dims = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
):
    """The mean of each window, or its sum over `divisor_override`: (N, C, H, W)."""
    moves = (kernel_size, stride, padding)
    return _avg(2, input, *moves, ceil_mode, count_include_pad, divisor_override)


@op(variants="fo", namespace="nn.functional", grad_name="AvgPool3DBackward0")
def avg_pool3d(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims = None,
    padding: Dims = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
):
    """The mean of each window, or its sum over `divisor_override`: (N, C, D, H, W)."""
    moves = (kernel_size, stride, padding)
    return _avg(3, input, *moves, ceil_mode, count_include_pad, divisor_override)


# -- adaptive


def _adaptive_name(dims: int):
    """torch takes the mean where one window covers everything."""

    def name(inputs, static) -> str:
        size = static["output_size"]
        one = size == 1 or all(n == 1 for n in (size if isinstance(size, tuple) else [size]))
        return "MeanBackward1" if one else f"AdaptiveAvgPool{dims}DBackward0"

    return name


@op(variants="f", namespace=SPACES, grad_name="SqueezeBackward1")
def adaptive_avg_pool1d(input: Tensor, output_size: Size):
    """The means of `output_size` windows that cover the input: (N, C, L)."""
    return _adaptive_avg(1, input, output_size)


@op(variants="f", namespace="nn.functional", grad_name=_adaptive_name(2))
def adaptive_avg_pool2d(input: Tensor, output_size: tuple[int | None, ...] | int):
    """The means of `output_size` windows that cover the input: (N, C, H, W)."""
    return _adaptive_avg(2, input, output_size)


@op(variants="f", namespace="nn.functional", grad_name=_adaptive_name(3))
def adaptive_avg_pool3d(input: Tensor, output_size: tuple[int | None, ...] | int):
    """The means of `output_size` windows that cover the input: (N, C, D, H, W)."""
    return _adaptive_avg(3, input, output_size)


@op(variants="f", namespace="torch", grad_name="SqueezeBackward1")
def adaptive_max_pool1d(input: Tensor, output_size: Size):
    """The largest of `output_size` windows that cover the input, and their indices: (N, C, L)."""
    return _adaptive_max(1, input, output_size)


@op(variants="", grad_name="AdaptiveMaxPool2DBackward0")
def adaptive_max_pool2d(input: Tensor, output_size: tuple[int | None, ...] | int):
    """The largest of `output_size` windows that cover the input, and their indices."""
    return _adaptive_max(2, input, output_size)


@op(variants="", grad_name="AdaptiveMaxPool3DBackward0")
def adaptive_max_pool3d(input: Tensor, output_size: tuple[int | None, ...] | int):
    """The largest of `output_size` windows that cover the input, and their indices."""
    return _adaptive_max(3, input, output_size)


# -- bodies


def _max(dims, input, kernel_size, stride, padding, dilation, ceil_mode, indexed=False):
    name = f"max_pool{dims}d"
    if dims == 1 and not indexed:
        _check_one(input, kernel_size, stride, padding, dilation)
    elif input.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"non-empty {dims + 1}D or {dims + 2}D (batch mode) tensor expected for input"
        )
    require("max_pool1d_impl" if dims == 1 else name, "f" if dims == 1 else "if", input)
    pool = _pool(name, dims, input, kernel_size, stride, padding, dilation, ceil_mode)
    if dims == 3 and 0 in input.shape[-4:]:
        raise RuntimeError(
            "max_pool3d_with_indices_out_cpu_template(): Expected input's non-batch dimensions to "
            f"have positive length, but input has a shape of {list(input.shape)} and non-batch "
            "dimension 0 has length zero!"
        )
    if dims == 1 and not indexed and 0 in pool.count:
        room = input.shape[-1] + 2 * pool.pads[0][0] - reach(pool.kernel, pool.dilation)[0]
        size = room // pool.stride[0] + 1
        raise RuntimeError(f"max_pool1d() Invalid computed output size: {size}")
    _check_output(dims, input, pool)
    out, place = _pooling.largest(input, pool)
    if not indexed:
        return out, place
    return out, _pooling.flat_index(place, pool, input.shape[-dims:]).astype(np.int64)


@opmath
def _avg(dims, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor):
    name = f"avg_pool{dims}d"
    if dims == 1 and input.ndim not in (2, 3):
        raise RuntimeError(_wrong_dims(name, input))
    if dims == 2:
        wrap_dim(-3, input.ndim)
    if input.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"non-empty {dims + 1}D or {dims + 2}D (batch mode) tensor expected for input"
        )
    require("avg_pool2d" if dims == 1 else name, "if", input)
    if divisor == 0:
        raise RuntimeError("divisor must be not zero")
    pool = _pool(name, dims, input, kernel_size, stride, padding, 1, ceil_mode)
    if dims == 3 and 0 in pool.count:
        sizes = " ".join(f"{n}: {s}" for n, s in zip("THW", input.shape[-3:]))
        kernels = " ".join(f"k{n}: {k}" for n, k in zip("THW", pool.kernel))
        raise RuntimeError(f"input image ({sizes}) smaller than kernel size ({kernels})")
    _check_output(dims, input, pool)
    sums = _pooling.window_sums(input, pool)
    if divisor is None:
        divisor = _window_sizes(pool, input.shape[-dims:], count_include_pad)
    if not jnp.issubdtype(input.dtype, jnp.inexact):
        whole = jnp.broadcast_to(jnp.asarray(divisor, sums.dtype), sums.shape)
        return lax.div(sums, whole).astype(input.dtype)
    return sums / jnp.asarray(divisor, sums.dtype)


def _window_sizes(pool: Pool, size, count_include_pad):
    """How many elements each window holds; padding counts on request, what is beyond never."""
    total = np.ones((), np.int64)
    for k, s, (lo, _), count, n in zip(pool.kernel, pool.stride, pool.pads, pool.count, size):
        start = np.arange(count) * s - lo
        stop = np.minimum(start + k, n + lo)
        if not count_include_pad:
            start, stop = np.maximum(start, 0), np.minimum(stop, n)
        total = total[..., None] * (stop - start)
    return total.flat[0] if (total == total.flat[0]).all() else total


def _adaptive_avg(dims, input, output_size):
    name = f"adaptive_avg_pool{dims}d"
    sizes = _adaptive_sizes(name, dims, input, output_size)
    require(name, "f", input)
    if pool := _even_pool(input, sizes):
        n = math.prod(pool.kernel)
        return opmath(lambda x: _pooling.window_sums(x, pool) / x.dtype.type(n))(input)
    return opmath(_pooling.averages)(input, sizes)


def _even_pool(input, sizes) -> Pool | None:
    """The windows, if they are all of one size and do not overlap."""
    dims = len(sizes)
    size = input.shape[-dims:]
    if 0 in sizes or any(n % out for n, out in zip(size, sizes)):
        return None
    kernel = tuple(n // out for n, out in zip(size, sizes))
    return Pool(kernel, kernel, ((0, 0),) * dims, (1,) * dims, sizes)


def _adaptive_max(dims, input, output_size):
    name = f"adaptive_max_pool{dims}d"
    if isinstance(output_size, tuple) and any(s is not None and s < 0 for s in output_size):
        shape = [*input.shape[:-dims], *(1,) * (dims == 1), *output_size]
        raise RuntimeError(
            f"Trying to create tensor with negative dimension {min(output_size)}: {shape}"
        )
    sizes = _adaptive_sizes(name, dims, input, output_size)
    require(name, "f", input)
    if 0 in sizes:
        shape = (*input.shape[:-dims], *sizes)
        return jnp.zeros(shape, input.dtype), jnp.zeros(shape, np.int64)
    if pool := _even_pool(input, sizes):
        out, place = _pooling.largest(input, pool)
        return out, _pooling.flat_index(place, pool, input.shape[-dims:]).astype(np.int64)
    out, index = _pooling.adaptive_largest(input, sizes)
    return out, index.astype(np.int64)


# -- arguments


def _pool(name, dims, input, kernel_size, stride, padding, dilation, ceil_mode) -> Pool:
    kernel = _spread(name, "kernel_size", kernel_size, dims)
    given = stride is not None and stride != ()
    stride = _spread(name, "stride", stride, dims) if given else kernel
    padding = _spread(name, "padding", padding, dims)
    dilation = _spread(name, "dilation", dilation, dims)
    if 0 in stride:
        raise RuntimeError("stride should not be zero")
    if any(p < 0 for p in padding):
        raise RuntimeError(f"pad must be non-negative, but got pad: {min(padding)}")
    if any(d <= 0 for d in dilation):
        sizes = " ".join(f"dilation{n}: {d}" for n, d in zip("THW"[-dims:], dilation))
        raise RuntimeError(f"dilation should be greater than zero, but got {sizes}")
    spans = reach(kernel, dilation)
    for p, k, d, span in zip(padding, kernel, dilation, spans):
        if p > span // 2:
            raise RuntimeError(
                "pad should be at most half of effective kernel size, but got "
                f"pad={p}, kernel_size={k} and dilation={d}"
            )
    count, pads = [], []
    for n, span, s, p in zip(input.shape[-dims:], spans, stride, padding):
        room = n + 2 * p - span
        out = max((-(-room // s) if ceil_mode else room // s) + 1, 0)
        if ceil_mode and (out - 1) * s >= n + p:
            out -= 1  # a window may not start in the padding on the right
        count.append(out)
        pads.append((p, max((out - 1) * s + span - n - p, 0)))
    return Pool(kernel, stride, tuple(pads), dilation, tuple(count))


def _spread(name, what, value, dims):
    if isinstance(value, int):
        return (value,) * dims
    value = tuple(value)
    if len(value) not in (1, dims):
        if dims == 1 and name.startswith("max"):
            raise RuntimeError(
                f"{name}() {what} must be an int, list of ints or tuple of ints of size 1 but got "
                f"size {len(value)}"
            )
        if dims == 1:
            raise RuntimeError(
                f"{name}() argument '{what}' should contain one int (got {len(value)})"
            )
        must = "be either" if what == "dilation" else "either be"
        omitted = "omitted, " if what == "stride" else ""
        must = f"either be {omitted}" if omitted else f"{must} "
        raise RuntimeError(f"{name}: {what} must {must}a single int, or a tuple of {WORDS[dims]}")
    return value * dims if len(value) == 1 else value


def _check_one(input, kernel_size, stride, padding, dilation):
    """max_pool1d has words of its own."""
    if input.ndim not in (2, 3) or 0 in input.shape[-2:]:
        raise RuntimeError(
            "max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for "
            f"input, but got:{list(input.shape)}"
        )
    (kernel,) = _spread("max_pool1d", "kernel_size", kernel_size, 1)
    stride = kernel_size if stride is None or stride == () else stride
    (padding,) = _spread("max_pool1d", "padding", padding, 1)
    for what, value in (("kernel_size", kernel_size), ("stride", stride), ("dilation", dilation)):
        (value,) = _spread("max_pool1d", what, value, 1)
        if value <= 0:
            raise RuntimeError(f"max_pool1d() {what} must be greater than zero, but got {value}")
    if padding < 0:
        raise RuntimeError(f"max_pool1d() padding must be non-negative, but got {padding}")
    if padding > kernel // 2:
        raise RuntimeError(
            "max_pool1d() padding should be at most half of kernel size, but got "
            f"padding={padding} and kernel_size={kernel}"
        )


def _check_output(dims, input, pool):
    if 0 in input.shape[-dims - 1 :]:
        raise RuntimeError(
            f"Expected {dims + 1}D or {dims + 2}D (batch mode) tensor with optional 0 dim batch "
            f"size for input, but got:{list(input.shape)}"
        )
    if 0 in pool.count:
        planes, size, count = input.shape[-dims - 1], input.shape[-dims:], pool.count
        if dims == 1:  # torch computes it as a plane of height one
            size, count = (1, *size), (1, *count)
        raise RuntimeError(
            f"Given input size: ({'x'.join(map(str, (planes, *size)))}). Calculated output size: "
            f"({'x'.join(map(str, (planes, *count)))}). Output size is too small"
        )


def _adaptive_sizes(name, dims, input, output_size):
    if dims > 1 and isinstance(output_size, tuple) and input.ndim <= len(output_size):
        raise ValueError(f"Input dimension should be at least {len(output_size) + 1}")
    if input.ndim not in (dims + 1, dims + 2):
        if dims == 1:
            raise RuntimeError(_wrong_dims(name, input))
        colon = ":" if "max" in name else ""
        raise RuntimeError(
            f"{name}(): Expected {dims + 1}D or {dims + 2}D tensor, but got{colon} "
            f"{list(input.shape)}"
        )
    sizes = (output_size,) * dims if not isinstance(output_size, tuple) else output_size
    if len(sizes) != dims:
        raise RuntimeError(_wrong_output_size(name, dims, len(sizes)))
    sizes = tuple(n if s is None else s for s, n in zip(sizes, input.shape[-dims:]))
    first = input.ndim - dims - 1
    for d in range(first, input.ndim):
        if input.shape[d] == 0:
            raise RuntimeError(
                f"{name}(): Expected input to have non-zero size for non-batch dimensions, but "
                f"input has sizes {list(input.shape)} with dimension {d} being empty"
            )
    if any(s < 0 for s in sizes):
        got = "{}, {},{}".format(*sizes) if dims == 3 else ", ".join(map(str, (1, *sizes)[-2:]))
        if name == "adaptive_avg_pool1d":  # for torch the other with one row
            name = "adaptive_avg_pool2d"
        raise RuntimeError(
            f"{name}: elements of output_size must be greater than or equal to 0 but received "
            f"{{{got}}}"
        )
    return sizes


def _wrong_output_size(name, dims, given):
    if dims == 1:
        return f"{name}() argument 'output_size' should contain one int (got {given})"
    if "max" in name:
        return f"{name}(): internal error: output_size.size() must be {dims}"
    return f"{name}: output_size must be {dims}"


def _wrong_dims(name, input):
    return (
        f"Expected 2 to 3 dimensions, but got {input.ndim}-dimensional tensor for argument #1 "
        f"'self' (while checking arguments for {name})"
    )
