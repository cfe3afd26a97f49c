"""Adagrad."""

from __future__ import annotations

from typing import Any

from .._autograd.modes import no_grad
from .._sparse import SparseTensor
from .._tensor import Tensor
from ..ops import optimizers, optimizers_sparse
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

__all__ = ["Adagrad"]


class Adagrad(Recorded):
    """State, from the start: "step" and "sum"."""

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr)
        check_not_negative(
            lr_decay=lr_decay,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            epsilon=eps,
        )
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)
        self._check_hints(fused=fused, foreach=foreach, differentiable=differentiable)
        for group in self.param_groups:
            for p in group["params"]:
                self._state_of(p)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._group_defaults(foreach=None, maximize=False, differentiable=False, fused=None)
        self._steps_as_tensors()

    def share_memory(self) -> None:
        """Move the sums to memory that other processes can see."""
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p]["sum"].share_memory_()

    @no_grad()
    def step(self, closure=None):
        """One step for every parameter that has a gradient; returns what `closure` returns."""
        return self._step_groups(closure)

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        states = [self._state_of(p) for p in params]
        sums, steps = column(states, "sum"), column(states, "step")
        results = optimizers.adagrad(
            params,
            [p.grad for p in params],
            sums,
            counts(steps),
            number(group["lr"], params[0]),
            group["lr_decay"],
            group["eps"],
            group["weight_decay"],
            decays=bool(group["weight_decay"] != 0),
            maximize=group["maximize"],
        )
        write((params, sums), results, steps)

    def _update_sparse(self, group: dict[str, Any], params: list[Tensor]) -> None:
        if group["weight_decay"] != 0:
            raise RuntimeError("weight_decay option is not compatible with sparse gradients")
        for p in params:
            grad, state = p.grad, self._state_of(p)
            if not isinstance(grad, SparseTensor):
                self._update(group, [p])
                continue
            results = optimizers_sparse.sparse_adagrad(
                p,
                state["sum"],
                state["step"],
                grad._indices(),
                grad._values(),
                number(group["lr"], p),
                group["lr_decay"],
                group["eps"],
                maximize=group["maximize"],
            )
            write(([p], [state["sum"]]), results, [state["step"]])

    def _state_of(self, p: Tensor) -> dict[str, Any]:
        state = self.state[p]
        if not state:
            start = self.defaults["initial_accumulator_value"]
            state["step"] = step_count(p)
            state["sum"] = full_like(p, complex(start, start) if p.is_complex() else start)
        return state
