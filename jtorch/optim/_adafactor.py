"""Adafactor: Adam's second moments at the cost of one row and one column of a matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._tensor import Tensor, from_array
from ..ops import optimizers_more as rules
from ._recorded import check_lr, column, counts, full_like, number, step_count, write
from ._ruled import Ruled
from .optimizer import ParamsT

__all__ = ["Adafactor"]


class Adafactor(Ruled):
    """State: "step", and "row_var" and "col_var", or "variance" of what is no matrix."""

    late = {"foreach": None}

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        if isinstance(lr, Tensor):
            check_lr(lr)
        if not 0.0 <= lr:
            raise ValueError(f"Learning rate should be >= 0 but is: {lr}")
        if not 0.0 >= beta2_decay:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        if eps[0] is not None and not 0.0 <= eps[0]:
            raise ValueError(f"epsilon1 should be >= 0 but is: {eps[0]}")
        if not 0.0 <= eps[1]:
            raise ValueError(f"epsilon2 should be >= 0 but is: {eps[1]}")
        if not 1.0 <= d:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        if not 0.0 <= weight_decay:
            raise ValueError(f"weight_decay should be >= 0 but is: {weight_decay}")
        defaults = {
            "lr": lr,
            "beta2_decay": beta2_decay,
            "eps": eps,
            "d": d,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        state = {"step": step_count(p)}
        if p.ndim < 2:
            return state | {"variance": full_like(p)}
        shape = tuple(p.shape)
        rows, columns = (*shape[:-1], 1), (*shape[:-2], 1, shape[-1])
        for name, part in (("row_var", rows), ("col_var", columns)):
            state[name] = from_array(np.zeros(part, p.dtype.np), device=p.device)
        return state

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        if any(p.is_complex() for p in params):
            raise RuntimeError("Adafactor does not support complex parameters")
        states = self._states(group, params)
        rows = [state["variance" if p.ndim < 2 else "row_var"] for p, state in zip(params, states)]
        columns = [state["col_var"] for p, state in zip(params, states) if p.ndim > 1]
        steps = column(states, "step")
        eps1, eps2 = group["eps"]
        results = rules.adafactor(
            params,
            [p.grad for p in params],
            rows,
            columns,
            counts(steps),
            number(group["lr"], params[0]),
            group["beta2_decay"],
            0.0 if eps1 is None else eps1,
            eps2,
            group["d"],
            group["weight_decay"],
            own_eps=eps1 is None,
            maximize=group["maximize"],
        )
        write((params, rows, columns), results, steps)
