"""Whether operations are recorded for backward: per thread, as context managers and decorators."""

from __future__ import annotations

import functools
import inspect
import threading
import warnings
from collections.abc import Callable
from typing import Any


class _Modes(threading.local):
    inference_seen = False  # whether this process has ever been in inference mode

    def __init__(self):
        self.grad = True
        self.inference = False
        self.anomaly = False
        self.check_nan = True
        self.autocast: Any = None  # has `cast(op's name, inputs)` while autocast is on
        self.targeted = False  # the backward pass at work has targets other than all leaves


modes = _Modes()


def without_autocast(function: Callable, *args: Any, **kwargs: Any) -> Any:
    """In-place and out= forms keep the precision of what they write to."""
    previous, modes.autocast = modes.autocast, None
    try:
        return function(*args, **kwargs)
    finally:
        modes.autocast = previous


def is_grad_enabled() -> bool:
    return modes.grad


def is_inference_mode_enabled() -> bool:
    return modes.inference


class _ContextDecorator:
    """A context manager that also decorates functions and generator functions."""

    def _again(self):
        return self.__class__()

    def __enter__(self):
        raise NotImplementedError

    def __exit__(self, *exc) -> None:
        raise NotImplementedError

    def __call__(self, func):
        if inspect.isclass(func):
            raise TypeError(f"{self.__class__.__name__} decorates functions, not classes")
        if inspect.isgeneratorfunction(func):
            return self._wrap_generator(func)

        @functools.wraps(func)
        def wrapped(*args, **kwargs):
            with self._again():
                return func(*args, **kwargs)

        return wrapped

    def _wrap_generator(self, func):
        """The mode holds while the generator's body runs, and not while it is suspended."""

        @functools.wraps(func)
        def wrapped(*args, **kwargs):
            gen = func(*args, **kwargs)
            send, value = gen.send, None
            while True:
                try:
                    with self._again():
                        item = send(value)
                except StopIteration as stop:
                    return stop.value
                try:
                    value = yield item
                    send = gen.send
                except GeneratorExit:
                    with self._again():
                        gen.close()
                    raise
                except BaseException as error:
                    send, value = gen.throw, error

        return wrapped


class _NoParameter(_ContextDecorator):
    """A mode without arguments: `@no_grad` works as well as `@no_grad()`."""

    def __new__(cls, orig_func=None) -> Any:
        self = super().__new__(cls)
        return self if orig_func is None else self(orig_func)

    def __init__(self, orig_func=None):
        self._previous = True


class no_grad(_NoParameter):
    """Results do not require grad, even when inputs do. Factory functions asked for
    `requires_grad=True` are not affected.
    """

    def __enter__(self) -> None:
        self._previous, modes.grad = modes.grad, False

    def __exit__(self, *exc) -> None:
        modes.grad = self._previous


class enable_grad(_NoParameter):
    """The opposite of `no_grad`, inside it."""

    def __enter__(self) -> None:
        self._previous, modes.grad = modes.grad, True

    def __exit__(self, *exc) -> None:
        modes.grad = self._previous


class set_grad_enabled(_ContextDecorator):
    """Acts at once when called, and until the end of the block when used with `with`."""

    def __init__(self, mode: bool):
        if not isinstance(mode, bool):
            raise TypeError(
                "set_grad_enabled(): argument 'enabled' (position 1) must be bool, not "
                f"{type(mode).__name__}"
            )
        self.mode = mode
        self._previous = modes.grad
        modes.grad = mode

    def __call__(self, func):
        modes.grad = self._previous
        return super().__call__(func)

    def _again(self):
        return set_grad_enabled(self.mode)

    def __enter__(self) -> None:
        modes.grad = self.mode

    def __exit__(self, *exc) -> None:
        modes.grad = self._previous

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(mode={self.mode})"


class inference_mode(_ContextDecorator):
    """No recording for backward, and results that can never take part in it."""

    def __new__(cls, mode=True) -> Any:
        self = super().__new__(cls)
        if isinstance(mode, bool):
            return self
        self.__init__(True)
        return self(mode)

    def __init__(self, mode: bool = True):
        self.mode = mode
        self._previous = (True, False)

    def _again(self):
        return inference_mode(self.mode)

    def __enter__(self) -> None:
        self._previous = modes.grad, modes.inference
        if self.mode:
            modes.grad, modes.inference = False, True
            _Modes.inference_seen = True
        else:
            modes.inference = False
            modes.grad = True

    def __exit__(self, *exc) -> None:
        modes.grad, modes.inference = self._previous


class detect_anomaly(_ContextDecorator):
    """Remember where each op was recorded; on an error or a nan in backward, say so."""

    def __init__(self, check_nan: bool = True):
        self.check_nan = check_nan
        self._previous = (False, True)
        if self.__class__ is detect_anomaly:
            warnings.warn(
                "Anomaly Detection has been enabled. This mode will increase the runtime and "
                "should only be enabled for debugging.",
                stacklevel=2,
            )

    def _again(self):
        return detect_anomaly(self.check_nan)

    def __enter__(self) -> None:
        self._previous = modes.anomaly, modes.check_nan
        modes.anomaly, modes.check_nan = True, self.check_nan

    def __exit__(self, *exc) -> None:
        modes.anomaly, modes.check_nan = self._previous


class set_detect_anomaly(detect_anomaly):
    """`detect_anomaly` as a switch."""

    def __init__(self, mode: bool, check_nan: bool = True):
        self.mode = mode
        super().__init__(check_nan)
        self._previous = modes.anomaly, modes.check_nan
        modes.anomaly, modes.check_nan = mode, check_nan

    def _again(self):
        return set_detect_anomaly(self.mode, self.check_nan)

    def __enter__(self) -> None:
        modes.anomaly, modes.check_nan = self.mode, self.check_nan


def is_anomaly_enabled() -> bool:
    return modes.anomaly


def is_anomaly_check_nan_enabled() -> bool:
    return modes.check_nan
