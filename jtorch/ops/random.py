"""New tensors of random numbers: rand, randn, randint, randperm, normal and their `_like` forms;
and the seeds and states of the default generator.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _dtypes, _errors
from .._generator import Generator as Generator
from .._generator import States, current, seed_all, seed_devices
from .._generator import default_generator as default_generator
from .._tensor import Tensor, from_value
from ..graph import META, from_buffer, levels
from . import _bounds, _chance, _draws
from ._draws import Slots, drawn
from ._factory import as_shape, check_options, factory, finished, is_int, like, place, shape_of
from .creation import number


def invalid(name: str, args: tuple) -> TypeError:
    kinds = ", ".join(_errors.type_name_of(x) for x in args)
    return TypeError(
        f"{name}() received an invalid combination of arguments - got ({kinds}), but expected one "
        "of:"
    )


def floats(kind: str, slots: Slots, generator: Any) -> Tensor:
    """Uniform numbers in [0, 1) or standard normal ones, real or complex."""
    dtype = slots.dtype
    if dtype.is_complex:
        std = (0.5**0.5,) if kind == "normal" else ()
        low = (0.0, 1.0) if kind == "uniform" else (0.0, *std)
        parts = Slots((*slots.shape, 2), dtype.to_real(), slots.where)
        complexes: Any = _chance.pairs(drawn(kind, parts, generator, *low))
        return complexes
    kernel = "check_uniform_bounds" if kind == "uniform" else "normal_kernel_cpu"
    _bounds.require_kernel(kernel, dtype)
    return drawn(kind, slots, generator, 0.0, 1.0)


def _maker(name: str, kind: str):
    def function(
        *args,
        size=None,
        generator=None,
        out=None,
        dtype=None,
        layout=None,
        device=None,
        requires_grad=False,
        pin_memory=False,
    ) -> Tensor:
        check_options(name, dtype, layout, pin_memory, out)
        if dtype is None:
            dtype = _dtypes.get_default_dtype() if out is None else out.dtype
        shape = shape_of(args, size, name)
        where = place(name, _device(device, generator, out))
        return finished(floats(kind, Slots(shape, dtype, where), generator), requires_grad, out)

    function.__name__ = function.__qualname__ = name
    return factory(function)


def _device(device: Any, generator: Any, out: Tensor | None = None) -> Any:
    return out.device if device is None and out is not None else device


rand = _maker("rand", "uniform")
rand.__doc__ = "Uniform numbers in [0, 1): rand(2, 3) or rand((2, 3))."
randn = _maker("randn", "normal")
randn.__doc__ = "Standard normal numbers: randn(2, 3) or randn((2, 3))."


def _like_maker(name: str, kind: str):
    def function(
        input,
        *,
        dtype=None,
        layout=None,
        device=None,
        requires_grad=False,
        memory_format=None,
        pin_memory=False,
        generator=None,
    ) -> Tensor:
        slots, made_like = _slots_like(
            name, input, dtype, layout, device, memory_format, pin_memory
        )
        return finished(made_like(floats(kind, slots, generator)), requires_grad)

    function.__name__ = function.__qualname__ = name
    return factory(function)


def _slots_like(name, input, dtype, layout, device, memory_format, pin_memory):
    """Slots like a tensor's, and what gives a tensor its strides."""
    if not isinstance(input, Tensor):
        kind = _errors.type_name_of(input)
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {kind}")
    check_options(name, dtype, layout, pin_memory)
    aval = input._value.aval
    where = aval.device if device is None else place(name, device)
    blank = from_value(input._value)  # only its shape and strides count
    strides = like(blank, input, memory_format)
    slots = Slots.of(strides)
    slots.dtype, slots.where = dtype or input.dtype, where

    def made_like(tensor: Tensor) -> Tensor:
        tensor._strides = strides._strides
        return tensor

    return slots, made_like


rand_like = _like_maker("rand_like", "uniform")
rand_like.__doc__ = "Uniform numbers in [0, 1), of input's shape, dtype and device."
randn_like = _like_maker("randn_like", "normal")
randn_like.__doc__ = "Standard normal numbers, of input's shape, dtype and device."


# -- integers


def _int_range(name: str, args: list, low: Any, high: Any) -> tuple[int, int]:
    """low and high from what is left of the positional arguments and from keywords."""
    given = [x for x in (*args, low, high) if x is not None]
    if low is not None and len(args) == 1:
        given = [low, *args]
    for position, x in enumerate(given, start=1):
        if not is_int(x):
            key = "high" if len(given) == 1 or position == 2 else "low"
            kind = _errors.type_name_of(x)
            raise TypeError(
                f"{name}(): argument '{key}' (position {position}) must be int, not {kind}"
            )
    if len(given) not in (1, 2):
        raise invalid(name, tuple(args))
    ints = [int(x) for x in given]
    if any(not -(1 << 63) <= x < 1 << 63 for x in ints):
        raise ValueError("Overflow when unpacking long long")
    return (0, ints[0]) if len(ints) == 1 else (ints[0], ints[1])


