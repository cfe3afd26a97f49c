"""Storages: made, read and written, and tensors put over them."""

import copy
import ctypes
import pickle

import numpy as np
import pytest

import jtorch as torch
from jtorch import _utils


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


def peek(tensor, count):
    """What lies at the tensor's address."""
    width = tensor.element_size()
    raw = ctypes.string_at(tensor.data_ptr(), count * width)
    return np.frombuffer(raw, tensor.dtype.np).tolist()


def test_addresses_are_true():
    x = torch.arange(6.0)
    at = x.data_ptr()
    assert peek(x, 6) == [0, 1, 2, 3, 4, 5]
    x.add_(1)
    assert x.data_ptr() == at == x.untyped_storage().data_ptr()
    assert peek(x, 6) == [1, 2, 3, 4, 5, 6]
    assert x[2:].data_ptr() == at + 8 and peek(x[2:], 2) == [3, 4]
    assert x.view(2, 3).t().data_ptr() == at
    array = x.numpy()
    assert array.ctypes.data == at
    array[0] = 9
    assert peek(x, 2) == [9, 2] and x[0] == 9
    del array
    assert (x * 2).data_ptr() != x.clone().data_ptr() != at == x.data_ptr()


def test_live_storages_have_addresses_of_their_own():
    big = [torch.zeros(100_000) for _ in range(4)]
    small = [torch.zeros(1) for _ in range(20)] + [big[0].clone(), torch.zeros(3).expand(2, 3)]
    addresses = [x.data_ptr() for x in big + small]
    assert len(set(addresses)) == len(addresses)
    transposed = torch.arange(6).reshape(2, 3).t().clone()
    assert peek(transposed, 6) == [0, 1, 2, 3, 4, 5]
    assert torch.empty(0).data_ptr() == torch.empty(2, device="meta").data_ptr() == 0


def test_an_array_keeps_its_address():
    array = np.arange(4, dtype=np.float32)
    tensor = torch.from_numpy(array)
    assert tensor.data_ptr() == array.ctypes.data == torch.from_numpy(array).data_ptr()
    tensor[1] = 7
    assert array.tolist() == peek(tensor, 4) == [0, 7, 2, 3]


def test_files_as_storages(tmp_path):
    path = tmp_path / "numbers"
    np.arange(8, dtype=np.float32).tofile(path)
    mapped = torch.UntypedStorage.from_file(str(path), shared=False, nbytes=32)
    part = mapped[8:24:1]
    assert len(part) == 16 and part.nbytes() == 16
    x = torch.asarray(part, dtype=torch.uint8).view(dtype=torch.float32).reshape([2, 2])
    assert x.tolist() == [[2, 3], [4, 5]]
    x.zero_()
    assert mapped[8] == 0 and mapped[11] == 0x40  # private: the file is as it was
    assert torch.asarray(mapped).tolist() == list(range(8))
    with pytest.raises(RuntimeError, match="Trying to slice with a step of 2, but only a step of"):
        mapped[::2]
    shared = torch.FloatStorage.from_file(str(path), shared=True, size=10)
    torch.asarray(shared).fill_(2)
    assert np.fromfile(path, np.float32).tolist() == [2.0] * 10
    with pytest.raises(RuntimeError, match=r"mmap 1000 bytes from file <.*numbers>"):
        torch.UntypedStorage.from_file(str(path), False, 1000)


def test_storages_of_buffers():
    made = torch.FloatStorage.from_buffer(np.float32([1, 2]).tobytes(), "little")
    assert made.tolist() == [1, 2] and made.dtype is torch.float32
    swapped = torch.UntypedStorage.from_buffer(b"\0\0\0\1", "big", dtype=torch.int32)
    assert swapped.tolist() == [1, 0, 0, 0]
    swapped.byteswap(torch.int32)
    assert swapped.tolist() == [0, 0, 0, 1]
    twin = copy.deepcopy([made, made])
    assert twin[0] is twin[1] and twin[0].tolist() == [1, 2] and twin[0] != made
    assert made.untyped().get_device() == -1 and not made.is_pinned()


def test_plain_pickles():
    x = torch.arange(4, dtype=torch.int16)
    again = pickle.loads(pickle.dumps({"x": x.untyped_storage(), "t": x._typed_storage()}))
    assert again["t"].tolist() == [0, 1, 2, 3] and again["t"].dtype is torch.int16
    assert again["x"].untyped().tolist() == [0, 0, 1, 0, 2, 0, 3, 0]


def test_helpers_of_torch_utils():
    tensors = [torch.ones(2), torch.zeros(2, 2)]
    flat = _utils._flatten_dense_tensors(tensors)
    assert flat.tolist() == [1, 1, 0, 0, 0, 0]
    parts = _utils._unflatten_dense_tensors(flat, tensors)
    assert [p.shape for p in parts] == [(2,), (2, 2)]
    assert _utils._get_device_index("cuda:1") == 1 and _utils._element_size(torch.half) == 2
    assert _utils._get_device_index("cpu", allow_cpu=True) == -1
    with pytest.raises(ValueError, match="Expected a non cpu device, but got: cpu"):
        _utils._get_device_index("cpu")
