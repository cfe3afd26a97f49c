"""Everything a distribution says, as plain data: one function that both libraries run."""

from __future__ import annotations

import contextlib
import warnings
from typing import Any

import numpy as np

from compat.programs._outcome import first_line

SAMPLES = 2


class Kit:
    """One library, one dtype, and the parameters that an expression makes."""

    def __init__(self, torch: Any, dtype: str):
        self.torch, self.dtype = torch, getattr(torch, dtype)
        self.leaves: list[Any] = []

    def tensor(self, data: Any) -> Any:
        return self.torch.tensor(data, dtype=self.dtype)

    def parameter(self, data: Any) -> Any:
        leaf = self.tensor(data).requires_grad_()
        self.leaves.append(leaf)
        return leaf

    def make(self, expression: str) -> Any:
        self.leaves = []
        names = {"D": self.torch.distributions, "P": self.parameter, "T": self.tensor}
        return eval(expression, {**names, "torch": self.torch})

    def gradients(self, outputs: Any) -> Any:
        """Of a weighted sum of outputs, by every parameter."""
        if not outputs.requires_grad:
            return "no gradient"
        weights = self.torch.arange(1, outputs.numel() + 1, dtype=outputs.dtype)
        total = (outputs.reshape(-1) * weights).sum()
        found = self.torch.autograd.grad(total, self.leaves, allow_unused=True, retain_graph=True)
        return [None if g is None else data(g) for g in found]


def data(x: Any) -> Any:
    """Tensors as arrays, everything else as what it prints."""
    if hasattr(x, "detach"):
        return x.detach().numpy()
    if isinstance(x, (list, tuple)) and not hasattr(x, "numel"):
        return [data(y) for y in x]
    return x if isinstance(x, (bool, int, float, np.ndarray)) else str(x).replace("jtorch", "torch")


class Outcomes(dict):
    """Results by name; what raises is recorded as words."""

    @contextlib.contextmanager
    def record(self, name: str):
        box: list[Any] = []
        try:
            yield box.append
            self[name] = data(box[0])
        except Exception as e:
            self[name] = f"{type(e).__name__}: {first_line(str(e))}"


def values_of(torch: Any, expression: str, dtype: str) -> np.ndarray:
    """Samples to ask about, from one library for both."""
    torch.manual_seed(11)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Kit(torch, dtype).make(expression).sample((SAMPLES,)).numpy()


def probe(
    torch: Any, expression: str, dtype: str, values: np.ndarray, briefly: bool = False
) -> Outcomes:
    """All of it, or only draws and densities."""
    kit, out = Kit(torch, dtype), Outcomes()
    distribution = kit.make(expression)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _draw(out, kit, distribution)
        if briefly:
            out["repr"] = data(repr(distribution))
            with out.record("log_prob") as found:
                found(distribution.log_prob(torch.tensor(values)))
            return out
        _describe(out, distribution)
        with out.record("gradients of rsample") as found:
            torch.manual_seed(3)
            found(kit.gradients(distribution.rsample((SAMPLES,))))
        _ask(out, kit, distribution, torch.tensor(values))
        _expand(out, kit, distribution, torch.tensor(values))
    out["repr at the end"] = data(repr(distribution))
    return out


def _describe(out: Outcomes, d: Any) -> None:
    names = "batch_shape event_shape has_rsample has_enumerate_support support arg_constraints"
    for name in ["repr", *names.split(), "mean", "mode", "variance", "stddev"]:
        with out.record(name) as found:
            found(repr(d) if name == "repr" else getattr(d, name))


def _draw(out: Outcomes, kit: Kit, d: Any) -> None:
    for name, shape in (("sample", ()), ("rsample", (SAMPLES,))):
        kit.torch.manual_seed(3)
        with out.record(f"{name}{shape}") as found:
            drawn = getattr(d, name)(shape)
            found([drawn, drawn.requires_grad, kit.torch.rand(2)])  # the generator's place, too


def _ask(out: Outcomes, kit: Kit, d: Any, values: Any) -> None:
    for name in ("log_prob", "cdf", "entropy"):
        with out.record(name) as found:
            answer = getattr(d, name)(*([values] if name in ("log_prob", "cdf") else []))
            found([answer, kit.gradients(answer)])
    with out.record("perplexity") as found:
        found(d.perplexity())
    with out.record("icdf") as found:
        found(d.icdf(kit.tensor(0.3)))
    for expand in (True, False):
        with out.record(f"enumerate_support({expand})") as found:
            found(d.enumerate_support(expand))


def _expand(out: Outcomes, kit: Kit, d: Any, values: Any) -> None:
    with out.record("expand") as found:
        larger = d.expand((2, *d.batch_shape))
        kit.torch.manual_seed(4)
        found([repr(larger), larger.batch_shape, larger.event_shape, larger.sample(),
               larger.log_prob(values)])  # fmt: skip
    with out.record("expand wrongly") as found:
        found(repr(d.expand((*d.batch_shape, 5))))
