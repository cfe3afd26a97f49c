"""Normal vectors, with a full covariance or one of low rank, Wishart matrices, and Cholesky factors
of correlation matrices.
"""

from __future__ import annotations

import math
import warnings
from numbers import Number
from typing import Any

from .._autograd.modes import no_grad
from .._dtypes import finfo
from .._size import Size
from ..ops.creation import eye, zeros
from ..ops.decompositions import cholesky
from ..ops.join import broadcast_shapes, broadcast_tensors, cat
from ..ops.linalg import slogdet, solve_triangular
from ..ops.linalg_torch import cholesky_inverse, cholesky_solve
from ..ops.matmul import matmul
from ..ops.random import randn
from ..ops.ranges import arange, tril_indices
from ..ops.special import mvlgamma
from ..ops.tensors import tensor
from ..ops.unary import digamma, lgamma
from ..ops.where import where
from . import constraints
from ._gamma import Beta, Chi2
from .distribution import ExponentialFamily, Parametric
from .utils import _like, _standard_normal, broadcast_all, lazy_property

_ONE_MATRIX = "Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified."
_MATRICES = {
    "covariance_matrix": constraints.positive_definite,
    "precision_matrix": constraints.positive_definite,
    "scale_tril": constraints.lower_cholesky,
}


def _batch_mv(matrix: Any, vector: Any) -> Any:
    return matmul(matrix, vector.unsqueeze(-1)).squeeze(-1)


def _batch_mahalanobis(factor: Any, x: Any) -> Any:
    """x . (L L^T)^-1 x."""
    return solve_triangular(factor, x.unsqueeze(-1), upper=False).squeeze(-1).pow(2).sum(-1)


def _log_diagonal(factor: Any) -> Any:
    """Half the logarithm of the determinant of L L^T."""
    return factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def _precision_to_scale_tril(precision: Any) -> Any:
    """The factor of the inverse, by that of the matrix read backwards."""
    backwards: Any = cholesky(precision.flip((-2, -1)))
    identity = eye(precision.shape[-1], **_like(precision))
    return solve_triangular(backwards.flip((-2, -1)).mT, identity, upper=False)


class _ByMatrix(Parametric):
    """Given by a covariance, its inverse or its factor, of which the others follow."""

    _unbroadcasted_scale_tril: Any

    def _set_matrix(self, batch_shape: Size, **given: Any) -> None:
        for name, matrix in given.items():
            if matrix is not None:
                self.__dict__[name] = matrix.expand((*batch_shape, -1, -1))

    def _factor(self, covariance_matrix: Any, precision_matrix: Any, scale_tril: Any) -> Any:
        if scale_tril is not None:
            return scale_tril
        if covariance_matrix is not None:
            return cholesky(covariance_matrix)
        return _precision_to_scale_tril(precision_matrix)

    def _expand_rest(self, new: Any, batch_shape: Size) -> None:
        new._unbroadcasted_scale_tril = self._unbroadcasted_scale_tril

    def _expand_matrix(self, matrix: Any) -> Any:
        return matrix.expand((*self._batch_shape, -1, -1))

    @lazy_property
    def scale_tril(self) -> Any:
        return self._expand_matrix(self._unbroadcasted_scale_tril)

    @lazy_property
    def covariance_matrix(self) -> Any:
        factor = self._unbroadcasted_scale_tril
        return self._expand_matrix(matmul(factor, factor.mT))

    @lazy_property
    def precision_matrix(self) -> Any:
        return self._expand_matrix(cholesky_inverse(self._unbroadcasted_scale_tril))


class MultivariateNormal(_ByMatrix):
    """Normal vectors, by mean and covariance or what gives it."""

    arg_constraints = {"loc": constraints.real_vector, **_MATRICES}
    support = constraints.real_vector
    has_rsample = True
    loc: Any

    def __init__(
        self,
        loc: Any,
        covariance_matrix: Any = None,
        precision_matrix: Any = None,
        scale_tril: Any = None,
        validate_args: bool | None = None,
    ):
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        given = {
            "covariance_matrix": covariance_matrix,
            "precision_matrix": precision_matrix,
            "scale_tril": scale_tril,
        }
        names = [name for name, matrix in given.items() if matrix is not None]
        if len(names) != 1:
            raise ValueError(_ONE_MATRIX)
        (name,) = names
        if given[name].dim() < 2:
            kind = "scale_tril matrix" if name == "scale_tril" else name
            raise ValueError(
                f"{kind} must be at least two-dimensional, with optional leading batch dimensions"
            )
        batch_shape: Any = broadcast_shapes(given[name].shape[:-2], loc.shape[:-1])
        self._set_matrix(batch_shape, **given)
        self.loc = loc.expand((*batch_shape, -1))
        super().__init__(batch_shape, self.loc.shape[-1:], validate_args=validate_args)
        self._unbroadcasted_scale_tril = self._factor(**given)

    @property
    def mean(self) -> Any:
        return self.loc

    @property
    def mode(self) -> Any:
        return self.loc

    @property
    def variance(self) -> Any:
        squares = self._unbroadcasted_scale_tril.pow(2).sum(-1)
        return squares.expand(self._batch_shape + self._event_shape)

    def rsample(self, sample_shape: Any = ()) -> Any:
        noise = _standard_normal(self._extended_shape(sample_shape), **_like(self.loc))
        return self.loc + _batch_mv(self._unbroadcasted_scale_tril, noise)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        factor = self._unbroadcasted_scale_tril
        distance = _batch_mahalanobis(factor, value - self.loc)
        constant = self._event_shape[0] * math.log(2 * math.pi)
        return -0.5 * (constant + distance) - _log_diagonal(factor)

    def entropy(self) -> Any:
        constant = 0.5 * self._event_shape[0] * (1.0 + math.log(2 * math.pi))
        return (constant + _log_diagonal(self._unbroadcasted_scale_tril)).expand(self._batch_shape)


