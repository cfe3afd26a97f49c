"""The annotation vocabulary of op declarations. An annotation says what a parameter *is*, and the
binder in `_declare.py` acts on it; nothing here has behaviour.

- `Tensor`, `list[Tensor]`, `Tensor | None`: inputs of the graph.
- `Number`: a Python number that is data. It may become a traced 0-d array when it varies.
- `Scalar`: a Python number the body needs to know; part of the program's key.
- `Dims`, `Size`, `DType`, and plain `int`, `bool`, `float`, `str`: static, part of the program's
key.
"""

from typing import Any

Tensor = Any
Number = Any
Scalar = Any
Dims = Any
Size = Any
DType = Any
