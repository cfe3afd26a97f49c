"""What compat.fuzz and compat.views found, each as the shortest program that showed it."""

from __future__ import annotations

from ._outcome import error


def sum_backward_twice(torch):
    a = torch.ones(3, requires_grad=True)
    for alpha in (1, 1.5, 2.5):
        d = torch.add(a, torch.full((3,), 2), alpha=alpha) - 1
        d.sum().backward()
        d.sum().backward()
    return [a.grad, 3 - a]


def requires_grad_turned_off_before_backward(torch):
    a = torch.ones(3, requires_grad=True)
    loss = (a * 2).sum()
    a.requires_grad_(False)
    loss.backward()
    return a.grad


def reshaped_in_place_then_used(torch):
    a = torch.ones(2, 2, requires_grad=True)
    e = a.prod(0)
    e.unsqueeze_(1)
    (g,) = torch.autograd.grad((e * e).sum(), [e])
    return [e, e._version, g]


def sibling_reshaped_in_place(torch):
    y = torch.ones(2, 3, requires_grad=True) * 1
    v, w = y[:], y[:]
    v.t_()
    return [v, w, y, y._version, v._base is y]


def reshaped_base_is_not_stale(torch):
    b = torch.ones(2, 3, requires_grad=True)
    c = torch.full((2, 2), 2)
    d = c[-1, -1]
    c.transpose_(0, 0)
    (b * d).sum().backward()
    return [b.grad, c._version]


def t_of_three_dimensions_in_place_raises(torch):
    return torch.ones(2, 2, 2).t_()


def copy_mismatch(torch):
    shapes = [((2,), (3, 1)), ((2,), (3, 3)), ((2, 1), (2, 3)), ((2, 3, 1), (4, 5)), ((0,), (3,))]
    return [error(torch.ones(a).copy_, torch.ones(b)) for a, b in shapes]


def copy_of_a_number(torch):
    return [torch.ones(2).copy_(True), torch.ones(2).copy_(2.5)]


def expand_errors_come_from_the_last_dimension_raises(torch):
    return torch.ones(2, 3).expand(3, 2)


def plus_is_the_same_tensor(torch):
    x = torch.ones(2)
    return [(+x) is x, x.positive() is x]


def asarray_keeps_the_graph(torch):
    x = torch.ones(2, requires_grad=True)
    return [torch.asarray(x) is x, torch.asarray(x, requires_grad=False)]


def strides_of_broadcast_ones(torch):
    a = torch.arange(12).reshape(4, 3).T
    return [a[None] > a, torch.zeros(2, 3).nonzero(), torch.zeros(3).nonzero()]


def view_of_bytes_hangs_on_no_base(torch):
    x = torch.ones(2, 3, requires_grad=True) * 1
    v, w = x.view(torch.float32), x.view(torch.int32)
    v.zero_()
    return [v, w, x, v._base, w._base, x._version, w._version]


def empty_view_has_no_address(torch):
    return torch.ones(2, 3)[:, 3:].data_ptr()


def channels_last_by_rank(torch):
    x = torch.ones(2, 3, 4, 2).contiguous(memory_format=torch.channels_last)
    empty = torch.empty(2, 3, 0, 2, memory_format=torch.channels_last)
    formats = (torch.contiguous_format, torch.channels_last, torch.channels_last_3d)
    return [[y.is_contiguous(memory_format=f) for f in formats] for y in (x, empty)]


def view_as_complex_of_strided(torch):
    views = [torch.ones(2, 4).t(), torch.ones(5)[1:3], torch.ones(3, 3)[:, :2]]
    return [error(torch.view_as_complex, v) for v in views]


def written_view_in_backward(torch):
    x = torch.ones(4, 3, requires_grad=True) * 1
    losses = [(v * v).sum() for v in (x[1:], x.split(2)[1], x)]
    x.mul_(3)
    return [error(loss.backward, retain_graph=True) for loss in losses]


def copies_by_to(torch):
    x = torch.ones(2, 3, 2, 2, requires_grad=True)
    return [x.to(torch.float32, copy=True), x.to(memory_format=torch.channels_last)]
