"""torch.testing beside real torch: what assert_close says, and the numbers of make_tensor."""

import warnings

import numpy as np
import pytest
import torch

import jtorch


def outcome(function, lib):
    lib.manual_seed(0)
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        try:
            result = function(lib)
        except Exception as error:
            result = f"{type(error).__name__}: {error}".replace("jtorch.", "torch.")
            if "unexpected exception" in result:  # torch shows its insides
                result = result.splitlines()[0]
        said = [str(each.message) for each in given if each.category is FutureWarning]
    return result, said


def close(make, **options):
    def run(lib):
        actual, expected = make(lib)
        lib.testing.assert_close(actual, expected, **options)

    return run


NAN, INF = float("nan"), float("inf")
COMPARED = [
    close(lambda t: (t.tensor([1.0, 2]), t.tensor([1.0, 2]))),
    close(lambda t: (t.tensor([1.0, 2, 3, 4]), t.tensor([1.0, 2.5, 3, 7]))),
    close(lambda t: (t.tensor(1.0), t.tensor(2.0))),
    close(lambda t: (t.tensor(1.0), t.tensor(0.0))),
    close(lambda t: (t.zeros(2, 3), t.ones(2, 3))),
    close(lambda t: (t.tensor([1, 2]), t.tensor([1, 3]))),
    close(lambda t: (t.tensor(1), t.tensor(2))),
    close(lambda t: (t.tensor([True, False]), t.tensor([True, True]))),
    close(lambda t: (t.tensor(True), t.tensor(False))),
    close(lambda t: (t.tensor([1], dtype=t.uint8), t.tensor([255], dtype=t.uint8))),
    close(lambda t: (t.tensor([1], dtype=t.uint64), t.tensor([2], dtype=t.uint64))),
    close(lambda t: (t.tensor([NAN]), t.tensor([NAN]))),
    close(lambda t: (t.tensor([NAN, 1]), t.tensor([NAN, 1])), equal_nan=True),
    close(lambda t: (t.tensor([INF, 1]), t.tensor([1, 1.0]))),
    close(lambda t: (t.tensor([INF, 1]), t.tensor([INF, 1.0]))),
    close(lambda t: (t.ones(2), t.ones(3))),
    close(lambda t: (t.ones(2), t.ones(2).double())),
    close(lambda t: (t.ones(2), t.ones(2).double()), check_dtype=False),
    close(lambda t: (t.ones(1), t.ones(1).half() * 2), check_dtype=False),
    close(lambda t: (t.ones(2), t.ones(2, device="meta"))),
    close(lambda t: (t.ones(2, device="meta"), t.ones(2, device="meta"))),
    close(lambda t: (t.ones(2, 3), t.ones(3, 2).t()), check_stride=True),
    close(lambda t: (t.eye(2), t.eye(2).to_sparse())),
    close(lambda t: (t.eye(2), t.eye(2).to_sparse()), check_layout=False),
    close(lambda t: (t.eye(2).to_sparse(), (2 * t.eye(2)).to_sparse())),
    close(lambda t: (t.eye(2).to_sparse(), t.ones(2, 2).to_sparse())),
    close(lambda t: (t.eye(2).to_sparse(), t.eye(2).flip(0).to_sparse())),
    close(lambda t: (t.tensor(1.0), t.tensor(1.0)), rtol=0.1),
    close(lambda t: (t.tensor(1.0), t.tensor(1.0)), atol=0.1),
    close(lambda t: (t.tensor(1.0), t.tensor(1.0)), rtol=-1, atol=0),
    close(lambda t: (t.tensor([1.0, 5]), t.tensor([1.1, 9])), rtol=0.2, atol=0.1),
    close(lambda t: (t.tensor([1, 5]), t.tensor([2, 9])), rtol=0.0, atol=1),
    close(lambda t: (t.tensor([1 + 1j]), t.tensor([1 + 2j]))),
    close(lambda t: (t.ones(0), t.ones(0))),
    close(lambda t: (t.arange(10000.0), t.arange(10000.0) + (t.arange(10000) == 777))),
    close(lambda t: (t.ones(2).to(t.float8_e5m2), t.zeros(2).to(t.float8_e5m2))),
    close(lambda t: (t.ones(()).to(t.float8_e5m2), t.zeros(()).to(t.float8_e5m2))),
    close(lambda t: (1, 2)), close(lambda t: (1.0, 1.1)), close(lambda t: (1.0, 1.0)),
    close(lambda t: (1.0, 1.1), rtol=0.5, atol=0), close(lambda t: (1, 1.0)),
    close(lambda t: (1, 1.0), check_dtype=False), close(lambda t: (True, False)),
    close(lambda t: (1j, 2j)), close(lambda t: (NAN, NAN)), close(lambda t: (1.0, 0.0)),
    close(lambda t: (NAN, NAN), equal_nan=True), close(lambda t: (np.float32(1), np.float32(2))),
    close(lambda t: (np.float64(1), 1.0)), close(lambda t: (np.bool_(True), False)),
    close(lambda t: ([t.tensor(1.0), t.tensor(2.0)], [t.tensor(1.0), t.tensor(3.0)])),
    close(lambda t: ([t.tensor(1.0)], [t.tensor(1.0), t.tensor(3.0)])),
    close(lambda t: ({"a": t.tensor(1.0)}, {"a": t.tensor(3.0)})),
    close(lambda t: ({"a": t.tensor(1.0)}, {"b": t.tensor(3.0)})),
    close(lambda t: ({1: 2, "b": 2}, {1: 2})), close(lambda t: ({"a": True}, {"a": False})),
    close(lambda t: ({"a": [1, t.tensor([1.0, 2])]}, {"a": [1, t.tensor([1.0, 4])]})),
    close(lambda t: ((1,), [1])), close(lambda t: ([], [])), close(lambda t: ({1}, {1})),
    close(lambda t: ("a", "a")), close(lambda t: (["a"], ["a"])),
    close(lambda t: (None, None)), close(lambda t: (None, t.tensor(1))),
    close(lambda t: (np.ones(2), np.zeros(2))), close(lambda t: (np.ones(2), t.ones(2))),
    close(lambda t: (object(), object())), close(lambda t: (1, t.tensor(1))),
    close(lambda t: (t.tensor(1), 1)), close(lambda t: ([1.0, 2], t.tensor([1.0, 2]))),
    close(lambda t: (t.tensor(1.0), t.tensor(2.0)), msg="mine"),
    close(lambda t: ([t.tensor(1.0)], [t.tensor(2.0)]), msg=lambda m: "X\n" + m),
    close(lambda t: (t.nn.Parameter(t.ones(1)), t.ones(1))),
    close(lambda t: (t.nn.Parameter(t.ones(1)), t.ones(1)), allow_subclasses=False),
    lambda t: t.testing.assert_allclose(t.tensor([1.0]), t.tensor([2.0])),
    lambda t: t.testing.assert_allclose(t.ones(1), t.ones(1).double() * 2),
    lambda t: t.testing.assert_allclose(1.0, 2.0),
    lambda t: t.testing.assert_allclose(t.tensor([1.0]), [1.0 + 1e-5]),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(COMPARED)))
