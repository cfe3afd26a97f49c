"""torchvision's compiled ops beside jtorch's: the same arguments, values, gradients and errors."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

import jtorch
from compat.vision import shim

SPEC = importlib.util.find_spec("torchvision")
if SPEC is None or SPEC.origin is None:
    pytest.skip("torchvision is not installed", allow_module_level=True)
try:
    shim.install()
except FileNotFoundError as error:
    pytest.skip(f"no C compiler: {error}", allow_module_level=True)

import torchvision  # noqa: E402, F401

jtorch.ops.load_library(Path(SPEC.origin).parent / "_C.so")
THEIRS, OURS = torch.ops.torchvision, jtorch.ops.torchvision
TOLERANCE = {torch.float16: 2e-2, torch.float32: 1e-4, torch.float64: 1e-10}


def ours(x):
    return jtorch.from_numpy(x.detach().numpy().copy()) if isinstance(x, torch.Tensor) else x


def same(name, *args):
    """Both ops, values compared; returns torch's result."""
    want, got = getattr(THEIRS, name)(*args), getattr(OURS, name)(*map(ours, args))
    single = isinstance(want, torch.Tensor)
    for a, b in zip([want] if single else want, [got] if single else got, strict=True):
        assert tuple(a.shape) == tuple(b.shape) and str(a.dtype) == str(b.dtype)
        if a.dtype.is_floating_point:
            tolerance = TOLERANCE[a.dtype]
            np.testing.assert_allclose(b.numpy(), a.numpy(), rtol=tolerance, atol=tolerance)
        else:
            np.testing.assert_array_equal(b.numpy(), a.numpy())
    return want


def boxes(count, size, generator, wild=False):
    """(count, 4), inside an image of that size, or partly outside and inverted."""
    low, high = (-0.5, 1.5) if wild else (0, 1)
    corners = (torch.rand(count, 4, generator=generator) * (high - low) + low) * size
    if wild:
        return corners
    return torch.cat([corners.view(-1, 2, 2).amin(1), corners.view(-1, 2, 2).amax(1)], 1)


@pytest.mark.parametrize("seed", range(12))
def test_nms(seed):
    g = torch.Generator().manual_seed(seed)
    dtype = torch.float64 if seed % 4 == 3 else torch.float32
    corners = boxes([0, 1, 40, 300][seed % 4], 20, g, wild=seed % 5 == 4)
    scores = torch.rand(len(corners), generator=g)
    if seed % 2:  # ties, of scores and of overlaps with the threshold
        scores, corners = (scores * 4).round() / 4, corners.round()
    for threshold in (0.0, 0.3, 0.5, 1.0):
        same("nms", corners.to(dtype), scores.to(dtype), threshold)


def rois(seed, g, size):
    wild = seed % 3 == 2 and seed % 4 != 1  # torch throws where sizes of grids are negative
    corners = boxes(7, size, g, wild)
    if seed % 4 == 1:
        corners = corners.round()
    image = torch.randint(0, 2, (7, 1), generator=g).float()
    return torch.cat([image, corners], 1)


def cases():
    for seed in range(8):  # programs are shared by those of one dtype and ratio
        dtype = (torch.float32, torch.float64, torch.float16)[seed % 3 if seed > 5 else 0]
        g = torch.Generator().manual_seed(seed)
        x = torch.randn(2, 12, 9, 7, generator=g).to(dtype)
        scale = [1.0, 0.5, 0.3][seed % 3]
        yield seed, g, x, rois(seed, g, 8 / scale).to(dtype), scale


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: str(case[0]))
@pytest.mark.parametrize("name", ["roi_align", "roi_pool", "ps_roi_align", "ps_roi_pool"])
def test_regions(name, case):
    seed, g, x, regions, scale = case
    pooled = (2, 3)
    extra = {
        "roi_align": (seed % 4 - 1, bool(seed % 2)),
        "ps_roi_align": (seed % 4 - 1,),
    }.get(name, ())
    result = same(name, x, regions, scale, *pooled, *extra)
    result = result if isinstance(result, tuple) else (result,)
    grad = torch.randn(result[0].shape, generator=g).to(x.dtype)
    if name == "roi_align":
        same("_roi_align_backward", grad, regions, scale, *pooled, *x.shape, *extra)
    else:
        same(f"_{name}_backward", grad, regions, result[1], scale, *pooled, *extra, *x.shape)


