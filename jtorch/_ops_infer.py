"""`torch.library.infer_schema`: the schema of an operator from the annotations of a function."""

from __future__ import annotations

import collections.abc
import inspect
import types
import typing
from collections.abc import Callable
from typing import Any

from ._devices import device
from ._dtypes import dtype
from ._tensor import Tensor

BASES: dict[Any, str] = {
    Tensor: "Tensor", int: "SymInt", float: "float", bool: "bool", str: "str",
    dtype: "ScalarType", device: "Device",
}  # fmt: skip
NUMBER = frozenset({int, float, bool})  # together: a Scalar
LISTS = (list, tuple, collections.abc.Sequence)
RESULTS = ("Tensor", "Tensor[]", "SymInt", "float", "bool", "Scalar")


def infer_schema(
    prototype_function: Callable, /, *, mutates_args: Any, op_name: str | None = None
) -> str:
    """`(Tensor x, SymInt k=2) -> Tensor` from `(x: Tensor, k: int = 2) -> Tensor`.

    mutates_args names the arguments that the function writes to, or is "unknown". Raises
    ValueError for a parameter without an annotation, or with one that no schema can have.
    """
    signature = inspect.signature(prototype_function)
    hints = typing.get_type_hints(prototype_function)

    def wrong(text: str) -> ValueError:
        return ValueError(f"infer_schema(func): {text} Got func with signature {signature})")

    parts: list[str] = []
    seen: set[str] = set()
    starred = False
    for place, (name, parameter) in enumerate(signature.parameters.items()):
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise wrong("We do not support positional-only args, varargs, or varkwargs.")
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            parts.append("*")
            starred = True
        if parameter.annotation is parameter.empty:
            raise wrong(f"Parameter {name} must have a type annotation.")
        kind = _kind(hints[name])
        if kind is None:
            raise wrong(
                f"Parameter {name} has unsupported type {hints[name]}. The valid types are: "
                f"{[*BASES, 'and Optional, list and Sequence of them']}."
            )
        seen.add(name)
        if mutates_args == "unknown" or name in mutates_args:
            if not kind.startswith("Tensor"):
                raise wrong(
                    f"Parameter {name} is in mutable_args but only Tensors or collections of "
                    "Tensors can be mutated"
                )
            kind = kind.replace("Tensor", f"Tensor(a{place}!)", 1)
        parts.append(f"{kind} {name}{_default(parameter, wrong)}")
    if mutates_args != "unknown" and (unknown := set(mutates_args) - seen):
        raise wrong(
            f"{unknown} in mutates_args were not found in the custom op's signature. mutates_args "
            "should contain the names of all args that the custom op mutates, or just the string "
            '"unknown" if you don\'t know.'
        )
    result = _result(signature.return_annotation, hints.get("return"), wrong)
    return f"{op_name or ''}({', '.join(parts)}) -> {result}"


def _kind(annotation: Any) -> str | None:
    """The type of a schema for an annotation, None where there is none."""
    if annotation in BASES:
        return BASES[annotation]
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        named = frozenset(arguments) - {type(None)}
        inner = "Scalar" if named == NUMBER else _kind(*named) if len(named) == 1 else None
        optional = len(named) != len(arguments)
        return f"{inner}?" if inner is not None and optional else inner
    if origin in LISTS and origin is not tuple and len(arguments) == 1:
        inner = _kind(arguments[0])
        return None if inner is None else f"{inner}[]"
    return None


def _default(parameter: inspect.Parameter, wrong: Callable) -> str:
    value = parameter.default
    if value is parameter.empty:
        return ""
    if isinstance(value, str):
        return f'="{value}"'
    if isinstance(value, (dtype, device)):
        return f"={str(value).removeprefix('torch.')}"
    if value is None or isinstance(value, (int, float, bool)):
        return f"={value}"
    raise wrong(
        f"Parameter {parameter.name} has an unsupported default value type {type(value)}. Please "
        "file an issue on GitHub so we can prioritize this."
    )


def _result(given: Any, annotation: Any, wrong: Callable) -> str:
    if given is inspect.Signature.empty:
        raise wrong("No return type annotation was provided. Please add one.")
    if annotation is None or annotation is type(None):
        return "()"
    if typing.get_origin(annotation) is tuple:
        kinds = [_kind(each) for each in typing.get_args(annotation)]
        if all(kind in RESULTS for kind in kinds):
            return f"({', '.join(map(str, kinds))})"
    kind = _kind(annotation)
    if kind not in RESULTS:
        raise wrong(f"Return has unsupported type {annotation}.")
    return kind
