"""The out= form of every op and plain function: which dtypes the target may have, which memory, and
its shape. What torch says of each misfit stands here by name; it computes nothing.
"""

from __future__ import annotations

import functools
import inspect
import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .._autograd.modes import without_autocast
from .._errors import type_name_of
from .._layout import Layout, contiguous_strides, is_dense
from .._tensor import Tensor
from . import _apply, _misfits
from ._bind import Named, result_type
from ._promote import Promote

if TYPE_CHECKING:
    from ._declare import Op

# -- which dtypes a target may have


class Rule(NamedTuple):
    """Whether results of one dtype may go into a target of another, and what is said if not: with
    torch's names for result and target (Want, Got: Float; want, got: float).
    """

    accepts: Callable[[Any, Any], bool]
    text: str
    error: type[Exception] = RuntimeError


def _never(want: Any, got: Any) -> bool:
    return False


def _always(want: Any, got: Any) -> bool:
    return True


def _castable(want: Any, got: Any) -> bool:
    return want.category <= got.category


def _complex(want: Any, got: Any) -> bool:
    return got.is_complex


def _floating(want: Any, got: Any) -> bool:
    return got.is_floating_point


def _inexact(want: Any, got: Any) -> bool:
    return got.is_floating_point or got.is_complex


def _logical(want: Any, got: Any) -> bool:
    return got.name == "uint8"


