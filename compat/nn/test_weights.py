"""torch.nn.utils beside real torch: parametrizations, weight and spectral norm, pruning, fusion and
smaller helpers. Each test is a script run with both libraries; what it shows must be equal.
"""

# What is shown is called at once.
# ruff: noqa: B023

import copy
import importlib
import pickle

import pytest

from ._show import compare

for name in ("torch.nn.utils.prune", "torch.nn.attention.bias"):
    importlib.import_module(name)  # which torch does not by itself


def shown(x):
    """Numbers as text, to five digits."""
    if isinstance(x, (list, tuple)):
        return [shown(v) for v in x]
    if isinstance(x, dict):
        return {k: shown(v) for k, v in x.items()}
    if not hasattr(x, "tolist"):
        return x
    return str(x.dtype).split(".")[1], [
        float(f"{v + 0.0:.4g}") for v in x.detach().flatten().tolist()
    ]


def state(module):
    return shown(dict(module.state_dict()))


def step(torch, module, x):
    """A call, its gradients by name."""
    module.zero_grad()
    y = module(x)
    y.square().sum().backward()
    return shown(y), {n: shown(p.grad) for n, p in module.named_parameters() if p.grad is not None}


def symmetric(torch):
    class Symmetric(torch.nn.Module):
        def forward(self, X):
            return X.triu() + X.triu(1).transpose(-1, -2)

    class Doubled(torch.nn.Module):
        def forward(self, X):
            return X * 2

        def right_inverse(self, A):
            return A / 2

    class Product(torch.nn.Module):
        def forward(self, a, b):
            return a * b

        def right_inverse(self, A):
            return A / 2, A * 0 + 2

    return Symmetric, Doubled, Product


def parametrize(torch, show):
    P = torch.nn.utils.parametrize
    Symmetric, Doubled, _ = symmetric(torch)
    torch.manual_seed(0)
    layer = torch.nn.Linear(3, 3)
    weight = layer.weight
    show(lambda: P.is_parametrized(layer))
    show(lambda: P.register_parametrization(layer, "weight", Symmetric()))
    show(lambda: (P.is_parametrized(layer), P.is_parametrized(layer, "bias")))
    show(lambda: type(layer).__name__ + P.type_before_parametrizations(layer).__name__)
    show(lambda: layer.parametrizations.weight.original is weight)
    show(lambda: state(layer))
    show(lambda: step(torch, layer, torch.ones(2, 3)))
    show(lambda: P.register_parametrization(layer, "weight", Doubled()))
    show(lambda: state(layer))
    show(lambda: shown(layer.weight))
    show(lambda: setattr(layer, "weight", torch.ones(3, 3)))
    show(lambda: P.register_parametrization(layer, "bias", Doubled()))
    show(lambda: setattr(layer, "bias", torch.ones(3)))
    show(lambda: state(layer))
    twin = copy.deepcopy(layer)
    show(lambda: (state(twin), type(twin).__name__, shown(twin.bias)))
    show(lambda: pickle.dumps(layer))
    show(lambda: layer)
    other = torch.nn.Linear(3, 3)
    show(lambda: P.transfer_parametrizations_and_params(layer, other, "bias"))
    show(lambda: state(other))
    with P.cached():
        show(lambda: layer.weight is layer.weight)
    show(lambda: layer.weight is layer.weight)
    show(lambda: P.remove_parametrizations(layer, "weight"))
    show(lambda: P.remove_parametrizations(layer, "bias", leave_parametrized=False))
    show(
        lambda: (layer, state(layer), type(layer).__name__, isinstance(layer.weight, type(weight)))
    )
    show(lambda: P.remove_parametrizations(layer, "bias"))
    show(lambda: P.register_parametrization(layer, "absent", Doubled()))


