"""Tensors as Python objects: truth, numbers, iteration, formatting, copying, pickling."""

from __future__ import annotations

import copy
import io
import operator
import pickle

from ._outcome import error


def truth(torch):
    return [
        bool(torch.tensor(1.0)), bool(torch.tensor([0])), bool(torch.tensor(False)),
        not torch.tensor(0.0),
        error(lambda: bool(torch.ones(2))), error(lambda: bool(torch.ones(0))),
        error(lambda: bool(torch.tensor([[2]]))),
    ]  # fmt: skip


def conditions(torch):
    x = torch.tensor([1.0, 2.0])
    a = "yes" if x.sum() > 2 else "no"
    b = "yes" if x[0] else "no"
    c = (x > 0).all() and (x > 1).any()
    return [a, b, c, x.max() == 2, x[0] < 5 < x[1] * 5]


def numbers(torch):
    return [
        int(torch.tensor(3.7)), float(torch.tensor(3)), complex(torch.tensor(1 + 2j)),
        int(torch.tensor([5])),
        float(torch.tensor([[2.5]])), round(float(torch.tensor(2.567)), 2),
        error(lambda: int(torch.ones(2))),
        error(lambda: float(torch.ones(0))), int(torch.tensor(True)),
        error(lambda: float(torch.tensor(1 + 2j))),
    ]  # fmt: skip


def as_index(torch):
    i = torch.tensor(2)
    values = list(range(5))
    return [
        values[i], values[: torch.tensor(3)], operator.index(i), list(range(i)), "ab" * i,
        error(lambda: values[torch.tensor(1.0)]), error(lambda: values[torch.tensor([1, 2])]),
        hex(torch.tensor(255)),
    ]  # fmt: skip


def length(torch):
    return [len(torch.ones(3, 2)), len(torch.ones(0)), error(lambda: len(torch.tensor(1)))]


def iteration(torch):
    x = torch.arange(6).reshape(3, 2)
    return [list(x), [r.sum().item() for r in x], error(lambda: list(torch.tensor(1)))]


def unpacking(torch):
    a, b, c = torch.arange(3)
    (p, q), r = torch.arange(4).reshape(2, 2), 5
    first, *rest = torch.arange(4.0)
    return [a, b, c, p, q, r, first, rest]


def unpacking_wrong_raises(torch):
    _a, _b = torch.arange(3)


def iteration_with_zip_and_enumerate(torch):
    x, y = torch.arange(3), torch.arange(3) * 2
    return [[int(a) + int(b) for a, b in zip(x, y)], [(i, v.item()) for i, v in enumerate(y)]]


def reversed_and_sorted(torch):
    x = torch.tensor([3, 1, 2])
    return [reversed(x), sorted(x), min(x), max(x), sum(x)]


def iteration_keeps_gradient(torch):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    total = sum(v * i for i, v in enumerate(x))
    total.backward()
    return [total, x.grad, [v.grad_fn.name() for v in x]]


def contains(torch):
    x = torch.tensor([1.0, 2.0])
    return [2 in x, 5 in x, torch.tensor(1) in x, error(lambda: "a" in x), error(lambda: None in x)]


def in_lists(torch):
    x = torch.tensor([1.0, 2.0])
    y = torch.tensor([1.0, 2.0])
    return [x in [x], error(lambda: y in [x]), [x, y].index(x), any(x is t for t in [y, x])]


def equality(torch):
    x = torch.tensor([1, 2])
    return [
        x == x,
        x == 1,
        x != [1, 2] if False else x != 2,
        x == None,  # noqa: E711
        x != None,  # noqa: E711
        torch.equal(x, x.clone()),
    ]


def equality_with_other_types(torch):
    x = torch.tensor([1, 2])
    return [error(lambda: x == "a"), error(lambda: x == [1, 2]), error(lambda: x == (1, 2))]


def hashing(torch):
    x = torch.tensor([1, 2])
    y = x.clone()
    d = {x: "x", y: "y"}
    return [d[x], d[y], len({x, x, y}), hash(x) == id(x)]


def formatting(torch):
    x = torch.tensor(3.14159)
    return [
        f"{x:.2f}", f"{x}", "%.3f" % x,  # noqa: UP031
 "%d" % torch.tensor(5),  # noqa: UP031
 f"{torch.tensor(7)}",
        f"{torch.tensor([1.5])}",
        f"{x.item():>8.3f}", f"{torch.tensor(3):5d}", f"{torch.tensor(True)}",
        str(torch.tensor([1, 2])),
        error(lambda: f"{torch.ones(2):.2f}"), f"{torch.tensor(1 + 2j)}", f"{torch.tensor(1e-5)}",
        f"{torch.tensor(12345678.0)}",
    ]  # fmt: skip


