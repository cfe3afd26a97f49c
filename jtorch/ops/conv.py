"""Convolutions in one, two and three dimensions, and transposed ones: torch's arguments, checks and
sizes around the maps of _convolution.py, which says how they are computed.
"""

from __future__ import annotations

import numpy as np

from ._convolution import Window, input_of, output_of
from ._declare import op
from ._numeric import FLOAT32, HALVES, kind, require, scalar_name
from ._place import C_NAMES
from ._types import Dims, Tensor
from ._windows import counts, pad, reach, spread

SPACES = ("nn.functional", "torch")


@op(variants="f", namespace=SPACES, grad_name="ConvolutionBackward0", edges=(0, 1, 2))
def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Dims = 1,
    padding: str | Dims = 0,
    dilation: Dims = 1,
    groups: int = 1,
):
    """(N, C, L) and (O, C / groups, K) -> (N, O, L')."""
    return _convolution(1, input, weight, bias, stride, padding, dilation, groups)


@op(variants="f", namespace=SPACES, grad_name="ConvolutionBackward0", edges=(0, 1, 2))
def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Dims = 1,
    padding: str | Dims = 0,
    dilation: Dims = 1,
    groups: int = 1,
):
    """(N, C, H, W) and (O, C / groups, KH, KW) -> (N, O, H', W')."""
    return _convolution(2, input, weight, bias, stride, padding, dilation, groups)


@op(variants="f", namespace=SPACES, grad_name="ConvolutionBackward0", edges=(0, 1, 2))
def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Dims = 1,
    padding: str | Dims = 0,
    dilation: Dims = 1,
    groups: int = 1,
):
    """(N, C, D, H, W) and (O, C / groups, KD, KH, KW) -> (N, O, D', H', W')."""
    return _convolution(3, input, weight, bias, stride, padding, dilation, groups)


@op(variants="f", namespace=SPACES, grad_name="ConvolutionBackward0", edges=(0, 1, 2))
def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Dims = 1,
    padding: Dims = 0,
    output_padding: Dims = 0,
    groups: int = 1,
    dilation: Dims = 1,
):
    """(N, C, L) and (C, O / groups, K) -> (N, O, L')."""
    moves = (stride, padding, output_padding, dilation)
    return _transposed(1, input, weight, bias, *moves, groups)


@op(variants="f", namespace=SPACES, grad_name="ConvolutionBackward0", edges=(0, 1, 2))
def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Dims = 1,
    padding: Dims = 0,
    output_padding: Dims = 0,
    groups: int = 1,
    dilation: Dims = 1,
):
    """(N, C, H, W) and (C, O / groups, KH, KW) -> (N, O, H', W')."""
    moves = (stride, padding, output_padding, dilation)
    return _transposed(2, input, weight, bias, *moves, groups)


@op(variants="f", namespace=SPACES, grad_name="ConvolutionBackward0", edges=(0, 1, 2))
def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Dims = 1,
    padding: Dims = 0,
    output_padding: Dims = 0,
    groups: int = 1,
    dilation: Dims = 1,
):
    """(N, C, D, H, W) and (C, O / groups, KD, KH, KW) -> (N, O, D', H', W')."""
    moves = (stride, padding, output_padding, dilation)
    return _transposed(3, input, weight, bias, *moves, groups)


def _convolution(dims, input, weight, bias, stride, padding, dilation, groups):
    x, single = _batched(f"conv{dims}d", dims, input, weight, padding)
    kernel = weight.shape[2:]
    stride, dilation = spread(stride, dims, "stride"), spread(dilation, dims, "dilation")
    pads = _pads(dims, padding, kernel, stride, dilation)
    _check_window(stride, pads, dilation, groups)
    _check_channels(x, weight, bias, groups)
    window = Window(stride, pads, dilation, groups)
    count = counts(x.shape[2:], kernel, stride, pads, dilation)
    if 0 in count:
        padded = [n + lo + hi for n, (lo, hi) in zip(x.shape[2:], pads)]
        raise RuntimeError(
            f"Calculated padded input size per channel: ({_times(padded)}). Kernel size: "
            f"({_times(reach(kernel, dilation))}). Kernel size can't be greater than actual input "
            "size"
        )
    if 0 in x.shape[2:]:
        raise RuntimeError(
            "Only zero batch or zero channel inputs are supported, but got input shape: "
            f"{list(x.shape)}"
        )
    return _finished(output_of(x, weight, window), bias, single)


def _transposed(dims, input, weight, bias, stride, padding, output_padding, dilation, groups):
    x, single = _batched(f"conv_transpose{dims}d", dims, input, weight)
    kernel = weight.shape[2:]
    stride, dilation = spread(stride, dims, "stride"), spread(dilation, dims, "dilation")
    padding = spread(padding, dims, "padding")
    extra = spread(output_padding, dims, "output_padding")
    pads = tuple((p, p) for p in padding)
    _check_window(stride, pads, dilation, groups)
    _check_channels(x, weight, bias, groups, transposed=True)
    if any(e >= s and e >= d for e, s, d in zip(extra, stride, dilation)):
        raise RuntimeError(_too_much_output_padding(extra, stride, dilation))
    spans = reach(kernel, dilation)
    size = tuple(
        (n - 1) * s - 2 * p + span + e
        for n, s, p, span, e in zip(x.shape[2:], stride, padding, spans, extra)
    )
    if any(n < 1 for n in size):
        raise RuntimeError(
            f"Given input size per channel: ({_times(x.shape[2:])}). Calculated output size per "
            f"channel: ({_times(size)}). Output size is too small"
        )
    # More output padding than stride leaves room for further windows: they see zeros.
    count = counts(size, kernel, stride, pads, dilation)
    x = pad(x, tuple((0, c - n) for c, n in zip(count, x.shape[2:])))
    window = Window(stride, pads, dilation, groups)
    if kind(x.dtype) == "i":  # a transpose is for floats, which are exact below 2 ** 53
        wide = input_of(x.astype(np.float64), weight.astype(np.float64), window, size)
        return _finished(wide.astype(x.dtype), bias, single)
    return _finished(input_of(x, weight, window, size), bias, single)


