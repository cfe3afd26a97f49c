"""Adam, in its original and its decoupled (AdamW) form, with AMSGrad."""

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

__all__ = ["Adam"]


class Adam(Recorded):
    """State: "step", "exp_avg", "exp_avg_sq", and with `amsgrad` "max_exp_avg_sq"."""

    _no_sparse = "Adam does not support sparse gradients, please consider SparseAdam instead"

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        _check_tensors_go_with("lr", lr, foreach, capturable)
        check_lr(lr)
        check_not_negative(epsilon=eps)
        _check_betas(betas, foreach, capturable)
        check_not_negative(weight_decay=weight_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)
        self._check_hints(fused=fused, foreach=foreach, differentiable=differentiable)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._group_defaults(
            amsgrad=False,
            maximize=False,
            foreach=None,
            capturable=False,
            differentiable=False,
            decoupled_weight_decay=False,
            fused=None,
        )
        self._steps_as_tensors()

    @no_grad()
    def step(self, closure=None):
        """One step for every parameter that has a gradient; returns what `closure` returns."""
        return self._step_groups(closure)

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        states = [self._state_of(p, group["amsgrad"]) for p in params]
        averages, squares = column(states, "exp_avg"), column(states, "exp_avg_sq")
        largest = column(states, "max_exp_avg_sq") if group["amsgrad"] else []
        steps = column(states, "step")
        beta1, beta2 = group["betas"]
        results = optimizers.adam(
            params,
            [p.grad for p in params],
            averages,
            squares,
            largest,
            counts(steps),
            number(group["lr"], params[0]),
            beta1,
            beta2,
            group["eps"],
            group["weight_decay"],
            decays=bool(group["weight_decay"] != 0),
            decoupled=group["decoupled_weight_decay"],
            maximize=group["maximize"],
        )
        write((params, averages, squares, largest), results, steps)

    def _state_of(self, p: Tensor, amsgrad: bool) -> dict[str, Any]:
        state = self.state[p]
        if not state:
            state["step"] = step_count(p)
            state["exp_avg"] = full_like(p)
            state["exp_avg_sq"] = full_like(p)
            if amsgrad:
                state["max_exp_avg_sq"] = full_like(p)
        return state


def _check_tensors_go_with(name: str, value: Any, foreach: Any, capturable: bool) -> None:
    if isinstance(value, Tensor) and foreach and not capturable:
        raise ValueError(
            f"{name} as a Tensor is not supported for capturable=False and foreach=True"
        )


def _check_betas(betas: Any, foreach: Any, capturable: bool) -> None:
    for i in range(2):
        if not 0.0 <= betas[i] < 1.0:
            raise ValueError(f"Invalid beta parameter at index {i}: {betas[i]}")
    if isinstance(betas[0], Tensor) != isinstance(betas[1], Tensor):
        raise ValueError("betas must be either both floats or both Tensors")
    for i in range(2):
        _check_tensors_go_with(f"betas[{i}]", betas[i], foreach, capturable)
        if isinstance(betas[i], Tensor) and betas[i].numel() != 1:
            raise ValueError(f"Tensor betas[{i}] must be 1-element")
