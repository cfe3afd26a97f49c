"""Meta tensors: shapes, dtypes and strides without data."""

from __future__ import annotations

from ._outcome import error


def _m(torch, *shape, **kwargs):
    return torch.empty(shape, device="meta", **kwargs)


def creation(torch):
    results = [
        _m(torch, 2, 3),
        torch.zeros(2, device="meta"),
        torch.ones(2).to("meta"),
        torch.arange(3, device="meta"),
        torch.randn(2, device="meta"),
    ]
    return [[x.shape, x.dtype, x.device, x.is_meta, x.stride()] for x in results]


def arithmetic(torch):
    a, b = _m(torch, 2, 3), _m(torch, 3)
    results = [
        a + b,
        a * 2,
        a @ _m(torch, 3, 4),
        a.sum(0),
        a.t(),
        a > 1,
        a.long() + 1.5,
        a.softmax(1),
    ]
    return [[x.shape, x.dtype, str(x.device), x.stride()] for x in results]


def reads_raise(torch):
    x = _m(torch, 2)
    return [
        error(x.tolist), error(x.numpy), error(lambda: x.sum().item()),
        error(lambda: bool(x.sum() > 0)), error(lambda: x.to("cpu")),
        error(lambda: float(_m(torch))),
        error(x.cpu), error(lambda: torch.ones(2).copy_(x)),
    ]  # fmt: skip


def printing(torch):
    print(_m(torch, 2, 3))
    print(_m(torch, 2, dtype=torch.int64))
    return repr(torch.zeros(1, device="meta", requires_grad=True))


def mixing_raises(torch):
    return torch.ones(2) + _m(torch, 2)


def mixing_with_scalar(torch):
    return (torch.tensor(2.0) * _m(torch, 2)).device


def views(torch):
    x = _m(torch, 4, 6)
    results = [
        x[1],
        x[:, ::2],
        x.view(2, 12),
        x.t(),
        x.expand(2, 4, 6),
        x[None],
        x.diagonal(),
        x.reshape(-1),
    ]
    return [[v.shape, v.stride(), v.storage_offset(), v._base is x] for v in results]


def in_place(torch):
    x = _m(torch, 2)
    x.add_(1)
    x[0] = 5
    return [x.shape, x._version]


def gradients(torch):
    x = torch.ones(2, device="meta", requires_grad=True)
    (x * 2).sum().backward()
    return [x.grad.shape, str(x.grad.device)]


def shape_errors(torch):
    return [
        error(lambda: _m(torch, 2) + _m(torch, 3)),
        error(lambda: _m(torch, 2, 3) @ _m(torch, 4, 5)),
    ]


def module_on_meta(torch):
    m = torch.nn.Linear(2, 3, device="meta")
    y = m(_m(torch, 5, 2))
    return [
        y.shape,
        str(y.device),
        [str(p.device) for p in m.parameters()],
        error(lambda: m.to("cpu")),
    ]


def to_empty(torch):
    m = torch.nn.Linear(2, 3, device="meta").to_empty(device="cpu")
    return [[tuple(p.shape), str(p.device)] for p in m.parameters()]


def copy_to_meta_is_ignored(torch):
    x = _m(torch, 2)
    x.copy_(torch.ones(2))
    return [str(x.device), x._version]


def indexing_by_tensor(torch):
    x = _m(torch, 4, 3)
    return [x[torch.tensor([0, 1])].shape, x.gather(0, _m(torch, 2, 3, dtype=torch.int64)).shape]
