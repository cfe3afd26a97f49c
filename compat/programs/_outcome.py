"""Runs a program under one library and describes what came out, for comparison with another."""

from __future__ import annotations

import contextlib
import io
import math
import re
import warnings
from typing import Any

import numpy as np

ATTRIBUTES = (
    "dtype", "device", "shape", "stride", "storage_offset", "requires_grad", "is_leaf", "grad_fn",
    "is_contiguous",
)  # fmt: skip


_DERIVED = re.compile(r"Backward\d*Backward")


def error(fn, *args, **kwargs):
    """What fn raises, as `Type: first line`; its result if it raises nothing."""
    try:
        return fn(*args, **kwargs)
    except Exception as e:
        return f"{type(e).__name__}: {first_line(str(e))}"


def first_line(text: str) -> str:
    """The first line, without where in C++ a warning came from, and without addresses."""
    line = text.strip().split("\n")[0]
    line = re.sub(r" \(Triggered internally at .*", "", line)
    line = re.sub(r"0x[0-9a-f]+", "0x...", line)
    return line.replace("jtorch", "torch").strip()


def run(program, torch) -> dict[str, Any]:
    """The outcome of one program: its value or error, what it printed, its warnings."""
    _reset(torch)
    out = io.StringIO()
    result: dict[str, Any] = {}
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(out):
        warnings.simplefilter("always")
        try:
            result["value"] = describe(program(torch), torch)
        except Exception as e:
            result["error"] = f"{type(e).__name__}: {first_line(str(e))}"
            result["exception"] = e
    _reset(torch)
    result["printed"] = re.sub(r"0x[0-9a-f]+", "0x...", out.getvalue())
    # What NumPy says about the protocol methods of real torch is no part of the comparison.
    caught = [w for w in caught if "__array_" not in str(w.message)]
    seen = [f"{w.category.__name__}: {first_line(str(w.message))}" for w in caught]
    result["warnings"] = list(dict.fromkeys(seen))
    return result


def _reset(torch) -> None:
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float32)
    torch.set_grad_enabled(True)
    torch.set_printoptions(profile="default")


def describe(x: Any, torch) -> Any:
    """Plain Python data that says everything the suite compares."""
    if isinstance(x, torch.Tensor):
        return describe_tensor(x, torch)
    if isinstance(x, np.ndarray):
        strides = x.strides if x.size else None
        return {"ndarray": str(x.dtype), "shape": x.shape, "strides": strides, "data": x.tolist()}
    if isinstance(x, torch.Size):
        return f"Size{tuple(x)}"
    if isinstance(x, (list, tuple)):
        return [type(x).__name__, *(describe(y, torch) for y in x)]
    if isinstance(x, dict):
        return {k: describe(v, torch) for k, v in x.items()}
    if isinstance(x, np.generic):
        return [f"numpy.{type(x).__name__}", x.item()]
    if isinstance(x, (bool, int, float, complex)):
        return [type(x).__name__, x]
    if x is None:
        return "None"
    return first_line(x if isinstance(x, str) else repr(x)) if not isinstance(x, str) else x


def describe_tensor(x, torch) -> dict[str, Any]:
    """All but the version: on gradients it shows torch's inner in-place ops. Programs return it."""
    text: dict[str, Any] = {"type": type(x).__name__}
    for name in ATTRIBUTES:
        text[name] = _attribute(x, name)
    if not x.is_meta:
        plain = x.detach()
        text["data"] = (plain.float() if plain.dtype == torch.bfloat16 else plain).tolist()
    return text


def _attribute(x, name: str) -> Any:
    try:
        value = getattr(x, name)
        if name in ("stride", "storage_offset", "is_contiguous"):
            value = value()
    except Exception as e:
        return f"{type(e).__name__}: {first_line(str(e))}"
    if name == "grad_fn":
        return None if value is None else value.name()
    if isinstance(value, (bool, int)):
        return value
    return tuple(value) if isinstance(value, tuple) else str(value)


def differences(want: dict, got: dict) -> list[str]:
    """Where two outcomes differ, one line each."""
    found: list[str] = []
    keys = ("error", "printed", "warnings") if "error" in want or "error" in got else ()
    for key in keys or ("value", "printed", "warnings"):
        _compare(key, want.get(key), got.get(key), found)
    return found


def _compare(path: str, a: Any, b: Any, found: list[str]) -> None:
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        for key in a:
            _compare(f"{path}.{key}", a[key], b[key], found)
    elif isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)) and len(a) == len(b):
        for k, (x, y) in enumerate(zip(a, b, strict=True)):
            _compare(f"{path}[{k}]", x, y, found)
    elif path.endswith(".grad_fn") and a and b and _DERIVED.search(b):
        pass  # nodes of second derivatives are named after the op they derive from
    elif not _equal(a, b):
        found.append(f"{path}: torch {a!r}, jtorch {b!r}")


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, complex) and isinstance(b, complex):
        return _equal(a.real, b.real) and _equal(a.imag, b.imag)
    if isinstance(a, float) and isinstance(b, float):
        if math.isnan(a) or math.isnan(b):
            return math.isnan(a) and math.isnan(b)
        return a == b or abs(a - b) <= 1e-6 + 1e-5 * abs(a)
    return type(a) is type(b) and a == b
