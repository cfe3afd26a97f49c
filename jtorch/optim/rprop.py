"""Resilient backpropagation: only the signs of gradients count."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor
from ..ops import optimizers_more as rules
from ._recorded import check_lr, full_like, step_count
from ._ruled import Ruled
from .optimizer import ParamsT

__all__ = ["Rprop"]


class Rprop(Ruled):
    """State: "step", "prev" (the last gradient) and "step_size"."""

    rule = rules.rprop
    columns = ("prev", "step_size")
    late = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        defaults = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def _start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        lr = float(group["lr"])
        return {
            "step": step_count(p),
            "prev": full_like(p),
            "step_size": full_like(p, complex(lr, lr) if p.is_complex() else lr),
        }

    def _settings(self, group: dict[str, Any], like: Tensor) -> tuple:
        return (
            *group["etas"],
            *group["step_sizes"],
            group["maximize"],
        )
