"""Whether two results are the same: structure, dtype, shape and values within a tolerance. It knows
the tolerances and nothing of how results were made.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import torch

import jtorch

from ._translate import array

# (relative, absolute) by dtype of the result.
TOLERANCE = {
    "float64": (1e-10, 1e-11),
    "complex128": (1e-10, 1e-11),
    "float32": (1e-5, 1e-5),
    "complex64": (1e-5, 1e-5),
    "float16": (2e-3, 1e-3),
    "bfloat16": (1.6e-2, 1e-2),
}


class Difference(Exception):
    """What differs, in one line."""


class Inexact(Difference):
    """Values that differ, of the right kind and shape."""


def name_of(x: Any) -> str:
    return str(x.dtype).removeprefix("torch.")


@dataclasses.dataclass(frozen=True)
class Rule:
    """How close values have to be. Elementwise for pointwise ops; what sums is measured against the
    largest element of the result, for a sum of large terms may be small."""

    own: dict = dataclasses.field(default_factory=dict)
    elementwise: bool = False
    values: bool = True
    phases: bool = (
        True  # whether signs and phases are defined, which of singular vectors they are not
    )
    factor: float = 1

    def own_error(self, want: np.ndarray, exact: np.ndarray) -> float:
        """How far real torch is from the value in double precision, where that is rounding."""
        with np.errstate(all="ignore"):
            error = np.abs(want - exact)
        error = float(error[np.isfinite(error)].max(initial=0))
        size = float(np.abs(exact[np.isfinite(exact)]).max(initial=0))
        return error if error <= ROUNDING * max(1.0, size) else 0.0

    def tolerance(self, want: np.ndarray, dtype: str) -> tuple[float, float]:
        (rtol, atol), more = TOLERANCE.get(dtype, (0.0, 0.0)), self.own.get(dtype, (0.0, 0.0))
        rtol, atol = self.factor * max(rtol, more[0]), self.factor * max(atol, more[1])
        if not self.elementwise:
            finite = np.abs(want[np.isfinite(want)])
            atol *= max(1.0, float(finite.max(initial=0)))
        return rtol, atol


ROUNDING = 0.01  # more than this is not rounding but another result
SHAPES = Rule(values=False)


def same(want: Any, have: Any, rule: Rule, where: str = "", exact: Any = None) -> None:
    """Raise Difference unless `have`, of jtorch, is what `want`, of real torch, is. With `exact`,
    the result in double precision, an error four times that of torch is none.
    """
    if isinstance(want, torch.Tensor):
        if not isinstance(have, jtorch.Tensor):
            raise Difference(f"{where}: a Tensor in torch, {type(have).__name__} here")
        _same_tensor(want, have, rule, where, exact)
    elif isinstance(want, (list, tuple)):
        if _kind(want) != _kind(have):
            raise Difference(f"{where}: {_kind(want)} in torch, {_kind(have)} here")
        for i, (a, b) in enumerate(zip(want, have)):
            same(a, b, rule, f"{where}[{i}]", exact and exact[i])
    elif isinstance(want, (bool, int, float, complex)):
        if type(want) is not type(have) or not np.allclose(want, have, 1e-5, 1e-8, equal_nan=True):
            raise Difference(f"{where}: {want!r} in torch, {have!r} here")
    elif str(want) != str(have):
        raise Difference(f"{where}: {want!r} in torch, {have!r} here")


def _kind(x: Any) -> str:
    name = type(x).__name__.removesuffix("_out")  # torch names the kind for out= apart
    return f"{name} of {len(x)}" if isinstance(x, (list, tuple)) else name


def _same_tensor(want: torch.Tensor, have: Any, rule: Rule, where: str, exact: Any) -> None:
    for name in ("dtype", "shape"):
        a, b = getattr(want, name), getattr(have, name)
        if str(a) != str(b):
            raise Difference(f"{where} {name}: {a} in torch, {b} here")
    if rule.values and want.numel():
        true = None if exact is None else array(exact)
        same_arrays(array(want), array(have), rule, name_of(want), where, true)


def same_arrays(
    a: np.ndarray, b: np.ndarray, rule: Rule, dtype: str, where: str, exact: np.ndarray | None
) -> None:
    if a.dtype.kind in "biu":
        good = a == b
    else:
        wide = np.complex128 if a.dtype.kind == "c" else np.float64
        a, b = a.astype(wide), b.astype(wide)
        if not rule.phases:
            a, b = np.abs(a), np.abs(b)
        rtol, atol = rule.tolerance(a, dtype)
        if exact is not None:
            atol += 4 * rule.own_error(a, exact)
        good = np.isclose(b, a, rtol, atol, equal_nan=True)
    if good.all():
        return
    at = tuple(int(i) for i in np.argwhere(~good)[0])
    count = int((~good).sum())
    raise Inexact(
        f"{where} values: {count} of {a.size} differ, "
        f"at {list(at)} {a[at]:.8g} in torch, {b[at]:.8g} here"
    )


def same_strides(want: Any, have: Any, every: bool, where: str = "") -> None:
    """Raise Difference unless views, or all of them, lie in memory alike."""
    if isinstance(want, (list, tuple)):
        for i, (a, b) in enumerate(zip(want, have)):
            same_strides(a, b, every, f"{where}[{i}]")
    elif isinstance(want, torch.Tensor) and want.numel() and (every or want._is_view()):
        kept = [d for d, n in enumerate(want.shape) if n > 1]
        a, b = ([x.stride(d) for d in kept] for x in (want, have))
        if a != b:
            raise Difference(
                f"{where} strides of {tuple(want.shape)}: {a} in torch, {b} here, by dims {kept}"
            )
