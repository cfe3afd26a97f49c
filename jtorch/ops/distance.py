"""Distances between the rows of matrices."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from ._declare import op
from ._numeric import kind, opmath, scalar_name
from ._types import Tensor
from .reduction import norm_root, pnorm


@op(variants="f")
@opmath
def cdist(
    x1: Tensor, x2: Tensor, p: float = 2.0,
    compute_mode: str = "use_mm_for_euclid_dist_if_necessary",
):  # fmt: skip
    """(..., P, M) and (..., R, M) to the p-norm distances (..., P, R)."""
    for name, x in (("X1", x1), ("X2", x2)):
        if kind(x.dtype) not in "f":
            raise RuntimeError(
                f"cdist only supports floating-point dtypes, {name} got: {scalar_name(x.dtype)}"
            )
        if x.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {x.ndim}D")
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(
            f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}"
        )
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")
    large = max(x1.shape[-2], x2.shape[-2]) > 25
    modes = ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist",
             "donot_use_mm_for_euclid_dist")  # fmt: skip
    if compute_mode not in modes:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    if p == 2 and (compute_mode == modes[1] or (compute_mode == modes[0] and large)):
        squares = [jnp.sum(x * x, -1) for x in (x1, x2)]
        square = squares[0][..., :, None] + squares[1][..., None, :] - 2 * (x1 @ x2.mT)
        return norm_root(jnp.where(square > 0, square, 0))
    return pnorm(x1[..., :, None, :] - x2[..., None, :, :], p, -1, False)


@op(variants="f", namespace=("torch", "nn.functional"))
@opmath
def pdist(input: Tensor, p: float = 2.0):
    """The p-norm distances of all pairs of rows, the upper triangle of cdist row by row."""
    if input.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.ndim}D")
    if kind(input.dtype) != "f":
        raise RuntimeError("pdist only supports floating-point dtypes")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    first, second = np.triu_indices(input.shape[0], 1)
    return pnorm(input[first] - input[second], p, -1, False)
