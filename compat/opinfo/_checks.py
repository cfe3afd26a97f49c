"""The checks of one sample: each runs it under both libraries and raises Difference. Both see the
same seed and the same values; what real torch itself refuses is not compared.
"""

from __future__ import annotations

import contextlib
import functools
import re
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch

import jtorch

from . import _translate
from ._compare import SHAPES, Difference, Inexact, Rule, same, same_strides
from ._entries import Entry


class NotComparable(Exception):
    """Real torch refuses this call itself."""


def run(entry: Entry, check: str, sample: Any) -> None:
    """One check of one sample."""
    with _quiet():
        CHECKS[check](entry, sample)


@contextlib.contextmanager
def _quiet():
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def _seeded(lib: Any, f: Any, *args: Any, **kwargs: Any) -> Any:
    lib.default_generator.manual_seed(0)  # alone: torch.manual_seed looks for devices each time
    return f(*args, **kwargs)


def _real(f: Any, *args: Any, **kwargs: Any) -> Any:
    try:
        result = _seeded(torch, f, *args, **kwargs)
    except Exception as e:
        raise NotComparable(described(e)) from e
    if isinstance(result, torch.Tensor) and result.dtype is torch.complex32:
        raise NotComparable("complex32 is out of scope")
    return result


def described(e: BaseException) -> str:
    """Type and first line, without addresses, and with torch's name for the library."""
    text = str(e).strip().split("\n")[0]
    text = re.sub(r"0x[0-9a-f]+", "0x...", text).replace("jtorch", "torch")
    return f"{type(e).__name__}: {text}"


def _pair(s: Any, copy: bool = False) -> tuple[Any, Any]:
    """The sample for torch and for jtorch."""
    theirs = _translate.real_sample(s)
    if copy:
        theirs = _translate.copy_sample(theirs)
    return theirs, _translate.sample(theirs)


# -- values


def _value(entry: Entry, s: Any) -> None:
    theirs, mine = _pair(s)
    exact = _translate.doubled(theirs)
    want = _real(theirs.call, entry.info.op)
    have = _seeded(jtorch, mine.call, entry.function())
    _same(want, have, entry.rule(), "result", lambda: _real(exact.call, entry.info.op))


def _same(want: Any, have: Any, rule: Rule, where: str, exact: Callable[[], Any]) -> None:
    """As `same`, and where rounding may be the reason, measured against double precision."""
    try:
        same(want, have, rule, where)
    except Inexact:
        try:
            true = exact()
        except NotComparable:
            true = None
        same(want, have, rule, where, true)


def _strides(entry: Entry, s: Any) -> None:
    """Of pointwise ops and of views; elsewhere torch's are those of its kernels."""
    theirs, mine = _pair(s)
    want = _real(theirs.call, entry.info.op)
    have = _seeded(jtorch, mine.call, entry.function())
    same(want, have, SHAPES, "result")
    same_strides(want, have, entry.pointwise, "result")


# -- gradients


def _leaves(x: Any) -> list:
    """Tensors that require grad, in order, each once."""
    found: list = []
    if isinstance(x, (torch.Tensor, jtorch.Tensor)):
        if x.requires_grad:
            found.append(x)
    elif isinstance(x, (list, tuple)):
        for each in x:
            found += _leaves(each)
    elif isinstance(x, dict):
        for each in x.values():
            found += _leaves(each)
    unique: dict[int, Any] = {id(x): x for x in found}
    return list(unique.values())


def _cotangents(lib: Any, outs: list) -> list:
    random = np.random.RandomState(1)
    found = []
    for x in outs:
        values = np.asarray(random.normal(size=tuple(x.shape)))
        if x.dtype.is_complex:
            values = values + 1j * random.normal(size=tuple(x.shape))
        found.append(lib.tensor(values, dtype=x.dtype, requires_grad=True))
    return found


