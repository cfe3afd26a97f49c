"""The dropout family of the torch namespace. Which elements stay is drawn as torch draws it, so the
same seed drops the same elements; the rest is one op.
"""

from __future__ import annotations

import math
from typing import Any

from .. import _dtypes, _errors
from .._tensor import Tensor
from . import _chance
from ._apply import assign
from ._draws import Slots, drawn
from .creation import ones_like, zeros

# Minus the value that SELU tends to: scale times alpha.
SELU_FLOOR = 1.7580993408473766


def kept(input: Tensor, p: float, channels: bool) -> Tensor:
    """True with probability 1 - p for each element, or each channel of (N, C, *)."""
    slots = Slots.of(input)
    if channels:
        if input.ndim < 2:
            raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
        shape = (*slots.shape[:2], *(1 for _ in slots.shape[2:]))
        slots = Slots(shape, slots.dtype, slots.where)
    slots.dtype = _dtypes.bool_
    return drawn("bernoulli", slots, None, 1 - p)


def _check(p: float) -> None:
    if not 0 <= p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {p:g}")


def _require(input: Any, name: str) -> None:
    if not isinstance(input, Tensor):
        kind = _errors.type_name_of(input)
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {kind}")


def drop(
    input: Tensor, p: float, train: bool, *, inplace: bool = False, channels: bool = False
) -> Tensor:
    """Zero with probability p, and scale what is left by 1 / (1 - p)."""
    if p == 0 or not train or 0 in input._value.aval.shape:
        return input
    if not input.dtype.is_floating_point and not input.dtype.is_complex:
        name = input.dtype._scalar_name
        raise RuntimeError(f"result type Float can't be cast to the desired output type {name}")
    if inplace:
        input._check_writable()
    if p == 1:
        out = _chance.scaled(input, zeros(dtype=_dtypes.bool_, size=(), device=input.device), 1.0)
    else:
        out = _chance.scaled(input, kept(input, p, channels), 1 - p)
    return assign(input, out) if inplace else out


def alpha_drop(
    input: Tensor, p: float, train: bool, *, inplace: bool = False, channels: bool = False
) -> Tensor:
    """Dropout to SELU's floor, scaled and shifted to mean 0 and variance 1."""
    if p == 0 or not train or 0 in input._value.aval.shape:
        return input
    if p == 1:
        return drop(input, p, train, inplace=inplace)
    if inplace:
        input._check_writable()
    a = 1.0 / math.sqrt((SELU_FLOOR * SELU_FLOOR * p + 1) * (1 - p))
    out = _chance.scaled_or_floor(input, kept(input, p, channels), a, SELU_FLOOR * a, p)
    return assign(input, out) if inplace else out


def _make(name: str, function: Any, channels: bool):
    def plain(input: Any, p: float, train: bool) -> Tensor:
        _require(input, name)
        _check(p)
        return function(input, p, train, channels=channels)

    def in_place(input: Any, p: float, train: bool) -> Tensor:
        _require(input, name + "_")
        _check(p)
        return function(input, p, train, channels=channels, inplace=True)

    plain.__name__ = plain.__qualname__ = name
    in_place.__name__ = in_place.__qualname__ = name + "_"
    plain.__doc__ = f"torch.nn.functional.{name}, all arguments given."
    in_place.__doc__ = f"`{name}` in place."
    return plain, in_place


dropout, dropout_ = _make("dropout", drop, False)
feature_dropout, feature_dropout_ = _make("feature_dropout", drop, True)
alpha_dropout, alpha_dropout_ = _make("alpha_dropout", alpha_drop, False)
feature_alpha_dropout, feature_alpha_dropout_ = _make("feature_alpha_dropout", alpha_drop, True)


def native_dropout(input: Tensor, p: float, train: bool | None) -> tuple[Tensor, Tensor]:
    """(the output of dropout, which elements stayed)."""
    _require(input, "native_dropout")
    if p == 0 or train is False or 0 in input._value.aval.shape:
        return input, ones_like(input, dtype=_dtypes.bool_)
    mask = kept(input, p, False)
    return _chance.scaled(input, mask, 1 - p if p < 1 else 1.0), mask


FUNCTIONS = (
    "alpha_dropout", "alpha_dropout_", "dropout", "dropout_", "feature_alpha_dropout",
    "feature_alpha_dropout_", "feature_dropout", "feature_dropout_", "native_dropout",
)  # fmt: skip
