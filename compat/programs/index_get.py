"""x[...]: placement of indexed dimensions, dtypes of indices, masks, views and errors."""

from __future__ import annotations

import numpy as np

from ._outcome import error


def _x(torch):
    return torch.arange(24.0).reshape(2, 3, 4)


# expressions in x (2, 3, 4), t = torch.tensor, b = mask (2,), m = mask (2, 3), i = index (2,)
EXPRESSIONS = {
    "int": "x[1]",
    "negative_int": "x[-1]",
    "two_ints": "x[1, 2]",
    "three_ints": "x[1, 2, 3]",
    "numpy_int": "x[np.int64(1)]",
    "zero_d_tensor": "x[t(1)]",
    "zero_d_tensors": "x[t(1), t(2)]",
    "zero_d_int32": "x[t(1, dtype=torch.int32)]",
    "zero_d_tensor_and_list": "x[t(1), [0, 1]]",
    "zero_d_array": "x[np.array(1)]",
    "slices": "x[0:1, 1:, :-1]",
    "slice_steps": "x[:, ::2, 1::2]",
    "slice_out_of_range": "x[-10:10, 5:]",
    "slice_reversed_bounds": "x[:, 2:1]",
    "slice_tensor_bounds": "x[t(0) : t(2)]",
    "slice_one_element_tensor": "x[t([1]) :]",
    "slice_bool": "x[True:]",
    "none_first": "x[None]",
    "none_middle": "x[:, None, 1]",
    "none_last": "x[..., None]",
    "ellipsis": "x[...]",
    "ellipsis_int": "x[..., 1]",
    "int_ellipsis": "x[1, ...]",
    "two_ellipses": "x[..., ...]",
    "empty_tuple": "x[()]",
    "true": "x[True]",
    "false": "x[False]",
    "true_int": "x[True, 0]",
    "true_false": "x[True, False]",
    "true_list": "x[True, [0, 1]]",
    "bool_tensor_0d": "x[t(True)]",
    "uint8_0d": "x[t(1, dtype=torch.uint8)]",
    "list": "x[[1, 0, 1]]",
    "list_negative": "x[[-1, 0]]",
    "empty_list": "x[[]]",
    "empty_list_last": "x[..., []]",
    "list_of_bools": "x[[True, False]]",
    "list_floats": "x[[0, 1.5]]",
    "list_numpy_ints": "x[[np.int64(0), 1]]",
    "tuple_in_tuple": "x[(0, 1),]",
    "range": "x[range(2)]",
    "range_second": "x[:, range(2)]",
    "nested_list": "x[[[0, 1], [1, 2]]]",
    "nested_list_in_tuple": "x[[[0, 1], [1, 0]], 0]",
    "list_with_slice": "x[[slice(0, 1), 0]]",
    "list_with_none": "x[[0, None]]",
    "list_of_tensors": "x[[t(0), t(1)]]",
    "tensor": "x[i]",
    "tensor_2d": "x[t([[0, 1], [1, 0]])]",
    "tensor_empty": "x[torch.zeros(0, dtype=torch.int64)]",
    "tensor_2d_empty": "x[torch.zeros(2, 0, dtype=torch.int64)]",
    "tensor_int32": "x[i.int()]",
    "array": "x[np.array([0, 1])]",
    "array_2d": "x[np.array([[0, 1], [1, 0]])]",
    "array_bool": "x[np.array([True, False])]",
    "array_int16": "x[np.array([0, 1], dtype=np.int16)]",
    "array_float": "x[np.array([0.7, 1.2])]",
    "two_lists": "x[[0, 1], [1, 2]]",
    "three_lists": "x[[0, 1], [1, 2], [3, 0]]",
    "lists_broadcast": "x[[[0], [1]], [0, 2]]",
    "adjacent_at_end": "x[:, [0, 1], [1, 2]]",
    "separated": "x[[0, 1], :, [1, 2]]",
    "separated_by_none": "x[[0, 1], None, [1, 2]]",
    "none_between": "x[None, [0, 1], None, [1, 2]]",
    "int_and_list": "x[0, [1, 2]]",
    "int_slice_list": "x[0, :, [1, 2]]",
    "list_slice_int": "x[[0, 1], :, 1]",
    "list_ellipsis": "x[[0, 1], ...]",
    "ellipsis_list": "x[..., [0, 1]]",
    "slice_list": "x[:1, [0, 2]]",
    "list_then_slice": "x[[0, 1], 1:]",
    "list_first_slice_last": "x[1:, :, [3, 0]]",
    "tensor_of_other_rank": "x[t([[0], [1]]), i]",
    "mask": "x[b]",
    "mask_2d": "x[m]",
    "mask_3d": "x[x > 11]",
    "mask_full": "x[torch.ones(2, 3, 4, dtype=torch.bool)]",
    "mask_none": "x[torch.zeros(2, 3, 4, dtype=torch.bool)]",
    "mask_second": "x[:, t([True, False, True])]",
    "mask_last": "x[..., t([True, False, True, False])]",
    "mask_2d_second": "x[:, torch.ones(3, 4, dtype=torch.bool)]",
    "mask_and_int": "x[b, 1]",
    "mask_and_slice": "x[b, 1:]",
    "mask_and_list": "x[b, [0]]",
    "mask_2d_and_int": "x[m, 1]",
    "mask_2d_and_list": "x[m, [0]]",
    "int_and_mask": "x[1, t([True, False, True])]",
    "two_masks": "x[b, t([False, True, False])]",
    "mask_none_list": "x[b, None, [0]]",
    "uint8_mask": "x[torch.ones(2, dtype=torch.uint8)]",
    "uint8_array": "x[np.array([0, 1], dtype=np.uint8)]",
    "index_object": "x[Index(1)]",
    "index_object_slice": "x[Index(1) :]",
    "negative_of_view": "x[1][-1][-2]",
    "of_transpose": "x.transpose(0, 2)[[1, 2]]",
    "of_permuted": "x.permute(2, 0, 1)[:, [0, 1]]",
    "of_expanded": "torch.arange(3.0).expand(4, 3)[[0, 1]]",
    "zero_d_ellipsis": "t(3.0)[...]",
    "zero_d_none": "t(3.0)[None]",
    "zero_d_true": "t(3.0)[True]",
    "zero_d_false": "t(3.0)[False]",
    "zero_d_mask": "t(3.0)[t(True)]",
    "zero_sized": "torch.zeros(0, 3)[torch.zeros(0, dtype=torch.int64)]",
    "int_tensor": "torch.arange(5)[[4, 0]]",
    "bool_tensor": "t([True, False, True])[[0, 2]]",
    "complex_tensor": "t([1 + 2j, 3j])[[1]]",
    "half_tensor": "torch.arange(4).half()[t([True, False, True, False])]",
    "bfloat16_tensor": "torch.arange(4).bfloat16()[[1, 2]]",
}
ERRORS = {
    "int_too_large": "x[2]",
    "int_too_small": "x[-3]",
    "second_int": "x[0, 5]",
    "int_after_none": "x[None, 5]",
    "int_after_ellipsis": "x[..., 5]",
    "int_of_middle": "x[:, 7, 9]",
    "list_too_large": "x[[5]]",
    "list_too_small": "x[[-3]]",
    "list_on_second": "x[:, [5]]",
    "second_list": "x[[0], [9]]",
    "separated_list": "x[[0], :, [9]]",
    "tensor_too_large": "x[t([0, 2])]",
    "tensor_2d_too_large": "x[:, t([[0], [-4]])]",
    "too_many": "x[0, 0, 0, 0]",
    "too_many_slices": "x[:, :, :, :]",
    "too_many_lists": "x[[0], [0], [0], [0]]",
    "mask_wrong": "x[torch.ones(3, dtype=torch.bool)]",
    "mask_wrong_second": "x[:, torch.ones(2, dtype=torch.bool)]",
    "mask_2d_wrong": "x[torch.ones(2, 4, dtype=torch.bool)]",
    "mask_empty": "x[torch.zeros(0, dtype=torch.bool)]",
    "mask_too_many_dims": "x[torch.ones(2, 3, 4, 5, dtype=torch.bool)]",
    "negative_step": "x[::-1]",
    "zero_step": "x[::0]",
    "float": "x[1.0]",
    "float_tensor": "x[t([1.0])]",
    "float_0d": "x[t(1.0)]",
    "int16_tensor": "x[i.short()]",
    "complex": "x[1j]",
    "string": "x['a']",
    "string_in_tuple": "x[0, 'a']",
    "object": "x[object()]",
    "dict": "x[{}]",
    "numpy_bool": "x[np.bool_(True)]",
    "numpy_float": "x[np.float32(1)]",
    "complex_list": "x[[1j]]",
    "object_list": "x[[object()]]",
    "shapes_differ": "x[[0, 1], [0, 1, 2]]",
    "masks_differ": "x[torch.ones(2, dtype=torch.bool), torch.ones(3, dtype=torch.bool)]",
    "slice_string": "x['a':]",
    "slice_float": "x[1.5:]",
    "slice_float_tensor": "x[t(1.0) :]",
    "slice_vector": "x[t([1, 2]) :]",
    "zero_d_int": "t(3.0)[0]",
    "zero_d_one": "t(3.0)[1]",
    "zero_d_slice": "t(3.0)[:]",
    "zero_d_list": "t(3.0)[[0]]",
    "zero_d_two": "t(3.0)[0, 0]",
    "one_d_two": "t([3.0])[0, 0]",
    "empty_int": "torch.zeros(0, 3)[0]",
    "empty_list_out": "torch.zeros(0, 3)[[0]]",
}


