"""How `nn.functional.linear_cross_entropy` is to be cut into chunks of rows, and in which precision
they are computed.
"""

from __future__ import annotations

import dataclasses
from typing import Literal

from ..._dtypes import bfloat16, float16, float32, float64
from ..._dtypes import dtype as dtype_

__all__ = ["LinearCrossEntropyOptions"]

_HALVES = (float16, bfloat16)


@dataclasses.dataclass(slots=True, frozen=True)
class LinearCrossEntropyOptions:
    """Rows of the batch are taken a few at a time, so that the logits of all are never there.

    `allow_retain_graph` is always granted: gradients are computed from the inputs, as often as they
    are asked for. The policies differ in what torch keeps in `acc_dtype`: here, all of a chunk.
    """

    allow_retain_graph: bool = False
    batch_chunk_size: int | None = None
    chunking_method: str | None = "auto"
    acc_policy: Literal["accurate", "balanced", "compact", "auto"] = "auto"
    acc_dtype: dtype_ | None = None

    def __post_init__(self) -> None:
        if self.acc_policy not in ("auto", "accurate", "balanced", "compact"):
            raise ValueError(f"invalid acc_policy: {self.acc_policy!r}")
        if self.chunking_method not in (None, "auto"):
            name, colon, factor = self.chunking_method.partition(":")
            if name != "aspect_ratio" or (colon and not (factor.isdigit() and int(factor))):
                raise ValueError(f"invalid chunking_method: {self.chunking_method!r}")
        size = self.batch_chunk_size
        if size is not None and not (isinstance(size, int) and size > 0):
            raise ValueError(f"batch_chunk_size must be positive int or None, got {size!r}")
        if self.acc_dtype not in (None, *_HALVES, float32, float64):
            raise ValueError(
                "acc_dtype must be one of {None, torch.float16, torch.bfloat16, torch.float32, "
                f"torch.float64}}, got {self.acc_dtype!r}. Pass acc_dtype=None to let the op pick "
                "automatically."
            )

    def rows(self, batch: int, features: int, classes: int, dtype: dtype_) -> int:
        """Of a chunk."""
        size, method = self.batch_chunk_size, self.chunking_method
        if method == "auto":
            ratio = "aspect_ratio" if dtype in _HALVES else "aspect_ratio:2"
            method = ratio if size is None else None
        if method is None:
            return max(1, min(size or batch, batch))
        target = -(-batch // -(-classes // features))
        power = 1 << (target - 1).bit_length()
        found = min(power // int(method.partition(":")[2] or 1), batch)
        if size is not None and size != found:
            raise ValueError(
                f"batch_chunk_size (={size}) and chunking_method ('{method}') give different chunk "
                f"sizes ({size} vs {found}); pass only one."
            )
        return max(1, found)

    def precision(self, dtype: dtype_) -> dtype_:
        """Of what is computed with inputs of `dtype`."""
        if self.acc_dtype is not None:
            return self.acc_dtype
        return float32 if self.acc_policy == "auto" and dtype in _HALVES else dtype
