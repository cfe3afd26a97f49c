"""Products of matrices and vectors, also with something added, and linear layers."""

from __future__ import annotations

import math

import jax.numpy as jnp
from jax import lax

from ._checks import wrap_dim
from ._declare import op
from ._numeric import kind, not_implemented, scalar_name
from ._place import C_NAMES
from ._types import Number, Tensor

# -- checks, in torch's words


def _c_name(x) -> str:
    return C_NAMES[x.dtype.name]


def check_same_dtype(m1, m2) -> None:
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
    check_same_dtype(mat1, mat2)


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
    check_same_dtype(batch1, batch2)


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
    check_same_dtype(mat, vec)


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


# What torch's product ends with: (dimensions of input, of other), 3 standing for more.
_LAST = {(1, 1): "Dot", (2, 2): "Mm", (2, 1): "Mv", (1, 2): "Squeeze", (2, 3): "Clone"}


def _product_name(inputs, static) -> str:
    a, b = [min(len(x.aval.shape), 3) for x in inputs]
    name = _LAST.get((a, b), "UnsafeView")
    return f"{name}Backward{4 if name == 'Squeeze' else 0}"


@op(variants="fmo", grad_name=_product_name)
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
    check_same_dtype(input, other)
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
    _check_dot("dot", input, other)
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
    check_same_dtype(input, other)
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
    if _is(beta, 1):
        return product + input
    added = product + jnp.asarray(beta).astype(input.dtype) * input
    return added if isinstance(beta, (int, float)) else jnp.where(beta == 0, product, added)


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


def _linear_name(inputs, static) -> str:
    input, weight, bias = inputs
    if bias is None:
        return _product_name((input, weight), static)
    return "AddmmBackward0" if len(input.aval.shape) == 2 else "ViewBackward0"


@op(variants="fo", namespace="nn.functional", grad_name=_linear_name)
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


@op(variants="f", namespace="nn.functional", grad_name="AddBackward0")
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


# -- cross products


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