def _gradients(lib: Any, entry: Entry, f: Any, wrapper: Any, s: Any, order: int) -> list:
    """Shapes of the results that have gradients, then the gradients of each order."""
    leaves = _leaves([s.input, s.args, s.kwargs])
    result = s.process(_seeded(lib, wrapper, f, s.input, *s.args, **s.kwargs))
    outs = [x for x in _leaves(result) if x.grad_fn is not None]
    if any(x.dtype is torch.complex32 for x in outs):
        raise NotComparable("complex32 is out of scope")
    found: list = [[tuple(x.shape) for x in outs]]
    if not outs or not leaves:
        return found
    cotangents = _cotangents(lib, outs)
    grad = lib.autograd.grad
    grads = grad(outs, leaves, cotangents, allow_unused=True, create_graph=order == 2)
    found.append([g if g is None else g.detach() for g in grads])
    if order == 2:
        outs = [g for g in grads if g is not None and g.requires_grad]
        second = wrt = [*leaves, *cotangents]
        if outs:
            second = grad(outs, wrt, _cotangents(lib, outs), allow_unused=True)
        found.append([g.detach() if outs and g is not None else None for g in second])
    return found


def _grad(entry: Entry, s: Any, order: int = 1) -> None:
    theirs, mine = _pair(s)
    exact = _translate.doubled(theirs)
    if not _leaves([theirs.input, theirs.args, theirs.kwargs]):
        return
    wrapper = entry.wrapper
    want = _real(_gradients, torch, entry, entry.info.op, wrapper, theirs, order)
    function, wrap = entry.function(), _translate.function(wrapper)
    have = _gradients(jtorch, entry, function, wrap, mine, order)
    if want[0] != have[0]:
        raise Difference(f"results with a gradient: {want[0]} in torch, {have[0]} here")
    rule = entry.rule(gradient=True)
    for a, b in zip(want[1:], have[1:]):
        for i, (x, y) in enumerate(zip(a, b)):
            a[i], b[i] = _filled(x, y)

    def true() -> list:
        found = _real(_gradients, torch, entry, entry.info.op, wrapper, exact, order)[1:]
        return [[y if y is not None else x for x, y in zip(*ab)] for ab in zip(want[1:], found)]

    _same(want[1:], have[1:], rule, "grad", true)


def _filled(x: Any, y: Any) -> tuple[Any, Any]:
    """None and zeros are the same gradient."""
    if x is None and y is not None:
        x = torch.zeros(y.shape, dtype=getattr(torch, str(y.dtype).split(".")[1]))
    if y is None and x is not None:
        y = jtorch.zeros(tuple(x.shape), dtype=getattr(jtorch, str(x.dtype).split(".")[1]))
    return (x, y) if x is None else (x.resolve_conj(), y.resolve_conj())


def _gradgrad(entry: Entry, s: Any) -> None:
    _grad(entry, s, 2)


def _tangents(lib: Any, f: Any, wrapper: Any, s: Any) -> list:
    """What forward mode gives of each differentiable result, for random tangents of all leaves."""
    forward = lib.autograd.forward_ad
    leaves = _leaves([s.input, s.args, s.kwargs])
    with forward.dual_level():
        given = zip(leaves, _cotangents(lib, leaves), strict=True)
        duals = {id(x): forward.make_dual(x.detach(), t.detach()) for x, t in given}
        s = _translate.mapped(s, lambda x: duals.get(id(x), x))
        result = s.process(_seeded(lib, wrapper, f, s.input, *s.args, **s.kwargs))
        return [forward.unpack_dual(x).tangent for x in _tensors(result)]


def _tensors(x: Any) -> list:
    if isinstance(x, (torch.Tensor, jtorch.Tensor)):
        return [x] if x.dtype.is_floating_point or x.dtype.is_complex else []
    return [y for each in x for y in _tensors(each)] if isinstance(x, (list, tuple)) else []


def _forward(entry: Entry, s: Any) -> None:
    theirs, mine = _pair(s)
    exact = _translate.doubled(theirs)
    if not _leaves([theirs.input, theirs.args, theirs.kwargs]):
        return
    wrapper = entry.wrapper
    want = _real(_tangents, torch, entry.info.op, wrapper, theirs)
    have = _tangents(jtorch, entry.function(), _translate.function(wrapper), mine)
    if len(want) != len(have):
        raise Difference(f"{len(want)} differentiable results in torch, {len(have)} here")
    for i, (x, y) in enumerate(zip(want, have)):
        want[i], have[i] = _filled(x, y)

    def true() -> list:
        found = _real(_tangents, torch, entry.info.op, wrapper, exact)
        return [y if y is not None else x for x, y in zip(want, found)]

    _same(want, have, entry.rule(gradient=True), "forward", true)


