"""Muon: momentum made orthogonal, for matrices."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor
from ..ops import optimizers_more as rules
from ._recorded import check_lr, column, full_like, number, write
from ._ruled import Ruled
from .optimizer import ParamsT

__all__ = ["Muon"]

MAX_NS_STEPS = 100


class Muon(Ruled):
    """State: "momentum_buffer"."""

    late = {}

    def __init__(
        self,
        params: ParamsT,
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.775, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        if isinstance(lr, Tensor):
            check_lr(lr)
        if not 0.0 <= lr:
            raise ValueError(f"Learning rate should be >= 0 but is: {lr}")
        if not 0.0 <= momentum:
            raise ValueError(f"momentum should be >= 0 but is: {momentum}")
        if not 0.0 <= weight_decay:
            raise ValueError(f"weight decay should be >= 0 but is: {weight_decay}")
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(f"Adjust learning rate function {adjust_lr_fn} is not supported")
        defaults = {
            "lr": lr,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "nesterov": nesterov,
            "ns_coefficients": ns_coefficients,
            "eps": eps,
            "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn,
        }
        super().__init__(params, defaults)
        for group in self.param_groups:
            for p in group["params"]:
                if p.ndim != 2:
                    raise ValueError(
                        "Muon only supports 2D parameters whereas we found a parameter with size: "
                        f"{p.size()}"
                    )

    def __setstate__(self, state: dict[str, Any]) -> None:
        super(Ruled, self).__setstate__(state)  # no settings came later, and there is no step count

    def _start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {"momentum_buffer": full_like(p)}

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        if any(p.is_complex() for p in params):
            raise RuntimeError("Muon does not support complex parameters")
        if any(p.ndim != 2 for p in params):
            raise ValueError("Param gradient must be a 2D matrix")
        if group["ns_steps"] >= MAX_NS_STEPS:
            raise ValueError("Number of steps must be less than 100 for computational efficiency")
        if len(group["ns_coefficients"]) != 3:
            raise ValueError("Coefficients must be a tuple of exactly 3 values")
        buffers = column(self._states(group, params), "momentum_buffer")
        results = rules.muon(
            params,
            [p.grad for p in params],
            buffers,
            number(group["lr"], params[0]),
            group["weight_decay"],
            group["momentum"],
            *group["ns_coefficients"],
            group["eps"],
            group["ns_steps"],
            nesterov=group["nesterov"],
            match_adamw=group["adjust_lr_fn"] == "match_rms_adamw",
        )
        write((params, buffers), results)
