"""torch's conditions on the numbers that random draws take, in torch's words."""

from __future__ import annotations

import math
import warnings
from typing import Any

import ml_dtypes
import numpy as np

from .. import _dtypes

C_NAMES = {
    "uint8": "unsigned char", "int8": "signed char", "int16": "short", "int32": "int",
    "int64": "long", "bool": "bool", "float16": "c10::Half", "bfloat16": "c10::BFloat16",
    "float32": "float", "float64": "double",
}  # fmt: skip
DIGITS = {"float16": 11, "bfloat16": 8, "float32": 24, "float64": 53}
FULL_RANGE = ("int64", "float64", "float32", "bfloat16")


def require_kernel(kernel: str, dtype: _dtypes.dtype, ints: bool = False) -> None:
    """Raise for a dtype that a kernel of torch's does not fill."""
    fits = dtype.name in DIGITS or (ints and dtype.category <= _dtypes.INT)
    if not fits or (dtype.itemsize == 1 and dtype.is_floating_point):
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{dtype._scalar_name}'")


def limits(dtype: _dtypes.dtype) -> tuple[float, float]:
    """The least and greatest finite value."""
    if dtype is _dtypes.bool_:
        return 0, 1
    info = ml_dtypes.finfo(dtype.np) if dtype.is_floating_point else np.iinfo(dtype.np)
    return (float if dtype.is_floating_point else int)(info.min), (
        float if dtype.is_floating_point else int
    )(info.max)


def within(value: float, name: str, dtype: _dtypes.dtype) -> None:
    low, high = limits(dtype)
    if not low <= value <= high:
        raise RuntimeError(f"{name} is out of bounds for {C_NAMES[dtype.name]}")


def uniform(low: float, high: float, dtype: _dtypes.dtype) -> None:
    require_kernel("check_uniform_bounds", dtype)
    within(low, "from", dtype)
    within(high, "to", dtype)
    if low > high:
        raise RuntimeError(
            f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}"
        )


def normal(std: float) -> None:
    if not std >= 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")


def integers(low: int, high: int | None, dtype: _dtypes.dtype) -> tuple[int, int]:
    """[low, high) for `random_` and randint; high None means all the dtype holds from low on."""
    if dtype.is_complex or (dtype.is_floating_point and dtype.name not in DIGITS):
        raise RuntimeError(
            "check_random_bounds handles only integral, floating-point and boolean types"
        )
    if high is None:
        return _open_range(low, dtype)
    if not low < high:
        raise RuntimeError(
            f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}"
        )
    within(low, "from", dtype)
    within(high - 1, "to - 1", dtype)
    if dtype.is_floating_point:
        for value, name in ((low, "from"), (high - 1, "to - 1")):
            if abs(value) > 1 << DIGITS[dtype.name]:
                digits = DIGITS[dtype.name]
                warnings.warn(
                    f"{name} is out of bounds [-(2^{digits}), 2^{digits}]. Due to precision "
                    f"limitations {C_NAMES[dtype.name]} can support discrete uniform distribution "
                    "only within this range. This warning will become an error in version 1.7 "
                    "release, please fix the code in advance",
                    UserWarning,
                    stacklevel=4,
                )
    return low, high


def _open_range(low: int, dtype: _dtypes.dtype) -> tuple[int, int]:
    if low == -(1 << 63):
        if dtype.name not in FULL_RANGE:
            raise RuntimeError(
                "random_full_64_bits_range_kernel_cpu handles only int64, double, float and "
                "bfloat16"
            )
        return low, 1 << 63
    within(low, "from", dtype)
    top = 1 << DIGITS[dtype.name] if dtype.is_floating_point else int(limits(dtype)[1])
    return low, top + 1


def probability(p: Any) -> None:
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")


def exponential(lambd: float, dtype: _dtypes.dtype) -> None:
    if dtype.name not in DIGITS:
        raise RuntimeError(
            "Exponential distribution is a continuous probability distribution. dtype must be a "
            f"floating point but you specified {dtype._scalar_name}"
        )
    if not lambd > 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd:g}")


def cauchy(sigma: float, dtype: _dtypes.dtype) -> None:
    if not sigma > 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
    if dtype.name not in DIGITS:
        raise RuntimeError(
            "Cauchy distribution is a continuous probability distribution. dtype must be a "
            f"floating point but you specified {C_NAMES.get(dtype.name, dtype.name)}"
        )


def log_normal(std: float, dtype: _dtypes.dtype) -> None:
    if not std > 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    require_kernel("log_normal_cpu", dtype)


def geometric(p: float, dtype: _dtypes.dtype) -> None:
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    require_kernel("geometric_cpu", dtype, ints=True)


def permutation(n: int, dtype: _dtypes.dtype) -> None:
    if n < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
    if dtype is _dtypes.bool_ or dtype.is_complex:
        raise NotImplementedError(f"\"randperm\" not implemented for '{dtype._scalar_name}'")
    if dtype.is_floating_point:
        most = (1 << DIGITS.get(dtype.name, math.inf)) + 1
        if n > most:
            raise RuntimeError(f"n cannot be greater than {most} for {dtype._scalar_name} type.")
    elif n and n > limits(dtype)[1]:
        name = {"int64": "int64_t", "int16": "int16_t", "int8": "int8_t", "uint8": "uint8_t"}
        raise RuntimeError(
            f"value cannot be converted to type {name.get(dtype.name, dtype.name)} without overflow"
        )
