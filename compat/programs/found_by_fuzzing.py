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


def views_made_without_grad(torch):
    y = torch.ones(2, 3, requires_grad=True) * 1
    with torch.no_grad():
        v, w = y[:, 1:], y.view(6).t_()
    y.mul_(2)
    return [error(getattr, x, "grad_fn") for x in (v, w)] + [error(v.backward), v.requires_grad]


def several_views_and_what_is_written(torch):
    w = torch.ones(1, requires_grad=True)
    x = torch.arange(3.0)
    first = x.split(1)[0]
    whole = torch.arange(3).split(1)[0]
    told = [error(first.mul_, w), error(first.copy_, w), error(first.__setitem__, 0, w[0])]
    return [*told, error(whole.copy_, w), x, whole]


def part_of_one_of_several_views(torch):
    x = torch.ones(2, 4, requires_grad=True) * 1
    part = x.unbind(0)[1][1:]
    loss = (part * part).sum()
    x.mul_(2)
    return error(loss.backward)


def views_of_what_requires_grad_later(torch):
    a = torch.ones(2, 3)
    v = a.as_strided((3,), (1,), 1)
    d = v[1]
    v.squeeze_()
    a.requires_grad_()
    return [d.is_leaf, d.grad_fn.name(), d.requires_grad]


def expanded_tensors_in_another_form(torch):
    x = torch.ones(3).expand(2, 3)
    x.t_()
    x.unsqueeze_(0)
    return [x.stride(), x._version]


def in_place_forms_name_themselves(torch):
    a = torch.ones(1, 2, 3, requires_grad=True)
    told = []
    for make in (lambda x: x.squeeze_(0), lambda x: x.sum(1), lambda x: x.view(6).unsqueeze_(0)):
        y = make(a * 1)
        loss = (y * y).sum()
        with torch.no_grad():
            y.add_(1)
        told.append(error(loss.backward))
    return told


def copies_count_their_own_versions(torch):
    w = torch.ones(2, requires_grad=True)
    b = torch.ones(2)
    b.add_(1)
    a = torch.zeros(2)
    a.copy_(b)
    loss = (a * w).sum()
    b.add_(1)
    loss.backward()
    loss = (a * w).sum()
    a.add_(1)
    return [w.grad, error(loss.backward)]


def indices_are_all_that_a_choice_saves(torch):
    w = torch.arange(6.0).view(2, 3).clone().requires_grad_()
    for choose in (
        lambda x: x.max(1)[0],
        lambda x: x.sort(1)[0],
        lambda x: x.topk(2, 1)[0],
        lambda x: x.median(1)[0],
        lambda x: x.kthvalue(1, 1)[0],
    ):
        x = w * 1
        y = choose(x)
        with torch.no_grad():
            x.zero_()
        y.sum().backward()
    return w.grad


def results_saved_and_written(torch):
    w = torch.ones(3, requires_grad=True)
    told = []
    for compute in (lambda x: x.prod(0), lambda x: x.amax(0), lambda x: x.sigmoid_()):
        y = compute(w * 1)
        told.append(y.add_(1))
        told.append(error(y.sum().backward))
    return told


def numbers_are_not_saved(torch):
    b = torch.ones(3, requires_grad=True)
    for e in (torch.lerp(b, b + 1, 0.3), b % 2, b.fmod(2)):
        e.sum().backward()
        e.sum().backward()
    return b.grad


def operands_that_are_overwritten(torch):
    w = torch.ones(2, requires_grad=True)
    a, b = torch.ones(2), torch.ones(2)
    a.mul_(w)
    b.addcmul_(b, w)
    return [error(a.sum().backward), error(b.sum().backward), w.grad]


def elements_that_as_strided_does_not_see(torch):
    y = torch.arange(12.0, requires_grad=True)
    x = (y + 1).view(3, 4)[..., ::2]
    v = x.as_strided((2, 3), (1, 4))
    (v * v).sum().backward()
    return [v, y.grad]


def parts_off_the_books(torch):
    x = torch.ones(4, requires_grad=True)
    a, b = x.unsafe_split(2)
    loss = (a * a).sum()
    a.mul_(3)
    return [error(loss.backward), x._version, a._version, x, b.grad_fn.name()]


def out_that_is_an_input(torch):
    d, b = torch.ones(2, 3, 1), torch.ones(2, 3, 2)
    target = torch.zeros(3)
    torch.mul(torch.ones(2), 2, out=target)
    return [error(torch.add, d, b, out=d), target, target._version]


def strides_of_sorts_and_fills(torch):
    x = torch.arange(12.0).view(3, 4).t()
    sorted, order = x.sort(0)
    filled = x.index_fill(0, torch.tensor([0]), 1)
    return [t.stride() for t in (sorted, order, filled, x.argsort(1), x.double(), x.flip(0))]


