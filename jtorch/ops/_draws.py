"""From a generator to values of the graph. On the CPU numbers are drawn on the host when the call
is made, with torch's generator, and enter the program as data. On other devices the program gets a
key (seed, offset) and draws by itself. Nothing is drawn for meta tensors.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .. import _devices, _dtypes, _errors
from .._generator import Generator, States, Stream, default_of
from .._layout import dense_like, is_contiguous
from .._tensor import Tensor, from_array, from_value
from ..graph import META, Lifted, Prim, Value, from_buffer, levels, record
from ._apply import CAST


def _wrap_state(state: np.ndarray) -> Tensor:
    return from_array(state, device=_devices.CPU)


def _unwrap_state(given: Any) -> np.ndarray:
    if not isinstance(given, Tensor):
        kind = _errors.type_name_of(given)
        raise TypeError(f"expected a torch.ByteTensor, but got {kind}")
    if given.dtype is not _dtypes.uint8:
        raise TypeError("RNG state must be a torch.ByteTensor")
    return np.array(given._numpy()).reshape(-1)


States.wrap, States.unwrap = staticmethod(_wrap_state), staticmethod(_unwrap_state)


def source(generator: Any, where: Any, function: str = "random") -> Stream:
    """The generator to draw from: the one given, or the default one of the device."""
    device = _devices.of_jax(where)
    if generator is None:
        return default_of(device)
    if not isinstance(generator, Stream):
        kind = _errors.type_name_of(generator)
        raise TypeError(f"{function}(): argument 'generator' must be torch.Generator, not {kind}")
    if generator.on_cpu != (device.type in ("cpu", "meta")) and device.type != "meta":
        found = generator.device.type if isinstance(generator, Generator) else "cpu"
        raise RuntimeError(
            f"Expected a '{device.type}' device type for generator but found '{found}'"
        )
    return generator


# -- drawing on a device


def _key(seed, offset):
    seed, offset = (x.array if isinstance(x, Lifted) else x for x in (seed, offset))
    return jax.random.fold_in(jax.random.key(jnp.asarray(seed, np.int64)), offset)


def _on_device(seed, offset, *numbers, kind, shape, dtype):
    numbers = [x.array if isinstance(x, Lifted) else x for x in numbers]
    return (KINDS[kind](_key(seed, offset), shape, dtype, *numbers),)


def _wide(dtype):
    return np.float64 if dtype == np.float64 else np.float32


def _uniform(key, shape, dtype, low, high):
    x = jax.random.uniform(key, shape, _wide(dtype))
    return (x * (high - low) + low).astype(dtype)


def _normal(key, shape, dtype, mean, std):
    return (jax.random.normal(key, shape, _wide(dtype)) * std + mean).astype(dtype)


def _integers(key, shape, dtype, low, high):
    return jax.random.randint(key, shape, low, high, np.int64).astype(dtype)


def _bernoulli(key, shape, dtype, p):
    return (jax.random.uniform(key, shape, np.float32) < p).astype(dtype)


def _exponential(key, shape, dtype, lambd):
    return (jax.random.exponential(key, shape, _wide(dtype)) / lambd).astype(dtype)


def _cauchy(key, shape, dtype, median, sigma):
    return (jax.random.cauchy(key, shape, _wide(dtype)) * sigma + median).astype(dtype)


def _log_normal(key, shape, dtype, mean, std):
    return jnp.exp(jax.random.normal(key, shape, _wide(dtype)) * std + mean).astype(dtype)


def _permutation(key, shape, dtype):
    return jax.random.permutation(key, shape[0]).astype(dtype)


def _geometric(key, shape, dtype, p):
    return jax.random.geometric(key, p, shape).astype(dtype)


KINDS: dict[str, Callable] = {
    "uniform": _uniform, "normal": _normal, "integers": _integers, "bernoulli": _bernoulli,
    "exponential": _exponential, "cauchy": _cauchy, "log_normal": _log_normal,
    "geometric": _geometric, "permutation": _permutation,
}  # fmt: skip
ON_DEVICE = Prim("random", _on_device)


# -- drawing anywhere


class Slots:
    """What is to be filled: a shape, a dtype, a place, and the order of the dimensions in memory,
    in which torch deals out the numbers.
    """

    def __init__(self, shape: tuple[int, ...], dtype: _dtypes.dtype, where: Any):
        self.shape, self.dtype, self.where = shape, dtype, where
        self.order: tuple[int, ...] | None = None
        self.contiguous = True

    @classmethod
    def of(cls, tensor: Tensor) -> Slots:
        aval = tensor._value.aval
        slots = cls(aval.shape, tensor.dtype, aval.device)
        if not tensor._plain():
            strides = tensor._layout().strides
            slots.contiguous = is_contiguous(aval.shape, strides)
            strides = dense_like(aval.shape, strides)  # expanded dimensions keep their place
            slots.order = tuple(sorted(range(len(strides)), key=lambda d: (-strides[d], d)))
        return slots

    @property
    def numel(self) -> int:
        return math.prod(self.shape)

    def times(self, sizes: list[int]) -> Slots:
        """As many of these, along further dimensions in front."""
        many = Slots((*sizes, *self.shape), self.dtype, self.where)
        many.contiguous, front = self.contiguous, len(sizes)
        if self.order is not None:
            many.order = (*range(front), *(d + front for d in self.order))
        return many

    def laid_out(self, flat: Any) -> np.ndarray:
        """Numbers in order of memory as an array of the shape."""
        flat = np.asarray(flat)
        if self.order is None or self.order == tuple(range(len(self.shape))):
            return flat.reshape(self.shape)
        in_memory = flat.reshape([self.shape[d] for d in self.order])
        return np.ascontiguousarray(in_memory.transpose(np.argsort(self.order)))


def draw(kind: str, slots: Slots, generator: Any, *numbers: Any) -> Value:
    """Random numbers of a kind for these slots."""
    if levels.stack.levels and (batches := levels.drawing()):
        return _for_examples(batches, kind, slots, generator, *numbers)
    stream = source(generator, slots.where, kind)
    dtype = slots.dtype
    if slots.where is META:
        return constant_value(slots)
    if not stream.on_cpu:
        seed, offset = stream.next_key(slots.numel)
        static = (("kind", kind), ("shape", slots.shape), ("dtype", dtype.np))
        signed = seed - (1 << 64) if seed >> 63 else seed
        return record(ON_DEVICE, static, (signed, offset, *numbers), slots.where)[0]
    value = from_buffer(slots.laid_out(_on_host(kind, stream, slots, numbers)), slots.where)
    if value.aval.dtype != dtype.np:  # bools travel light and are converted by the program
        value = record(CAST, (("dtype", dtype.np),), [value])[0]
    return value


def _for_examples(batches: list, kind: str, slots: Slots, generator: Any, *numbers: Any) -> Value:
    """Numbers for all examples at once, as torch deals them out."""
    with levels.drawn_for(batches):
        value = draw(kind, slots.times([b.size for b in batches]), generator, *numbers)
    return _entered(batches, value)


def _entered(batches: list, value: Value) -> Value:
    for batch in batches:
        value = levels.enter(batch, value)
    return value


def each(batches: list, function: Callable[[], Tensor]) -> Tensor:
    """function() once for every example."""
    with levels.drawn_for(batches):
        rows = [function() for _ in range(math.prod(b.size for b in batches))]
        array = np.stack([row._numpy() for row in rows])
        value = from_buffer(array.reshape([*(b.size for b in batches), *rows[0].shape]))
    return from_value(_entered(batches, value))


def by_examples(function: Callable, *tensors: Tensor) -> Tensor:
    """function(*tensors), which looks at them, for all examples of the batches they are of."""
    batches = levels.drawing()
    values = [t.detach()._read() for t in tensors]  # type: ignore[attr-defined]
    for value in values:
        levels.require_common(value)
    for batch in reversed(batches):
        values = [levels.leave(batch, v) for v in values]
    with levels.drawn_for(batches):
        value = function(*map(from_value, values))._read()
    return from_value(_entered(batches, value))


def _on_host(kind: str, stream: Stream, slots: Slots, numbers: tuple) -> np.ndarray:
    n, dtype = slots.numel, slots.dtype.np
    if kind == "uniform":
        return stream.uniform(n, dtype, *numbers)
    if kind == "normal":
        return stream.normal(n, dtype, *numbers, contiguous=slots.contiguous)
    if kind == "bernoulli":
        return stream.bernoulli(n, *numbers)
    if kind == "integers":
        return stream.integers(n, *numbers).astype(dtype)
    return getattr(stream, kind)(n, dtype, *numbers)


def constant_value(slots: Slots) -> Value:
    """A value without data, for meta tensors."""
    return from_array(
        np.broadcast_to(np.zeros((), slots.dtype.np), slots.shape), device=_devices.META
    )._value


def drawn(kind: str, slots: Slots, generator: Any, *numbers: Any) -> Tensor:
    """A new tensor of random numbers."""
    return from_value(draw(kind, slots, generator, *numbers))
