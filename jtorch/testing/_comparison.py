"""`assert_close`: compares numbers, tensors, and sequences and mappings of them, and says in
torch's words what differs first.
"""

from __future__ import annotations

import cmath
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import _devices, _dtypes
from .._tensor import Tensor
from ..ops import tensors

TOLERANCES = {
    _dtypes.float16: (1e-3, 1e-5), _dtypes.bfloat16: (1.6e-2, 1e-5),
    _dtypes.float32: (1.3e-6, 1e-5), _dtypes.float64: (1e-7, 1e-7),
    _dtypes.complex64: (1.3e-6, 1e-5), _dtypes.complex128: (1e-7, 1e-7),
}  # fmt: skip
OLD_TOLERANCES = {
    _dtypes.float16: (1e-3, 1e-3), _dtypes.float32: (1e-4, 1e-5), _dtypes.float64: (1e-5, 1e-8),
}  # fmt: skip
UNEXPECTED = (
    "\n\nresulted in the unexpected exception above. If you are a user and see this message during "
    "normal operation please file an issue."
)
NUMBERS = (int, float, complex, np.number)


class Options(NamedTuple):
    """How things are compared."""

    allow_subclasses: bool = True
    rtol: float | None = None
    atol: float | None = None
    equal_nan: bool = False
    check_device: bool = True
    check_dtype: bool = True
    check_layout: bool = True
    check_stride: bool = False


class Difference(Exception):
    """What differs, and where: the keys and indices that lead there."""

    def __init__(self, text: str, path: tuple = (), kind: type[Exception] = AssertionError):
        super().__init__(text)
        self.text, self.path, self.kind = text, path, kind

    def worded(self, msg: Any) -> Exception:
        """The exception to raise."""
        text = self.text
        if self.path:
            where = "".join(f"[{step!r}]" for step in self.path)
            text += f"\n\nThe failure occurred for item {where}"
        if self.kind is AssertionError and msg is not None:
            text = msg(text) if callable(msg) else msg
        return self.kind(text)


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """Raise AssertionError unless |actual - expected| <= atol + rtol * |expected| everywhere.

    Takes tensors (or arrays) of equal shapes, numbers, booleans and None, and sequences and
    mappings of them. Without tolerances (both or none are given) the dtype decides; integers must
    be equal. Devices, dtypes and layouts must be the same unless told otherwise. TypeError for what
    cannot be compared. `msg` takes the place of the text, or makes it of the text.
    """
    if (rtol is None) != (atol is None):
        missing = "rtol" if rtol is None else "atol"
        raise ValueError(
            f"Both 'rtol' and 'atol' must be either specified or omitted, but got no {missing}."
        )
    options = Options(
        allow_subclasses, rtol, atol, equal_nan, check_device, check_dtype, check_layout,
        check_stride,
    )  # fmt: skip
    try:
        pairs: list[tuple] = []
        _collect(actual, expected, (), options, pairs)
        for compare, left, right, path in pairs:
            try:
                compare(left, right, options)
            except Difference as found:
                where = () if compare is _compare_booleans else path  # as torch tells it
                raise Difference(found.text, where, found.kind) from None
            except Exception as error:
                raise RuntimeError(
                    f"Comparing\n\n{left!r}\n\nand\n\n{right!r}{UNEXPECTED}"
                ) from error
    except Difference as found:
        raise found.worded(msg) from None


def assert_allclose(
    actual: Any,
    expected: Any,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = True,
    msg: str = "",
) -> None:
    """`assert_close` with older tolerances, and without a look at dtypes (deprecated in torch)."""
    warnings.warn(
        "`torch.testing.assert_allclose()` is deprecated since 1.12 and will be removed in a "
        "future release. Please use `torch.testing.assert_close()` instead. You can find detailed "
        "upgrade instructions in https://github.com/pytorch/pytorch/issues/61844.",
        FutureWarning,
        stacklevel=2,
    )
    if not isinstance(actual, Tensor):
        actual = tensors.tensor(actual)
    if not isinstance(expected, Tensor):
        expected = tensors.tensor(expected, dtype=actual.dtype)
    if rtol is None and atol is None:
        both = [OLD_TOLERANCES.get(x.dtype, (0.0, 0.0)) for x in (actual, expected)]
        rtol, atol = (max(pair) for pair in zip(*both, strict=True))
    assert_close(
        actual, expected, rtol=rtol, atol=atol, equal_nan=equal_nan, check_device=True,
        check_dtype=False, check_stride=False, msg=msg or None,
    )  # fmt: skip


# -- what is compared with what


