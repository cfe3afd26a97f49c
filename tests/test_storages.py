"""Storages: made, read and written, and tensors put over them."""

import numpy as np
import pytest

import jtorch as torch


def test_bytes_and_elements_are_the_same_memory():
    x = torch.arange(4.0)
    memory = x.untyped_storage()
    assert memory.nbytes() == len(memory) == 16
    memory[7] = 0x40  # 1.0 is 0x3f800000, 4.0 is 0x40800000
    assert x.tolist() == [0.0, 4.0, 2.0, 3.0]
    x.fill_(1)
    assert memory.tolist() == list(np.ones(4, np.float32).tobytes())


def test_storage_lies_in_the_order_of_memory():
    x = torch.arange(6).reshape(2, 3).t()
    assert x.untyped_storage()._as_tensor(torch.int64).tolist() == [0, 1, 2, 3, 4, 5]
    assert x.clone().untyped_storage()._as_tensor(torch.int64).tolist() == [0, 1, 2, 3, 4, 5]
    assert x[1:].untyped_storage() == x.untyped_storage()
    assert x.clone().untyped_storage() != x.untyped_storage()


def test_typed_storages():
    made = torch.FloatStorage([1, 2, 3])
    assert isinstance(made, torch.FloatStorage) and isinstance(made, torch.TypedStorage)
    assert not isinstance(made, torch.DoubleStorage) and torch.is_storage(made)
    assert made.double().dtype is torch.float64
    made[0] = 5
    x = torch.Tensor(made)
    x += 1
    assert made.tolist() == [6.0, 3.0, 4.0]
    with pytest.raises(RuntimeError, match="slices are only supported in UntypedStorage"):
        made[1:]


def test_set():
    x, y = torch.zeros(2), torch.arange(6.0)
    x.set_(y, 1, (2, 2), (2, 1))
    assert x.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    x.mul_(10)
    assert y.tolist() == [0.0, 10.0, 20.0, 30.0, 40.0, 5.0]
    x.set_(y.untyped_storage(), 4, (2,))
    assert x.tolist() == [40.0, 5.0]
    with pytest.raises(RuntimeError, match="Could not set tensor of type long int to a tensor"):
        x.set_(torch.arange(2))


def test_a_storage_keeps_its_size():
    memory = torch.zeros(2).untyped_storage()
    assert memory.resize_(8) is memory
    with pytest.raises(NotImplementedError, match=r"UntypedStorage.resize_ is not covered"):
        memory.resize_(4)


def test_views_of_another_dtype_reach_numpy_as_what_they_are():
    x = torch.arange(3.0)
    bits = x.view(torch.int32).numpy()
    assert bits.tolist() == np.arange(3, dtype=np.float32).view(np.int32).tolist()
    bits[0] = np.float32(7).view(np.int32)
    assert x[0] == 7
    z = torch.tensor([1 + 2j])
    assert z.imag.numpy().tolist() == [2.0]
    with pytest.raises(RuntimeError, match="has conjugate bit set"):
        z.conj().numpy()
    with pytest.raises(RuntimeError, match="has negative bit set"):
        z.conj().imag.numpy()
    assert z.conj().resolve_conj().numpy().tolist() == [1 - 2j]
