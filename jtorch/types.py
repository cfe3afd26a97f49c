"""`torch.types`: names for the annotations that torch code writes."""

import builtins
import os
from collections.abc import Sequence
from typing import IO, TypeAlias

from ._devices import device
from ._dtypes import dtype
from ._size import Size
from ._tensor import Tensor

__all__ = ["Device", "FileLike", "Number"]

_int = builtins.int
_float = builtins.float
_bool = builtins.bool
_complex = builtins.complex
_dtype: TypeAlias = dtype
_device: TypeAlias = device
_size: TypeAlias = Size | list[int] | tuple[int, ...]

Number: TypeAlias = int | float | bool
_Number = (int, float, bool)
Device: TypeAlias = device | str | int | None
FileLike: TypeAlias = str | os.PathLike[str] | IO[bytes]
_TensorOrTensors: TypeAlias = Tensor | Sequence[Tensor]