def test_comparisons(number):
    assert outcome(COMPARED[number], jtorch) == outcome(COMPARED[number], torch)


FLOATS = ["float16", "bfloat16", "float32", "float64", "complex64", "complex128"]
INTEGERS = ["bool", "uint8", "int8", "int16", "int32", "int64"]


@pytest.mark.parametrize("dtype", [*FLOATS, *INTEGERS])
def test_messages_by_dtype(dtype):
    compare = close(
        lambda t: (t.ones(2, dtype=getattr(t, dtype)), t.zeros(2, dtype=getattr(t, dtype)))
    )
    assert outcome(compare, jtorch) == outcome(compare, torch)


def made(*shape, dtype, **options):
    def run(lib):
        given = dict(options)
        if "memory_format" in given:
            given["memory_format"] = getattr(lib, given["memory_format"])
        x = lib.testing.make_tensor(*shape, dtype=getattr(lib, dtype), device="cpu", **given)
        plain = x.detach().float() if "float8" in dtype else x.detach()
        return repr(x.dtype)[-8:], x.stride(), x.requires_grad, plain.tolist()

    return run


MADE = [
    made(2, 3, dtype=dtype, **options)
    for dtype in [*FLOATS, *INTEGERS, "uint16", "uint32", "uint64", "float8_e4m3fn", "float8_e5m2"]
    for options in ({}, {"low": 0, "high": 2}, {"noncontiguous": True})
] + [
    made(6, dtype=dtype, low=0, high=2, exclude_zero=True) for dtype in [*FLOATS, *INTEGERS]
] + [
    made(3, dtype=dtype, low=-1e30, high=1e30) for dtype in [*FLOATS, *INTEGERS, "uint32"]
] + [
    made(3, 2, dtype="float32", noncontiguous=True), made(dtype="complex64"),
    made((), dtype="float32", noncontiguous=True), made([2, 2], dtype="float32"),
    made(1, 2, 2, 2, dtype="float32", memory_format="channels_last"),
    made(1, 2, 2, 2, dtype="float32", memory_format="channels_last", noncontiguous=True),
    made(2, dtype="float32", requires_grad=True), made(2, dtype="int64", requires_grad=True),
    made(2, dtype="float32", low=2, high=1), made(2, dtype="float32", low=1, high=1),
    made(2, dtype="int32", low=1, high=1), made(2, dtype="float32", low=NAN),
    made(2, dtype="uint8", low=-5, high=-1), made(2, dtype="uint8", low=300, high=400),
    made(2, dtype="float16", low=1e6, high=1e7), made(2, dtype="bool", low=5, high=7),
    made(2, dtype="int64", low=0.5, high=2.5), made(2, dtype="int64", low=0.5, high=0.7),
    made(2, dtype="float32", low=-INF, high=INF), made(2, dtype="float32", low=INF, high=INF),
    made(2, dtype="int64", low=-(2**63), high=2**63), made(0, 2, dtype="float32"),
    made(2, dtype="complex64", low=0, high=0, exclude_zero=True), made(2, dtype="float32", low="a"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(MADE)))
def test_made_tensors(number):
    assert outcome(MADE[number], jtorch) == outcome(MADE[number], torch)
