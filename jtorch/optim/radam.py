"""RAdam: Adam whose adaptive rate waits until its variance is known."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor
from ..ops import optimizers_more as rules
from ._recorded import check_lr, check_not_negative, number
from ._ruled import Ruled, check_betas
from .optimizer import ParamsT

__all__ = ["RAdam"]


class RAdam(Ruled):
    """State: "step", "exp_avg" and "exp_avg_sq"."""

    rule = rules.radam
    columns = ("exp_avg", "exp_avg_sq")
    late = {
        "maximize": False,
        "foreach": None,
        "capturable": False,
        "decoupled_weight_decay": False,
        "differentiable": False,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
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
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _settings(self, group: dict[str, Any], like: Tensor) -> tuple:
        return (
            number(group["lr"], like),
            *group["betas"],
            group["eps"],
            group["weight_decay"],
            bool(group["weight_decay"] != 0),
            group["decoupled_weight_decay"],
            group["maximize"],
        )
