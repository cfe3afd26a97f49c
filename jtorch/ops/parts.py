"""Complex numbers from their parts."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from .. import _errors
from . import _numeric
from ._declare import op
from ._types import Tensor


def _parts(first, second):
    """torch's conditions on the two parts of complex numbers."""
    names = [_numeric.scalar_name(x.dtype) for x in (first, second)]
    if not all(name in ("Half", "Float", "Double") for name in names):
        raise RuntimeError(
            "Expected both inputs to be Half, Float or Double tensors but got "
            f"{names[0]} and {names[1]}"
        )
    if names[0] != names[1]:
        raise RuntimeError(
            f"Expected object of scalar type {names[0]} but got scalar type {names[1]} for second "
            "argument"
        )
    if names[0] == "Half":
        raise _errors.not_covered("torch.complex32", "JAX has no complex numbers of float16.")


@op(variants="fo")
def complex(real: Tensor, imag: Tensor):
    _parts(real, imag)
    return _join(real, imag)


@op(variants="fo")
def polar(abs: Tensor, angle: Tensor):
    _parts(abs, angle)
    return _join(abs * jnp.cos(angle), abs * jnp.sin(angle))


def _join(real, imag):
    real, imag = jnp.broadcast_arrays(real, imag)
    return jax.lax.complex(real, imag)
