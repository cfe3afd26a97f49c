"""x[...] = v: numbers, tensors, masks, casts, broadcasting, versions and errors."""

from __future__ import annotations

import numpy as np

from ._outcome import error

# statements on x float (2, 3, 4), n int (2, 3), f bool (2, 3), b mask (2,), m mask (2, 3),
# z zeros(3)
STATEMENTS = {
    "int_number": "n[0] = 7",
    "int_float_truncates": "n[0] = 1.7",
    "int_true": "n[0] = True",
    "bool_number": "f[0] = 2",
    "bool_float": "f[0] = 0.5",
    "uint8_negative": "u[0] = -1",
    "half_overflow": "h[0] = 1e6",
    "numpy_float64": "x[0] = np.float64(3)",
    "numpy_int64": "x[0] = np.int64(3)",
    "tensor_casts": "n[0] = t([1.5, 2.5, 3.5])",
    "tensor_0d": "n[0] = t(5)",
    "tensor_one": "n[0, 0] = torch.ones(1)",
    "tensor_one_2d": "n[0, 0] = torch.ones(1, 1)",
    "tensor_broadcast": "x[0] = torch.arange(4.0)",
    "tensor_leading_ones": "n[0] = torch.ones(1, 1, 1, 3)",
    "complex_to_int_warns": "n[0] = t(1 + 2j)",
    "slice": "x[:, 1:] = 5",
    "slice_step": "n[:, ::2] = t([8, 9])",
    "slice_from_itself": "x[:, 0] = x[:, 1]",
    "ellipsis": "n[...] = 3",
    "none": "n[None] = 3",
    "empty_tuple": "n[()] = 4",
    "full_slice": "n[:] = t([[1], [2]])",
    "true": "n[True] = 3",
    "false": "n[False] = 3",
    "last_column": "x[..., 0] = t([1.0, 2.0, 3.0])",
    "column_of_ones": "x[:, :, 1:2] = torch.ones(3, 1)",
    "negative": "x[-1, -1, -1] = 100",
    "list": "n[[0, 1]] = 5",
    "list_float_number": "n[[0, 1]] = 1.5",
    "list_tensor": "n[[0, 1]] = t([1, 2, 3])",
    "list_repeated": "z[[0, 0, 0]] = t([1.0, 2.0, 3.0])",
    "list_negative": "z[[-1]] = 4",
    "two_lists": "n[[0, 1], [0, 1]] = t([8, 9])",
    "two_lists_leading_one": "n[[0, 1], [0, 1]] = t([[8, 9]])",
    "two_lists_more_ones": "n[[0, 1], [0, 1]] = t([[[8, 9]]])",
    "lists_broadcast": "x[[[0], [1]], [0, 2]] = 1",
    "slice_and_list": "x[:, [0, 1]] = torch.zeros(2, 4)",
    "separated": "x[[0, 1], :, [0, 1]] = torch.zeros(2, 3)",
    "int_and_list": "x[0, [1, 2]] = -1",
    "list_and_int": "x[[0, 1], 1] = -1",
    "index_tensor": "x[t([1, 0])] = torch.arange(4.0)",
    "index_tensor_0d": "z[t(1)] = 5",
    "index_tensor_0d_vector": "z[t(1)] = t([5.0])",
    "index_array": "z[np.array([0, 2])] = 5",
    "mask_number": "n[n > 2] = 0",
    "mask_float_number": "n[n > 2] = 1.5",
    "mask_tensor": "n[n > 2] = t([9, 8, 7])",
    "mask_tensor_one": "n[n > 2] = t([9])",
    "mask_tensor_one_float": "n[n > 2] = t([1.5])",
    "mask_tensor_0d": "n[n > 2] = t(1.5)",
    "mask_tensor_leading_one": "n[n > 2] = t([[9, 8, 7]])",
    "mask_rows": "n[b] = t([9, 8, 7])",
    "mask_rows_matrix": "n[b] = t([[9, 8, 7]])",
    "mask_columns": "n[:, t([True, False, True])] = 0",
    "mask_columns_tensor": "n[:, t([True, False, True])] = t([[5], [6]])",
    "mask_columns_matrix": "n[:, t([True, False, True])] = t([[5, 6], [7, 8]])",
    "mask_2d_of_3d": "x[m] = torch.arange(4.0)",
    "mask_2d_of_3d_matrix": "x[m] = torch.arange(12.0).reshape(3, 4)",
    "mask_none_true": "z[t([False, False, False])] = t([])",
    "mask_and_int": "n[b, 1] = 5",
    "mask_and_slice": "n[b, 1:] = t([5, 6])",
    "mask_and_list": "n[t([True, True]), [0, 1]] = t([5, 6])",
    "mask_of_row": "x[0][m[0]] = 5",
    "mask_of_transpose": "n.t()[torch.ones(3, 2, dtype=torch.bool)] = 5",
    "mask_0d": "s[s > 0] = 9",
    "zero_d_ellipsis": "s[...] = 1",
    "zero_d_none": "s[None] = 1",
    "zero_d_true": "s[True] = 1",
    "add_row": "n[0] += 1",
    "add_mask": "n[n > 2] += 1",
    "add_repeated_list": "n[[0, 0]] += 1",
    "multiply_slice": "x[:, 1:3] *= 2",
    "subtract_element": "x[0, 1, 2] -= 0.5",
    "divide_masked": "x[x > 3] /= 2",
    "and_mask": "f[0] |= True",
    "index_put": "n.index_put_((t([0, 1]), t([2, 0])), t([7, 8]))",
    "index_put_accumulate": "n.index_put_((t([0, 0]),), t(1), accumulate=True)",
    "index_put_mask": "n.index_put_((n > 2,), t(0))",
    "swap_columns": "n[:, [0, 2]] = n[:, [2, 0]]",
    "expanded_list_warns": "e[[0]] = 1",
}
ERRORS = {
    "uint8_mask": "z[torch.ones(3, dtype=torch.uint8)] = 1",
    "list_value": "n[0] = [1, 2, 3]",
    "array_value": "n[0] = np.array([1, 2, 3])",
    "tuple_value": "x[0, 0] = (1, 2, 3, 4)",
    "range_value": "x[0] = range(4)",
    "string_value": "n[0] = 'a'",
    "none_value": "n[0] = None",
    "numpy_float32_value": "x[0] = np.float32(3)",
    "numpy_bool_value": "x[0] = np.bool_(True)",
    "complex_number_to_int": "n[0] = 1 + 2j",
    "complex_number_to_float": "x[0] = 1j",
    "infinity_to_int": "n[0] = float('inf')",
    "nan_to_int": "n[0] = float('nan')",
    "infinity_to_int_by_list": "n[[0]] = float('inf')",
    "infinity_to_int_by_mask": "n[n > 2] = float('inf')",
    "uint8_300": "u[0] = 300",
    "int8_by_list": "i8[[0]] = 200",
    "too_short": "n[0] = torch.ones(2)",
    "too_many_rows": "n[0] = torch.ones(2, 3)",
    "two_into_one": "n[0, 0] = torch.ones(2)",
    "matrix_into_row": "x[0] = x",
    "list_dtype": "n[[0, 1]] = t([1.0, 2.0, 3.0])",
    "list_dtype_0d": "n[[0, 1]] = t(1.5)",
    "list_shape": "n[[0, 1], [0, 1]] = t([1, 2, 3])",
    "list_shape_column": "z[[1, 2]] = t([[5.0], [6.0]])",
    "mask_count": "n[n > 2] = t([9, 9])",
    "mask_column": "z[t([True, False, True])] = t([[5.0], [6.0]])",
    "mask_dtype": "z[t([True, False, True])] = t([5, 6])",
    "mask_none_true_count": "z[t([False, False, False])] = t([5.0, 6.0])",
    "mask_shape": "n[t([True, False, True])] = 0",
    "mask_rows_shape": "n[b] = t([9, 8])",
    "out_of_range": "n[5] = 1",
    "list_out_of_range": "n[[5]] = 1",
    "too_many": "n[0, 0, 0] = 1",
    "bad_index": "n['a', 0] = 1",
    "zero_d_int": "s[0] = 1",
    "int_add_float": "n[0] += 1.5",
    "bool_add_int": "f[0] += 1",
    "index_put_dtype": "n.index_put_((t([0, 0]),), t(1.0))",
    "index_put_none": "n.index_put_([t([0, 0]), None], t(1))",
    "index_put_out_of_range": "n.index_put_((t([0, 5]),), t(1))",
    "leaf_int": "leaf[0] = 1",
    "leaf_list": "leaf[[0]] = 1",
    "leaf_mask": "leaf[leaf == 0] = 1",
}


