"""From what scripts log to ndarrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._dtypes import bfloat16
from ..._tensor import Tensor

__all__ = ["make_np"]


def make_np(x: Any) -> np.ndarray:
    """A tensor or a number as an ndarray (bfloat16 as float16); an ndarray as it is."""
    if isinstance(x, np.ndarray):
        return x
    if np.isscalar(x):
        return np.array([x])
    if isinstance(x, Tensor):
        x = x.detach().cpu()  # type: ignore[attr-defined]
        return (x.half() if x.dtype is bfloat16 else x).numpy()
    raise NotImplementedError(f"Got {type(x)}, but numpy array or torch tensor are expected.")
