"""torch's type promotion, applied before a body sees its inputs. Operands rank dimensioned > 0-d >
Python number; within a rank types join as usual, and a lower rank matters only if its category is
higher.
"""

from __future__ import annotations

import enum

import jax.numpy as jnp
import numpy as np

from .. import _dtypes
from ..graph import Lifted, forget


class Promote(enum.Enum):
    """The kinds torch itself distinguishes (`torch._prims_common`)."""

    NONE = 0  # as they come
    DEFAULT = 1  # the common type
    INT_TO_FLOAT = 2  # the common type, integers and bool become the default float type
    ALWAYS_BOOL = 3  # computed in the common type, the result is bool
    COMPLEX_TO_FLOAT = 4  # the common type, complex results become real
    BOOL_TO_LONG = 5  # the common type, bool becomes int64
    OWN = 6  # as they come, and numbers that vary as `Lifted`: the body promotes


def _number_dtype(kind: type, default: np.dtype) -> np.dtype:
    if kind is bool:
        return np.dtype(bool)
    if kind is int:
        return np.dtype("int64")
    if kind is float:
        return default
    return np.dtype("complex128") if default == np.dtype("float64") else np.dtype("complex64")


def common_dtype(operands) -> np.dtype:
    """torch.result_type of arrays (anything with shape and dtype) and numbers; None is skipped."""
    default = _dtypes.get_default_dtype().np
    ranks: list[_dtypes.dtype | None] = [None, None, None]
    for x in operands:
        if x is None:
            continue
        if isinstance(x, Lifted):
            rank, dtype = 2, _dtypes.from_np(_number_dtype(x.kind, default))
        elif hasattr(x, "dtype"):
            rank, dtype = (0 if x.shape else 1), _dtypes.from_np(np.dtype(x.dtype))
        else:
            rank, dtype = 2, _dtypes.from_np(_number_dtype(x.__class__, default))
        known = ranks[rank]
        ranks[rank] = dtype if known is None else _dtypes.promote_types(known, dtype)
    result: _dtypes.dtype | None = None
    for dtype in ranks:
        if dtype is None:
            continue
        if result is None:
            result = dtype
        elif dtype.category > result.category:
            # a complex number keeps the width of a float tensor
            result = (
                _dtypes.promote_types(result, dtype)
                if result.category < 2
                else (
                    result.to_complex() if dtype.category == 3 and result.category == 2 else dtype
                )
            )
            if result.category < 2 or dtype.category == 2:
                result = dtype
    assert result is not None
    return result.np


def compute_dtype(promote: Promote, operands) -> np.dtype:
    """The dtype the body computes in."""
    dtype = common_dtype(operands)
    if promote is Promote.INT_TO_FLOAT and dtype.kind in "biu":
        return _dtypes.get_default_dtype().np
    if promote is Promote.BOOL_TO_LONG and dtype.kind == "b":
        return np.dtype("int64")
    return dtype


def cast(x, dtype: np.dtype):
    """An operand in the compute dtype. Python numbers stay so where jnp would read them alike."""
    if x is None:
        return None
    if isinstance(x, Lifted):
        return converted(x.array, dtype)
    if hasattr(x, "dtype"):
        return x if x.dtype == dtype else converted(x, dtype)
    if dtype.kind in "iub":
        return jnp.asarray(np.array(x).astype(dtype))
    if dtype.kind == "c" or isinstance(x, bool):
        return jnp.asarray(x, dtype)
    return x


def check_alpha(x, dtype: np.dtype) -> None:
    """The kind of number that may scale operands of this dtype."""
    kind = x.kind if isinstance(x, Lifted) else x.__class__
    if kind is complex and not jnp.issubdtype(dtype, np.complexfloating):
        raise RuntimeError(
            "For non-complex input tensors, argument alpha must not be a complex number."
        )
    if kind is float and dtype.kind in "iub":
        raise RuntimeError(
            "For integral input tensors, argument alpha must not be a floating point number."
        )
    if kind is bool and dtype.kind != "b":
        raise RuntimeError("Boolean alpha only supported for Boolean results.")


def converted(x, dtype: np.dtype):
    """x in another dtype. Complex to real drops the imaginary part without jnp's warning; floats
    that a small integer cannot hold wrap around as in torch, where XLA's would saturate.
    """
    if jnp.iscomplexobj(x) and not jnp.issubdtype(dtype, jnp.complexfloating):
        x = jnp.real(x)
    if dtype.kind in "iu" and dtype.itemsize < 8 and jnp.issubdtype(x.dtype, jnp.floating):
        x = x.astype("int64" if dtype == np.uint32 else "int32")
    return x.astype(dtype)


def finish(promote: Promote, out):
    """The promotion kind's say on the result."""
    if promote is Promote.ALWAYS_BOOL:
        return out.astype(bool)
    if promote is Promote.COMPLEX_TO_FLOAT and jnp.iscomplexobj(out):
        return jnp.real(out)
    return out


def set_default_dtype(d: _dtypes.dtype) -> None:
    """The floating-point dtype of numbers and factory functions. Programs recorded before depend on
    the old one, so they are forgotten.
    """
    if d is not _dtypes.get_default_dtype():
        _dtypes.set_default_dtype(d)
        forget()