@pytest.mark.parametrize("seed", range(5))
def test_deform_conv2d(seed):
    g = torch.Generator().manual_seed(seed)
    groups, offset_groups = [(1, 1), (2, 1), (1, 3), (2, 3)][seed % 4]
    stride, pad, dilation = (1, 2), (1, 0), (1, 2) if seed % 2 else (2, 1)
    dtype = torch.float64 if seed == 4 else torch.float32

    def draw(*shape):
        return torch.randn(shape, generator=g).to(dtype)

    size = [(n + 2 * p - d * 2 - 1) // s + 1 for n, p, d, s in zip((9, 8), pad, dilation, stride)]
    taps = 9 * offset_groups
    tensors = (
        draw(2, 6, 9, 8), draw(4, 6 // groups, 3, 3), draw(2, 2 * taps, *size) * 2,
        draw(2, taps, *size), draw(4),
    )  # fmt: skip
    frame = (*stride, *pad, *dilation, groups, offset_groups, seed % 3 != 1)
    result = same("deform_conv2d", *tensors, *frame)
    same("_deform_conv2d_backward", draw(*result.shape), *tensors, *frame)


X, ROIS = torch.zeros(2, 8, 6, 5), torch.tensor([[0, 0.0, 0, 4, 4], [1, 1, 1, 3, 5]])
BOXES, SCORES = ROIS[:, 1:], torch.tensor([0.5, 0.6])
DEFORM = (X, torch.ones(3, 8, 3, 3), torch.zeros(2, 18, 4, 3), torch.zeros(2, 9, 4, 3))
PLAIN = (1, 1, 0, 0, 1, 1, 1, 1, True)


def deform(at, value, frame=PLAIN):
    tensors = [*DEFORM, torch.zeros(3)]
    if at is not None:
        tensors[at] = value
    return ("deform_conv2d", *tensors, *frame)


WRONG = [
    ("nms", BOXES[0], SCORES, 0.5), ("nms", ROIS, SCORES, 0.5), ("nms", BOXES, SCORES[None], 0.5),
    ("nms", BOXES, SCORES[:1], 0.5), ("nms", BOXES, SCORES.double(), 0.5),
    ("nms", BOXES.half(), SCORES.half(), 0.5), ("nms", BOXES.long(), SCORES.long(), 0.5),
    ("nms", BOXES), ("nms", BOXES, SCORES, "a"),
    *[
        (name, *given, 1.0, 2, 2, *extra)
        for name, extra in (
            ("roi_align", (2, False)), ("roi_pool", ()), ("ps_roi_align", (2,)), ("ps_roi_pool", ())
        )
        for given in ((X, ROIS.double()), (X[0], ROIS), (X.bfloat16(), ROIS.bfloat16()),
                      (X.long(), ROIS.long()), (X, BOXES), (X, ROIS[0]), (X[:, :7], ROIS))
        if name != "roi_pool" or (given[0].shape[1] == 8 and given[1].shape == ROIS.shape)
        if name != "roi_align" or given[0].shape[1] == 8
    ],
    deform(0, X[0]), deform(1, DEFORM[1][0]), deform(2, DEFORM[2][0]), deform(3, DEFORM[3][0]),
    deform(0, X[:, :7]), deform(2, DEFORM[2][:, :16]), deform(3, DEFORM[3][:, :8]),
    deform(2, DEFORM[2][:, :, :3]), deform(3, DEFORM[3][:, :, :3]), deform(2, DEFORM[2][:1]),
    deform(3, DEFORM[3][:1]), deform(None, None, (1, 1, -1, 0, 1, 1, 1, 1, True)),
    deform(None, None, (1, 1, 0, 0, 0, 1, 1, 1, True)),
    deform(1, DEFORM[1][:, :4], (*PLAIN[:6], 2, 1, True)),
    deform(None, None, (*PLAIN[:6], 1, 3, True)), deform(1, DEFORM[1].double()),
    deform(2, DEFORM[2].double()), deform(4, torch.zeros(2)),
    deform(None, None, (1, 1, 0, 0, 5, 1, 1, 1, True)),
]  # fmt: skip


@pytest.mark.parametrize("call", WRONG, ids=lambda call: call[0])
def test_errors(call):
    name, *args = call
    with pytest.raises(Exception) as theirs:
        getattr(THEIRS, name)(*args)
    with pytest.raises(type(theirs.value)) as found:
        getattr(OURS, name)(*map(ours_any, args))
    assert str(found.value).split("\n")[0] == str(theirs.value).split("\n")[0]


def ours_any(x):
    if isinstance(x, torch.Tensor) and x.dtype == torch.bfloat16:
        return ours(x.float()).bfloat16()
    return ours(x)