class LowRankMultivariateNormal(Parametric):
    """Normal vectors with covariance W W^T + diag(D), by the factor W and the diagonal D. The small
    capacitance matrix I + W^T D^-1 W stands for the large one.
    """

    arg_constraints = {
        "loc": constraints.real_vector,
        "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }
    support = constraints.real_vector
    has_rsample = True
    loc: Any
    cov_factor: Any
    cov_diag: Any
    _HIDDEN = ("_unbroadcasted_cov_factor", "_unbroadcasted_cov_diag", "_capacitance_tril")

    def __init__(self, loc: Any, cov_factor: Any, cov_diag: Any, validate_args: bool | None = None):
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        event_shape = loc.shape[-1:]
        if cov_factor.dim() < 2:
            raise ValueError(
                "cov_factor must be at least two-dimensional, with optional leading batch "
                "dimensions"
            )
        if cov_factor.shape[-2:-1] != event_shape:
            raise ValueError(
                f"cov_factor must be a batch of matrices with shape {event_shape[0]} x m"
            )
        if cov_diag.shape[-1:] != event_shape:
            raise ValueError(f"cov_diag must be a batch of vectors with shape {event_shape}")
        try:
            columns = broadcast_tensors(loc.unsqueeze(-1), cov_factor, cov_diag.unsqueeze(-1))
        except RuntimeError as e:
            raise ValueError(
                f"Incompatible batch shapes: loc {loc.shape}, cov_factor {cov_factor.shape}, "
                f"cov_diag {cov_diag.shape}"
            ) from e
        self.loc, self.cov_factor, self.cov_diag = (
            columns[0][..., 0], columns[1], columns[2][..., 0],
        )  # fmt: skip
        super().__init__(self.loc.shape[:-1], event_shape, validate_args=validate_args)
        self._unbroadcasted_cov_factor, self._unbroadcasted_cov_diag = cov_factor, cov_diag
        small = matmul(self._weighted(), cov_factor) + eye(cov_factor.size(-1), **_like(cov_factor))
        self._capacitance_tril: Any = cholesky(small)

    def _weighted(self) -> Any:
        """W^T D^-1."""
        return self._unbroadcasted_cov_factor.mT / self._unbroadcasted_cov_diag.unsqueeze(-2)

    def _expand_rest(self, new: Any, batch_shape: Size) -> None:
        for name in self._HIDDEN:
            new.__dict__[name] = self.__dict__[name]

    @property
    def mean(self) -> Any:
        return self.loc

    @property
    def mode(self) -> Any:
        return self.loc

    @lazy_property
    def variance(self) -> Any:  # type: ignore[override]
        squares = self._unbroadcasted_cov_factor.pow(2).sum(-1)
        total = squares + self._unbroadcasted_cov_diag
        return total.expand(self._batch_shape + self._event_shape)

    def _expand_matrix(self, matrix: Any) -> Any:
        return matrix.expand((*self._batch_shape, *self._event_shape, *self._event_shape))

    @lazy_property
    def scale_tril(self) -> Any:
        root = self._unbroadcasted_cov_diag.sqrt().unsqueeze(-1)
        scaled = self._unbroadcasted_cov_factor / root
        identity = eye(self._event_shape[0], **_like(scaled))
        return self._expand_matrix(root * cholesky(matmul(scaled, scaled.mT) + identity))

    @lazy_property
    def covariance_matrix(self) -> Any:
        factor = self._unbroadcasted_cov_factor
        diagonal = self._unbroadcasted_cov_diag.diag_embed()
        return self._expand_matrix(matmul(factor, factor.mT) + diagonal)

    @lazy_property
    def precision_matrix(self) -> Any:
        solved = solve_triangular(self._capacitance_tril, self._weighted(), upper=False)
        diagonal = self._unbroadcasted_cov_diag.reciprocal().diag_embed()
        return self._expand_matrix(diagonal - matmul(solved.mT, solved))

    def rsample(self, sample_shape: Any = ()) -> Any:
        shape, factor = self._extended_shape(sample_shape), self._unbroadcasted_cov_factor
        small = _standard_normal(shape[:-1] + factor.shape[-1:], **_like(self.loc))
        large = _standard_normal(shape, **_like(self.loc))
        return self.loc + _batch_mv(factor, small) + self._unbroadcasted_cov_diag.sqrt() * large

    def _distance(self, x: Any) -> Any:
        """x . covariance^-1 x, by Woodbury's identity."""
        plain = (x.pow(2) / self._unbroadcasted_cov_diag).sum(-1)
        return plain - _batch_mahalanobis(self._capacitance_tril, _batch_mv(self._weighted(), x))

    def _log_det(self) -> Any:
        of_diagonal = self._unbroadcasted_cov_diag.log().sum(-1)
        return 2 * _log_diagonal(self._capacitance_tril) + of_diagonal

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        constant = self._event_shape[0] * math.log(2 * math.pi)
        return -0.5 * (constant + self._log_det() + self._distance(value - self.loc))

    def entropy(self) -> Any:
        constant = self._event_shape[0] * (1.0 + math.log(2 * math.pi))
        return (0.5 * (constant + self._log_det())).expand(self._batch_shape)


class Wishart(_ByMatrix, ExponentialFamily):
    """Sums of df products x x^T of normal vectors x, by df and the covariance of x."""

    support = constraints.positive_definite
    has_rsample = True
    _mean_carrier_measure = 0
    df: Any

    @property
    def arg_constraints(self) -> dict[str, Any]:
        return {**_MATRICES, "df": constraints.greater_than(self._event_shape[-1] - 1)}

    def __init__(
        self,
        df: Any,
        covariance_matrix: Any = None,
        precision_matrix: Any = None,
        scale_tril: Any = None,
        validate_args: bool | None = None,
    ):
        given = {
            "covariance_matrix": covariance_matrix,
            "precision_matrix": precision_matrix,
            "scale_tril": scale_tril,
        }
        matrices = [matrix for matrix in given.values() if matrix is not None]
        if len(matrices) != 1:
            raise AssertionError(_ONE_MATRIX)
        (matrix,) = matrices
        if matrix.dim() < 2:
            raise ValueError(
                "scale_tril must be at least two-dimensional, with optional leading batch "
                "dimensions"
            )
        df = tensor(df, **_like(matrix)) if isinstance(df, Number) else df
        batch_shape: Any = broadcast_shapes(matrix.shape[:-2], df.shape)
        self.df = df.expand(batch_shape)
        n = matrix.shape[-1]
        if (self.df <= n - 1).any():
            raise ValueError(f"Value of df={df} expected to be greater than ndim - 1 = {n - 1}.")
        self._set_matrix(batch_shape, **given)
        super().__init__(batch_shape, matrix.shape[-2:], validate_args=validate_args)
        if (self.df < n).any():
            warnings.warn(
                "Low df values detected. Singular samples are highly likely to occur for "
                "ndim - 1 < df < ndim.",
                stacklevel=2,
            )
        self._unbroadcasted_scale_tril = self._factor(**given)
        self._dist_chi2 = Chi2(self.df.unsqueeze(-1) - arange(n, **_like(matrix)))

    def _expand_rest(self, new: Any, batch_shape: Size) -> None:
        super()._expand_rest(new, batch_shape)
        new._dist_chi2 = self._dist_chi2.expand(batch_shape + self._event_shape[-1:])
        new._event_shape = self._event_shape  # arg_constraints asks for it

    def _times(self, factor: Any, matrix: Any) -> Any:
        return factor.view((*self._batch_shape, 1, 1)) * matrix

    @property
    def mean(self) -> Any:
        return self._times(self.df, self.covariance_matrix)

    @property
    def mode(self) -> Any:
        factor = self.df - self._event_shape[-1] - 1
        return self._times(where(factor > 0, factor, math.nan), self.covariance_matrix)

    @property
    def variance(self) -> Any:
        diagonal = self.covariance_matrix.diagonal(dim1=-2, dim2=-1)
        products = diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2)
        return self._times(self.df, self.covariance_matrix.pow(2) + products)

    def _bartlett_sampling(self, sample_shape: Any = ()) -> Any:
        n = self._event_shape[-1]
        noise = self._dist_chi2.rsample(sample_shape).sqrt().diag_embed()
        rows, columns = tril_indices(n, n, offset=-1)
        shape = Size(sample_shape) + self._batch_shape + (n * (n - 1) // 2,)
        noise[..., rows, columns] = randn(shape, **_like(noise))
        root = matmul(self._unbroadcasted_scale_tril, noise)
        return matmul(root, root.mT)

    def rsample(self, sample_shape: Any = (), max_try_correction: int | None = None) -> Any:
        """With samples that are singular for rounding drawn again, a few times. torch takes those
        that are not for singular at first, and so draws them once more: so do we, for its numbers.
        """
        sample = self._bartlett_sampling(sample_shape)
        singular = self._any_of_batch(self.support.check(sample))
        if singular.any():
            warnings.warn("Singular sample detected.", stacklevel=2)
            for _ in range(10 if max_try_correction is None else max_try_correction):
                again = self._bartlett_sampling(singular[singular].shape)
                sample[singular] = again
                still = singular.clone()
                still[singular] = self._any_of_batch(~self.support.check(again))
                singular = still
                if not singular.any():
                    break
        return sample

    def _any_of_batch(self, flags: Any) -> Any:
        batch_dims = tuple(-1 - d for d in range(len(self._batch_shape)))
        return flags.amax(batch_dims) if batch_dims else flags

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        nu, p, factor = self.df, self._event_shape[-1], self._unbroadcasted_scale_tril
        solved: Any = cholesky_solve(value, factor)
        constant = -nu * (p * math.log(2) / 2 + _log_diagonal(factor)) - mvlgamma(nu / 2, p)
        log_det = (nu - p - 1) / 2 * slogdet(value).logabsdet
        return constant + log_det - solved.diagonal(dim1=-2, dim2=-1).sum(-1) / 2

    def entropy(self) -> Any:
        nu, p = self.df, self._event_shape[-1]
        steps = arange(p, **_like(nu)) / 2
        slope: Any = digamma((nu / 2).unsqueeze(-1) - steps).sum(-1)
        size = (p + 1) * (p * math.log(2) / 2 + _log_diagonal(self._unbroadcasted_scale_tril))
        return size + mvlgamma(nu / 2, p) - (nu - p - 1) / 2 * slope + nu * p / 2

    @property
    def _natural_params(self) -> tuple:
        return -self.precision_matrix / 2, (self.df - self._event_shape[-1] - 1) / 2

    def _log_normalizer(self, x: Any, y: Any) -> Any:
        p = self._event_shape[-1]
        half = y + (p + 1) / 2
        return half * (-slogdet(-2 * x).logabsdet + math.log(2) * p) + mvlgamma(half, p)


class LKJCholesky(Parametric):
    """Cholesky factors of random correlation matrices (Lewandowski, Kurowicka and Joe 2009), grown
    row by row from points of spheres.
    """

    arg_constraints = {"concentration": constraints.positive}
    support = constraints.corr_cholesky
    concentration: Any

    def __init__(self, dim: int, concentration: Any = 1.0, validate_args: bool | None = None):
        if dim < 2:
            raise ValueError(
                f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}."
            )
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        options = _like(self.concentration)
        offset: Any = cat([zeros((1,), **options), arange(dim - 1, **options)])
        marginal = self.concentration + 0.5 * (dim - 2)
        self._beta = Beta(offset + 0.5, marginal.unsqueeze(-1) - 0.5 * offset)
        batch_shape, event_shape = self.concentration.size(), Size((dim, dim))
        super().__init__(batch_shape, event_shape, validate_args=validate_args)

    def _expand_rest(self, new: Any, batch_shape: Size) -> None:
        new.dim, new._beta = self.dim, self._beta.expand((*batch_shape, self.dim))

    def sample(self, sample_shape: Any = ()) -> Any:
        with no_grad():
            lengths = self._beta.sample(sample_shape).unsqueeze(-1)
            shape = self._extended_shape(sample_shape)
            normal: Any = randn(shape, **_like(self.concentration))
            below = normal.tril(-1)
            directions = below / below.norm(dim=-1, keepdim=True)
            directions[..., 0, :].fill_(0.0)
            rows = lengths.sqrt() * directions
            rest = 1 - (rows**2).sum(-1)
            return rows + rest.clamp(min=finfo(rows.dtype).tiny).sqrt().diag_embed()

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        diagonal = value.diagonal(dim1=-1, dim2=-2)[..., 1:]
        steps = arange(2, self.dim + 1, **_like(self.concentration))
        order = 2 * (self.concentration - 1).unsqueeze(-1) + self.dim - steps
        n = self.dim - 1
        alpha = self.concentration + 0.5 * n
        volume = 0.5 * n * math.log(math.pi) + mvlgamma(alpha - 0.5, n) - lgamma(alpha) * n
        return (order * diagonal.log()).sum(-1) - volume
