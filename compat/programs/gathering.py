"""gather, scatter, index_*, masked_*, take, put, where, unique: values, gradients, errors."""

from __future__ import annotations

from ._outcome import error

# expressions in x float (2, 3, 4), n int (2, 3), i index (2, 3), g (2, 3) requiring grad,
# t = tensor
EXPRESSIONS = {
    "gather_rows": "x.gather(0, t([[[0, 1, 0, 1]]]))",
    "gather_larger_along_dim": "n.gather(1, t([[0, 0, 1, 2, 2], [2, 1, 0, 0, 0]]))",
    "gather_int32": "n.gather(0, i.int())",
    "gather_0d": "t(3.0).gather(0, t(0))",
    "gather_0d_by_vector": "t(3.0).gather(0, t([0, 0]))",
    "gather_empty": "x.gather(0, torch.zeros(0, dtype=torch.int64))",
    "gather_keyword": "torch.gather(input=n, dim=-1, index=i)",
    "scatter_src": "n.scatter(0, i, torch.full((2, 3), 9))",
    "scatter_value": "n.scatter(1, i, 7)",
    "scatter_value_truncates": "n.scatter(0, i, 1.5)",
    "scatter_value_keyword": "torch.scatter(n, 0, i, value=3)",
    "scatter_src_keyword": "torch.scatter(n, 0, i, src=torch.ones_like(n))",
    "scatter_smaller_index": "n.scatter(0, i[:1, :2], torch.full((2, 3), 9))",
    "scatter_add_reduce": "n.scatter(0, i, torch.ones_like(n), reduce='add')",
    "scatter_multiply_value": "n.scatter(0, i, 2, reduce='multiply')",
    "scatter_one_hot": "torch.zeros(3, 4).scatter_(1, t([[1], [3], [0]]), 1)",
    "scatter_add": "n.scatter_add(0, i, torch.ones_like(n))",
    "scatter_add_repeated": "torch.zeros(3).scatter_add(0, t([0, 0, 2]), t([1.0, 2.0, 3.0]))",
    "scatter_reduce_sum": "n.scatter_reduce(0, i, n, 'sum')",
    "scatter_reduce_prod": "n.scatter_reduce(0, i, n + 1, 'prod')",
    "scatter_reduce_mean": "n.scatter_reduce(0, i, n, 'mean')",
    "scatter_reduce_mean_without_self": "n.scatter_reduce(0, i, n, 'mean', include_self=False)",
    "scatter_reduce_amax": "n.scatter_reduce(0, i, n, 'amax')",
    "scatter_reduce_amin_without_self": "n.scatter_reduce(0, i, n, 'amin', include_self=False)",
    "scatter_reduce_float_mean": "x.scatter_reduce(0, torch.zeros_like(x).long(), x, 'mean')",
    "index_select": "x.index_select(1, t([2, 0]))",
    "index_select_scalar_index": "x.index_select(0, t(1))",
    "index_select_0d": "t(1.0).index_select(0, t([0]))",
    "index_add": "x.index_add(1, t([0, 0, 2]), torch.ones(2, 3, 4), alpha=2)",
    "index_add_1d": "torch.zeros(3).index_add(0, t([2, 2]), t([1.0, 2.0]))",
    "index_copy": "x.index_copy(2, t([3, 0]), torch.ones(2, 3, 2))",
    "index_fill": "x.index_fill(1, t([0, -1]), 5)",
    "index_fill_tensor": "x.index_fill(1, t([0]), t(5.0))",
    "index_fill_int_by_float": "n.index_fill(0, t([0]), 1.5)",
    "index_reduce_prod": "torch.ones(3).index_reduce(0, t([0, 0]), t([2.0, 3.0]), 'prod')",
    "index_reduce_mean": "torch.ones(3).index_reduce(0, t([0, 0]), t([2.0, 3.0]), 'mean')",
    "index_put": "n.index_put((t([0, 1]), t([0, 1])), t([8, 9]))",
    "take": "x.take(t([[0, 5], [-1, 2]]))",
    "take_of_transpose": "n.t().take(t([1, 2]))",
    "put": "n.put(t([0, -1]), t([8, 9]))",
    "put_accumulate": "n.put(t([0, 0]), t([8, 9]), accumulate=True)",
    "take_along_dim": "n.take_along_dim(t([[0], [2]]), 1)",
    "take_along_dim_flat": "n.take_along_dim(t([5, 0]))",
    "take_along_dim_broadcast": "n.take_along_dim(t([[1]]), 1)",
    "take_along_dim_argsort": "n.take_along_dim(n.argsort(1, descending=True), dim=1)",
    "masked_fill": "n.masked_fill(n > 2, -1)",
    "masked_fill_truncates": "n.masked_fill(n > 2, 1.5)",
    "masked_fill_tensor": "n.masked_fill(n > 2, t(1.5))",
    "masked_fill_bool": "(n > 2).masked_fill(n > 3, 3)",
    "masked_fill_broadcast_mask": "x.masked_fill(t([True, False, False, True]), 0)",
    "masked_fill_broadcast_self": "n.masked_fill(torch.ones(4, 2, 3, dtype=torch.bool), 1)",
    "masked_fill_keeps_dtype": "torch.zeros(2).masked_fill(t([True, False]), t(2).double())",
    "masked_scatter": "n.masked_scatter(n > 2, t([7, 8, 9, 10]))",
    "masked_scatter_broadcast": "n.masked_scatter(t([True, False, True]), t([[7, 8], [9, 3]]))",
    "masked_select": "n.masked_select(n > 2)",
    "masked_select_broadcast": "n.masked_select(t([True, False, True]))",
    "masked_select_0d": "torch.masked_select(t(3), t(True))",
    "select_scatter": "n.select_scatter(t([7, 8]), 1, -1)",
    "slice_scatter": "n.slice_scatter(t([[7, 8], [9, 6]]), 1, 0, 3, 2)",
    "diagonal_scatter": "torch.zeros(3, 3).diagonal_scatter(torch.ones(2), 1)",
    "where": "torch.where(n > 2, n, -n)",
    "where_numbers": "torch.where(n > 2, 1.0, 0.0)",
    "where_number_and_tensor": "torch.where(n > 2, 0, n)",
    "where_broadcast": "torch.where(t([[True], [False]]), t([1, 2, 3]), t(0))",
    "where_method": "n.where(n > 2, 0)",
    "where_positions": "torch.where(n > 2)",
    "where_uint8_warns": "torch.where((n > 2).byte(), n, 0)",
    "nonzero": "n.nonzero()",
    "nonzero_tuple": "torch.nonzero(n, as_tuple=True)",
    "nonzero_0d": "torch.nonzero(t(3))",
    "argwhere": "torch.argwhere(n > 2)",
    "repeat_interleave_number": "n.repeat_interleave(2)",
    "repeat_interleave_dim": "n.repeat_interleave(2, 0)",
    "repeat_interleave_tensor": "n.repeat_interleave(t([1, 2]), 0)",
    "repeat_interleave_one": "n.repeat_interleave(t([2]), dim=1)",
    "repeat_interleave_positions": "torch.repeat_interleave(t([1, 2, 0]))",
    "repeat_interleave_output_size": "n.repeat_interleave(t([2, 1]), 0, output_size=3)",
    "unique": "torch.unique(t([3, 1, 2, 1]))",
    "unique_all": "torch.unique(t([3, 1, 2, 1]), return_inverse=True, return_counts=True)",
    "unique_of_matrix": "t([[3, 1], [2, 1]]).unique(return_inverse=True)",
    "unique_nan": "torch.unique(t([float('nan'), 1.0, float('nan')]))",
    "unique_empty": "torch.unique(torch.zeros(0))",
    "unique_rows": "t([[3, 1], [2, 1], [3, 1]]).unique(True, True, True, dim=0)",
    "unique_consecutive": "t([1, 1, 2, 2, 1]).unique_consecutive(True, True)",
    "unique_consecutive_rows": "torch.unique_consecutive(t([[1, 1], [1, 1], [2, 1]]), dim=0)",
    "count_nonzero": "torch.count_nonzero(n, dim=1)",
    "isin": "torch.isin(n, t([1, 4]))",
    "bincount": "torch.bincount(t([0, 1, 1, 3]))",
}  # fmt: skip
ERRORS = {
    "gather_rank": "x.gather(0, torch.zeros(2, dtype=torch.int64))",
    "gather_dim": "n.gather(5, i)",
    "gather_float_index": "n.gather(0, n.float())",
    "gather_int16_index": "n.gather(0, n.short())",
    "gather_size": "x.gather(0, torch.zeros(2, 4, 4, dtype=torch.int64))",
    "gather_too_large": "n.gather(0, torch.full((2, 3), 2))",
    "gather_negative": "n.gather(1, torch.full((2, 3), -1))",
    "scatter_dtype": "n.scatter(0, i, torch.ones(2, 3))",
    "scatter_src_size": "n.scatter(0, i, torch.ones(2, 2, dtype=torch.int64))",
    "scatter_index_size": "n.scatter(0, torch.zeros(2, 4).long(), torch.ones(2, 4).long())",
    "scatter_rank": "n.scatter(0, t([0, 0]), n)",
    "scatter_src_rank": "torch.scatter(n, 0, i, t(3))",
    "scatter_out_of_range": "n.scatter(0, torch.full((2, 3), 5), n)",
    "scatter_negative": "n.scatter(0, torch.full((2, 3), -1), n)",
    "scatter_float_index": "n.scatter(0, n.float(), n)",
    "scatter_reduce_name": "n.scatter(0, i, n, reduce='sum')",
    "scatter_add_dtype": "n.scatter_add(0, i, torch.ones(2, 3))",
    "scatter_reduce_unknown": "n.scatter_reduce(0, i, n, 'foo')",
    "index_select_out_of_range": "x.index_select(0, t([5]))",
    "index_select_negative": "x.index_select(0, t([-1]))",
    "index_select_columns_out_of_range": "n.index_select(1, t([9]))",
    "index_select_matrix": "x.index_select(0, t([[0]]))",
    "index_select_float": "x.index_select(0, t([0.0]))",
    "index_select_dim": "x.index_select(7, t([0]))",
    "index_select_0d_two": "t(1.0).index_select(0, t([0, 0]))",
    "index_add_out_of_range": "torch.zeros(3).index_add(0, t([9]), torch.ones(1))",
    "index_add_rows_out_of_range": "torch.zeros(3, 2).index_add(0, t([-1]), torch.ones(1, 2))",
    "index_add_count": "torch.zeros(3).index_add(0, t([0]), torch.ones(2))",
    "index_add_shape": "torch.zeros(3, 2).index_add(0, t([0]), torch.ones(1, 3))",
    "index_add_dtype": "torch.zeros(3, 2).index_add(0, t([0]), torch.ones(1, 2).long())",
    "index_add_float_index": "torch.zeros(3, 2).index_add(0, t([0.0]), torch.ones(1, 2))",
    "index_add_matrix_index": "torch.zeros(3, 2).index_add(0, t([[0]]), torch.ones(1, 2))",
    "index_copy_out_of_range": "torch.zeros(3, 2).index_copy(0, t([0, 9]), torch.ones(2, 2))",
    "index_copy_count": "torch.zeros(3, 2).index_copy(0, t([0]), torch.ones(2, 2))",
    "index_copy_shape": "torch.zeros(3, 2).index_copy(0, t([0, 1]), torch.ones(2, 3))",
    "index_copy_dtype": "torch.zeros(3, 2).index_copy(0, t([0]), torch.ones(1, 2).long())",
    "index_copy_int32": "torch.zeros(3, 2).index_copy(0, t([0]).int(), torch.ones(1, 2))",
    "index_fill_out_of_range": "torch.zeros(3, 2).index_fill(0, t([8]), 3)",
    "index_fill_vector_value": "torch.zeros(3, 2).index_fill(0, t([0]), t([3.0]))",
    "index_fill_int32": "torch.zeros(3, 2).index_fill(0, t([0]).int(), 3)",
    "index_fill_matrix_index": "torch.zeros(3, 2).index_fill(0, t([[0]]), 3)",
    "take_out_of_range": "x.take(t([24]))",
    "take_below": "x.take(t([-25]))",
    "take_float": "x.take(t([1.0]))",
    "put_out_of_range": "n.put(t([30]), t([9]))",
    "put_count": "n.put(t([0, 1]), t([9]))",
    "put_dtype": "n.put(t([0]), t([9.0]))",
    "take_along_dim_float": "n.take_along_dim(t([0.0]))",
    "take_along_dim_rank": "n.take_along_dim(t([0]), 1)",
    "masked_fill_vector": "n.masked_fill(n > 2, t([1]))",
    "masked_fill_int_mask": "n.masked_fill(n, 1)",
    "masked_fill_byte_mask": "n.masked_fill(n.byte(), 1)",
    "masked_fill_shape": "n.masked_fill(torch.ones(4, dtype=torch.bool), 1)",
    "masked_fill_in_place_shape": "n.masked_fill_(torch.ones(4, 2, 3, dtype=torch.bool), 1)",
    "masked_fill_complex": "n.masked_fill(n > 2, 1j)",
    "masked_fill_infinity": "n.masked_fill(n > 2, float('inf'))",
    "masked_fill_complex_tensor": "torch.zeros(1).masked_fill(t([True]), t(2j))",
    "masked_scatter_short": "n.masked_scatter(n > 2, t([7, 8]))",
    "masked_scatter_dtype": "n.masked_scatter(n > 2, t([7.0, 8.0, 9.0]))",
    "masked_scatter_mask": "n.masked_scatter(n, t([7, 8, 9]))",
    "masked_select_shape": "n.masked_select(t([True, False]))",
    "masked_select_mask": "n.masked_select(n)",
    "select_scatter_size": "n.select_scatter(t([7, 8, 9]), 1, 0)",
    "select_scatter_range": "n.select_scatter(t([7, 8]), 1, 5)",
    "slice_scatter_size": "n.slice_scatter(t([[7], [8]]), 1, 0, 2)",
    "diagonal_scatter_size": "torch.zeros(3, 3).diagonal_scatter(torch.ones(4), 1)",
    "where_int_condition": "torch.where(n, n, n)",
    "where_shape": "torch.where(n > 2, n, torch.zeros(4))",
    "where_two": "torch.where(n > 2, n)",
    "repeat_interleave_count": "n.repeat_interleave(t([1, 2, 3]), 0)",
    "repeat_interleave_float": "n.repeat_interleave(t([1.0, 2.0]), 0)",
    "repeat_interleave_negative": "n.repeat_interleave(t([-1, 2]), 0)",
    "repeat_interleave_negative_number": "n.repeat_interleave(-1, 0)",
    "repeat_interleave_matrix": "n.repeat_interleave(t([[2, 1]]), 0)",
    "repeat_interleave_wrong_size": "n.repeat_interleave(t([2, 1]), 0, output_size=4)",
    "unique_dim": "torch.unique(n, dim=5)",
    "unique_zero_sized": "torch.unique(torch.zeros(0, 3), dim=1)",
}  # fmt: skip


