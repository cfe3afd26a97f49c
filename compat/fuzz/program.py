"""Writing a program while it runs under one library, running it under another, and comparing."""

from __future__ import annotations

import itertools
import math
import re
import warnings
from typing import Any, NamedTuple

from ..programs._outcome import first_line
from .grammar import NAMES, WEIGHTED, create

LENGTH = 14
# Errors that are not compared: statements that raise them under torch are dropped.
BORING = re.compile(
    r"shape mismatch: value tensor|"  # asked at the next look where a mask is pending
    r"select\(\) cannot be applied to a 0-dim|"  # or another text, by what lay in torch's memory
    r"cast to the desired output type bool|for scalar but got|"  # clamp_, cummax: other words here
    r"does not support complex input|\"(bmm|unique|addcmul_cpu_out)\" not implemented"
)
# Errors that say no more than that a statement makes no sense for the shape or dtype: few are kept.
DULL = re.compile(
    r"not implemented for|not supported|unsupported|can't be cast|only supports|must be|must have|"
    r"[Ee]xpected (?!version)|invalid combination|should be|has no attribute|[Bb]ool|"
    r"does not support|cannot be promoted|has to be|no dimensions|at least 1D|dtypes match|"
    r"out of range|must match|size of tensor|broadcast|out of bounds|0-dim"
)
TOLERANCE = {"float32": 2e-5, "float64": 1e-9, "complex64": 2e-5, "bfloat16": 3e-2, "float16": 4e-3}


class Result(NamedTuple):
    """What running gave: the error of each statement or None, and what was seen at each look."""

    errors: list[str | None]
    looks: list[dict[str, Any]]


class Session:
    """A namespace in which statements run one after another."""

    def __init__(self, torch):
        self.torch = torch
        self.space: dict[str, Any] = {"torch": torch, "look": self._look}
        self.looks: list[dict[str, Any]] = []
        self.loose: set[str] = set()
        torch.set_grad_enabled(True)

    def run(self, statement: str) -> str | None:
        """The error the statement raised, if any."""
        try:
            exec(statement, self.space)
        except Exception as e:
            return f"{type(e).__name__}: {first_line(str(e))}"
        finally:
            self._loosen(statement)
            self._ask()
        return None

    def _ask(self) -> None:
        """torch takes a view for a leaf as long as nobody has asked for its grad_fn: ask."""
        if self.torch.__name__ == "torch":
            for x in self.live().values():
                _told(lambda x=x: x.is_leaf)

    def live(self) -> dict[str, Any]:
        return {n: x for n in NAMES if isinstance(x := self.space.get(n), self.torch.Tensor)}

    def _loosen(self, statement: str) -> None:
        """Strides and versions of gradients, and of what is made of them, are an affair of each."""
        target, _, rest = statement.replace("with torch.no_grad(): ", "").partition(" = ")
        if target in NAMES:
            used = set(re.findall(r"\b[a-j]\b", rest))
            loose = ".grad" in rest or used & self.loose
            (self.loose.add if loose else self.loose.discard)(target)

    def _look(self) -> None:
        live = self.live()
        places = {n: _storage(x) for n, x in live.items()}
        self.looks.append({n: see(n, live, places, n in self.loose) for n in live})


def see(name: str, live: dict[str, Any], places: dict[str, int], loose: bool) -> dict[str, Any]:
    """Everything that can be seen of a tensor, as plain data."""
    x = live[name]
    base = x._base
    told = {
        "dtype": str(x.dtype).removeprefix("torch.").removeprefix("jtorch."),
        "shape": tuple(x.shape),
        "requires_grad": x.requires_grad,
        "is_leaf": _told(lambda: x.is_leaf),
        "base": [n for n, y in live.items() if y is base],
        "same": [n for n, y in live.items() if y is x],
    }
    if not loose:
        strides = [s for n, s in zip(x.shape, x.stride()) if n != 1]
        told |= {"stride": strides, "offset": x.storage_offset(), "version": x._version}
        told["shares"] = [n for n, place in places.items() if place == places[name]]
    told["data"] = _data(x)
    if told["is_leaf"] is True and x.grad is not None:
        told["grad"] = [str(x.grad.dtype).split(".")[-1], tuple(x.grad.shape), _data(x.grad)]
    return told


