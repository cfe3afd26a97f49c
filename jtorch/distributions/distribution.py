"""The base classes: shapes, validation, printing, and the one way in which the parameters of those
given by tensors are broadcast, stored and expanded.
"""

from __future__ import annotations

import warnings
from typing import Any

from .._autograd.modes import no_grad
from .._backward import grad
from .._size import Size
from .._tensor import Tensor
from . import constraints
from .utils import broadcast_all, lazy_property, logits_to_probs, probs_to_logits

__all__ = ["Distribution", "ExponentialFamily"]

_PACKAGE = __name__.rpartition(".")[0]


def _not_said(self: Any) -> Any:
    raise NotImplementedError


class Distribution:
    """A batch of distributions. Samples have the shape sample_shape + batch_shape + event_shape."""

    has_rsample: Any = False
    has_enumerate_support: Any = False
    _validate_args = __debug__

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Whether arguments are checked where validate_args is not given."""
        if value not in (True, False):
            raise ValueError
        Distribution._validate_args = value

    def __init__(
        self,
        batch_shape: Any = (),
        event_shape: Any = (),
        validate_args: bool | None = None,
    ):
        self._batch_shape, self._event_shape = Size(batch_shape), Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._check_parameters()
        super().__init__()

    def _check_parameters(self) -> None:
        for name, constraint in self._known_constraints().items():
            if constraints.is_dependent(constraint):
                continue
            computed = isinstance(getattr(type(self), name, None), lazy_property)
            if computed and name not in self.__dict__:
                continue  # it follows from other parameters
            value = getattr(self, name)
            if not constraint.check(value).all():
                raise ValueError(
                    f"Expected parameter {name} ({_described(value)}) of distribution {self!r} to "
                    f"satisfy the constraint {constraint!r}, but found invalid values:\n{value}"
                )

    def _known_constraints(self) -> dict[str, Any]:
        try:
            return self.arg_constraints
        except NotImplementedError:
            warnings.warn(
                f"{self.__class__} does not define `arg_constraints`. Please set "
                "`arg_constraints = {}` or initialize the distribution with `validate_args=False` "
                "to turn off validation.",
                stacklevel=2,
            )
            return {}

    # -- what subclasses say

    @property
    def batch_shape(self) -> Size:
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        return self._event_shape

    # Any: subclasses have attributes as well as properties
    arg_constraints: Any = property(_not_said, doc="The constraint of each parameter, by name.")
    support: Any = property(_not_said, doc="The constraint that samples satisfy.")
    mean: Any = property(_not_said)
    variance: Any = property(_not_said)

    @property
    def mode(self) -> Any:
        raise NotImplementedError(f"{self.__class__} does not implement mode")

    @property
    def stddev(self) -> Any:
        return self.variance.sqrt()

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The distribution with its parameters expanded to a batch shape."""
        raise NotImplementedError

    def sample(self, sample_shape: Any = ()) -> Any:
        """Numbers drawn, without gradients."""
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Numbers drawn, differentiable by the parameters."""
        raise NotImplementedError

    def sample_n(self, n: int) -> Any:
        """sample((n,)), under an old name."""
        warnings.warn(
            "`sample_n(n)` will be deprecated. Use `sample((n,))` instead.",
            FutureWarning,
            stacklevel=2,
        )
        return self.sample(Size((n,)))

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density, or of the probability, at value."""
        raise NotImplementedError

    def cdf(self, value: Any) -> Any:
        """The probability of a sample of at most value."""
        raise NotImplementedError

    def icdf(self, value: Any) -> Any:
        """The inverse of cdf."""
        raise NotImplementedError

    def enumerate_support(self, expand: bool = True) -> Any:
        """All values of a discrete distribution, along a new first dimension."""
        raise NotImplementedError

    def entropy(self) -> Any:
        raise NotImplementedError

    def perplexity(self) -> Any:
        return self.entropy().exp()

    # -- for subclasses

    def _extended_shape(self, sample_shape: Any = ()) -> Size:
        return Size(sample_shape) + self._batch_shape + self._event_shape

    def _validate_sample(self, value: Any) -> None:
        """Raise unless value has a fitting shape and is in the support."""
        if not isinstance(value, Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        event_start = len(value.shape) - len(self._event_shape)
        if value.shape[event_start:] != self._event_shape:
            raise ValueError(
                "The right-most size of value must match event_shape: "
                f"{value.shape} vs {self._event_shape}."
            )
        expected = self._batch_shape + self._event_shape
        if any(1 not in (i, j) and i != j for i, j in zip(value.shape[::-1], expected[::-1])):
            raise ValueError(
                "Value is not broadcastable with batch_shape+event_shape: "
                f"{value.shape} vs {expected}."
            )
        try:
            support = self.support
        except NotImplementedError:
            warnings.warn(
                f"{self.__class__} does not define `support` to enable sample validation. Please "
                "initialize the distribution with `validate_args=False` to turn off validation.",
                stacklevel=3,
            )
            return
        if not support.check(value).all():
            raise ValueError(
                f"Expected value argument ({_described(value)}) to be within the support "
                f"({support!r}) of the distribution {self!r}, but found invalid values:\n{value}"
            )

    def _get_checked_instance(self, cls: type, _instance: Any = None) -> Any:
        """An empty instance for expand() of cls, unless a subclass has its own way to be made."""
        if _instance is None and type(self).__init__ is not cls.__init__:
            raise NotImplementedError(
                f"Subclass {type(self).__name__} of {cls.__name__} that defines a custom __init__ "
                "method must also define a custom .expand() method."
            )
        return self.__new__(type(self)) if _instance is None else _instance

    def _checked_clone(self, _instance: Any) -> Any:
        """_get_checked_instance for the class of this package that self is of."""
        ours = (c for c in type(self).__mro__ if c.__module__.startswith(_PACKAGE))
        return self._get_checked_instance(next(ours), _instance)

    def __repr__(self) -> str:
        names = [name for name in self.arg_constraints if name in self.__dict__]
        shown = (
            (name, value if value.numel() == 1 else value.size())
            for name in names
            for value in [self.__dict__[name]]
        )
        return f"{self.__class__.__name__}({', '.join(f'{k}: {v}' for k, v in shown)})"


def _described(value: Any) -> str:
    return f"{type(value).__name__} of shape {tuple(value.shape)}"


class ExponentialFamily(Distribution):
    """Distributions whose density is exp(t(x) . natural parameters - log normalizer + k(x))."""

    _natural_params: Any = property(_not_said)
    _mean_carrier_measure: Any = property(_not_said, doc="The mean of k(x).")

    def _log_normalizer(self, *natural_params: Any) -> Any:
        raise NotImplementedError

    def entropy(self) -> Any:
        """By the derivative of the log normalizer, which is the mean of t(x)."""
        result: Any = -self._mean_carrier_measure
        params = [p.detach().requires_grad_() for p in self._natural_params]
        log_normalizer = self._log_normalizer(*params)
        result = result + log_normalizer
        for p, mean in zip(params, grad(log_normalizer.sum(), params, create_graph=True)):
            result = result - (p * mean).reshape((*self._batch_shape, -1)).sum(-1)
        return result


class Parametric(Distribution):
    """Given by tensors in attributes, of which arg_constraints says how many of the last dimensions
    belong to one distribution.
    """

    def _set(self, validate_args: bool | None, **parameters: Any) -> None:
        """Store single numbers a distribution, broadcast, and initialise."""
        values = broadcast_all(*parameters.values())
        self.__dict__.update(zip(parameters, values))
        Distribution.__init__(self, values[0].shape, validate_args=validate_args)

    def _expanded(self, name: str, batch_shape: Size) -> Any:
        """A parameter for an expanded batch."""
        value = self.__dict__[name]
        events = len(value.shape) - self._event_dim_of(name)
        return value.expand(batch_shape + value.shape[events:])

    def _event_dim_of(self, name: str) -> int:
        for cls in type(self).__mro__:
            own = self.arg_constraints if cls is type(self) else vars(cls).get("arg_constraints")
            if isinstance(own, dict) and name in own:
                return 0 if constraints.is_dependent(own[name]) else own[name].event_dim
        raise KeyError(name)

    def _parameter_names(self) -> list[str]:
        """The names under which parameters are stored, of this class and those it extends."""
        names = list(self.arg_constraints)
        for cls in type(self).__mro__:
            own = vars(cls).get("arg_constraints")
            names += own if isinstance(own, dict) else ()
        return [name for name in dict.fromkeys(names) if name in self.__dict__]

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = self._checked_clone(_instance)
        batch_shape = Size(batch_shape)
        for name in sorted(self._parameter_names(), key=self._event_dim_of):
            new.__dict__[name] = self._expanded(name, batch_shape)
        self._expand_rest(new, batch_shape)
        Distribution.__init__(new, batch_shape, self._event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    def _expand_rest(self, new: Any, batch_shape: Size) -> None:
        """Give the expanded instance what is not a parameter."""


class ByOdds(Parametric):
    """Given by probs or by logits, each of which follows from the other. is_binary: of one event,
    else of several that exclude each other, along the last dimension.
    """

    _is_binary = True

    def _set_odds(self, probs: Any, logits: Any, *others: Any) -> tuple:
        """Store the one that is given; others are broadcast with it."""
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        name, value = ("logits", logits) if probs is None else ("probs", probs)
        *others, value = broadcast_all(*others, value)  # type: ignore[assignment]
        self.__dict__[name] = value
        return tuple(others)

    @property
    def _param(self) -> Any:
        """The one that was given."""
        return self.__dict__["probs"] if "probs" in self.__dict__ else self.__dict__["logits"]

    @property
    def param_shape(self) -> Size:
        return self._param.size()

    @lazy_property
    def logits(self) -> Any:
        return probs_to_logits(self.probs, is_binary=self._is_binary)

    @lazy_property
    def probs(self) -> Any:
        return logits_to_probs(self.logits, is_binary=self._is_binary)

    def _new(self, *args: Any, **kwargs: Any) -> Any:
        return self._param.new(*args, **kwargs)
