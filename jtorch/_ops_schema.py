"""Schemas of operators, `f(Tensor x, int n=3, *, Tensor? y=None) -> Tensor`: read from text,
written as torch does, and bound to the arguments of a call. It knows no operator.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from numbers import Number
from typing import Any, NamedTuple

from ._devices import device
from ._dtypes import dtype
from ._tensor import Tensor

_NAME = re.compile(r"(?:(?P<space>\w+)::)?(?P<name>\w+)(?:\.(?P<overload>\w+))?\s*\(")
_TYPE = re.compile(r"(?P<type>\w+)(?P<alias>\([^)]*\))?(?P<suffix>[\[\]\d?]*)\s*")
_CLOSERS = {"(": ")", "[": "]"}


class Argument(NamedTuple):
    """One parameter or result."""

    name: str
    type: str  # as written, without the alias annotation: "Tensor", "SymInt[]", "float?"
    default: Any = ...
    kwarg_only: bool = False
    alias: str = ""  # "(a!)" for what the operator writes to

    @property
    def default_value(self) -> Any:
        return None if self.default is ... else self.default

    def has_default_value(self) -> bool:
        return self.default is not ...

    @property
    def mutated(self) -> bool:
        return "!" in self.alias

    def __str__(self) -> str:
        head = re.match(r"\w+", self.type)
        assert head is not None
        text = head[0] + self.alias + self.type[head.end() :]
        if self.name:
            text += f" {self.name}"
        return text if self.default is ... else f"{text}={_written(self.default)}"


class Schema:
    """The name, the arguments and the results of one overload."""

    def __init__(self, text: str, namespace: str = ""):
        head = _NAME.match(text)
        if head is None:
            raise RuntimeError(f"expected a schema such as 'f(Tensor x) -> Tensor', got: {text}")
        self.namespace = head["space"] or namespace
        self.opname, self.overload_name = head["name"], head["overload"] or ""
        inside, rest = _enclosed(text, head.end())
        if not rest.strip().startswith("->"):
            raise RuntimeError(f"expected '->' and the results in the schema: {text}")
        self.arguments = list(_arguments(inside))
        self.returns = _returns(rest.strip()[2:].strip())
        self.positional = [a for a in self.arguments if not a.kwarg_only]

    @property
    def name(self) -> str:
        return f"{self.namespace}::{self.opname}"

    @property
    def is_mutable(self) -> bool:
        return any(a.mutated for a in self.arguments)

    def __str__(self) -> str:
        overload = f".{self.overload_name}" if self.overload_name else ""
        return f"{self.name}{overload}{self.signature()}"

    __repr__ = __str__

    def signature(self) -> str:
        """What stands behind the name."""
        positional, named = [str(a) for a in self.positional], []
        named = [str(a) for a in self.arguments if a.kwarg_only]
        inside = ", ".join([*positional, *(["*", *named] if named else [])])
        results = ", ".join(map(str, self.returns))
        single = len(self.returns) == 1 and not self.returns[0].name
        return f"({inside}) -> {results if single else f'({results})'}"

    # -- calls

    def bind(self, args: tuple, kwargs: dict) -> tuple[list, dict]:
        """(positional values, keyword-only values) of a call, defaults filled in. Raises
        RuntimeError where the call does not fit.
        """
        if len(args) > len(self.positional):
            raise RuntimeError(
                f"{self.name}() takes {len(self.positional)} positional argument(s) but "
                f"{len(args)} was/were given.  Declaration: {self}"
            )
        given = dict(kwargs)
        values, named = list(args), {}
        for place, argument in enumerate(self.arguments):
            if place < len(args) and not argument.kwarg_only:
                self._check(argument, place, args[place])
                continue
            if argument.name in given:
                value = given.pop(argument.name)
                self._check(argument, place, value)
            elif argument.default is ...:
                raise RuntimeError(
                    f"{self.name}() is missing value for argument '{argument.name}'. "
                    f"Declaration: {self}"
                )
            else:
                value = argument.default
            if argument.kwarg_only:
                named[argument.name] = value
            else:
                values.append(value)
        if given:
            raise RuntimeError(
                f"Unknown keyword argument '{next(iter(given))}' for operator '{self.name}'. "
                f"Schema: {self}"
            )
        return values, named

    def _check(self, argument: Argument, place: int, value: Any) -> None:
        if not _fits(value, argument.type):
            raise RuntimeError(
                f"{self.name}() Expected a value of type '{_shown(argument.type)}' for argument "
                f"'{argument.name}' but instead found type '{type(value).__name__}'.\n"
                f"Position: {place}\nValue: {value!r}\nDeclaration: {self}"
            )


# -- reading


def _enclosed(text: str, start: int) -> tuple[str, str]:
    """(what is inside the bracket that was opened before `start`, what follows it)."""
    depth, at = 1, start
    while depth:
        if at == len(text):
            raise RuntimeError(f"a bracket is not closed in the schema: {text}")
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
    return text[start : at - 1], text[at:]


def _parts(text: str) -> Iterator[str]:
    """What stands between the commas, those inside brackets and quotes aside."""
    part, depth, quote = "", 0, ""
    for c in text:
        if quote:
            quote = "" if c == quote else quote
        elif c in "\"'":
            quote = c
        elif c in "([":
            depth += 1
        elif c in ")]":
            depth -= 1
        if c == "," and not depth and not quote:
            yield part.strip()
            part = ""
        else:
            part += c
    if part.strip():
        yield part.strip()


def _arguments(text: str) -> Iterator[Argument]:
    kwarg_only = False
    for part in _parts(text):
        if part == "*":
            kwarg_only = True
        else:
            yield _argument(part)._replace(kwarg_only=kwarg_only)


def _argument(text: str) -> Argument:
    found = _TYPE.match(text)
    if found is None:
        raise RuntimeError(f"expected a type in the schema, got: {text}")
    name, equals, default = text[found.end() :].partition("=")
    kind = found["type"] + found["suffix"]
    value = _value(default.strip(), kind) if equals else ...
    return Argument(name.strip(), kind, value, alias=found["alias"] or "")


def _value(text: str, kind: str) -> Any:
    """A default as Python has it; names of dtypes and the like stay text."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    return float(value) if kind.startswith("float") and isinstance(value, int) else value