def _scope(torch):
    n = torch.arange(6).reshape(2, 3)
    return {
        "torch": torch, "t": torch.tensor, "n": n, "x": torch.arange(24.0).reshape(2, 3, 4),
        "i": torch.tensor([[0, 1, 0], [1, 1, 0]]),
    }  # fmt: skip


CASES = {
    name: (lambda torch, text=text: eval(text, _scope(torch))) for name, text in EXPRESSIONS.items()
}
CASES |= {
    f"{name}_raises": (lambda torch, text=text: eval(text, _scope(torch)))
    for name, text in ERRORS.items()
}

# in g (2, 3) and v (2, 3), both requiring grad, and i
GRADIENTS = {
    "gather": "g.gather(1, i)",
    "scatter": "g.scatter(1, i, v)",
    "scatter_value": "g.scatter(1, i, 7.0)",
    "scatter_add": "g.scatter_add(0, i, v)",
    "scatter_sum": "g.scatter_reduce(0, i, v, 'sum')",
    "scatter_mean": "g.scatter_reduce(0, i, v, 'mean')",
    "scatter_prod": "g.scatter_reduce(0, i, v, 'prod')",
    "scatter_prod_with_zeros": "(g * 0).scatter_reduce(0, i, v - 2, 'prod')",
    "scatter_amax": "g.scatter_reduce(0, i, v, 'amax')",
    "scatter_amax_ties": "(g * 0).scatter_reduce(0, i, v * 0, 'amax')",
    "scatter_amin_without_self": "g.scatter_reduce(0, i, v, 'amin', include_self=False)",
    "scatter_mean_without_self": "g.scatter_reduce(1, i, v, 'mean', include_self=False)",
    "index_select": "g.index_select(1, t([2, 2, 0]))",
    "index_add": "g.index_add(0, t([1, 1]), v, alpha=3)",
    "index_copy": "g.index_copy(0, t([1, 0]), v)",
    "index_fill": "g.index_fill(1, t([1]), 4)",
    "index_fill_tensor": "g.index_fill(1, t([1]), v[0, 0])",
    "index_put": "g.index_put((t([0, 1]), t([2, 2])), v[:, 0])",
    "index_reduce": "g.index_reduce(0, t([1, 1]), v, 'prod')",
    "take": "g.take(t([0, 0, 5]))",
    "put": "g.put(t([0, 3]), v[0, :2])",
    "put_accumulate": "g.put(t([0, 0]), v[0, :2], accumulate=True)",
    "take_along_dim": "g.take_along_dim(i, 1)",
    "masked_fill": "g.masked_fill(g > 2, 0)",
    "masked_fill_tensor": "g.masked_fill(g > 2, v[0, 1])",
    "masked_scatter": "g.masked_scatter(g > 2, v)",
    "masked_select": "g.masked_select(g > 2)",
    "select_scatter": "g.select_scatter(v[0], 0, 1)",
    "slice_scatter": "g.slice_scatter(v[:, :1], 1, 1, 2)",
    "diagonal_scatter": "g.diagonal_scatter(v[0, :2])",
    "where": "torch.where(g > 2, g, v * 2)",
    "where_scalar": "torch.where(g > 2, g * g, 0)",
    "repeat_interleave": "g.repeat_interleave(2, 1)",
    "repeat_interleave_tensor": "g.repeat_interleave(t([1, 3]), 0)",
}


