"""L-BFGS: quasi-Newton steps from a history of gradients, evaluating the loss many times a step."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .._autograd.modes import enable_grad, no_grad
from .._tensor import Tensor, from_array
from ..ops._views import view_as_real
from ..ops.creation import zeros
from ..ops.join import cat
from ..ops.optimizers_lbfgs import lbfgs_direction
from ._recorded import check_lr
from ._wolfe import Point, strong_wolfe
from .optimizer import Optimizer, ParamsT

__all__ = ["LBFGS"]

_KEPT = ("d", "t", "old_dirs", "old_stps", "ro", "H_diag", "prev_flat_grad", "prev_loss")


class LBFGS(Optimizer):
    """State, all of it the first parameter's: counts of evaluations and iterations, the last
    direction "d" and step length "t", and the history of gradient changes and steps.
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_lr(lr)
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")

    @functools.cached_property
    def _padding(self) -> _Padding:
        return _Padding()

    @no_grad()
    def step(self, closure: Callable[[], Any]) -> Any:  # type: ignore[override]
        """Up to `max_iter` iterations. `closure` computes the loss with gradients; what its first
        call returned is the result.
        """
        if len(self.param_groups) != 1:
            raise AssertionError(
                f"Expected exactly one param_group, but got {len(self.param_groups)}"
            )
        group = self.param_groups[0]
        state = self.state[group["params"][0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first = enable_grad()(closure)()
        state["func_evals"] += 1
        run = _Run(group, state, self._padding, enable_grad()(closure), float(first))
        if run.is_flat():
            return first
        run.iterate()
        if state["n_iter"] > 1:
            state["al"] = run.kept_shares()
        state.update({name: getattr(run, name) for name in _KEPT})
        state["t"] = run.kept_t()
        return first


class _Run:
    """The iterations of one step. Attributes of `_KEPT` go from one step to the next."""

    def __init__(
        self,
        group: dict[str, Any],
        state: dict[str, Any],
        padding: _Padding,
        closure: Callable,
        loss: float,
    ) -> None:
        self.group, self.state, self.padding = group, state, padding
        self.closure, self.loss = closure, loss
        self.params: list[Tensor] = group["params"]
        for name in _KEPT:
            setattr(self, name, state.get(name))
        self.evaluations = 1
        self.shares: Any = None
        self.gradient: Any = self._flat_gradient()

    def iterate(self) -> None:
        most, tolerance = self.group["max_iter"], self.group["tolerance_change"]
        for i in range(1, most + 1):
            self.state["n_iter"] += 1
            self._choose_direction()
            self.prev_flat_grad, self.prev_loss = self.gradient, self.loss
            self.t = self._first_length()
            slope = _number(self.gradient.dot(self.d))
            if slope > -tolerance:
                return
            before = self.evaluations
            self._move(slope, last=i == most)
            self.state["func_evals"] += self.evaluations - before
            if i == most or self.evaluations >= self.group["max_eval"] or self.is_flat():
                return
            if _number(self.d.mul(_plain(self.t)).abs().max()) <= tolerance:
                return
            if abs(self.loss - self.prev_loss) < tolerance:
                return

    def is_flat(self) -> bool:
        return bool(_number(self.gradient.abs().max()) <= self.group["tolerance_grad"])

    def _choose_direction(self) -> None:
        if self.state["n_iter"] == 1:
            self.d, self.H_diag = self.gradient.neg(), 1
            self.old_dirs, self.old_stps, self.ro = [], [], []
            return
        change, step = self.gradient.sub(self.prev_flat_grad), self.d.mul(_plain(self.t))
        product = change.dot(step)
        if _number(product) > 1e-10:
            if len(self.old_dirs) == self.group["history_size"]:
                for history in (self.old_dirs, self.old_stps, self.ro):
                    history.pop(0)
            self.old_dirs.append(change)
            self.old_stps.append(step)
            self.ro.append(1.0 / product)
            self.H_diag = product / change.dot(change)
        self.d = self._through_history()

    def _through_history(self) -> Any:
        """The direction. The history is filled up to a power of two, so that as it grows there are
        few programs.
        """
        count = len(self.old_dirs)
        if not count:
            return self.gradient.neg() * self.H_diag
        size = 1 << (count - 1).bit_length()
        histories = [
            history + self.padding.of(history[0], i, range(count, size))
            for i, history in enumerate((self.old_dirs, self.old_stps, self.ro))
        ]
        direction, self.shares = lbfgs_direction(self.gradient, *histories, self.H_diag)
        return direction

    def kept_shares(self) -> list:
        """What the last walk through the history took of each step; a list for all there may be."""
        kept = self.state.get("al", [None] * self.group["history_size"])
        if self.shares is None:
            return kept
        count = len(self.old_dirs)
        return [*self.shares.unbind()[:count], *kept[count:]]

    def _first_length(self) -> Any:
        lr = self.group["lr"]
        lr = _number(lr) if isinstance(lr, Tensor) else lr
        if self.state["n_iter"] > 1:
            return lr
        with np.errstate(all="ignore"):
            return min(1.0, 1.0 / _number(self.gradient.abs().sum())) * lr

    def _move(self, slope: Any, last: bool) -> None:
        """Change the parameters; evaluate there, unless nobody will ask."""
        search = self.group["line_search_fn"]
        if search is None:
            self._add(self.t)
            if not last:
                self._evaluate()
            return
        if search != "strong_wolfe":
            raise RuntimeError("only 'strong_wolfe' is supported")
        origin = [p.clone() for p in self.params]

        def evaluate(t: Any) -> Point:
            self._add(t)
            self._evaluate()
            for p, old in zip(self.params, origin):
                p.copy_(old)
            return Point(t, self.loss, self.gradient, _number(self.gradient.dot(self.d)))

        found = strong_wolfe(
            evaluate,
            Point(0, self.loss, self.gradient, slope),
            self.t,
            _number(self.d.abs().max()),
            self.group["max_eval"] - self.evaluations,
        )
        self.t, self.loss, self.gradient = found.t, found.loss, found.gradient
        self._add(self.t)

    def _evaluate(self) -> None:
        self.loss = float(self.closure())
        self.gradient = self._flat_gradient()
        self.evaluations += 1

    def _flat_gradient(self) -> Tensor:
        return cat([_flat(p) for p in self.params])

    def _add(self, t: Any) -> None:
        factor, start = _plain(t), 0
        for p in self.params:
            count = p.numel() * (2 if p.is_complex() else 1)
            part = self.d[start : start + count] * factor
            real = view_as_real(p) if p.is_complex() else p
            real.add_(part.view(real.shape))
            start += count

    def kept_t(self) -> Any:
        """The step length as the state keeps it: a tensor where torch computes one."""
        return (
            from_array(np.asarray(self.t), device=self.d.device)
            if isinstance(self.t, np.generic)
            else self.t
        )


class _Padding:
    """Zeros for the places of a history that are not taken: each place has its own, always the
    same, because one tensor at several places would be another program.
    """

    def __init__(self) -> None:
        self._zeros: dict[Any, Tensor] = {}

    def of(self, like: Tensor, history: int, places: range) -> list[Tensor]:
        return [self._at(like, (history, place)) for place in places]

    def _at(self, like: Tensor, place: tuple) -> Tensor:
        key = *place, like.shape, like.dtype, like.device
        if key not in self._zeros:
            array = np.zeros(tuple(like.shape), like.dtype.np)
            self._zeros[key] = from_array(array, device=like.device)
        return self._zeros[key]


def _plain(t: Any) -> Any:
    """A step length as what multiplies a tensor."""
    return t.item() if isinstance(t, np.generic) else t


def _number(x: Any) -> Any:
    """A tensor of one element as a NumPy number of its dtype."""
    return x.detach().reshape(()).numpy()[()]


def _flat(p: Tensor) -> Any:
    """p's gradient as a vector of real numbers."""
    grad: Any = p.grad
    if grad is None:
        count = p.numel() * (2 if p.is_complex() else 1)
        real = view_as_real(p) if p.is_complex() else p
        return zeros(count, dtype=real.dtype, device=p.device)
    if grad.is_sparse:
        grad = grad.to_dense()
    return (view_as_real(grad) if p.is_complex() else grad).reshape(-1)
