"""repr of tensors beside real torch: random arrays of all dtypes and scales, options, suffixes."""

import numpy as np
import pytest
import torch

import jtorch
from jtorch import _print

DTYPES = [
    "float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool",
    "complex64", "complex128",
]  # fmt: skip
SHAPES = [
    (), (0,), (1,), (3,), (7,), (40,), (2, 3), (0, 3), (3, 0), (2, 2, 3), (1, 1, 1, 2), (25, 1),
    (1001,), (40, 30), (3, 400), (400, 3), (7, 7, 30), (2, 2, 2, 2, 2),
]  # fmt: skip


def numbers(rng, shape, dtype):
    """An array of the kinds of numbers that make formats differ."""
    if dtype == "bool":
        return rng.random(shape) < 0.5
    if "int" in dtype:
        high = min(10 ** int(rng.integers(1, 19)), np.iinfo(dtype).max)
        low = 0 if dtype == "uint8" else -high if rng.random() < 0.5 else 0
        return rng.integers(low, high, shape).astype(dtype)
    if dtype.startswith("complex"):
        return (numbers(rng, shape, "float64") + 1j * numbers(rng, shape, "float64")).astype(dtype)
    scale = 10.0 ** rng.integers(-9, 10)
    kind = rng.integers(0, 7)
    x = rng.standard_normal(shape) * scale
    if kind == 1:
        x = np.round(x)
    elif kind == 2:
        x = x * 10.0 ** rng.integers(-5, 5, shape)
    elif kind == 3:
        x = np.round(rng.standard_normal(shape) * 100)
    elif kind == 4:
        x = np.abs(x)
    elif kind == 5:
        x = np.where(rng.random(shape) < 0.3, 0.0, x)
    x = np.asarray(x)
    for value in (np.nan, np.inf, -np.inf, -0.0):
        if rng.random() < 0.1:
            x = np.where(rng.random(shape) < 0.3, value, x)
    return x


def both(array, dtype):
    with np.errstate(all="ignore"):
        theirs = torch.from_numpy(np.array(array))
        if dtype != "bool" and str(theirs.dtype) != f"torch.{dtype}":
            theirs = theirs.to(getattr(torch, dtype))
    wide = theirs.float() if dtype == "bfloat16" else theirs
    ours = jtorch.tensor(wide.numpy()).to(getattr(jtorch, dtype))
    return ours, theirs


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("seed", range(8))
def test_random_arrays(dtype, seed):
    rng = np.random.default_rng([seed, DTYPES.index(dtype)])
    for shape in SHAPES:
        ours, theirs = both(numbers(rng, shape, dtype), dtype)
        assert repr(ours) == repr(theirs), (shape, seed)


OPTIONS = [
    {"precision": 2}, {"precision": 8}, {"precision": 0}, {"threshold": 5}, {"threshold": 0},
    {"threshold": 5, "edgeitems": 1}, {"linewidth": 40},
    {"linewidth": 10}, {"linewidth": 200}, {"sci_mode": True}, {"sci_mode": False},
    {"profile": "short"}, {"profile": "full"}, {"profile": "default"},
    {"precision": 6, "sci_mode": True, "linewidth": 60}, {"threshold": float("inf")},
]  # fmt: skip


@pytest.mark.parametrize("options", OPTIONS, ids=repr)
def test_options(options):
    rng = np.random.default_rng(3)
    for library in (jtorch, torch):
        library.set_printoptions(**options)
    try:
        for dtype in DTYPES:
            for shape in [(), (3,), (12,), (0, 2), (4, 5), (3, 4, 5)]:
                ours, theirs = both(numbers(rng, shape, dtype), dtype)
                assert repr(ours) == repr(theirs), (dtype, shape)
        assert _print.get_printoptions() == vars(torch._tensor_str.PRINT_OPTS)
    finally:
        for library in (jtorch, torch):
            library.set_printoptions(profile="default")


SUFFIXES = """
torch.ones(2, requires_grad=True)
torch.ones(2, requires_grad=True) + 1
torch.ones(2, 3, requires_grad=True).sum()
(torch.ones(3, 3, requires_grad=True) * 2)[0]
torch.ones(2, requires_grad=True).double()
torch.empty(2, 3, device="meta")
torch.empty(2, dtype=torch.int32, device="meta")
torch.empty(0, 3, dtype=torch.int64)
torch.empty(0, dtype=torch.int64)
torch.empty(0, dtype=torch.float64)
torch.empty(2, 0, requires_grad=True)
torch.nn.Parameter(torch.ones(2, 2))
torch.nn.Parameter(torch.ones(2), requires_grad=False)
torch.nn.Parameter(torch.empty(2, device="meta"))
torch.arange(24.).reshape(2, 3, 4).permute(2, 0, 1)
torch.ones(2, 3).expand(4, 2, 3)
torch.arange(30)
torch.arange(30, dtype=torch.int32)
torch.arange(2000.).double()
torch.zeros(3, dtype=torch.float16)
torch.tensor(True)
torch.tensor(2.5, dtype=torch.float64)
torch.tensor([1e-10, 1.0])
torch.tensor([123456789.0, 1.0])
torch.tensor(float("nan"))
torch.tensor([[float("inf"), 1.0], [2.0, -float("inf")]])
[torch.ones(1), torch.zeros(2)]
{"a": torch.tensor(1)}
torch.max(torch.tensor([[1., 2.]]), 1)
torch.tensor([1+2j, -3.5j])
torch.rand(3, 3).new_tensor([0.5] * 40)
torch.ones(18, requires_grad=True) * 3
torch.ones(1, 1, 1, 1)
torch.Size([1, 2])
""".strip().splitlines()


@pytest.mark.parametrize("case", SUFFIXES)
def test_suffixes(case):
    texts = []
    for library in (jtorch, torch):
        result = eval(case, {"torch": library})
        texts.append((repr(result), str(result), f"{result}"))
    assert texts[0] == texts[1]


SPECS = ["", ".2f", ".3e", "5.1f", "d", "08.3f", "s", ">10", "b"]


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("value", [1.25, 3, True, 1 + 2j])
def test_format(spec, value):
    def words(library, data):
        try:
            return format(library.tensor(data), spec)
        except Exception as error:
            return type(error).__name__, str(error).replace("jtorch", "torch")

    assert words(jtorch, value) == words(torch, value)
    assert words(jtorch, [value]) == words(torch, [value])


def test_default_dtype_changes_suffixes():
    texts = []
    for library in (jtorch, torch):
        library.set_default_dtype(library.float64)
        try:
            texts.append([repr(library.tensor(1.5)), repr(library.ones(2, dtype=library.float32))])
        finally:
            library.set_default_dtype(library.float32)
    assert texts[0] == texts[1]
