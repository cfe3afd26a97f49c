"""Calling a module with other tensors in place of its own; its name from before torch.func."""

from __future__ import annotations

import warnings
from typing import Any

from ..._tensor import Tensor
from ...func._modules import functional_call as _functional_call
from ..modules.module import Module

__all__ = ["functional_call"]


def functional_call(
    module: Module,
    parameters_and_buffers: dict[str, Tensor],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """torch.func.functional_call. Deprecated in torch."""
    warnings.warn(
        "`torch.nn.utils.stateless.functional_call` is deprecated as of PyTorch 2.0 and will be "
        "removed in a future version of PyTorch. Please use `torch.func.functional_call` instead "
        "which is a drop-in replacement.",
        FutureWarning,
        stacklevel=2,
    )
    call = {"tie_weights": tie_weights, "strict": strict}
    return _functional_call(module, parameters_and_buffers, args, kwargs, **call)
