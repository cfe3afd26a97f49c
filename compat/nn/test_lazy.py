"""Every lazy module beside real torch: before its first call, after it, and state dicts of either
kind loaded into the other."""

import pytest

from ._show import compare

KINDS = {"BatchNorm": (), "InstanceNorm": (1e-5, 0.1, True, True), "Conv": (4, 2)}
KINDS |= {"ConvTranspose": (4, 2), "Linear": (3,)}


def _life(torch, show, name, args, x):
    torch.manual_seed(0)
    module, other, third = (getattr(torch.nn, name)(*args) for _ in range(3))
    show(lambda: module)
    show(module.has_uninitialized_params)
    show(lambda: list(module.state_dict()))
    show(lambda: module.weight.shape)
    show(lambda: module(x).shape)
    show(lambda: module)
    show(lambda: type(module).__name__)
    show(lambda: [float(f"{p.sum().item():.4g}") for p in module.state_dict().values()])
    show(lambda: other.load_state_dict(module.state_dict()))
    show(lambda: other)
    show(lambda: module.load_state_dict(third.state_dict()))
    show(lambda: third(torch.ones(())))
    show(lambda: third.to(torch.float64)(x.double()).dtype)
    show(lambda: torch.optim.SGD(getattr(torch.nn, name)(*args).parameters(), lr=0.1))
    show(lambda: getattr(torch.nn, name)(*args).share_memory())


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_lazy(kind, dims):
    def script(torch, show):
        name = "LazyLinear" if kind == "Linear" else f"Lazy{kind}{dims}d"
        _life(torch, show, name, KINDS[kind], torch.ones(2, 3, *[4] * dims))

    compare(script)
