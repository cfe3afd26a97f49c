"""What is asked of each entry of the database. A check returns the differences, a line each."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch.testing._internal.common_optimizers import OptimizerErrorEnum, optim_db

from ..opinfo import _translate
from ..programs._outcome import first_line
from ._sides import OURS, THEIRS, Side, array, differences

STEPS = 20
TOLERANCE = {"float32": 1e-5, "float64": 1e-11, "complex64": 1e-5, "complex128": 1e-11}
ENTRIES = {info.name: info for info in optim_db}


# -- playing an entry


def settings(info: Any, side: Side, some: bool = False) -> Iterator[dict[str, Any]]:
    """The arguments of every configuration; with `some` of the first and the last."""
    samples = info.optim_inputs_func(device="cpu", dtype=torch.float32)
    for sample in (samples[0], samples[-1]) if some else samples:
        yield side.carried(dict(sample.kwargs))


def both(info: Any, some: bool = False) -> Iterator[tuple[int, dict, dict]]:
    """(number, ours, torch's) of each configuration."""
    pairs = zip(settings(info, OURS, some), settings(info, THEIRS, some))
    yield from ((i, mine, theirs) for i, (mine, theirs) in enumerate(pairs))


def shapes(info: Any) -> list[tuple[int, ...]]:
    own = {
        "LBFGS": [(3, 4), (5,), (), (2, 3, 2)],
        "Muon": [(3, 4), (5, 2)],
        "SparseAdam": [(3, 4), (5,)],
    }
    return own.get(info.name, [(3, 4), (5,), ()])


def numbers(rng: np.random.Generator, dtype: str, of: list[tuple[int, ...]]) -> list[np.ndarray]:
    out = [rng.standard_normal(s) for s in of]
    return [a + 1j * rng.standard_normal(a.shape) for a in out] if "complex" in dtype else out


def how_many(info: Any) -> int:
    """L-BFGS takes up to twenty iterations a step."""
    return 5 if info.step_requires_closure else STEPS


def allowed(info: Any, dtype: str) -> float:
    """L-BFGS stops when the loss does not change, which leaves half the digits of where the minimum
    is: both libraries stop up to 1e-4 from what float64 finds, by how they round.
    """
    halved = info.step_requires_closure and dtype != "float64"
    return np.finfo("float32").eps ** 0.5 if halved else TOLERANCE[dtype]


def compare_state(info: Any, a: Play, b: Play, tolerance: float, where: str) -> list[str]:
    """State of L-BFGS is differences of gradients that are almost equal, and one divided by their
    products: only float64 keeps enough digits of it, and with float32 it may stop one iteration
    earlier or later.
    """
    if not info.step_requires_closure:
        return differences(a.state(), b.state(), tolerance, where)
    return differences(a.state(), b.state(), 1e-8, where) if tolerance < 1e-6 else []


class Play:
    """An optimizer in one library and what it optimizes. Steps of the same number are the same in
    both libraries, whoever took the ones before.
    """

    def __init__(
        self, info: Any, side: Side, kwargs: dict, dtype: str = "float32", params: Any = None
    ) -> None:
        self.info, self.side, self.dtype, self.taken = info, side, dtype, 0
        if params is None:
            params = numbers(np.random.default_rng(0), dtype, shapes(info))
        self.params = [side.tensor(a, dtype).requires_grad_() for a in params]
        self.optimizer = side.optimizer(info.name)(self.grouped(), **kwargs)

    def grouped(self) -> list:
        if not self.info.supports_param_groups:
            return self.params
        return [{"params": self.params[:1]}, {"params": self.params[1:], "lr": 0.02}]

    def steps(self, count: int) -> Play:
        for _ in range(count):
            rng = np.random.default_rng(100 + self.taken)
            if self.info.step_requires_closure:
                self.optimizer.step(self.closure)
            else:
                self.set_gradients(rng)
                self.optimizer.step()
            self.taken += 1
        return self

    def set_gradients(self, rng: np.random.Generator) -> None:
        for p, g in zip(self.params, numbers(rng, self.dtype, shapes(self.info))):
            p.grad = self.side.tensor(g, self.dtype)
            if self.info.only_supports_sparse_grads:
                p.grad = sparse_gradient(self.side, p, rng, self.dtype)

    def closure(self) -> Any:
        """The loss of a bowl that is not quite round."""
        self.optimizer.zero_grad()
        loss = 0.0
        for i, p in enumerate(self.params):
            square = (p * p.conj()).real if "complex" in self.dtype else p * p
            loss = loss + (square * (i + 1) + 0.1 * square * square).sum() + 0.3 * p.sum().real
        loss.backward()
        return loss

    def next(self, side: Side, kwargs: dict) -> Play:
        """The same run, gone on with from its parameters and state dict in another library."""
        other = Play(self.info, side, kwargs, self.dtype, [array(p) for p in self.params])
        other.optimizer.load_state_dict(side.carried(self.optimizer.state_dict()))
        other.taken = self.taken
        return other

    def state(self) -> dict[str, Any]:
        return self.optimizer.state_dict()


def sparse_gradient(side: Side, p: Any, rng: np.random.Generator, dtype: str = "float32") -> Any:
    """A gradient for some rows of p, some of them twice."""
    rows = rng.integers(0, p.shape[0], (1, 3))
    values = side.tensor(rng.standard_normal((3, *p.shape[1:])), dtype)
    return side.lib.sparse_coo_tensor(
        side.tensor(rows, "int64"), values, tuple(p.shape), check_invariants=True
    )


# -- the checks


def check_numbers(info: Any, dtype: str) -> list[str]:
    """Parameters and state after twenty steps, in every configuration; `repr` as well."""
    found = []
    for i, mine, theirs in both(info, some="complex" in dtype):
        a, b = (
            Play(info, side, kwargs, dtype).steps(how_many(info))
            for side, kwargs in ((OURS, mine), (THEIRS, theirs))
        )
        where, tolerance = f"configuration {i}", allowed(info, dtype)
        found += differences(a.params, b.params, tolerance, where)
        found += compare_state(info, a, b, tolerance, where)
        if repr(a.optimizer) != repr(b.optimizer):
            found.append(f"configuration {i}: {a.optimizer!r}, not {b.optimizer!r}")
    return found


def check_float32(info: Any) -> list[str]:
    return check_numbers(info, "float32")


def check_float64(info: Any) -> list[str]:
    return check_numbers(info, "float64")


def check_complex(info: Any) -> list[str]:
    """Complex parameters; where torch refuses them, the refusal (in the error inputs)."""
    if not info.supports_complex:
        return []
    return check_numbers(info, "complex64")


def check_hints(info: Any) -> list[str]:
    """`foreach` and `fused`, in the first configuration and the last."""
    found = []
    for hint in ("foreach", "fused"):
        if hint not in info.supported_impls:
            continue
        pairs = list(zip(settings(info, OURS), settings(info, THEIRS)))
        for mine, theirs in (pairs[0], pairs[2]):
            if any(isinstance(x, torch.Tensor) for x in theirs.values()):
                continue
            a = Play(info, OURS, {**mine, hint: True}).steps(STEPS)
            b = Play(info, THEIRS, {**theirs, hint: True}).steps(STEPS)
            found += differences(a.params, b.params, 1e-5, hint)
    return found


def check_resume(info: Any) -> list[str]:
    """Half of the steps and, from the state dict, the other half: here exactly as all of them at
    once, and across libraries, both ways, as all of them in torch.
    """
    found, count = [], 2 if info.step_requires_closure else STEPS // 2
    for i, mine, theirs in both(info, some=info.step_requires_closure):
        want = Play(info, THEIRS, theirs).steps(2 * count).params
        half, their_half = (
            Play(info, OURS, mine).steps(count),
            Play(info, THEIRS, theirs).steps(count),
        )
        across = half.next(THEIRS, theirs).steps(count).params
        back = their_half.next(OURS, mine).steps(count).params
        resumed = half.next(OURS, mine).steps(count)
        straight = half.steps(count)
        found += differences(back, want, 1e-5, f"configuration {i} from torch")
        apart = [(a - b).abs().max().item() for a, b in zip(across, want)]
        if max(apart) > 1e-5:
            found.append(f"configuration {i} to torch: {max(apart):.2e} apart")
        if [p.tolist() for p in resumed.params] != [p.tolist() for p in straight.params]:
            found.append(f"configuration {i}: resumed is not what going on would have been")
    return found


def check_sparse(info: Any) -> list[str]:
    """Sparse gradients, where torch takes them; where not, what it says."""
    found = []
    for i, mine, theirs in both(info, some=True):
        words = []
        for side, kwargs in ((OURS, mine), (THEIRS, theirs)):
            play = Play(info, side, kwargs)
            rng = np.random.default_rng(5)
            try:
                for _ in range(how_many(info, "float64")):
                    for p in play.params:
                        p.grad = sparse_gradient(side, p, rng) if p.ndim else None
                    play.optimizer.step(*[lambda: 0.0] * info.step_requires_closure)
                words.append(play.params)
            except Exception as e:
                words.append(f"{type(e).__name__}: {first_line(str(e))}")
        found += differences(*words, 1e-5, f"configuration {i}")
    return found


def check_gradient(info: Any) -> list[str]:
    """`differentiable=True`: gradients of parameters and state of two steps with respect to where
    they began and to the gradients on the way.
    """
    if "differentiable" not in info.supported_impls:
        return []
    found = []
    for i, mine, theirs in both(info, some=True):
        count = 1 if info.name in ("Adamax", "Rprop") or _in_place(theirs) else 2
        a, b = _through(info, OURS, mine, count), _through(info, THEIRS, theirs, count)
        found += differences(a, b, 1e-4, f"configuration {i}")
    return found


def _in_place(kwargs: dict) -> bool:
    """Where torch's own second step changes what its first has saved."""
    return bool(kwargs.get("amsgrad") or kwargs.get("centered"))


def _through(info: Any, side: Side, kwargs: dict, count: int) -> list:
    rng = np.random.default_rng(0)
    start, *grads = (
        side.tensor(rng.standard_normal((3, 4)), "float64").requires_grad_()
        for _ in range(count + 1)
    )
    p = start.clone()
    optimizer = side.optimizer(info.name)([p], differentiable=True, **kwargs)
    for g in grads:
        p.grad = g
        optimizer.step()
    loss = (p * side.tensor(np.arange(12.0).reshape(3, 4), "float64")).sum()
    for value in optimizer.state[p].values():
        if value is not None and value.ndim and value.requires_grad:
            loss = loss + value.sum()
    out = side.lib.autograd.grad(loss, [start, *grads], allow_unused=True)
    return [side.tensor(np.zeros((3, 4)), "float64") if g is None else g for g in out]


def check_errors(info: Any) -> list[str]:
    """Every error input: the same exception or warning, with the same words."""
    found = []
    for i, sample in enumerate(info.optim_error_inputs_func("cpu", torch.float32)):
        given = sample.optimizer_error_input
        inputs = given.params, given.kwargs
        if given.params is None:
            inputs = [torch.randn(2, 2, requires_grad=True)], given.kwargs
        mine = _translated(inputs, {})
        _with_gradients(inputs[0], mine[0])
        on_step = sample.error_on is OptimizerErrorEnum.STEP_ERROR
        a = _said(OURS.optimizer(info.name), mine, on_step)
        b = _said(THEIRS.optimizer(info.name), inputs, on_step)
        found += [] if a == b else [f"error input {i}: {a}, not {b}"]
    return found


def _translated(x: Any, memo: dict) -> Any:
    """What an error input holds, with jtorch's tensors; what is shared stays shared."""
    if isinstance(x, dict):
        return {k: _translated(v, memo) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return type(x)(_translated(v, memo) for v in x)
    if isinstance(x, torch.Tensor) and x.is_sparse:
        return OURS.carried(x)
    return _translate.value(x, memo)


def _with_gradients(theirs: Any, ours: Any) -> None:
    for a, b in zip(theirs, ours) if isinstance(theirs, list) else ():
        if isinstance(a, torch.Tensor) and a.grad is not None:
            b.grad = _translate.value(a.grad)


def _said(make: Any, inputs: tuple, on_step: bool) -> str:
    params, kwargs = inputs
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            optimizer = make(params, **kwargs)
            if on_step:
                optimizer.step()
        except Exception as e:
            return f"{type(e).__name__}: {first_line(str(e))}"
    return "; ".join(f"{w.category.__name__}: {first_line(str(w.message))}" for w in caught)


CHECKS: dict[str, Callable[[Any], list[str]]] = {
    "float32": check_float32,
    "float64": check_float64,
    "complex": check_complex,
    "hints": check_hints,
    "resume": check_resume,
    "sparse": check_sparse,
    "gradient": check_gradient,
    "errors": check_errors,
}
