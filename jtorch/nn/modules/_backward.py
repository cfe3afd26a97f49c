"""How a module hears of gradients: its inputs and its outputs pass through two identity functions,
and the backward of those calls the hooks. It knows autograd's Function and the hooks it was given;
of the module only that it is passed to them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from ..._autograd.modes import is_grad_enabled
from ..._tensor import Tensor
from ...autograd.function import Function

_NO_INPUT_WARNING = (
    "Full backward hook is firing when gradients are computed with respect to module outputs since "
    "no inputs require gradients. See https://docs.pytorch.org/docs/main/generated/"
    "torch.nn.Module.html#torch.nn.Module.register_full_backward_hook for more details."
)
_NO_INPUT_ERROR = (
    "Backward hook for Modules where no input requires gradient should always return None or None "
    "for all gradients."
)


class BackwardHookFunction(Function):
    """The identity on any number of tensors; backward hands the gradients to `on_gradient`. A
    gradient that did not arrive is None, or zeros if `fill`."""

    @staticmethod
    def forward(
        ctx: Any, on_gradient: Callable[[tuple], tuple], fill: bool, *tensors: Tensor
    ) -> Any:
        ctx.on_gradient = on_gradient
        ctx.set_materialize_grads(fill)
        ctx.mark_non_differentiable(*(t for t in tensors if not t.requires_grad))
        return tensors

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        needed = ctx.needs_input_grad[2:]
        grads = tuple(g if need else None for g, need in zip(grads, needed, strict=True))
        return None, None, *ctx.on_gradient(grads)


class BackwardHooks:
    """The backward hooks of one call of a module, from `watch_inputs` to the end of backward."""

    def __init__(self, module: Any, hooks: Sequence[Callable], pre_hooks: Sequence[Callable]):
        self.module = module
        self.hooks = hooks
        self.pre_hooks = pre_hooks
        self.grad_outputs: tuple | None = None
        self.input_positions: list[int] | None = None
        self.output_positions: list[int] = []
        self.n_inputs = self.n_outputs = 0

    def watch_inputs(self, args: tuple) -> tuple:
        """The same arguments, with those that are tensors passed through the identity."""
        self.n_inputs = len(args)
        watched, positions = _pass_through(args, self._at_inputs, fill=True)
        self.input_positions = positions
        return watched

    def watch_outputs(self, result: Any) -> Any:
        """The same result, passed through the identity."""
        single = not isinstance(result, tuple)
        results = (result,) if single else result
        self.n_outputs = len(results)
        watched, positions = _pass_through(results, self._at_outputs, fill=False)
        self.output_positions = positions or []
        return watched[0] if single else watched

    def _at_outputs(self, grads: tuple) -> tuple:
        self.grad_outputs = _spread(grads, self.output_positions, self.n_outputs)
        changed = False
        for hook in self.pre_hooks:
            answer = hook(self.module, self.grad_outputs)
            if answer is not None:
                message = "Backward pre hook returned an invalid number of grad_output"
                self.grad_outputs = _checked(answer, self.grad_outputs, message)
                changed = True
        kept = self.grad_outputs
        if self.input_positions is None:
            self._call_without_inputs()
        if not changed:
            return grads
        return tuple(kept[i] for i in self.output_positions)

    def _call_without_inputs(self) -> None:
        """No gradient will arrive at the inputs, so the hooks are called here, with none."""
        if self.hooks:
            warnings.warn(_NO_INPUT_WARNING, stacklevel=5)
        for hook in self.hooks:
            answer = hook(self.module, (None,) * self.n_inputs, self.grad_outputs)
            if answer is not None and any(grad is not None for grad in answer):
                raise RuntimeError(_NO_INPUT_ERROR)
        self.grad_outputs = None

    def _at_inputs(self, grads: tuple) -> tuple:
        # None: the gradient came to the inputs by another way than through the outputs, as it does
        # in a double backward.
        if self.grad_outputs is None or self.input_positions is None:
            return grads
        grad_inputs = _spread(grads, self.input_positions, self.n_inputs)
        for hook in self.hooks:
            answer = hook(self.module, grad_inputs, self.grad_outputs)
            if answer is not None:
                message = "Backward hook returned an invalid number of grad_input"
                grad_inputs = _checked(answer, grad_inputs, message)
        self.grad_outputs = None
        return tuple(grad_inputs[i] for i in self.input_positions)


def _pass_through(
    values: tuple, on_gradient: Callable[[tuple], tuple], fill: bool
) -> tuple[tuple, list[int] | None]:
    """`values` with its tensors marked, and their positions; None if no gradient will come back."""
    positions = [i for i, value in enumerate(values) if isinstance(value, Tensor)]
    tensors = [values[i] for i in positions]
    if not (is_grad_enabled() and any(t.requires_grad for t in tensors)):
        return values, None
    marked = BackwardHookFunction.apply(on_gradient, fill, *tensors)
    filled = list(values)
    for i, tensor in zip(positions, marked, strict=True):
        filled[i] = tensor
    if type(values) is tuple:
        return tuple(filled), positions
    return type(values)._make(filled), positions  # type: ignore[attr-defined]  # a named tuple


def _spread(grads: tuple, positions: list[int], length: int) -> tuple:
    """The gradients at their positions among `length`, None elsewhere."""
    spread: list[Any] = [None] * length
    for i, grad in zip(positions, grads, strict=True):
        spread[i] = grad
    return tuple(spread)


def _checked(answer: Any, grads: tuple, message: str) -> tuple:
    if len(answer) != len(grads):
        raise RuntimeError(f"{message}, got {len(answer)}, but expected {len(grads)}")
    answer = tuple(answer)
    for new, old in zip(answer, grads, strict=True):
        if new is not None and old is not None and new.shape != old.shape:
            raise RuntimeError("hook 'hook' has changed the size of value")
    return answer


def first_tensor(result: Any) -> Tensor:
    """Any one tensor of a nested result: the hooks of the deprecated kind go on its `grad_fn`."""
    while not isinstance(result, Tensor):
        if isinstance(result, dict):
            result = next(value for value in result.values() if isinstance(value, Tensor))
        else:
            result = result[0]
    return result
