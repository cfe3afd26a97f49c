"""Module, the base class of everything in nn. The four halves it is made of (what it contains, how
it is called, saved and moved) are the mixins in the private files beside this one; here are its
birth, its modes, its text and its pickled form."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from types import FunctionType
from typing import Any, Self, TypeVar

from ...compiler import compile as _compile
from ._convert import Convert
from ._hooks import Hooks, WrappedHook, everywhere, registration_hooks
from ._hooks import register_module_backward_hook as register_module_backward_hook
from ._hooks import (
    register_module_buffer_registration_hook as register_module_buffer_registration_hook,
)
from ._hooks import register_module_forward_hook as register_module_forward_hook
from ._hooks import register_module_forward_pre_hook as register_module_forward_pre_hook
from ._hooks import register_module_full_backward_hook as register_module_full_backward_hook
from ._hooks import (
    register_module_full_backward_pre_hook as register_module_full_backward_pre_hook,
)
from ._hooks import (
    register_module_module_registration_hook as register_module_module_registration_hook,
)
from ._hooks import (
    register_module_parameter_registration_hook as register_module_parameter_registration_hook,
)
from ._registry import Registry
from ._state import EXTRA_STATE_KEY_SUFFIX, State
from ._state import _IncompatibleKeys as _IncompatibleKeys

# The names under which other libraries reach for these.
_EXTRA_STATE_KEY_SUFFIX = EXTRA_STATE_KEY_SUFFIX
_WrappedHook = WrappedHook
_global_forward_hooks = everywhere.forward
_global_forward_pre_hooks = everywhere.forward_pre
_global_backward_hooks = everywhere.backward
_global_backward_pre_hooks = everywhere.backward_pre
_global_buffer_registration_hooks = registration_hooks["buffer"]
_global_module_registration_hooks = registration_hooks["module"]
_global_parameter_registration_hooks = registration_hooks["parameter"]

# The dicts of hooks that every module is born with, beside parameters, buffers and modules.
_HOOK_DICTS = (
    "_forward_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_hooks_always_called",
    "_forward_pre_hooks",
    "_forward_pre_hooks_with_kwargs",
    "_state_dict_hooks",
    "_state_dict_pre_hooks",
    "_load_state_dict_pre_hooks",
    "_load_state_dict_post_hooks",
)


def _forward_unimplemented(self: Any, *input: Any) -> None:
    raise NotImplementedError(
        f'Module [{type(self).__name__}] is missing the required "forward" function'
    )


class Module(Registry, Hooks, State, Convert):
    """The base of all modules: subclass it, create the children in `__init__`, compute in
    `forward`.

    Calling a module computes nothing yet: it records operations, which run when a value is looked
    at or when an optimizer steps. See docs/laziness.md."""

    dump_patches: bool = False
    call_super_init: bool = False
    T_destination = TypeVar("T_destination", bound=dict[str, Any])
    forward: Callable[..., Any] = _forward_unimplemented

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not self.call_super_init:
            name = type(self).__name__
            if kwargs:
                raise TypeError(
                    f"{name}.__init__() got an unexpected keyword argument '{next(iter(kwargs))}'"
                )
            if args:
                raise TypeError(
                    f"{name}.__init__() takes 1 positional argument but {len(args) + 1} were given"
                )
        # Written to the instance directly: __setattr__ has nothing to decide about these.
        self.__dict__.update(
            training=True,
            _parameters={},
            _buffers={},
            _non_persistent_buffers_set=set(),
            _backward_pre_hooks=OrderedDict(),
            _backward_hooks=OrderedDict(),
            _is_full_backward_hook=None,
            **{name: OrderedDict() for name in _HOOK_DICTS},
            _modules={},
        )
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    # -- modes

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call `fn` on every module below this one and then on this one."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def train(self, mode: bool = True) -> Self:
        """Set training mode on this module and all below it."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Self:
        """Leave training mode."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Set whether the parameters record gradients."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop the gradients of all parameters, or fill them with zeros."""
        for parameter in self.parameters():
            if parameter.grad is None:
                continue
            if set_to_none:
                parameter.grad = None
                continue
            if parameter.grad.grad_fn is not None:
                parameter.grad.detach_()
            else:
                parameter.grad.requires_grad_(False)
            parameter.grad.zero_()

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """torch.compile of this module in place: its arguments are checked, and that is all."""
        _compile(self, *args, **kwargs)

    # -- text

    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """What stands in the parentheses of the module's text; overridden by subclasses."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        inline = len(lines) == 1 and not self._modules
        lines += [f"({name}): {_addindent(repr(m), 2)}" for name, m in self._modules.items()]
        if not lines:
            return f"{self._get_name()}()"
        body = lines[0] if inline else "\n  " + "\n  ".join(lines) + "\n"
        return f"{self._get_name()}({body})"

    # -- pickling

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        state.pop("_compiled_call_impl", None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        # Modules pickled by older versions lack the kinds of hooks that came later.
        for name in (*_HOOK_DICTS, "_backward_pre_hooks"):
            self.__dict__.setdefault(name, OrderedDict())
        self.__dict__.setdefault("_non_persistent_buffers_set", set())
        self.__dict__.setdefault("_is_full_backward_hook", None)


for _half in Module.__bases__:  # in tracebacks and TypeErrors they are Module's
    for _method in vars(_half).values():
        if isinstance(_method, FunctionType):
            _method.__qualname__ = f"Module.{_method.__name__}"


def _addindent(text: str, spaces: int) -> str:
    """Indent every line but the first."""
    return text.replace("\n", "\n" + " " * spaces)
