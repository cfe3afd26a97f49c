"""Transforms of vectors and matrices: onto the simplex, onto triangular factors, onto matrices."""

from __future__ import annotations

import math
from typing import Any

from ..._dtypes import finfo
from ...ops.activation import logsigmoid, softmax, softplus
from ...ops.creation import eye
from ...ops.decompositions import cholesky
from ...ops.padding import pad
from .. import constraints
from ..utils import tril_matrix_to_vec, vec_to_tril_matrix
from .base import Transform
from .pointwise import _clipped_sigmoid, _Parameterless


def _shifted(x: Any, first: float) -> Any:
    """first, and then all of x but its last, along the last dimension."""
    return pad(x[..., :-1], [1, 0], value=first)


class _LongerBy(_Parameterless):
    """A transform of vectors whose results have `more` elements than its inputs."""

    more = 0

    def forward_shape(self, shape: Any) -> Any:
        return self._changed(shape, self.more)

    def inverse_shape(self, shape: Any) -> Any:
        return self._changed(shape, -self.more)

    def _changed(self, shape: Any, by: int) -> Any:
        if len(shape) < 1:
            raise ValueError("Too few dimensions on input")
        return shape if by == 0 else (*shape[:-1], shape[-1] + by)


class SoftmaxTransform(_LongerBy):
    """y = exp(x) over its sum; x = log(y) is one of many that give y."""

    domain = constraints.real_vector
    codomain = constraints.simplex

    def _call(self, x: Any) -> Any:
        return softmax(x, -1)

    def _inverse(self, y: Any) -> Any:
        return y.log()


class StickBreakingTransform(_LongerBy):
    """A stick is broken again and again; x says, relative to equal parts, how much is taken of what
    is left.
    """

    domain = constraints.real_vector
    codomain = constraints.simplex
    bijective = True
    more = 1

    def _call(self, x: Any) -> Any:
        taken = _clipped_sigmoid(x - self._parts_left(x).log())
        left = (1 - taken).cumprod(-1)
        return pad(taken, [0, 1], value=1) * pad(left, [1, 0], value=1)

    def _inverse(self, y: Any) -> Any:
        pieces = y[..., :-1]
        left = (1 - pieces.cumsum(-1)).clamp(min=finfo(y.dtype).tiny)
        return pieces.log() - left.log() + self._parts_left(pieces).log()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        x = x - self._parts_left(x).log()
        return (-x + logsigmoid(x) + y[..., :-1].log()).sum(-1)

    @staticmethod
    def _parts_left(x: Any) -> Any:
        """How many parts are still to come after each."""
        return x.shape[-1] + 1 - x.new_ones(x.shape[-1]).cumsum(-1)


class CorrCholeskyTransform(Transform):
    """A vector as the Cholesky factor of a correlation matrix: each row is a point of the unit
    sphere, made of partial correlations tanh(x).
    """

    domain = constraints.real_vector
    codomain = constraints.corr_cholesky
    bijective = True

    def _call(self, x: Any) -> Any:
        eps = finfo(x.dtype).eps
        partial: Any = vec_to_tril_matrix(x.tanh().clamp(min=-1 + eps, max=1 - eps), -1)
        left = (1 - partial**2).sqrt().cumprod(-1)
        n = partial.shape[-1]
        return (partial + eye(n, dtype=x.dtype, device=x.device)) * _shifted(left, 1)

    def _inverse(self, y: Any) -> Any:
        left = _shifted(1 - (y * y).cumsum(-1), 1)
        partial: Any = tril_matrix_to_vec(y, -1) / tril_matrix_to_vec(left, -1).sqrt()
        return (partial.log1p() - (-partial).log1p()) / 2

    def log_abs_det_jacobian(self, x: Any, y: Any, intermediates: Any = None) -> Any:
        left: Any = tril_matrix_to_vec(1 - (y * y).cumsum(-1), -2)
        of_tanh = (x + softplus(-2 * x) - math.log(2.0)).sum(-1)
        return 0.5 * left.log().sum(-1) - 2 * of_tanh

    def forward_shape(self, shape: Any) -> Any:
        if len(shape) < 1:
            raise ValueError("Too few dimensions on input")
        length = shape[-1]
        n = round((0.25 + 2 * length) ** 0.5 + 0.5)
        if n * (n - 1) // 2 != length:
            raise ValueError("Input is not a flattened lower-diagonal number")
        return (*shape[:-1], n, n)

    def inverse_shape(self, shape: Any) -> Any:
        if len(shape) < 2:
            raise ValueError("Too few dimensions on input")
        if shape[-2] != shape[-1]:
            raise ValueError("Input is not square")
        return (*shape[:-2], shape[-1] * (shape[-1] - 1) // 2)


class LowerCholeskyTransform(_Parameterless):
    """A square matrix as a lower triangle whose diagonal is exp of its diagonal."""

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.lower_cholesky

    def _call(self, x: Any) -> Any:
        return x.tril(-1) + x.diagonal(dim1=-2, dim2=-1).exp().diag_embed()

    def _inverse(self, y: Any) -> Any:
        return y.tril(-1) + y.diagonal(dim1=-2, dim2=-1).log().diag_embed()


class PositiveDefiniteTransform(_Parameterless):
    """A square matrix as the positive definite one that its LowerCholeskyTransform factors."""

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.positive_definite

    def _call(self, x: Any) -> Any:
        factor = LowerCholeskyTransform()(x)
        return factor @ factor.mT

    def _inverse(self, y: Any) -> Any:
        return LowerCholeskyTransform().inv(cholesky(y))
