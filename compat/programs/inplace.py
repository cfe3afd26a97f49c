"""In-place ops: what they return, what they may cast to, versions, and what they refuse."""

from __future__ import annotations

from ._outcome import error


def _x(torch):
    return torch.tensor([1.0, -2.0, 3.0])


UNARY = (
    "abs", "neg", "exp", "sqrt", "sin", "cos", "tanh", "sigmoid", "relu", "floor", "ceil", "round",
    "trunc", "frac", "log", "rsqrt", "reciprocal", "square", "sign", "erf", "log1p", "expm1",
)  # fmt: skip
BINARY = ("add", "sub", "mul", "div", "pow", "remainder", "fmod", "floor_divide", "eq", "lt", "ge")


def _unary(name):
    def program(torch):
        x = torch.tensor([0.5, 2.0, 3.25])
        y = getattr(x, name + "_")()
        return [y is x, x, x._version]

    return program


def _binary(name):
    def program(torch):
        x, z = _x(torch), torch.tensor([2.0, 2.0, 0.5])
        same = getattr(x, name + "_")(z)
        y = _x(torch)
        getattr(y, name + "_")(2)
        return [same is x, x, y, x._version]

    return program


CASES = {f"unary_{n}": _unary(n) for n in UNARY} | {f"binary_{n}": _binary(n) for n in BINARY}


def operators(torch):
    x = _x(torch)
    y = x
    x += 1
    x *= 2
    x -= torch.ones(3)
    x /= 4
    x **= 2
    x //= 0.3
    x %= 5
    return [x is y, x]


def integer_operators(torch):
    x = torch.tensor([5, 6, 7])
    x += 2
    x &= 6
    x |= 8
    x ^= 1
    x <<= 1
    x >>= 2
    return x


def alpha_forms(torch):
    x = _x(torch)
    x.add_(torch.ones(3), alpha=2)
    x.sub_(torch.ones(3), alpha=0.5)
    x.addcmul_(torch.ones(3), _x(torch), value=0.5)
    x.addcdiv_(torch.ones(3), torch.full((3,), 2.0), value=-1)
    x.lerp_(torch.zeros(3), 0.25)
    return x


def fill_zero_copy(torch):
    x = _x(torch)
    x.fill_(2)
    a = x.clone()
    x.zero_()
    b = x.clone()
    x.copy_(torch.tensor([4, 5, 6]))
    return [a, b, x]


def fill_with_tensor(torch):
    x = _x(torch)
    x.fill_(torch.tensor(7))
    return [x, error(lambda: x.fill_(torch.tensor([1.0, 2.0])))]


def copy_broadcasts(torch):
    x = torch.zeros(2, 3)
    x.copy_(torch.tensor([1.0, 2.0, 3.0]))
    return [x, error(lambda: x.copy_(torch.ones(2)))]


def copy_casts(torch):
    x = torch.zeros(3, dtype=torch.int64)
    x.copy_(torch.tensor([1.9, -1.9, 2.5]))
    return x


def clamp_in_place(torch):
    x = _x(torch)
    x.clamp_(-1, 2)
    y = _x(torch)
    y.clamp_(min=0)
    z = _x(torch)
    z.clamp_max_(0.5)
    return [x, y, z]


def int_tensor_plus_float_raises(torch):
    x = torch.tensor([1, 2])
    x += 1.5


def int_tensor_true_divide_raises(torch):
    x = torch.tensor([1, 2])
    x /= 2


def bool_tensor_plus_int_raises(torch):
    x = torch.tensor([True])
    x += 1


def float_tensor_plus_complex_raises(torch):
    x = torch.ones(2)
    x *= 1j


def broadcast_too_large_raises(torch):
    x = torch.ones(3)
    x += torch.ones(2, 3)


def broadcast_smaller(torch):
    x = torch.ones(2, 3)
    x += torch.tensor([[1.0], [2.0]])
    return x


def narrower_float(torch):
    x = torch.ones(2, dtype=torch.float16)
    x += torch.ones(2, dtype=torch.float64)
    return x


def int_from_int64(torch):
    x = torch.ones(2, dtype=torch.int8)
    x += torch.tensor([200, 1])
    return x


def versions(torch):
    x = _x(torch)
    seen = [x._version]
    x.add_(1)
    seen.append(x._version)
    x[0] = 2
    seen.append(x._version)
    x[:2].mul_(3)
    seen.append(x._version)
    y = x.view(3)
    y.zero_()
    seen += [x._version, y._version, x.detach()._version, x.data._version]
    x.data.add_(1)
    seen += [x._version]
    return seen


