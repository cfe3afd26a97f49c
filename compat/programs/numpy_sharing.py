"""Memory shared with NumPy: numpy(), from_numpy, as_tensor, and the ways in and out that copy."""

from __future__ import annotations

import numpy as np

from ._outcome import error


def numpy_sees_tensor_writes(torch):
    t = torch.ones(3)
    a = t.numpy()
    t.add_(1)
    b = a.copy()
    t[0] = 7
    return [a, b, t]


def tensor_sees_numpy_writes(torch):
    t = torch.ones(3)
    a = t.numpy()
    a[1] = 5
    a += 1
    return [t, a, t.sum()]


def from_numpy_shares(torch):
    a = np.ones(3)
    t = torch.from_numpy(a)
    a[0] = 5
    first = t.clone()
    np.add(a, 1, out=a)
    second = t.clone()
    t.mul_(10)
    return [t, a, first, second]


def as_tensor_shares(torch):
    a = np.arange(3.0)
    t = torch.as_tensor(a)
    t[0] = 9
    a[1] = 8
    return [a, t]


def as_tensor_with_dtype_copies(torch):
    a = np.arange(3.0)
    t = torch.as_tensor(a, dtype=torch.float32)
    t[0] = 9
    return [a, t]


def tensor_copies(torch):
    a = np.arange(3.0)
    t = torch.tensor(a)
    a[0] = 9
    return [a, t]


def Tensor_constructor_copies(torch):
    a = np.arange(3.0)
    t = torch.Tensor(a)
    a[0] = 9
    return [t]


def asarray_shares(torch):
    a = np.arange(3)
    t = torch.asarray(a)
    a[0] = 9
    return t


def view_of_tensor_to_numpy(torch):
    t = torch.arange(6.0).reshape(2, 3)
    a = t.t().numpy()
    a[0, 1] = 50
    t[1, 2] = 60
    return [t, a, a.strides]


def slice_to_numpy(torch):
    t = torch.arange(6.0)
    a = t[2:5].numpy()
    a[:] = 0
    return [t, a]


def numpy_view_of_numpy(torch):
    t = torch.zeros(2, 2)
    a = t.numpy()[0]
    a[1] = 3
    t[0, 0] = 4
    return [t, a]


def numpy_slice_into_torch(torch):
    a = np.zeros((3, 3))
    t = torch.from_numpy(a[1])
    t += 1
    a[1, 0] = 7
    return [a, t]


def numpy_transpose_into_torch(torch):
    a = np.arange(6.0).reshape(2, 3)
    t = torch.from_numpy(a.T)
    t[0, 0] = 9
    return [t, a]


def numpy_step_into_torch(torch):
    a = np.arange(6.0)
    t = torch.from_numpy(a[::2])
    t *= 10
    return [a, t]


def two_exports_are_one(torch):
    t = torch.zeros(2)
    a, b = t.numpy(), t.numpy()
    a[0] = 1
    b[1] = 2
    return [t, a, b]


def view_and_base_with_numpy(torch):
    t = torch.zeros(4)
    v = t[1:3]
    a = t.numpy()
    v += 1
    a[1] = 9
    return [t, v, a]


def detached_numpy(torch):
    w = torch.ones(2, requires_grad=True)
    a = w.detach().numpy()
    a[0] = 5
    with torch.no_grad():
        w[1] = 6
    return [w, a]


def parameter_data_numpy(torch):
    w = torch.nn.Parameter(torch.ones(2))
    w.data.numpy()[0] = 4
    return w


def export_survives_tensor(torch):
    def make():
        t = torch.zeros(2)
        t += 1
        return t.numpy()

    return make()


def import_survives_array(torch):
    def make():
        a = np.ones(2)
        return torch.from_numpy(a)

    t = make()
    t += 1
    return t


def loop_of_shared_writes(torch):
    t = torch.zeros(3)
    a = t.numpy()
    seen = []
    for i in range(4):
        t += i
        a[0] -= 1
        seen.append(t.tolist())
    return seen


def after_export_dies(torch):
    t = torch.zeros(2)
    a = t.numpy()
    a[0] = 3
    del a
    t += 1
    return t


def out_of_place_does_not_share(torch):
    t = torch.zeros(2)
    a = t.numpy()
    u = t + 1
    a[0] = 5
    return [u, t]


def rebinding_is_not_writing(torch):
    a = np.ones(2)
    t = torch.from_numpy(a)
    t = t + 1
    a = a * 5
    return [t, a]


