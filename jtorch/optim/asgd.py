"""Averaged stochastic gradient descent."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor
from ..ops import optimizers_more as rules
from ._recorded import check_lr, check_not_negative, full_like, number, step_count
from ._ruled import Ruled, own_number
from .optimizer import ParamsT

__all__ = ["ASGD"]


class ASGD(Ruled):
    """State: "step", "eta" (the rate), "mu" and "ax" (the average)."""

    _on_device = "params, mus, etas, and state_steps"
    rule = rules.asgd
    columns = ("ax", "eta", "mu")
    late = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_lr(lr)
        check_not_negative(weight_decay=weight_decay)
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {
            "step": step_count(p),
            "eta": own_number(p, float(group["lr"])),
            "mu": own_number(p, 1.0),
            "ax": full_like(p),
        }

    def _settings(self, group: dict[str, Any], like: Tensor) -> tuple:
        return (
            number(group["lr"], like),
            group["lambd"],
            group["alpha"],
            group["t0"],
            group["weight_decay"],
            bool(group["weight_decay"] != 0),
            group["maximize"],
        )