def _collect(actual: Any, expected: Any, path: tuple, options: Options, pairs: list) -> None:
    """The leaves of both, in order. Raises where they are not built alike."""
    if _both(actual, expected, Sequence) and not _either(actual, expected, str):
        if len(actual) != len(expected):
            raise Difference(
                f"The length of the sequences mismatch: {len(actual)} != {len(expected)}", path
            )
        for i in range(len(actual)):
            _collect(actual[i], expected[i], (*path, i), options, pairs)
    elif _both(actual, expected, Mapping):
        _check_keys(set(actual), set(expected), path)
        try:
            keys = sorted(actual)
        except TypeError:  # keys of several kinds
            keys = list(actual)
        for key in keys:
            _collect(actual[key], expected[key], (*path, key), options, pairs)
    else:
        pairs.append((*_leaf(actual, expected, path, options), path))


def _both(a: Any, b: Any, kind: Any) -> bool:
    return isinstance(a, kind) and isinstance(b, kind)


def _either(a: Any, b: Any, kind: Any) -> bool:
    return isinstance(a, kind) or isinstance(b, kind)


def _check_keys(actual: set, expected: set, path: tuple) -> None:
    if actual != expected:
        missing, additional = (
            sorted(keys, key=repr) for keys in (expected - actual, actual - expected)
        )
        raise Difference(
            "The keys of the mappings do not match:\n"
            f"Missing keys in the actual mapping: {missing}\n"
            f"Additional keys in the actual mapping: {additional}",
            path,
        )


def _leaf(actual: Any, expected: Any, path: tuple, options: Options) -> tuple:
    if actual is None or expected is None:
        return _compare_none, actual, expected
    if _both(actual, expected, (bool, np.bool_)):
        return _compare_booleans, bool(actual), bool(expected)
    if _both(actual, expected, NUMBERS):
        return _compare_numbers, actual, expected
    related = isinstance(actual, type(expected)) or isinstance(expected, type(actual))
    if related and (options.allow_subclasses or type(actual) is type(expected)):
        try:
            if not _either(actual, expected, str):
                return _compare_tensors, _as_tensor(actual), _as_tensor(expected)
        except (TypeError, ValueError, RuntimeError):
            pass  # no numbers: said below
    raise Difference(
        f"No comparison pair was able to handle inputs of type {_type(actual)} and "
        f"{_type(expected)}.",
        path,
        TypeError,
    )


def _as_tensor(value: Any) -> Any:
    return value if isinstance(value, Tensor) else tensors.as_tensor(value)


def _type(value: Any) -> str:
    return repr(type(value)).replace("<class 'jtorch.", "<class 'torch.")


def _compare_none(actual: Any, expected: Any, options: Options) -> None:
    if actual is not expected:
        raise Difference(f"None mismatch: {actual} is not {expected}")


def _compare_booleans(actual: bool, expected: bool, options: Options) -> None:
    if actual is not expected:
        raise Difference(f"Booleans mismatch: {actual} is not {expected}")


# -- numbers


def _compare_numbers(actual: Any, expected: Any, options: Options) -> None:
    actual, expected = (x.item() if isinstance(x, np.number) else x for x in (actual, expected))
    if options.check_dtype and type(actual) is not type(expected):
        raise Difference(f"The (d)types do not match: {type(actual)} != {type(expected)}.")
    rtol, atol = options.rtol, options.atol
    if rtol is None or atol is None:
        inexact = isinstance(actual, (float, complex)) or isinstance(expected, (float, complex))
        rtol, atol = TOLERANCES[_dtypes.float64] if inexact else (0.0, 0.0)
    if actual == expected or (options.equal_nan and cmath.isnan(actual) and cmath.isnan(expected)):
        return
    difference = abs(actual - expected)
    if cmath.isfinite(difference) and difference <= atol + rtol * abs(expected):
        return
    raise Difference(_of_scalars(actual, expected, rtol, atol, "Scalars"))


def _of_scalars(actual: Any, expected: Any, rtol: float, atol: float, name: str) -> str:
    exact = not rtol and not atol
    difference = abs(actual - expected)
    relative = float("inf") if expected == 0 else difference / abs(expected)
    allowed = ("", "") if exact else (f" (up to {atol} allowed)", f" (up to {rtol} allowed)")
    return (
        f"{name} are not {'equal' if exact else 'close'}!\n\n"
        f"Expected {expected} but got {actual}.\n"
        f"Absolute difference: {difference}{allowed[0]}\n"
        f"Relative difference: {relative}{allowed[1]}"
    )


# -- tensors


def _compare_tensors(actual: Any, expected: Any, options: Options) -> None:
    _compare_attributes(actual, expected, options)
    if actual.device.type == "meta" or expected.device.type == "meta":
        return
    rtol, atol = options.rtol, options.atol
    if rtol is None or atol is None:
        both = [TOLERANCES.get(x.dtype, (0.0, 0.0)) for x in (actual, expected)]
        rtol, atol = (max(pair) for pair in zip(*both, strict=True))
    actual, expected = _alike(actual.detach(), expected.detach())
    if actual.layout is _devices.sparse_coo:
        _compare_sparse(actual.coalesce(), expected.coalesce(), rtol, atol, options.equal_nan)
    else:
        _compare_values(actual, expected, rtol, atol, options.equal_nan, None)