def _storage(x) -> int:
    return x.untyped_storage().data_ptr() if x.numel() else id(x)


def _told(fn) -> Any:
    try:
        return fn()
    except Exception as e:
        return f"{type(e).__name__}: {first_line(str(e))}"


def _data(x) -> Any:
    return x.detach().tolist()


class Author(Session):
    """Writes a program: draws rules and operands from `random`, which hypothesis may steer."""

    def __init__(self, random, torch):
        super().__init__(torch)
        self.random = random
        self.smooth = self.chance(0.35)
        self.program: list[str] = []
        self.errors: list[str | None] = []

    def chance(self, p: float) -> bool:
        return self.random.random() < p

    def pick(self, options):
        return options[self.random.randrange(len(options))]

    def new(self) -> str:
        free = [n for n in NAMES if n not in self.space]
        return free[0] if free and self.chance(0.8) else self.pick(NAMES)

    def tensor(self, kind: str = "") -> str:
        live = self.live()
        if kind == "grad":
            live = {n: x for n, x in live.items() if x.requires_grad} or live
        return self.pick(list(live))

    def target(self) -> str:
        """A tensor that may be written. Where elements of one tensor share memory, torch refuses
        some writes (see `expanded` in the grammar) and makes others in an order of its own.
        """
        return self.pick([n for n, x in self.live().items() if not overlaps(x)] or [self.tensor()])

    def dim(self) -> int:
        return self.pick([0, 0, 1, -1])

    def position(self) -> int:
        return self.pick([0, 1, 1, -1])

    def scalar(self) -> str:
        return self.pick(["2", "-1", "0.5", "1.5", "True", "3", "2.0"])

    def operand(self, x: str) -> str:
        """A number, or a tensor that broadcasts with x (mostly)."""
        if self.chance(0.3):
            return self.scalar()
        have, live = self.space[x], self.live()
        fits = [n for n, y in live.items() if _broadcasts(have.shape, y.shape) and apart(have, y)]
        fits = fits or [x]
        return self.pick(fits) if self.chance(0.95) else self.tensor()

    def apart(self, x: str) -> str:
        """A tensor that shares nothing with x, or x: what overlaps is undefined in torch."""
        have = self.space[x]
        return self.pick([n for n, y in self.live().items() if apart(have, y)])

    def write(self, length: int = LENGTH) -> list[str]:
        self._add(create(self))
        self._add(create(self))
        while len(self.program) < length:
            while not self.live():  # all deleted, and the first attempt may be dropped
                self._add(create(self))
            statement = self.pick(WEIGHTED)(self)
            if statement is not None:
                self._add(statement)
        self._add("look()")
        return self.program

    def _left_out(self, statement: str, error: str) -> bool:
        dull = DULL.search(error) and self.chance(0.8)
        return bool(dull or BORING.search(error) or self._quirk(statement, error))

    def _quirk(self, statement: str, error: str) -> bool:
        """torch takes a view for a leaf as long as nobody has asked for its grad_fn, and a
        statement such as `x[:] *= y` makes a view and writes to it at once.
        """
        target = re.match(r"[a-j]\b", statement)
        x = self.space.get(target[0]) if target else None
        return "a leaf Variable" in error and getattr(x, "_base", None) is not None

    def _add(self, statement: str) -> None:
        loose = set(self.loose)
        error = self.run(statement)
        if error is not None and self._left_out(statement, error):
            self.loose = loose
            if self.chance(0.02):  # so that a stubborn draw ends
                self.program.append("look()")
                self.errors.append(self.run("look()"))
            return
        self.program.append(statement)
        self.errors.append(error)
        for name, x in self.live().items():
            if _unwanted(x):
                self.program.append(f"del {name}")
                self.errors.append(self.run(f"del {name}"))


