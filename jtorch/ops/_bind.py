"""From a signature to a binder. Annotations say which parameters are inputs of the graph and which
are part of the program's key; one small function is generated per op, so that Python itself binds
the arguments and words the TypeErrors, at a twentieth of the cost of `inspect.Signature.bind`.
"""

from __future__ import annotations

import inspect
import keyword
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .. import _dtypes
from .._size import as_integer
from .._tensor import Tensor
from ._misfits import Missing, TensorLike, misfit

if TYPE_CHECKING:
    from ._declare import Op


PACKAGE = __name__.partition(".")[0]


class Param(NamedTuple):
    """One parameter of a declaration."""

    name: str
    kind: str
    default: Any
    keyword_only: bool
    optional: bool  # whether None is one of its values

    empty = inspect.Parameter.empty

    @property
    def is_input(self) -> bool:
        return self.kind in ("tensor", "tensors", "operand", "fixable", "number")

    @property
    def promotes(self) -> bool:
        """Cast to the common dtype before the body."""
        return self.kind in ("tensor", "tensors", "operand", "fixable", "number")

    @property
    def factor(self) -> bool:
        """A number such as alpha, which follows the common dtype and has no say in it."""
        return self.kind == "number" and self.keyword_only


_KINDS = {
    "Tensor": "tensor",
    "Tensor | None": "tensor",
    "list[Tensor]": "tensors",
    "Tensor | Number": "operand",
    "Tensor | Number | None": "operand",
    "Number": "number",
    "Number | None": "number",
    "Tensor | Scalar": "fixable",
    "Tensor | Scalar | None": "fixable",
    "Scalar": "scalar",
    "Scalar | None": "scalar",
    "float": "scalar",
    "float | None": "scalar",
    "Dims": "dims",
    "Size": "size",
    "Size | None": "size",
    "DType": "dtype",
    "int": "int",
    "int | None": "int",
    "bool": "static",
    "str": "static",
}


def parameters(fn: Callable) -> list[Param]:
    params = []
    for p in inspect.signature(fn).parameters.values():
        annotation = p.annotation if isinstance(p.annotation, str) else "static"
        kind = _KINDS.get(annotation, "static")
        optional = annotation.endswith("| None")
        params.append(Param(p.name, kind, p.default, p.kind is p.KEYWORD_ONLY, optional))
    return params


# -- static arguments


class Fixed(NamedTuple):
    """A number in a program's key: 1, 1.0 and True differ, 0.0 and -0.0 too, nan equals itself."""

    text: str
    kind: type

    def value(self) -> Any:
        return self.kind(self.text) if self.kind is not bool else self.text == "True"


def fix(x: Any) -> Any:
    if x is None or x.__class__ is Fixed:
        return x
    if isinstance(x, Tensor):
        x = x.item()  # type: ignore[attr-defined]
    if isinstance(x, np.generic):
        x = x.item()
    return Fixed(repr(x), x.__class__) if isinstance(x, (int, float, complex)) else x


def unfix(x: Any) -> Any:
    return x.value() if x.__class__ is Fixed else x


def as_int(x: Any) -> Any:
    return x if x is None or x.__class__ is int or x.__class__ is bool else as_integer(x)


def given(convert: Callable) -> Callable:
    """The conversion for a parameter that may not be None."""

    def normalise(x: Any) -> Any:
        if x is None:
            raise TypeError("None for a number or sizes")  # which the misfit words
        return convert(x)

    return normalise


def as_dims(x: Any) -> Any:
    if x is None or x.__class__ is int:
        return x
    if isinstance(x, (tuple, list)):
        return tuple(as_int(d) for d in x)
    return operator.index(x)


def as_size(x: Any) -> Any:
    if x is None or x.__class__ is int:
        return x
    if isinstance(x, (tuple, list)):
        if len(x) == 1 and isinstance(x[0], (tuple, list)):
            x = x[0]
        return tuple(as_int(d) for d in x)
    return as_integer(x)


