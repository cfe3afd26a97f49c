"""Continuous distributions near discrete ones, with a temperature; at 0 they would be discrete."""

from __future__ import annotations

from typing import Any

from .._size import Size
from ..ops.activation import logsumexp
from ..ops.creation import full_like
from ..ops.random import rand
from ..ops.unary import lgamma
from . import constraints
from ._categories import Categorical, _OfCategorical
from ._combined import TransformedDistribution
from .distribution import ByOdds
from .transforms import ExpTransform, SigmoidTransform
from .utils import _like, broadcast_all, clamp_probs


class LogitRelaxedBernoulli(ByOdds):
    """The log-odds of a RelaxedBernoulli."""

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.real

    def __init__(
        self,
        temperature: Any,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ):
        self.temperature = temperature
        self._set_odds(probs, logits)
        super().__init__(self.param_shape, validate_args=validate_args)

    def _expand_rest(self, new: Any, batch_shape: Size) -> None:
        new.temperature = self.temperature

    def rsample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        probs: Any = clamp_probs(self.probs.expand(shape))
        u: Any = clamp_probs(rand(shape, **_like(probs)))
        noise = u.log() - (-u).log1p()
        return (noise + probs.log() - (-probs).log1p()) / self.temperature

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        gap: Any = logits - value * self.temperature
        return self.temperature.log() + gap - 2 * gap.exp().log1p()


class ExpRelaxedCategorical(_OfCategorical):
    """The logarithms of a RelaxedOneHotCategorical."""

    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self,
        temperature: Any,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ):
        self._categorical = Categorical(probs, logits)
        self.temperature = temperature
        event_shape = self._categorical.param_shape[-1:]
        super().__init__(self._categorical.batch_shape, event_shape, validate_args=validate_args)

    def _expand_rest(self, new: Any, batch_shape: Size) -> None:
        super()._expand_rest(new, batch_shape)
        new.temperature = self.temperature

    def rsample(self, sample_shape: Any = ()) -> Any:
        u: Any = clamp_probs(rand(self._extended_shape(sample_shape), **_like(self.logits)))
        scores = (self.logits - (-u.log()).log()) / self.temperature
        return scores - logsumexp(scores, -1, keepdim=True)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        n = self._categorical._num_events
        logits, value = broadcast_all(self.logits, value)
        of_count: Any = lgamma(full_like(self.temperature, float(n)))
        score = logits - value * self.temperature
        score = (score - logsumexp(score, -1, keepdim=True)).sum(-1)
        return score + (of_count + (n - 1) * self.temperature.log())


class _Relaxed(TransformedDistribution):
    """What is told about the distribution before the last transform."""

    has_rsample = True
    temperature = property(lambda self: self.base_dist.temperature)
    logits = property(lambda self: self.base_dist.logits)
    probs = property(lambda self: self.base_dist.probs)


class RelaxedBernoulli(_Relaxed):
    """Numbers in the unit interval, near its ends for low temperatures."""

    arg_constraints = LogitRelaxedBernoulli.arg_constraints
    support = constraints.unit_interval

    def __init__(
        self,
        temperature: Any,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ):
        base = LogitRelaxedBernoulli(temperature, probs, logits)
        super().__init__(base, SigmoidTransform(), validate_args=validate_args)


class RelaxedOneHotCategorical(_Relaxed):
    """Points of the simplex, near its corners for low temperatures."""

    arg_constraints = _OfCategorical.arg_constraints
    support = constraints.simplex

    def __init__(
        self,
        temperature: Any,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ):
        base = ExpRelaxedCategorical(temperature, probs, logits, validate_args=validate_args)
        super().__init__(base, ExpTransform(), validate_args=validate_args)
