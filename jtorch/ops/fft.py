"""torch.fft: discrete Fourier transforms over one or several dimensions. `norm` says where the
factor 1/n goes: to the "forward" or "backward" transform (the default), or half to each ("ortho").
"""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np

from .. import _dtypes
from .._tensor import from_array
from ._checks import wrap_dim
from ._declare import op
from ._numeric import HALVES, kind, scalar_name, to_float
from ._out import store_out
from ._types import Dims, Size, Tensor

FFT_FUNCTIONS = ("fftfreq", "rfftfreq")

_OPPOSITE = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}

# -- checks


def _ready(input, norm: str | None):
    if norm not in _OPPOSITE:
        raise RuntimeError(f'Invalid normalization mode: "{norm}"')
    if input.dtype in HALVES:
        raise RuntimeError(f"Unsupported dtype {scalar_name(input.dtype)}")
    return to_float(input)


def _real(name: str, input):
    if kind(input.dtype) == "c":
        raise RuntimeError(
            f"{name} expects a real input tensor, but got {scalar_name(input.dtype)}"
        )
    return input


def _axis(input, dim: int) -> int:
    if not input.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return wrap_dim(dim, input.ndim)


def _points(n: int | None) -> int | None:
    if n is not None and n < 1:
        raise RuntimeError(f"Invalid number of data points ({n}) specified")
    return n


def _over(fn: Callable, input, n: int | None, dim: int, norm: str | None):
    return fn(_ready(input, norm), _points(n), _axis(input, dim), norm)


# -- one dimension


@op(variants="fo", namespace="fft", grad_name="FftR2CBackward0")
def fft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None):
    return _over(jnp.fft.fft, input, n, dim, norm)


@op(variants="fo", namespace="fft", grad_name="FftC2CBackward0")
def ifft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None):
    return _over(jnp.fft.ifft, input, n, dim, norm)


@op(variants="fo", namespace="fft", grad_name="FftR2CBackward0")
def rfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None):
    """The transform of real input: its first n // 2 + 1 coefficients."""
    return _over(jnp.fft.rfft, _real("rfft", input), n, dim, norm)


@op(variants="fo", namespace="fft", grad_name="FftC2RBackward0")
def irfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None):
    """n real values (by default 2 * (m - 1)) from their first coefficients."""
    return _over(jnp.fft.irfft, input, n, dim, norm)


@op(variants="fo", namespace="fft", grad_name="FftC2RBackward0")
def hfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None):
    """The real transform of a Hermitian signal given by its first half."""
    return _over(jnp.fft.hfft, input, n, dim, norm)


@op(variants="fo", namespace="fft", grad_name="FftR2CBackward0")
def ihfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None):
    return _over(jnp.fft.ihfft, _real("ihfft", input), n, dim, norm)


# -- several dimensions


def _grid(input, s, dim) -> tuple[list[int | None], list[int]]:
    """Numbers of points and axes."""
    sizes = None if s is None else [s] if isinstance(s, int) else list(s)
    dims = None if dim is None else [dim] if isinstance(dim, int) else list(dim)
    if dims is None:
        count = input.ndim if sizes is None else len(sizes)
        if count > input.ndim:
            raise RuntimeError("Got shape with more values than input tensor dimensions.")
        dims = list(range(input.ndim - count, input.ndim))
    axes = [_axis(input, d) for d in dims]
    if len(set(axes)) < len(axes):
        raise RuntimeError("FFT dims must be unique")
    if sizes is None:
        return [None] * len(axes), axes
    if len(sizes) != len(axes):
        raise RuntimeError("When given, dim and shape arguments must have the same length")
    return [_points(None if n == -1 else n) for n in sizes], axes


def _several(input, s, dim, norm, each: Callable, last: Callable | None = None, first: bool = True):
    """`each` over all axes; or `last` over the last one, before (`first`) or after the others."""
    input = _ready(input, norm)
    sizes, axes = _grid(input, s, dim)
    pairs = list(zip(sizes, axes, strict=True))
    if not pairs:
        return input
    steps = [(each, n, axis) for n, axis in pairs]
    if last is not None:
        final = (last, *pairs[-1])
        steps = [final, *steps[-2::-1]] if first else [*steps[:-1], final]
    for fn, n, axis in steps:
        input = fn(input, n, axis, norm)
    return input


