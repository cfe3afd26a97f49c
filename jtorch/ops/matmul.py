"""Products of matrices and vectors, and what is made of them: linear layers, einsum, distances."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from ._checks import wrap_dim
from ._declare import op
from ._numeric import kind, not_implemented, opmath, scalar_name
from ._place import C_NAMES
from ._types import Number, Tensor
from .reduction import norm_root, pnorm

FUNCTIONS = ("chain_matmul", "einsum", "tensordot")

# -- checks, in torch's words


def _c_name(x) -> str:
    return C_NAMES[x.dtype.name]


def _same_dtype(m1, m2) -> None:
    if m1.dtype != m2.dtype:
        raise RuntimeError(
            f"expected m1 and m2 to have the same dtype, but got: {_c_name(m1)} != {_c_name(m2)}"
        )
    if kind(m1.dtype) == "b":
        raise not_implemented("addmm_impl_cpu_", m1.dtype)


def _dims_text(x) -> str:
    return "x".join(str(n) for n in x.shape)


def _check_mm(mat1, mat2) -> None:
    if mat1.shape[-1] != mat2.shape[0]:
        rows = mat1.size // mat1.shape[-1] if mat1.shape[-1] else math.prod(mat1.shape[:-1])
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({rows}x{mat1.shape[-1]} and "
            f"{_dims_text(mat2)})"
        )
    _same_dtype(mat1, mat2)


def _check_bmm(batch1, batch2) -> None:
    for name, x in (("batch1", batch1), ("batch2", batch2)):
        if x.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    want = [batch1.shape[0], batch1.shape[2]]
    if list(batch2.shape[:2]) != want:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: {want} but got: "
            f"{list(batch2.shape[:2])}."
        )
    _same_dtype(batch1, batch2)


def _check_mv(mat, vec, input=None) -> None:
    if mat.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(
            "vector + matrix @ vector expected, got "
            f"{1 if input is None else input.ndim}, {mat.ndim}, {vec.ndim}"
        )
    rows = mat.shape[0] if input is None else input.size
    if mat.shape[1] != vec.shape[0] or (input is not None and input.size not in (1, mat.shape[0])):
        raise RuntimeError(
            f"size mismatch, got input ({rows}), mat ({_dims_text(mat)}), vec ({vec.shape[0]})"
        )
    _same_dtype(mat, vec)


def _check_dot(name: str, input, tensor) -> None:
    if input.ndim != 1 or tensor.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {input.ndim}D and {tensor.ndim}D tensors")
    if input.dtype != tensor.dtype:
        raise RuntimeError(
            f"{name} : expected both vectors to have same dtype, but found "
            f"{scalar_name(input.dtype)} and {scalar_name(tensor.dtype)}"
        )
    if input.shape != tensor.shape:
        m, n = input.size, tensor.size
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{m}] and src [{n}] to have the same "
            f"number of elements, but got {m} and {n} elements respectively"
        )
    if kind(input.dtype) == "b":
        raise not_implemented(name, input.dtype)


# -- products


@op(variants="fmo", grad_name="MmBackward0")
def matmul(input: Tensor, other: Tensor):
    """Sums over the last dimension of input and the last but one of other; others broadcast."""
    if not input.ndim or not other.ndim:
        raise RuntimeError(
            "both arguments to matmul need to be at least 1D, but they are "
            f"{input.ndim}D and {other.ndim}D"
        )
    if input.ndim == other.ndim == 1:
        _check_dot("dot", input, other)
    elif input.ndim == 2 and other.ndim == 1:
        _check_mv(input, other)
    elif other.ndim <= 2 or input.ndim == 1:
        left, right = (input, other) if other.ndim <= 2 else (other.mT, input)
        _check_mm(left[None] if left.ndim == 1 else left, right)
    else:
        _check_batches(input, other)
    return jnp.matmul(input, other)


def _check_batches(input, other) -> None:
    if input.shape[-1] != other.shape[-2]:
        batch = math.prod(jnp.broadcast_shapes(input.shape[:-2], other.shape[:-2]))
        raise RuntimeError(
            "Expected size for first two dimensions of batch2 tensor to be: "
            f"[{batch}, {input.shape[-1]}] but got: [{batch}, {other.shape[-2]}]."
        )
    _same_dtype(input, other)
    ndim = max(input.ndim, other.ndim)
    for d in reversed(range(ndim - 2)):
        m, n = _size_at(input, d - ndim), _size_at(other, d - ndim)
        if m != n and 1 not in (m, n):
            raise RuntimeError(
                f"The size of tensor a ({m}) must match the size of tensor b ({n}) at "
                f"non-singleton dimension {d}"
            )


def _size_at(x, d: int) -> int:
    return x.shape[d] if -d <= x.ndim else 1


@op(variants="fmo")
def mm(input: Tensor, mat2: Tensor):
    for name, x in (("self", input), ("mat2", mat2)):
        if x.ndim != 2:
            raise RuntimeError(f"{name} must be a matrix")
    _check_mm(input, mat2)
    return jnp.matmul(input, mat2)


@op(variants="fmo")
def bmm(input: Tensor, mat2: Tensor):
    _check_bmm(input, mat2)
    return jnp.matmul(input, mat2)


@op(variants="fmo")
def mv(input: Tensor, vec: Tensor):
    _check_mv(input, vec)
    return jnp.matmul(input, vec)


@op(variants="fmo")
def dot(input: Tensor, tensor: Tensor):
    _check_dot("dot", input, tensor)
    return jnp.matmul(input, tensor)


@op(variants="fmo")
def vdot(input: Tensor, other: Tensor):
    """dot with the first vector conjugated."""
    _check_dot("vdot", input, other)
    return jnp.matmul(jnp.conj(input), other)


@op(variants="fmo", grad_name="ViewBackward0")
def inner(input: Tensor, other: Tensor):
    if not input.ndim or not other.ndim:
        return input * other
    if input.shape[-1] != other.shape[-1]:
        raise RuntimeError(
            "inner() the last dimension must match on both input tensors but got shapes "
            f"{list(input.shape)} and {list(other.shape)}"
        )
    _same_dtype(input, other)
    return lax.dot_general(input, other, (((input.ndim - 1,), (other.ndim - 1,)), ((), ())))


@op(variants="fmo", aliases=("ger",), grad_name="MulBackward0")
def outer(input: Tensor, vec2: Tensor):
    for name, x in (("self", input), ("vec2", vec2)):
        if x.ndim != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {x.ndim}-D")
    return input[:, None] * vec2


# -- with something added


def _plus(input, product, beta, alpha):
    """beta * input + alpha * product; input only counts where beta is not 0."""
    if product.shape != input.shape:
        _check_expands(input.shape, product.shape)
    product = product if _is(alpha, 1) else jnp.asarray(alpha).astype(product.dtype) * product
    if _is(beta, 0):
        return product
    return product + (input if _is(beta, 1) else jnp.asarray(beta).astype(input.dtype) * input)


def _is(number, value: int) -> bool:
    return isinstance(number, (int, float)) and number == value


def _check_expands(shape: tuple, target: tuple) -> None:
    offset = len(target) - len(shape)
    for d in reversed(range(len(shape))):
        if shape[d] not in (1, target[d + offset]):
            raise RuntimeError(
                f"The expanded size of the tensor ({target[d + offset]}) must match the existing "
                f"size ({shape[d]}) at non-singleton dimension {d + offset}.  Target sizes: "
                f"{list(target)}.  Tensor sizes: {list(shape)}"
            )


@op(variants="fmio")
def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Number = 1, alpha: Number = 1):
    for name, x in (("mat1", mat1), ("mat2", mat2)):
        if x.ndim != 2:
            raise RuntimeError(f"{name} must be a matrix, got {x.ndim}-D tensor")
    _check_mm(mat1, mat2)
    return _plus(input, jnp.matmul(mat1, mat2), beta, alpha)


@op(variants="fmio")
def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: Number = 1, alpha: Number = 1):
    _check_mv(mat, vec, input)
    return _plus(input, jnp.matmul(mat, vec), beta, alpha)


@op(variants="fmio")
def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: Number = 1, alpha: Number = 1):
    return _plus(input, vec1[:, None] * vec2, beta, alpha)


@op(variants="fmio")
def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1):
    """input plus the sum of the products of the batch."""
    _check_bmm(batch1, batch2)
    return _plus(input, jnp.einsum("bij,bjk->ik", batch1, batch2), beta, alpha)


@op(variants="fmio")
def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1):
    _check_bmm(batch1, batch2)
    return _plus(input, jnp.matmul(batch1, batch2), beta, alpha)


@op(variants="f", namespace="nn.functional", grad_name="AddmmBackward0")
def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None):
    """input @ weight.T + bias, weight being (out, in) or (in,)."""
    if weight.ndim not in (1, 2):
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {weight.ndim}D")
    if not input.ndim:
        raise RuntimeError(
            f"both arguments to linear need to be at least 1D, but they are 0D and {weight.ndim}D"
        )
    _check_linear(input, weight, bias)
    contract = (((input.ndim - 1,), (weight.ndim - 1,)), ((), ()))
    out = lax.dot_general(input, weight, contract)
    return out if bias is None else out + bias


def _check_linear(input, weight, bias) -> None:
    if bias is not None and weight.dtype == input.dtype != bias.dtype:
        raise RuntimeError(
            f"self and mat2 must have the same dtype, but got {scalar_name(bias.dtype)} and "
            f"{scalar_name(weight.dtype)}"
        )
    if bias is not None and input.dtype != weight.dtype:
        raise RuntimeError(
            f"mat1 and mat2 must have the same dtype, but got {scalar_name(input.dtype)} and "
            f"{scalar_name(weight.dtype)}"
        )
    if weight.ndim == 2:
        _check_mm(input if input.ndim > 1 else input[None], weight.T)
    elif input.shape[-1] != weight.shape[0]:
        raise RuntimeError(
            f"size mismatch, got input ({input.size // input.shape[-1]}), mat "
            f"({input.size // input.shape[-1]}x{input.shape[-1]}), vec ({weight.shape[0]})"
        )
    if bias is not None:
        _check_expands(bias.shape, (*input.shape[:-1], *weight.shape[:-1]))


@op(variants="f", namespace="nn.functional")
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None):
    """y[..., o] = sum over i, j of x1[..., i] weight[o, i, j] x2[..., j], plus bias[o]."""
    for nr, x in ((1, input1), (2, input2)):
        if x.shape[-1] != weight.shape[nr]:
            raise RuntimeError(
                f"bilinear(): input{nr} size does not match weight size: got {x.shape[-1]} but "
                f"expected {weight.shape[nr]}"
            )
    out = jnp.einsum("...i,oij,...j->...o", input1, weight, input2)
    return out if bias is None else out + bias


# -- contractions


@op(variants="", name="einsum", grad_name="ViewBackward0")
def _einsum(operands: list[Tensor], equation: str):
    for x in operands[1:]:
        if x.dtype != operands[0].dtype:
            raise RuntimeError(
                f"expected scalar type {scalar_name(operands[0].dtype)} but found "
                f"{scalar_name(x.dtype)}"
            )
    equation, operands = _spread_ones(equation.replace(" ", ""), operands)
    return jnp.einsum(equation, *operands)


def _spread_ones(equation: str, operands):
    """Check the equation; drop dimensions of size 1 that broadcast against larger ones."""
    left, arrow, right = equation.partition("->")
    terms = left.split(",")
    if len(terms) != len(operands):
        word = "fewer" if len(operands) < len(terms) else "more"
        raise RuntimeError(
            f"einsum(): {word} operands were provided than specified in the equation"
        )
    sizes: dict[str, int] = {}
    for nr, (term, x) in enumerate(zip(terms, operands, strict=True)):
        _check_term(term, x, nr, sizes)
    for letter in right.replace("...", ""):
        if letter not in sizes:
            raise RuntimeError(
                f"einsum(): output subscript {letter} does not appear in the equation for any "
                "input operand"
            )
    if not arrow:
        counts = left.replace("...", "")
        right = ("..." if "..." in left else "") + "".join(
            sorted(c for c in sizes if counts.count(c) == 1)
        )
    pairs = [_drop_ones(t, x, sizes) for t, x in zip(terms, operands, strict=True)]
    return ",".join(t for t, _ in pairs) + "->" + right, [x for _, x in pairs]


def _axes_of(term: str, ndim: int) -> list[tuple[str, int]]:
    """(letter, axis) pairs of a term, axes under an ellipsis left out."""
    head, dots, tail = term.partition("...")
    pairs = list(zip(head, range(len(head)), strict=True))
    return pairs + [(c, ndim - len(tail) + k) for k, c in enumerate(tail)] if dots else pairs


def _check_term(term: str, x, nr: int, sizes: dict[str, int]) -> None:
    letters = term.replace("...", "")
    for letter in letters:
        if not letter.isalpha():
            raise RuntimeError(
                f"einsum(): invalid subscript given at index {term.index(letter)} in the equation "
                "string, subscripts must be in [a-zA-Z]"
            )
    if len(letters) != x.ndim and ("..." not in term or len(letters) > x.ndim):
        ending = "" if "..." in term else " and no ellipsis was given"
        raise RuntimeError(
            f"einsum(): the number of subscripts in the equation ({len(letters)}) "
            + (
                "is more than the number of dimensions"
                if ending == ""
                else "does not match the number of dimensions"
            )
            + f" ({x.ndim}) for operand {nr}{ending}"
        )
    for letter, axis in _axes_of(term, x.ndim):
        size, seen = x.shape[axis], sizes.get(letter, 1)
        if size != seen and 1 not in (size, seen):
            raise RuntimeError(
                f"einsum(): subscript {letter} has size {size} for operand {nr} which does not "
                f"broadcast with previously seen size {seen}"
            )
        sizes[letter] = max(size, seen)


def _drop_ones(term: str, x, sizes: dict[str, int]):
    drop = [(c, a) for c, a in _axes_of(term, x.ndim) if x.shape[a] == 1 and sizes[c] != 1]
    for c, _ in drop:
        term = term.replace(c, "")
    return term, jnp.squeeze(x, tuple(a for _, a in drop)) if drop else x


def einsum(*args):
    """einsum("ij,jk->ik", a, b), or einsum(a, [0, 1], b, [1, 2], [0, 2])."""
    if args and isinstance(args[0], str):
        equation, operands = args[0], args[1:]
    else:
        operands = args[: len(args) - len(args) % 2 : 2]
        terms = [_letters(s) for s in args[1 : 2 * len(operands) : 2]]
        equation = ",".join(terms) + ("->" + _letters(args[-1]) if len(args) % 2 else "")
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    if not operands:
        raise ValueError("einsum(): must provide at least one operand")
    return _einsum(operands, equation)


def _letters(sublist) -> str:
    """Subscripts 0..51 are A..Z and a..z; an ellipsis stays one."""
    return "".join("..." if s is ... else chr(65 + s if s < 26 else 71 + s) for s in sublist)


@op(variants="o", name="tensordot", grad_name="ViewBackward0")
def _tensordot(a: Tensor, b: Tensor, dims_self: tuple, dims_other: tuple):
    if len(dims_self) != len(dims_other):
        raise RuntimeError("both dimension lists should have same length")
    for d, e in zip(dims_self, dims_other, strict=True):
        m, n = a.shape[wrap_dim(d, a.ndim)], b.shape[wrap_dim(e, b.ndim)]
        if m != n:
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {m} in dim {d} and "
                f"second has size {n} in dim {e}"
            )
    _same_dtype(a, b)
    return jnp.tensordot(a, b, (dims_self, dims_other))


def tensordot(a, b, dims: Any = 2, out=None):
    """Contract the last `dims` dimensions of a with the first of b, or those of two lists."""
    if hasattr(dims, "tolist"):
        dims = dims.tolist()
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(a.ndim, b.ndim):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        dims = tuple(range(-dims, 0)), tuple(range(dims))
    first, second = ((d,) if isinstance(d, int) else tuple(d) for d in dims)
    return _tensordot(a, b, first, second, out=out)


@op(variants="fmo", grad_name="UnsafeViewBackward0")
def kron(input: Tensor, other: Tensor):
    return jnp.kron(input, other)


@op(variants="fo", namespace="linalg")
def multi_dot(tensors: list[Tensor]):
    """The product of a chain of matrices in the cheapest order; the ends may be vectors."""
    if len(tensors) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(tensors)}")
    return jnp.linalg.multi_dot(tensors)


def chain_matmul(*matrices, out=None):
    if len(matrices) == 1:
        return matrices[0]
    return multi_dot(matrices, out=out)


# -- distances and cross products


@op(variants="f")
@opmath
def cdist(
    x1: Tensor, x2: Tensor, p: float = 2.0,
    compute_mode: str = "use_mm_for_euclid_dist_if_necessary",
):  # fmt: skip
    """(..., P, M) and (..., R, M) to the p-norm distances (..., P, R)."""
    for name, x in (("X1", x1), ("X2", x2)):
        if kind(x.dtype) not in "f":
            raise RuntimeError(
                f"cdist only supports floating-point dtypes, {name} got: {scalar_name(x.dtype)}"
            )
        if x.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {x.ndim}D")
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(
            f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}"
        )
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")
    large = max(x1.shape[-2], x2.shape[-2]) > 25
    modes = ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist",
             "donot_use_mm_for_euclid_dist")  # fmt: skip
    if compute_mode not in modes:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    if p == 2 and (compute_mode == modes[1] or (compute_mode == modes[0] and large)):
        squares = [jnp.sum(x * x, -1) for x in (x1, x2)]
        square = squares[0][..., :, None] + squares[1][..., None, :] - 2 * (x1 @ x2.mT)
        return norm_root(jnp.where(square > 0, square, 0))
    return pnorm(x1[..., :, None, :] - x2[..., None, :, :], p, -1, False)


@op(variants="f", namespace=("torch", "nn.functional"))
@opmath
def pdist(input: Tensor, p: float = 2.0):
    """The p-norm distances of all pairs of rows, the upper triangle of cdist row by row."""
    if input.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.ndim}D")
    if kind(input.dtype) != "f":
        raise RuntimeError("pdist only supports floating-point dtypes")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    first, second = np.triu_indices(input.shape[0], 1)
    return pnorm(input[first] - input[second], p, -1, False)


def _cross(input, other, dim: int):
    if input.ndim != other.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    axis = wrap_dim(dim, input.ndim)
    if input.shape[axis] != 3 or other.shape[axis] != 3:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3. Got {input.shape[axis]} and "
            f"{other.shape[axis]}"
        )
    return jnp.cross(input, other, axis=axis)


@op(variants="fo", namespace="linalg", name="cross", grad_name="LinalgCrossBackward0")
def linalg_cross(input: Tensor, other: Tensor, *, dim: int = -1):
    return _cross(input, other, dim)


@op(variants="fmo", grad_name="LinalgCrossBackward0")
def cross(input: Tensor, other: Tensor, dim: int | None = None):
    """Without dim: along the first dimension of size 3."""
    if dim is None:
        dims = [d for d, n in enumerate(input.shape) if n == 3]
        if not dims:
            raise RuntimeError("no dimension of size 3 in input")
        dim = dims[0]
    return _cross(input, other, dim)
