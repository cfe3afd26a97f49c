"""The matrix of tensors: every dtype in every layout. Each cell makes the same object with either
library; it knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

import jtorch

from . import kinds

DTYPES = [
    name
    for name in dir(torch)
    if isinstance(getattr(torch, name), torch.dtype)
    and isinstance(getattr(jtorch, name, None), jtorch.dtype)
    and repr(getattr(torch, name)) == f"torch.{name}"
]


class Kit:
    """One library and one dtype: numbers to make tensors of."""

    def __init__(self, library: Any, dtype: str):
        self.lib, self.dtype = library, getattr(library, dtype)

    def numbers(self, *shape: int) -> Any:
        """Small numbers that every dtype can hold (float8_e8m0fnu has no zero)."""
        n = 1
        for size in shape:
            n *= size
        whole = self.lib.arange(n) % 5 + (1 if "e8m0" in repr(self.dtype) else 0)
        if self.dtype.is_complex:
            return self.lib.complex(whole.double(), (whole + 1).double()).to(self.dtype).view(shape)
        return whole.to(self.dtype).view(shape)

    @property
    def differentiable(self) -> bool:
        return self.dtype.is_floating_point or self.dtype.is_complex


def _shared(kit: Kit) -> Any:
    x = kit.numbers(2, 3, 4)
    return {"x": x, "t": x.transpose(0, 2), "row": x[1], "cut": x[:, 1:, ::2], "flat": x.view(-1),
            "again": x, "detached": x.detach()}  # fmt: skip


def _parts(kit: Kit) -> Any:
    return list(kit.numbers(6, 2).split(2))


def _attributes(kit: Kit) -> Any:
    x = kit.numbers(3)
    x.label, x.friend = "label", [1, kit.numbers(2)]
    return x


def _parameter(kit: Kit) -> Any:
    return kit.lib.nn.Parameter(kit.numbers(2, 2), requires_grad=kit.differentiable)


def _marked_parameter(kit: Kit) -> Any:
    parameter = _parameter(kit)
    parameter.tensor_model_parallel = True
    return parameter


def _result(kit: Kit) -> Any:
    return kit.numbers(3).requires_grad_() * 1


def _subclass(name: str, **state: Any) -> Callable[[Kit], Any]:
    def make(kit: Kit) -> Any:
        with kinds.using(kit.lib) as classes:
            x = kit.numbers(2, 3).as_subclass(getattr(classes, name))
        for key, value in state.items():
            setattr(x, key, value)
        return x

    return make


def _sparse(kit: Kit, coalesced: bool) -> Any:
    places = kit.lib.tensor([[0, 1, 1], [2, 0, 2]])
    return kit.lib.sparse_coo_tensor(places, kit.numbers(3), (2, 3), is_coalesced=coalesced)


def _hybrid(kit: Kit) -> Any:
    return kit.lib.sparse_coo_tensor(kit.lib.tensor([[0, 2]]), kit.numbers(2, 2), (3, 2))


LAYOUTS: dict[str, Callable[[Kit], Any]] = {
    "contiguous": lambda k: k.numbers(2, 3, 4),
    "transposed": lambda k: k.numbers(3, 4).t(),
    "permuted": lambda k: k.numbers(2, 3, 4).permute(2, 0, 1),
    "offset": lambda k: k.numbers(3, 4)[1:],
    "sliced": lambda k: k.numbers(3, 4)[1:, 1::2],
    "one row": lambda k: k.numbers(3, 4)[2],
    "shared": _shared,
    "split": _parts,
    "expanded": lambda k: k.numbers(3).expand(4, 3),
    "expanded number": lambda k: k.numbers(1).expand(5),
    "overlapping": lambda k: k.numbers(6).unfold(0, 3, 1),
    "as_strided": lambda k: k.numbers(12).as_strided((2, 2), (5, 2), 1),
    "0-d": lambda k: k.numbers(),
    "0-d of many": lambda k: k.numbers(4)[2],
    "empty": lambda k: k.numbers(0, 3),
    "empty slice": lambda k: k.numbers(4)[2:2],
    "channels_last": lambda k: k.numbers(2, 3, 4, 5).to(memory_format=k.lib.channels_last),
    "channels_last_3d": lambda k: k.numbers(1, 2, 3, 2, 2).to(memory_format=k.lib.channels_last_3d),
    "size one": lambda k: k.numbers(1, 3, 1).transpose(0, 2),
    "meta": lambda k: k.lib.empty(2, 3, dtype=k.dtype, device="meta"),
    "attributes": _attributes,
    "parameter": _parameter,
    "frozen parameter": lambda k: k.lib.nn.Parameter(k.numbers(2), requires_grad=False),
    "marked parameter": _marked_parameter,
    "buffer": lambda k: k.lib.nn.Buffer(k.numbers(2)),
    "subclass": _subclass("Labelled"),
    "subclass with attributes": _subclass("Labelled", unit="m"),
    "subclass with setstate": _subclass("Quantity", unit="m"),
    "subclass with slots": _subclass("Slotted", mark=3),
    "sparse": lambda k: _sparse(k, True),
    "uncoalesced": lambda k: _sparse(k, False),
    "hybrid": _hybrid,
    "two dtypes": lambda k: [x := k.numbers(8), x.view(k.lib.uint8)],
}
DIFFERENTIABLE: dict[str, Callable[[Kit], Any]] = {
    "requires_grad": lambda k: k.numbers(3).requires_grad_(),
    "result": _result,
    "view of a leaf": lambda k: k.numbers(4).requires_grad_()[1:],
}
COMPLEX: dict[str, Callable[[Kit], Any]] = {
    "conj": lambda k: k.numbers(3).conj(),
    "conj transposed": lambda k: k.numbers(2, 3).mH,
    "neg": lambda k: k.numbers(3).conj().imag,
    "real": lambda k: k.numbers(3).real,
}


def cells() -> Iterator[tuple[str, str, Callable[[Any], Any]]]:
    """(dtype, layout, what makes it) of the whole matrix."""
    for dtype in DTYPES:
        kind = getattr(torch, dtype)
        layouts = dict(LAYOUTS)
        if kind.is_complex or (kind.is_floating_point and kind.itemsize > 1):
            layouts |= DIFFERENTIABLE
        if kind.is_complex:
            layouts |= COMPLEX
        for layout, make in layouts.items():
            yield dtype, layout, lambda library, m=make, d=dtype: m(Kit(library, d))