def printing(torch):
    print(torch.tensor([1.0, 2.5]))
    print(torch.ones(2, 3), torch.zeros(0), torch.tensor(5))
    print(torch.ones(2, requires_grad=True))
    print(torch.ones(2, requires_grad=True) * 2)
    print([torch.tensor(1), torch.tensor([2.0])])
    print(torch.Size([2, 3]), torch.float32, torch.device("cpu"))
    print(torch.tensor([1], dtype=torch.int32), torch.tensor([1.0], dtype=torch.float64))


def size_object(torch):
    s = torch.ones(2, 3, 4).shape
    return [
        s, s[1:], s[0], len(s), s.numel(), list(s), s == (2, 3, 4), s + torch.Size([5]),
       s[:2] + s[2:],
        tuple(s), -1 in s,
        type(s).__name__, torch.Size([1]) * 2, repr(s), s.index(3), torch.ones(2).size(),
        torch.ones(2, 3).size(1),
    ]  # fmt: skip


def shape_arithmetic(torch):
    x = torch.ones(2, 3)
    b, n = x.shape
    return [
        b * n,
        x.view(-1, *x.shape[1:]).shape,
        x.new_zeros(x.size(0), 1),
        torch.zeros(x.shape),
        x.numel(),
        x.nelement(),
        x.dim(),
        x.ndim,
    ]


def attributes(torch):
    x = torch.ones(2, 3)
    return [
        x.dtype, x.device, x.layout, x.is_cuda, x.is_sparse, x.itemsize, x.nbytes, x.element_size(),
        x.is_floating_point(), x.is_complex(), x.is_signed(), x.is_meta, x.is_contiguous(),
        x.get_device(),
        x.is_quantized, x.is_pinned(), x.type(), x.dtype.is_floating_point, x.dtype.itemsize,
    ]  # fmt: skip


def custom_attributes(torch):
    x = torch.ones(2)
    x.tag = "hello"
    return [x.tag, hasattr(x, "missing"), error(lambda: x.missing), hasattr(x * 2, "tag")]


def deepcopy_leaf(torch):
    x = torch.ones(2, requires_grad=True)
    x.sum().backward()
    y = copy.deepcopy(x)
    y.data.add_(1)
    return [x, y, y.grad, y.grad is x.grad]


def deepcopy_result_raises(torch):
    copy.deepcopy(torch.ones(2, requires_grad=True) * 2)


def deepcopy_shares_inside(torch):
    x = torch.zeros(2)
    a, b, v = copy.deepcopy([x, x, x[1:]])
    a += 1
    return [a is b, a, b, v, x]


def deepcopy_of_dict(torch):
    d = {"a": torch.ones(2), "b": [torch.zeros(1)]}
    e = copy.deepcopy(d)
    e["a"] += 1
    return [d, e]


def shallow_copy(torch):
    x = torch.zeros(2)
    y = copy.copy(x)
    y += 1
    return [x, y, y is x]


def pickling(torch):
    x = torch.arange(6.0).reshape(2, 3).t()
    y = pickle.loads(pickle.dumps(x))
    return [
        y,
        y.stride(),
        pickle.loads(pickle.dumps(torch.float32)),
        pickle.loads(pickle.dumps(x.shape)),
    ]


def pickling_keeps_requires_grad(torch):
    x = torch.ones(2, requires_grad=True)
    return [pickle.loads(pickle.dumps(x)), error(lambda: pickle.dumps(x * 2) and "pickled")]


def pickling_keeps_sharing(torch):
    x = torch.zeros(3)
    a, b = pickle.loads(pickle.dumps([x, x[1:]]))
    a += 1
    return [a, b]


def pickling_dtypes(torch):
    names = ("bool", "uint8", "int64", "float16", "bfloat16", "float64", "complex64")
    return [pickle.loads(pickle.dumps(torch.ones(2, dtype=getattr(torch, n)))) for n in names]


def save_and_load(torch):
    f = io.BytesIO()
    torch.save({"a": torch.arange(3), "b": [torch.ones(2), 5], "c": "text"}, f)
    f.seek(0)
    return torch.load(f)


def save_and_load_views(torch):
    f, x = io.BytesIO(), torch.arange(4.0)
    torch.save([x, x[1:3]], f)
    f.seek(0)
    a, b = torch.load(f)
    a += 1
    return [a, b]


