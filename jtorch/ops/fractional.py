"""Max pooling over windows that begin at places drawn at random (Graham's fractional pooling)."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpy as np

from ._declare import op
from ._types import Size, Tensor

_AXES = {2: ("height", "width"), 3: ("time", "height", "width")}


@op(variants="", name="fractional_max_pool2d")
def fractional_max_pool2d(
    input: Tensor, kernel_size: Size, output_size: Size, random_samples: Tensor
):
    """(N, C, H, W) and samples (N, C, 2) -> values and their places, (N, C, H', W')."""
    return _pooled(input, kernel_size, output_size, random_samples[..., ::-1])


@op(variants="", name="fractional_max_pool3d")
def fractional_max_pool3d(
    input: Tensor, kernel_size: Size, output_size: Size, random_samples: Tensor
):
    """(N, C, T, H, W) and samples (N, C, 3) -> values and their places, (N, C, T', H', W')."""
    return _pooled(input, kernel_size, output_size, random_samples)


def _pooled(input: Any, kernel: tuple, out: tuple, samples: Any) -> tuple:
    """samples: one for each spatial dimension, in their order."""
    dims = len(kernel)
    batched = input.ndim == dims + 2
    if input.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"fractional_max_pool{dims}d(): Expected {dims + 1}D or {dims + 2}D tensor, but got: "
            f"{list(input.shape)}"
        )
    x = input if batched else input[None]
    _check(x, kernel, out, samples)
    samples = samples[: x.shape[0]]
    sizes = x.shape[2:]
    where = jnp.zeros((*x.shape[:2], *(1,) * 2 * dims), np.int64)  # (N, C, out…, kernel…)
    for d in range(dims):
        start = _starts(samples[..., d], sizes[d], kernel[d], out[d])
        place = start[..., None] + jnp.arange(kernel[d])
        shape = [*x.shape[:2], *(1,) * 2 * dims]
        shape[2 + d], shape[2 + dims + d] = out[d], kernel[d]
        where = where * sizes[d] + place.reshape(shape)
    where = where.reshape(*x.shape[:2], math.prod(out), math.prod(kernel))
    flat = x.reshape(*x.shape[:2], math.prod(sizes))
    every = where.reshape(*x.shape[:2], math.prod(where.shape[2:]))
    windows = jnp.take_along_axis(flat, every, 2).reshape(where.shape)
    best = jnp.argmax(windows, -1)[..., None]
    places = jnp.take_along_axis(where, best, -1)[..., 0]
    values = jnp.take_along_axis(flat, places, 2)
    shape = (*input.shape[: input.ndim - dims], *out)
    return values.reshape(shape), places.reshape(shape)


def _starts(sample: Any, size: int, kernel: int, out: int) -> Any:
    """Where the windows of one dimension begin, (N, C, out)."""
    last = jnp.full((*sample.shape, 1), size - kernel)
    if out == 1:
        return last
    alpha = np.asarray((size - kernel) / (out - 1), sample.dtype)
    steps = jnp.trunc((jnp.arange(out - 1) + sample[..., None]) * alpha)
    return jnp.concatenate(
        [(steps - jnp.trunc(sample * alpha)[..., None]).astype(np.int64), last], -1
    )


def _check(x: Any, kernel: tuple, out: tuple, samples: Any) -> None:
    dims = len(kernel)
    if samples.dtype != x.dtype:
        raise RuntimeError("Expect _random_samples to have the same dtype as input")
    if samples.ndim != 3:
        raise RuntimeError(f"Expect _random_samples to have 3 dimensions, got {samples.ndim}")
    if samples.shape[0] < x.shape[0]:
        raise RuntimeError("Expect _random_samples.size(0) no less then input batch size.")
    if samples.shape[1] != x.shape[1]:
        raise RuntimeError("Expect _random_samples.size(1) equals to input channel size.")
    if samples.shape[2] != dims:
        raise RuntimeError(
            f"Expect _random_samples.size(2) equals to {dims}; got {samples.shape[2]}."
        )
    function = f"fractional_max_pool{dims}d" + ("_out" if dims == 3 else "")
    for name, have, k, n in zip(_AXES[dims], x.shape[2:], kernel, out, strict=True):
        if n + k - 1 > have - (dims == 3):  # torch asks one more of volumes
            raise RuntimeError(
                f"{function}(): pool {name} {k} too large relative to input {name} {have}"
            )