def detach_shares_version(torch):
    x = _x(torch)
    y = x.detach()
    y.add_(1)
    return [x, y, x._version, y._version]


def data_does_not_share_version(torch):
    x = _x(torch)
    y = x.data
    y.add_(1)
    return [x, y, x._version, y._version]


def set_data(torch):
    x = torch.zeros(2)
    y = x
    x.data = torch.arange(6.0).reshape(2, 3)
    return [x, y is x]


def set_data_dtype(torch):
    x = torch.zeros(2)
    x.data = torch.arange(3)
    return x


def set_data_of_parameter(torch):
    x = torch.zeros(2, requires_grad=True)
    x.data = torch.ones(3)
    (x * 2).sum().backward()
    return [x, x.grad]


def data_write_on_leaf(torch):
    x = torch.ones(3, requires_grad=True)
    x.data.mul_(5)
    x.data[0] = 7
    return x


def transposes_in_place(torch):
    x = torch.arange(6.0).reshape(2, 3)
    x.t_()
    y = torch.arange(6.0).reshape(2, 3)
    y.transpose_(0, 1)
    return [x, y]


def squeezes_in_place(torch):
    x = torch.arange(3.0).reshape(1, 3)
    x.squeeze_(0)
    y = torch.arange(3.0)
    y.unsqueeze_(0)
    return [x, y]


def resize_in_place(torch):
    x = torch.arange(6.0)
    x.resize_(2, 3)
    a = x.clone()
    x.resize_(2)
    return [a, x]


def masked_and_index_forms(torch):
    x = torch.zeros(4)
    x.masked_fill_(torch.tensor([True, False, True, False]), 2)
    x.index_fill_(0, torch.tensor([1]), 5)
    x.index_add_(0, torch.tensor([0, 0]), torch.tensor([1.0, 2.0]))
    x.index_copy_(0, torch.tensor([3]), torch.tensor([9.0]))
    x.scatter_(0, torch.tensor([2]), 8.0)
    x.scatter_add_(0, torch.tensor([2]), torch.tensor([1.0]))
    return x


def chained(torch):
    x = torch.ones(3)
    y = x.mul_(2).add_(1).clamp_(max=2.5).neg_()
    return [y is x, x]


def logical_in_place(torch):
    x = torch.tensor([True, False])
    x.logical_and_(torch.tensor([True, True]))
    x.logical_not_()
    return x


def comparison_in_place_keeps_dtype(torch):
    x = _x(torch)
    x.gt_(0)
    return x


def sum_into_expanded_raises(torch):
    x = torch.zeros(1).expand(3)
    x += 1


def self_referential(torch):
    x = torch.arange(4.0)
    x += x
    x *= x[0] + 1
    x[1:] -= x[0]
    return x


def partial_overlap_raises(torch):
    x = torch.arange(4.0)
    x[1:] += x[:-1]


def overlapping_copy(torch):
    x = torch.arange(6.0)
    x[2:5] = x[1:4].clone()
    return x


def swap_rows(torch):
    x = torch.arange(6.0).reshape(3, 2)
    x[[0, 1]] = x[[1, 0]]
    return x


def accumulate_in_loop(torch):
    total = torch.zeros(2)
    seen = []
    for i in range(5):
        total += torch.tensor([1.0, float(i)])
        seen.append(total.clone())
    return [total, *seen]


def alias_list_sees_last(torch):
    x, kept = torch.zeros(1), []
    for _ in range(3):
        x += 1
        kept.append(x)
    return kept


def normal_forms_on_views(torch):
    x = torch.zeros(3, 3)
    x.diagonal().fill_(1)
    x.t()[0].add_(2)
    x.view(-1)[4:6].mul_(10)
    return x


def random_in_place(torch):
    x = torch.empty(3)
    torch.manual_seed(1)
    return [
        x.uniform_(),
        x.clone().normal_(),
        torch.empty(4).bernoulli_(0.5),
        torch.empty(3).uniform_(-1, 1),
    ]


def tril_triu_in_place(torch):
    x = torch.ones(3, 3)
    x.tril_()
    y = torch.ones(3, 3)
    y.triu_(1)
    return [x, y]


def fill_diagonal(torch):
    x = torch.zeros(3, 3)
    x.fill_diagonal_(5)
    return x


def type_errors(torch):
    x = torch.ones(2)
    return [
        error(lambda: x.add_("a")),
        error(lambda: x + None),
        error(x.add_),
        error(lambda: x + "a"),
        error(lambda: "a" + x),
        error(lambda: x + [1, 2]),  # noqa: RUF005,
    ]
