"""Two outcomes side by side: equal words, arrays equal within a tolerance."""

from __future__ import annotations

from typing import Any

import numpy as np

SAMPLES = {"float32": 2e-6, "float64": 1e-13}  # torch's own functions round in other places
NUMBERS = {"float32": 3e-5, "float64": 2e-8}  # torch's trigamma and lgamma are that exact


def compared(want: dict, got: dict, dtype: str, looser: dict[str, float]) -> dict[str, str]:
    """What differs, by name. looser: tolerances of results by the beginnings of their names."""
    found: dict[str, str] = {}
    for name, expected in want.items():
        tolerance = (SAMPLES if name.startswith(("sample", "rsample")) else NUMBERS)[dtype]
        tolerance = max([tolerance, *(t for k, t in looser.items() if name.startswith(k))])
        problem = _difference(expected, got.get(name), tolerance)
        if problem:
            found[name] = problem
    return found


def _difference(a: Any, b: Any, tolerance: float) -> str:
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return next((p for x, y in zip(a, b) if (p := _difference(x, y, tolerance))), "")
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        if a.shape != b.shape or a.dtype != b.dtype:
            return f"torch {a.dtype}{a.shape}, jtorch {b.dtype}{b.shape}"
        scale = np.abs(a[np.isfinite(a)]).max(initial=0) if a.dtype.kind == "f" else 0
        if np.allclose(a, b, rtol=tolerance, atol=tolerance * min(scale, 1), equal_nan=True):
            return ""
        return f"torch {a.ravel()[:6]}, jtorch {b.ravel()[:6]}"
    return "" if type(a) is type(b) and a == b else f"torch {a!r}, jtorch {b!r}"