def _batched(name, dims, input, weight, padding=None):
    """input with a batch dimension, and whether it had none."""
    if input.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"Expected {dims + 1}D (unbatched) or {dims + 2}D (batched) input to {name}, but got "
            f"input of size: {list(input.shape)}"
        )
    single = input.ndim == dims + 1
    x = input[None] if single else input
    if weight.ndim < 3 and padding is not None:
        raise RuntimeError("weight should have at least three dimensions")
    if 2 < weight.ndim < dims + 2 and padding != "same":
        ones, n = [1] * dims, weight.ndim - 2
        raise RuntimeError(
            f"expected stride to be a single integer value or a list of {n} values to match the "
            f"convolution dimensions, but got stride={ones}"
        )
    if weight.ndim != dims + 2:
        gap = "" if padding == "same" else " "
        raise RuntimeError(
            f"Expected {weight.ndim}-dimensional input for {weight.ndim}-dimensional weight{gap}"
            f"{list(weight.shape)}, but got {x.ndim}-dimensional input of size {list(x.shape)} "
            "instead"
        )
    return x, single


def _pads(dims, padding, kernel, stride, dilation):
    if not isinstance(padding, str):
        return tuple((p, p) for p in spread(padding, dims, "padding"))
    if padding == "valid":
        return ((0, 0),) * dims
    if padding != "same":
        raise RuntimeError(f"Invalid padding string: '{padding}'")
    if set(stride) != {1}:
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    totals = [span - 1 for span in reach(kernel, dilation)]
    return tuple((total // 2, total - total // 2) for total in totals)


def _check_window(stride, pads, dilation, groups):
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")
    if any(lo < 0 for lo, _ in pads):
        raise RuntimeError("negative padding is not supported")
    if any(v <= 0 for v in stride):
        raise RuntimeError("non-positive stride is not supported")
    if any(v <= 0 for v in dilation):
        raise RuntimeError(
            "dilation should be greater than zero"
            if min(dilation) < 0
            else "non-positive dilation is not supported"
        )


def _check_channels(x, weight, bias, groups, transposed=False):
    shape = list(weight.shape)
    if shape[0] < groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but "
            f"got weight of size {shape} instead"
        )
    if shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, "
            f"but got weight of size [{shape}] instead"
        )
    wanted = shape[0] if transposed else shape[1] * groups
    given = "transposed=1" if transposed else f"groups={groups}"
    if x.shape[1] != wanted:
        raise RuntimeError(
            f"Given {given}, weight of size {shape}, expected input{list(x.shape)} to have "
            f"{wanted} channels, but got {x.shape[1]} channels instead"
        )
    outputs = shape[1] * groups if transposed else shape[0]
    if bias is not None and bias.shape != (outputs,):
        given = "transposed=1, " if transposed else ""
        raise RuntimeError(
            f"Given {given}weight of size {shape}, expected bias to be 1-dimensional with "
            f"{outputs} elements, but got bias of size {list(bias.shape)} instead"
        )
    _check_dtypes(x, weight, bias)


def _check_dtypes(x, weight, bias):
    if weight.dtype != x.dtype and (bias is None or bias.dtype == x.dtype):
        names = [scalar_name(a.dtype) for a in (x, weight)]
        if x.dtype in (FLOAT32, *HALVES):
            types = " and weight type ".join(f"(torch.{name}Tensor)" for name in names)
            raise RuntimeError(
                f"Input type {types} should be the same or input should be a MKLDNN tensor and "
                "weight is a dense tensor"
            )
        raise RuntimeError(f"expected scalar type {names[0]} but found {names[1]}")
    if bias is not None and bias.dtype != x.dtype:
        names = [C_NAMES[np.dtype(a.dtype).name] for a in (x, bias)]
        raise RuntimeError(f"Input type ({names[0]}) and bias type ({names[1]}) should be the same")
    require("slow_conv2d_cpu", "ifc", x)


def _too_much_output_padding(extra, stride, dilation):
    names = ("depth", "height", "width")
    values = []
    for what, given, fill in (
        ("output_padding", extra, 0),
        ("stride", stride, 1),
        ("dilation", dilation, 1),
    ):
        given = (fill, *given) if len(given) == 1 else given
        values += [f"{what}_{n}: {v}" for n, v in zip(names[-len(given) :], given)]
    return "output padding must be smaller than either stride or dilation, but got " + " ".join(
        values
    )


def _finished(y, bias, single):
    if bias is not None:
        y = y + bias.reshape(-1, *(1,) * (y.ndim - 2))
    return y[0] if single else y


def _times(sizes):
    return " x ".join(map(str, sizes))