def _run(torch, statement, **more):
    x = torch.arange(24.0).reshape(2, 3, 4)
    scope = {
        "torch": torch, "np": np, "t": torch.tensor, "x": x,
        "n": torch.arange(6).reshape(2, 3), "f": torch.zeros(2, 3, dtype=torch.bool),
        "z": torch.zeros(3), "s": torch.tensor(3.0), "u": torch.zeros(2, dtype=torch.uint8),
        "h": torch.zeros(2, dtype=torch.float16), "i8": torch.zeros(2, dtype=torch.int8),
        "e": torch.zeros(3).expand(2, 3), "b": torch.tensor([True, False]),
        "m": torch.tensor([[True, False, True], [False, False, True]]),
        "leaf": torch.zeros(3, requires_grad=True), **more,
    }  # fmt: skip
    exec(statement, scope)
    name = statement.split("[")[0].split(".")[0]
    return [scope[name], scope[name]._version]


CASES = {name: (lambda torch, text=text: _run(torch, text)) for name, text in STATEMENTS.items()}
CASES |= {
    f"{name}_raises": (lambda torch, text=text: _run(torch, text)) for name, text in ERRORS.items()
}


def _gradient(statement):
    """The same statement on a non-leaf, with a value that requires grad where it is called v."""

    def program(torch):
        a = torch.arange(6.0).reshape(2, 3).requires_grad_()
        v = torch.tensor([2.0, 3.0, 4.0], requires_grad=True)
        n, version = _run(torch, statement, n=a * 1, v=v)
        (n * torch.arange(1.0, 7.0).reshape(2, 3)).sum().backward()
        return [n, version, a.grad, v.grad]

    return program


