"""Transforms of the parts of a tensor, one transform for each part along a dimension."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...ops.join import cat, stack
from .. import constraints
from ..utils import _sum_rightmost, lazy_property
from .base import Transform


class _Joined(Transform):
    """What cat and stack share: `transforms` along `dim`."""

    transforms: list[Transform]

    def __init__(self, tseq: Sequence[Transform], dim: int = 0, cache_size: int = 0):
        tseq = list(tseq)
        if not all(isinstance(t, Transform) for t in tseq):
            raise AssertionError("All elements of tseq must be Transform instances")
        if cache_size:
            tseq = [t.with_cache(cache_size) for t in tseq]
        super().__init__(cache_size=cache_size)
        self.transforms, self.dim = tseq, dim

    @property
    def bijective(self) -> bool:
        return all(t.bijective for t in self.transforms)

    def _call(self, x: Any) -> Any:
        return self._join([t(v) for t, v in zip(self.transforms, self._split(x, "x"))])

    def _inverse(self, y: Any) -> Any:
        return self._join([t.inv(v) for t, v in zip(self.transforms, self._split(y, "y"))])

    def _jacobians(self, x: Any, y: Any) -> list:
        pairs = zip(self.transforms, self._split(x, "x"), self._split(y, "y"))
        return [t.log_abs_det_jacobian(*pair) for t, *pair in pairs]

    def _check_size(self, value: Any, name: str, size: int, meaning: str) -> None:
        if not -value.ndim <= self.dim < value.ndim:
            raise AssertionError(
                f"dim {self.dim} out of range for {name} with {value.ndim} dimensions"
            )
        found = value.shape[self.dim]
        if found != size:
            raise AssertionError(f"{name}.size({self.dim}) = {found} must equal {meaning} {size}")

    def _split(self, value: Any, name: str) -> Sequence:
        raise NotImplementedError

    def _join(self, parts: list) -> Any:
        raise NotImplementedError


class CatTransform(_Joined):
    """Transforms of slices of given lengths."""

    def __init__(
        self,
        tseq: Sequence[Transform],
        dim: int = 0,
        lengths: Sequence[int] | None = None,
        cache_size: int = 0,
    ):
        super().__init__(tseq, dim, cache_size)
        self.lengths = [1] * len(self.transforms) if lengths is None else list(lengths)
        if len(self.lengths) != len(self.transforms):
            raise AssertionError(
                f"lengths ({len(self.lengths)}) must match transforms ({len(self.transforms)})"
            )

    @lazy_property
    def event_dim(self) -> int:
        return max(t.event_dim for t in self.transforms)

    @lazy_property
    def length(self) -> int:
        return sum(self.lengths)

    def with_cache(self, cache_size: int = 1) -> Any:
        if self._cache_size == cache_size:
            return self
        return CatTransform(self.transforms, self.dim, self.lengths, cache_size)

    def _split(self, value: Any, name: str) -> Sequence:
        self._check_size(value, name, self.length, "length")
        return value.split(self.lengths, self.dim)

    def _join(self, parts: list) -> Any:
        return cat(parts, self.dim)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        dim = self.dim - x.ndim if self.dim >= 0 else self.dim
        dim += self.event_dim
        found = [
            _sum_rightmost(value, self.event_dim - t.event_dim)
            for t, value in zip(self.transforms, self._jacobians(x, y))
        ]
        return cat(found, dim) if dim < 0 else sum(found)

    @constraints.dependent_property
    def domain(self) -> Any:
        return constraints.cat([t.domain for t in self.transforms], self.dim, self.lengths)

    @constraints.dependent_property
    def codomain(self) -> Any:
        return constraints.cat([t.codomain for t in self.transforms], self.dim, self.lengths)


class StackTransform(_Joined):
    """Transforms of slices of length 1, whose dimension the transforms do not see."""

    def with_cache(self, cache_size: int = 1) -> Any:
        if self._cache_size == cache_size:
            return self
        return StackTransform(self.transforms, self.dim, cache_size)

    def _split(self, value: Any, name: str) -> Sequence:
        self._check_size(value, name, len(self.transforms), "len(transforms)")
        return value.unbind(self.dim)

    def _join(self, parts: list) -> Any:
        return stack(parts, self.dim)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return stack(self._jacobians(x, y), self.dim)

    @constraints.dependent_property
    def domain(self) -> Any:
        return self._ends(lambda t: t.domain)

    @constraints.dependent_property
    def codomain(self) -> Any:
        return self._ends(lambda t: t.codomain)

    def _ends(self, end: Callable) -> Any:
        return constraints.stack([end(t) for t in self.transforms], self.dim)
