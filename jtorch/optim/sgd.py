"""Stochastic gradient descent, with momentum."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._autograd.modes import no_grad
from .._tensor import Tensor, from_array
from ..ops import optimizers
from ._recorded import Recorded, check_lr, check_not_negative, full_like, number, write
from .optimizer import ParamsT

__all__ = ["SGD"]


class SGD(Recorded):
    """State, with momentum only: "momentum_buffer", which a parameter's first gradient fills
    undamped.
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float | Tensor = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr)
        check_not_negative(momentum=momentum, weight_decay=weight_decay)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, defaults)
        self._check_hints(fused=fused, foreach=foreach, differentiable=differentiable)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._group_defaults(
            nesterov=False, maximize=False, foreach=None, differentiable=False, fused=False
        )

    @no_grad()
    def step(self, closure=None):
        """One step for every parameter that has a gradient; returns what `closure` returns."""
        return self._step_groups(closure)

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        momenta, dampened = [], None
        if group["momentum"] != 0:
            fresh = [self.state[p].get("momentum_buffer") is None for p in params]
            for p, is_fresh in zip(params, fresh):
                if is_fresh:
                    self.state[p]["momentum_buffer"] = full_like(p)
            momenta = [self.state[p]["momentum_buffer"] for p in params]
            if group["dampening"] != 0:
                dampened = np.where(fresh, 1.0, 1.0 - group["dampening"])
                dampened = from_array(dampened, device=params[0].device)
        results = optimizers.sgd(
            params,
            [p.grad for p in params],
            momenta,
            number(group["lr"], params[0]),
            dampened,
            group["momentum"],
            group["weight_decay"],
            decays=bool(group["weight_decay"] != 0),
            nesterov=group["nesterov"],
            maximize=group["maximize"],
        )
        write((params, momenta), results)