def isinstance_checks(torch):
    x, p = torch.ones(2), torch.nn.Parameter(torch.ones(2))
    return [
        isinstance(x, torch.Tensor), torch.is_tensor(x), torch.is_tensor(3),
        isinstance(p, torch.Tensor),
        isinstance(p, torch.nn.Parameter), type(x) is torch.Tensor, type(p) is torch.Tensor,
        isinstance(x, torch.FloatTensor), isinstance(x, torch.LongTensor), type(p * 2).__name__,
        torch.is_floating_point(x),
    ]  # fmt: skip


def parameter_operations(torch):
    p = torch.nn.Parameter(torch.ones(2))
    results = [p, p * 2, p.data, p.detach(), p.clone(), p[0], p.view(2, 1)]
    return [
        [type(r).__name__ for r in results],
        p.requires_grad,
        repr(p),
        error(lambda: torch.nn.Parameter([1.0])),
    ]


def parameter_without_grad(torch):
    p = torch.nn.Parameter(torch.ones(2), requires_grad=False)
    return [p, repr(p), copy.deepcopy(p)]


def comparison_chains(torch):
    x = torch.tensor([1.0, 5.0, 9.0])
    return [(x > 2) & (x < 8), (x < 2) | (x > 8), ~(x > 2), error(lambda: (x > 2) and (x < 8))]


def floor_ceil_round_builtins(torch):
    import math

    x = torch.tensor(2.5)
    return [
        math.floor(x),
        math.ceil(x),
        math.sqrt(x),
        math.exp(x),
        math.isnan(x),
        error(lambda: round(x)),
        math.trunc(x) if False else 0,
    ]


def python_sum_and_max_of_scalars(torch):
    losses = [torch.tensor(1.0), torch.tensor(3.0), torch.tensor(2.0)]
    return [sum(losses), max(losses), sum(losses) / len(losses), sorted(losses, reverse=True)]


def dictionary_of_counts(torch):
    counts = {}
    for v in torch.tensor([1, 2, 1]):
        counts[v.item()] = counts.get(v.item(), 0) + 1
    return counts


def identity_after_in_place(torch):
    x = torch.ones(2)
    before = id(x)
    x += 1
    x.mul_(2)
    return [id(x) == before, id(x.data) == before]


def tensor_from_tensors(torch):
    return [
        torch.tensor([torch.tensor(1), torch.tensor(2)]), torch.tensor(torch.ones(2)),
        torch.stack(list(torch.arange(2))),
        error(lambda: torch.tensor([torch.ones(2), torch.ones(2)])),
        torch.tensor([[1, 2], [3, 4]])[1].tolist(),
    ]  # fmt: skip


def error_of_unknown_method_raises(torch):
    torch.ones(2).no_such_method()


def matmul_operator(torch):
    a, b = torch.arange(6.0).reshape(2, 3), torch.ones(3)
    return [a @ b, error(lambda: b @ a), error(lambda: a @ 3), a.T @ a]


def matmul_shapes_raises(torch):
    torch.ones(2, 3) @ torch.ones(4, 5)


def broadcasting_raises(torch):
    torch.ones(2, 3) + torch.ones(4)


def delattr_and_del(torch):
    x = torch.ones(2)
    x.extra = 1
    del x.extra
    return hasattr(x, "extra")


def storage_and_untyped(torch):
    x = torch.arange(4.0)
    return [
        len(x.untyped_storage()),
        x.storage_offset(),
        x[2:].storage_offset(),
        x.untyped_storage().nbytes(),
    ]


def dir_has_common_names(torch):
    names = dir(torch.ones(2))
    return [n in names for n in ("add", "add_", "backward", "grad", "numpy", "shape", "view")]


def string_of_dtype_and_device(torch):
    return [
        str(torch.float32),
        repr(torch.int64),
        str(torch.device("cuda", 1)),
        repr(torch.device("cpu")),
        torch.device("cuda:1").index,
        torch.device("cpu") == torch.device("cpu"),
        str(torch.strided),
    ]


def dtype_objects(torch):
    return [
        torch.float32 is torch.float, torch.float64 is torch.double, torch.int64 is torch.long,
        torch.float16 is torch.half,
        torch.float32 == torch.float, torch.ones(2).dtype is torch.float32,
        {torch.float32: 1}[torch.float],
        torch.finfo(torch.float32).max, torch.finfo(torch.float16).eps,
        torch.iinfo(torch.int8).min, torch.iinfo(torch.int64).max,
        torch.finfo(torch.float32).tiny, torch.finfo(torch.bfloat16).eps,
        torch.float32.to_complex(), torch.float32.itemsize,
    ]  # fmt: skip
