"""out=: what is returned, resizing, casting, aliasing and refusals."""

from __future__ import annotations

from ._outcome import error


def returns_out(torch):
    out = torch.empty(3)
    r = torch.add(torch.ones(3), 1, out=out)
    return [r is out, out]


def resizes_empty(torch):
    out = torch.empty(0)
    torch.mul(torch.ones(2, 3), 2, out=out)
    return out


def resizes_with_warning(torch):
    out = torch.empty(2)
    torch.mul(torch.ones(2, 3), 2, out=out)
    return out


def casts_to_wider(torch):
    out = torch.empty(3, dtype=torch.float64)
    torch.add(torch.ones(3), 1, out=out)
    return out


def int_result_to_float(torch):
    out = torch.empty(3)
    torch.add(torch.arange(3), 1, out=out)
    return out


def float_result_to_int_raises(torch):
    torch.add(torch.ones(3), 1, out=torch.empty(3, dtype=torch.int64))


def into_a_view(torch):
    x = torch.zeros(2, 3)
    torch.add(torch.ones(3), 1, out=x[1])
    torch.sin(torch.ones(2), out=x[:, 0])
    return x


def into_an_input(torch):
    x = torch.arange(3.0)
    torch.mul(x, x, out=x)
    torch.exp(x, out=x)
    return x


def into_transposed(torch):
    x = torch.zeros(2, 3)
    torch.add(torch.ones(3, 2), torch.arange(2.0), out=x.t())
    return x


def tuple_of_two(torch):
    v, i = torch.empty(0), torch.empty(0, dtype=torch.int64)
    r = torch.max(torch.tensor([[1.0, 3.0], [4.0, 2.0]]), 1, out=(v, i))
    return [v, i, r[0] is v, type(r).__name__]


def sort_and_topk(torch):
    x = torch.tensor([3.0, 1.0, 2.0])
    v, i = torch.empty(0), torch.empty(0, dtype=torch.int64)
    torch.sort(x, out=(v, i))
    w, j = torch.empty(2), torch.empty(2, dtype=torch.int64)
    torch.topk(x, 2, out=(w, j))
    return [v, i, w, j]


def matmul_family(torch):
    a, b = torch.arange(6.0).reshape(2, 3), torch.ones(3, 2)
    outs = [torch.empty(0) for _ in range(3)]
    torch.matmul(a, b, out=outs[0])
    torch.mm(a, b, out=outs[1])
    torch.bmm(a[None], b[None], out=outs[2])
    return outs


def reductions(torch):
    x = torch.arange(6.0).reshape(2, 3)
    outs = [torch.empty(0) for _ in range(4)]
    torch.sum(x, 0, out=outs[0])
    torch.mean(x, 1, True, out=outs[1])
    torch.cumsum(x, 1, out=outs[2])
    torch.prod(x, 0, out=outs[3])
    return outs


def comparisons_into_bool_and_float(torch):
    a, b = torch.empty(3, dtype=torch.bool), torch.empty(3)
    x = torch.tensor([1.0, 2.0, 3.0])
    torch.gt(x, 2, out=a)
    torch.eq(x, 2, out=b)
    return [a, b]


def cat_and_stack(torch):
    out, other = torch.empty(0), torch.empty(2, 2)
    torch.cat([torch.ones(2), torch.zeros(1)], out=out)
    torch.stack([torch.ones(2), torch.zeros(2)], out=other)
    return [out, other]


def gather_family(torch):
    x, i = torch.arange(6.0).reshape(2, 3), torch.tensor([[0, 1, 1]])
    outs = [torch.empty(0) for _ in range(4)]
    torch.gather(x, 0, i, out=outs[0])
    torch.index_select(x, 1, torch.tensor([2, 0]), out=outs[1])
    torch.take(x, torch.tensor([5, 0]), out=outs[2])
    torch.masked_select(x, x > 2, out=outs[3])
    return outs


def where_and_nonzero(torch):
    a, b = torch.empty(3), torch.empty(0, dtype=torch.int64)
    x = torch.tensor([1.0, 0.0, 3.0])
    torch.where(x > 0, x, torch.zeros(3), out=a)
    torch.nonzero(x, out=b)
    return [a, b]


def creation(torch):
    a, b, c = torch.empty(0), torch.empty(2), torch.empty(0, dtype=torch.int64)
    torch.zeros(2, 2, out=a)
    torch.full((2,), 7.0, out=b)
    torch.arange(4, out=c)
    return [a, b, c]


def requires_grad_input_raises(torch):
    torch.add(torch.ones(2, requires_grad=True), 1, out=torch.empty(2))


def requires_grad_out_raises(torch):
    torch.add(torch.ones(2), 1, out=torch.empty(2, requires_grad=True))


def no_grad_allows(torch):
    x, out = torch.ones(2, requires_grad=True), torch.empty(2)
    with torch.no_grad():
        torch.mul(x, 3, out=out)
    return out


def version_counts(torch):
    out = torch.empty(2)
    torch.add(torch.ones(2), 1, out=out)
    torch.add(out, 1, out=out)
    return out._version


def linalg_and_functional(torch):
    a = torch.tensor([[2.0, 0.0], [0.0, 4.0]])
    out, norm = torch.empty(0), torch.empty(())
    torch.linalg.inv(a, out=out)
    torch.linalg.norm(a, out=norm)
    return [out, norm]


def wrong_kinds(torch):
    x = torch.ones(2)
    return [
        error(lambda: torch.add(x, 1, out=[1.0, 2.0])),
        error(lambda: torch.add(x, 1, out=torch.empty(2, dtype=torch.bool))),
    ]


def shared_memory_with_numpy(torch):
    out = torch.zeros(3)
    a = out.numpy()
    torch.add(torch.ones(3), 2, out=out)
    return [a, out]
