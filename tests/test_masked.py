"""torch.masked: what a mask excludes has no influence, in values or gradients."""

import pytest

import jtorch as torch
from jtorch import masked

NAN = float("nan")


def given():
    x = torch.tensor([[1.0, NAN, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    return x, torch.tensor([[True, False, True], [False, False, False]])


def test_reductions_leave_out_what_is_excluded():
    x, mask = given()
    assert masked.sum(x, 1, mask=mask).tolist() == [4, 0]
    assert masked.prod(x, 1, mask=mask).tolist() == [3, 1]
    assert masked.amax(x, 1, mask=mask).tolist() == [3, float("-inf")]
    assert masked.mean(x, mask=mask).item() == 2
    assert masked.var(x, 1, mask=mask)[0].item() == 2
    assert masked.median(x, 1, mask=mask)[0].item() == 1


def test_gradients_are_zero_where_excluded():
    x, mask = given()
    masked.sum(x, mask=mask).backward()
    assert x.grad.tolist() == mask.float().tolist()


def test_softmax_of_what_is_kept():
    x, mask = given()
    row = masked.softmax(x, 1, mask=mask)[0]
    assert row[1].item() == 0
    assert row.sum().item() == pytest.approx(1)


def test_masks_of_more_dimensions_are_refused():
    x, mask = given()
    with pytest.raises(IndexError, match="expected broadcastable mask"):
        masked.sum(x, mask=mask[None])


def test_masked_tensors_say_that_they_are_not_covered():
    x, mask = given()
    with pytest.raises(NotImplementedError, match=r"torch\.masked\.MaskedTensor is not covered"):
        masked.masked_tensor(x, mask)
    assert not masked.is_masked_tensor(x)
