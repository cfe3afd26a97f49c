"""Views in longer stories: chains, errors, complex parts, and the corner cases of aliasing."""

from __future__ import annotations

from ._outcome import error


def real_and_imag(torch):
    z = torch.tensor([1 + 2j, 3 + 4j])
    z.real.mul_(10)
    z.imag.zero_()
    return [z, z.real, z.imag, z.real._base is z]


def view_as_real_and_back(torch):
    z = torch.tensor([1 + 2j, 3 + 4j])
    r = torch.view_as_real(z)
    r[0, 1] = 9
    w = torch.view_as_complex(r)
    w[1] = 0
    return [z, r, w]


def imag_of_real_raises(torch):
    return torch.ones(2).imag


def view_non_contiguous_raises(torch):
    return torch.arange(6.0).reshape(2, 3).t().view(6)


def view_wrong_size_raises(torch):
    return torch.arange(6.0).view(4, 2)


def view_two_inferred_raises(torch):
    return torch.arange(6.0).view(-1, -1)


def view_cannot_infer_raises(torch):
    return torch.arange(6.0).view(4, -1)


def reshape_wrong_size_raises(torch):
    return torch.arange(6.0).reshape(4, 2)


def expand_wrong_raises(torch):
    return torch.ones(2, 3).expand(4, 3)


def expand_fewer_dims_raises(torch):
    return torch.ones(2, 3).expand(3)


def narrow_out_of_range_raises(torch):
    return torch.ones(3).narrow(0, 2, 2)


def select_out_of_range_raises(torch):
    return torch.ones(3).select(0, 3)


def transpose_out_of_range_raises(torch):
    return torch.ones(2, 2).transpose(0, 2)


def permute_wrong_count_raises(torch):
    return torch.ones(2, 2).permute(0, 1, 2)


def permute_repeated_raises(torch):
    return torch.ones(2, 2).permute(0, 0)


def t_of_3d_raises(torch):
    return torch.ones(2, 2, 2).t()


def unsqueeze_out_of_range_raises(torch):
    return torch.ones(2).unsqueeze(3)


def split_wrong_sizes_raises(torch):
    return torch.ones(5).split([2, 2])


def unbind_0d_raises(torch):
    return torch.tensor(1.0).unbind()


def unfold_too_large_raises(torch):
    return torch.ones(3).unfold(0, 4, 1)


def diagonal_same_dims_raises(torch):
    return torch.ones(3, 3).diagonal(0, 1, 1)


def view_as_dtype(torch):
    x = torch.tensor([1.0, -2.0])
    v = x.view(torch.int32)
    v[0] = 0
    return [v, x]


def view_as_smaller_dtype(torch):
    return torch.tensor([1, 256], dtype=torch.int32).view(torch.uint8)


def writes_in_random_order(torch):
    x = torch.zeros(4, 4)
    row, column, corner = x[1], x[:, 2], x[2:, 2:]
    row.add_(1)
    column.mul_(3)
    corner.fill_(7)
    row[2] = 9
    x.t()[0].sub_(1)
    return [x, row, column, corner]


def nested_int_assignment(torch):
    x = torch.zeros(2, 3, 4)
    x[1][2][3] = 5
    x[0, 1][2] = 6
    x[-1][0][:] = 7
    return x


def loop_over_rows(torch):
    x = torch.zeros(3, 2)
    for i, row in enumerate(x):
        row += i
    return x


def loop_over_unbind(torch):
    x = torch.zeros(3, 2)
    for i, column in enumerate(x.unbind(1)):
        column.fill_(i + 1)
    return x


def loop_over_chunks(torch):
    x = torch.zeros(5)
    for i, part in enumerate(x.split(2)):
        part.add_(i)
    return x


def loop_over_index(torch):
    x = torch.zeros(6)
    for i in range(6):
        x[i] = i * i
    return x


