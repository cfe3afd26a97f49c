"""Convolution, pooling and normalisation against a few lines of NumPy."""

import itertools

import jax
import numpy as np
import pytest
from jax.test_util import check_grads

import jtorch as torch
from jtorch.nn import functional as F
from jtorch.ops import _convolution as maps

RANDOM = np.random.RandomState(0)


def normal(*shape):
    return RANDOM.normal(size=shape)


def convolved(x, w, window):
    """The definition, one window at a time."""
    x = np.pad(x, [(0, 0), (0, 0), *window.pads])
    each, per = w.shape[1], w.shape[0] // window.groups
    spans = [d * (k - 1) + 1 for d, k in zip(window.dilation, w.shape[2:])]
    count = [(n - r) // s + 1 for n, r, s in zip(x.shape[2:], spans, window.stride)]
    out = np.zeros((x.shape[0], w.shape[0], *count))
    for place in itertools.product(*map(range, count)):
        cut = tuple(
            slice(i * s, i * s + r, d)
            for i, s, r, d in zip(place, window.stride, spans, window.dilation)
        )
        for o in range(w.shape[0]):
            g = o // per
            part = x[(slice(None), slice(g * each, (g + 1) * each), *cut)]
            out[(slice(None), o, *place)] = (part * w[o]).sum(tuple(range(1, part.ndim)))
    return out


CASES = {
    "dense": ((2, 3, 6, 5), (4, 3, 3, 2), maps.Window((2, 1), ((1, 1), (0, 2)), (1, 2), 1)),
    "one channel": ((2, 1, 6, 5), (4, 1, 3, 2), maps.Window((1, 1), ((1, 1), (0, 0)), (1, 1), 1)),
    "depthwise": ((2, 3, 6, 5), (3, 1, 3, 2), maps.Window((2, 1), ((3, 1), (0, 2)), (1, 2), 3)),
    "multiplied": ((2, 3, 6, 5), (6, 1, 3, 2), maps.Window((1, 1), ((1, 1), (0, 0)), (1, 1), 3)),
    "groups": ((1, 4, 6, 5), (6, 2, 3, 2), maps.Window((2, 1), ((1, 1), (0, 0)), (1, 1), 2)),
    "many groups": ((1, 18, 4), (9, 2, 3), maps.Window((2,), ((1, 1),), (1,), 9)),
    "solid": ((1, 2, 4, 5, 4), (3, 2, 3, 2, 2), maps.Window((1, 2, 1), ((1, 1),) * 3, (1,) * 3, 1)),
}


@pytest.mark.parametrize("name", CASES)
def test_the_three_maps_of_convolution(name):
    shape, kernel, window = CASES[name]
    x, w = normal(*shape), normal(*kernel)
    y = maps.output_of(x, w, window)
    np.testing.assert_allclose(y, convolved(x, w, window), atol=1e-12)
    g = normal(*y.shape)
    # <C(x, w), g> = <x, T(g, w)> = <w, W(x, g)>
    size = (y * g).sum()
    assert np.isclose((x * maps.input_of(g, w, window, x.shape[2:])).sum(), size)
    assert np.isclose((w * maps.weight_of(x, g, window, w.shape[2:])).sum(), size)


def test_convolution_differentiates_twice():
    shape, kernel, window = CASES["dense"]
    x, w = normal(*shape), normal(*kernel)
    grad = jax.grad(lambda x, w: (maps.output_of(x, w, window) ** 2).sum(), (0, 1))
    check_grads(grad, (x, w), order=1, modes=["rev"])


def test_transposed_convolution_undoes_the_size():
    x = torch.ones(1, 3, 5, 7)
    y = F.conv2d(x, torch.ones(4, 3, 3, 3), stride=2, padding=1)
    back = F.conv_transpose2d(y, torch.ones(4, 3, 3, 3), stride=2, padding=1)
    assert back.shape == x.shape
    more = F.conv_transpose2d(y, torch.ones(4, 3, 3, 3), stride=2, padding=1, output_padding=1)
    assert more.shape == (1, 3, 6, 8)


def test_errors_of_convolution():
    message = r"Given groups=1, weight of size \[6, 3, 5, 5\], expected input\[4, 1, 32, 32\] to"
    with pytest.raises(RuntimeError, match=message):
        F.conv2d(torch.ones(4, 1, 32, 32), torch.ones(6, 3, 5, 5))
    with pytest.raises(RuntimeError, match="Kernel size can't be greater than actual input size"):
        F.conv1d(torch.ones(1, 1, 3), torch.ones(1, 1, 5))


def test_the_first_of_equals_gets_the_gradient():
    x = torch.tensor([[[[1.0, 2, 2], [2, 2, 0], [0, 0, 0]]]], requires_grad=True)
    F.max_pool2d(x, 2).sum().backward()
    assert x.grad.tolist() == [[[[0, 1, 0], [0, 0, 0], [0, 0, 0]]]]
    x.grad = None
    F.max_pool2d(x, 2, stride=1).sum().backward()
    assert x.grad.tolist() == [[[[0, 2, 0], [1, 1, 0], [0, 0, 0]]]]


@pytest.mark.parametrize(("kernel", "stride", "padding"), [(2, 2, 0), (3, 2, 1), (5, 1, 2)])
def test_pooling(kernel, stride, padding):
    x = normal(2, 3, 7, 8)
    wide = np.pad(x, [(0, 0), (0, 0), (padding,) * 2, (padding,) * 2], constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(wide, (kernel, kernel), (2, 3))
    windows = windows[:, :, ::stride, ::stride]
    most, where = F.max_pool2d(torch.tensor(x), kernel, stride, padding, return_indices=True)
    np.testing.assert_array_equal(most.numpy(), np.nanmax(windows, (-1, -2)))
    flat = x.reshape(2, 3, -1)
    picked = np.take_along_axis(flat, where.numpy().reshape(2, 3, -1), 2)
    np.testing.assert_array_equal(picked.reshape(most.shape), most.numpy())
    mean = F.avg_pool2d(torch.tensor(x), kernel, stride, padding, count_include_pad=False)
    np.testing.assert_allclose(mean.numpy(), np.nanmean(windows, (-1, -2)))


def test_adaptive_windows_cover_the_input():
    x = np.arange(7.0).reshape(1, 1, 7)
    assert F.adaptive_avg_pool1d(torch.tensor(x), 3).tolist() == [[[1, 3, 5]]]
    most, where = F.adaptive_max_pool1d(torch.tensor(x), 3, return_indices=True)
    assert most.tolist() == where.tolist() == [[[2, 4, 6]]]


def test_norms_standardise():
    x = torch.tensor(normal(4, 6, 5) * 3 + 1)
    for y, axes in (
        (F.layer_norm(x, (5,)), 2),
        (F.group_norm(x, 6), 2),
        (F.batch_norm(x, None, None, training=True), (0, 2)),
        (F.instance_norm(x), 2),
    ):
        np.testing.assert_allclose(y.numpy().mean(axes), 0, atol=1e-7)
        np.testing.assert_allclose(y.numpy().var(axes), 1, atol=1e-4)


def test_running_statistics():
    x = normal(4, 3, 5)
    mean, var = torch.zeros(3).double(), torch.ones(3).double()
    F.batch_norm(torch.tensor(x), mean, var, training=True, momentum=0.25)
    np.testing.assert_allclose(mean.numpy(), 0.25 * x.mean((0, 2)))
    np.testing.assert_allclose(var.numpy(), 0.75 + 0.25 * x.var((0, 2), ddof=1))
    y = F.batch_norm(torch.tensor(x), mean, var)
    assert np.allclose(
        y.numpy(), (x - mean.numpy()[:, None]) / (var.numpy()[:, None] + 1e-5) ** 0.5
    )
