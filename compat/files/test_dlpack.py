"""DLPack beside real torch: capsules, arguments, dtypes, layouts, and who sees whose writes."""

import warnings

import numpy as np
import pytest
import torch

import jtorch

from .cells import DTYPES


def told(value):
    """A result as plain Python; capsules by their names."""
    if isinstance(value, np.ndarray):
        strides = value.strides if value.size else None
        return value.dtype.name, value.shape, strides, value.flags.writeable, value.tolist()
    if hasattr(value, "stride"):
        plain = value.float() if "float8" in str(value.dtype) else value
        return str(value.dtype), tuple(value.shape), value.stride(), plain.tolist()
    if isinstance(value, (list, tuple)):
        return [told(each) for each in value]
    return repr(value).split(" at 0x")[0]


def outcome(function, lib):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return told(function(lib))
        except Exception as error:
            return type(error).__name__, str(error).split("\n")[0]


def ours_written(lib):
    x = lib.arange(6.0).reshape(2, 3)
    array = np.from_dlpack(x)
    array[0, 0] = 9
    x.add_(1)
    return x, array


def theirs_written(lib):
    array = np.arange(6, dtype=np.float32)
    x = lib.from_dlpack(array)
    array[0] = 5
    x.mul_(2)
    return x, array


def part_written(lib):
    x = lib.arange(6).reshape(2, 3)
    np.from_dlpack(x[1])[:] = 7
    return x


def own_alias(lib):
    x = lib.arange(3.0)
    y = lib.from_dlpack(x)
    y[0] = -1
    return x, y.data_ptr() == x.data_ptr(), y.requires_grad


def by_capsule(lib):
    x = lib.arange(3.0)
    y = lib.utils.dlpack.from_dlpack(lib.utils.dlpack.to_dlpack(x))
    y[0] = -1
    x[1] = -2
    return x, y


def twice(lib):
    capsule = lib.to_dlpack(lib.ones(2))
    return lib.from_dlpack(capsule), lib.from_dlpack(capsule)


def copied(lib):
    array = np.arange(3.0)
    return lib.from_dlpack(array, copy=True).fill_(7), array


def not_copied(lib):
    array = np.arange(3.0)
    return lib.from_dlpack(array, copy=False).fill_(7), array


def exported_copy(lib):
    x = lib.ones(2)
    return lib.from_dlpack(x.__dlpack__(copy=True)).fill_(7), x


class Producer:
    """An object that hands on another's capsule."""

    def __init__(self, tensor, new=True):
        self.tensor, self.new, self.seen = tensor, new, None

    def __dlpack__(self, **options):
        if options and not self.new:
            raise TypeError("unexpected keyword argument")
        self.seen = {k: v if k != "dl_device" else tuple(map(int, v)) for k, v in options.items()}
        return self.tensor.__dlpack__()

    def __dlpack_device__(self):
        return self.tensor.__dlpack_device__()


def asked(lib):
    first, second = Producer(lib.ones(1)), Producer(lib.ones(1))
    lib.from_dlpack(first)
    lib.from_dlpack(second, copy=True, device="cpu")
    return sorted(first.seen.items()), sorted(second.seen.items())


def read_only(lib):
    array = np.arange(3)
    array.flags.writeable = False
    return lib.from_dlpack(array)


CASES = [
    ours_written, theirs_written, part_written, own_alias, by_capsule, twice, copied, not_copied,
    exported_copy, asked, read_only,
    lambda lib: lib.from_dlpack(Producer(lib.ones(2), new=False)),
    lambda lib: np.from_dlpack(lib.arange(6).reshape(2, 3).t()),
    lambda lib: np.from_dlpack(lib.ones(1).expand(3)),
    lambda lib: np.from_dlpack(lib.ones(1, 2, 3, 4).to(memory_format=lib.channels_last)),
    lambda lib: lib.from_dlpack(np.arange(6).reshape(2, 3).T),
    lambda lib: lib.from_dlpack(np.arange(6)[2:]),
    lambda lib: lib.from_dlpack(np.arange(6)[::2]),
    lambda lib: (np.from_dlpack(lib.tensor(3)), lib.from_dlpack(np.array(3.0))),
    lambda lib: (np.from_dlpack(lib.zeros(0, 3)), lib.from_dlpack(np.zeros((0, 3)))),
    lambda lib: np.from_dlpack(lib.ones(2), copy=True),
    lambda lib: lib.from_dlpack(lib.ones(2, requires_grad=True)),
    lambda lib: np.from_dlpack(lib.ones(2, requires_grad=True)),
    lambda lib: lib.to_dlpack(lib.ones(2, requires_grad=True)),
    lambda lib: np.from_dlpack(lib.ones(2, dtype=lib.complex64).conj()),
    lambda lib: np.from_dlpack(lib.ones(2, dtype=lib.complex64).conj().imag),
    lambda lib: np.from_dlpack(lib.eye(2).to_sparse()),
    lambda lib: lib.ones(2, device="meta").__dlpack__(),
    lambda lib: lib.ones(2, device="meta").__dlpack_device__(),
    lambda lib: lib.ones(2).__dlpack_device__(),
    lambda lib: lib.from_dlpack(3), lambda lib: lib.from_dlpack([1]),
    lambda lib: lib.from_dlpack(None),
    lambda lib: lib.ones(2).__dlpack__(), lambda lib: lib.ones(2).__dlpack__(stream=None),
    lambda lib: lib.ones(2).__dlpack__(stream=1), lambda lib: lib.ones(2).__dlpack__(stream=-1),
    lambda lib: lib.ones(2).__dlpack__(stream="a"),
    lambda lib: lib.ones(2).__dlpack__(max_version=(1, 0)),
    lambda lib: lib.ones(2).__dlpack__(max_version=(0, 8)),
    lambda lib: lib.ones(2).__dlpack__(dl_device=(1, 0)),
    lambda lib: lib.from_dlpack(np.ones(2), device="cpu"),
    lambda lib: lib.from_dlpack(np.ones(2), device="cuda"),
    lambda lib: lib.from_dlpack(np.ones(2), device="meta"),
    lambda lib: lib.from_dlpack(lib.to_dlpack(lib.ones(1)), copy=True),
    lambda lib: [(each.name, each.value) for each in lib.utils.dlpack.DLDeviceType],
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(CASES)))
def test_cases(number):
    assert outcome(CASES[number], jtorch) == outcome(CASES[number], torch)


@pytest.mark.parametrize("dtype", DTYPES)
def test_dtypes(dtype):
    def both(lib):
        x = lib.ones(2, 3).to(getattr(lib, dtype))
        return lib.from_dlpack(lib.to_dlpack(x)), lib.from_dlpack(x), x.__dlpack__()

    assert outcome(both, jtorch) == outcome(both, torch)
    export = lambda lib: np.from_dlpack(lib.ones(2).to(getattr(lib, dtype)))  # noqa: E731
    assert outcome(export, jtorch) == outcome(export, torch)


@pytest.mark.parametrize("dtype", DTYPES)
def test_between_the_two(dtype):
    ours, theirs = (lib.ones(2, 3).to(getattr(lib, dtype)) for lib in (jtorch, torch))
    assert told(torch.from_dlpack(ours)) == told(theirs)
    taken = jtorch.from_dlpack(theirs)
    assert told(taken) == told(ours)
    theirs.zero_() if "e8m0" not in dtype else theirs.fill_(2)
    assert told(taken) == told(theirs)