ANY = Rule(_always, "")
CAST = Rule(_castable, "result type {Want} can't be cast to the desired output type {Got}")
EXACT = Rule(_never, "Expected out tensor to have dtype {want}, but got {got} instead")
FOUND = Rule(_never, "Found dtype {Got} but expected {Want}")
_SAFELY = "Expected result to be safely castable from {Want} dtype, but got result with dtype {Got}"
_SEARCHED = Rule(
    _never,
    "torch.searchsorted(): output tensor's dtype is wrong, it can only be Int(int32) or Long(int64)"
    " depending on whether out_int32 flag is True, but we got output tensor's dtype {Got} and "
    "out_int32 flag is False",
)
_GROUPS = {
    "cumprod cumsum lu": ANY,
    "msort sort,": EXACT,
    """addr angle diff inner kron lerp logical_not mean
    nanmean nansum normalize outer polygamma special_polygamma std var""": CAST,
    "fft_ihfft2 fft_ihfftn": FOUND,
    "cat column_stack dstack hstack stack vstack": Rule(
        _castable,
        "torch.cat(): input types can't be cast to the desired output type {Got}",
        TypeError,
    ),
    "complex polar": Rule(
        _never,
        "Expected object of scalar type {Want} but got scalar type {Got} for argument 'out'",
    ),
    "cummax, cummin, logcumsumexp": Rule(_never, "expected scalar_type {Want} but found {Got}"),
    "linalg_solve_triangular logsigmoid native_batch_norm,": Rule(
        _never, "expected scalar type {Want} but found {Got}"
    ),
    "dot vdot": Rule(_never, "result dtype {Got} does not match input dtype {Want}"),
    "index_select masked_select": Rule(
        _never, "{name}(): self and result must have the same scalar type"
    ),
    "take": Rule(
        _never,
        "take(): self and out expected to have the same dtype, but got self.dtype = {Want} and "
        "out.dtype = {Got}",
    ),
    "amax amin": Rule(
        _never,
        "Expected the dtype for input and out to match, but got {Want} for input's dtype and {Got} "
        "for out's dtype.",
    ),
    "all any": Rule(_logical, "{name} only supports bool tensor for result, got: {Got}"),
    "isneginf isposinf signbit": Rule(_never, "{name} does not support non-boolean outputs."),
    "kthvalue,": Rule(_never, "output values must be of same type as input"),
    "nan_to_num": Rule(_never, "nan_to_num: dtype of out: {Got} should be same as input: {Want}"),
    "heaviside": Rule(
        _never, "heaviside is not yet implemented for tensors with different dtypes."
    ),
    "float_power": Rule(
        _never,
        "the output given to float_power has dtype {Got} but the operation's result requires dtype "
        "{Want}",
    ),
    "addbmm": Rule(_never, "self and mat2 must have the same dtype, but got {Got} and {Want}"),
    "mv": Rule(
        _never,
        "addmv input tensors must have the same dtype, but got {Got}, {Want}, and {Want}",
    ),
    "bucketize searchsorted": _SEARCHED,
    "hash_tensor": Rule(_never, "Expected result to be of dtype uint64, but got {Got}"),
    "histc histogram,": Rule(
        _never,
        "torch.histogram: input tensor and hist tensor should have the same dtype, but got input "
        "{want} and hist {got}",
    ),
    "ldexp": Rule(_castable, "ldexp can't be cast to the desired output type {Got}"),
    "linalg_eig, linalg_eigvals": Rule(
        _castable,
        "torch.linalg.{plain}: Expected eigenvalues to be safely castable from {Want} dtype, but "
        "got eigenvalues with dtype {Got}",
    ),
    "linalg_lstsq,": Rule(
        _castable,
        "torch.linalg.lstsq: Expected solution to be safely castable from {Want} dtype, but got "
        "solution with dtype {Got}",
    ),
    "geqrf,": Rule(
        _castable,
        "torch.geqrf: Expected a to be safely castable from {Want} dtype, but got a with dtype "
        "{Got}",
    ),
    "logsumexp": Rule(
        _inexact, "logsumexp(): Expected floating point type for result tensor, but got: {Got}"
    ),
    "multinomial": Rule(_never, "multinomial expects Long tensor out, got: {Got}"),
    "max min": Rule(
        _castable,
        "Expected canCast( typeMetaToScalarType(self.dtype()), typeMetaToScalarType(out.dtype())) "
        "to be true, but got false.  (Could this error message be improved?  If so, please report "
        "an enhancement request to PyTorch.)",
    ),
    "mode,": Rule(
        _never, "expected scalar type '{Want}' but got '{Got}' for values output"
    ),
    "mvlgamma": Rule(
        _castable, "mvlgamma: result type {Want} can't be cast to the desired output type {Want}"
    ),
    "narrow_copy": Rule(
        _never,
        "Expected self.dtype() == output.dtype() to be true, but got false.  (Could this error "
        "message be improved?  If so, please report an enhancement request to PyTorch.)",
    ),
    "ormqr": Rule(
        _never,
        "torch.ormqr: Expected input and result to have the same dtype, but input has dtype{Want} "
        "and result has dtype {Got}",
    ),
    "nanquantile quantile": Rule(
        _never, "quantile() out tensor must be same dtype as the input tensor"
    ),
    "nonzero": Rule(
        _never, "nonzero: Expected out tensor to have scalar type {Want} but got scalar type{Got}"
    ),
    "tensordot": Rule(
        _never,
        "tensordot: Expected the output tensor to have dtype {Want}, but got an output tensor with "
        "dtype {Got}",
    ),
    "where": Rule(_never, "Expected out type to be {Want} but got {Got}"),
    "fft_fft fft_ifft fft_ihfft fft_rfft": Rule(
        _complex, "{plain} expects a complex output tensor, but got {Got}"
    ),
    "fft_fft2 fft_fftn fft_ifft2 fft_ifftn": Rule(
        _complex, "fftn expects a complex output tensor, but got {Got}"
    ),
    "fft_rfft2 fft_rfftn": Rule(
        _complex, "rfftn expects a complex output tensor, but got {Got}"
    ),
    "fft_hfft fft_irfft": Rule(
        _floating, "{plain} expects a floating point output tensor, but got {Got}"
    ),
    "fft_hfft2 fft_hfftn": Rule(
        _floating, "hfftn expects a floating point output tensor, but got {Got}"
    ),
    "fft_irfft2 fft_irfftn": Rule(
        _floating, "irfftn expects a floating point output tensor, but got {Got}"
    ),
    "linalg_matrix_norm linalg_norm": Rule(
        _never, "linalg.{plain} expected out tensor dtype {Want} but got: {Got}"
    ),
    "linalg_multi_dot": Rule(
        _never, "multi_dot(): expected out tensor to have dtype {want} but got {got}"
    ),
    "linalg_vecdot": Rule(_never, "linalg.vecdot: Expected out of dtype{Want} but found {Got}"),
    "linalg_cond linalg_pinv": Rule(_castable, "linalg.{plain}: " + _SAFELY),
    "linalg_householder_product linalg_matrix_rank": Rule(
        _castable, "torch.linalg.{plain}: " + _SAFELY
    ),
    """cholesky cholesky_inverse cholesky_solve linalg_matrix_power linalg_tensorinv
    linalg_tensorsolve matrix_power""": Rule(_castable, "{plain}: " + _SAFELY),
}  # fmt: skip
# With a comma: those with several results, where another of the name has one.
_RULES = {name: rule for names, rule in _GROUPS.items() for name in names.split()}
_C_NAMES = {
    "uint8": "unsigned char", "int8": "signed char", "int16": "short", "int32": "int",
    "int64": "long int", "uint16": "short unsigned int", "uint32": "unsigned int",
    "uint64": "long unsigned int", "float32": "float", "float64": "double", "bool": "bool",
    "float16": "c10::Half", "bfloat16": "c10::BFloat16", "complex64": "c10::complex<float>",
    "complex128": "c10::complex<double>",
}  # fmt: skip


