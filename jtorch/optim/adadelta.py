"""Adadelta."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor
from ..ops import optimizers_more as rules
from ._recorded import check_lr, check_not_negative, full_like, number, step_count
from ._ruled import Ruled
from .optimizer import ParamsT

__all__ = ["Adadelta"]


class Adadelta(Ruled):
    """State: "step", "square_avg" and "acc_delta"."""

    rule = rules.adadelta
    columns = ("square_avg", "acc_delta")
    late = {"maximize": False, "capturable": False, "foreach": None, "differentiable": False}

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        check_not_negative(epsilon=eps, weight_decay=weight_decay)
        defaults = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {
            "step": step_count(p),
            "square_avg": full_like(p),
            "acc_delta": full_like(p),
        }

    def _settings(self, group: dict[str, Any], like: Tensor) -> tuple:
        return (
            number(group["lr"], like),
            group["rho"],
            group["eps"],
            group["weight_decay"],
            bool(group["weight_decay"] != 0),
            group["maximize"],
        )
