"""What torch says of a call that does not fit a function's signature. Reached on the way to a
TypeError only; the binders have no cost of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .._errors import type_name_of
from .._tensor import Tensor
from ..graph import Lifted

if TYPE_CHECKING:
    from ._bind import Param
    from ._declare import Op

# Functions that torch has under several signatures: of a misfit it lists them all.
OVERLOADED = frozenset(
    """
    all any argsort baddbmm addmm bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift
    bitwise_xor bmm bucketize clamp clamp_max clamp_min conv1d conv2d conv3d copysign count_nonzero
    div eq float_power floor_divide fmod ge gt index_fill le lerp lt masked_fill mean mm ne pow prod
    remainder round rsub searchsorted sort special_xlog1py special_zeta sum true_divide xlogy
    """.split()
)
# One signature, and others that are deprecated: torch shows the one.
SHOWN = frozenset("add addbmm addcdiv addcmul addmv addr sub".split())

# Functions of two numbers alone give a tensor; of others torch wants one.
OF_NUMBERS = frozenset("add sub mul div floor_divide".split())

# With so many arguments only one of their signatures can be meant.
ONE_OF = {
    1: frozenset("argsort count_nonzero mean prod round sort sum".split()),
    2: frozenset("bmm div mm".split()),
}

_WANTED = {"int": "int", "dims": "tuple of ints", "size": "tuple of ints"}


class Missing:
    """The default of a required parameter."""


def title(op: Op) -> str:
    """A function's name in messages: torch's inner one."""
    space = op.namespaces[0]
    return f"{space}_{op.name}" if space in ("fft", "linalg", "special") else op.name


def misfit(
    op: Op, given: dict[str, Any], more: tuple, kwargs: dict, error: TypeError | None = None
) -> TypeError:
    """Of arguments by name, surplus ones, and keywords that there are not; or of an argument whose
    conversion raised `error`.
    """
    name = title(op)
    passed = [given[p.name] for p in op.params if given[p.name] is not _default(p)]
    if several(op, len(passed) + len(more) + len(kwargs)):
        return combination(op, [*passed, *more], kwargs)
    places = [p for p in op.params if not p.keyword_only]
    if more:
        least = len([p for p in places if p.default is p.empty])
        count = f"from {least} to {len(places)}" if least < len(places) else str(least)
        plural = "" if count == "1" else "s"
        total = len(places) + len(more)
        return TypeError(
            f"{name}() takes {count} positional argument{plural} but {total} were given"
        )
    for i, p in enumerate(op.params):
        x = given[p.name]
        if x is Missing:
            absent = [f'"{q.name}"' for q in op.params[i:] if q.default is p.empty]
            plural = "s" if len(absent) == 1 else ""  # as torch has it
            return TypeError(
                f"{name}() missing {len(absent)} required positional argument{plural}: "
                + ", ".join(absent)
            )
        if p.kind == "tensor" and x is not p.default and not isinstance(x, Tensor):
            return op.wrong_type([q for q in op.params if q.is_input].index(p), x)
        want = _WANTED.get(p.kind)
        if want is not None and x is not p.default and not hasattr(x, "__index__"):
            if want == "int" or not isinstance(x, (list, tuple)):
                found = f"not {type_name_of(x)}"
            else:
                bad = next((k for k, n in enumerate(x) if not hasattr(n, "__index__")), None)
                if bad is None:
                    continue
                found = f"but found element of type {type_name_of(x[bad])} at pos {bad}"
            where = "" if p.keyword_only else f" (position {i + 1})"
            return TypeError(f"{name}(): argument '{p.name}'{where} must be {want}, {found}")
    if error is not None:
        return error
    return TypeError(f"{name}() got an unexpected keyword argument '{next(iter(kwargs))}'")


def several(op: Op, count: int) -> bool:
    """Whether more than one signature may have been meant by so many arguments."""
    name = title(op)
    if name in SHOWN:
        least = len([p for p in op.params if p.default is p.empty])
        return not least <= count <= len(op.params) + 1
    return name in OVERLOADED and name not in ONE_OF.get(count, ())


def _default(p: Param) -> Any:
    return Missing if p.default is p.empty else p.default


def combination(op: Op, values: Sequence, kwargs: dict) -> TypeError:
    """Of ops with several signatures."""
    name = title(op)
    return no_such(name, values, kwargs, f"({_signature(op)})" if name in SHOWN else "one of:")


def among_inputs(op: Op, inputs: Sequence) -> TypeError:
    """Of what a call gave to the op's inputs: what has its default was not given."""
    places = [p for p in op.params if p.is_input]
    if len(places) != len(inputs):  # lists of tensors among them
        return combination(op, inputs, {})
    given = [(p, x) for p, x in zip(places, inputs, strict=True) if x is not p.default]
    return combination(
        op,
        [x for p, x in given if not p.keyword_only],
        {p.name: x for p, x in given if p.keyword_only and _kind(x) != _kind(p.default)},
    )


def no_such(name: str, values: Sequence, kwargs: dict, expected: str = "one of:") -> TypeError:
    """No signature of the function fits these arguments."""
    got = [_kind(x) for x in values] + [f"{k}={_kind(x)}" for k, x in kwargs.items()]
    return TypeError(
        f"{name}() received an invalid combination of arguments - got ({', '.join(got)}), "
        f"but expected {expected}"
    )


def _kind(x: Any) -> str:
    if isinstance(x, Lifted):
        return x.kind.__name__
    return "Tensor" if hasattr(x, "shape") else type_name_of(x)


def _signature(op: Op) -> str:
    parts = []
    for p in op.params:
        if p.keyword_only and "*" not in parts:
            parts.append("*")
        text = f"{'Number' if p.kind == 'number' else 'Tensor'} {p.name}"
        parts.append(text if p.default is p.empty else f"{text} = {p.default}")
    return ", ".join([*parts, "Tensor out = None"])
