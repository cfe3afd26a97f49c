"""Optimizers that are a declaration: which op is the rule, which state a parameter starts with,
which settings the rule takes. How a group is gathered and written back is here, once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from .._autograd.modes import no_grad
from .._tensor import Tensor, from_array
from ._recorded import Recorded, column, counts, full_like, step_count, write


class Ruled(Recorded):
    """A subclass names its `rule`, the `columns` of state the rule takes and returns, in its order
    ("step" comes last), and says how state starts, if not with zeros, and what else the rule is
    given.
    """

    rule: ClassVar[Callable]
    columns: ClassVar[tuple[str, ...]]
    late: ClassVar[dict[str, Any]]  # settings that older pickles and state dicts lack

    def _start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        """The state of a parameter before its first step, "step" first; zeros unless said."""
        return {"step": step_count(p), **{key: full_like(p) for key in self.columns}}

    def _settings(self, group: dict[str, Any], like: Tensor) -> tuple:
        """The arguments of the rule after the state: numbers, then what is static."""
        raise NotImplementedError

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._group_defaults(**self.late)
        self._steps_as_tensors()

    @no_grad()
    def step(self, closure=None):
        """One step for every parameter that has a gradient; returns what `closure` returns."""
        return self._step_groups(closure)

    def _update(self, group: dict[str, Any], params: list[Tensor]) -> None:
        states = self._states(group, params)
        columns = [column(states, key) for key in self.columns]
        steps = column(states, "step")
        grads = [p.grad for p in params]
        settings = self._settings(group, params[0])
        results = self.rule(params, grads, *columns, counts(steps), *settings)
        write((params, *columns), results, steps)

    def _states(self, group: dict[str, Any], params: list[Tensor]) -> list[dict[str, Any]]:
        states = [self.state[p] for p in params]
        for p, state in zip(params, states):
            if not state:
                state.update(self._start(p, group))
        return states


def check_betas(betas: Any) -> None:
    """Both decay rates in [0, 1)."""
    for i in range(2):
        if not 0.0 <= betas[i] < 1.0:
            raise ValueError(f"Invalid beta parameter at index {i}: {betas[i]}")


def own_number(p: Tensor, value: float) -> Tensor:
    """A number of p's state, of a step count's dtype, that p shares with no other parameter."""
    return from_array(np.full((), value, step_count(p).dtype.np), device=p.device)