def parametrize_many(torch, show):
    P = torch.nn.utils.parametrize
    *_, Product = symmetric(torch)
    torch.manual_seed(0)
    layer = torch.nn.Linear(2, 2)
    layer.register_buffer("kept", torch.ones(2))
    show(lambda: P.register_parametrization(layer, "weight", Product()))
    show(lambda: P.register_parametrization(layer, "kept", Product()))
    show(lambda: ([n for n, _ in layer.named_parameters()], [n for n, _ in layer.named_buffers()]))
    show(lambda: step(torch, layer, torch.ones(1, 2)))
    show(lambda: setattr(layer, "weight", torch.eye(2)))
    show(lambda: state(layer))
    show(lambda: P.remove_parametrizations(layer, "weight", leave_parametrized=False))
    show(lambda: P.remove_parametrizations(layer, "weight"))
    show(lambda: P.remove_parametrizations(layer, "kept"))
    show(lambda: (layer, state(layer), [n for n, _ in layer.named_parameters()]))


def parametrize_errors(torch, show):
    P = torch.nn.utils.parametrize

    def module(forward, right_inverse=None):
        members = {"forward": lambda self, x: forward(x)}
        if right_inverse is not None:
            members["right_inverse"] = lambda self, x: right_inverse(x)
        return type("Odd", (torch.nn.Module,), members)()

    odd = [
        module(lambda x: x.double()),
        module(lambda x: x[:1]),
        module(lambda x: 3),
        module(lambda x: x, lambda x: 3),
        module(lambda x: x, lambda x: x.double()),
        module(lambda x: x, lambda x: [3, x]),
        module(lambda x: x, lambda x: x[:1]),
    ]
    for m in odd:
        show(lambda m=m: type(P.register_parametrization(torch.nn.Linear(2, 2), "weight", m)))
    for m in odd:
        layer = torch.nn.Linear(2, 2)
        P.register_parametrization(layer, "weight", torch.nn.Identity())
        show(lambda m=m: P.register_parametrization(layer, "weight", m))
        show(lambda: setattr(layer, "weight", torch.ones(2, 2)))
    show(lambda: P.ParametrizationList([], torch.ones(2)))


def weight_norm(torch, show):
    torch.manual_seed(0)
    for make, dim in (
        (lambda: torch.nn.Linear(3, 2), 0),
        (lambda: torch.nn.Linear(3, 2), None),
        (lambda: torch.nn.Conv1d(2, 3, 2), 1),
    ):
        layer = make()
        x = torch.ones(2, *layer.weight.shape[1:])
        old = copy.deepcopy(layer)
        show(lambda: torch.nn.utils.parametrizations.weight_norm(layer, dim=dim))
        show(lambda: (state(layer), step(torch, layer, x)))
        show(lambda: torch.nn.utils.weight_norm(old, dim=dim))
        show(lambda: (state(old), step(torch, old, x)))
        show(lambda: layer.load_state_dict(old.state_dict()))
        show(lambda: torch.nn.utils.weight_norm(old))
        show(lambda: torch.nn.utils.remove_weight_norm(old))
        show(lambda: (state(old), old))
        show(lambda: torch.nn.utils.remove_weight_norm(old))
        show(lambda: torch.nn.utils.parametrize.remove_parametrizations(layer, "weight"))
        show(lambda: state(layer))
    show(lambda: torch.nn.utils.weight_norm(torch.nn.LazyLinear(2)))