@factory
def randint(
    *args,
    low=None,
    high=None,
    size=None,
    generator=None,
    out=None,
    dtype=None,
    layout=None,
    device=None,
    requires_grad=False,
    pin_memory=False,
) -> Tensor:
    """Integers in [low, high): randint(high, size) or randint(low, high, size)."""
    check_options("randint", dtype, layout, pin_memory, out)
    bounds = list(args)
    if size is None:
        if len(bounds) < 2 and not (bounds and high is not None):
            raise invalid("randint", args)
        size = bounds.pop()
        if not isinstance(size, (tuple, list)):
            kind = _errors.type_name_of(size)
            raise TypeError(
                f"randint(): argument 'size' (position {len(args)}) must be tuple of ints, not "
                f"{kind}"
            )
    low, high = _int_range("randint", bounds, low, high)
    if dtype is None:
        dtype = _dtypes.int64 if out is None else out.dtype
    shape = as_shape((size,), "randint")
    low, high = _bounds.integers(low, high, dtype)
    slots = Slots(shape, dtype, place("randint", _device(device, generator, out)))
    return finished(drawn("integers", slots, generator, low, high), requires_grad, out)


@factory
def randint_like(
    input,
    *args,
    low=None,
    high=None,
    dtype=None,
    layout=None,
    device=None,
    requires_grad=False,
    memory_format=None,
    pin_memory=False,
    generator=None,
) -> Tensor:
    """Integers in [low, high), of input's shape, dtype and device."""
    slots, made_like = _slots_like(
        "randint_like", input, dtype, layout, device, memory_format, pin_memory
    )
    low, high = _int_range("randint_like", list(args), low, high)
    low, high = _bounds.integers(low, high, slots.dtype)
    return finished(made_like(drawn("integers", slots, generator, low, high)), requires_grad)


@factory
def randperm(
    n,
    *,
    generator=None,
    out=None,
    dtype=None,
    layout=None,
    device=None,
    requires_grad=False,
    pin_memory=False,
) -> Tensor:
    """0 to n - 1 in random order."""
    check_options("randperm", dtype, layout, pin_memory, out)
    if not is_int(n) or isinstance(n, bool):
        kind = _errors.type_name_of(n)
        raise TypeError(f"randperm(): argument 'n' (position 1) must be int, not {kind}")
    if dtype is None:
        dtype = _dtypes.int64 if out is None else out.dtype
    n = int(n)
    _bounds.permutation(n, dtype)
    where = place("randperm", _device(device, generator, out))
    slots = Slots((n,), dtype, where)
    if where is META:
        return finished(from_value(_draws.constant_value(slots)), requires_grad, out)
    stream = _draws.source(generator, where, "randperm")
    if levels.stack.levels and (batches := levels.drawing()):
        made = _draws.each(batches, lambda: randperm(n, generator=generator, device=device))
        made = made.to(dtype)  # type: ignore[attr-defined]
    elif stream.on_cpu:
        order = np.array(stream.permutation(n), dtype.np)
        made = from_value(from_buffer(order, where))
    else:
        made = drawn("permutation", slots, generator)
    return finished(made, requires_grad, out)


# -- normal numbers of given moments


@factory
def normal(
    mean: Any = 0.0,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Any = None,
    out: Tensor | None = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Normal numbers whose moments are tensors, or numbers with a size."""
    check_options("normal", dtype, layout, pin_memory, out)
    if size is not None:
        if not isinstance(size, (tuple, list)):
            raise invalid("normal", (mean, std, size))
        mean, std = number(mean, "normal", "mean", 1), number(std, "normal", "std", 2)
        _bounds.normal(std)
        if dtype is None:
            dtype = _dtypes.get_default_dtype() if out is None else out.dtype
        _bounds.require_kernel("normal_kernel_cpu", dtype)
        slots = Slots(as_shape((size,), "normal"), dtype, place("normal", device))
        return finished(drawn("normal", slots, generator, mean, std), requires_grad, out)
    if not isinstance(mean, Tensor) and not isinstance(std, Tensor):
        raise invalid("normal", (mean, std))
    return finished(_normal_of(mean, std, generator), False, out)


def _normal_of(mean: Any, std: Any, generator: Any) -> Tensor:
    given = mean, std
    mean, std = (x.detach() if isinstance(x, Tensor) else x for x in (mean, std))
    if not isinstance(std, Tensor):
        _bounds.normal(std)
    for x in (mean, std):
        if isinstance(x, Tensor):
            _bounds.require_kernel("normal_kernel_cpu", x.dtype)
    model = mean + std * 0  # shape and dtype of the result
    levels.require_common(model._value)
    slots = Slots(model._value.aval.shape, model.dtype, model._value.aval.device)
    if isinstance(std, Tensor):
        std = _chance.spread(std)
    return _chance.scattered(drawn("normal", slots, generator, 0.0, 1.0) * std + mean, *given)


# -- the default generator


def manual_seed(seed: Any) -> Any:
    """Start the default generators of all devices over; returns the CPU's."""
    return seed_all(int(seed))


def seed() -> int:
    """Start the default generators over with a seed from the system, which is returned."""
    chosen = current().seed()
    seed_devices(chosen)
    return chosen


def initial_seed() -> int:
    """The seed the CPU's default generator started with."""
    return current().initial_seed()


def get_rng_state() -> Tensor:
    """The state of the CPU's default generator, as bytes that real torch reads, too."""
    return States.wrap(current().state())


def set_rng_state(new_state: Any) -> None:
    """Take over a state from `get_rng_state()`."""
    current().set_state(States.unwrap(new_state))


FUNCTIONS = (
    "Generator", "default_generator", "get_rng_state", "initial_seed", "manual_seed", "normal",
    "rand", "rand_like", "randint", "randint_like", "randn", "randn_like", "randperm", "seed",
    "set_rng_state",
)  # fmt: skip