def rule_of(op: Op) -> Rule:
    """Pointwise ops promote, or give what they were given; what is no such op wants its own."""
    found = _RULES.get(_misfits.title(op) + ("" if op.result_type is None else ","))
    if found is None:
        found = EXACT if not op.keeps_strides else FOUND if op.promote is Promote.NONE else CAST
    return found


def _check_dtype(name: str, rule: Rule, result: Tensor, target: Tensor) -> None:
    want, got = result.dtype, target.dtype
    if want is not got and not rule.accepts(want, got):
        raise rule.error(
            rule.text.format(
                name=name, plain=name.partition("_")[2] if name[:4] in ("fft_", "lina") else name,
                Want=want._scalar_name, Got=got._scalar_name,
                want=_C_NAMES[want.name], got=_C_NAMES[got.name],
            )
        )  # fmt: skip


# -- which memory

# Beside the pointwise ops: these refuse memory shared with an input unless it is all of it ...
_PARTLY = frozenset(
    """
    addr cumprod cumsum index_reduce kron logcumsumexp max min msort normal normalize outer renorm
    scatter scatter_add scatter_reduce sort where
    """.split()
)
# ... and these all of it too.
_WHOLLY = frozenset(
    "cat cross gather index_select kthvalue linalg_cross masked_select take".split()
)
# In place these refuse any.
WRITERS = frozenset(
    """
    index_add index_copy index_reduce put scatter_add scatter_reduce scatter_src scatter_value
    write_at
    """.split()
)


def _check_memory(
    name: str, pointwise: bool, target: Tensor, result: Tensor, inputs: Sequence
) -> None:
    target._check_writable(inputs)
    if pointwise or name in _WHOLLY or name in _PARTLY:
        refuse_shared(target, inputs, name in _WHOLLY, tuple(result.shape))


def refuse_shared(
    target: Tensor, inputs: Iterable, wholly: bool = False, shape: tuple[int, ...] | None = None
) -> None:
    """Raise if a target, once it has that shape, shares memory with one of the inputs: part of it,
    or if `wholly` all of it too.
    """
    for x in inputs:
        if isinstance(x, Tensor):
            shared = _shared(x, target, tuple(target.shape) if shape is None else shape)
            if shared == "part" or (shared and wholly):
                raise RuntimeError(
                    "unsupported operation: some elements of the input tensor and the written-to "
                    "tensor refer to a single memory location. Please clone() the tensor before "
                    "performing the operation."
                )


def _shared(x: Tensor, target: Tensor, shape: tuple[int, ...]) -> str:
    """Whether an input and a target share memory: all, part or (as far as torch asks) none."""
    if 0 in shape:
        return ""
    if x is target:
        return "all"
    if x._alias is None or target._alias is None or x._alias.store is not target._alias.store:
        return ""
    one, two = x._layout(), target._layout()
    if two.shape != shape:
        two = Layout(shape, contiguous_strides(shape), two.offset)
    if not (is_dense(one.shape, one.strides) and is_dense(two.shape, two.strides)):
        return ""  # torch finds that too hard to say
    if one == two:
        return "all"
    low, high = max(one.offset, two.offset), math.inf
    for layout in (one, two):
        high = min(high, layout.offset + math.prod(layout.shape))
    return "part" if low < high else ""


# -- moving results into targets


def write_out(op: Op, inputs: tuple, static: tuple, out: Any) -> Any:
    """The out= form of an op."""
    results = without_autocast(_apply.call, op, inputs, static)
    name = _misfits.title(op)
    if not _fits(results, out):
        args, kwargs = op.arguments(inputs, static)
        raise _wrong_out(name, len(op.params), results, out, args, kwargs)
    given = list(_tensors(inputs))
    if op.differentiable:
        _refuse_autograd(name, given, results, out)
    return _store(name, rule_of(op), op.keeps_strides, given, results, out)


