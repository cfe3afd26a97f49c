"""Modules as functions: functional_call, stack_module_state, and functions without visible
mutation. Knows modules and tensors; transforms nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from .._tensor import Tensor
from ..nn.modules.module import Module
from ..ops.join import stack


def functional_call(
    module: Module,
    parameter_and_buffer_dicts: Mapping[str, Tensor] | Sequence[Mapping[str, Tensor]],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call the module with these tensors in place of its parameters and buffers, by their names."""
    given = _merged(parameter_and_buffer_dicts)
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    with _replaced(module, given, tie_weights, strict):
        return module(*args, **(kwargs or {}))


def _merged(dicts: Any) -> dict[str, Tensor]:
    if isinstance(dicts, Mapping):
        return dict(dicts)
    if not isinstance(dicts, Sequence):
        raise ValueError(
            "Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got "
            f"{type(dicts)}"
        )
    if not all(isinstance(d, Mapping) for d in dicts):
        raise ValueError("Expected all elements of parameter_and_buffer_dicts to be dictionaries")
    names = [name for d in dicts for name in d]
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if repeated:
        raise ValueError(
            f"{repeated} appeared in multiple dictionaries; behavior of functional call is "
            "ambiguous"
        )
    return {name: x for d in dicts for name, x in d.items()}


def _places(module: Module, name: str) -> tuple[dict, str] | None:
    """The table of a submodule that holds this name, and the name there."""
    path, _, key = name.rpartition(".")
    try:
        owner = module.get_submodule(path)
    except AttributeError:
        return None
    for table in (owner._parameters, owner._buffers):
        if key in table:
            return table, key
    return None


def _tied(module: Module) -> dict[str, set[str]]:
    """For each name, all names of the same tensor."""
    groups: dict[int, set[str]] = {}
    pairs = [
        *module.named_parameters(remove_duplicate=False),
        *module.named_buffers(remove_duplicate=False),
    ]
    for name, x in pairs:
        groups.setdefault(id(x), set()).add(name)
    return {name: groups[id(x)] for name, x in pairs}


@contextmanager
def _replaced(module: Module, given: dict[str, Tensor], tie_weights: bool, strict: bool):
    names = _tied(module)
    wanted = dict(given)
    if tie_weights:
        for name, x in given.items():
            for other in names.get(name, ()):
                if given.get(other, x) is not x:
                    raise ValueError(
                        f"functional_call got multiple values for keys {sorted(names[name])}, "
                        "which are tied. Consider using tie_weights=False"
                    )
                wanted[other] = x
    if strict:
        _require_keys(module, set(names), set(wanted))
    for x in wanted.values():
        if not isinstance(x, Tensor):
            raise TypeError(f"{x} is not an instance of torch.Tensor")
    places = [(place, x) for name, x in wanted.items() if (place := _places(module, name))]
    before = [(table, key, table[key]) for (table, key), _ in places]
    try:
        for (table, key), x in places:
            table[key] = x
        yield
    finally:
        for table, key, x in before:
            table[key] = x


def _require_keys(module: Module, have: set[str], given: set[str]) -> None:
    lines = []
    if given - have:
        lines.append("Unexpected key(s): " + ", ".join(f"'{k}'" for k in sorted(given - have)))
    if have - given:
        lines.append("Missing key(s): " + ", ".join(f"'{k}'" for k in sorted(have - given)))
    if lines:
        inside = "\n\t".join(line + "." for line in lines)
        raise RuntimeError(f"Error(s) in reparametrizing for {type(module).__name__}:\n\t{inside}")


def stack_module_state(
    models: Sequence[Module] | Any,
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """(parameters, buffers) of several models of one kind, each stacked along a first dimension."""
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if not (all(m.training for m in models) or not any(m.training for m in models)):
        raise RuntimeError(
            "stack_module_state: Expected all models to have the same training/eval mode."
        )
    if any(type(m) is not type(models[0]) for m in models):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    parameters = [dict(m.named_parameters()) for m in models]
    buffers = [dict(m.named_buffers()) for m in models]
    return _stacked(parameters), _stacked(buffers)


def _stacked(tables: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    result = {}
    for name, first in tables[0].items():
        column = stack([t[name] for t in tables]).detach()
        result[name] = column.requires_grad_(first.requires_grad)
    return result


REMOVE = (
    "functionalize(f, remove='mutations'): received invalid argument for remove={}. Valid options "
    "are:\n"
    "     remove='mutations': all inplace and out= operators will be removed from the program, and "
    "replaced with their out-of-place equivalents.\n"
    "     remove='mutations_and_views': In addition to the above, all aliasing operators {{view}} "
    "will be replaced with their non-aliasing counterparts, {{view}}_copy.\n"
)


def functionalize(func: Callable, *, remove: str = "mutations") -> Callable:
    """The function itself: what is recorded here never contains a mutation or an alias."""
    if remove not in ("mutations", "mutations_and_views"):
        raise RuntimeError(REMOVE.format(remove))
    return func


def replace_all_batch_norm_modules_(root: Module) -> Module:
    """In place: no batch norm of the module keeps running statistics any more."""
    for module in root.modules():
        if hasattr(module, "running_mean") and hasattr(module, "track_running_stats"):
            module.running_mean = module.running_var = module.num_batches_tracked = None
            module.track_running_stats = False
    return root
