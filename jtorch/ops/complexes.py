"""Complex tensors from their parts."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from .. import _dtypes
from ._declare import pointwise
from ._types import Tensor


@pointwise(variants="fo")
def complex(real: Tensor, imag: Tensor):
    """real + 1j * imag."""
    if real.dtype != imag.dtype:
        raise RuntimeError(
            f"Expected object of scalar type {_dtypes.from_np(real.dtype)._scalar_name} but got "
            f"scalar type {_dtypes.from_np(imag.dtype)._scalar_name} for second argument"
        )
    return lax.complex(*jnp.broadcast_arrays(real, imag))


@pointwise(variants="fo")
def polar(abs: Tensor, angle: Tensor):
    """abs * exp(1j * angle)."""
    abs, angle = jnp.broadcast_arrays(abs, angle)
    return lax.complex(abs * jnp.cos(angle), abs * jnp.sin(angle))