def values_of_items(torch):
    told = []
    for value in (torch.tensor(2.5), torch.tensor(True), torch.ones(1, 3), torch.ones(1, 1, 3)):
        for x in (torch.zeros(2, 3, 2), torch.zeros(3, dtype=torch.int64), torch.zeros(3)):
            told.append(error(x.__setitem__, slice(0, 2), value))
            told.append(error(x.__setitem__, torch.tensor(True), value))
            told.append(x)
    return told


def names_of_younger_dtypes(torch):
    told = []
    for dtype in (torch.complex64, torch.bfloat16, torch.float16):
        y = torch.ones(2, dtype=dtype, requires_grad=True) * 1
        loss = (y * y).sum()
        with torch.no_grad():
            y.add_(1)
        told.append(error(loss.backward, torch.ones_like(loss)))
        told.append(error(torch.ones(2, 2, dtype=dtype).expand, 2))
    return told


def empty_expanded(torch):
    x = torch.zeros(1, 3).expand(2, 3)[:, 3:]
    x.mul_(2)
    return [x, x._version, torch.tensor(0).nonzero().stride()]


def other_elements_behind_scattered_views(torch):
    told = []
    for part in (lambda x: x.unbind(0)[1], torch.diagonal, lambda x: x.split(1)[0]):
        for write in (
            lambda v: v.conj().mul_(2j),
            lambda v: v.imag.mul_(3),
            lambda v: torch.view_as_real(v).add_(1),
            lambda v: v.view(torch.float32).mul_(2),
        ):
            leaf = torch.complex(torch.ones(2, 2), torch.arange(4.0).view(2, 2)).requires_grad_()
            x = leaf * 1
            write(part(x.detach()))
            write(part(x))
            torch.view_as_real(x * x.conj()).sum().backward()
            told += [x, leaf.grad]
    return told


def written_onto_itself(torch):
    x = torch.arange(6.0).view(2, 3)
    x[::2] += 3
    x[..., 1:, 0] *= -1
    return [x, error(x.__setitem__, x > 0, x), error(x.__setitem__, [1], x)]


def gradient_of_a_view_made_without_grad(torch):
    base = torch.ones(2, 3, requires_grad=True) * 1
    with torch.no_grad():
        view = base[:, 1:]
    total = (view * view).sum() + base.sum()
    told = [error(torch.autograd.grad, total, view)]
    return [*told, torch.autograd.grad(total, view, allow_unused=True)[0] is None]


def results_of_extremes_are_saved(torch):
    told = []
    for reduce in (torch.max, torch.min, torch.amax):
        e = reduce(torch.tensor([1.0, 2.0], requires_grad=True) * 1)
        e[None] *= 2
        told.append(error((e * 1).backward))
    return told


def copied_from_itself(torch):
    expanded = torch.ones(2, 2).expand(2, 2, 2)
    return [expanded.copy_(expanded), expanded._version]


def shared_memory_comes_before_shapes(torch):
    x = torch.ones(2, 2)
    flat, number = x.reshape(-1), torch.ones(())
    told = [
        error(flat.add_, x),
        error(flat.lerp_, x, 0.5),
        error(number.__setitem__, number < 2, number),
    ]
    row = torch.arange(3)
    row[::2][torch.tensor([0, 1])] = row[..., ::2]
    return [*told, row]


def other_elements_of_a_view_made_without_grad(torch):
    leaf = torch.ones(2, 3, 2, requires_grad=True)
    with torch.no_grad():
        view = leaf[:, 1:]
    other = view.as_strided((3,), (1,), 1)
    several = (leaf * 1)[:, :1].chunk(2)[0]
    with torch.no_grad():
        single = several[:1]
    return [error(v.mul_, leaf.sum()) for v in (other, other[:], several[:1], single)]


def history_by_way_of_the_base(torch):
    a = torch.ones(3, requires_grad=True)
    b = torch.zeros(6).reshape(2, 3)
    b.add_(a)
    return [error(b.requires_grad_, False), b.requires_grad]


def saved_then_reshaped_in_place(torch):
    told = []
    for write in (torch.Tensor.t_, torch.Tensor.squeeze_):
        d = torch.ones(2, 2, requires_grad=True) / 3
        f = d.sin()
        write(d)
        told.append(error(f.sum().backward))
    return told


def cast_of_a_view_made_without_grad(torch):
    d = torch.ones(2, 3, requires_grad=True).abs()
    with torch.no_grad():
        view = d.t()
    cast = view.to(torch.bfloat16)
    return [cast.requires_grad, cast.is_leaf]


def reshaped_in_place_without_grad(torch):
    leaf = torch.arange(6.0).view(2, 3).requires_grad_()
    told = []
    for forms in (["unsqueeze_"], ["unsqueeze_", "unsqueeze_"], ["t_", "t_"]):
        x = leaf * 1
        with torch.no_grad():
            for form in forms:
                getattr(x, form)(*[0] * (form == "unsqueeze_"))
        (x * x).sum().backward()
        told += [x, x.grad_fn.name(), x._version, leaf.grad.clone()]
    x = leaf * 1
    with torch.no_grad():
        x.t_()
    return [*told, error((x * x).sum().backward).split(" - ")[1]]
