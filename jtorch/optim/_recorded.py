"""Optimizers whose step is recorded as one op per group: gathering parameters, gradients and state,
and writing the results back. The update rules themselves are in `ops/optimizers.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from .._autograd.modes import enable_grad
from .._dtypes import float32, float64, get_default_dtype
from .._sparse import SparseTensor
from .._tensor import Tensor, from_array, from_value, rebind
from .optimizer import Optimizer, run_closure

CAPTURABLE_DEVICES = ("cuda", "xpu", "hpu", "privateuseone", "xla")
FUSED_DEVICES = ("mps", "cuda", "xpu", "hpu", "cpu", "mtia", "privateuseone")


class Recorded(Optimizer):
    """A subclass says how one group's parameters are updated, in `_update(group, params)`.

    `foreach` and `fused` choose among torch's kernels and mean nothing here, where every step is
    one program; they are checked as torch checks them. `capturable` is likewise checked only.
    """

    _on_device = "params and state_steps"  # what `capturable` wants on an accelerator, in words
    _no_sparse = "{} does not support sparse gradients"

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        raise NotImplementedError

    def _step_groups(self, closure) -> Any:
        loss = run_closure(closure)
        for group in self.param_groups:
            update = self._update_on_tape if group.get("differentiable") else self._update
            params = [p for p in group["params"] if p.grad is not None]
            self._check_flags(group, params)
            for same_device in _by_device(params):
                _counts.clear()  # groups are apart from the second step on, so from the first
                try:
                    update(group, same_device)
                except NotImplementedError:  # as from a sparse gradient; dense ones are not asked
                    if not any(isinstance(p.grad, SparseTensor) for p in same_device):
                        raise
                    self._update_sparse(group, same_device)
        return loss

    @enable_grad()
    def _update_on_tape(self, group: dict[str, Any], params: list[Tensor]) -> None:
        for p in params:
            p._check_writable()
        self._update(group, params)

    def _update_sparse(self, group: dict[str, Any], params: list[Tensor]) -> None:
        """`_update` where some gradients are sparse."""
        raise RuntimeError(self._no_sparse.format(type(self).__name__))

    def _check_flags(self, group: dict[str, Any], params: list[Tensor]) -> None:
        if group.get("foreach") and group.get("differentiable"):
            raise AssertionError("_foreach ops don't support autograd")
        if group.get("capturable"):
            supported = list(CAPTURABLE_DEVICES[: -1 if group.get("foreach") else None])
            if any(p.device.type not in supported for p in params):
                raise AssertionError(
                    f"If capturable=True, {self._on_device} must be on supported devices: "
                    f"{supported}."
                )
        if group.get("fused"):
            for p in params:
                if not p.is_floating_point():
                    raise RuntimeError(
                        "`fused=True` requires all the params to be floating point Tensors of "
                        f"supported devices: {list(FUSED_DEVICES)} "
                        f"but {p.dtype} and {p.device.type}"
                    )

    def _check_hints(
        self, *, fused: bool | None, foreach: bool | None, differentiable: bool
    ) -> None:
        if fused and differentiable:
            raise RuntimeError("`fused` does not support `differentiable`")
        if fused and foreach:
            raise RuntimeError("`fused` and `foreach` cannot be `True` together.")

    def _group_defaults(self, **defaults: Any) -> None:
        """Settings that older pickles and state dicts lack."""
        for group in self.param_groups:
            for name, value in defaults.items():
                group.setdefault(name, value)

    def _steps_as_tensors(self) -> None:
        """Step counts were once Python numbers."""
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state.get(p)
                if state and not isinstance(state["step"], Tensor):
                    state["step"] = step_count(p, float(state["step"]))


def write(columns: Iterable[list[Tensor]], values: Any, steps: Iterable[Tensor] = ()) -> None:
    """Give the tensors of the columns, one column after the other, and the counts of steps (which
    may share one) their new contents.
    """
    tensors = [tensor for column in columns for tensor in column]
    if isinstance(values[0], Tensor):
        return _write_on_tape(tensors, values, steps)
    tensors += steps
    rebind(tensors, values + values[-1:] * (len(tensors) - len(values)))


def _write_on_tape(tensors: list[Tensor], values: Any, steps: Iterable[Tensor]) -> None:
    counts = [value.detach() for value in values[len(tensors) :]]
    shared = [counts[min(i, len(counts) - 1)] for i, _ in enumerate(steps)]
    for tensor, value in zip([*tensors, *steps], [*values[: len(tensors)], *shared]):
        old = tensor._value
        tensor.copy_(value)
        old.home = None  # the update's derivative reads what was there, and that has not changed


def column(states: list[dict[str, Any]], key: str) -> list[Tensor]:
    """One entry of each parameter's state."""
    return [state[key] for state in states]


def counts(steps: list[Tensor]) -> list[Tensor]:
    """The counts of steps as an op takes them: one, while all parameters share it."""
    first = steps[0]._value if steps else None
    return steps[:1] if all(s._value is first and s._alias is None for s in steps) else steps


def full_like(p: Tensor, value: complex = 0.0) -> Tensor:
    """State of p's shape. Not recorded: the first step is to be the same program as the next."""
    return from_array(np.full(tuple(p.shape), value, p.dtype.np), device=p.device)


def step_count(p: Tensor, value: float = 0.0) -> Tensor:
    """A count of steps, where p is: a 0-d float32 (float64 if that is the default dtype)."""
    dtype = float64 if get_default_dtype() is float64 else float32
    key = value, dtype, p._value.aval.device
    shared = _counts.get(key)
    if shared is None:
        start = from_array(np.full((), value, dtype.np), device=p.device)
        shared = _counts[key] = start._value
    return from_value(shared)


# Counts that some parameter starts from: those that start together share one value, which dies with
# the first step.
_counts: WeakValueDictionary[Any, Any] = WeakValueDictionary()


def number(value: Any, p: Tensor) -> Tensor:
    """A setting as an input of the program, so that another value is never another program."""
    return value if isinstance(value, Tensor) else _number(float(value), p.device)


@functools.lru_cache(maxsize=256)
def _number(value: float, device) -> Tensor:
    return from_array(np.full((), value, np.float64), device=device)


def check_lr(lr: Any) -> None:
    """A learning rate is a number >= 0 or a tensor of one element."""
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")
    if not 0.0 <= lr:
        raise ValueError(f"Invalid learning rate: {lr}")


def check_not_negative(**settings: Any) -> None:
    """Settings by the name that torch's message gives them."""
    for name, value in settings.items():
        if not 0.0 <= value:
            raise ValueError(f"Invalid {name} value: {value}")


def _by_device(params: list[Tensor]) -> Iterable[list[Tensor]]:
    """A program runs on one device."""
    devices: dict[Any, list[Tensor]] = {}
    for p in params:
        devices.setdefault(p._value.aval.device, []).append(p)
    return devices.values()