def _compare_attributes(actual: Any, expected: Any, options: Options) -> None:
    strided = actual.layout is expected.layout is _devices.strided
    for name, wanted in (
        ("shape", True),
        ("layout", options.check_layout),
        ("stride()", options.check_stride and strided),
        ("device", options.check_device),
        ("dtype", options.check_dtype),
    ):
        if not wanted:
            continue
        if name == "stride()":
            mine, theirs = actual.stride(), expected.stride()
        else:
            mine, theirs = getattr(actual, name), getattr(expected, name)
        if mine != theirs:
            raise Difference(f"The values for attribute '{name}' do not match: {mine} != {theirs}.")


def _alike(actual: Any, expected: Any) -> tuple[Any, Any]:
    """Both on one device, of one dtype and layout."""
    if actual.device != expected.device:
        actual, expected = actual.cpu(), expected.cpu()
    if actual.dtype is not expected.dtype:
        dtype = _dtypes.promote_types(actual.dtype, expected.dtype)
        actual, expected = actual.to(dtype), expected.to(dtype)
    if actual.layout is not expected.layout:
        actual, expected = actual.to_dense(), expected.to_dense()
    return actual, expected


def _compare_sparse(actual: Any, expected: Any, rtol: float, atol: float, equal_nan: bool) -> None:
    if actual._nnz() != expected._nnz():
        raise Difference(
            "The number of specified values in sparse COO tensors does not match: "
            f"{actual._nnz()} != {expected._nnz()}"
        )
    _compare_values(actual._indices(), expected._indices(), 0.0, 0.0, False, "Sparse COO indices")
    _compare_values(
        actual._values(), expected._values(), rtol, atol, equal_nan, "Sparse COO values"
    )


def _compare_values(
    actual: Any, expected: Any, rtol: float, atol: float, equal_nan: bool, name: str | None
) -> None:
    if not actual.numel():
        return
    wide = actual.dtype.is_complex or actual.dtype.is_floating_point
    if wide and actual.dtype.itemsize > 1:
        matches = actual.isclose(expected, rtol=rtol, atol=atol, equal_nan=equal_nan)._numpy()
    elif rtol or atol:
        matches = actual.double().isclose(expected.double(), rtol=rtol, atol=atol)._numpy()
    else:
        matches = actual._numpy() == expected._numpy()
    if matches.all():
        return
    if not actual.ndim:
        name = name or "Scalars"
        raise Difference(_of_scalars(actual.item(), expected.item(), rtol, atol, name))
    name = name or "Tensor-likes"
    if wide and actual.dtype.itemsize == 1:
        raise Difference(_of_float8(matches, name))
    raise Difference(_of_arrays(actual._numpy(), expected._numpy(), matches, rtol, atol, name))


def _counted(matches: np.ndarray) -> str:
    wrong = matches.size - int(matches.sum())
    return f"Mismatched elements: {wrong} / {matches.size} ({wrong / matches.size:.1%})\n"


def _of_float8(matches: np.ndarray, name: str) -> str:
    first = np.unravel_index(int(np.argmin(matches)), matches.shape)
    return (
        f"{name} are not 'equal'!\n\n{_counted(matches)}"
        f"The first mismatched element is at index {tuple(map(int, first))}."
    )


def _of_arrays(
    actual: np.ndarray,
    expected: np.ndarray,
    matches: np.ndarray,
    rtol: float,
    atol: float,
    name: str,
) -> str:
    exact = not rtol and not atol
    whole = actual.dtype.kind in "biu"
    if whole:
        actual, expected = actual.astype(np.int64), expected.astype(np.int64)
    with np.errstate(all="ignore"):
        absolute = np.abs(actual - expected)
        size = np.abs(expected)
        if whole:  # as torch divides integers
            relative = absolute.astype(np.float32) / size.astype(np.float32)
        else:
            relative = absolute / size
    lines = []
    for kind, found, allowed in (("absolute", absolute, atol), ("relative", relative, rtol)):
        found = np.where(matches, found.dtype.type(0), found)
        at = int(np.argmax(np.where(np.isnan(found), np.inf, found) if not whole else found))
        nans = np.flatnonzero(np.isnan(found)) if not whole or kind == "relative" else []
        at = int(nans[0]) if len(nans) else at
        place = tuple(map(int, np.unravel_index(at, found.shape)))
        limit = "" if exact else f" (up to {allowed} allowed)"
        value = found.reshape(-1)[at].item()
        lines.append(f"Greatest {kind} difference: {value} at index {place}{limit}")
    title = f"{name} are not {'equal' if exact else 'close'}!\n\n{_counted(matches)}"
    return title + "\n".join(lines)