def as_dtype(x: Any) -> Any:
    if x is None:
        return None
    if isinstance(x, _dtypes.dtype):
        return x.np
    raise TypeError(f"argument 'dtype' must be torch.dtype, not {type(x).__name__}")


def as_static(x: Any) -> Any:
    if isinstance(x, list):
        return tuple(as_static(y) for y in x)
    return x


_NORMALISE = {
    "int": "_int", "dims": "_dims", "size": "_size", "dtype": "_dtype",
    "scalar": "_fix", "static": "_static",
}  # fmt: skip
_SCOPE = {
    "_int": as_int, "_dims": as_dims, "_size": as_size, "_dtype": as_dtype, "_fix": fix,
    "_int_given": given(as_int), "_size_given": given(as_size), "_static": as_static,
    "_Tensor": Tensor, "_unset": object(),
}  # fmt: skip


# -- the generated function

# NumPy's names for some parameters, which torch takes as well.
NUMPY_NAMES = {
    "dim": ("axis",), "keepdim": ("keepdims",), "input": ("x", "a", "x1"), "other": ("x2",),
}  # fmt: skip


def binder(op: Op) -> Callable:
    """def sum(input, dim=None, keepdim=False, *, dtype=None, out=None): return _record(...)"""
    lines = _fitting(op)
    inputs, static = [], []
    for p in op.params:
        if p.kind == "tensors":
            lines.append(f"  {p.name} = _tensors({p.name}, {op.name!r}, {p.name!r})")
            inputs.append(f"*{p.name}")
            static.append(f"({p.name!r}, len({p.name}))")
        elif p.kind == "fixable":
            lines.append(f"  _n = not isinstance({p.name}, _Like) and {p.name} is not None")
            inputs.append(f"None if _n else {p.name}")
            static.append(f"({p.name!r}, _fix({p.name}) if _n else None)")
        elif p.is_input:
            inputs.append(p.name)
        else:
            must = p.kind in ("int", "size") and not p.optional and p.default is not None
            how = _NORMALISE[p.kind] + ("_given" if must else "")
            static.append(f"({p.name!r}, {how}({p.name}))")
    last = "out" if "o" in op.variants else None
    statics = f"({''.join(s + ', ' for s in static)})"
    if any(p.kind in ("int", "dims", "size") for p in op.params):
        wrong = f"raise _misfit(_op, {_given(op)}, (), {{}}, _e) from None"
        lines += [f"  try: _fixed = {statics}", f"  except TypeError as _e: {wrong}"]
        statics = "_fixed"
    call = f"_record(({''.join(i + ', ' for i in inputs)}), {statics}"
    call += f", {last})" if last else ")"
    name = op.name if op.name.isidentifier() and not keyword.iskeyword(op.name) else "op"
    source = (
        f"def {name}({_parameter_text(op)}):\n"
        + "".join(x + "\n" for x in lines)
        + f"  return {call}\n"
    )
    scope = {**_SCOPE, "_record": op.record, "_tensors": as_tensors, "_Like": TensorLike}
    scope |= {"_op": op, "_Missing": Missing, "_take": _take, "_misfit": misfit}
    scope |= {f"_d_{p.name}": _default(p) for p in op.params}
    exec(compile(source, f"<binder of {op.name}>", "exec"), scope)
    function = scope[name]
    function.__doc__, function.__module__ = op.__doc__, op.__module__
    if "f" in op.variants:  # pickled as the public name
        space = op.namespaces[0]
        function.__module__ = PACKAGE if space == "torch" else f"{PACKAGE}.{space}"
    function.__qualname__ = op.name
    function.__signature__ = _plain_signature(function, op)
    return function


def _default(p: Param) -> Any:
    return Missing if p.default is Param.empty else p.default


def _parameter_text(op: Op) -> str:
    text = [f"{p.name}=_d_{p.name}" for p in op.params]
    first = next((i for i, p in enumerate(op.params) if p.keyword_only), len(text))
    text.insert(first, "*_more")
    return ", ".join([*text, *(["out=None"] if "o" in op.variants else []), "**_kw"])