def pending_reads_before_numpy_write(torch):
    a = np.ones(2)
    t = torch.from_numpy(a)
    u = t * 2
    a[0] = 100
    return [u, t]


def gradient_reads_shared_memory(torch):
    a = np.array([1.0, 2.0])
    w = torch.from_numpy(a).requires_grad_()
    y = (w * 3).sum()
    y.backward()
    return [w.grad, y]


def numpy_requires_grad_raises(torch):
    torch.ones(2, requires_grad=True).numpy()


def numpy_of_result_raises(torch):
    (torch.ones(2, requires_grad=True) * 2).numpy()


def numpy_force(torch):
    return torch.ones(2, requires_grad=True).numpy(force=True)


def numpy_of_bfloat16_raises(torch):
    torch.ones(2, dtype=torch.bfloat16).numpy()


def dtypes_both_ways(torch):
    names = (
        "bool",
        "uint8",
        "int8",
        "int16",
        "int32",
        "int64",
        "float16",
        "float32",
        "float64",
        "complex64",
        "complex128",
    )
    return [torch.from_numpy(np.ones(2, dtype=n)) for n in names] + [
        torch.ones(2, dtype=getattr(torch, n)).numpy() for n in names
    ]


def from_numpy_refuses(torch):
    return [
        error(lambda: torch.from_numpy([1, 2])),
        error(lambda: torch.from_numpy(np.array(["a"]))),
        error(lambda: torch.from_numpy(np.array([None]))),
        error(lambda: torch.from_numpy(np.arange(3)[::-1])),
        error(lambda: torch.from_numpy(np.float64(3))),
    ]


def read_only_array_warns(torch):
    a = np.ones(2)
    a.flags.writeable = False
    return torch.from_numpy(a)


def array_protocol(torch):
    t = torch.tensor([1.0, 2.0])
    return [
        np.array(t),
        np.asarray(t),
        np.array(t, dtype=np.int32),
        np.stack([t, t]),
    ]


def numpy_functions_on_tensors(torch):
    t = torch.tensor([1.0, 4.0])
    return [np.sqrt(t), np.mean(t.numpy()), np.dot(t, t), np.allclose(t, t), np.concatenate([t, t])]


def array_times_tensor(torch):
    a, t = np.array([1.0, 2.0]), torch.tensor([3.0, 4.0], dtype=torch.float64)
    return [
        t * a,
        t + a,
        error(lambda: type(a * t).__name__),
        error(lambda: type(np.float64(2) * t).__name__),
    ]


def numpy_scalars_in_arithmetic(torch):
    t = torch.tensor([1.0, 2.0])
    return [
        t * np.float32(2),
        t + np.int64(3),
        t * np.float64(1.5),
        torch.arange(2) * np.float64(1.5),
    ]


def item_and_tolist_types(torch):
    return [
        torch.tensor(1.5).item(), torch.tensor(3).item(), torch.tensor(True).item(),
        torch.tensor(1 + 2j).item(), torch.tensor([[1, 2]]).tolist(), torch.tensor([1.5]).item(),
        torch.tensor(2.0).tolist(), torch.tensor([True]).tolist(),
    ]  # fmt: skip


def item_of_many_raises(torch):
    torch.ones(2).item()


def zero_dimensional(torch):
    t = torch.tensor(3.0)
    a = t.numpy()
    t += 1
    return [a, t, a.shape]


def empty_arrays(torch):
    return [torch.zeros(0, 3).numpy(), torch.from_numpy(np.zeros((2, 0)))]


def big_endian_raises(torch):
    torch.from_numpy(np.ones(2, dtype=">f4"))


def numpy_bool_index(torch):
    t = torch.arange(4)
    return t[np.array([True, False, True, False])]


def writes_of_reshaped_import(torch):
    a = np.zeros(6)
    t = torch.from_numpy(a).view(2, 3)
    t[1] = 5
    return [a, t]


def numpy_then_torch_op_then_read(torch):
    t = torch.arange(3.0)
    a = t.numpy()
    a *= 2
    u = t.exp()
    a *= 0
    return [u, t]


def buffer_round_trip(torch):
    t = torch.arange(4.0)
    u = torch.from_numpy(t.numpy())
    u[0] = 8
    return [t, u, t.data_ptr() == u.data_ptr()]


def frombuffer(torch):
    return torch.frombuffer(bytearray(b"\x01\x00\x02\x00"), dtype=torch.int16)


def dlpack_round_trip(torch):
    t = torch.arange(3.0)
    return torch.from_dlpack(t)