def _gradient(text):
    def program(torch):
        g = torch.arange(6.0).reshape(2, 3).requires_grad_()
        v = (torch.arange(6.0).reshape(2, 3) / 2 + 1).requires_grad_()
        y = eval(text, {**_scope(torch), "g": g, "v": v})
        weights = torch.arange(1.0, y.numel() + 1).reshape(y.shape)
        first = torch.autograd.grad(
            (y**2 * weights).sum(), (g, v), create_graph=True, allow_unused=True
        )
        second = [
            torch.autograd.grad((d**2).sum(), (g, v), retain_graph=True, allow_unused=True)
            for d in first
            if d is not None and d.requires_grad
        ]
        return [y, first, second]

    return program


CASES |= {f"gradient_{name}": _gradient(text) for name, text in GRADIENTS.items()}


def in_place_forms(torch):
    n, i = torch.arange(6.0).reshape(2, 3), torch.tensor([[0, 1, 0], [1, 1, 0]])
    v, flat = torch.ones(2, 3), torch.tensor([0, 5])
    steps = [
        lambda x: x.scatter_(0, i, v),
        lambda x: x.scatter_(0, i, 3.0),
        lambda x: x.scatter_add_(1, i, v),
        lambda x: x.scatter_reduce_(0, i, v, "amax"),
        lambda x: x.index_add_(0, torch.tensor([1]), v[:1]),
        lambda x: x.index_copy_(0, torch.tensor([1]), v[:1]),
        lambda x: x.index_fill_(0, torch.tensor([1]), 8),
        lambda x: x.index_put_((torch.tensor([1]),), v[0]),
        lambda x: x.put_(flat, torch.tensor([8.0, 9.0])),
        lambda x: x.masked_fill_(x > 2, 0),
        lambda x: x.masked_scatter_(x > 2, v),
    ]
    results = []
    for step in steps:
        x = n.clone()
        results += [step(x) is x, x]
    return results


