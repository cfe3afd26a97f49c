"""torch.device, memory formats and layouts: the objects, the stack of default devices, and which
device of JAX stands for which device of torch. It knows no tensor, and touches JAX only when a
device is looked for.

`cuda` means JAX's GPU, or its TPU with JTORCH_CUDA=tpu in the environment.
"""

import functools
import os
import re
import threading

import jax

TYPES = (
    "cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, lazy, vulkan, "
    "mps, meta, hpu, mtia, privateuseone"
)
_TYPE_NUMBERS = {name: number for number, name in enumerate(TYPES.split(", "))}
_DEVICE_STRING = re.compile(r"([a-zA-Z_]+)(?::(0|[1-9][0-9]*))?")

INVALID_COMBINATION = """device() received an invalid combination of arguments - \
got ({given}), but expected one of:
 * (torch.device device){mismatch}
 * (str type, int index = -1)
"""

_local = threading.local()


class device:
    """Where a tensor lives: a type ("cpu", "cuda", "meta") and, or None, which one of that type.

    As a context manager it is the default device of everything made inside.
    """

    __module__ = "torch"
    __slots__ = ("__weakref__", "_index", "_type")
    _type: str
    _index: int | None

    def __new__(cls, *args, **kwargs):
        given, index = _arguments(*args, **kwargs)
        if isinstance(given, device):
            return given
        if isinstance(given, str):
            return _make(*_parse(given, index))
        if given < 0:
            raise RuntimeError("Device index must not be negative")
        if not device_count("cuda"):
            raise RuntimeError("Cannot access accelerator device when none is available.")
        return _make("cuda", given)

    @property
    def type(self):
        """The kind of device: "cpu", "cuda", "meta"."""
        return self._type

    @property
    def index(self):
        """Which one of its kind, or None for the current one."""
        return self._index

    def __repr__(self):
        index = "" if self._index is None else f", index={self._index}"
        return f"device(type='{self._type}'{index})"

    def __str__(self):
        return self._type if self._index is None else f"{self._type}:{self._index}"

    def __eq__(self, other):
        if not isinstance(other, device):
            return NotImplemented
        return self._type == other._type and self._index == other._index

    def __hash__(self):
        return _TYPE_NUMBERS[self._type] << 16 | (255 if self._index is None else self._index)

    def __lt__(self, other):
        raise TypeError("comparison not implemented")

    __le__ = __gt__ = __ge__ = __lt__

    def __reduce__(self):
        return _make, (self._type, self._index)

    def __enter__(self):
        _stack().append(self)
        return self

    def __exit__(self, *exc_info):
        _stack().pop()


_KNOWN: dict[tuple[str, int | None], device] = {}


def _make(type, index):
    """The device object of a valid type and index; the same one each time."""
    found = _KNOWN.get((type, index))
    if found is None:
        found = object.__new__(device)
        found._type, found._index = type, index
        _KNOWN[type, index] = found
    return found


def _arguments(*args, **kwargs):
    """What device() was called with, as (device or str or int, index or None)."""
    if len(args) + len(kwargs) == 1:
        (given,) = args or kwargs.values()
        named = next(iter(kwargs), "device" if isinstance(given, device) else "type")
        if named in ("device", "type") and _is_device_like(given):
            return given, None
    elif len(args) + len(kwargs) == 2 and kwargs.keys() <= {"type", "index"}:
        named = dict(zip(("type", "index"), args)) | kwargs
        if isinstance(named.get("type"), str) and "index" in named:
            return named["type"], _require_index(named["index"])
    kinds = [type(each).__name__ for each in args]
    kinds += [f"{name}={type(each).__name__}" for name, each in kwargs.items()]
    mismatch = ""
    if len(args) == 1 and not kwargs:
        mismatch = "\n      didn't match because some of the arguments have invalid types: "
        mismatch += f"(!{kinds[0]}!)"
    raise TypeError(INVALID_COMBINATION.format(given=", ".join(kinds), mismatch=mismatch))


def _is_device_like(given):
    return isinstance(given, (device, str)) or type(given) is int


def _require_index(index):
    if type(index) is not int:
        kind = type(index).__name__
        raise TypeError(f"device(): argument 'index' (position 2) must be int, not {kind}")
    return index


def _parse(text, index):
    """The type and index of a device string, as torch reads it."""
    if not text:
        raise RuntimeError("Device string must not be empty")
    match = _DEVICE_STRING.fullmatch(text)
    if match is None:
        raise RuntimeError(f"Invalid device string: '{text}'")
    type, digits = match.groups()
    if type not in _TYPE_NUMBERS:
        raise RuntimeError(f"Expected one of {TYPES} device type at start of device string: {type}")
    if digits is not None and len(digits) > 9:
        raise RuntimeError(f"Could not parse device index '{digits}' in device string '{text}'")
    if index is None:
        return type, None if digits is None else int(digits)
    if digits is not None:
        raise RuntimeError(
            "type (string) must not include an index because index was passed explicitly: " + text
        )
    if index < 0:
        raise RuntimeError("Device index must not be negative")
    return type, index


CPU, META = _make("cpu", None), _make("meta", None)


# -- the default device --


def _stack():
    """This thread's default devices, innermost last; the first is set_default_device's."""
    stack = getattr(_local, "stack", None)
    if stack is None:
        stack = _local.stack = [CPU]
    return stack


def default_device():
    """Where this thread makes tensors when it does not say where."""
    return _stack()[-1]


