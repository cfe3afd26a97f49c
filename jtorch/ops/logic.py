"""Logic: bits of integers, truth of elements, tests for nan and infinity. No gradients."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from ._declare import Promote, pointwise
from ._numeric import kind, operands, require
from ._types import Number, Tensor

# -- bits


def _bits(kernel: str, fn, input, other):
    input, other = operands(input, other)
    require(kernel, "bi", input, other)
    return fn(input, other)


@pointwise(Promote.DEFAULT)
def bitwise_and(input: Tensor | Number, other: Tensor | Number):
    return _bits("bitwise_and_cpu", jnp.bitwise_and, input, other)


@pointwise(Promote.DEFAULT)
def bitwise_or(input: Tensor | Number, other: Tensor | Number):
    return _bits("bitwise_or_cpu", jnp.bitwise_or, input, other)


@pointwise(Promote.DEFAULT)
def bitwise_xor(input: Tensor | Number, other: Tensor | Number):
    return _bits("bitwise_xor_cpu", jnp.bitwise_xor, input, other)


@pointwise
def bitwise_not(input: Tensor):
    require("bitwise_not_cpu", "bi", input)
    return ~input


@pointwise(Promote.DEFAULT)
def bitwise_left_shift(input: Tensor | Number, other: Tensor | Number):
    """input * 2 ** other; shifting by the width or more, or by a negative number, gives 0."""
    input, other = operands(input, other)
    require("lshift_cpu", "i", input, other)
    input, other = jnp.broadcast_arrays(input, other)
    return jnp.where(_in_width(input, other), lax.shift_left(input, other), 0)


@pointwise(Promote.DEFAULT)
def bitwise_right_shift(input: Tensor | Number, other: Tensor | Number):
    """input // 2 ** other, with copies of the sign bit coming in."""
    input, other = operands(input, other)
    require("rshift_cpu", "i", input, other)
    input, other = jnp.broadcast_arrays(input, other)
    width = jnp.iinfo(input.dtype).bits - 1
    other = jnp.where(_in_width(input, other), other, width)
    if jnp.issubdtype(input.dtype, jnp.signedinteger):
        return lax.shift_right_arithmetic(input, other)
    return lax.shift_right_logical(input, other)


def _in_width(x, shift):
    return (shift >= 0) & (shift < jnp.iinfo(x.dtype).bits)


# -- truth


@pointwise(Promote.ALWAYS_BOOL, differentiable=False)
def logical_and(input: Tensor, other: Tensor):
    return (input != 0) & (other != 0)


@pointwise(Promote.ALWAYS_BOOL, differentiable=False)
def logical_or(input: Tensor, other: Tensor):
    return (input != 0) | (other != 0)


@pointwise(Promote.ALWAYS_BOOL, differentiable=False)
def logical_xor(input: Tensor, other: Tensor):
    return (input != 0) ^ (other != 0)


@pointwise(differentiable=False)
def logical_not(input: Tensor):
    return input == 0


# -- tests of floats


@pointwise(variants="fm", differentiable=False)
def isnan(input: Tensor):
    return jnp.isnan(input) if kind(input.dtype) in "fc" else jnp.zeros(input.shape, bool)


@pointwise(variants="fm", differentiable=False)
def isinf(input: Tensor):
    return jnp.isinf(input) if kind(input.dtype) in "fc" else jnp.zeros(input.shape, bool)


@pointwise(variants="fm", differentiable=False)
def isfinite(input: Tensor):
    return jnp.isfinite(input) if kind(input.dtype) in "fc" else jnp.ones(input.shape, bool)


@pointwise(variants="fmo", differentiable=False)
def isposinf(input: Tensor):
    if kind(input.dtype) == "c":
        raise RuntimeError("isposinf does not support complex inputs.")
    return input == jnp.inf if kind(input.dtype) == "f" else jnp.zeros(input.shape, bool)


@pointwise(variants="fmo", differentiable=False)
def isneginf(input: Tensor):
    if kind(input.dtype) == "c":
        raise RuntimeError("isneginf does not support complex inputs.")
    return input == -jnp.inf if kind(input.dtype) == "f" else jnp.zeros(input.shape, bool)


@pointwise(variants="fm", differentiable=False)
def isreal(input: Tensor):
    return input.imag == 0 if kind(input.dtype) == "c" else jnp.ones(input.shape, bool)


# -- the operator, which has words of its own


def _invert(self):
    if self.dtype.category > 1:
        raise TypeError(
            "~ (operator.invert) is only implemented on integer and Boolean-type tensors"
        )
    return bitwise_not(self)


METHODS = {"__invert__": _invert}
