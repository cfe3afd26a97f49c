"""NAdam: Adam with Nesterov momentum that warms up."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor
from ..ops import optimizers_more as rules
from ._recorded import check_lr, check_not_negative, full_like, number, step_count
from ._ruled import Ruled, check_betas, own_number
from .optimizer import ParamsT

__all__ = ["NAdam"]


class NAdam(Ruled):
    """State: "step", "mu_product", "exp_avg" and "exp_avg_sq"."""

    _on_device = "params, mu_products and state_steps"
    rule = rules.nadam
    columns = ("exp_avg", "exp_avg_sq", "mu_product")
    late = {
        "decoupled_weight_decay": False,
        "maximize": False,
        "foreach": None,
        "capturable": False,
        "differentiable": False,
    }

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
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
        check_not_negative(weight_decay=weight_decay, momentum_decay=momentum_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def _start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {
            "step": step_count(p),
            "mu_product": own_number(p, 1.0),
            "exp_avg": full_like(p),
            "exp_avg_sq": full_like(p),
        }

    def _settings(self, group: dict[str, Any], like: Tensor) -> tuple:
        return (
            number(group["lr"], like),
            *group["betas"],
            group["eps"],
            group["weight_decay"],
            group["momentum_decay"],
            bool(group["weight_decay"] != 0),
            group["decoupled_weight_decay"],
            group["maximize"],
        )