def gather_of_view_and_write(torch):
    x = torch.arange(6.0).reshape(2, 3)
    y = x.t().gather(1, torch.tensor([[0], [1], [0]]))
    x.t().scatter_(1, torch.tensor([[0], [1], [0]]), 100.0)
    return [x, y]


def q_values(torch):
    q = torch.tensor([[1.0, 2.0], [4.0, 3.0]], requires_grad=True)
    a = torch.tensor([0, 1])
    chosen = q.gather(1, a.unsqueeze(1)).squeeze(1)
    target = q.detach().max(1).values
    ((chosen - target) ** 2).mean().backward()
    return [chosen, target, q.grad]


def segment_mean(torch):
    x = torch.arange(8.0).reshape(4, 2)
    index = torch.tensor([0, 0, 1, 1])
    total = torch.zeros(2, 2).index_add_(0, index, x)
    count = torch.bincount(index).unsqueeze(1)
    return total / count


def unique_gradient(torch):
    x = torch.tensor([1.0, 1.0], requires_grad=True)
    return error(lambda: x.unique().sum().backward())


def where_in_loss(torch):
    x = torch.tensor([-1.0, 2.0, 0.5], requires_grad=True)
    loss = torch.where(x.abs() < 1, 0.5 * x * x, x.abs() - 0.5).sum()
    loss.backward()
    return [loss, x.grad]


def where_nan_gradient(torch):
    x = torch.tensor([0.0, 4.0], requires_grad=True)
    torch.where(x > 0, x.sqrt(), torch.zeros(2)).sum().backward()
    return x.grad


def data_dependent_loop(torch):
    x = torch.tensor([5, 3, 5, 1, 3])
    groups = {}
    for value in x.unique():
        groups[int(value)] = (x == value).nonzero().flatten().tolist()
    return groups
