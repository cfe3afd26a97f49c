"""Which transform leads from unconstrained numbers to a constraint: biject_to gives bijections,
transform_to any that is good for optimisation. Both look up the class of the constraint.
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Number
from typing import Any

from . import constraints, transforms

__all__ = ["ConstraintRegistry", "biject_to", "transform_to"]


class ConstraintRegistry:
    """Factories of transforms by class of constraint. Calling it with a constraint makes one."""

    def __init__(self) -> None:
        self._registry: dict[type, Callable] = {}
        super().__init__()

    def register(self, constraint: Any, factory: Callable | None = None) -> Callable:
        """Use factory for constraints of this class; without factory, a decorator."""
        if factory is None:
            return lambda factory: self.register(constraint, factory)
        if isinstance(constraint, constraints.Constraint):
            constraint = type(constraint)
        if not (isinstance(constraint, type) and issubclass(constraint, constraints.Constraint)):
            raise TypeError(
                "Expected constraint to be either a Constraint subclass or instance, but got "
                f"{constraint}"
            )
        self._registry[constraint] = factory
        return factory

    def __call__(self, constraint: Any) -> Any:
        factory = self._registry.get(type(constraint))
        if factory is None:
            name = type(constraint).__name__
            raise NotImplementedError(f"Cannot transform {name} constraints") from None
        return factory(constraint)


biject_to = ConstraintRegistry()
transform_to = ConstraintRegistry()


def _both(*kinds: Any) -> Callable:
    """Register a factory of (constraint, registry) in both registries."""

    def decorate(factory: Callable) -> Callable:
        for registry in (biject_to, transform_to):
            for kind in kinds:
                registry.register(kind, lambda c, registry=registry: factory(c, registry))
        return factory

    return decorate


@_both(constraints.real)
def _of_real(constraint: Any, registry: Any) -> Any:
    return transforms.identity_transform


@_both(constraints.independent)
def _of_independent(constraint: Any, registry: Any) -> Any:
    base = registry(constraint.base_constraint)
    return transforms.IndependentTransform(base, constraint.reinterpreted_batch_ndims)


def _exp_then(loc: Any, scale: Any) -> Any:
    steps = [transforms.ExpTransform(), transforms.AffineTransform(loc, scale)]
    return transforms.ComposeTransform(steps)


@_both(constraints.positive, constraints.nonnegative)
def _of_greater_than(constraint: Any, registry: Any) -> Any:
    return _exp_then(constraint.lower_bound, 1)


@_both(constraints.less_than)
def _of_less_than(constraint: Any, registry: Any) -> Any:
    return _exp_then(constraint.upper_bound, -1)


@_both(constraints.interval, constraints.half_open_interval)
def _of_interval(constraint: Any, registry: Any) -> Any:
    low: Any = constraint.lower_bound
    high: Any = constraint.upper_bound
    sigmoid = transforms.SigmoidTransform()
    if all(isinstance(x, Number) for x in (low, high)) and (low, high) == (0, 1):
        return sigmoid
    return transforms.ComposeTransform([sigmoid, transforms.AffineTransform(low, high - low)])


@_both(constraints.corr_cholesky)
def _of_corr_cholesky(constraint: Any, registry: Any) -> Any:
    return transforms.CorrCholeskyTransform()


@_both(constraints.cat)
def _of_cat(constraint: Any, registry: Any) -> Any:
    parts = [registry(c) for c in constraint.cseq]
    return transforms.CatTransform(parts, constraint.dim, constraint.lengths)


@_both(constraints.stack)
def _of_stack(constraint: Any, registry: Any) -> Any:
    return transforms.StackTransform([registry(c) for c in constraint.cseq], constraint.dim)


biject_to.register(constraints.simplex, lambda c: transforms.StickBreakingTransform())
transform_to.register(constraints.simplex, lambda c: transforms.SoftmaxTransform())
transform_to.register(constraints.lower_cholesky, lambda c: transforms.LowerCholeskyTransform())
for _kind in (constraints.positive_definite, constraints.positive_semidefinite):
    transform_to.register(_kind, lambda c: transforms.PositiveDefiniteTransform())
