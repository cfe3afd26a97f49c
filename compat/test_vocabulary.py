"""dtypes, devices and sizes beside real torch: the same values, the same words."""

import copy
import itertools
import pickle
from functools import partial

import pytest
import torch

from jtorch import _devices, _dtypes, _size

NAMES = sorted(_dtypes.ALL)


def outcome(function):
    """What a call gives: its repr, or the type and first line of what it raises."""
    try:
        return repr(function())
    except Exception as error:
        return type(error).__name__, str(error).split("\n")[0]


@pytest.mark.parametrize("name", NAMES)
def test_dtype(name):
    ours, theirs = _dtypes.by_name(name), getattr(torch, name)
    for attribute in ("itemsize", "is_floating_point", "is_complex", "is_signed", "abbr"):
        assert getattr(ours, attribute) == getattr(theirs, attribute), attribute
    assert repr(ours) == repr(theirs)
    assert repr(ours.to_real()) == repr(theirs.to_real())
    if name != "float16":
        assert outcome(ours.to_complex) == outcome(theirs.to_complex)
    for kind in ("finfo", "iinfo"):
        ours_info = outcome(partial(getattr(_dtypes, kind), ours))
        assert ours_info == outcome(partial(getattr(torch, kind), theirs))


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32", "float64", "complex64"])
def test_finfo_values(name):
    ours, theirs = _dtypes.finfo(_dtypes.by_name(name)), torch.finfo(getattr(torch, name))
    for attribute in (
        "bits",
        "eps",
        "max",
        "min",
        "resolution",
        "smallest_normal",
        "tiny",
        "dtype",
    ):
        assert getattr(ours, attribute) == getattr(theirs, attribute), attribute


def test_promote_types():
    for a, b in itertools.product(NAMES, NAMES):
        ours = outcome(lambda a=a, b=b: _dtypes.promote_types(*map(_dtypes.by_name, (a, b))))
        theirs = outcome(lambda a=a, b=b: torch.promote_types(*(getattr(torch, n) for n in (a, b))))
        assert ours == theirs, (a, b)


def test_can_cast():
    for a, b in itertools.product(NAMES, NAMES):
        ours = _dtypes.can_cast(_dtypes.by_name(a), _dtypes.by_name(b))
        assert ours == torch.can_cast(getattr(torch, a), getattr(torch, b)), (a, b)


DEVICES = [
    ("cpu",), ("cuda",), ("cuda:0",), ("meta",), ("cpu:0",), ("xla:1",), ("tpu",), ("foo",), ("",),
    ("CPU",), ("cpu", -1), ("cpu", 0), ("cuda:-1",), ("cuda:",), ("cuda:01",), ("cpu:0:1",),
    ("cuda:0", 1), ("cuda", 1.5), ("cpu", "0"), (None,), (), (1.5,), (" cpu",), ("cuda:0a",),
    ("cuda:a",), ("cuda:99999999999",), (0,), (-1,),
]  # fmt: skip


@pytest.mark.parametrize("args", DEVICES)
def test_device(args):
    assert outcome(lambda: _devices.device(*args)) == outcome(lambda: torch.device(*args))
    assert outcome(lambda: str(_devices.device(*args))) == outcome(lambda: str(torch.device(*args)))


def test_device_equality():
    names = ("cpu", "cpu:0", "cuda", "cuda:0", "cuda:1", "meta")
    for a, b in itertools.product(names, names):
        assert (_devices.device(a) == _devices.device(b)) == (torch.device(a) == torch.device(b))
    assert _devices.device("cpu") != "cpu"


@pytest.mark.parametrize("name", ["cuda", "cuda:0", "xpu", "mps", "xla"])
def test_missing_devices(name):
    if name.startswith("cuda") and (torch.cuda.is_available() or _devices.device_count("cuda")):
        pytest.skip("there is a GPU")
    ours = outcome(lambda: _devices.jax_device(_devices.device(name)))
    theirs = outcome(lambda: torch.zeros(1, device=name))
    assert ours[0] == theirs[0]
    assert theirs[1].startswith(ours[1])


# fmt: off
SIZES = [
    lambda S: S([2, 3.5]), lambda S: S("ab"), lambda S: S([2]) * 2, lambda S: 2 * S([2]),
    lambda S: S([2]) + (3,), lambda S: (3,) + S([2]), lambda S: S([1, 2]) + [3],  # noqa: RUF005
    lambda S: S([1, 2, 3])[1:], lambda S: S([1, 2])[0], lambda S: S([1])["a"], lambda S: S(5),
    lambda S: S(), lambda S: S([]), lambda S: S((2, True)), 

    lambda S: S([2, 3]).numel(), lambda S: S([]).numel(), lambda S: S([1]) * 1.5,
    lambda S: S([2, 3]) == (2, 3), lambda S: hash(S([2])) == hash((2,)),
    lambda S: "%s %s" % S([1, 2]),  # noqa: UP031
    lambda S: copy.deepcopy(S([1])),
    lambda S: pickle.loads(pickle.dumps(S([1]))),
]
# fmt: on


@pytest.mark.parametrize("case", range(len(SIZES)))
def test_size(case):
    ours, theirs = (
        outcome(lambda: SIZES[case](_size.Size)),
        outcome(lambda: SIZES[case](torch.Size)),
    )
    assert ours == theirs
