"""Making tensors: inference, factories, legacy constructors, type strings, new_*, random."""

from __future__ import annotations

import numpy as np

from ._outcome import error

EXPRESSIONS = {
    "tensor_int": "torch.tensor(3)",
    "tensor_float": "torch.tensor(3.5)",
    "tensor_bool": "torch.tensor(True)",
    "tensor_complex": "torch.tensor(1 + 2j)",
    "tensor_list": "torch.tensor([1, 2, 3])",
    "tensor_mixed": "torch.tensor([1, 2.5])",
    "tensor_mixed_bool": "torch.tensor([True, 2])",
    "tensor_nested": "torch.tensor([[1.0, 2.0], [3.0, 4.0]])",
    "tensor_tuple": "torch.tensor((1, 2))",
    "tensor_empty": "torch.tensor([])",
    "tensor_empty_nested": "torch.tensor([[], []])",
    "tensor_range": "torch.tensor(range(4))",
    "tensor_dtype": "torch.tensor([1, 2], dtype=torch.float16)",
    "tensor_truncates": "torch.tensor([1.7, -1.7], dtype=torch.int32)",
    "tensor_numpy": "torch.tensor(np.array([1, 2], dtype=np.int16))",
    "tensor_numpy_float64": "torch.tensor(np.array([1.5]))",
    "tensor_numpy_scalar": "torch.tensor(np.float64(2.5))",
    "tensor_list_of_arrays": "torch.tensor([np.array([1, 2]), np.array([3, 4])])",
    "tensor_list_of_numpy_scalars": "torch.tensor([np.float32(1), np.float32(2)])",
    "tensor_of_tensor_warns": "torch.tensor(torch.ones(2))",
    "tensor_requires_grad": "torch.tensor([1.0], requires_grad=True)",
    "tensor_device": "torch.tensor([1.0], device='cpu')",
    "tensor_string_raises": "torch.tensor('a')",
    "tensor_ragged_raises": "torch.tensor([[1, 2], [3]])",
    "tensor_none_raises": "torch.tensor(None)",
    "tensor_dict_raises": "torch.tensor({})",
    "tensor_strings_raises": "torch.tensor(['a', 'b'])",
    "tensor_nothing_raises": "torch.tensor()",
    "tensor_two_raises": "torch.tensor(1, 2)",
    "tensor_too_large_raises": "torch.tensor(2**70)",
    "tensor_int_requires_grad_raises": "torch.tensor([1], requires_grad=True)",
    "as_tensor_list": "torch.as_tensor([1, 2])",
    "as_tensor_dtype": "torch.as_tensor([1, 2], dtype=torch.float64)",
    "zeros": "torch.zeros(2, 3)",
    "zeros_tuple": "torch.zeros((2, 3))",
    "zeros_size": "torch.zeros(torch.Size([2]), dtype=torch.int8)",
    "zeros_nothing": "torch.zeros(())",
    "zeros_negative_raises": "torch.zeros(-1)",
    "zeros_float_raises": "torch.zeros(2.0)",
    "zeros_string_raises": "torch.zeros('a')",
    "ones_bool": "torch.ones(2, dtype=torch.bool)",
    "full": "torch.full((2, 2), 7)",
    "full_float": "torch.full((2,), 7.5)",
    "full_bool": "torch.full((2,), True)",
    "full_complex": "torch.full((1,), 1j)",
    "full_dtype": "torch.full((2,), 7, dtype=torch.float64)",
    "arange": "torch.arange(5)",
    "arange_float": "torch.arange(1, 2, 0.3)",
    "arange_down": "torch.arange(5, 0, -2)",
    "arange_dtype": "torch.arange(3, dtype=torch.float32)",
    "arange_tensor": "torch.arange(torch.tensor(3))",
    "arange_wrong_raises": "torch.arange(5, 0)",
    "arange_zero_step_raises": "torch.arange(0, 5, 0)",
    "linspace": "torch.linspace(0, 1, 5)",
    "linspace_one": "torch.linspace(2, 3, 1)",
    "linspace_int": "torch.linspace(0, 10, 5, dtype=torch.int64)",
    "logspace": "torch.logspace(0, 2, 3)",
    "eye": "torch.eye(2, 3)",
    "eye_int": "torch.eye(2, dtype=torch.int64)",
    "zeros_like": "torch.zeros_like(torch.arange(3))",
    "ones_like_dtype": "torch.ones_like(torch.arange(3), dtype=torch.float32)",
    "full_like": "torch.full_like(torch.ones(2), 3)",
    "empty_like_stride": "torch.empty_like(torch.ones(2, 3).t()).stride()",
    "zeros_like_grad": "torch.zeros_like(torch.ones(2, requires_grad=True))",
    "rand_like": "torch.rand_like(torch.ones(2))",
    "randn_like": "torch.randn_like(torch.ones(3))",
    "randint_like": "torch.randint_like(torch.ones(3), 10)",
    "new_zeros": "torch.ones(2, dtype=torch.int32).new_zeros(2, 2)",
    "new_ones": "torch.ones(2, dtype=torch.float64).new_ones((3,))",
    "new_full": "torch.ones(2).new_full((2,), 5)",
    "new_tensor": "torch.ones(2).new_tensor([1, 2])",
    "new_tensor_dtype": "torch.ones(2).new_tensor([1, 2], dtype=torch.int8)",
    "new_empty": "torch.ones(2, dtype=torch.int8).new_empty(2).dtype",
    "new_legacy": "torch.ones(2).new(3, 2).shape",
    "new_legacy_list": "torch.ones(2).new([1, 2])",
    "Tensor_sizes": "torch.Tensor(2, 3).shape",
    "Tensor_list": "torch.Tensor([1, 2])",
    "Tensor_nested": "torch.Tensor([[1, 2], [3, 4]])",
    "Tensor_nothing": "torch.Tensor()",
    "Tensor_one_int": "torch.Tensor(3).shape",
    "Tensor_of_size": "torch.Tensor(torch.Size([2, 3])).shape",
    "Tensor_array": "torch.Tensor(np.array([1, 2]))",
    "Tensor_of_tensor": "torch.Tensor(torch.tensor([1.0, 2.0]))",
    "Tensor_of_int_tensor": "torch.Tensor(torch.tensor([1, 2]))",
    "FloatTensor_list": "torch.FloatTensor([1, 2])",
    "FloatTensor_sizes": "torch.FloatTensor(2, 3).shape",
    "LongTensor_list": "torch.LongTensor([1, 2])",
    "LongTensor_floats": "torch.LongTensor([1.7, 2.2])",
    "DoubleTensor": "torch.DoubleTensor([1, 2])",
    "IntTensor": "torch.IntTensor([1, 2])",
    "ByteTensor": "torch.ByteTensor([1, 255])",
    "BoolTensor": "torch.BoolTensor([True, False])",
    "HalfTensor": "torch.HalfTensor([1.5])",
    "ShortTensor": "torch.ShortTensor([1])",
    "CharTensor": "torch.CharTensor([-1])",
    "BFloat16Tensor": "torch.BFloat16Tensor([1.5])",
    "LongTensor_of_array": "torch.LongTensor(np.array([1, 2]))",
    "FloatTensor_of_double_array": "torch.FloatTensor(np.array([1.5]))",
    "cuda_FloatTensor_raises": "torch.cuda.FloatTensor([1.0])",
    "type_string": "torch.ones(2).type('torch.DoubleTensor')",
    "type_string_same": "torch.ones(2).type('torch.FloatTensor')",
    "type_class": "torch.ones(2).type(torch.LongTensor)",
    "type_dtype": "torch.ones(2).type(torch.int8)",
    "type_name": "torch.ones(2, dtype=torch.int64).type()",
    "type_unknown_raises": "torch.ones(2).type('torch.FooTensor')",
    "type_as": "torch.ones(2).type_as(torch.zeros(1, dtype=torch.int16))",
    "to_string_raises": "torch.ones(2).to('foo')",
    "to_other": "torch.ones(2).to(torch.zeros(1, dtype=torch.int16))",
    "to_device_dtype": "torch.ones(2).to('cpu', torch.float64)",
    "to_keywords": "torch.ones(2).to(dtype=torch.int32, device='cpu', non_blocking=True)",
    "cuda_raises": "torch.ones(2).cuda()",
    "conversions": "[getattr(torch.ones(2), n)() for n in ('half', 'int', 'byte', 'bool')]",
    "set_default_tensor_type": "(torch.set_default_tensor_type(torch.DoubleTensor), torch.ones(1))",
    "scalar_tensor": "torch.scalar_tensor(3)",
    "complex_parts": "torch.complex(torch.ones(2), torch.zeros(2))",
    "polar": "torch.polar(torch.ones(2), torch.zeros(2))",
    "tril_indices": "torch.tril_indices(3, 3)",
    "triu_indices": "torch.triu_indices(2, 3, 1)",
    "meshgrid": "torch.meshgrid(torch.arange(2), torch.arange(3), indexing='ij')",
    "meshgrid_xy": "torch.meshgrid(torch.arange(2), torch.arange(3), indexing='xy')",
    "cartesian_prod": "torch.cartesian_prod(torch.tensor([1, 2]), torch.tensor([3, 4]))",
    "combinations": "torch.combinations(torch.arange(3))",
    "vander": "torch.vander(torch.tensor([1, 2, 3]))",
    "bartlett": "torch.bartlett_window(4)",
    "hann": "torch.hann_window(5)",
    "empty_strided": "torch.empty_strided((2, 2), (1, 2)).stride()",
    "empty_shape": "torch.empty(2, 0, 3)",
    "variable": "torch.autograd.Variable(torch.ones(2), requires_grad=True)",
    "from_file_missing_raises": "torch.load('/no/such/file')",
    "randint_missing_raises": "torch.randint(3)",
    "rand_negative_raises": "torch.rand(-2)",
    "ones_unknown_keyword_raises": "torch.ones(2, foo=1)",
    "device_unknown_raises": "torch.device('foo')",
    "dtype_not_a_dtype_raises": "torch.ones(2, dtype='float32')",
}
RANDOM = {
    "rand": "torch.rand(5)",
    "rand_double": "torch.rand(3, dtype=torch.float64)",
    "randn": "torch.randn(4)",
    "randn_large": "torch.randn(40)",
    "randn_double": "torch.randn(20, dtype=torch.float64)",
    "randint": "torch.randint(0, 10, (6,))",
    "randint_high": "torch.randint(5, (3, 2))",
    "randperm": "torch.randperm(10)",
    "normal": "torch.normal(0.0, 1.0, size=(3,))",
    "normal_tensors": "torch.normal(torch.zeros(3), torch.ones(3))",
    "bernoulli": "torch.bernoulli(torch.full((6,), 0.5))",
    "multinomial": "torch.multinomial(torch.tensor([0.2, 0.3, 0.5]), 4, replacement=True)",
    "multinomial_without": "torch.multinomial(torch.tensor([0.2, 0.3, 0.5]), 2)",
    "uniform": "torch.empty(4).uniform_(-1, 1)",
    "normal_in_place": "torch.empty(4).normal_(2, 3)",
    "exponential": "torch.empty(4).exponential_()",
    "generator": "torch.rand(3, generator=torch.Generator().manual_seed(5))",
    "sequence": "[torch.rand(2), torch.randn(2), torch.randint(9, (2,)), torch.rand(2)]",
    "state_round_trip": "(s := torch.get_rng_state(), torch.rand(2), torch.set_rng_state(s))[1]",
    "initial_seed": "torch.initial_seed()",
    "fork": "[torch.random.fork_rng().__class__.__name__, torch.rand(1)]",
}
CASES = {
    name: (lambda torch, text=text: eval(text, {"torch": torch, "np": np}))
    for name, text in EXPRESSIONS.items()
}
CASES |= {
    f"random_{name}": (lambda torch, text=text: eval(text, {"torch": torch, "np": np}))
    for name, text in RANDOM.items()
}


def factories_under_default_dtype(torch):
    torch.set_default_dtype(torch.float64)
    return [
        torch.zeros(1),
        torch.tensor(1.5),
        torch.Tensor([1]),
        torch.rand(1),
        torch.arange(2.0),
        torch.linspace(0, 1, 2),
        error(lambda: torch.set_default_dtype(torch.int64)),
    ]


def default_device_context(torch):
    with torch.device("cpu"):
        return torch.zeros(2)


def default_device_meta(torch):
    with torch.device("meta"):
        x = torch.zeros(2)
    return [x.device, torch.zeros(1).device]


def sixteen_draws_and_more(torch):
    return [torch.randn(15), torch.randn(16), torch.randn(17)]
