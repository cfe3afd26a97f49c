"""Functions that make tensors, by themselves."""

import threading
import warnings

import jax
import numpy as np
import pytest

import jtorch as torch
from jtorch import _errors


def test_dtypes_of_data():
    assert torch.tensor([1, 2.5, True]).dtype is torch.float32
    assert torch.tensor([True, 1]).dtype is torch.int64
    assert torch.tensor([1, 2j]).dtype is torch.complex64
    assert torch.tensor([np.float64(1)]).dtype is torch.float64
    assert torch.tensor([torch.tensor(1), 2.5]).dtype is torch.float32
    assert torch.tensor([]).dtype is torch.float32
    assert torch.tensor(np.arange(3, dtype=np.int16)).dtype is torch.int16


def test_tensor_copies():
    array = np.ones(2)
    tensor = torch.tensor(array)
    array[:] = 5
    assert tensor.tolist() == [1, 1]
    source = torch.ones(2, requires_grad=True)
    with pytest.warns(UserWarning, match="To copy construct from a tensor"):
        copy = torch.tensor(source)
    assert copy.is_leaf
    assert not copy.requires_grad


def test_floats_wrap_around_in_small_integers():
    x = torch.tensor([1.5, -1.5, 300.0, 70000.0])
    assert x.to(torch.uint8).tolist() == [1, 255, 44, 112]
    assert x.to(torch.int16).tolist() == [1, -1, 300, 4464]
    y = torch.zeros(2, 4, dtype=torch.uint8)
    y[0] = x
    y[1].copy_(x)
    assert y.tolist() == [[1, 255, 44, 112]] * 2


def test_memory_shared_with_numpy():
    array = np.zeros(3, np.float32)
    for tensor in (torch.from_numpy(array), torch.as_tensor(array), torch.asarray(array)):
        array[0] = 7
        assert tensor[0].item() == 7
        tensor[1] = 9
        assert array[1] == 9
        array[:] = 0
    assert torch.asarray(array, copy=True).add_(1).sum().item() == 3
    assert array.sum() == 0


def test_frombuffer_shares():
    buffer = bytearray(8)
    tensor = torch.frombuffer(buffer, dtype=torch.int32)
    tensor[1] = 3
    assert bytes(buffer) == b"\0\0\0\0\3\0\0\0"


def test_read_only_arrays_warn_once(monkeypatch):
    monkeypatch.setattr(_errors.once, "given", set())
    array = np.zeros(2)
    array.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.from_numpy(array)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert torch.from_numpy(array).tolist() == [0, 0]


def test_jax_arrays():
    assert torch.tensor(jax.numpy.arange(3)).tolist() == [0, 1, 2]
    assert torch.from_dlpack(jax.numpy.arange(3)).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "data, error, text",
    [
        ([[1, 2], [3]], ValueError, r"expected sequence of length 2 at dim 1 \(got 1\)"),
        ([1, [2]], TypeError, "'list' object cannot be interpreted as an integer"),
        ("a", TypeError, r"new\(\): invalid data type 'str'"),
        (None, RuntimeError, "Could not infer dtype of NoneType"),
        (2**63, ValueError, "Overflow when unpacking long long"),
    ],
)
def test_wrong_data(data, error, text):
    with pytest.raises(error, match=f"^{text}$"):
        torch.tensor(data)


def test_default_dtype_and_device():
    torch.set_default_dtype(torch.float64)
    try:
        assert torch.tensor(1.5).dtype is torch.float64
        assert torch.zeros(1).dtype is torch.float64
        assert torch.arange(0, 1, 0.5).dtype is torch.float64
        assert torch.tensor(1j).dtype is torch.complex128
    finally:
        torch.set_default_dtype(torch.float32)
    with torch.device("meta"):
        makers = [
            torch.zeros(2),
            torch.tensor([1]),
            torch.rand(2),
            torch.arange(3),
            torch.randperm(3),
        ]
        assert all(tensor.is_meta for tensor in makers)
        assert not torch.ones(2, device="cpu").is_meta


def test_likes_keep_the_order_of_dimensions():
    x = torch.ones(2, 3, 4).permute(2, 0, 1)
    for function in (torch.zeros_like, torch.ones_like, torch.empty_like, torch.rand_like):
        assert function(x).stride() == x.stride()
        assert function(x, memory_format=torch.contiguous_format).is_contiguous()
    assert torch.full_like(x, 2, dtype=torch.int32).dtype is torch.int32


def test_fill_values_that_vary_do_not_recompile():
    totals = [(torch.full((3,), float(i)) + i).sum().item() for i in range(20)]
    assert totals == [6.0 * i for i in range(20)]


def test_requires_grad():
    x = torch.full((2,), 3.0, requires_grad=True)
    (x * x).sum().backward()
    assert x.grad.tolist() == [6, 6]
    with pytest.raises(RuntimeError, match="^Only Tensors of floating point and complex dtype"):
        torch.zeros(2, dtype=torch.int64, requires_grad=True)


def test_inside_jax():
    def function(array):
        return (torch.zeros_like(torch.from_dlpack(array)) + 1).sum().item()

    assert function(jax.numpy.ones(3)) == 3


def test_threads_make_tensors():
    seen = []
    threads = [
        threading.Thread(target=lambda i=i: seen.append(torch.full((2,), i).tolist()))
        for i in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == [[i, i] for i in range(8)]
