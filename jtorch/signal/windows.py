"""`torch.signal.windows`: window functions, symmetric ones for designing filters or, with
sym=False, periodic ones for the Fourier transform. Harris, Proc. IEEE 66 (1978), has most of them.
Written with tensor functions, so that requires_grad, device and dtype are theirs.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Iterable
from typing import Any

from .. import _devices, _dtypes
from .._tensor import Tensor
from ..ops.creation import empty, full, ones
from ..ops.ranges import linspace
from ..ops.special import i0
from ..ops.unary import cos, exp, sin

__all__ = [
    "bartlett", "blackman", "cosine", "exponential", "gaussian", "general_cosine",
    "general_hamming", "hamming", "hann", "kaiser", "nuttall",
]  # fmt: skip

STRIDED = _devices.strided


class _Points:
    """The points of a window, of which a window is a function."""

    def __init__(self, name: str, M: int, sym: bool, options: dict[str, Any]):
        layout, dtype = options.pop("layout"), options["dtype"]
        if M < 0:
            raise ValueError(f"{name} requires non-negative window length, got M={M}")
        if layout is not STRIDED:
            raise ValueError(f"{name} is implemented for strided tensors only, got: {layout}")
        dtype = _dtypes.get_default_dtype() if dtype is None else dtype
        if dtype not in (_dtypes.float32, _dtypes.float64):
            raise ValueError(f"{name} expects float32 or float64 dtypes, got: {dtype}")
        self.count, self.options = M, {**options, "dtype": dtype}
        self.period = M if not sym and M > 1 else M - 1

    def few(self) -> Tensor:
        """The window of no or one point."""
        return ones(1, **self.options) if self.count else empty(0, **self.options)

    def line(self, start: float, step: float) -> Tensor:
        return linspace(start, start + (self.count - 1) * step, self.count, **self.options)


def general_cosine(
    M: int,
    *,
    a: Iterable[float],
    sym: bool = True,
    dtype: Any = None,
    layout: Any = STRIDED,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """A sum of cosines of the multiples of a period's angle, with alternating signs."""
    options = dict(dtype=dtype, layout=layout, device=device, requires_grad=requires_grad)
    at = _Points("general_cosine", M, sym, options)
    if not isinstance(a, Iterable):
        raise TypeError("Coefficients must be a list/tuple")
    if not a:
        raise ValueError("Coefficients cannot be empty")
    if M <= 1:
        return at.few()
    angle = at.line(0, 2 * math.pi / at.period)
    first, *others = ((-1) ** k * weight * cos(k * angle) for k, weight in enumerate(a))
    return functools.reduce(operator.add, others, first)


def general_hamming(
    M: int,
    *,
    alpha: float = 0.54,
    sym: bool = True,
    dtype: Any = None,
    layout: Any = STRIDED,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """alpha - (1 - alpha) * cos."""
    options = dict(dtype=dtype, layout=layout, device=device, requires_grad=requires_grad)
    return general_cosine(M, a=[alpha, 1.0 - alpha], sym=sym, **options)


def hamming(
    M: int,
    *,
    sym: bool = True,
    dtype: Any = None,
    layout: Any = STRIDED,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """A cosine raised so that the nearest side lobe is cancelled."""
    options = dict(dtype=dtype, layout=layout, device=device, requires_grad=requires_grad)
    return general_hamming(M, sym=sym, **options)


def hann(
    M: int,
    *,
    sym: bool = True,
    dtype: Any = None,
    layout: Any = STRIDED,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """A sine of half a period, squared."""
    options = dict(dtype=dtype, layout=layout, device=device, requires_grad=requires_grad)
    return general_hamming(M, alpha=0.5, sym=sym, **options)


def blackman(
    M: int,
    *,
    sym: bool = True,
    dtype: Any = None,
    layout: Any = STRIDED,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Three terms of cosines."""
    options = dict(dtype=dtype, layout=layout, device=device, requires_grad=requires_grad)
    _Points("blackman", M, sym, dict(options))
    return general_cosine(M, a=[0.42, 0.5, 0.08], sym=sym, **options)


def nuttall(
    M: int,
    *,
    sym: bool = True,
    dtype: Any = None,
    layout: Any = STRIDED,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Four terms of cosines with the smallest side lobes (Nuttall, IEEE ASSP 29, 1981)."""
    options = dict(dtype=dtype, layout=layout, device=device, requires_grad=requires_grad)
    a = [0.3635819, 0.4891775, 0.1365995, 0.0106411]
    return general_cosine(M, a=a, sym=sym, **options)


def bartlett(
    M: int,
    *,
    sym: bool = True,
    dtype: Any = None,
    layout: Any = STRIDED,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """A triangle."""
    options = dict(dtype=dtype, layout=layout, device=device, requires_grad=requires_grad)
    at = _Points("bartlett", M, sym, options)
    if M <= 1:
        return at.few()
    return 1 - at.line(-1, 2 / at.period).abs()


def cosine(
    M: int,
    *,
    sym: bool = True,
    dtype: Any = None,
    layout: Any = STRIDED,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Half a period of a sine."""
    options = dict(dtype=dtype, layout=layout, device=device, requires_grad=requires_grad)
    at = _Points("cosine", M, sym, options)
    if M <= 1:
        return at.few()
    step = math.pi / (at.period + 1)
    return sin(at.line(0.5 * step, step))


def exponential(
    M: int,
    *,
    center: float | None = None,
    tau: float = 1.0,
    sym: bool = True,
    dtype: Any = None,
    layout: Any = STRIDED,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """exp(-|k - center| / tau)."""
    options = dict(dtype=dtype, layout=layout, device=device, requires_grad=requires_grad)
    at = _Points("exponential", M, sym, options)
    if tau <= 0:
        raise ValueError(f"Tau must be positive, got: {tau} instead.")
    if sym and center is not None:
        raise ValueError("Center must be None for symmetric windows")
    if M <= 1:
        return at.few()
    center = at.period / 2 if center is None else center
    return exp(-at.line(-center / tau, 1 / tau).abs())


def gaussian(
    M: int,
    *,
    std: float = 1.0,
    sym: bool = True,
    dtype: Any = None,
    layout: Any = STRIDED,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """The normal density with deviation std, 1 at its center."""
    options = dict(dtype=dtype, layout=layout, device=device, requires_grad=requires_grad)
    at = _Points("gaussian", M, sym, options)
    if std <= 0:
        raise ValueError(f"Standard deviation must be positive, got: {std} instead.")
    if M <= 1:
        return at.few()
    step = 1 / (std * math.sqrt(2))
    return exp(-(at.line(-at.period / 2 * step, step) ** 2))


def kaiser(
    M: int,
    *,
    beta: float = 12.0,
    sym: bool = True,
    dtype: Any = None,
    layout: Any = STRIDED,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """A ratio of Bessel functions; beta trades the main lobe's width for the others' height."""
    options = dict(dtype=dtype, layout=layout, device=device, requires_grad=requires_grad)
    at = _Points("kaiser", M, sym, options)
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta} instead.")
    if M <= 1:
        return at.few()
    k = at.line(-beta, 2 * beta / at.period).clamp(max=beta)  # not beyond by rounding
    scale = full((), beta, dtype=k.dtype, device=device)
    return i0((beta * beta - k * k).sqrt()) / i0(scale)
