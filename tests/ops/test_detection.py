"""Regions of feature maps: against loops over boxes, bins and pixels, and against differences."""

import math

import numpy as np
import pytest

import jtorch as torch
from jtorch.ops import detection, detection_deform, detection_ps

RNG = np.random.default_rng(0)
ROIS = torch.tensor([[0, 0.3, 0.8, 4.1, 5.2], [1, 1, 2, 6.5, 3.5], [0, -2, -3, 2, 2.2]])


def image(channels=4, height=6, width=7):
    return RNG.standard_normal((2, channels, height, width)).astype(np.float32)


# -- nms


def overlap(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    inter = max(width, 0) * max(height, 0)
    area = sum((x[2] - x[0]) * (x[3] - x[1]) for x in (a, b))
    return inter / (area - inter)


@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.9])
def test_nms(threshold):
    corners = RNG.random((60, 2, 2)) * 10
    boxes = np.concatenate([corners.min(1), corners.max(1)], 1)
    scores = np.round(RNG.random(60), 1)  # with ties
    kept = []
    for i in np.argsort(-scores, kind="stable"):
        if all(overlap(boxes[i], boxes[j]) <= threshold for j in kept):
            kept.append(int(i))
    found = detection.nms(torch.from_numpy(boxes), torch.from_numpy(scores), threshold)
    assert found.tolist() == kept and found.dtype == torch.int64


def test_nms_keeps_what_overlaps_by_just_the_threshold():
    boxes = torch.tensor([[0, 0, 2, 1.0], [0, 0, 1, 1], [0, 0, 2, 1]])
    scores = torch.tensor([0.5, 0.9, 0.5])
    assert detection.nms(boxes, scores, 0.5).tolist() == [1, 0]
    assert detection.nms(boxes, scores, 0.49).tolist() == [1]
    assert detection.nms(boxes[:0], scores[:0], 0.5).shape == (0,)


def test_nms_refuses():
    with pytest.raises(NotImplementedError, match="\"nms_kernel\" not implemented for 'Half'"):
        detection.nms(torch.zeros(1, 4).half(), torch.zeros(1).half(), 0.5)
    with pytest.raises(RuntimeError, match="vmap"):
        torch.vmap(lambda b, s: detection.nms(b, s, 0.5))(torch.zeros(2, 3, 4), torch.zeros(2, 3))


# -- regions


def between(plane, y, x):
    height, width = plane.shape
    if not (-1 <= y <= height and -1 <= x <= width):
        return 0.0
    y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
    y0, x0 = int(y), int(x)
    y1, x1 = min(y0 + 1, height - 1), min(x0 + 1, width - 1)
    dy, dx = y - y0, x - x0
    top = plane[y0, x0] * (1 - dx) + plane[y0, x1] * dx
    return top * (1 - dy) + (plane[y1, x0] * (1 - dx) + plane[y1, x1] * dx) * dy


def aligned(plane, roi, pooled, ratio, offset, smallest):
    """One channel of one region, bin by bin and sample by sample."""
    left, top, right, bottom = (v - offset for v in roi)
    width, height = max(right - left, smallest), max(bottom - top, smallest)
    bin_h, bin_w = height / pooled[0], width / pooled[1]
    rows, columns = (ratio or math.ceil(b) for b in (bin_h, bin_w))
    out = np.zeros(pooled)
    for p, q in np.ndindex(*pooled):
        for i, j in np.ndindex(rows, columns):
            y = top + p * bin_h + (i + 0.5) * bin_h / rows
            x = left + q * bin_w + (j + 0.5) * bin_w / columns
            out[p, q] += between(plane, y, x) / max(rows * columns, 1)
    return out


@pytest.mark.parametrize("ratio", [0, 2])
@pytest.mark.parametrize("is_aligned", [True, False])
def test_roi_align(ratio, is_aligned):
    x = image()
    found = detection.roi_align(torch.from_numpy(x), ROIS, 0.9, 2, 3, ratio, is_aligned).numpy()
    for k, (n, *roi) in enumerate(ROIS.tolist()):
        for c in range(4):
            frame = ((2, 3), ratio, 0.5 * is_aligned, -np.inf if is_aligned else 1)
            want = aligned(x[int(n), c], [0.9 * v for v in roi], *frame)
            np.testing.assert_allclose(found[k, c], want, atol=1e-5)


def test_ps_roi_align():
    x = image(12)
    found, mapping = detection_ps.ps_roi_align(torch.from_numpy(x), ROIS, 1.0, 2, 3, 0)
    for k, (n, *roi) in enumerate(ROIS.tolist()):
        for c, p, q in np.ndindex(2, 2, 3):
            channel = (c * 2 + p) * 3 + q
            want = aligned(x[int(n), channel], roi, (2, 3), 0, 0.5, -np.inf)[p, q]
            np.testing.assert_allclose(found[k, c, p, q].item(), want, atol=1e-5)
            assert mapping[k, c, p, q].item() == channel


