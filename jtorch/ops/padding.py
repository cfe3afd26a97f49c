"""Padding at the borders: constant, reflected, repeated or wrapped."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from ._bind import as_size
from ._declare import op
from ._types import Number, Size, Tensor


@op(variants="f", name="constant_pad_nd")
def constant_pad(input: Tensor, pad: Size, value: Number = 0):
    """pad = (before, after) of the last dimension, then of the one before; negative crops."""
    if len(pad) % 2:
        raise RuntimeError(f"Length of pad must be even but instead it equals {len(pad)}")
    if len(pad) > 2 * input.ndim:
        raise RuntimeError(
            "Length of pad should be no more than twice the number of dimensions of the input. Pad "
            f"length is {len(pad)} while the input has {input.ndim} dimensions."
        )
    config = [(0, 0, 0)] * input.ndim
    for k in range(len(pad) // 2):
        d = input.ndim - 1 - k
        config[d] = (pad[2 * k], pad[2 * k + 1], 0)
        if input.shape[d] + pad[2 * k] + pad[2 * k + 1] < 0:
            raise RuntimeError(
                f"The input size {input.shape[d]}, plus negative padding {pad[2 * k]} and "
                f"{pad[2 * k + 1]} resulted in a negative output size, which is invalid. Check "
                f"dimension {d} of your input."
            )
    return lax.pad(input, jnp.asarray(value).astype(input.dtype), config)


@op(variants="", name="pad", grad_name="PadBackward0")
def _pad_by_index(input: Tensor, pad: Size, mode: str):
    for k in range(len(pad) // 2):
        d = input.ndim - 1 - k
        before, after, n = pad[2 * k], pad[2 * k + 1], input.shape[d]
        _check_fits(input, mode, before, after, d, k)
        where = jnp.arange(-before, n + after)
        if mode == "reflect":
            where = jnp.abs(where)
            where = jnp.where(where >= n, 2 * (n - 1) - where, where)
        elif mode == "replicate":
            where = jnp.clip(where, 0, n - 1)
        else:
            where = where % n
        input = jnp.take(input, where, axis=d)
    return input


def _check_fits(input, mode: str, before: int, after: int, d: int, k: int) -> None:
    n = input.shape[d]
    if mode == "reflect" and max(before, after) >= n:
        raise RuntimeError(
            "Argument #4: Padding size should be less than the corresponding input dimension, but "
            f"got: padding ({before}, {after}) at dimension {d} of input {list(input.shape)}"
        )
    if mode == "circular" and max(before, after) > n:
        raise RuntimeError("Padding value causes wrapping around more than once.")


def pad(input, pad, mode: str = "constant", value=None):
    """input with borders added; modes constant, reflect, replicate and circular."""
    sizes = as_size(pad)
    sizes = (sizes,) if isinstance(sizes, int) else sizes
    if mode == "constant":
        return constant_pad(input, sizes, 0 if value is None else value)
    if value is not None and value != 0:
        raise ValueError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    spatial = len(sizes) // 2
    if len(sizes) % 2 or input.ndim not in (spatial + 1, spatial + 2) or not 1 <= spatial <= 3:
        raise NotImplementedError(
            "Only 2D, 3D, 4D, 5D padding with non-constant padding are supported for now"
        )
    return _pad_by_index(input, sizes, mode)


NN_FUNCTIONS = ("pad",)