def diagonal_fill(torch):
    x = torch.zeros(3, 4)
    x.diagonal(1).copy_(torch.tensor([1.0, 2.0, 3.0]))
    torch.diagonal(x, -1).add_(5)
    return x


def diag_embed_is_a_copy(torch):
    v = torch.ones(2)
    d = torch.diag_embed(v)
    d[0, 0] = 5
    return [v, d]


def transposed_write(torch):
    x = torch.zeros(2, 3)
    x.t()[1] = torch.tensor([5.0, 6.0])
    x.T[2, 0] = 9
    return x


def reshape_alias_or_copy(torch):
    x = torch.zeros(2, 3)
    a, b = x.reshape(3, 2), x.t().reshape(2, 3)
    a += 1
    b += 10
    return [x, a, b]


def flatten_returns_self(torch):
    x = torch.zeros(3)
    return [
        x.flatten() is x,
        x.contiguous() is x,
        x.view(3) is x,
        x.reshape(3) is x,
        x.squeeze() is x,
    ]


def expanded_reads_base(torch):
    x = torch.zeros(3, 1)
    e = x.expand(3, 2)
    x[1] = 4
    return [e, e.contiguous(), e.stride(), e.is_contiguous()]


def write_to_expanded_raises(torch):
    torch.zeros(3, 1).expand(3, 2).add_(1)


def set_item_on_expanded_row(torch):
    x = torch.zeros(3).expand(2, 3)
    x[0] = torch.tensor([1.0, 2.0, 3.0])
    return x


def as_strided_overlap_reads(torch):
    x = torch.arange(5.0)
    v = x.as_strided((3, 3), (1, 1))
    x[2] = 100
    return v


def as_strided_out_of_bounds_raises(torch):
    return torch.arange(5.0).as_strided((3, 3), (2, 2))


def as_strided_of_view_uses_storage(torch):
    x = torch.arange(6.0)
    return x[2:4].as_strided((2,), (1,), 0)


def view_survives_base(torch):
    def make():
        x = torch.arange(4.0)
        return x[1:3]

    v = make()
    v += 1
    return [v, v._base]


def base_of_view_of_view(torch):
    x = torch.zeros(2, 3)
    v = x[0][1:]
    return [v._base is x, v.detach()._base, x.detach()._base, v.data._base]


def clone_cuts_the_tie(torch):
    x = torch.zeros(2)
    y = x.view(2).clone()
    y += 1
    return [x, y, y._base]


def detach_of_view_writes_through(torch):
    x = torch.zeros(2, 2)
    d = x[0].detach()
    d += 3
    return [x, d]


def no_grad_write_on_view_of_leaf(torch):
    w = torch.ones(2, 2, requires_grad=True)
    with torch.no_grad():
        w[0] = 5
        w.view(-1)[3] = 7
    (w * w).sum().backward()
    return [w, w.grad]


def view_made_in_no_grad_then_written_raises(torch):
    w = torch.ones(2, 2, requires_grad=True) * 1
    with torch.no_grad():
        v = w[0]
    v.add_(1)


def view_of_leaf_made_in_no_grad_then_written_raises(torch):
    w = torch.ones(2, 2, requires_grad=True)
    with torch.no_grad():
        v = w[0]
    v.add_(1)


def unbind_output_written_under_grad_raises(torch):
    y = torch.ones(2, 2, requires_grad=True) * 2
    y.unbind()[0].mul_(2)


def split_output_written_under_grad_raises(torch):
    y = torch.ones(4, requires_grad=True) * 2
    y.split(2)[0].mul_(2)


def chunk_outputs_written_without_grad(torch):
    y = torch.ones(4)
    a, b = y.chunk(2)
    a.mul_(2)
    b.add_(5)
    return y


def iterate_rows_under_grad_raises(torch):
    y = torch.ones(2, 2, requires_grad=True) * 2
    for row in y:
        row.mul_(2)


def select_rows_under_grad(torch):
    x = torch.ones(2, 2, requires_grad=True)
    y = x * 2
    for i in range(2):
        y[i].mul_(i + 2)
    y.sum().backward()
    return [y, x.grad]