@op(variants="fo", namespace="fft", grad_name="FftC2CBackward0")
def fftn(input: Tensor, s: Size | None = None, dim: Dims = None, norm: str | None = None):
    return _several(input, s, dim, norm, jnp.fft.fft) + 0j


@op(variants="fo", namespace="fft", grad_name="FftC2CBackward0")
def ifftn(input: Tensor, s: Size | None = None, dim: Dims = None, norm: str | None = None):
    return _several(input, s, dim, norm, jnp.fft.ifft) + 0j


@op(variants="fo", namespace="fft", grad_name="FftR2CBackward0")
def rfftn(input: Tensor, s: Size | None = None, dim: Dims = None, norm: str | None = None):
    return _several(_real("rfftn", input), s, dim, norm, jnp.fft.fft, jnp.fft.rfft)


@op(variants="fo", namespace="fft", grad_name="FftC2RBackward0")
def irfftn(input: Tensor, s: Size | None = None, dim: Dims = None, norm: str | None = None):
    return _several(input, s, dim, norm, jnp.fft.ifft, jnp.fft.irfft, first=False)


@op(variants="fo", namespace="fft", grad_name="FftC2RBackward0")
def hfftn(input: Tensor, s: Size | None = None, dim: Dims = None, norm: str | None = None):
    return _several(input, s, dim, norm, jnp.fft.fft, jnp.fft.hfft, first=False)


@op(variants="fo", namespace="fft", grad_name="FftR2CBackward0")
def ihfftn(input: Tensor, s: Size | None = None, dim: Dims = None, norm: str | None = None):
    return _several(_real("ihfftn", input), s, dim, norm, jnp.fft.ifft, jnp.fft.ihfft)


@op(variants="fo", namespace="fft", grad_name="FftC2CBackward0")
def fft2(input: Tensor, s: Size | None = None, dim: Dims = (-2, -1), norm: str | None = None):
    return fftn.fn(input, s, dim, norm)


@op(variants="fo", namespace="fft", grad_name="FftC2CBackward0")
def ifft2(input: Tensor, s: Size | None = None, dim: Dims = (-2, -1), norm: str | None = None):
    return ifftn.fn(input, s, dim, norm)


@op(variants="fo", namespace="fft", grad_name="FftR2CBackward0")
def rfft2(input: Tensor, s: Size | None = None, dim: Dims = (-2, -1), norm: str | None = None):
    return rfftn.fn(input, s, dim, norm)


@op(variants="fo", namespace="fft", grad_name="FftC2RBackward0")
def irfft2(input: Tensor, s: Size | None = None, dim: Dims = (-2, -1), norm: str | None = None):
    return irfftn.fn(input, s, dim, norm)


@op(variants="fo", namespace="fft", grad_name="FftC2RBackward0")
def hfft2(input: Tensor, s: Size | None = None, dim: Dims = (-2, -1), norm: str | None = None):
    return hfftn.fn(input, s, dim, norm)


@op(variants="fo", namespace="fft", grad_name="FftR2CBackward0")
def ihfft2(input: Tensor, s: Size | None = None, dim: Dims = (-2, -1), norm: str | None = None):
    return ihfftn.fn(input, s, dim, norm)


# -- helpers


@op(variants="f", namespace="fft", grad_name="RollBackward0")
def fftshift(input: Tensor, dim: Dims = None):
    """The zero frequency moved to the middle."""
    return jnp.fft.fftshift(input, dim)


@op(variants="f", namespace="fft", grad_name="RollBackward0")
def ifftshift(input: Tensor, dim: Dims = None):
    """The inverse of fftshift."""
    return jnp.fft.ifftshift(input, dim)


def _frequencies(values: np.ndarray, dtype, device, requires_grad: bool, out):
    dtype = _dtypes.get_default_dtype() if dtype is None else dtype
    result = from_array(values.astype(dtype.np), requires_grad=requires_grad, device=device)
    return result if out is None else store_out(out, result)


def fftfreq(n, d=1.0, *, out=None, dtype=None, device=None, requires_grad=False):
    """The frequencies of fft's coefficients for samples d apart."""
    return _frequencies(np.fft.fftfreq(n, d), dtype, device, requires_grad, out)


def rfftfreq(n, d=1.0, *, out=None, dtype=None, device=None, requires_grad=False):
    """The frequencies of rfft's coefficients for samples d apart."""
    return _frequencies(np.fft.rfftfreq(n, d), dtype, device, requires_grad, out)
