"""Programs of one expression each, over `torch`, `F` and three small tensors."""

from __future__ import annotations

from collections.abc import Callable

import numpy


def _program(expression: str) -> Callable:
    def program(torch):
        x = torch.arange(6.0).reshape(2, 3)
        i = torch.tensor([0, 2, 1])
        scope = {"torch": torch, "F": torch.nn.functional, "numpy": numpy, "x": x, "i": i}
        result = eval(expression, scope)
        sparse = isinstance(result, torch.Tensor) and result.layout is not torch.strided
        return repr(result) if sparse else result

    return program


def cases(text: str) -> dict[str, Callable]:
    """{expression: program} of the lines."""
    lines = [line.strip() for line in text.splitlines()]
    return {line: _program(line) for line in lines if line and not line.startswith("#")}
