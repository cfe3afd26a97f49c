"""DataParallel on at most one accelerator, where it only wraps a module. Spreading a batch over
several is not covered: in JAX that is a matter of how arrays are laid out, not of copies of the
module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...cuda import device_count
from ..modules.module import Module

__all__ = ["DataParallel", "data_parallel"]


class DataParallel(Module):
    """Calls `module`, which is also its only child: the keys of its state begin with "module."."""

    def __init__(
        self,
        module: Module,
        device_ids: Sequence[Any] | None = None,
        output_device: Any = None,
        dim: int = 0,
    ) -> None:
        super().__init__()
        if device_ids is None:
            device_ids = list(range(device_count()))
        if len(device_ids) > 1:
            raise NotImplementedError(
                "torch.nn.DataParallel over several devices is not covered by jtorch\n\n"
                "Give one device id, or leave DataParallel out."
            )
        self.module = module
        self.device_ids = list(device_ids)
        if device_ids:
            self.dim = dim
            self.output_device = device_ids[0] if output_device is None else output_device
            module.to(f"cuda:{device_ids[0]}")

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        return self.module(*inputs, **kwargs)


def data_parallel(
    module: Module,
    inputs: Any,
    device_ids: Sequence[Any] | None = None,
    output_device: Any = None,
    dim: int = 0,
    module_kwargs: dict[str, Any] | None = None,
) -> Any:
    """One call of `module` as DataParallel makes it."""
    inputs = inputs if isinstance(inputs, tuple) else (inputs,)
    wrapped = DataParallel(module, device_ids, output_device, dim)
    return wrapped(*inputs, **(module_kwargs or {}))
