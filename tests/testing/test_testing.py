"""torch.testing by itself."""

import pytest

import jtorch as torch
from jtorch.testing import assert_close, make_tensor


def test_what_is_close():
    assert_close(torch.ones(3), torch.ones(3) + 1e-7)
    assert_close({"a": [1, None, torch.arange(3)]}, {"a": (1, None, torch.arange(3))})
    assert_close(1.0, 1.0 + 1e-8)
    assert_close(torch.ones(2), torch.ones(2).double(), check_dtype=False)


def test_what_differs_is_said():
    with pytest.raises(AssertionError) as caught:
        assert_close({"w": torch.tensor([1.0, 2, 3])}, {"w": torch.tensor([1.0, 2, 4])})
    assert str(caught.value) == (
        "Tensor-likes are not close!\n\n"
        "Mismatched elements: 1 / 3 (33.3%)\n"
        "Greatest absolute difference: 1.0 at index (2,) (up to 1e-05 allowed)\n"
        "Greatest relative difference: 0.25 at index (2,) (up to 1.3e-06 allowed)\n\n"
        "The failure occurred for item ['w']"
    )
    with pytest.raises(AssertionError, match="^mine$"):
        assert_close(1, 2, msg="mine")
    with pytest.raises(TypeError, match="No comparison pair was able to handle inputs of type"):
        assert_close("a", "a")
    with pytest.raises(ValueError, match="but got no atol"):
        assert_close(1, 1, rtol=1)
    with pytest.warns(FutureWarning, match="assert_allclose"):
        torch.testing.assert_allclose(torch.ones(1), torch.ones(1) + 1e-5)


@pytest.mark.parametrize("dtype", [torch.bool, torch.int8, torch.float16, torch.complex64])
def test_made_tensors(dtype):
    x = make_tensor(4, 5, dtype=dtype, device="cpu", noncontiguous=True, exclude_zero=True)
    assert x.dtype is dtype and x.shape == (4, 5)
    assert bool((x != 0).all())
    assert not make_tensor(2, 3, dtype=dtype, device="cpu", noncontiguous=True).is_contiguous()
    assert make_tensor((), dtype=dtype, device="cpu").shape == ()


def test_what_cannot_be_made():
    with pytest.raises(ValueError, match="only supports"):
        make_tensor(2, dtype=torch.uint8, device="cpu", low=300, high=400)
    with pytest.raises(ValueError, match="`requires_grad=True` is not supported"):
        make_tensor(2, dtype=torch.int8, device="cpu", requires_grad=True)
    with pytest.raises(AttributeError, match=r"torch\.testing\.FileCheck"):
        torch.testing.FileCheck
