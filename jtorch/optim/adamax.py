"""Adamax: Adam with the infinity norm."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor
from ..ops import optimizers_more as rules
from ._recorded import check_lr, check_not_negative, number
from ._ruled import Ruled, check_betas
from .optimizer import ParamsT

__all__ = ["Adamax"]


class Adamax(Ruled):
    """State: "step", "exp_avg" and "exp_inf"."""

    rule = rules.adamax
    columns = ("exp_avg", "exp_inf")
    late = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_lr(lr)
        check_not_negative(epsilon=eps)
        check_betas(betas)
        check_not_negative(weight_decay=weight_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _settings(self, group: dict[str, Any], like: Tensor) -> tuple:
        return (
            number(group["lr"], like),
            *group["betas"],
            group["eps"],
            group["weight_decay"],
            bool(group["weight_decay"] != 0),
            group["maximize"],
        )
