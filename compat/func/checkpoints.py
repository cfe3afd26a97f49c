"""utils.checkpoint in both variants: how often functions run, gradients, random numbers, errors."""

from __future__ import annotations

import contextlib
import importlib


def _tools(torch):
    return importlib.import_module(f"{torch.__name__}.utils.checkpoint")


def _leaf(torch):
    return torch.tensor([0.5, -1.25, 2.0], requires_grad=True)


def _f(x):
    return x.sin().exp()


def _both(call):
    """{suffix: program} for the two variants of call(checkpoint, x, torch)."""

    def program(reentrant):
        def run(torch):
            torch.manual_seed(3)
            tools = _tools(torch)

            def checkpoint(*args, **kwargs):
                return tools.checkpoint(*args, use_reentrant=reentrant, **kwargs)

            return call(checkpoint, _leaf(torch), torch)

        return run

    return {"reentrant": program(True), "": program(False)}


def _counted(checkpoint, x, torch):
    runs = []

    def f(x):
        runs.append(torch.is_grad_enabled())
        return _f(x)

    out = checkpoint(f, x).sum()
    before = list(runs)
    out.backward()
    return [before, runs, x.grad]


def _twice(checkpoint, x, torch, retain=False):
    out = checkpoint(_f, x).sum()
    out.backward(retain_graph=retain)
    out.backward()
    return x.grad


def _second_order(checkpoint, x, torch):
    (g,) = torch.autograd.grad(checkpoint(_f, x).sum(), x, create_graph=True)
    return torch.autograd.grad(g.sum(), x)


def _random(checkpoint, x, torch, **options):
    out = checkpoint(lambda y: torch.nn.functional.dropout(y * 1), x, **options)
    out.sum().backward()
    return [out.detach(), x.grad, torch.rand(2)]


def _changing(results):
    """A function that does something else at each run."""
    left = list(results)
    return lambda x: left.pop(0)(x)  # noqa: PLW0108


def _captured(checkpoint, x, torch):
    layer = torch.nn.Linear(3, 3)
    with torch.no_grad():
        for p in layer.parameters():
            p.fill_(0.25)
    checkpoint(lambda y: layer(layer(y).tanh()), x).sum().backward()
    return [x.grad, *(p.grad for p in layer.parameters())]


STORIES = {
    "runs": _counted,
    "gradient": lambda c, x, torch: torch.autograd.grad(c(_f, x).sum(), x),
    "twice": _twice,
    "twice_retained": lambda c, x, torch: _twice(c, x, torch, True),
    "second_order": _second_order,
    "keyword": lambda c, x, torch: c(lambda x, k=1: x * k, x, k=3),
    "tuple": lambda c, x, torch: c(lambda x: (x * 1, x * 2, "a"), x),
    "dict": lambda c, x, torch: c(lambda d: d["a"] * 2, {"a": x}),
    "dropout": _random,
    "dropout_not_preserved": lambda c, x, torch: _random(c, x, torch, preserve_rng_state=False),
    "captured": _captured,
    "nested": lambda c, x, torch: [c(lambda y: c(_f, y), x).sum().backward(), x.grad],
    "no_grad": lambda c, x, torch: torch.no_grad()(lambda: c(_f, x))(),
    "nothing_requires_grad": lambda c, x, torch: c(_f, x.detach()),
    "contexts": lambda c, x, torch: c(
        _f, x, context_fn=lambda: (contextlib.nullcontext(), contextlib.nullcontext())
    ),
    "determinism": lambda c, x, torch: c(_f, x, determinism_check="zz"),
    "longer_second_run": lambda c, x, torch: (
        c(_changing([lambda x: x.sin(), lambda x: x.sin().cos()]), x).sum().backward()
    ),
    "shorter_second_run": lambda c, x, torch: (
        c(_changing([lambda x: x.sin().exp(), lambda x: x.exp()]), x).sum().backward()
    ),
    "unknown_option": lambda c, x, torch: c(_f, x, foo=1),
}
CASES = {
    f"{name}{'_' if suffix else ''}{suffix}": program
    for name, call in STORIES.items()
    for suffix, program in _both(call).items()
}


def default_variant(torch):
    return _tools(torch).checkpoint(_f, _leaf(torch))


def debug_of_the_other_variant(torch):
    return _tools(torch).checkpoint(_f, _leaf(torch), use_reentrant=True, debug=True)


def _sequence(torch, segments, reentrant, **options):
    torch.manual_seed(1)
    nn = torch.nn
    layers = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 3), nn.Tanh(), nn.ReLU())
    x = _leaf(torch)
    y = _tools(torch).checkpoint_sequential(layers, segments, x, use_reentrant=reentrant, **options)
    y.sum().backward()
    return [y.detach(), x.grad, layers[0].weight.grad]


CASES |= {
    "sequential": lambda torch: _sequence(torch, 2, False),
    "sequential_reentrant": lambda torch: _sequence(torch, 2, True),
    "sequential_default": lambda torch: _sequence(torch, 2, None),
    "sequential_too_many": lambda torch: _sequence(torch, 9, False),
    "sequential_option": lambda torch: _sequence(torch, 2, False, foo=1),
    "sequential_functions": lambda torch: _tools(torch).checkpoint_sequential(
        [_f, _f, _f], 2, _leaf(torch), use_reentrant=False
    ),
}
