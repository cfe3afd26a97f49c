"""RMSprop, plain or centered, with momentum."""

from __future__ import annotations

from typing import Any

from .._autograd.modes import no_grad
from .._tensor import Tensor
from ..ops import optimizers
from ._recorded import (
    Recorded,
    check_lr,
    check_not_negative,
    column,
    counts,
    full_like,
    number,
    step_count,
    write,
)
from .optimizer import ParamsT

__all__ = ["RMSprop"]


class RMSprop(Recorded):
    """State: "step", "square_avg", with momentum "momentum_buffer", with `centered` "grad_avg"."""

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        check_not_negative(epsilon=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._group_defaults(
            momentum=0,
            centered=False,
            foreach=None,
            maximize=False,
            differentiable=False,
            capturable=False,
        )
        self._steps_as_tensors()

    @no_grad()
    def step(self, closure=None):
        """One step for every parameter that has a gradient; returns what `closure` returns."""
        return self._step_groups(closure)

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        momentum, centered = group["momentum"] > 0, group["centered"]
        states = [self._state_of(p, momentum, centered) for p in params]
        squares, steps = column(states, "square_avg"), column(states, "step")
        averages = column(states, "grad_avg") if centered else []
        momenta = column(states, "momentum_buffer") if momentum else []
        results = optimizers.rmsprop(
            params,
            [p.grad for p in params],
            squares,
            averages,
            momenta,
            counts(steps),
            number(group["lr"], params[0]),
            group["alpha"],
            group["eps"],
            group["weight_decay"],
            group["momentum"],
            decays=bool(group["weight_decay"] != 0),
            maximize=group["maximize"],
        )
        write((params, squares, averages, momenta), results, steps)

    def _state_of(self, p: Tensor, momentum: bool, centered: bool) -> dict[str, Any]:
        state = self.state[p]
        if not state:
            state["step"] = step_count(p)
            state["square_avg"] = full_like(p)
            if momentum:
                state["momentum_buffer"] = full_like(p)
            if centered:
                state["grad_avg"] = full_like(p)
        return state