def spans(start, extent, pooled, size):
    start = math.floor(start + 0.5)
    for p in range(pooled):
        low = math.floor(p * extent / pooled) + start
        high = math.ceil((p + 1) * extent / pooled) + start
        yield slice(min(max(low, 0), size), min(max(high, 0), size))


def test_roi_pool():
    x = image()
    found, places = detection.roi_pool(torch.from_numpy(x), ROIS, 1.0, 2, 2)
    for k, (n, left, top, right, bottom) in enumerate(ROIS.tolist()):
        down = max(math.floor(bottom + 0.5) - math.floor(top + 0.5) + 1, 1)
        across = max(math.floor(right + 0.5) - math.floor(left + 0.5) + 1, 1)
        for p, rows in enumerate(spans(top, down, 2, 6)):
            for q, columns in enumerate(spans(left, across, 2, 7)):
                part = x[int(n), :, rows, columns].reshape(4, -1)
                value, place = found[k, :, p, q], places[k, :, p, q]
                if not part.size:
                    assert value.tolist() == [0] * 4 and place.tolist() == [-1] * 4
                    continue
                np.testing.assert_array_equal(value.numpy(), part.max(1))
                flat = x[int(n)].reshape(4, -1)
                np.testing.assert_array_equal(flat[range(4), place.numpy()], part.max(1))


# -- gradients: each backward is the transpose of its forward


def dot(a, b):
    return float((a.double() * b.double()).sum())


@pytest.mark.parametrize("ratio", [0, 2])
def test_gradients_of_pooling(ratio):
    x = torch.from_numpy(image(12))
    size, g = tuple(x.shape), torch.from_numpy(RNG.standard_normal((3, 12, 2, 3)))
    g = g.float()
    back = detection.roi_align_backward(g, ROIS, 1.0, 2, 3, *size, ratio, True)
    out = detection.roi_align(x, ROIS, 1.0, 2, 3, ratio, True)
    assert abs(dot(out, g) - dot(x, back)) < 1e-3
    out, places = detection.roi_pool(x, ROIS, 1.0, 2, 3)
    back = detection.roi_pool_backward(g, ROIS, places, 1.0, 2, 3, *size)
    assert abs(dot(out, g) - dot(x, back)) < 1e-3
    g = g[:, :2]
    out, places = detection_ps.ps_roi_align(x, ROIS, 1.0, 2, 3, ratio)
    back = detection_ps.ps_roi_align_backward(g, ROIS, places, 1.0, 2, 3, ratio, *size)
    assert abs(dot(out, g) - dot(x, back)) < 1e-3


# -- deformable convolution


def test_deform_conv2d_without_displacement_is_a_convolution():
    x, weight = torch.from_numpy(image()), torch.from_numpy(image(2, 3, 3))
    weight = weight.repeat(3, 1, 1, 1)  # (6, 2, 3, 3), two groups
    bias, offset, mask = torch.arange(6.0), torch.zeros(2, 36, 3, 4), torch.ones(2, 18, 3, 4)
    frame = (2, 2, 1, 1, 1, 1, 2, 2, True)
    found = detection_deform.deform_conv2d(x, weight, offset, mask, bias, *frame)
    want = torch.nn.functional.conv2d(x, weight, bias, stride=2, padding=1, groups=2)
    np.testing.assert_allclose(found.numpy(), want.numpy(), atol=1e-4)


def test_deform_conv2d_gradients():
    shapes = ((1, 2, 4, 4), (2, 2, 2, 2), (1, 8, 3, 3), (1, 4, 3, 3), (2,))
    tensors = [torch.from_numpy(RNG.standard_normal(shape)) for shape in shapes]
    frame = (1, 1, 0, 0, 1, 1, 1, 1, True)

    def loss(*given):
        return float(detection_deform.deform_conv2d(*given, *frame).sum())

    ones = torch.ones(1, 2, 3, 3, dtype=torch.float64)
    grads = detection_deform.deform_conv2d_backward(ones, *tensors, *frame)
    for k, (x, grad) in enumerate(zip(tensors, grads, strict=True)):
        step = torch.from_numpy(RNG.standard_normal(tuple(x.shape)) * 1e-6)
        ahead, behind = (
            loss(*tensors[:k], moved, *tensors[k + 1 :]) for moved in (x + step, x - step)
        )
        assert abs((ahead - behind) / 2 - float((grad * step).sum())) < 1e-10
