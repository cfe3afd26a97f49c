"""dtypes, devices, sizes and layouts by themselves."""

import copy
import pickle
import threading

import pytest

from jtorch import _devices, _dtypes, _errors, _size

CONSTANTS = [*_dtypes.ALL.values(), _devices.channels_last, _devices.strided]


@pytest.mark.parametrize("constant", CONSTANTS, ids=repr)
def test_one_object_each(constant):
    assert copy.copy(constant) is constant
    assert copy.deepcopy([constant])[0] is constant
    assert pickle.loads(pickle.dumps(constant)) is constant


def test_names():
    assert _dtypes.half is _dtypes.float16
    assert _dtypes.long is _dtypes.int64
    assert repr(_dtypes.bool_) == "torch.bool"
    assert _dtypes.from_np("<f4") is _dtypes.float32
    assert _dtypes.from_np(">i8") is _dtypes.int64
    with pytest.raises(TypeError, match=r"can't convert np\.ndarray of type numpy\.str_"):
        _dtypes.from_np("U3")


def test_default_dtype():
    assert _dtypes.get_default_dtype() is _dtypes.float32
    _dtypes.set_default_dtype(_dtypes.float64)
    try:
        assert _dtypes.finfo().dtype == "float64"
    finally:
        _dtypes.set_default_dtype(_dtypes.float32)
    with pytest.raises(TypeError, match=r"^only floating-point types"):
        _dtypes.set_default_dtype(_dtypes.int32)


def test_dtype_does_not_open():
    with pytest.raises(TypeError, match=r"cannot create 'torch.dtype' instances"):
        _dtypes.dtype()
    with pytest.raises(TypeError, match=r"cannot create 'torch.layout' instances"):
        _devices.layout()
    with pytest.raises(AttributeError):
        _devices.CPU.type = "cuda"


def test_device_pickles_and_copies():
    for device in (_devices.CPU, _devices.device("cuda:1")):
        assert pickle.loads(pickle.dumps(device)) == device
        assert copy.deepcopy(device) == device
    assert _devices.device(_devices.CPU) is _devices.CPU


def test_default_device_is_a_stack_per_thread():
    seen = []
    with _devices.device("meta") as device:
        assert device == _devices.META == _devices.default_device()
        with _devices.device("cpu"):
            assert _devices.resolve(None) == _devices.CPU
        assert _devices.resolve(None) == _devices.META
        assert _devices.resolve("cpu") == _devices.CPU
        thread = threading.Thread(target=lambda: seen.append(_devices.get_default_device()))
        thread.start()
        thread.join()
    assert seen == [_devices.CPU]
    _devices.set_default_device("meta")
    assert _devices.get_default_device() == _devices.META
    _devices.set_default_device(None)
    assert _devices.get_default_device() == _devices.CPU


def test_resolve():
    assert repr(_devices.resolve("cuda")) == "device(type='cuda', index=0)"
    assert repr(_devices.resolve("cpu:1")) == "device(type='cpu')"
    with pytest.raises(TypeError, match=r"ones\(\): argument 'device' must be torch.device, not f"):
        _devices.resolve(1.5, "ones")


def test_jax_device():
    assert _devices.jax_device(_devices.CPU).platform == "cpu"
    assert _devices.device_of_jax(_devices.jax_device(_devices.CPU)) is _devices.CPU


def test_size_with_ints_of_others():
    class Three:
        def __index__(self):
            return 3

    assert _size.Size([Three(), 2]) == (3, 2)
    assert type(_size.Size([Three()])[0]) is int
    assert type(pickle.loads(pickle.dumps(_size.Size([2])))) is _size.Size


def test_not_covered_names_itself():
    error = _errors.not_covered("torch.foo", "It is too strange.")
    assert str(error).startswith("torch.foo is not covered by jtorch\n\nIt is too strange.\n")
