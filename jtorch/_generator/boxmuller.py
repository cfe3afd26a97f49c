"""The Box-Muller transform of torch's `normal_`, on blocks of 16 uniform numbers: eight pairs whose
cosines come first and sines second.

In float32 torch computes log, sin and cos by the polynomials of the Cephes library, with a fused
multiply-add wherever a product is added. A fused multiply-add of float32 is a float64 product
(which is exact) plus a float64 sum, rounded once. That makes these numbers torch's bit for bit.
"""

import numpy as np

CHUNK = 1 << 14  # pairs at a time: the temporaries stay in the cache

_LOG = (
    -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
    2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
)  # fmt: skip
_SQRT_HALF = np.float32(0.707106781186547524)
_LN2 = np.float32(0.693359375), np.float32(-2.12194440e-4)  # in two parts
_QUARTERS = (-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8)  # -pi/4 in three
_COS = -1.388731625493765e-3, 4.166664568298827e-2
_SIN = 8.3321608736e-3, -1.6666654611e-1


def normal_block(uniform: np.ndarray, mean: float, std: float, exact: bool) -> np.ndarray:
    """As many normal numbers as uniform ones (a multiple of 16). `exact`: by the polynomials."""
    blocks = uniform.reshape(-1, 16)
    out = np.empty_like(blocks)
    step = max(CHUNK // 8, 1)
    for start in range(0, len(blocks), step):
        part = blocks[start : start + step]
        transform = _cephes if exact else _libm
        cosines, sines = transform(1 - part[:, :8], part[:, 8:])
        for half, values in ((slice(0, 8), cosines), (slice(8, 16), sines)):
            scaled = _fma(values, std, mean) if exact else values * std + mean
            out[start : start + step, half] = scaled
    return out.reshape(-1)


def _libm(u1: np.ndarray, u2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    radius = np.sqrt(-2 * np.log(u1))
    angle = u2.dtype.type(2 * np.pi) * u2
    return radius * np.cos(angle), radius * np.sin(angle)


def _cephes(u1: np.ndarray, u2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    radius = np.sqrt(np.float32(-2) * _log(u1))
    cos, sin = _cos_sin(np.float32(2 * np.pi) * u2)
    return radius * cos, radius * sin


def _fma(a: np.ndarray, b, c) -> np.ndarray:
    """a * b + c in float32, rounded once. Numbers are rounded to float32 first."""
    b, c = (x if isinstance(x, np.ndarray) else np.float32(x) for x in (b, c))
    product = np.multiply(a, b, dtype=np.float64)
    product += c
    return product.astype(np.float32)


def _log(x: np.ndarray) -> np.ndarray:
    x, exponent = np.frexp(x)
    small = x < _SQRT_HALF
    exponent = (exponent - small).astype(np.float32)
    x = (x - np.float32(1)) + np.where(small, x, np.float32(0))
    y = np.full_like(x, 7.0376836292e-2)
    for coefficient in _LOG:
        y = _fma(y, x, coefficient)
    z = x * x
    y = _fma(y * x, z, exponent * _LN2[1]) - z * np.float32(0.5)
    return _fma(exponent, _LN2[0], x + y)


def _cos_sin(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of angles from 0 to 2 pi."""
    octant = ((x * np.float32(4 / np.pi)).astype(np.int32) + 1) & ~1
    turns = octant.astype(np.float32)
    for part in _QUARTERS:
        x = _fma(turns, part, x)
    z = x * x
    cos = np.full_like(x, 2.443315711809948e-5)
    for coefficient in _COS:
        cos = _fma(cos, z, coefficient)
    cos = _fma(cos * z, z, z * np.float32(-0.5)) + np.float32(1)
    sin = np.full_like(x, -1.9515295891e-4)
    for coefficient in _SIN:
        sin = _fma(sin, z, coefficient)
    sin = _fma(sin * z, x, x)
    swapped = (octant & 2) != 0
    cos_sign = np.where((octant - 2) & 4, np.float32(1), np.float32(-1))
    sin_sign = np.where(octant & 4, np.float32(-1), np.float32(1))
    return np.where(swapped, sin, cos) * cos_sign, np.where(swapped, cos, sin) * sin_sign
