"""Weights that are computed from others: parametrizations, norms, pruning, fusion; biases of
attention."""

import copy

import pytest

import jtorch as torch
from jtorch import nn
from jtorch.nn.attention import SDPBackend, sdpa_kernel
from jtorch.nn.attention.bias import causal_lower_right
from jtorch.nn.utils import parametrizations, parametrize, prune


class Doubled(nn.Module):
    def forward(self, x):
        return x * 2

    def right_inverse(self, x):
        return x / 2


def test_a_parametrized_weight_trains_what_it_is_computed_from():
    layer = nn.Linear(2, 2)
    weight, before = layer.weight, layer.weight.detach().clone()
    parametrize.register_parametrization(layer, "weight", Doubled())
    assert layer.parametrizations.weight.original is weight
    assert torch.equal(layer.weight, before)
    layer(torch.ones(1, 2)).sum().backward()
    assert weight.grad.tolist() == [[2.0, 2.0], [2.0, 2.0]]
    parametrize.remove_parametrizations(layer, "weight")
    assert layer.weight is weight
    assert type(layer) is nn.Linear
    assert torch.equal(weight, before)


def test_a_parametrized_tensor_is_computed_once_where_cached():
    layer = parametrize.register_parametrization(nn.Linear(2, 2), "weight", Doubled())
    assert layer.weight is not layer.weight
    with parametrize.cached():
        assert layer.weight is layer.weight
    assert layer.weight is not layer.weight


def test_copies_of_a_parametrized_module_are_independent():
    layer = parametrize.register_parametrization(nn.Linear(2, 2), "weight", Doubled())
    twin = copy.deepcopy(layer)
    twin.weight = torch.zeros(2, 2)
    assert twin.weight.abs().sum() == 0
    assert layer.weight.abs().sum() > 0


def test_the_forms_of_weight_norm_compute_the_same_and_load_each_other():
    torch.manual_seed(0)
    old, new = nn.Linear(3, 2), nn.Linear(3, 2)
    with pytest.warns(FutureWarning, match="deprecated"):
        nn.utils.weight_norm(old)
    parametrizations.weight_norm(new)
    new.load_state_dict(old.state_dict())
    x = torch.randn(4, 3)
    assert torch.equal(old(x), new(x))


def test_spectral_norm_makes_the_largest_singular_value_one():
    layer = parametrizations.spectral_norm(nn.Linear(4, 3), n_power_iterations=50)
    layer(torch.ones(1, 4))
    assert torch.linalg.matrix_norm(layer.weight, 2).item() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (4, 2)])
def test_orthogonal_stays_orthogonal_while_it_trains(shape):
    layer = parametrizations.orthogonal(nn.Linear(*shape).double())
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        layer(torch.ones(1, shape[0], dtype=torch.float64)).square().sum().backward()
        optimizer.step()
    w = layer.weight if shape[0] <= shape[1] else layer.weight.mT
    unit = torch.eye(w.shape[1], dtype=torch.float64)
    assert torch.allclose(w.mT @ w, unit)


def test_pruning_hides_elements_until_it_is_removed():
    layer = nn.Linear(2, 2)
    layer.weight.data = torch.tensor([[1.0, -2.0], [3.0, 4.0]])
    prune.l1_unstructured(layer, "weight", amount=1)
    prune.ln_structured(layer, "weight", amount=1, n=2, dim=0)
    assert prune.is_pruned(layer)
    assert layer.weight.tolist() == [[0.0, 0.0], [3.0, 4.0]]
    prune.remove(layer, "weight")
    assert not prune.is_pruned(layer)
    assert [name for name, _ in layer.named_parameters()] == ["bias", "weight"]


def test_a_failed_pruning_leaves_the_module_as_it_was():
    layer = nn.Linear(2, 2)
    with pytest.raises(ValueError, match="should be smaller"):
        prune.l1_unstructured(layer, "weight", amount=5)
    assert sorted(layer._parameters) == ["bias", "weight"]


def test_a_fused_convolution_does_what_both_did():
    both = nn.Sequential(nn.Conv2d(2, 3, 2), nn.BatchNorm2d(3))
    both(torch.randn(4, 2, 5, 5))
    fused = nn.utils.fuse_conv_bn_eval(*both.eval())
    x = torch.randn(1, 2, 4, 4)
    assert torch.allclose(fused(x), both(x), atol=1e-5)


def test_a_choice_of_kernels_is_kept_inside():
    before = torch.backends.cuda.flash_sdp_enabled()
    with sdpa_kernel(SDPBackend.MATH):
        assert not torch.backends.cuda.flash_sdp_enabled()
    assert torch.backends.cuda.flash_sdp_enabled() is before


def test_a_causal_bias_is_a_mask():
    q, k = torch.randn(1, 1, 2, 4), torch.randn(1, 1, 3, 4)
    mask = torch.tensor([[True, True, False], [True, True, True]])
    attend = nn.functional.scaled_dot_product_attention
    assert torch.equal(attend(q, k, k, causal_lower_right(2, 3)), attend(q, k, k, mask))


def test_flex_attention_says_that_it_is_not_covered():
    with pytest.raises(NotImplementedError, match="flex_attention is not covered"):
        nn.attention.flex_attention.flex_attention(None, None, None)


def test_pooling_windows_from_given_samples():
    samples = torch.full((1, 2, 2), 0.3)
    pool = nn.FractionalMaxPool2d(2, output_size=2, _random_samples=samples)
    assert pool(torch.arange(32.0).view(1, 2, 4, 4))[0, 0].shape == (2, 2)
    with pytest.raises(ValueError, match="only one of"):
        nn.FractionalMaxPool2d(2, output_size=2, output_ratio=0.5)


def test_across_maps_the_middle_channels_see_both_sides():
    module = nn.CrossMapLRN2d(3, alpha=3.0, beta=1.0, k=0)
    x = torch.tensor([1.0, 2.0, 3.0, 4.0]).view(1, 4, 1, 1)
    # channel 0 counts for all after it
    assert (x / module(x)).flatten().tolist() == pytest.approx([5.0, 14.0, 30.0, 26.0])