class Index:
    """Something with __index__."""

    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


def _scope(torch):
    return {
        "torch": torch, "np": np, "t": torch.tensor, "x": _x(torch), "Index": Index,
        "b": torch.tensor([True, False]), "i": torch.tensor([0, 1]),
        "m": torch.tensor([[True, False, True], [False, False, True]]),
    }  # fmt: skip


CASES = {
    name: (lambda torch, text=text: eval(text, _scope(torch))) for name, text in EXPRESSIONS.items()
}
CASES |= {
    f"{name}_raises": (lambda torch, text=text: eval(text, _scope(torch)))
    for name, text in ERRORS.items()
}


def _gradient(text):
    def program(torch):
        scope = _scope(torch)
        x = scope["x"] = _x(torch).requires_grad_()
        y = eval(text, scope)
        (y * torch.arange(1.0, y.numel() + 1).reshape(y.shape)).sum().backward()
        return [y, x.grad]

    return program


CASES |= {
    f"gradient_{name}": _gradient(EXPRESSIONS[name])
    for name in (
        "int",
        "slices",
        "list",
        "list_negative",
        "tensor_2d",
        "lists_broadcast",
        "separated",
        "adjacent_at_end",
        "int_slice_list",
        "mask",
        "mask_2d",
        "mask_3d",
        "mask_none",
        "mask_and_int",
        "mask_2d_and_list",
        "true",
        "ellipsis_list",
        "none_between",
        "empty_list",
        "index_object_slice",
    )
}


