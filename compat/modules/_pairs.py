"""A module in both libraries, born from the same seed, with the same inputs: made from a sample of
the database, called and differentiated. It compares nothing.
"""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch.testing._internal.common_modules import module_db

import jtorch

from ..opinfo import _translate
from ..programs._outcome import first_line

ENTRIES = {info.name.removeprefix("nn."): info for info in module_db}


def samples(info: Any, dtype: str, training: bool, limit: int | None) -> list[Any]:
    """The samples of an entry, spread evenly over all of them where there is a limit."""
    torch.manual_seed(0)
    found = info.module_inputs_func(
        info, device="cpu", dtype=getattr(torch, dtype), requires_grad=True, training=training
    )
    if limit is None or len(found) <= limit:
        return found
    return [found[round(i)] for i in np.linspace(0, len(found) - 1, limit)]


def errors(info: Any, training: bool = True) -> list[Any]:
    if info.module_error_inputs_func is None:
        return []
    torch.manual_seed(0)
    return info.module_error_inputs_func(
        info, device="cpu", dtype=torch.float32, requires_grad=False, training=training
    )


@dataclasses.dataclass
class Side:
    """The module of one library and its inputs."""

    lib: Any
    make: Callable[[], Any]
    args: tuple
    kwargs: dict
    module: Any = None
    output: Any = None
    said: str | None = None  # what was raised instead
    warned: tuple[str, ...] = ()

    def born(self, seed: int = 0) -> Any:
        self.lib.manual_seed(seed)
        return self.make()

    def call(self, module: Any = None, seed: int = 1) -> Any:
        """The output, under a seed."""
        self.lib.manual_seed(seed)
        return (self.module if module is None else module)(*self.args, **self.kwargs)

    def attempt(self, step: Callable[[], Any]) -> Any:
        """The result of a step; what it raises and warns is kept as text."""
        self.said, self.warned = None, ()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                return step()
            except Exception as e:
                self.said = f"{type(e).__name__}: {first_line(str(e))}"
            finally:
                said = (f"{w.category.__name__}: {first_line(str(w.message))}" for w in caught)
                said = (text for text in said if "oneDNN" not in text)  # of a kernel's own
                self.warned = tuple(dict.fromkeys(said))

    def leaves(self) -> list[Any]:
        """The inputs that get gradients."""
        return [x for x in flat((self.args, self.kwargs), self.lib) if x.requires_grad]

    def backward(self) -> None:
        """Gradients of the outputs against fixed numbers."""
        outputs = [x for x in flat(self.output, self.lib) if x.requires_grad]
        rng = np.random.default_rng(7)
        given = [rng.standard_normal(tuple(x.shape)) for x in outputs]
        cotangents = [self.lib.tensor(g, dtype=x.dtype) for g, x in zip(given, outputs)]
        if outputs:
            self.lib.autograd.backward(outputs, cotangents)


def flat(x: Any, lib: Any) -> Iterator[Any]:
    """The tensors in a structure, each in its place."""
    if isinstance(x, lib.Tensor):
        yield x
    elif isinstance(x, (list, tuple)):
        for item in x:
            yield from flat(item, lib)
    elif isinstance(x, dict):
        yield from flat(list(x.values()), lib)


def pair(info: Any, sample: Any) -> tuple[Side, Side]:
    """Real torch's side of a sample and jtorch's. The modules are not yet made."""
    given, made = sample.forward_input, sample.constructor_input
    args, kwargs = (given.args, given.kwargs) if given else ((), {})
    memo: dict = {}
    for x in flat((args, kwargs), torch):
        if x.requires_grad:
            x.retain_grad()  # some are computed
    theirs = Side(torch, lambda: info.module_cls(*made.args, **made.kwargs), args, kwargs)
    own = getattr(jtorch.nn, info.module_cls.__name__)
    born = carried(made.args, memo), carried(made.kwargs, memo)
    ours = Side(
        jtorch, lambda: own(*born[0], **born[1]), carried(args, memo), carried(kwargs, memo)
    )
    return theirs, ours


def carried(x: Any, memo: dict) -> Any:
    """jtorch's version of what a sample holds."""
    if isinstance(x, tuple) and any(isinstance(v, torch.nn.Module) for v in x):
        return tuple(carried(v, memo) for v in x)
    if isinstance(x, torch.nn.TransformerEncoderLayer):
        return _encoder_layer(x)
    return _translate.value(x, memo)


def _encoder_layer(x: torch.nn.TransformerEncoderLayer) -> Any:
    layer = jtorch.nn.TransformerEncoderLayer(
        x.linear1.in_features,
        x.self_attn.num_heads,
        x.linear1.out_features,
        x.dropout.p,
        _translate.value(x.activation),
        x.norm1.eps,
        x.self_attn.batch_first,
        x.norm_first,
        x.linear1.bias is not None,
        dtype=_translate.value(x.linear1.weight.dtype),
    )
    layer.load_state_dict(_translate.value(dict(x.state_dict())))
    return layer