def get_default_device():
    """Where this thread makes tensors when it does not say where, with its index."""
    return with_index(_stack()[-1])


def set_default_device(device):
    """Make `device` (or the CPU, for None) this thread's default, outside of `with device:`."""
    _stack()[0] = CPU if device is None else as_device(device)


def as_device(given):
    """The device that a `device=` argument means: a device, a string or an index of a GPU."""
    return given if isinstance(given, device) else device(given)


def resolve(given, function="zeros"):
    """The device to make a tensor on, with its index: `given`, or the default device for None.

    `function` is named in the TypeError for something that is no device at all.
    """
    if given is None:
        return with_index(_stack()[-1])
    if not isinstance(given, device):
        if not _is_device_like(given):
            kind = type(given).__name__
            raise TypeError(f"{function}(): argument 'device' must be torch.device, not {kind}")
        given = device(given)
    return with_index(given)


def with_index(device):
    """The device with the index that tensors on it report: cuda -> cuda:0, cpu:1 -> cpu."""
    if device._type in ("cpu", "meta"):
        return device if device._index is None else _make(device._type, None)
    if device._index is None:
        return _make(device._type, current_index())
    return device


def current_index():
    """Which GPU `cuda` without an index means in this thread."""
    return getattr(_local, "index", 0)


def set_current_index(index):
    """Make `cuda` without an index mean GPU number `index` in this thread."""
    _local.index = index


# -- devices of JAX --


def jax_platform(type):
    """The name JAX has for the devices that torch calls `type`, or None for what it has not."""
    if type == "cuda":
        return "tpu" if os.environ.get("JTORCH_CUDA") == "tpu" else "gpu"
    return "cpu" if type == "cpu" else None


def jax_devices(type):
    """JAX's devices of a type of torch's; an empty list without one."""
    platform = jax_platform(type)
    if platform is None:
        return []
    try:
        return jax.local_devices(backend=platform)
    except RuntimeError:  # JAX was built, or told by JAX_PLATFORMS, to do without
        return []


def device_count(type):
    """How many devices of a type there are."""
    return len(jax_devices(type))


def jax_device(device):
    """The JAX device that holds the tensors of `device`.

    Raises as a torch built for the CPU alone does where there is none: AssertionError for cuda.
    """
    found = jax_devices(device._type)
    if not found:
        name = device._type
        if name in ("cuda", "xpu"):
            raise AssertionError(f"Torch not compiled with {name.upper()} enabled")
        raise NotImplementedError(
            "Could not run 'aten::empty.memory_format' with arguments from the "
            f"'{name.upper() if name != 'meta' else 'Meta'}' backend.\n\n"
            "jtorch's devices are cpu, meta, and cuda: JAX's GPU, or its TPU with JTORCH_CUDA=tpu."
        )
    if device._type == "cpu":
        return found[0]
    index = current_index() if device._index is None else device._index
    if index >= len(found):
        raise RuntimeError("CUDA error: invalid device ordinal")
    return found[index]


def device_of_jax(jax_device):
    """torch's device for one of JAX's."""
    if jax_device.platform == "cpu":
        return CPU
    return _make("cuda", jax_devices("cuda").index(jax_device))


GRAPH_META = "meta"  # what the graph calls the device of values without data
_known = {GRAPH_META: META}


def to_jax(given=None):
    """Where the graph keeps the tensors of what names a device: a JAX device, or "meta"."""
    wanted = resolve(given)
    if wanted._type == "meta":
        return GRAPH_META
    if wanted._type == "cpu":
        return _cpu()
    return jax_device(wanted)


@functools.cache
def _cpu():
    return jax.local_devices(backend="cpu")[0]


def of_jax(place):
    """torch's device for where the graph keeps a value; the opposite of `to_jax`."""
    found = _known.get(place)
    if found is None:
        found = _known[place] = device_of_jax(place)
    return found


def put(array, place):
    """A JAX array on another JAX device."""
    return jax.device_put(array, place)


# -- memory formats and layouts --


class _Constant:
    __module__ = "torch"
    __slots__ = ("_name",)
    _name: str

    def __new__(cls, *args, **kwargs):
        raise TypeError(f"cannot create 'torch.{cls.__name__}' instances")

    def __repr__(self):
        return f"torch.{self._name}"

    def __reduce__(self):
        return constant, (self._name,)


class memory_format(_Constant):
    """The order in which a tensor's elements lie in memory."""

    __module__ = "torch"
    __slots__ = ()


class layout(_Constant):
    """How a tensor keeps its elements: strided, or one of the sparse ways."""

    __module__ = "torch"
    __slots__ = ()


_CONSTANTS: dict[str, _Constant] = {}


def constant(name):
    """The memory format or layout that `torch.<name>` is."""
    return _CONSTANTS[name]


def _define(cls, name):
    self = _CONSTANTS[name] = object.__new__(cls)
    self._name = name
    return self


contiguous_format = _define(memory_format, "contiguous_format")
preserve_format = _define(memory_format, "preserve_format")
channels_last = _define(memory_format, "channels_last")
channels_last_3d = _define(memory_format, "channels_last_3d")
legacy_contiguous_format = contiguous_format

strided = _define(layout, "strided")
sparse_coo = _define(layout, "sparse_coo")
sparse_csr = _define(layout, "sparse_csr")
sparse_csc = _define(layout, "sparse_csc")
sparse_bsr = _define(layout, "sparse_bsr")
sparse_bsc = _define(layout, "sparse_bsc")
jagged = _define(layout, "jagged")