# -- other forms


def _method(entry: Entry, s: Any) -> None:
    theirs, mine = _pair(s)
    exact = _translate.doubled(theirs)
    real, ours = entry.variant("method")
    want = _real(theirs.call, real)
    have = _seeded(jtorch, mine.call, ours)
    _same(want, have, entry.rule(), "result", lambda: _real(exact.call, real))


def _inplace(entry: Entry, s: Any) -> None:
    """The result, the changed input, and the error where torch has one."""
    if s.broadcasts_input:
        return
    theirs, mine = _pair(s, copy=True)
    exact = _translate.doubled(theirs)
    real, ours = entry.variant("inplace")
    with torch.no_grad():
        want = _outcome(torch, theirs, real)
    with jtorch.no_grad():
        have = _outcome(jtorch, mine, ours)
    if isinstance(want, str) or isinstance(have, str):
        if want != have:
            raise Difference(f"in place: {_short(want)} in torch, {_short(have)} here")
        return

    @functools.cache
    def true() -> tuple:
        with torch.no_grad():
            return _real(exact.call, real), exact.input

    _same(want, have, entry.rule(), "result", lambda: true()[0])
    _same(theirs.input, mine.input, entry.rule(), "input", lambda: true()[1])
    if (want is theirs.input) != (have is mine.input):
        raise Difference("in place: the result is not the input")


def _outcome(lib: Any, s: Any, f: Any) -> Any:
    try:
        return _seeded(lib, s.call, f)
    except NotImplementedError:
        if lib is torch:
            return "NotImplementedError"
        raise
    except Exception as e:
        return described(e)


def _short(x: Any) -> str:
    return x if isinstance(x, str) else "a result"


def _out(entry: Entry, s: Any) -> None:
    """Written into results of the right kind, and into empty ones."""
    theirs, mine = _pair(s)
    exact = _translate.doubled(theirs)
    function, rule = entry.function(), entry.rule()
    with torch.no_grad(), jtorch.no_grad():
        result = _real(theirs.call, entry.info.op)
        for full in (True, False):
            target = _blank(result, full)
            out = _translate.value(target)
            want = _real(theirs.call, entry.info.op, out=target)
            have = _seeded(jtorch, mine.call, function, out=out)
            true = partial(_real, exact.call, entry.info.op)
            _same(want, have, rule, "out=", true)
            _same(_plain(target), _plain(out), rule, "out", true)
            if want is target and have is not out:
                raise Difference("out=: the result is not out")


def _blank(x: Any, full: bool) -> Any:
    if isinstance(x, torch.Tensor):
        return torch.full_like(x, 1) if full else torch.empty(0, dtype=x.dtype)
    if not isinstance(x, (list, tuple)):
        raise NotComparable("the result is no tensor")
    kind = list if isinstance(x, list) else tuple
    return kind(_blank(y, full) for y in x)


def _plain(x: Any) -> Any:
    return tuple(x) if isinstance(x, (list, tuple)) else x


def _error(entry: Entry, e: Any) -> None:
    """Type and first line."""
    s = e.sample_input
    theirs, mine = _pair(s)
    try:
        _seeded(torch, theirs.call, entry.info.op)
    except Exception as error:
        want = described(error)
    else:
        raise NotComparable("torch raises nothing")
    try:
        x = _seeded(jtorch, mine.call, entry.function())
        _look(x)
    except Exception as error:
        have = described(error)
    else:
        have = "no error"
    if want != have:
        raise Difference(f"{want} in torch, {have} here")


def _look(x: Any) -> None:
    if isinstance(x, jtorch.Tensor):
        x.detach()._numpy()
    elif isinstance(x, (list, tuple)):
        for each in x:
            _look(each)


CHECKS = {
    "value": _value,
    "strides": _strides,
    "grad": _grad,
    "gradgrad": _gradgrad,
    "forward": _forward,
    "method": _method,
    "inplace": _inplace,
    "out": _out,
    "error": _error,
}
