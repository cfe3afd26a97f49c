"""The divergences that are registered. Within a class of distributions there are formulas; between
others, KL(p || q) is -(entropy of p) - E_p[log q], and the mean of log q under p is made of a few
expectations under p: the mean, the variance, E[log x] and E[exp(-t x)].
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .._backward import grad
from ..ops.activation import softplus
from ..ops.creation import full_like
from ..ops.join import cat
from ..ops.linalg import solve_triangular
from ..ops.matmul import matmul
from ..ops.unary import digamma, lgamma
from ..ops.where import where
from ._categories import Categorical, OneHotCategorical
from ._combined import Independent, TransformedDistribution
from ._counts import Bernoulli, Binomial, ContinuousBernoulli, Geometric, Poisson
from ._derived import Gumbel, HalfNormal, Pareto
from ._gamma import Beta, Dirichlet, Exponential, Gamma
from ._location import Cauchy, Laplace, Normal, Uniform
from ._multivariate import (
    LowRankMultivariateNormal,
    MultivariateNormal,
    _batch_mahalanobis,
    _log_diagonal,
)
from .distribution import ExponentialFamily
from .kl import kl_divergence, register_kl
from .utils import _sum_rightmost, euler_constant

# -- between distributions of one class


@register_kl(ExponentialFamily, ExponentialFamily)
def _families(p: Any, q: Any) -> Any:
    """A Bregman divergence of the log normalizer."""
    if type(p) is not type(q):
        raise NotImplementedError(
            "The cross KL-divergence between different exponential families cannot"
            "                             be computed using Bregman divergences"
        )
    of_p = [x.detach().requires_grad_() for x in p._natural_params]
    normalizer = p._log_normalizer(*of_p)
    means = grad(normalizer.sum(), of_p, create_graph=True)
    result = q._log_normalizer(*q._natural_params) - normalizer
    for x, y, mean in zip(of_p, q._natural_params, means):
        result = result - _sum_rightmost((y - x) * mean, len(q.event_shape))
    return result


def _times_gap(weight: Any, of_p: Any, of_q: Any, impossible: Any) -> Any:
    """weight * (of_p - of_q), infinite where q makes it impossible, 0 for weight 0."""
    gap = where(impossible, math.inf, weight * (of_p - of_q))
    return where(weight == 0, 0.0, gap)


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p: Any, q: Any) -> Any:
    yes = _times_gap(p.probs, softplus(-q.logits), softplus(-p.logits), q.probs == 0)
    no = _times_gap(1 - p.probs, softplus(q.logits), softplus(p.logits), q.probs == 1)
    return yes + no


@register_kl(Beta, Beta)
def _beta(p: Any, q: Any) -> Any:
    return kl_divergence(p._dirichlet, q._dirichlet)


@register_kl(Binomial, Binomial)
def _binomial(p: Any, q: Any) -> Any:
    if (p.total_count < q.total_count).any():
        raise NotImplementedError(
            "KL between Binomials where q.total_count > p.total_count is not implemented"
        )
    gap = p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p()
    return where(p.total_count > q.total_count, math.inf, p.total_count * gap)


@register_kl(Categorical, Categorical)
def _categorical(p: Any, q: Any) -> Any:
    return _times_gap(p.probs, p.logits, q.logits, q.probs == 0).sum(-1)


@register_kl(OneHotCategorical, OneHotCategorical)
def _one_hot(p: Any, q: Any) -> Any:
    return _categorical(p._categorical, q._categorical)


@register_kl(Dirichlet, Dirichlet)
def _dirichlet(p: Any, q: Any) -> Any:
    a, b = p.concentration, q.concentration
    total = a.sum(-1)
    of_log: Any = digamma(a) - digamma(total).unsqueeze(-1)  # type: ignore[attr-defined]
    betas = (lgamma(a) - lgamma(b)).sum(-1)
    return lgamma(total) - lgamma(b.sum(-1)) - betas + ((a - b) * of_log).sum(-1)


@register_kl(Exponential, Exponential)
def _exponential(p: Any, q: Any) -> Any:
    ratio = q.rate / p.rate
    return -ratio.log() + ratio - 1


@register_kl(Gamma, Gamma)
def _gamma(p: Any, q: Any) -> Any:
    a, b = p.concentration, q.concentration
    shapes: Any = lgamma(b) - lgamma(a) + (a - b) * digamma(a)
    return b * (p.rate / q.rate).log() + shapes + (q.rate - p.rate) * (a / p.rate)


@register_kl(Gumbel, Gumbel)
def _gumbel(p: Any, q: Any) -> Any:
    ratio, shift = p.scale / q.scale, (q.loc - p.loc) / q.scale
    tail: Any = shift + lgamma(1 + ratio)
    return -ratio.log() - shift + ratio * euler_constant + tail.exp() - (1 + euler_constant)


@register_kl(Geometric, Geometric)
def _geometric(p: Any, q: Any) -> Any:
    return -p.entropy() - (-q.probs).log1p() / p.probs - q.logits


@register_kl(HalfNormal, HalfNormal)
def _half_normal(p: Any, q: Any) -> Any:
    return _normal(p.base_dist, q.base_dist)


@register_kl(Laplace, Laplace)
def _laplace(p: Any, q: Any) -> Any:
    ratio, gap = p.scale / q.scale, (p.loc - q.loc).abs()
    return -ratio.log() + gap / q.scale + ratio * (-gap / p.scale).exp() - 1


@register_kl(Normal, Normal)
def _normal(p: Any, q: Any) -> Any:
    ratio, shift = (p.scale / q.scale).pow(2), ((p.loc - q.loc) / q.scale).pow(2)
    return 0.5 * (ratio + shift - 1 - ratio.log())


@register_kl(Cauchy, Cauchy)
def _cauchy(p: Any, q: Any) -> Any:
    """Chyzak and Nielsen 2019."""
    above = ((p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)).log()
    return above - (4 * p.scale * q.scale).log()


@register_kl(Pareto, Pareto)
def _pareto(p: Any, q: Any) -> Any:
    ratio = q.alpha / p.alpha
    found = q.alpha * (p.scale / q.scale).log() - ratio.log() + ratio - 1
    return where(p.scale < q.scale, math.inf, found)


@register_kl(Poisson, Poisson)
def _poisson(p: Any, q: Any) -> Any:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(Uniform, Uniform)
def _uniform(p: Any, q: Any) -> Any:
    found = ((q.high - q.low) / (p.high - p.low)).log()
    return where((q.low > p.low) | (q.high < p.high), math.inf, found)


@register_kl(TransformedDistribution, TransformedDistribution)
def _transformed(p: Any, q: Any) -> Any:
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError
    extra = len(p.event_shape) - len(p.base_dist.event_shape)
    return _sum_rightmost(kl_divergence(p.base_dist, q.base_dist), extra)


@register_kl(Independent, Independent)
def _independent(p: Any, q: Any) -> Any:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError
    return _sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


# -- between normal vectors, whose covariances are R R^T


def _root(p: Any) -> Any:
    if isinstance(p, MultivariateNormal):
        return p._unbroadcasted_scale_tril
    factor, root = p.cov_factor, p.cov_diag.sqrt().diag_embed()
    return cat([factor, root], -1)


def _squares(matrix: Any) -> Any:
    return matrix.pow(2).sum((-2, -1))


def _log_det(p: Any) -> Any:
    if isinstance(p, MultivariateNormal):
        return 2 * _log_diagonal(p._unbroadcasted_scale_tril)
    return p._log_det()


def _distance_and_trace(q: Any, x: Any, root: Any) -> tuple[Any, Any]:
    """x . C^-1 x and the trace of C^-1 R R^T, for the covariance C of q."""
    if isinstance(q, MultivariateNormal):
        factor = q._unbroadcasted_scale_tril
        solved = solve_triangular(factor, root, upper=False)
        return _batch_mahalanobis(factor, x), _squares(solved)
    plain = _squares(root / q._unbroadcasted_cov_diag.sqrt().unsqueeze(-1))
    small = solve_triangular(q._capacitance_tril, matmul(q._weighted(), root), upper=False)
    return q._distance(x), plain - _squares(small)


_KINDS = {
    (False, False): "Multivariate Normals",
    (False, True): "(Low Rank) Multivariate Normals",
    (True, False): "(Low Rank) Multivariate Normals",
    (True, True): "Low Rank Multivariate Normals",
}


def _normal_vectors(p: Any, q: Any) -> Any:
    if p.event_shape != q.event_shape:
        kinds = _KINDS[tuple(isinstance(x, LowRankMultivariateNormal) for x in (p, q))]  # type: ignore[index]
        raise ValueError(
            f"KL-divergence between two {kinds} with                          different event "
            "shapes cannot be computed"
        )
    distance, trace = _distance_and_trace(q, q.loc - p.loc, _root(p))
    return 0.5 * (_log_det(q) - _log_det(p) + distance + trace - p.event_shape[0])


for _p in (MultivariateNormal, LowRankMultivariateNormal):
    for _q in (MultivariateNormal, LowRankMultivariateNormal):
        register_kl(_p, _q)(_normal_vectors)


# -- between distributions of two classes: what is known of p


def _mean_log(p: Any) -> Any:
    """E[log x]."""
    if isinstance(p, Beta):
        a: Any = digamma(p.concentration1)
        return a - digamma(p.concentration1 + p.concentration0)
    if isinstance(p, Exponential):
        return -euler_constant - p.rate.log()
    if isinstance(p, Gamma):
        return digamma(p.concentration) - p.rate.log()
    if isinstance(p, Pareto):
        return p.scale.log() + p.alpha.reciprocal()
    return (_x_log_x(p.high) - _x_log_x(p.low)) / (p.high - p.low) - 1  # Uniform


def _x_log_x(x: Any) -> Any:
    return x.xlogy(x)


def _log_mean_exp(p: Any, t: Any) -> Any:
    """log E[exp(-t x)]."""
    if isinstance(p, Exponential):
        return -(t / p.rate).log1p()
    if isinstance(p, Gamma):
        return -p.concentration * (t / p.rate).log1p()
    if isinstance(p, Normal):
        return t * (t * p.scale.pow(2) / 2 - p.loc)
    width = t * (p.high - p.low)  # Uniform
    return -t * p.low + (-(-width).expm1() / width).log()


# -- the mean of -log q under p


def _of_normal(p: Any, q: Any) -> Any:
    square = (p.variance + (p.mean - q.loc).pow(2)) / (2 * q.scale.pow(2))
    return q.scale.log() + 0.5 * math.log(2 * math.pi) + square


def _of_exponential(p: Any, q: Any) -> Any:
    return q.rate * p.mean - q.rate.log()


def _of_gamma(p: Any, q: Any) -> Any:
    a, normalizer = q.concentration, lgamma(q.concentration)
    return normalizer - a * q.rate.log() - (a - 1) * _mean_log(p) + q.rate * p.mean


def _of_gumbel(p: Any, q: Any) -> Any:
    tail = (q.loc / q.scale + _log_mean_exp(p, q.scale.reciprocal())).exp()
    return q.scale.log() + (p.mean - q.loc) / q.scale + tail


def _of_laplace(p: Any, q: Any) -> Any:
    """For a normal p."""
    gap = p.loc - q.loc
    ratio = gap / (math.sqrt(2) * p.scale)
    distance = math.sqrt(2 / math.pi) * p.scale * (-ratio.pow(2)).exp() + gap * ratio.erf()
    return (2 * q.scale).log() + distance / q.scale


def _of_uniform(p: Any, q: Any) -> Any:
    return (q.high - q.low).log()


def _of_continuous_bernoulli(p: Any, q: Any) -> Any:
    return -p.mean * q.logits - (-q.probs).log1p() - q._log_norm()


def _of_beta(p: Any, q: Any) -> Any:
    """For a uniform p; 1 - x is uniform, too."""
    a, b = q.concentration1, q.concentration0
    log_beta: Any = lgamma(a) + lgamma(b) - lgamma(a + b)
    mirrored = Uniform(1 - p.high, 1 - p.low, validate_args=False)
    return log_beta - (a - 1) * _mean_log(p) - (b - 1) * _mean_log(mirrored)


def _of_pareto(p: Any, q: Any) -> Any:
    return (q.alpha + 1) * _mean_log(p) - q.alpha.log() - q.alpha * q.scale.log()


def _of_poisson(p: Any, q: Any) -> Any:
    """For a Bernoulli p, of which x! is always 1."""
    return q.rate - p.probs * q.rate.log()


# -- where p has values that q has not


def _below_zero(p: Any, q: Any) -> Any:
    return p.low < 0


def _off_unit_interval(p: Any, q: Any) -> Any:
    return (p.low < 0) | (p.high > 1)


def _register(
    cross_entropy: Callable, type_q: type, types_p: tuple, impossible: Callable | None = None
) -> None:
    def divergence(p: Any, q: Any) -> Any:
        found = cross_entropy(p, q) - p.entropy()
        return found if impossible is None else where(impossible(p, q), math.inf, found)

    for type_p in types_p:
        register_kl(type_p, type_q)(divergence)


_register(
    _of_normal,
    Normal,
    (Beta, ContinuousBernoulli, Exponential, Gamma, Gumbel, Laplace, Uniform),
)
_register(_of_exponential, Exponential, (Beta, ContinuousBernoulli, Gamma))
_register(_of_exponential, Exponential, (Uniform,), _below_zero)
_register(_of_gamma, Gamma, (Beta, Exponential))
_register(_of_gamma, Gamma, (Uniform,), _below_zero)
_register(_of_gumbel, Gumbel, (Exponential, Gamma, Normal, Uniform))
_register(_of_laplace, Laplace, (Normal,))
_register(_of_poisson, Poisson, (Bernoulli,))
_register(_of_beta, Beta, (Uniform,), _off_unit_interval)
_register(_of_pareto, Pareto, (Uniform,), lambda p, q: p.low < q.scale)
_register(_of_uniform, Uniform, (Beta,), lambda p, q: (q.low > 0) | (q.high < 1))
_register(_of_continuous_bernoulli, ContinuousBernoulli, (Beta,))
# torch counts equal bounds as too narrow here
_register(
    _of_continuous_bernoulli,
    ContinuousBernoulli,
    (Uniform,),
    lambda p, q: (p.low <= 0) | (p.high >= 1),
)
_register(_of_uniform, Uniform, (ContinuousBernoulli,), lambda p, q: (q.low >= 0) | (q.high <= 1))


def _register_pareto(cross_entropy: Callable, type_q: type, moments: int) -> None:
    """For q with as many moments: infinite where p has not so many, and without gradient there."""

    @register_kl(Pareto, type_q)
    def _(p: Any, q: Any) -> Any:
        enough = p.alpha > moments
        tame = Pareto(p.scale, where(enough, p.alpha, moments + 1.0), validate_args=False)
        return where(enough, cross_entropy(tame, q) - tame.entropy(), math.inf)


_register_pareto(_of_exponential, Exponential, 1)
_register_pareto(_of_gamma, Gamma, 1)
_register_pareto(_of_normal, Normal, 2)


def _infinite(p: Any, q: Any) -> Any:
    """p has values that q never has."""
    return full_like(getattr(p, next(iter(p.arg_constraints))), math.inf)


_NEVER: dict[type, tuple[type, ...]] = {
    Beta: (Pareto,),
    ContinuousBernoulli: (Pareto,),
    Exponential: (Beta, ContinuousBernoulli, Pareto, Uniform),
    Gamma: (Beta, ContinuousBernoulli, Pareto, Uniform),
    Gumbel: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Laplace: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Normal: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Pareto: (Beta, ContinuousBernoulli, Uniform),
    Poisson: (Bernoulli, Binomial),
}
for _p, _qs in _NEVER.items():
    for _q in _qs:
        register_kl(_p, _q)(_infinite)


@register_kl(ContinuousBernoulli, ContinuousBernoulli)
def _continuous_bernoulli(p: Any, q: Any) -> Any:
    return _of_continuous_bernoulli(p, q) - p.entropy()