def _returns(text: str) -> list[Argument]:
    inside = _enclosed(text, 1)[0] if text.startswith("(") else text
    return [_argument(part) for part in _parts(inside)]


def _written(value: Any) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e16:
        return f"{int(value)}."
    return f'"{value}"' if isinstance(value, str) else str(value)


# -- checking


def _shown(kind: str) -> str:
    """A type as torch's errors write it."""
    if kind.endswith("?"):
        return f"Optional[{_shown(kind[:-1])}]"
    if kind.endswith("]"):
        return f"List[{_shown(kind[: kind.rindex('[')])}]"
    return kind.replace("SymInt", "int") if kind != "SymInt" else "int"


def _is_int(value: Any) -> bool:
    return isinstance(value, Tensor) or (hasattr(value, "__index__") and value is not None)


def _is_number(value: Any) -> bool:
    return isinstance(value, (Number, Tensor)) or hasattr(value, "__float__")


_KINDS: dict[str, Callable[[Any], bool]] = {
    "Tensor": lambda value: isinstance(value, Tensor) or hasattr(value, "__torch_function__"),
    "int": _is_int,
    "SymInt": _is_int,
    "float": _is_number,
    "Scalar": _is_number,
    "bool": lambda value: isinstance(value, (bool, int)),
    "str": lambda value: isinstance(value, str),
    "ScalarType": lambda value: isinstance(value, (dtype, int, str)),
    "Device": lambda value: isinstance(value, (device, str, int)),
}


def _fits(value: Any, kind: str) -> bool:
    """Whether the value may be given for the type; types that are not known take anything."""
    if kind.endswith("?"):
        return value is None or _fits(value, kind[:-1])
    if kind.endswith("]"):
        element = kind[: kind.rindex("[")]
        if isinstance(value, (list, tuple)):
            return all(_fits(each, element) for each in value)
        return kind[-2].isdigit() and _fits(value, element)  # int[2] takes an int
    known = _KINDS.get(kind)
    return known is None or known(value)
