"""Everything that can be attached to the call of a Module: hooks before and after forward and
around backward, of one module or of all, and the calling sequence that honours them. A module
without hooks goes straight to its `forward`. It knows nothing of what a module contains."""

from __future__ import annotations

import warnings
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from ..._hooks import RemovableHandle
from ..._tensor import Tensor
from ._backward import BackwardHooks, first_tensor

_MIXED_KINDS = (
    "Cannot use both regular backward hooks and full backward hooks on a single Module. "
    "Please use only one of them."
)
_MIXED_GLOBAL_KINDS = (
    "Cannot use both regular backward hooks and full backward hooks as a global Module hook. "
    "Please use only one of them."
)


class _GlobalHooks:
    """The hooks of all modules."""

    def __init__(self) -> None:
        self.forward_pre: OrderedDict[int, Callable] = OrderedDict()
        self.forward: OrderedDict[int, Callable] = OrderedDict()
        self.forward_with_kwargs: OrderedDict[int, bool] = OrderedDict()
        self.forward_always: OrderedDict[int, bool] = OrderedDict()
        self.backward_pre: OrderedDict[int, Callable] = OrderedDict()
        self.backward: OrderedDict[int, Callable] = OrderedDict()
        self.backward_is_full: bool | None = None

    def any(self) -> Any:
        return self.forward_pre or self.forward or self.backward_pre or self.backward


everywhere = _GlobalHooks()

# What is asked when a "buffer", "parameter" or "module" is registered, on any module.
registration_hooks: dict[str, OrderedDict[int, Callable]] = {
    "buffer": OrderedDict(),
    "parameter": OrderedDict(),
    "module": OrderedDict(),
}


def _add(hooks: OrderedDict, hook: Callable, *, prepend: bool = False, **flags: Any) -> Any:
    """Register `hook`; each flag is a (dict, wanted) pair, and the dict gets an entry if wanted."""
    wanted = [marks for marks, wish in flags.values() if wish]
    handle = RemovableHandle(hooks, extra_dict=[marks for marks, _ in flags.values()])
    hooks[handle.id] = hook
    for marks in wanted:
        marks[handle.id] = True
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def register_module_buffer_registration_hook(hook: Callable) -> RemovableHandle:
    """`hook(module, name, buffer)` runs at each registration of a buffer; it may replace it."""
    return _add(registration_hooks["buffer"], hook)


def register_module_module_registration_hook(hook: Callable) -> RemovableHandle:
    """`hook(module, name, submodule)` runs at each registration of a child; it may replace it."""
    return _add(registration_hooks["module"], hook)


def register_module_parameter_registration_hook(hook: Callable) -> RemovableHandle:
    """`hook(module, name, param)` runs at each registration of a parameter; it may replace it."""
    return _add(registration_hooks["parameter"], hook)


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """`hook(module, args)` runs before every forward of every module."""
    return _add(everywhere.forward_pre, hook)


