"""What is asked of a module: the kinds of differences, and how each is found."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import io
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

import jtorch
from jtorch.graph import execute

from ..opinfo._compare import Difference, Rule, same
from ..opinfo._translate import array
from ._pairs import Side, errors, pair, samples

KINDS = ("init", "text", "output", "random", "gradient", "buffers", "state", "copies", "errors")
VALUES, GRADIENTS = Rule(), Rule(factor=5)
MODES = (("float32", True), ("float32", False), ("float64", True), ("float64", False))


@dataclasses.dataclass(frozen=True)
class Found:
    """A difference: of what kind, and where."""

    kind: str
    text: str


@contextlib.contextmanager
def op_by_op() -> Iterator[None]:
    """Traces run op by op: those programs are shared by all entries, whole traces are not."""
    choose = execute._choose
    execute._choose = lambda *_: None
    try:
        yield
    finally:
        execute._choose = choose


def examine(
    info: Any, limit: int | None = None, modes: tuple[tuple[str, bool], ...] = MODES
) -> tuple[int, list[Found]]:
    """How many samples an entry has, and every difference."""
    count, found = 0, []
    with op_by_op():
        for dtype, training in modes:
            for i, sample in enumerate(samples(info, dtype, training, limit)):
                count += 1
                mode = f"{dtype} {'train' if training else 'eval'} {i}"
                for kind, text in of_sample(info, sample, dtype, training):
                    found.append(Found(kind, f"{mode}: {text}"))
        for i, sample in enumerate(errors(info)):
            count += 1
            found += [Found("errors", f"{i}: {text}") for text in of_error(info, sample)]
    return count, found


def of_sample(info: Any, sample: Any, dtype: str, training: bool) -> Iterator[tuple[str, str]]:
    theirs, ours = pair(info, sample)
    for side in (theirs, ours):
        side.module = side.attempt(side.born)
    yield from _words(theirs, ours)
    if theirs.said or ours.said:
        return
    lazy = info.is_lazy
    yield from _compared("init", {} if lazy else _state(theirs), {} if lazy else _state(ours), None)
    yield from _text(theirs, ours)
    for side in (theirs, ours):
        side.module = side.module.to(getattr(side.lib, dtype)).train(training)
    if lazy:
        yield from _copies(ours, called=False)
    if sample.forward_input is None:
        return
    for side in (theirs, ours):
        side.output = side.attempt(side.call)
    yield from _words(theirs, ours)
    if theirs.said or ours.said:
        return
    yield from _after(theirs, ours)
    if dtype == "float32":
        yield from _round_trips(theirs, ours)
        yield from _copies(ours)


def _after(theirs: Side, ours: Side) -> Iterator[tuple[str, str]]:
    """Outputs, the generator, gradients, buffers."""
    yield from _compared("output", theirs.output, ours.output, VALUES)
    yield from _text(theirs, ours)
    if not np.array_equal(array(torch.get_rng_state()), array(jtorch.get_rng_state())):
        yield "random", "generators differ after the call"
    yield from _compared("buffers", _state(theirs), _state(ours), VALUES)
    for side in (theirs, ours):
        side.attempt(side.backward)
    yield from _words(theirs, ours)
    want, have = (
        {str(i): x.grad for i, x in enumerate(side.leaves())}
        | {name: p.grad for name, p in side.module.named_parameters()}
        for side in (theirs, ours)
    )
    yield from _compared("gradient", want, have, GRADIENTS)


def _words(theirs: Side, ours: Side) -> Iterator[tuple[str, str]]:
    if theirs.said != ours.said:
        yield "errors", f"{ours.said}, not {theirs.said}"
    if theirs.warned != ours.warned:
        yield "errors", f"warns {ours.warned}, not {theirs.warned}"


def _text(theirs: Side, ours: Side) -> Iterator[tuple[str, str]]:
    have, want = (repr(side.module) for side in (ours, theirs))
    if have.replace("jtorch", "torch") != want:
        yield "text", f"{have}, not {want}"


def _state(side: Side) -> dict[str, Any]:
    """Parameters and buffers, those that are not saved as well."""
    own = side.module
    return {**dict(own.named_parameters()), **dict(own.named_buffers())}


def _compared(kind: str, want: Any, have: Any, rule: Rule | None) -> Iterator[tuple[str, str]]:
    """Structures of tensors; to the last bit without a rule."""
    if isinstance(want, dict):
        if list(want) != list(have):
            yield kind, f"names {list(have)}, not {list(want)}"
        for name in want.keys() & have.keys():
            yield from _compared(kind, want[name], have[name], rule)
        return
    if rule is None:
        if str(want.dtype) != str(have.dtype) or not np.array_equal(
            array(want), array(have), equal_nan=True
        ):
            yield kind, f"{tuple(have.shape)} {have.dtype}: values differ"
        return
    try:
        same(want, have, rule)
    except Difference as e:
        yield kind, str(e)


# -- saving and copying


def _through_a_file(source: Any, target: Any, state: Any) -> Any:
    file = io.BytesIO()
    source.save(state, file)
    file.seek(0)
    return target.load(file, weights_only=True)


def _round_trips(theirs: Side, ours: Side) -> Iterator[tuple[str, str]]:
    """A saved state dict of one library, loaded into a fresh module of the other."""
    for a, b in ((theirs, ours), (ours, theirs)):
        state = a.module.state_dict()
        fresh = b.born(5)
        try:
            loaded = _through_a_file(a.lib, b.lib, state)
            answer = fresh.load_state_dict(loaded)
        except Exception as e:
            yield "state", f"{a.lib.__name__}'s: {type(e).__name__}: {e}"
            continue
        again = fresh.state_dict()
        if str(answer) != "<All keys matched successfully>" or list(again) != list(state):
            yield "state", f"{a.lib.__name__}'s: {answer}, {list(again)}"
        if dict(again._metadata) != dict(state._metadata):
            yield "state", f"metadata {again._metadata}, not {state._metadata}"
        for name in state:
            if not np.array_equal(array(state[name]), array(again[name])):
                yield "state", f"{a.lib.__name__}'s {name} has other values"


def _copies(ours: Side, called: bool = True) -> Iterator[tuple[str, str]]:
    """A copy and one from a pickle: same text, values and, under the same seed, outputs."""
    for how in (copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))):
        try:
            twin = how(ours.module)
        except Exception as e:
            yield "copies", f"{type(e).__name__}: {e}"
            continue
        if repr(twin) != repr(ours.module):
            yield "copies", f"{twin!r}"
        if not called:
            continue
        yield from _equal(ours.module.state_dict(), twin.state_dict())
        given = copy.deepcopy(ours.module)
        yield from _equal(ours.call(given), ours.call(twin))


def _equal(a: Any, b: Any) -> Iterator[tuple[str, str]]:
    a, b = (list(_arrays(x)) for x in (a, b))
    if len(a) != len(b) or not all(np.array_equal(x, y, equal_nan=True) for x, y in zip(a, b)):
        yield "copies", "a copy has other values"


def _arrays(x: Any) -> Iterator[np.ndarray]:
    if isinstance(x, jtorch.Tensor):
        yield array(x)
    elif isinstance(x, dict):
        yield from _arrays(list(x.values()))
    elif isinstance(x, (list, tuple)):
        for item in x:
            yield from _arrays(item)


# -- errors


def of_error(info: Any, sample: Any) -> Iterator[str]:
    """What a wrong construction or call says."""
    theirs, ours = pair(info, sample.module_error_input)
    for side in (theirs, ours):
        side.module = side.attempt(side.born)
        if side.module is not None:
            side.attempt(side.call)
    for _, text in _words(theirs, ours):
        yield text
    if theirs.said is None:
        yield "torch raises nothing"
