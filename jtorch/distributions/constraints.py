"""Sets that parameters and samples belong to. `check` says which elements do; `event_dim` is how
many of the last dimensions are one element. It knows no distribution.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable
from typing import Any

from .._dtypes import bool_ as _bool
from .._dtypes import finfo
from ..ops.comparison import isclose
from ..ops.decompositions import cholesky_ex, eigvalsh
from ..ops.join import cat as _cat_tensors
from ..ops.join import stack as _stack_tensors
from ..ops.norms import vector_norm

__all__ = [
    "Constraint",
    "boolean",
    "cat",
    "corr_cholesky",
    "dependent",
    "dependent_property",
    "greater_than",
    "greater_than_eq",
    "independent",
    "integer_interval",
    "interval",
    "half_open_interval",
    "is_dependent",
    "less_than",
    "lower_cholesky",
    "lower_triangular",
    "MixtureSameFamilyConstraint",
    "multinomial",
    "nonnegative",
    "nonnegative_integer",
    "one_hot",
    "positive",
    "positive_semidefinite",
    "positive_definite",
    "positive_integer",
    "real",
    "real_vector",
    "simplex",
    "square",
    "stack",
    "symmetric",
    "unit_interval",
]


class Constraint:
    """A set. Its name as it prints is that of the class without the underscore."""

    is_discrete: Any = False
    event_dim: Any = 0

    def check(self, value: Any) -> Any:
        """Which elements of a batch are in the set."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return self.__class__.__name__[1:] + "()"


# -- sets that depend on other parameters


class _Dependent(Constraint):
    """Cannot be checked before an instance says what it is."""

    def __init__(self, *, is_discrete: Any = NotImplemented, event_dim: Any = NotImplemented):
        self._is_discrete, self._event_dim = is_discrete, event_dim
        super().__init__()

    @property
    def is_discrete(self) -> bool:
        return self._known("is_discrete")

    @property
    def event_dim(self) -> int:
        return self._known("event_dim")

    def _known(self, name: str) -> Any:
        value = getattr(self, "_" + name)
        if value is NotImplemented:
            raise NotImplementedError(f".{name} cannot be determined statically")
        return value

    def __call__(self, *, is_discrete: Any = NotImplemented, event_dim: Any = NotImplemented):
        """The same, with more known about it."""
        given = {"is_discrete": is_discrete, "event_dim": event_dim}
        return _Dependent(
            **{k: getattr(self, "_" + k) if v is NotImplemented else v for k, v in given.items()}
        )

    def check(self, value: Any) -> Any:
        raise ValueError("Cannot determine validity of dependent constraint")


def is_dependent(constraint: Any) -> bool:
    """Whether a constraint cannot be checked without its distribution."""
    return isinstance(constraint, _Dependent)


class _DependentProperty(property, _Dependent):
    """A property of an instance that is a constraint, and a dependent constraint on the class."""

    def __init__(
        self,
        fn: Callable | None = None,
        *,
        is_discrete: Any = NotImplemented,
        event_dim: Any = NotImplemented,
    ):
        property.__init__(self, fn)
        self._is_discrete, self._event_dim = is_discrete, event_dim

    def __call__(self, fn: Callable) -> _DependentProperty:  # type: ignore[override]
        """As a decorator with arguments."""
        return _DependentProperty(fn, is_discrete=self._is_discrete, event_dim=self._event_dim)


# -- sets of numbers between bounds


class _Range(Constraint):
    """Numbers for which every `test` of the attribute it is named after holds."""

    tests: dict[str, Callable] = {}

    def check(self, value: Any) -> Any:
        found = [test(value, getattr(self, name)) for name, test in self.tests.items()]
        if self.is_discrete:
            found.append(value % 1 == 0)
        return functools.reduce(operator.and_, found)

    def __repr__(self) -> str:
        bounds = ", ".join(f"{name}={getattr(self, name)}" for name in self.tests)
        return f"{self.__class__.__name__[1:]}({bounds})"


class _From(_Range):
    def __init__(self, lower_bound: Any):
        self.lower_bound = lower_bound
        super().__init__()


class _To(_Range):
    def __init__(self, upper_bound: Any):
        self.upper_bound = upper_bound
        super().__init__()


class _Between(_Range):
    def __init__(self, lower_bound: Any, upper_bound: Any):
        self.lower_bound, self.upper_bound = lower_bound, upper_bound
        super().__init__()