def spectral_norm(torch, show):
    for make in (
        lambda: torch.nn.Linear(3, 4),
        lambda: torch.nn.Conv2d(2, 3, 2),
        lambda: torch.nn.ConvTranspose1d(2, 3, 2),
    ):
        for new in (True, False):
            torch.manual_seed(0)
            utils = torch.nn.utils
            apply = utils.parametrizations.spectral_norm if new else utils.spectral_norm
            layer = make()
            x = torch.ones(2, layer.weight.shape[1 if "ose" not in str(layer) else 0], 4, 4)
            x = (
                x[:, :, 0, 0]
                if layer.weight.ndim == 2
                else x[..., 0]
                if layer.weight.ndim == 3
                else x
            )
            show(lambda: apply(layer, n_power_iterations=2))
            show(lambda: state(layer))
            show(lambda: step(torch, layer, x))
            show(lambda: step(torch, layer.eval(), x))
            show(lambda: (state(layer), dict(layer.state_dict()._metadata)))
            fresh = apply(make(), n_power_iterations=2)
            show(lambda: fresh.load_state_dict(layer.state_dict()))
            show(lambda: shown(fresh.eval()(x)))
            if not new:
                saved = layer.state_dict()
                saved["weight"] = layer.weight.detach()
                del saved["weight_v"]
                saved._metadata[""].pop("spectral_norm")
                show(lambda: fresh.load_state_dict(saved))
                show(lambda: shown(fresh.eval()(x)))
                show(lambda: utils.spectral_norm(layer))
                show(lambda: utils.remove_spectral_norm(layer))
                show(lambda: utils.remove_spectral_norm(layer))
                show(lambda: state(layer))
    wrong = torch.nn.utils.parametrizations.spectral_norm
    show(lambda: wrong(torch.nn.Linear(2, 2), n_power_iterations=0))
    show(lambda: wrong(torch.nn.Linear(2, 2), dim=3))
    show(lambda: wrong(torch.nn.Linear(2, 2), "absent"))
    show(lambda: torch.nn.utils.spectral_norm(torch.nn.Linear(2, 2), n_power_iterations=0))
    show(lambda: torch.nn.utils.spectral_norm(torch.nn.Linear(2, 2, bias=False), "bias"))
    show(lambda: torch.nn.utils.spectral_norm(torch.nn.LazyLinear(2)))
    vector = wrong(torch.nn.Linear(2, 2), "bias")
    show(lambda: state(vector))


def orthogonal(torch, show):
    orthogonal = torch.nn.utils.parametrizations.orthogonal
    for how in (None, "matrix_exp", "cayley", "householder"):
        for trivial in (True, False):
            for rows, columns in ((3, 3), (4, 2), (2, 4)):
                torch.manual_seed(0)
                layer = torch.nn.Linear(columns, rows).double()
                show(lambda: orthogonal(layer, orthogonal_map=how, use_trivialization=trivial))
                show(lambda: step(torch, layer, torch.arange(columns, dtype=torch.float64)[None]))
                show(lambda: state(layer))
                eye = torch.eye(rows, columns, dtype=torch.float64)
                show(lambda: setattr(layer, "weight", eye))
                show(lambda: shown(layer.weight))
    show(lambda: orthogonal(torch.nn.Linear(2, 2), orthogonal_map="other"))
    show(lambda: orthogonal(torch.nn.Linear(2, 2), "bias"))
    show(lambda: orthogonal(torch.nn.Linear(2, 2), "absent"))


def prune(torch, show):
    P = torch.nn.utils.prune
    calls = [
        lambda m: P.identity(m, "weight"),
        lambda m: P.random_unstructured(m, "weight", 0.3),
        lambda m: P.random_unstructured(m, "weight", amount=3),
        lambda m: P.l1_unstructured(m, "weight", 0.5),
        lambda m: P.l1_unstructured(m, "bias", 1),
        lambda m: P.random_structured(m, "weight", 2, dim=1),
        lambda m: P.random_structured(m, "weight", 0.5, dim=0),
        lambda m: P.ln_structured(m, "weight", 1, n=2, dim=0),
        lambda m: P.ln_structured(m, "weight", 0.5, n=float("inf"), dim=-1),
        lambda m: P.ln_structured(m, "weight", 0, n=1, dim=1),
        lambda m: P.l1_unstructured(m, "weight", 2, importance_scores=-m.weight.abs()),
        lambda m: P.custom_from_mask(m, "bias", torch.tensor([1, 0, 1])),
    ]
    x = torch.ones(2, 4)
    for first in calls:
        torch.manual_seed(3)
        layer = torch.nn.Linear(4, 3)
        show(lambda: first(layer))
        show(lambda: (state(layer), step(torch, layer, x)))
        for second in calls[1::3]:
            twin = (
                copy.deepcopy(layer)
                if not any(m.grad_fn for m in (layer.weight, layer.bias))
                else layer
            )
            show(lambda: second(twin))
            show(lambda: (state(twin), step(torch, twin, x)))
        show(lambda: P.is_pruned(layer))
        for name in ("weight", "bias"):
            show(lambda: P.remove(layer, name))
        show(lambda: (state(layer), [n for n, _ in layer.named_parameters()]))
    net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Linear(2, 3))
    both = [(net[0], "weight"), (net[1], "weight")]
    show(lambda: P.global_unstructured(both, P.L1Unstructured, amount=5))
    show(lambda: (state(net), P.is_pruned(net)))
    show(lambda: P.global_unstructured(both, P.RandomUnstructured, amount=0.5))
    show(lambda: state(net))
    show(lambda: shown(P.L1Unstructured(1).prune(torch.tensor([1.0, 3.0, -2.0]))))
    container = P.PruningContainer(net[0]._forward_pre_hooks.popitem()[1])
    show(lambda: (len(container), [type(m).__name__ for m in container], type(container[0])))


