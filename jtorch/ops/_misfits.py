"""What torch says of a call that does not fit a function's signature. Reached on the way to a
TypeError only; the binders have no cost of it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .._errors import type_name_of
from .._tensor import Tensor
from ..graph import Lifted

if TYPE_CHECKING:
    from ._bind import Param
    from ._declare import Op

# Functions that torch has under several signatures: of a misfit it lists them all, unless only one
# can be meant by so many arguments.
_COUNTS = {
    """all any bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor clamp
    clamp_max clamp_min clip conv1d conv2d conv3d copysign ctc_loss dequantize dsplit eq fill
    float_power fmod ge greater greater_equal gt histogramdd hsplit index_fill isin le lerp less
    less_equal linalg_matrix_rank linalg_pinv linspace logspace lt masked_fill moveaxis movedim
    nanquantile narrow ne not_equal pow quantile remainder result_type rsub scatter searchsorted
    special_chebyshev_polynomial_t special_chebyshev_polynomial_u special_chebyshev_polynomial_v
    special_chebyshev_polynomial_w special_hermite_polynomial_h special_hermite_polynomial_he
    special_laguerre_polynomial_l special_legendre_polynomial_p
    special_shifted_chebyshev_polynomial_t special_shifted_chebyshev_polynomial_u
    special_shifted_chebyshev_polynomial_v special_shifted_chebyshev_polynomial_w special_xlog1py
    special_xlogy special_zeta std std_mean tensor_split var var_mean view_copy vsplit xlogy""": (),
    """bernoulli count_nonzero cumulative_trapezoid gradient linalg_cond linalg_matrix_norm
    linalg_norm repeat_interleave squeeze squeeze_copy trapezoid trapz""": (1,),
    "bmm div mm": (2, 4),
    "max min nuclear_norm where": (1, 4),
    "floor_divide multiply true_divide": (3,),
    "addmm baddbmm": (3, 7),
    "argsort mean": (1, 4, 5),
    "divide subtract": (4,),
    "round": (1, 3),
    "median nanmedian": (1, 2, 3, 4),
    "prod sum": (1, 3, 4, 5),
    "bucketize": (5,),
    "histogram": (1, 6),
    "sort": (1, 5),
}
OVERLOADED = {name: counts for names, counts in _COUNTS.items() for name in names.split()}
# One signature, and others that are deprecated: torch shows the one.
SHOWN = frozenset("add addbmm addcdiv addcmul addmv addr sub".split())

# Functions of two numbers alone give a tensor; of others torch wants one.
OF_NUMBERS = frozenset("add sub mul div floor_divide".split())

# Written in Python in torch: Python words what does not fit.
PYTHON = frozenset(
    """
    atleast_1d atleast_2d atleast_3d block_diag broadcast_shapes broadcast_tensors cartesian_prod
    cdist chain_matmul einsum istft lu meshgrid norm split stft tensordot unique unique_consecutive
    unravel_index
    """.split()
)

_WANTED = {"int": "int", "dims": "tuple of ints", "size": "tuple of ints"}


class _Tensorish(type):
    """Tensors, and objects that take calls through __torch_function__."""

    def __instancecheck__(cls, x) -> bool:
        return isinstance(x, Tensor) or hasattr(x.__class__, "__torch_function__")


class TensorLike(metaclass=_Tensorish):
    pass


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
    if more:
        places = [p for p in op.params if not p.keyword_only]
        return _too_many(name, places, len(places) + len(more))
    for i, p in enumerate(op.params):
        x = given[p.name]
        if x is Missing:
            return _missing(name, [q.name for q in op.params[i:] if q.default is p.empty])
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
    return error or _unexpected(name, kwargs)


def _too_many(name: str, places: Sequence[Any], total: int) -> TypeError:
    least = len([p for p in places if p.default is p.empty])
    count = f"from {least} to {len(places)}" if least < len(places) else str(least)
    plural = "" if count == "1" else "s"
    return TypeError(f"{name}() takes {count} positional argument{plural} but {total} were given")


def _missing(name: str, absent: Sequence[str]) -> TypeError:
    plural = "s" if len(absent) == 1 else ""  # as torch has it
    names = ", ".join(f'"{x}"' for x in absent)
    return TypeError(
        f"{name}() missing {len(absent)} required positional argument{plural}: {names}"
    )


def _unexpected(name: str, keywords: Iterable[str]) -> TypeError:
    return TypeError(f"{name}() got an unexpected keyword argument '{next(iter(keywords))}'")


def of_call(
    name: str, fn: Callable, args: Sequence, kwargs: dict, error: TypeError | None = None
) -> TypeError | None:
    """Of a plain function that is no Python function in torch; None if it takes such arguments.
    `error` is what one of its ops said.
    """
    if error is not None and str(error).startswith(f"{name}() received an invalid combination"):
        return no_such(name, args, kwargs)
    params = inspect.signature(fn).parameters
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in params.values()):
        return None
    places = [p for p in params.values() if p.kind is not p.KEYWORD_ONLY]
    unknown = [k for k in kwargs if k not in params]
    absent = [p.name for p in places[len(args) :] if p.default is p.empty and p.name not in kwargs]
    first = places[0].name if places else ""
    strange = bool(args) and first in ("input", "A") and not isinstance(args[0], TensorLike)
    if not (unknown or absent or strange or len(args) > len(places)):
        return None
    if len(args) + len(kwargs) not in OVERLOADED.get(name, range(9)):
        return no_such(name, args, kwargs)
    if len(args) > len(places):
        return _too_many(name, places, len(args))
    if absent:
        return _missing(name, absent)
    if strange:
        return TypeError(
            f"{name}(): argument '{first}' (position 1) must be Tensor, not {type_name_of(args[0])}"
        )
    return _unexpected(name, unknown)


def several(op: Op, count: int) -> bool:
    """Whether more than one signature may have been meant by so many arguments."""
    name = title(op)
    if name in SHOWN:
        least = len([p for p in op.params if p.default is p.empty])
        return not least <= count <= len(op.params) + 1
    return name in OVERLOADED and count not in OVERLOADED[name]


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
