"""torch.signal.windows."""

import pytest

import jtorch as torch

windows = torch.signal.windows
NAMES = [n for n in windows.__all__ if n != "general_cosine"]


@pytest.mark.parametrize("name", NAMES)
def test_symmetric_windows_are_and_periodic_ones_are_one_point_longer(name):
    window = getattr(windows, name)
    even = window(9, dtype=torch.float64)
    assert torch.allclose(even, even.flip(0))
    periodic = window(8, sym=False, dtype=torch.float64)
    if name != "exponential":
        assert torch.allclose(periodic, even[:-1])
    assert window(0).shape == (0,)
    assert window(1).tolist() == [1]


def test_hann_is_a_sum_of_cosines():
    assert torch.allclose(windows.hann(7), windows.general_cosine(7, a=[0.5, 0.5]))


def test_what_is_refused():
    with pytest.raises(ValueError, match="general_cosine requires non-negative window length"):
        windows.hann(-1)
    with pytest.raises(ValueError, match="expects float32 or float64 dtypes, got: torch.int32"):
        windows.kaiser(5, dtype=torch.int32)
    with pytest.raises(ValueError, match="Tau must be positive"):
        windows.exponential(5, tau=0)