def register_module_forward_hook(
    hook: Callable[..., Any], *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """`hook(module, args, output)` runs after every forward of every module."""
    return _add(
        everywhere.forward,
        hook,
        kwargs=(everywhere.forward_with_kwargs, with_kwargs),
        always=(everywhere.forward_always, always_call),
    )


def register_module_backward_hook(hook: Callable) -> RemovableHandle:
    """Deprecated in torch in favour of `register_module_full_backward_hook`."""
    if everywhere.backward_is_full is True:
        raise RuntimeError(_MIXED_GLOBAL_KINDS)
    everywhere.backward_is_full = False
    return _add(everywhere.backward, hook)


def register_module_full_backward_pre_hook(hook: Callable) -> RemovableHandle:
    """`hook(module, grad_output)` runs before the backward of every module."""
    return _add(everywhere.backward_pre, hook)


def register_module_full_backward_hook(hook: Callable) -> RemovableHandle:
    """`hook(module, grad_input, grad_output)` runs after the backward of every module."""
    if everywhere.backward_is_full is False:
        raise RuntimeError(_MIXED_GLOBAL_KINDS)
    everywhere.backward_is_full = True
    return _add(everywhere.backward, hook)


class WrappedHook:
    """A hook that gets the module it belongs to as its first argument, without keeping it alive."""

    def __init__(self, hook: Callable, module: Any = None) -> None:
        self.hook = hook
        self.with_module = module is not None
        self.module = weakref.ref(module) if self.with_module else None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.module is None:
            return self.hook(*args, **kwargs)
        module = self.module()
        if module is None:
            raise RuntimeError("You are trying to call the hook of a dead Module!")
        return self.hook(module, *args, **kwargs)

    def __getstate__(self) -> dict:
        state: dict = {"hook": self.hook, "with_module": self.with_module}
        if self.module is not None:
            state["module"] = self.module()
        return state

    def __setstate__(self, state: dict) -> None:
        self.hook, self.with_module = state["hook"], state["with_module"]
        module = state.get("module")
        if self.with_module and module is None:
            raise RuntimeError("You are trying to revive the hook of a dead Module!")
        self.module = weakref.ref(module) if module is not None else None


class HookedCall:
    """One call of a module that has hooks, or while there are global ones."""

    def __init__(self, module: Any, args: tuple, kwargs: dict) -> None:
        self.module, self.args, self.kwargs = module, args, kwargs
        self.result: Any = None
        self.ran: set[int] = set()  # ids of the always_call hooks that have had their turn

    def run(self) -> Any:
        try:
            self._before()
            self._forward()
        except Exception:
            self._rescue()
            raise
        return self.result

    def _before(self) -> None:
        module = self.module
        hooks = [*everywhere.forward_pre.items(), *module._forward_pre_hooks.items()]
        for i, hook in hooks:
            if i in module._forward_pre_hooks_with_kwargs:
                answer = hook(module, self.args, self.kwargs)
                if answer is None:
                    continue
                if not (isinstance(answer, tuple) and len(answer) == 2):
                    raise RuntimeError(
                        "forward pre-hook must return None or a tuple of "
                        f"(new_args, new_kwargs), but got {answer}."
                    )
                self.args, self.kwargs = answer
            else:
                answer = hook(module, self.args)
                if answer is not None:
                    self.args = answer if isinstance(answer, tuple) else (answer,)

    def _forward(self) -> None:
        module = self.module
        full, plain = module._get_backward_hooks()
        pre = module._get_backward_pre_hooks()
        watcher = BackwardHooks(module, full, pre) if full or pre else None
        if watcher is not None:
            self.args = watcher.watch_inputs(self.args)
        self.result = module.forward(*self.args, **self.kwargs)
        for i, hook, with_kwargs, _ in self._forward_hooks():
            self.ran.add(i)
            self._after(hook, with_kwargs)
        if watcher is not None:
            if isinstance(self.result, Tensor | tuple):
                self.result = watcher.watch_outputs(self.result)
            else:
                warnings.warn(
                    "For backward hooks to be called, module output should be a Tensor or a tuple "
                    f"of Tensors but received {type(self.result)}",
                    stacklevel=5,
                )
        grad_fn = first_tensor(self.result).grad_fn if plain else None
        if grad_fn is not None:
            for hook in plain:
                grad_fn.register_hook(WrappedHook(hook, module))

    def _forward_hooks(self) -> list[tuple[int, Callable, bool, bool]]:
        """(id, hook, with_kwargs, always_call) of the global hooks and then the module's own."""
        module = self.module
        return [
            *(
                (i, hook, i in everywhere.forward_with_kwargs, i in everywhere.forward_always)
                for i, hook in everywhere.forward.items()
            ),
            *(
                (
                    i,
                    hook,
                    i in module._forward_hooks_with_kwargs,
                    i in module._forward_hooks_always_called,
                )
                for i, hook in module._forward_hooks.items()
            ),
        ]

    def _after(self, hook: Callable, with_kwargs: bool) -> None:
        if with_kwargs:
            answer = hook(self.module, self.args, self.kwargs, self.result)
        else:
            answer = hook(self.module, self.args, self.result)
        if answer is not None:
            self.result = answer

    def _rescue(self) -> None:
        """Something raised: the hooks that are always called still get their turn."""
        for i, hook, with_kwargs, always in self._forward_hooks():
            if not always or i in self.ran:
                continue
            try:
                self._after(hook, with_kwargs)
            except Exception as error:
                warnings.warn(
                    "module forward hook with ``always_call=True`` raised an exception "
                    f"that was silenced as another error was raised in forward: {error!s}",
                    stacklevel=5,
                )


class Hooks:
    """The hook half of Module: registering, and the call itself."""

    forward: Callable[..., Any]
    _backward_pre_hooks: OrderedDict[int, Callable]
    _backward_hooks: OrderedDict[int, Callable]
    _is_full_backward_hook: bool | None
    _forward_pre_hooks: OrderedDict[int, Callable]
    _forward_pre_hooks_with_kwargs: OrderedDict[int, bool]
    _forward_hooks: OrderedDict[int, Callable]
    _forward_hooks_with_kwargs: OrderedDict[int, bool]
    _forward_hooks_always_called: OrderedDict[int, bool]
    _compiled_call_impl: Callable[..., Any] | None = None

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """`hook(module, args)` runs before forward and may return new arguments. With
        `with_kwargs` it is `hook(module, args, kwargs)` and returns both or None."""
        kwargs = (self._forward_pre_hooks_with_kwargs, with_kwargs)
        return _add(self._forward_pre_hooks, hook, prepend=prepend, kwargs=kwargs)

    def register_forward_hook(
        self,
        hook: Callable[..., Any],
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """`hook(module, args, output)` runs after forward and may return another output. With
        `always_call` it also runs when forward raised, and then `output` is None."""
        return _add(
            self._forward_hooks,
            hook,
            prepend=prepend,
            kwargs=(self._forward_hooks_with_kwargs, with_kwargs),
            always=(self._forward_hooks_always_called, always_call),
        )

    def register_full_backward_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """`hook(module, grad_output)` runs before the module's backward and may return another
        `grad_output`."""
        return _add(self._backward_pre_hooks, hook, prepend=prepend)

    def register_full_backward_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """`hook(module, grad_input, grad_output)` runs after the module's backward and may return
        another `grad_input`."""
        if self._is_full_backward_hook is False:
            raise RuntimeError(_MIXED_KINDS)
        self._is_full_backward_hook = True
        return _add(self._backward_hooks, hook, prepend=prepend)

    def register_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Deprecated in torch in favour of `register_full_backward_hook`: it sees the last
        operation of forward only."""
        if self._is_full_backward_hook is True:
            raise RuntimeError(_MIXED_KINDS)
        self._is_full_backward_hook = False
        return _add(self._backward_hooks, hook)

    def _get_backward_hooks(self) -> tuple[list[Callable], list[Callable]]:
        """The full hooks and those of the deprecated kind, global ones first."""
        full: list[Callable] = []
        plain: list[Callable] = []
        for is_full, hooks in (
            (everywhere.backward_is_full, everywhere.backward),
            (self._is_full_backward_hook, self._backward_hooks),
        ):
            (full if is_full else plain).extend(hooks.values())
        return full, plain

    def _get_backward_pre_hooks(self) -> list[Callable]:
        return [*everywhere.backward_pre.values(), *self._backward_pre_hooks.values()]

    def _wrapped_call_impl(self, *args: Any, **kwargs: Any) -> Any:
        if self._compiled_call_impl is not None:
            return self._compiled_call_impl(*args, **kwargs)
        return self._call_impl(*args, **kwargs)

    def _call_impl(self, *args: Any, **kwargs: Any) -> Any:
        if (
            self._backward_hooks
            or self._backward_pre_hooks
            or self._forward_hooks
            or self._forward_pre_hooks
            or everywhere.any()
        ):
            return HookedCall(self, args, kwargs).run()
        return self.forward(*args, **kwargs)

    __call__ = _wrapped_call_impl
