"""Adam for sparse gradients: rows without one are left alone, with their moments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._autograd.modes import no_grad
from .._sparse import SparseTensor
from .._tensor import Tensor
from ..ops import optimizers_sparse as rules
from ._recorded import check_lr, full_like, number, write
from ._ruled import check_betas
from .optimizer import Optimizer, ParamsT, run_closure

__all__ = ["SparseAdam"]


class SparseAdam(Optimizer):
    """State: "step" (a Python number), "exp_avg" and "exp_avg_sq"."""

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:
        if isinstance(lr, Tensor):
            check_lr(lr)
        if not 0.0 < lr:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not 0.0 < eps:
            raise ValueError(f"Invalid epsilon value: {eps}")
        check_betas(betas)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})
        self._refuse("Sparse", "requires dense parameter tensors", lambda p: p.is_sparse)
        self._refuse("Complex", "does not support complex parameters", lambda p: p.is_complex())

    def _refuse(self, kind: str, complaint: str, wrong: Callable[[Tensor], bool]) -> None:
        indices = [
            [i, k]
            for i, group in enumerate(self.param_groups)
            for k, p in enumerate(group["params"])
            if wrong(p)
        ]
        if indices:
            raise ValueError(f"{kind} params at indices {indices}: SparseAdam {complaint}")

    @no_grad()
    def step(self, closure=None):
        """One step for every parameter that has a gradient; returns what `closure` returns."""
        loss = run_closure(closure)
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            if not all(isinstance(p.grad, SparseTensor) for p in params):
                raise RuntimeError(
                    "SparseAdam does not support dense gradients, please consider Adam instead"
                )
            for p in params:
                self._update(group, p, p.grad)
        return loss

    def _update(self, group: dict[str, Any], p: Tensor, grad: Any) -> None:
        state = self.state[p]
        if not state:
            state["step"] = 0
            state["exp_avg"] = full_like(p)
            state["exp_avg_sq"] = full_like(p)
        state["step"] += 1
        if not grad._nnz():
            return
        moments = state["exp_avg"], state["exp_avg_sq"]
        results = rules.sparse_adam(
            p,
            *moments,
            grad._indices(),
            grad._values(),
            number(group["lr"], p),
            number(state["step"], p),
            *group["betas"],
            group["eps"],
            maximize=group["maximize"],
        )
        write(([p], *([moment] for moment in moments)), results)
