"""Padding at the borders: constant, reflected, repeated or wrapped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
from jax import lax

from .._errors import type_name_of
from ._bind import as_size
from ._declare import op
from ._types import Number, Size, Tensor

NN_FUNCTIONS = ("pad",)

Borders = list[tuple[int, int]]


@op(variants="f", name="constant_pad_nd")
def constant_pad(input: Tensor, pad: Size, value: Number = 0):
    """pad = (before, after) of the last dimension, then of the one before; negative crops."""
    borders = _borders(pad, input.ndim)
    for (before, after), n in zip(borders, input.shape):
        if n + before + after < 0:
            raise RuntimeError("narrow(): length must be non-negative.")
    widths = [(before, after, 0) for before, after in borders]
    return lax.pad(input, jnp.asarray(value).astype(input.dtype), widths)


@op(variants="", grad_name="ReflectionPadBackward0")
def reflection_pad(input: Tensor, pad: Size):
    """The elements inside the border, mirrored at the last one."""
    borders = _borders(pad, input.ndim)
    _check_sizes(input, pad, borders)
    for k, (before, after) in enumerate(reversed(borders[-len(pad) // 2 :])):
        d = input.ndim - 1 - k
        if max(before, after) >= input.shape[d]:
            raise RuntimeError(
                f"Argument #{4 + 2 * k}: Padding size should be less than the corresponding input "
                f"dimension, but got: padding ({before}, {after}) at dimension {d} of input "
                f"{list(input.shape)}"
            )
    for d, (before, after) in enumerate(borders):
        n = input.shape[d]
        x = _cropped(input, d, before, after)
        first = [lax.rev(_between(input, d, 1, before + 1), (d,))] if before > 0 else []
        last = [lax.rev(_between(input, d, n - 1 - after, n - 1), (d,))] if after > 0 else []
        input = jnp.concatenate([*first, x, *last], d)
    return input


def _replication_name(inputs, static) -> str:
    return f"ReplicationPad{len(static['pad']) // 2}DBackward0"


@op(variants="", grad_name=_replication_name)
def replication_pad(input: Tensor, pad: Size):
    """The element at the border, repeated."""
    borders = _borders(pad, input.ndim)
    _check_sizes(input, pad, borders)
    for d, (before, after) in enumerate(borders):
        x = _cropped(input, d, before, after)
        n = input.shape[d]
        first = [jnp.repeat(_between(input, d, 0, 1), before, d)] if before > 0 else []
        last = [jnp.repeat(_between(input, d, n - 1, n), after, d)] if after > 0 else []
        input = jnp.concatenate([*first, x, *last], d)
    return input


@op(variants="", grad_name="CopySlices")
def circular_pad(input: Tensor, pad: Size):
    """The elements at the other end."""
    for d, (before, after) in enumerate(_borders(pad, input.ndim)):
        n = input.shape[d]
        if max(before, after) > n:
            raise RuntimeError("Padding value causes wrapping around more than once.")
        if n + before + after < 0:
            raise RuntimeError("Negative padding value is resulting in an empty dimension")
        x = _cropped(input, d, before, after)
        first = [_between(x, d, x.shape[d] - before, x.shape[d])] if before > 0 else []
        last = [_between(x, d, 0, after)] if after > 0 else []
        input = jnp.concatenate([*first, x, *last], d)
    return input


MODES = {"reflect": reflection_pad, "replicate": replication_pad, "circular": circular_pad}


def pad(input: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Any:
    """input with borders added; modes constant, reflect, replicate and circular."""
    _check_ints(pad)
    sizes = as_size(pad)
    if len(sizes) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    dims = input.dim()
    if len(sizes) > 2 * dims:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got "
            f"padding length {len(sizes)} and input of dimension {dims}"
        )
    if mode == "constant":
        return constant_pad(input, sizes, 0 if value is None else value)
    if value is not None and value != 0:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    spatial = len(sizes) // 2
    if dims not in (spatial + 1, spatial + 2) or not 1 <= spatial <= 3:
        raise NotImplementedError(
            f"Padding size {len(sizes)} is not supported for {dims}D input tensor."
        )
    if mode not in MODES:
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    return MODES[mode](input, sizes)


def _check_ints(pad: Any) -> None:
    if not isinstance(pad, (tuple, list)):
        raise TypeError(
            f"pad(): argument 'pad' (position 2) must be tuple of ints, not {type_name_of(pad)}"
        )
    for i, n in enumerate(pad):
        if isinstance(n, float):
            raise TypeError(
                "pad(): argument 'pad' (position 2) must be tuple of ints, but found element of "
                f"type float at pos {i}"
            )


def _borders(pad: tuple[int, ...], dims: int) -> Borders:
    """(before, after) of every dimension, the first one first."""
    pairs = list(zip(pad[::2], pad[1::2]))[::-1]
    return [(0, 0)] * (dims - len(pairs)) + pairs


def _check_sizes(input, pad: tuple[int, ...], borders: Borders) -> None:
    """Only the batch may be empty, and only a border may take everything away."""
    count = len(pad) // 2
    if 0 in input.shape[-count - 1 :]:
        raise RuntimeError(
            f"Expected {count + 1}D or {count + 2}D (batch mode) tensor with possibly 0 batch size "
            f"and other non-zero dimensions for input, but got: {list(input.shape)}"
        )
    shape = [n + before + after for n, (before, after) in zip(input.shape, borders)]
    if max(shape[-count:]) < 1:
        given = _named(input.shape[-count:]).replace(" W", ", W")
        raise RuntimeError(
            f"input ({given}) is too small. Calculated output {_named(shape[-count:])}"
        )
    if min(shape) < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(shape)}: {shape}")


def _named(sizes: Sequence[int]) -> str:
    return " ".join(f"{name}: {n}" for name, n in zip("DHW"[-len(sizes) :], sizes))


def _between(x, d: int, start: int, stop: int):
    return lax.slice_in_dim(x, start, stop, axis=d)


def _cropped(x, d: int, before: int, after: int):
    """Without what negative borders take away."""
    return _between(x, d, max(-before, 0), x.shape[d] - max(-after, 0))