def prune_errors(torch, show):
    P = torch.nn.utils.prune
    layer = torch.nn.Linear(3, 2)
    show(lambda: P.remove(layer, "weight"))
    for amount in ("1", -1, 1.5, -0.5, 7, 1 + 0j):
        show(lambda: P.l1_unstructured(layer, "weight", amount))
    show(lambda: P.ln_structured(layer, "bias", 1, 2, 0))
    show(lambda: P.ln_structured(layer, "weight", 1, 2, 5))
    show(lambda: P.ln_structured(layer, "weight", 5, 2, 0))
    show(lambda: P.random_structured(layer, "weight", 5, 0))
    show(lambda: P.l1_unstructured(layer, "absent", 1))
    show(lambda: P.l1_unstructured(layer, "weight", 1, importance_scores=torch.ones(1)))
    show(lambda: P.custom_from_mask(layer, "weight", torch.ones(1)))
    show(lambda: P.global_unstructured(3, P.L1Unstructured, amount=1))
    show(lambda: P.global_unstructured([(layer, "weight")], P.L1Unstructured, 3, amount=1))
    show(lambda: P.global_unstructured([(layer, "weight")], P.LnStructured, amount=1, n=2))
    show(lambda: P.PruningContainer().add_pruning_method(3))
    method = P.L1Unstructured(1)
    method._tensor_name = None
    show(lambda: method.remove(layer))
    show(lambda: method.apply_mask(layer))
    show(lambda: method.prune(torch.ones(3), importance_scores=torch.ones(2)))
    show(P.BasePruningMethod)
    show(lambda: sorted(n for n, _ in layer.named_parameters()))


def fusion(torch, show):
    utils = torch.nn.utils
    torch.manual_seed(0)
    for conv, bias, transpose in (
        (torch.nn.Conv2d, True, False),
        (torch.nn.Conv2d, False, False),
        (torch.nn.ConvTranspose2d, True, True),
    ):
        layer, norm = conv(2, 3, 2, bias=bias), torch.nn.BatchNorm2d(3)
        both = torch.nn.Sequential(layer, norm)
        both(torch.randn(4, 2, 5, 5))
        torch.nn.init.uniform_(norm.weight)
        show(lambda: utils.fuse_conv_bn_eval(layer, norm, transpose))
        both.eval()
        fused = utils.fuse_conv_bn_eval(layer, norm, transpose)
        show(lambda: (fused, state(fused), [p.requires_grad for p in fused.parameters()]))
        x = torch.randn(1, 2, 4, 4)
        show(lambda: torch.allclose(fused(x), both(x), atol=1e-5))
    for bias in (True, False):
        layer, norm = torch.nn.Linear(3, 2, bias=bias), torch.nn.BatchNorm1d(2)
        show(lambda: utils.fuse_linear_bn_eval(layer, norm))
        fused = utils.fuse_linear_bn_eval(layer.eval(), norm.eval())
        show(lambda: (fused, state(fused)))
    show(lambda: utils.fuse_linear_bn_eval(layer, torch.nn.BatchNorm1d(3).eval()))


