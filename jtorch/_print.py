"""How tensors print: torch's choice of digits, columns and summaries, worked out on ndarrays. Only
the last part of the file knows tensors.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from . import _dtypes
from ._tensor import Tensor, from_value
from .graph import levels
from .ops import _overrides

# -- options


@dataclasses.dataclass
class PrinterOptions:
    """Digits after the point, when to summarise and how, columns; sci_mode None: as it fits."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


options = PrinterOptions()
_PROFILES = {
    "default": (4, 1000, 3, 80),
    "short": (2, 1000, 2, 80),
    "full": (4, math.inf, 3, 80),
}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Change how tensors print; a profile sets four of the options at once."""
    if profile in _PROFILES:
        values = _PROFILES[profile]
        options.precision, options.threshold, options.edgeitems, options.linewidth = values
    for name, value in (
        ("precision", precision),
        ("threshold", threshold),
        ("edgeitems", edgeitems),
        ("linewidth", linewidth),
    ):
        if value is not None:
            setattr(options, name, value)
    options.sci_mode = sci_mode


def get_printoptions() -> dict[str, Any]:
    """The options in force."""
    return dataclasses.asdict(options)


# -- numbers


class _Format:
    """One format for all elements shown of an array."""

    def __init__(self, shown: np.ndarray):
        self.real = shown.dtype.kind == "f"
        self.whole, self.science, self.width = True, False, 1
        if not self.real:
            self.width = max((len(str(x)) for x in shown.ravel().tolist()), default=1)
            self.width = max(self.width, 1)
            return
        finite = shown[np.isfinite(shown) & (shown != 0)].astype(np.float64)
        if finite.size:
            self._choose(finite)

    def _choose(self, finite: np.ndarray) -> None:
        size = np.abs(finite)
        low, high = size.min(), size.max()
        self.whole = bool((finite == np.ceil(finite)).all())
        with np.errstate(over="ignore"):
            wide = high / low > 1000.0
        self.science = bool(wide or high > 1.0e8 or (not self.whole and low < 1.0e-4))
        if options.sci_mode is not None:
            self.science = options.sci_mode
        self.width = max(self.width, *(len(self._text(x)) for x in finite.tolist()))

    def _text(self, x: float) -> str:
        if self.science:
            return f"{x:.{options.precision}e}"
        if self.whole:
            return f"{x:.0f}" + ("." if math.isfinite(x) else "")
        return f"{x:.{options.precision}f}"

    def __call__(self, x: Any) -> str:
        return (self._text(x) if self.real else str(x)).rjust(self.width)


class _Pair:
    """The formats of the real and imaginary parts."""

    def __init__(self, shown: Any):
        self.re, self.im = _Format(shown.real), _Format(shown.imag)
        self.width = self.re.width + self.im.width + 1

    def __call__(self, z: complex) -> str:
        imag = (self.im(z.imag) + "j").lstrip()
        return self.re(z.real) + ("" if imag[0] in "+-" else "+") + imag


# -- arrays


def array_text(array: np.ndarray, indent: int) -> str:
    """The nested brackets of an array whose first bracket stands in column `indent`."""
    if array.size == 0:
        return "[]"
    if array.dtype.kind == "V" or array.dtype.name == "bfloat16" or array.dtype == np.float16:
        array = array.astype(np.float32)
    summary = array.size > options.threshold
    shown = _edges(array) if summary else array
    form = _Pair(shown) if array.dtype.kind == "c" else _Format(shown)
    return _nested(array, indent, summary, form)


def _edges(array: np.ndarray) -> np.ndarray:
    """The elements that a summary shows."""
    n = options.edgeitems
    for axis in range(array.ndim):
        if array.shape[axis] > 2 * n:
            ends = np.r_[0:n, array.shape[axis] - n : array.shape[axis]]
            array = np.take(array, ends, axis)
    return array


def _nested(array: np.ndarray, indent: int, summary: bool, form: Any) -> str:
    if array.ndim == 0:
        return form(array.item())
    if array.ndim == 1:
        return _row(array, indent, summary, form)
    n = options.edgeitems
    cut = summary and len(array) > 2 * n
    parts = [*array[:n], None, *array[len(array) - n :]] if cut else list(array)
    texts = ["..." if p is None else _nested(p, indent + 1, summary, form) for p in parts]
    return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(texts) + "]"


def _row(array: np.ndarray, indent: int, summary: bool, form: Any) -> str:
    n = options.edgeitems
    if summary and not n:
        texts = ["..."]
    elif summary and len(array) > 2 * n:
        texts = [form(x) for x in array[:n].tolist()] + [" ..."]
        texts += [form(x) for x in array[-n:].tolist()]
    else:
        texts = [form(x) for x in array.tolist()]
    per_line = max(1, (options.linewidth - indent) // (form.width + 2))
    lines = [", ".join(texts[i : i + per_line]) for i in range(0, len(texts), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


# -- tensors


def _suffixes(self: Tensor) -> list[str]:
    """What follows the numbers: device, size, dtype, the tape."""
    parts = []
    default = _dtypes.get_default_dtype()
    usual = {default, _dtypes.int64, _dtypes.bool_, default.to_complex()}
    empty, meta = 0 in self.shape, self.device.type == "meta"
    if self.device.type != "cpu":
        parts.append(f"device='{self.device}'")
    if meta or (empty and self.ndim != 1):
        parts.append(f"size={tuple(self.shape)}")
    if self.dtype not in ({default} if empty or meta else usual):
        parts.append(f"dtype={self.dtype}")
    node = _node_name(self)
    if node is not None:
        parts.append(f"grad_fn=<{node}>")
    elif self.requires_grad:
        parts.append("requires_grad=True")
    return parts


def _node_name(self: Tensor) -> str | None:
    try:
        node = self.grad_fn
    except RuntimeError:  # a view whose base was written in a way that leaves it no gradient
        return "Invalid"
    return None if node is None else type(node).__name__


def _title(self: Tensor) -> str:
    """Subclasses show their name, save those that are Tensor in all but use (Parameter)."""
    return "tensor" if type(self) in _overrides._PLAIN else type(self).__name__


def tensor_text(self: Tensor) -> str:
    """repr of a tensor."""
    buf = self._read().buf
    if isinstance(buf, levels.Batched):
        inside = tensor_text(from_value(buf.value)).replace("\n", "\n    ")
        where = 0 if buf.mapped else None
        return f"BatchedTensor(lvl={levels.depth(buf.level)}, bdim={where}, value=\n    {inside}\n)"
    name = f"{_title(self)}("
    if self.device.type == "meta":
        text = name + "..."
    else:
        text = name + array_text(self._numpy(), len(name))
    column = len(text) - text.rfind("\n") + 1  # torch counts the closing bracket too
    for suffix in _suffixes(self):
        if column + len(suffix) + 2 > options.linewidth:
            text += ",\n" + " " * len(name) + suffix
            column = len(name) + len(suffix)
        else:
            text += ", " + suffix
            column += len(suffix) + 2
    return text + ")"


def tensor_format(self: Tensor, spec: str) -> str:
    """format(): a 0-d tensor as its number, others as their repr."""
    if self.ndim == 0 and self.device.type != "meta" and type(self) is Tensor:
        return self.item().__format__(spec)  # type: ignore[attr-defined]
    return object.__format__(self, spec)