class _IntegerInterval(_Between):
    is_discrete = True
    tests = {"lower_bound": operator.ge, "upper_bound": operator.le}


class _IntegerLessThan(_To):
    is_discrete = True
    tests = {"upper_bound": operator.le}


class _IntegerGreaterThan(_From):
    is_discrete = True
    tests = {"lower_bound": operator.ge}


class _GreaterThan(_From):
    tests = {"lower_bound": operator.gt}


class _GreaterThanEq(_From):
    tests = {"lower_bound": operator.ge}


class _LessThan(_To):
    tests = {"upper_bound": operator.lt}


class _Interval(_Between):
    tests = {"lower_bound": operator.ge, "upper_bound": operator.le}


class _HalfOpenInterval(_Between):
    tests = {"lower_bound": operator.ge, "upper_bound": operator.lt}


class _Real(Constraint):
    def check(self, value: Any) -> Any:
        return ~value.isnan()


class _Boolean(Constraint):
    is_discrete = True

    def check(self, value: Any) -> Any:
        return (value == 0) | (value == 1)


# -- sets of vectors


class _OneHot(Constraint):
    is_discrete = True
    event_dim = 1

    def check(self, value: Any) -> Any:
        return ((value == 0) | (value == 1)).all(-1) & (value.sum(-1) == 1)


class _Simplex(Constraint):
    event_dim = 1

    def check(self, value: Any) -> Any:
        return (value >= 0).all(-1) & ((value.sum(-1) - 1).abs() < 1e-6)


class _Multinomial(Constraint):
    is_discrete = True
    event_dim = 1

    def __init__(self, upper_bound: Any):
        self.upper_bound = upper_bound

    def check(self, value: Any) -> Any:
        return (value >= 0).all(-1) & (value.sum(-1) <= self.upper_bound)


# -- sets of matrices


class _LowerTriangular(Constraint):
    event_dim = 2

    def check(self, value: Any) -> Any:
        return _all_entries(value.tril() == value)


class _LowerCholesky(_LowerTriangular):
    def check(self, value: Any) -> Any:
        return super().check(value) & (value.diagonal(dim1=-2, dim2=-1) > 0).all(-1)


class _CorrCholesky(Constraint):
    event_dim = 2

    def check(self, value: Any) -> Any:
        tolerance = finfo(value.dtype).eps * value.shape[-1] * 10  # a rounding for each entry
        norms: Any = vector_norm(value.detach(), dim=-1)
        return ((norms - 1).abs() <= tolerance).all(-1) & lower_cholesky.check(value)


class _Square(Constraint):
    event_dim = 2

    def check(self, value: Any) -> Any:
        square = value.shape[-2] == value.shape[-1]
        return value.new_full(value.shape[:-2], square, dtype=_bool)


class _Symmetric(_Square):
    def check(self, value: Any) -> Any:
        square = super().check(value)
        if value.shape[-2] != value.shape[-1]:
            return square
        return _all_entries(isclose(value, value.mT, atol=1e-6))


class _PositiveSemidefinite(_Symmetric):
    def check(self, value: Any) -> Any:
        symmetric = super().check(value)
        if not symmetric.all():
            return symmetric
        return (eigvalsh(value) >= 0).all(-1)


class _PositiveDefinite(_Symmetric):
    def check(self, value: Any) -> Any:
        symmetric = super().check(value)
        if not symmetric.all():
            return symmetric
        return cholesky_ex(value).info == 0


def _all_entries(matrices: Any) -> Any:
    return matrices.all(-1).all(-1)


# -- sets made of sets


class _IndependentConstraint(Constraint):
    """Tensors whose parts along the last batch dimensions are all in the base set."""

    def __init__(self, base_constraint: Constraint, reinterpreted_batch_ndims: int):
        _assert_constraint("base_constraint", base_constraint)
        n = reinterpreted_batch_ndims
        if not isinstance(n, int):
            kind = type(n).__name__
            raise AssertionError(f"reinterpreted_batch_ndims must be an int, got {kind}")
        if n < 0:
            raise AssertionError(f"reinterpreted_batch_ndims must be >= 0, got {n}")
        self.base_constraint, self.reinterpreted_batch_ndims = base_constraint, n
        super().__init__()

    @property
    def is_discrete(self) -> bool:
        return self.base_constraint.is_discrete

    @property
    def event_dim(self) -> int:
        return self.base_constraint.event_dim + self.reinterpreted_batch_ndims

    def check(self, value: Any) -> Any:
        n = self.reinterpreted_batch_ndims
        result = self.base_constraint.check(value)
        if result.ndim < n:
            raise ValueError(f"Expected value.dim() >= {self.event_dim} but got {value.ndim}")
        return result.reshape((*result.shape[: result.ndim - n], -1)).all(-1)

    def __repr__(self) -> str:
        base, n = self.base_constraint, self.reinterpreted_batch_ndims
        return f"{self.__class__.__name__[1:]}({base!r}, {n})"