def _fitting(op: Op) -> list[str]:
    """The part of a binder that takes NumPy's names (axis for dim, x for input) and finds what is
    missing and what is too much.
    """
    lines = []
    for p in op.params:
        for theirs in NUMPY_NAMES.get(p.name, ()):
            take = f"_take(_kw, {op.name!r}, {p.name!r}, {theirs!r}, {p.name}, _d_{p.name})"
            lines.append(f"    if {theirs!r} in _kw: {p.name} = {take}")
    if lines:
        lines.insert(0, "  if _kw:")
    wrong = [f"{p.name} is _Missing" for p in op.params if p.default is Param.empty]
    lines.append(f"  if {' or '.join([*wrong, '_more', '_kw'])}:")
    lines.append(f"    raise _misfit(_op, {_given(op)}, _more, _kw)")
    return lines


def _given(op: Op) -> str:
    return "{" + ", ".join(f"{p.name!r}: {p.name}" for p in op.params) + "}"


def _take(kwargs: dict, op: str, ours: str, theirs: str, given: Any, default: Any) -> Any:
    if given is not default:
        raise TypeError(f"{op}() got multiple values for argument '{ours}'")
    return kwargs.pop(theirs)


def _plain_signature(function: Callable, op: Op) -> inspect.Signature:
    """The signature without the names that are NumPy's."""
    parameters = inspect.signature(function).parameters
    required = {p.name for p in op.params if p.default is Param.empty}
    return inspect.Signature(
        [
            p.replace(default=p.empty) if name in required else p
            for name, p in parameters.items()
            if name not in ("_kw", "_more")
        ]
    )


def as_tensors(x: Any, op: str, name: str) -> Sequence:
    if x.__class__ is list or x.__class__ is tuple:
        return tuple(x)
    if isinstance(x, Tensor):
        raise TypeError(
            f"{op}(): argument '{name}' (position 1) must be tuple of Tensors, not Tensor"
        )
    if not isinstance(x, Iterable):
        raise TypeError(
            f"{op}(): argument '{name}' (position 1) must be tuple of Tensors, not "
            f"{type(x).__name__}"
        )
    return tuple(x)


# -- back from flat inputs to the body's arguments


def regroup(params: list[Param], inputs: Sequence, static: dict) -> dict[str, Any]:
    """{name: argument}; lists of tensors are lists again."""
    it: Iterator = iter(inputs)
    args: dict[str, Any] = {}
    for p in params:
        if p.kind == "tensors":
            args[p.name] = [next(it) for _ in range(static[p.name])]
        elif p.kind == "fixable":
            x = next(it)
            args[p.name] = unfix(static[p.name]) if x is None else x
        elif p.is_input:
            args[p.name] = next(it)
        else:
            args[p.name] = unfix(static[p.name])
    return args


def split(params: list[Param], args: dict[str, Any]) -> dict[str, Any]:
    """The body takes everything by name."""
    return args


# -- named results


class Named(tuple):
    """Base of torch.return_types."""

    _fields: tuple[str, ...] = ()

    def __repr__(self) -> str:
        body = ",\n".join(f"{n}={v!r}" for n, v in zip(self._fields, self, strict=True))
        return f"torch.return_types.{type(self).__name__}(\n{body})"

    def __reduce__(self):
        return type(self), (tuple(self),)


return_types: dict[str, type] = {}


def result_type(name: str, fields: tuple[str, ...]) -> type:
    """The named tuple class of an op with several results."""
    found = return_types.get(name)
    if found is None:
        members: dict[str, Any] = {
            f: property(lambda self, i=i: self[i]) for i, f in enumerate(fields)
        }
        members |= {"_fields": fields, "n_fields": len(fields), "n_sequence_fields": len(fields)}
        found = return_types[name] = type(name, (Named,), members)
        found.__module__ = "torch.return_types"
    return found