def _unwanted(x) -> bool:
    """Large, or wild, or integers that require a gradient (torch's are those that a number that
    requires one was written into; they cannot be computed with). Or a view of a view that was made
    a leaf: torch forgets that leaf once its base is written.
    """
    odd = x.requires_grad and not x.is_floating_point() and not x.is_complex()
    odd = odd or (x.requires_grad and _of_unasked_base(x) and _told(lambda: x.is_leaf) is not True)
    return odd or x.numel() > 24 or x.ndim > 3 or not _tame(x)


def _of_unasked_base(x) -> bool:
    return x._base is not None and not x._base.requires_grad


def _tame(x) -> bool:
    if (not x.is_floating_point() and not x.is_complex()) or not x.numel():
        return True
    most = float(x.detach().abs().max())
    return math.isfinite(most) and most < 2.0**20


def overlaps(x) -> bool:
    """Whether elements share memory."""
    places = itertools.product(*([s * i for i in range(n)] for n, s in zip(x.shape, x.stride())))
    return len({sum(p) for p in places}) < x.numel()


def apart(x, y) -> bool:
    """Whether one may be written while the other is read: no storage shared, or all of it."""
    same = x.shape == y.shape and x.stride() == y.stride() and x.data_ptr() == y.data_ptr()
    return same or _storage(x) != _storage(y)


def _broadcasts(a, b) -> bool:
    return all(m == n or 1 in (m, n) for m, n in zip(reversed(a), reversed(b)))


def run(program: list[str], torch) -> Result:
    """Run a written program from the start."""
    session = Session(torch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Result([session.run(s) for s in program], session.looks)


def difference(program: list[str], want: Result, got: Result) -> str | None:
    """The first thing that differs, in words."""
    seen, tolerance = 0, dict(TOLERANCE)
    if any("double()" in s for s in program):  # what was computed in float32 before
        tolerance["float64"] = tolerance["float32"]
    for statement, a, b in zip(program, want.errors, got.errors, strict=True):
        if a != b:
            return f"{statement}\n    torch:  {a}\n    jtorch: {b}"
        if statement == "look()" and a is None:
            found = _compare_looks(want.looks[seen], got.looks[seen], tolerance)
            if found is not None:
                return found
            seen += 1
    return None


def _compare_looks(want: dict, got: dict, tolerance: dict) -> str | None:
    for name, a in want.items():
        b = got.get(name, {})
        for key in a.keys() | b.keys():
            x, y = a.get(key), b.get(key)
            if key == "grad" and None in (x, y) and not _scale(x or y):
                continue  # none, or zeros: a pullback gives the gradients of all inputs at once
            if key in ("data", "grad") and x is not None and y is not None:
                same = _close(x, y, tolerance.get(a["dtype"], 0), _scale(x))
            else:
                same = x == y
            if not same:
                return f"{name}.{key}\n    torch:  {x}\n    jtorch: {y}"
    return None


def _scale(x) -> float:
    if isinstance(x, (list, tuple)):
        return max((_scale(y) for y in x), default=0.0)
    return abs(x) if isinstance(x, (float, complex)) and math.isfinite(abs(x)) else 0.0


def _close(a, b, tolerance: float, scale: float) -> bool:
    if isinstance(a, (list, tuple)):
        return (
            isinstance(b, (list, tuple))
            and len(a) == len(b)
            and all(_close(x, y, tolerance, scale) for x, y in zip(a, b))
        )
    if isinstance(a, complex) and isinstance(b, complex):
        return _close(a.real, b.real, tolerance, scale) and _close(a.imag, b.imag, tolerance, scale)
    if isinstance(a, float) and isinstance(b, float):
        if math.isnan(a) or math.isnan(b):
            return math.isnan(a) and math.isnan(b)
        return a == b or abs(a - b) <= tolerance * (1 + scale)
    return type(a) is type(b) and a == b
