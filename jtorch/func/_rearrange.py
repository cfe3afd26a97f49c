"""torch.func.rearrange: reshaping and permuting by a pattern of names, as in einops. Written with
reshape and permute alone.
"""

from __future__ import annotations

import math
import re
from typing import Any

from .._tensor import Tensor
from ..ops.join import stack

Group = list[str]  # the axes that one dimension is made of; empty for a dimension of size 1


def _groups(text: str) -> list[Group]:
    """ "b (h w) 1 ..." as [["b"], ["h", "w"], [], ["..."]]."""
    if text.count("(") != text.count(")") or re.search(r"\([^)]*\(|\)[^(]*\)", text):
        raise ValueError(f"Brackets are not balanced in expression {text!r}")
    found = []
    for part in re.findall(r"\([^)]*\)|\.\.\.|[^\s()]+", text):
        names = part.strip("()").split() if part.startswith("(") else [part]
        for name in names:
            if name not in ("1", "...") and not name.isidentifier():
                raise ValueError(
                    f"Invalid axis identifier: {name!r}\nnot a valid python identifier"
                )
        found.append([name for name in names if name != "1"])
    return found


def _spread(groups: list[Group], rest: list[str]) -> list[Group]:
    """The names of all other dimensions in place of the ellipsis."""
    result: list[Group] = []
    for group in groups:
        if group == ["..."]:
            result += [[name] for name in rest]
        else:
            result.append([n for name in group for n in (rest if name == "..." else [name])])
    return result


def rearrange(
    tensor: Tensor | list[Tensor] | tuple[Tensor, ...], pattern: str, **axes_lengths: int
) -> Tensor:
    """rearrange(x, "b (h w) c -> b c h w", h=4): dimensions named on the left in the order of the
    right; brackets split a dimension or merge some, "..." stands for all others.
    """
    x: Any = tensor if isinstance(tensor, Tensor) else stack(list(tensor))
    sides = pattern.split("->")
    if len(sides) != 2:
        raise ValueError("Pattern must contain a single '->' separator")
    left, right = (_groups(side) for side in sides)
    count = x.ndim - (len(left) - 1) if ["..."] in left else 0
    rest = [f"...{k}" for k in range(count)]
    left, right = _spread(left, rest), _spread(right, rest)
    names = [name for group in left for name in group]
    wanted = [name for group in right for name in group]
    for each in (names, wanted):
        if len(set(each)) != len(each):
            raise ValueError(f"Indexing expression {pattern!r} contains duplicate dimension")
    if set(names) != set(wanted):
        raise ValueError(
            "Identifiers only on one side of expression (should be on both): "
            f"{sorted(set(names) ^ set(wanted))}"
        )
    if len(left) != x.ndim:
        raise ValueError(
            f"Number of dimensions in pattern ({len(left)}) and tensor ({x.ndim}) differ"
        )
    sizes = dict(axes_lengths)
    for group, size in zip(left, x.shape, strict=True):
        unknown = [name for name in group if name not in sizes]
        known = math.prod(sizes[name] for name in group if name in sizes)
        if len(unknown) > 1 or size % known or (not unknown and known != size):
            raise ValueError(f"Shape mismatch: dimension of size {size} is not {group} of {sizes}")
        if unknown:
            sizes[unknown[0]] = size // known
    x = x.reshape([sizes[name] for name in names]).permute([names.index(name) for name in wanted])
    return x.reshape([math.prod(sizes[name] for name in group) for group in right])