def repeated_index_gradient_adds(torch):
    x = torch.arange(3.0, requires_grad=True)
    x[[0, 0, 2]].sum().backward()
    return x.grad


def double_backward_through_index(torch):
    x = torch.arange(4.0, requires_grad=True)
    y = (x[[1, 1, 3]] ** 3).sum()
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    (h,) = torch.autograd.grad(g.sum(), x)
    return [g, h]


def index_by_pending_tensor(torch):
    x = torch.tensor([3.0, 9.0, 1.0])
    return [x[x.argmax()], x[x.argsort()], x[x.argmin() : 3]]


def pending_index_out_of_range(torch):
    i = torch.arange(3) * 2

    def read():
        return torch.arange(3.0)[i].tolist()

    return error(read)


def loop_over_positions(torch):
    x = torch.arange(20.0) ** 2
    return sum(float(x[i]) for i in range(20))


def one_hot_by_eye(torch):
    return torch.eye(4)[torch.tensor([2, 0, 3])]


def shuffle_rows(torch):
    x = torch.arange(8.0).reshape(4, 2)
    return x[torch.randperm(4)]


def batch_select(torch):
    x = torch.arange(12.0).reshape(3, 4)
    return x[torch.arange(3), torch.tensor([1, 0, 3])]


def filter_and_mean(torch):
    x = torch.tensor([1.0, float("nan"), 3.0])
    return [x[~x.isnan()].mean(), x[x == x], x[x > 100].sum()]


def nested_mask_then_int(torch):
    x = _x(torch)
    return x[:, torch.tensor([True, False, True])][1][0]


def copies_do_not_alias(torch):
    x = torch.zeros(3)
    y = x[[0, 1]]
    y += 1
    z = x[torch.tensor([True, False, False])]
    z += 1
    return [x, y, z]


def delete_item_raises(torch):
    x = _x(torch)
    del x[0]
