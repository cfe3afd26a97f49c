"""Averages of a model over training: the averaged model, its batch norms, its schedule."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from itertools import chain
from typing import Any, Literal

from .._autograd.modes import no_grad
from .._dtypes import int64
from .._tensor import Tensor
from ..nn.modules.batchnorm import _BatchNorm
from ..nn.modules.module import Module
from ..ops.tensors import tensor
from .lr_scheduler._base import LRScheduler, per_group
from .optimizer import Optimizer

__all__ = [
    "AveragedModel",
    "SWALR",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]


def get_ema_avg_fn(decay: float = 0.999) -> Callable[..., Tensor]:
    """An `avg_fn`: `decay` times the average plus the rest of the parameter."""
    _check_decay(decay)

    @no_grad()
    def ema_update(ema_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        return decay * ema_param + (1 - decay) * current_param

    return ema_update


def get_swa_avg_fn() -> Callable[..., Tensor]:
    """An `avg_fn`: the mean of all parameters so far."""

    @no_grad()
    def swa_update(averaged_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        return averaged_param + (current_param - averaged_param) / (num_averaged + 1)

    return swa_update


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable[..., None]:
    """A `multi_avg_fn`, in place: `decay` times the averages plus the rest of the parameters."""
    _check_decay(decay)

    @no_grad()
    def ema_update(ema_params: list[Tensor], current_params: list[Tensor], _: Any) -> None:
        for average, p in zip(ema_params, current_params, strict=True):
            if ema_params[0].is_floating_point() or ema_params[0].is_complex():
                average.lerp_(p, 1 - decay)
            else:
                average.copy_(average * decay + p * (1 - decay))

    return ema_update


def get_swa_multi_avg_fn() -> Callable[..., None]:
    """A `multi_avg_fn`, in place: the means of all parameters so far."""

    @no_grad()
    def swa_update(averaged_params: list[Tensor], current_params: list[Tensor], n: Any) -> None:
        for average, p in zip(averaged_params, current_params, strict=True):
            if averaged_params[0].is_floating_point() or averaged_params[0].is_complex():
                share = 1 / (n + 1)
                average.lerp_(p, share.to(p.dtype) if isinstance(share, Tensor) else share)
            elif isinstance(n, Tensor):
                average.addcdiv_(p - average, n + 1)
            else:
                average.add_(p - average, alpha=1.0 / (n + 1))

    return swa_update


def _check_decay(decay: float) -> None:
    if not 0.0 <= decay <= 1.0:
        raise ValueError(
            f"Invalid decay value {decay} provided. Please provide a value in [0,1] range."
        )


class AveragedModel(Module):
    """A copy of `model` whose parameters are averages of it, one more at each `update_parameters`.

    `avg_fn(average, parameter, n)` returns the new average; `multi_avg_fn(averages, parameters, n)`
    changes lists of them in place. Without either the average is the mean. Buffers are averaged
    with `use_buffers`, and else copied.
    """

    n_averaged: Tensor

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: Callable[..., Tensor] | None = None,
        multi_avg_fn: Callable[..., None] | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", tensor(0, dtype=int64, device=device))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The averaged model's output."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take the parameters of `model` into the averages; the first time, take them over."""
        averages = [p.detach() for p in self._averaged(self.module)]
        pairs = zip(averages, self._averaged(model))
        params = [p.detach().to(average.device) for average, p in pairs]
        if self.n_averaged == 0:
            for average, p in zip(averages, params):
                average.copy_(p)
        else:
            self._average(averages, params)
        if not self.use_buffers:
            for mine, theirs in zip(self.module.buffers(), model.buffers(), strict=True):
                mine.detach().copy_(theirs.detach().to(mine.device))
        self.n_averaged += 1

    def _averaged(self, model: Module) -> Iterator[Tensor]:
        if self.use_buffers:
            return chain(model.parameters(), model.buffers())
        return model.parameters()

    def _average(self, averages: list[Tensor], params: list[Tensor]) -> None:
        if self.multi_avg_fn is None:
            average_one = self.avg_fn or get_swa_avg_fn()
            for average, p in zip(averages, params, strict=True):
                n = self.n_averaged.to(average.device)
                average.copy_(average_one(average, p, n))
            return
        kinds: dict[Any, tuple[list[Tensor], list[Tensor]]] = {}
        for average, p in zip(averages, params, strict=True):
            mine, theirs = kinds.setdefault((average.device, average.dtype), ([], []))
            mine.append(average)
            theirs.append(p)
        for (device, _), (mine, theirs) in kinds.items():
            self.multi_avg_fn(mine, theirs, self.n_averaged.to(device))


@no_grad()
def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Compute the statistics of all batch norms anew, in one pass over the `loader`, whose batches
    are inputs or sequences that begin with the input.
    """
    momenta = {module: module.momentum for module in model.modules() if _is_batch_norm(module)}
    if not momenta:
        return
    was_training = model.training
    model.train()
    for module in momenta:
        module.reset_running_stats()
        module.momentum = None
    for batch in loader:
        x = batch[0] if isinstance(batch, (list, tuple)) else batch
        model(x if device is None else x.to(device))
    for module, momentum in momenta.items():
        module.momentum = momentum
    model.train(was_training)


def _is_batch_norm(module: Any) -> bool:
    return isinstance(module, _BatchNorm)


class SWALR(LRScheduler):
    """From the rates of the groups to `swa_lr` in `anneal_epochs` epochs, and then constant."""

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float | list[float],
        anneal_epochs: int = 10,
        anneal_strategy: Literal["cos", "linear"] = "cos",
        last_epoch: int = -1,
    ) -> None:
        for lr, group in zip(per_group("swa_lr", optimizer, swa_lr), optimizer.param_groups):
            group["swa_lr"] = lr
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        self._anneal_strategy = anneal_strategy
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def anneal_func(self, t: float) -> float:
        """How far the rates have come at share t of the epochs."""
        return t if self._anneal_strategy == "linear" else (1 - math.cos(math.pi * t)) / 2

    def get_lr(self) -> list[Any]:
        """The rates of this epoch, from those of the one before."""
        self._warn_outside_step()
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = (
            self.anneal_func(max(0, min(1, done / max(1, self.anneal_epochs))))
            for done in (step - 1, step)
        )
        lrs = []
        for group in self.optimizer.param_groups:
            lr, target = group["lr"], group["swa_lr"]
            start = target if before == 1 else (lr - before * target) / (1 - before)
            lrs.append(target * now + start * (1 - now))
        return lrs