GRADIENTS = {
    "number": "n[0] = 1",
    "row": "n[0] = v",
    "column": "n[:, 1] = v[:2]",
    "list": "n[[0, 1]] = v",
    "two_lists": "n[[0, 1], [0, 1]] = v[1:]",
    "repeated_list": "n[[0, 0]] = v",
    "mask_number": "n[n > 2] = 0",
    "mask_vector": "n[n > 2] = v",
    "mask_one": "n[n > 2] = v[:1]",
    "mask_scalar": "n[n > 2] = v[0]",
    "mask_rows": "n[b] = v",
    "mask_columns": "n[:, t([True, False, True])] = v[:2]",
    "add_row": "n[0] += v",
    "multiply_row": "n[0] *= v",
    "square_in_place": "n[:, 1:] **= 2",
    "add_mask": "n[n > 2] += v",
    "multiply_mask": "n[n > 2] *= v",
    "index_put_accumulate": "n.index_put_((t([0, 0]),), v, accumulate=True)",
}
CASES |= {f"gradient_{name}": _gradient(text) for name, text in GRADIENTS.items()}


def versions_count_writes(torch):
    x = torch.zeros(3)
    x[0] = 1
    x[[1]] = 2
    x[x > 5] = 3
    x[:] = 4
    x[0] += 1
    return [x, x._version]


def mask_write_of_pending_mask(torch):
    x = torch.arange(6.0)
    x[(x * 2 > 4) & (x < 5)] = -1
    return x


def mask_count_checked_later(torch):
    x = torch.arange(6.0)

    def wrong():
        x[x * 2 > 4] = torch.tensor([1.0, 2.0])
        return x.tolist()

    return error(wrong)


def write_while_looping(torch):
    table = torch.zeros(4, 4)
    for i in range(4):
        for j in range(i, 4):
            table[i, j] = i * 10 + j
    return table


def dynamic_programming(torch):
    d = torch.zeros(5, 5, dtype=torch.int64)
    d[0] = torch.arange(5)
    d[:, 0] = torch.arange(5)
    for i in range(1, 5):
        for j in range(1, 5):
            d[i, j] = torch.min(torch.stack([d[i - 1, j], d[i, j - 1], d[i - 1, j - 1]])) + 1
    return d


def histogram_by_index_add(torch):
    x = torch.tensor([0, 1, 1, 3])
    counts = torch.zeros(4, dtype=torch.int64)
    counts.index_put_((x,), torch.tensor(1), accumulate=True)
    return counts


def write_between_uses_errors_raises(torch):
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    z = y * y
    y[0] = 5
    z.sum().backward()


def pad_by_assignment(torch):
    out = torch.zeros(4, 4)
    out[1:3, 1:3] = torch.arange(1.0, 5.0).reshape(2, 2)
    return out


def causal_mask(torch):
    scores = torch.zeros(3, 3)
    scores[torch.triu(torch.ones(3, 3, dtype=torch.bool), 1)] = float("-inf")
    return scores.softmax(-1)