def real_part_written_under_grad(torch):
    x = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
    y = x * 2
    y.real.mul_(3)
    (y * y.conj()).real.sum().backward()
    return [y, x.grad]


def view_grad_fn_follows_base_write(torch):
    x = torch.ones(3, requires_grad=True)
    y = x * 1
    v = y[1:]
    before = v.grad_fn.name()
    y.mul_(2)
    return [before, v.grad_fn.name(), y.grad_fn.name()]


def view_becomes_differentiable_by_base(torch):
    y = torch.zeros(3)
    v = y[:2]
    w = torch.ones(3, requires_grad=True)
    y.add_(w)
    v.sum().backward()
    return [v, w.grad]


def base_becomes_differentiable_by_view(torch):
    y = torch.zeros(3)
    w = torch.ones(2, requires_grad=True)
    y[:2].add_(w * 3)
    (y * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    return [y, w.grad]


def buffer_filled_row_by_row(torch):
    w = torch.arange(1.0, 4.0, requires_grad=True)
    out = torch.zeros(3, 2)
    for i in range(3):
        out[i] = w[i] * torch.tensor([1.0, float(i)])
    (out * out).sum().backward()
    return [out, w.grad]


def sequence_fill_by_column(torch):
    w = torch.ones(2, requires_grad=True)
    out = torch.zeros(2, 3)
    state = w
    for t in range(3):
        state = state * 2 + t
        out[:, t] = state
    out.sum().backward()
    return [out, w.grad]


def overwritten_values_lose_gradient(torch):
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    y[1] = 0
    y.sum().backward()
    return [y, x.grad]


def detach_write_reaches_original(torch):
    x = torch.ones(3, requires_grad=True)
    x.detach()[0] = 4
    x.data[1] = 5
    return x


def data_ptr_relations(torch):
    x = torch.zeros(2, 3)
    return [
        x.data_ptr() == x.view(-1).data_ptr(),
        x.data_ptr() == x.clone().data_ptr(),
        x[1].data_ptr() - x.data_ptr(),
        x.t().data_ptr() == x.data_ptr(),
        x.detach().data_ptr() == x.data_ptr(),
        x.data_ptr() == x.add_(1).data_ptr(),
    ]


def strides_of_results(torch):
    x = torch.arange(24.0).reshape(2, 3, 4).permute(2, 0, 1)
    return [
        x + 1,
        x.clone(),
        x * torch.ones(4, 1, 3),
        torch.empty_like(x).stride(),
        x.contiguous(),
        x.sum(0),
    ]


def strides_of_size_one(torch):
    x = torch.zeros(1, 3, 1)
    return [x, x.transpose(0, 1), x.expand(2, 3, 1), x.squeeze(0), x.permute(2, 1, 0).contiguous()]


def channels_last(torch):
    x = torch.zeros(2, 3, 4, 5).contiguous(memory_format=torch.channels_last)
    return [
        x.stride(),
        x.is_contiguous(),
        x.is_contiguous(memory_format=torch.channels_last),
        (x + 1).stride(),
    ]


def is_set_to_and_same_storage(torch):
    x = torch.zeros(4)
    v = x[1:]
    return [
        v.untyped_storage().data_ptr() == x.untyped_storage().data_ptr(),
        x.is_set_to(x),
        v.storage_offset(),
        x.untyped_storage().nbytes(),
        v.untyped_storage().nbytes(),
    ]


def errors_name_the_dims(torch):
    x = torch.zeros(2, 3)
    return [
        error(lambda: x.squeeze(5)),
        error(lambda: x.movedim(0, 4)),
        error(lambda: x.flatten(1, 0)),
        error(lambda: x.unflatten(1, (2, 2))),
        error(lambda: x.chunk(0)),
        error(lambda: x.split(0)),
        error(lambda: x.size(7)),
        error(lambda: x.stride(7)),
    ]
