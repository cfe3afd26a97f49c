"""Multiply and add with one rounding, as the machine instruction does it and NumPy does not."""

import numpy as np


def fma32(a, b, c) -> np.ndarray:
    """a * b + c in float32: the product of two float32 is exact in float64."""
    a, b, c = (np.asarray(x, np.float32) for x in (a, b, c))
    product = np.multiply(a, b, dtype=np.float64)
    return (product + c).astype(np.float32)


def fma64(a, b, c) -> np.ndarray:
    """a * b + c in float64. What the product (by Dekker) and the sum (by Knuth) lose comes last."""
    a, b, c = (np.asarray(x, np.float64) for x in (a, b, c))
    (a_high, a_low), (b_high, b_low) = _halves(a), _halves(b)
    product = a * b
    lost = a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)
    total = product + c
    rounded = total - product
    return total + ((product - (total - rounded)) + (c - rounded) + lost)


def _halves(x: np.ndarray):
    """x as a sum of two numbers of 26 bits."""
    shifted = x * 134217729.0
    high = shifted - (shifted - x)
    return high, x - high
