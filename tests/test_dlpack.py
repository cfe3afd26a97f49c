"""DLPack with NumPy and JAX."""

import gc
import sys

import jax.numpy as jnp
import numpy as np
import pytest

import jtorch as torch
from jtorch.utils import dlpack


def test_numpy_sees_what_is_written():
    x = torch.arange(6.0).reshape(2, 3)
    array = np.from_dlpack(x)
    x.add_(1)
    assert array.tolist() == [[1, 2, 3], [4, 5, 6]]
    array[0, 0] = 9
    assert x[0, 0] == 9 and array.ctypes.data == x.data_ptr()
    assert np.from_dlpack(x.t()).strides == (4, 12)


def test_memory_of_numpy_is_seen_and_given_back():
    array = np.arange(4, dtype=np.int16)
    count = sys.getrefcount(array)
    x = torch.from_dlpack(array)
    x[1] = 7
    array[0] = 5
    assert x.tolist() == array.tolist() == [5, 7, 2, 3] and x.data_ptr() == array.ctypes.data
    del x
    gc.collect()
    assert sys.getrefcount(array) == count


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float8_e5m2, torch.bool, torch.complex64])
def test_capsules(dtype):
    x = torch.ones(2, 3).to(dtype)
    capsule = dlpack.to_dlpack(x)
    again = dlpack.from_dlpack(capsule)
    assert again.dtype is dtype and again.data_ptr() == x.data_ptr()
    x.zero_()
    assert again.float().sum() == 0 if not dtype.is_complex else (again == 0).all()
    with pytest.raises(RuntimeError, match="from_dlpack received an invalid capsule"):
        torch.from_dlpack(capsule)


def test_jax_arrays():
    array = jnp.arange(3, dtype=jnp.bfloat16)
    x = torch.from_dlpack(array)
    assert x.dtype is torch.bfloat16 and x.tolist() == [0, 1, 2]
    x.add_(1)
    assert array.tolist() == [0, 1, 2]  # JAX arrays never change
    back = jnp.from_dlpack(torch.arange(3.0))
    assert back.tolist() == [0, 1, 2] and back.dtype == jnp.float32


def test_what_cannot_be_exported():
    with pytest.raises(BufferError, match="Can't export tensors that require gradient"):
        np.from_dlpack(torch.ones(2, requires_grad=True))
    with pytest.raises(BufferError, match="Can't export tensors with the conjugate bit set"):
        np.from_dlpack(torch.ones(2, dtype=torch.complex64).conj())
    with pytest.raises(BufferError, match="Cannot pack tensors on meta"):
        torch.ones(2, device="meta").__dlpack__()


def test_an_unused_capsule_gives_its_memory_back():
    x = torch.ones(1000)
    for _ in range(3):
        x.__dlpack__()
    x.add_(1)
    assert x.sum() == 2000
    store = x._share().store
    x.sum()
    assert store.host is None or not store.host.alive()
