"""Distributions of counts and of yes and no, by probabilities or log-odds, and the continuous
Bernoulli distribution between them.
"""

from __future__ import annotations

import math
from typing import Any

from .._autograd.modes import no_grad
from .._dtypes import finfo
from .._size import Size
from ..nn.functional import binary_cross_entropy_with_logits
from ..ops.activation import logsigmoid, softplus
from ..ops.random import rand
from ..ops.randomfill import bernoulli
from ..ops.ranges import arange
from ..ops.samplers import binomial, poisson
from ..ops.unary import lgamma
from ..ops.where import where
from . import constraints
from ._gamma import Gamma
from .distribution import ByOdds, ExponentialFamily, Parametric
from .utils import _like, broadcast_all, clamp_probs, lazy_property

_ODDS = {"probs": constraints.unit_interval, "logits": constraints.real}


def _cross_entropy(logits: Any, target: Any) -> Any:
    logits, target = broadcast_all(logits, target)
    return binary_cross_entropy_with_logits(logits, target, reduction="none")


class Bernoulli(ByOdds, ExponentialFamily):
    """1 with a probability, else 0."""

    arg_constraints = _ODDS
    support = constraints.boolean
    has_enumerate_support = True
    _mean_carrier_measure = 0

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None):
        self._set_odds(probs, logits)
        super().__init__(self.param_shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.probs

    @property
    def mode(self) -> Any:
        return where(self.probs == 0.5, math.nan, (self.probs >= 0.5).to(self.probs))

    @property
    def variance(self) -> Any:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        with no_grad():
            return bernoulli(self.probs.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        return -_cross_entropy(self.logits, value)

    def entropy(self) -> Any:
        return _cross_entropy(self.logits, self.probs)

    def enumerate_support(self, expand: bool = True) -> Any:
        return _counted(self, 2, expand)

    @property
    def _natural_params(self) -> tuple:
        return (self.probs.logit(),)

    def _log_normalizer(self, x: Any) -> Any:
        return x.exp().log1p()


def _counted(distribution: Any, n: int, expand: bool) -> Any:
    """0 to n - 1 along a first dimension before the batch."""
    batch = distribution._batch_shape
    values: Any = arange(n, **_like(distribution._param)).view(-1, *[1] * len(batch))
    return values.expand(-1, *batch) if expand else values


class Geometric(ByOdds):
    """Failures before the first success."""

    arg_constraints = _ODDS
    support = constraints.nonnegative_integer

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None):
        self._set_odds(probs, logits)
        super().__init__(self.param_shape, validate_args=validate_args)
        if self._validate_args and probs is not None:
            value = self.probs
            valid = value > 0
            if not valid.all():
                raise ValueError(
                    f"Expected parameter probs ({type(value).__name__} of shape "
                    f"{tuple(value.shape)}) of distribution {self!r} to be positive but found "
                    f"invalid values:\n{value.detach()[~valid]}"
                )

    @property
    def mean(self) -> Any:
        return 1.0 / self.probs - 1.0

    @property
    def mode(self) -> Any:
        return self.probs.new_zeros(self.probs.shape)

    @property
    def variance(self) -> Any:
        return (1.0 / self.probs - 1.0) / self.probs

    def sample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        with no_grad():
            u = self.probs.new(shape).uniform_(finfo(self.probs.dtype).tiny, 1)
            return (u.log() / (-self.probs.expand(shape)).log1p()).floor()

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        value, probs = broadcast_all(value, self.probs)
        failing: Any = where((probs == 1) & (value == 0), 0.0, probs)  # 0 * log(0) counts as 0
        return value * (-failing).log1p() + self.probs.log()

    def entropy(self) -> Any:
        return _cross_entropy(self.logits, self.probs) / self.probs


class Binomial(ByOdds):
    """Successes in total_count trials."""

    arg_constraints = {"total_count": constraints.nonnegative_integer, **_ODDS}
    has_enumerate_support = True
    total_count: Any

    def __init__(
        self,
        total_count: Any = 1,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ):
        (total_count,) = self._set_odds(probs, logits, total_count)
        self.total_count = total_count.type_as(self._param)
        super().__init__(self.param_shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Any:
        return constraints.integer_interval(0, self.total_count)

    @property
    def mean(self) -> Any:
        return self.total_count * self.probs

    @property
    def mode(self) -> Any:
        return ((self.total_count + 1) * self.probs).floor().clamp(max=self.total_count)

    @property
    def variance(self) -> Any:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        with no_grad():
            return binomial(self.total_count.expand(shape), self.probs.expand(shape))

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        n = self.total_count
        ways = lgamma(n + 1) - lgamma(value + 1) - lgamma(n - value + 1)
        return value * self.logits + ways - n * softplus(self.logits)

    def _single_count(self, purpose: str) -> int:
        n = int(self.total_count.max())
        if not (self.total_count == n).all():
            raise NotImplementedError(f"Inhomogeneous total count not supported by `{purpose}`.")
        return n

    def entropy(self) -> Any:
        self._single_count("entropy")
        log_prob = self.log_prob(self.enumerate_support(False))
        return -(log_prob.exp() * log_prob).sum(0)

    def enumerate_support(self, expand: bool = True) -> Any:
        return _counted(self, 1 + self._single_count("enumerate_support"), expand)


class NegativeBinomial(ByOdds):
    """Successes before total_count failures."""

    arg_constraints = {
        "total_count": constraints.greater_than_eq(0),
        "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }
    support = constraints.nonnegative_integer
    total_count: Any

    def __init__(
        self,
        total_count: Any,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ):
        (total_count,) = self._set_odds(probs, logits, total_count)
        self.total_count = total_count.type_as(self._param)
        super().__init__(self.param_shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.total_count * self.logits.exp()

    @property
    def mode(self) -> Any:
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0.0)

    @property
    def variance(self) -> Any:
        return self.mean / (-self.logits).sigmoid()

    @lazy_property
    def _gamma(self) -> Gamma:
        return Gamma(self.total_count, (-self.logits).exp(), validate_args=False)

    def sample(self, sample_shape: Any = ()) -> Any:
        with no_grad():
            return poisson(self._gamma.sample(sample_shape))

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        n = self.total_count
        density = n * logsigmoid(-self.logits) + value * logsigmoid(self.logits)
        ways: Any = lgamma(n + value) - lgamma(1.0 + value) - lgamma(n)
        return density + ways.masked_fill(n + value == 0.0, 0.0)


class Poisson(Parametric, ExponentialFamily):
    """Numbers of events that come at a rate."""

    arg_constraints = {"rate": constraints.nonnegative}
    support = constraints.nonnegative_integer
    rate: Any

    def __init__(self, rate: Any, validate_args: bool | None = None):
        self._set(validate_args, rate=rate)

    @property
    def mean(self) -> Any:
        return self.rate

    @property
    def mode(self) -> Any:
        return self.rate.floor()

    @property
    def variance(self) -> Any:
        return self.rate

    def sample(self, sample_shape: Any = ()) -> Any:
        with no_grad():
            return poisson(self.rate.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        rate, value = broadcast_all(self.rate, value)
        return value.xlogy(rate) - rate - lgamma(value + 1)

    @property
    def _natural_params(self) -> tuple:
        return (self.rate.log(),)

    def _log_normalizer(self, x: Any) -> Any:
        return x.exp()


class ContinuousBernoulli(ByOdds, ExponentialFamily):
    """Numbers x of the unit interval with density in proportion to probs**x (1 - probs)**(1 - x).
    Between lims, around a half, where the formulas are 0 / 0, Taylor series replace them.
    """

    arg_constraints = _ODDS
    support = constraints.unit_interval
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(
        self,
        probs: Any = None,
        logits: Any = None,
        lims: tuple[float, float] = (0.499, 0.501),
        validate_args: bool | None = None,
    ):
        self._set_odds(probs, logits)
        self._lims = lims
        if probs is not None:
            if validate_args is not None and not _ODDS["probs"].check(self.probs).all():
                raise ValueError("The parameter probs has invalid values")
            self.__dict__["probs"] = clamp_probs(self.probs)
        super().__init__(self.param_shape, validate_args=validate_args)

    def _expand_rest(self, new: Any, batch_shape: Size) -> None:
        new._lims = self._lims

    def _by_lims(self, exact: Any, series: Any, x: Any = None) -> Any:
        """exact(of probs) outside of lims, series(of probs - 1/2) between them."""
        x = self.probs if x is None else x
        stable = (x <= self._lims[0]) | (x > self._lims[1])
        return where(stable, exact(where(stable, x, self._lims[0])), series(x - 0.5))

    def _log_norm(self) -> Any:
        def exact(p: Any) -> Any:
            # log |artanh(1 - 2 p) * 2 / (1 - 2 p)|, each side of a half by itself
            low, high = where(p <= 0.5, p, 0.0), where(p >= 0.5, p, 1.0)
            gap: Any = where(p <= 0.5, (-2.0 * low).log1p(), (2.0 * high - 1.0).log())
            return ((-p).log1p() - p.log()).abs().log() - gap

        def series(x: Any) -> Any:
            return math.log(2.0) + (4.0 / 3.0 + 104.0 / 45.0 * x**2) * x**2

        return self._by_lims(exact, series)

    @property
    def mean(self) -> Any:
        return self._by_lims(
            lambda p: p / (2.0 * p - 1.0) + 1.0 / ((-p).log1p() - p.log()),
            lambda x: 0.5 + (1.0 / 3.0 + 16.0 / 45.0 * x**2) * x,
        )

    @property
    def variance(self) -> Any:
        return self._by_lims(
            lambda p: p * (p - 1.0) / (1.0 - 2.0 * p) ** 2 + 1 / ((-p).log1p() - p.log()) ** 2,
            lambda x: 1.0 / 12.0 - (1.0 / 15.0 - 128.0 / 945.0 * x**2) * x**2,
        )

    @property
    def stddev(self) -> Any:
        return self.variance.sqrt()

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.icdf(rand(self._extended_shape(sample_shape), **_like(self.probs)))

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        return -_cross_entropy(self.logits, value) + self._log_norm()

    def cdf(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        inside: Any = self._by_lims(
            lambda p: (p**value * (1.0 - p) ** (1.0 - value) + p - 1.0) / (2.0 * p - 1.0),
            lambda x: value,
        )
        return where(value <= 0.0, 0.0, where(value >= 1.0, 1.0, inside))

    def icdf(self, value: Any) -> Any:
        return self._by_lims(
            lambda p: (
                ((-p + value * (2.0 * p - 1.0)).log1p() - (-p).log1p()) / (p.log() - (-p).log1p())
            ),
            lambda x: value,
        )

    def entropy(self) -> Any:
        log_not, log_is = (-self.probs).log1p(), self.probs.log()
        return self.mean * (log_not - log_is) - self._log_norm() - log_not

    @property
    def _natural_params(self) -> tuple:
        return (self.logits,)

    def _log_normalizer(self, x: Any) -> Any:
        """log((exp(x) - 1) / x), by its series near 0."""
        return self._by_lims(
            lambda y: (y - 0.5).expm1().abs().log() - (y - 0.5).abs().log(),
            lambda x: 0.5 * x + x**2 / 24.0 - x**4 / 2880.0,
            x + 0.5,
        )
