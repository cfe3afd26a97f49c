"""Short-time Fourier transforms: overlapping windows of a signal, each transformed, and back."""

from __future__ import annotations

import jax.numpy as jnp

from ._autocast import follows_autocast
from ._declare import op
from ._numeric import kind, real_dtype, to_float
from ._types import Tensor

FUNCTIONS = METHODS = ("istft", "stft")


def _padded_window(window, win_length: int, n_fft: int, dtype):
    """The window in the middle of n_fft points; all ones if there is none."""
    window = jnp.ones(win_length, dtype) if window is None else window
    left = (n_fft - win_length) // 2
    return jnp.pad(window, (left, n_fft - win_length - left))


def _settings(name: str, n_fft: int, hop_length, win_length, window) -> tuple[int, int]:
    hop = n_fft // 4 if hop_length is None else hop_length
    length = n_fft if win_length is None else win_length
    if hop <= 0:
        raise RuntimeError(f"{name}: expected hop_length > 0, but got hop_length={hop}")
    if not 0 < length <= n_fft:
        raise RuntimeError(f"{name}: expected 0 < win_length <= n_fft, but got win_length={length}")
    if window is not None and (window.ndim != 1 or window.shape[0] != length):
        raise RuntimeError(
            f"{name}: expected a 1D window tensor of size equal to win_length={length}, but got "
            f"window with size {list(window.shape)}"
        )
    return hop, length


@op(variants="", name="stft", grad_name="TransposeBackward0")
def _stft(
    input: Tensor,
    window: Tensor | None,
    n_fft: int,
    hop: int,
    win_length: int,
    center: bool,
    pad_mode: str,
    normalized: bool,
    onesided: bool,
):
    x = to_float(input)
    if center:
        sides = [(0, 0)] * (x.ndim - 1) + [(n_fft // 2, n_fft // 2)]
        mode = {
            "reflect": "reflect",
            "constant": "constant",
            "replicate": "edge",
            "circular": "wrap",
        }
        x = jnp.pad(x, sides, mode=mode[pad_mode])
    if not 0 < n_fft <= x.shape[-1]:
        raise RuntimeError(f"stft: expected 0 < n_fft < {x.shape[-1]}, but got n_fft={n_fft}")
    count = 1 + (x.shape[-1] - n_fft) // hop
    index = jnp.arange(count)[:, None] * hop + jnp.arange(n_fft)
    frames = x[..., index] * _padded_window(window, win_length, n_fft, x.dtype)
    norm = "ortho" if normalized else None
    out = (jnp.fft.rfft if onesided else jnp.fft.fft)(frames, norm=norm)
    return jnp.swapaxes(out, -1, -2)


@follows_autocast
def stft(
    input,
    n_fft,
    hop_length=None,
    win_length=None,
    window=None,
    center=True,
    pad_mode="reflect",
    normalized=False,
    onesided=None,
    return_complex=None,
    align_to_window=None,
):
    """(..., L) to (..., frequencies, frames); complex, or real pairs if return_complex is False."""
    if align_to_window is not None:
        raise NotImplementedError("stft(align_to_window=...) is not covered by jtorch")
    if input.ndim not in (1, 2):
        raise RuntimeError(f"stft: expected a 1D or 2D tensor, but got {input.ndim}D tensor")
    is_complex = input.is_complex() or (window is not None and window.is_complex())
    if return_complex is None:
        if not is_complex:
            raise RuntimeError(
                "stft requires the return_complex parameter be given for real inputs, and will "
                "further require that return_complex=True in a future PyTorch release."
            )
        return_complex = True
    onesided = not is_complex if onesided is None else onesided
    hop, length = _settings("stft", n_fft, hop_length, win_length, window)
    out = _stft(
        input, window, n_fft, hop, length, bool(center), pad_mode, bool(normalized), onesided
    )
    return out if return_complex else _pairs(out)


@op(variants="", grad_name="ViewAsRealBackward0")
def _pairs(input: Tensor):
    return jnp.stack([input.real, input.imag], -1)


@op(variants="", name="istft", grad_name="SliceBackward0")
def _istft(
    input: Tensor,
    window: Tensor | None,
    n_fft: int,
    hop: int,
    win_length: int,
    center: bool,
    normalized: bool,
    onesided: bool,
    length: int | None,
    return_complex: bool,
):
    count = input.shape[-1]
    dtype = real_dtype(input.dtype)
    frames = jnp.swapaxes(input, -1, -2)
    norm = "ortho" if normalized else None
    if return_complex:
        frames = jnp.fft.ifft(frames, n_fft, norm=norm)
    else:
        half = frames if onesided else frames[..., : n_fft // 2 + 1]
        frames = jnp.fft.irfft(half, n_fft, norm=norm)
    weights = _padded_window(window, win_length, n_fft, dtype)
    frames = frames * weights
    index = jnp.arange(count)[:, None] * hop + jnp.arange(n_fft)
    total = n_fft + hop * (count - 1)
    out = jnp.zeros((*frames.shape[:-2], total), frames.dtype).at[..., index].add(frames)
    envelope = (
        jnp.zeros(total, weights.dtype).at[index].add(jnp.broadcast_to(weights**2, index.shape))
    )
    start = n_fft // 2 if center else 0
    end = start + length if length is not None else (total - start if center else total)
    out, envelope = out[..., start:end], envelope[start:end]
    out = out / jnp.where(envelope == 0, 1, envelope)
    if length is not None and out.shape[-1] < length:
        out = jnp.pad(out, [(0, 0)] * (out.ndim - 1) + [(0, length - out.shape[-1])])
    return out


def istft(
    input,
    n_fft,
    hop_length=None,
    win_length=None,
    window=None,
    center=True,
    normalized=False,
    onesided=None,
    length=None,
    return_complex=False,
):
    """The signal of a short-time Fourier transform, by overlapping and adding its frames."""
    if kind(input.dtype.np) != "c":
        raise RuntimeError(
            "istft requires a complex-valued input tensor matching the output from stft with "
            "return_complex=True."
        )
    if input.ndim not in (2, 3):
        raise RuntimeError(f"istft: expected a tensor with 2 or 3 dimensions, but got {input.ndim}")
    hop, size = _settings("istft", n_fft, hop_length, win_length, window)
    points = input.shape[-2]
    onesided = points != n_fft if onesided is None else onesided
    want = n_fft // 2 + 1 if onesided else n_fft
    if points != want:
        half = "/ 2 + 1 " if onesided else ""
        raise RuntimeError(
            "istft: expected the frequency dimension (3rd to the last) of the input tensor to "
            f"match n_fft {half}when onesided={onesided}, but got {points}"
        )
    return _istft(
        input, window, n_fft, hop, size, bool(center), bool(normalized), onesided, length,
        bool(return_complex),
    )  # fmt: skip