def takes_out(fn: Callable | None = None, *, name: str = "") -> Any:
    """A plain function with out= added, under the name that torch's messages have for it."""
    if fn is None:
        return functools.partial(takes_out, name=name)
    title = name or fn.__name__
    signature = inspect.signature(fn)
    rule = _RULES.get(title, _RULES.get(title + ",", EXACT))

    @functools.wraps(fn)
    def function(*args, out=None, **kwargs):
        results = fn(*args, **kwargs)
        if out is None:
            return results
        if not _fits(results, out):
            raise _wrong_out(title, len(signature.parameters), results, out, args, kwargs)
        given = list(_tensors((args, tuple(kwargs.values()))))
        _refuse_autograd(title, given, results, out)
        return _store(title, rule, False, given, results, out)

    added = inspect.Parameter("out", inspect.Parameter.KEYWORD_ONLY, default=None)
    named = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    function.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*named, added, *list(signature.parameters.values())[len(named) :]]
    )
    return function


def _tensors(given: Any) -> Iterator[Tensor]:
    for x in given:
        if isinstance(x, Tensor):
            yield x
        elif isinstance(x, (tuple, list)):
            yield from _tensors(x)


def _fits(results: Any, out: Any) -> bool:
    if isinstance(results, Tensor):
        return isinstance(out, Tensor)
    fits = isinstance(out, (tuple, list)) and len(out) == len(results)
    return fits and all(isinstance(x, Tensor) for x in out)


def _wrong_out(
    name: str, place: int, results: Any, out: Any, args: Sequence, kwargs: dict
) -> TypeError:
    several = not isinstance(results, Tensor)
    if several and isinstance(out, (tuple, list)):
        for i, x in enumerate(out):
            if not isinstance(x, Tensor):
                return TypeError(
                    f"expected Tensor as element {i} in argument {place}, but got {type_name_of(x)}"
                )
        return TypeError(
            f"{name}(): argument 'out' must be tuple of {len(results)} Tensors, not "
            f"{type(out).__name__}"
        )
    if name in _misfits.OVERLOADED:
        return _misfits.no_such(name, args, {**kwargs, "out": out})
    want = "tuple of Tensors" if several else "Tensor"
    return TypeError(f"{name}(): argument 'out' must be {want}, not {type_name_of(out)}")


def _refuse_autograd(name: str, inputs: Sequence, results: Any, out: Any) -> None:
    made, outs = ((x,) if isinstance(x, Tensor) else x for x in (results, out))
    if not _apply.modes.grad or not any(x._value.aval.inexact for x in made):
        return
    if any(x.requires_grad for x in (*inputs, *outs)):
        raise RuntimeError(
            f"{name}(): functions with out=... arguments don't support automatic differentiation, "
            "but one of the arguments requires grad."
        )


def _store(name: str, rule: Rule, pointwise: bool, inputs: Sequence, results: Any, out: Any) -> Any:
    single = isinstance(results, Tensor)
    outs = (out,) if single else tuple(out)
    for target, result in zip(outs, (results,) if single else results, strict=True):
        _check_memory(name, pointwise, target, result, inputs)
        _check_dtype(name, rule, result, target)
        if pointwise and any(target is x for x in inputs):
            _apply.check_same_shape(target, result)
        move(target, result)
    if single:
        return out
    if isinstance(results, Named):
        return result_type(f"{type(results).__name__}_out", results._fields)(outs)
    return results.__class__(outs)


def store_out(target: Tensor, result: Tensor) -> Tensor:
    """Write a result into an out= tensor of any dtype that it can be cast to."""
    target._check_writable((result,))
    _check_dtype("", CAST, result, target)
    return move(target, result)


def move(target: Tensor, result: Tensor) -> Tensor:
    """Give a target the shape of a result, as torch does, and its values."""
    if target.shape != result.shape:
        if 0 not in target._value.aval.shape:
            warnings.warn(
                "An output with one or more elements was resized since it had shape "
                f"{list(target.shape)}, which does not match the required output shape "
                f"{list(result.shape)}. This behavior is deprecated, and in a future PyTorch "
                "release outputs will not be resized unless they have zero elements. You can "
                "explicitly reuse an out tensor t by resizing it, inplace, to zero elements with "
                "t.resize_(0).",
                stacklevel=5,
            )
        resize(target, tuple(result.shape))
    return target.copy_(result)  # type: ignore[attr-defined]


def resize(target: Tensor, shape: tuple[int, ...]) -> None:
    """Give `target` another shape; its contents are undefined and will be overwritten."""
    aval = target._value.aval
    value = _apply.record(
        _apply.tape.ZEROS, (("shape", tuple(shape)), ("dtype", aval.dtype)), [], aval.device
    )[0]
    target._value, target._alias, target._strides = value, None, None