def small_helpers(torch, show):
    utils = torch.nn.utils
    show(lambda: utils.skip_init(torch.nn.Linear, 3, 2, bias=False))
    show(lambda: utils.skip_init(torch.nn.Linear, 3, 2).weight.shape)
    show(lambda: utils.skip_init(torch.nn.ReLU))
    show(lambda: utils.skip_init(dict))
    layer = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 2), torch.nn.Conv3d(2, 3, 2))
    show(lambda: utils.convert_conv2d_weight_memory_format(layer, torch.channels_last))
    show(lambda: utils.convert_conv3d_weight_memory_format(layer, torch.channels_last_3d))
    show(lambda: [p.stride() for p in layer.parameters()])
    net = torch.nn.Linear(2, 2)
    given = {"weight": torch.eye(2), "bias": torch.ones(2)}
    show(lambda: utils.stateless.functional_call(net, given, torch.ones(1, 2)))
    show(lambda: utils.stateless.functional_call(net, {"weight": 3}, torch.ones(1, 2)))
    show(
        lambda: utils.stateless.functional_call(
            net, {"a": torch.ones(1)}, torch.ones(1, 2), strict=True
        )
    )


def attention(torch, show):
    A = torch.nn.attention
    show(lambda: [str(b) for b in (A.SDPBackend.MATH, A.SDPBackend(1))])
    show(lambda: [repr(A.SDPBackend.MATH), int(A.SDPBackend.CUDNN_ATTENTION)])
    flags = torch.backends.cuda

    def now():
        return (
            flags.flash_sdp_enabled(),
            flags.math_sdp_enabled(),
            flags.mem_efficient_sdp_enabled(),
        )

    torch.manual_seed(0)
    q, k, v = (torch.randn(1, 2, n, 4) for n in (3, 5, 5))
    attend = torch.nn.functional.scaled_dot_product_attention
    with A.sdpa_kernel(A.SDPBackend.MATH):
        show(now)
        show(lambda: shown(attend(q, k, v)))
        with A.sdpa_kernel([A.SDPBackend.MATH, A.SDPBackend.FLASH_ATTENTION], set_priority=True):
            show(now)
        show(now)
    show(now)
    show(lambda: A.sdpa_kernel("math").__enter__())
    B = A.bias
    for bias in (B.causal_upper_left(3, 5), B.causal_lower_right(3, 5)):
        show(lambda: bias)
        show(lambda: bias.variant)
        show(lambda: shown(attend(q, k, v, attn_mask=bias)))
        show(lambda: shown(attend(q, k, v, bias)))
    show(lambda: B.causal_upper_left(3))
    show(lambda: B.CausalBias(1, 2, 3))


def cross_map(torch, show):
    torch.manual_seed(0)
    for size in (1, 2, 3, 5):
        module = torch.nn.CrossMapLRN2d(size, alpha=0.5, beta=0.6, k=2)
        x = torch.randn(2, 6, 3, 2, requires_grad=True)
        show(lambda: module)
        show(lambda: shown(module(x)))
        show(lambda: shown(torch.autograd.grad(module(x).square().sum(), x)))
    show(lambda: torch.nn.CrossMapLRN2d(3)(torch.ones(2, 3)))


def fractional(torch, show):
    for d, kind in ((2, torch.nn.FractionalMaxPool2d), (3, torch.nn.FractionalMaxPool3d)):
        for kwargs in (
            {},
            {"output_size": 3, "output_ratio": 0.5},
            {"output_ratio": 1.5},
            {"output_ratio": (0.5,) * (d - 1) + (2.0,)},
            {"output_size": 2},
            {"output_ratio": 0.6, "return_indices": True},
        ):
            torch.manual_seed(0)
            show(lambda: kind(2, **kwargs))
            show(lambda: shown(kind(2, **kwargs)(torch.randn(2, 2, *[6] * d))))
    fixed = torch.nn.FractionalMaxPool2d(2, 3, _random_samples=torch.full((1, 2, 2), 0.3))
    show(lambda: (state(fixed), shown(fixed(torch.arange(72.0).view(1, 2, 6, 6)))))


@pytest.mark.parametrize(
    "script",
    [
        parametrize, parametrize_many, parametrize_errors, weight_norm, spectral_norm, orthogonal,
        prune, prune_errors, fusion, small_helpers, attention, cross_map, fractional,
    ],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_script(script):
    compare(script)
