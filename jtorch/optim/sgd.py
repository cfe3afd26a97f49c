"""Stochastic gradient descent, with momentum."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._autograd.modes import no_grad
from .._sparse import SparseTensor
from .._tensor import Tensor, from_array
from ..ops import optimizers, optimizers_sparse
from ._recorded import Recorded, check_lr, check_not_negative, full_like, number, write
from .optimizer import ParamsT

__all__ = ["SGD"]


class SGD(Recorded):
    """State, with momentum only: "momentum_buffer", which a parameter's first gradient fills
    undamped.
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float | Tensor = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr)
        check_not_negative(momentum=momentum, weight_decay=weight_decay)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, defaults)
        self._check_hints(fused=fused, foreach=foreach, differentiable=differentiable)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._group_defaults(
            nesterov=False, maximize=False, foreach=None, differentiable=False, fused=False
        )

    @no_grad()
    def step(self, closure=None):
        """One step for every parameter that has a gradient; returns what `closure` returns."""
        return self._step_groups(closure)

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        momenta, fresh, dampened = [], [], None
        if group["momentum"] != 0:
            momenta = [self.state[p].get("momentum_buffer") for p in params]
            fresh = [m is None for m in momenta]
            momenta = [full_like(p) if m is None else m for p, m in zip(params, momenta)]
            if group["dampening"] != 0:
                dampened = np.where(fresh, 1.0, 1.0 - group["dampening"])
                dampened = from_array(dampened, device=params[0].device)
        results = optimizers.sgd(
            params,
            [p.grad for p in params],
            momenta,
            number(group["lr"], params[0]),
            dampened,
            group["momentum"],
            group["weight_decay"],
            decays=bool(group["weight_decay"] != 0),
            nesterov=group["nesterov"],
            maximize=group["maximize"],
            first=bool(group["differentiable"] and fresh and all(fresh)),
        )
        write((params, momenta), results)
        if True in fresh:
            for p, momentum in zip(params, momenta):
                self.state[p]["momentum_buffer"] = momentum

    def _update_sparse(self, group: dict[str, Any], params: list[Tensor]) -> None:
        for p in params:
            grad: Any = p.grad
            if not isinstance(grad, SparseTensor):
                self._update(group, [p])
                continue
            maximize = group["maximize"]
            if group["weight_decay"] != 0:
                raise RuntimeError(
                    "add(sparse, dense) is not supported. Use add(dense, sparse) instead."
                )
            if group["momentum"] != 0:
                grad = self._sparse_momentum(group, p, -grad if maximize else grad)
                maximize = False
            lr = number(group["lr"], p)
            results = optimizers_sparse.sparse_sgd(p, grad._indices(), grad._values(), lr, maximize)
            write(([p],), results)

    def _sparse_momentum(self, group: dict[str, Any], p: Tensor, grad: Any) -> Any:
        """The step's direction; the buffer is sparse too, with all rows there ever were."""
        state, momentum = self.state[p], group["momentum"]
        buffer = state.get("momentum_buffer")
        if buffer is None:
            buffer = grad.clone()
        else:
            buffer = buffer * momentum + grad * (1 - group["dampening"])
        state["momentum_buffer"] = buffer.coalesce()
        return grad + buffer * momentum if group["nesterov"] else buffer
