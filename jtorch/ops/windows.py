"""Window functions as tensors: hann, hamming, bartlett, blackman, kaiser. Periodic ones, for the
Fourier transform, are symmetric ones of one more point without the last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import _dtypes
from .._tensor import Tensor
from ._factory import check_options, factory, finished, fresh, is_int, place


def _hamming(x: np.ndarray, alpha: float, beta: float) -> np.ndarray:
    kind = x.dtype.type
    return np.cos(x * kind(2 * np.pi)) * kind(-beta) + kind(alpha)


def _bartlett(x: np.ndarray) -> np.ndarray:
    return np.where(x <= x.dtype.type(0.5), 2 * x, 2 - 2 * x)


def _blackman(x: np.ndarray) -> np.ndarray:
    kind = x.dtype.type
    angle = x * kind(2 * np.pi)
    return np.cos(2 * angle) * kind(0.08) - np.cos(angle) * kind(0.5) + kind(0.42)


def _kaiser(x: np.ndarray, beta: float) -> np.ndarray:
    y = 2 * x.astype(np.float64) - 1
    return (np.i0(beta * np.sqrt(np.maximum(1 - y * y, 0))) / np.i0(beta)).astype(x.dtype)


def _window(
    name: str, shape: Callable, length: Any, periodic: bool, options: dict[str, Any]
) -> Tensor:
    dtype, layout = options.pop("dtype", None), options.pop("layout", None)
    device, pin_memory = options.pop("device", None), options.pop("pin_memory", False)
    requires_grad = options.pop("requires_grad", False)
    if options:
        raise TypeError(f"{name}() got an unexpected keyword argument '{next(iter(options))}'")
    check_options(name, dtype, layout, pin_memory)
    dtype = dtype or _dtypes.get_default_dtype()
    if not is_int(length):
        kind = type(length).__name__
        raise TypeError(f"{name}(): argument 'window_length' (position 1) must be int, not {kind}")
    if not dtype.is_floating_point:
        raise RuntimeError(
            f"{name} expects floating point dtypes, got: TensorOptions(dtype={dtype.name})"
        )
    if length < 0:
        raise RuntimeError(
            f"{name} requires non-negative window_length, got window_length={length}"
        )
    n, wide = int(length), np.dtype(np.float64 if dtype is _dtypes.float64 else np.float32)
    if n <= 1:
        values = np.ones(n, wide)
    else:
        points = n + 1 if periodic else n
        values = shape((np.arange(points, dtype=np.float64) / (points - 1)).astype(wide))[:n]
    return finished(fresh(values.astype(dtype.np), place(name, device)), requires_grad)


@factory
def hann_window(window_length: int, periodic: bool = True, **options: Any) -> Tensor:
    """Half a period of a sine, squared."""

    def shape(x: np.ndarray) -> np.ndarray:
        return _hamming(x, 0.5, 0.5)

    return _window("hann_window", shape, window_length, periodic, options)


@factory
def hamming_window(
    window_length: int,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    **options: Any,
) -> Tensor:
    """alpha - beta * cos."""

    def shape(x: np.ndarray) -> np.ndarray:
        return _hamming(x, alpha, beta)

    return _window("hamming_window", shape, window_length, periodic, options)


@factory
def bartlett_window(window_length: int, periodic: bool = True, **options: Any) -> Tensor:
    """A triangle."""
    return _window("bartlett_window", _bartlett, window_length, periodic, options)


@factory
def blackman_window(window_length: int, periodic: bool = True, **options: Any) -> Tensor:
    """Three terms of cosines."""
    return _window("blackman_window", _blackman, window_length, periodic, options)


@factory
def kaiser_window(
    window_length: int, periodic: bool = True, beta: float = 12.0, **options: Any
) -> Tensor:
    """A ratio of Bessel functions; beta trades the main lobe's width for the others' height."""

    def shape(x: np.ndarray) -> np.ndarray:
        return _kaiser(x, beta)

    return _window("kaiser_window", shape, window_length, periodic, options)


FUNCTIONS = (
    "bartlett_window", "blackman_window", "hamming_window", "hann_window", "kaiser_window",
)  # fmt: skip
