"""Calls that fit no signature: missing, surplus and unknown arguments, numbers as tensors."""


def _x(torch):
    return torch.ones(2)


CASES = {
    "missing": lambda torch: torch.relu(),
    "missing_one_of_two": lambda torch: torch.matmul(_x(torch)),
    "missing_both": lambda torch: torch.matmul(),
    "missing_of_method": lambda torch: _x(torch).dot(),
    "missing_index": lambda torch: torch.gather(_x(torch), 0),
    "missing_of_overloaded": lambda torch: torch.mm(),
    "missing_of_shown": lambda torch: torch.add(),
    "number_then_missing": lambda torch: torch.outer(1.0),
    "surplus": lambda torch: torch.sin(_x(torch), _x(torch)),
    "surplus_optional": lambda torch: torch.argmax(_x(torch), 0, False, 1),
    "surplus_of_overloaded": lambda torch: torch.eq(_x(torch), 1, 2, 3),
    "unknown": lambda torch: torch.exp(_x(torch), banana=1),
    "unknown_of_overloaded": lambda torch: torch.sum(_x(torch), banana=1),
    "unknown_then_missing": lambda torch: torch.maximum(_x(torch), banana=1),
    "twice": lambda torch: torch.sin(_x(torch), input=_x(torch)),
    "number": lambda torch: torch.exp(1.0),
    "number_for_second": lambda torch: torch.atan2(_x(torch), 1.0),
    "number_for_overloaded": lambda torch: torch.eq(2, _x(torch)),
    "numbers_for_complex": lambda torch: torch.complex(1.0, 2.0),
    "number_for_linear": lambda torch: torch.nn.functional.linear(3, _x(torch)),
    "number_for_weight": lambda torch: torch.nn.functional.linear(_x(torch), 3),
    "number_for_relu": lambda torch: torch.nn.functional.relu(1.0),
    "number_for_embedding": lambda torch: torch.nn.functional.embedding(torch.tensor([0]), 1),
    "number_for_fft": lambda torch: torch.fft.fft(1.0),
    "list_for_tensor": lambda torch: torch.sin([1.0]),
    "text_for_tensor": lambda torch: torch.sin("a"),
    "none_for_tensor": lambda torch: torch.sin(None),
    "none_for_operand": lambda torch: torch.eq(_x(torch), None),
    "text_for_operand": lambda torch: torch.mul(_x(torch), "a"),
    "float_for_dim": lambda torch: torch.cumsum(_x(torch), 0.5),
    "list_for_dim": lambda torch: torch.argmax(_x(torch), [0]),
    "text_for_dims": lambda torch: torch.amax(_x(torch), "a"),
    "float_in_dims": lambda torch: torch.amax(_x(torch), [0.5]),
    "number_for_tensors": lambda torch: torch.cat(1.0),
    "tensor_for_tensors": lambda torch: torch.stack(_x(torch)),
    "bool_from_number": lambda torch: 1 - torch.tensor([True]),
    "bool_from_float": lambda torch: _x(torch) - torch.tensor([True, False]),
    "bool_negated": lambda torch: -torch.tensor([True]),
}