class MixtureSameFamilyConstraint(Constraint):
    """Samples that every component of a mixture may give."""

    def __init__(self, base_constraint: Constraint):
        _assert_constraint("base_constraint", base_constraint)
        self.base_constraint = base_constraint
        super().__init__()

    @property
    def is_discrete(self) -> bool:
        return self.base_constraint.is_discrete

    @property
    def event_dim(self) -> int:
        return self.base_constraint.event_dim

    def check(self, value: Any) -> Any:
        """value has the mixture's shape; the components lie along a dimension before the event."""
        n = self.event_dim
        checked = self.base_constraint.check(value.unsqueeze(-1 - n))
        return checked.reshape((*value.shape[: value.ndim - n], -1)).all(-1)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.base_constraint!r})"


class _Sequence(Constraint):
    """One constraint for each part of a tensor along a dimension."""

    def __init__(self, cseq: Any, dim: int = 0):
        self.cseq, self.dim = list(cseq), dim
        if not all(isinstance(c, Constraint) for c in self.cseq):
            raise AssertionError("All elements of cseq must be Constraint instances")
        super().__init__()

    @property
    def is_discrete(self) -> bool:
        return any(c.is_discrete for c in self.cseq)

    def _check_dim(self, value: Any) -> int:
        if not -value.ndim <= self.dim < value.ndim:
            raise AssertionError(
                f"dim {self.dim} out of range for value with {value.ndim} dimensions"
            )
        return self.dim


class _Cat(_Sequence):
    def __init__(self, cseq: Any, dim: int = 0, lengths: Any = None):
        super().__init__(cseq, dim)
        self.lengths = [1] * len(self.cseq) if lengths is None else list(lengths)
        if len(self.lengths) != len(self.cseq):
            raise AssertionError(
                f"lengths ({len(self.lengths)}) must match cseq ({len(self.cseq)})"
            )

    @property
    def event_dim(self) -> int:
        return max(c.event_dim for c in self.cseq)

    def check(self, value: Any) -> Any:
        starts = itertools.accumulate(self.lengths, initial=0)
        dim = self._check_dim(value)
        parts = [value.narrow(dim, start, n) for start, n in zip(starts, self.lengths)]
        return _cat_tensors([c.check(v) for c, v in zip(self.cseq, parts)], self.dim)


class _Stack(_Sequence):
    @property
    def event_dim(self) -> int:
        """Of the parts, and the stacked dimension where it is within them."""
        dim = max(c.event_dim for c in self.cseq)
        return dim + 1 if self.dim + dim < 0 else dim

    def check(self, value: Any) -> Any:
        parts = value.unbind(self._check_dim(value))
        return _stack_tensors([c.check(v) for c, v in zip(self.cseq, parts)], self.dim)


def _assert_constraint(name: str, value: Any) -> None:
    if not isinstance(value, Constraint):
        raise AssertionError(f"{name} must be a Constraint, got {type(value).__name__}")


# -- the public names

dependent = _Dependent()
dependent_property: Any = _DependentProperty
independent = _IndependentConstraint
boolean = _Boolean()
one_hot = _OneHot()
nonnegative_integer = _IntegerGreaterThan(0)
positive_integer = _IntegerGreaterThan(1)
integer_interval = _IntegerInterval
real = _Real()
real_vector = independent(real, 1)
positive = _GreaterThan(0.0)
nonnegative = _GreaterThanEq(0.0)
greater_than = _GreaterThan
greater_than_eq = _GreaterThanEq
less_than = _LessThan
multinomial = _Multinomial
unit_interval = _Interval(0.0, 1.0)
interval = _Interval
half_open_interval = _HalfOpenInterval
simplex = _Simplex()
lower_triangular = _LowerTriangular()
lower_cholesky = _LowerCholesky()
corr_cholesky = _CorrCholesky()
square = _Square()
symmetric = _Symmetric()
positive_semidefinite = _PositiveSemidefinite()
positive_definite = _PositiveDefinite()
cat = _Cat
stack = _Stack
