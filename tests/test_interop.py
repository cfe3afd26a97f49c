"""jtorch.interop: arrays without copies, functions and modules inside JAX, JAX functions as ops, "
"optax."""

import runpy
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax.sharding import Mesh, PartitionSpec

import jtorch as torch
from jtorch import interop

ROOT = Path(__file__).parent.parent
f32 = np.float32


def f(x):
    return (x.sin() * x).sum()


def g(x):
    return (jnp.sin(x) * x).sum()


def test_arrays_pass_without_copies():
    array = jnp.arange(3, dtype=f32)
    tensor = interop.from_jax(array)
    assert interop.to_jax(tensor) is array
    made = interop.to_jax(tensor * 2)
    again = interop.to_jax(interop.from_jax(made))
    assert again.unsafe_buffer_pointer() == made.unsafe_buffer_pointer()


def test_writing_to_a_tensor_leaves_the_array_alone():
    array = jnp.arange(3, dtype=f32)
    tensor = interop.from_jax(array)
    for _ in range(3):
        tensor.add_(1).sum().item()
    out = interop.to_jax(tensor)
    optimizer = torch.optim.SGD([tensor.requires_grad_()], lr=0.5)
    for _ in range(3):
        tensor.sum().backward()
        optimizer.step()
    assert array.tolist() == [0, 1, 2] and out.tolist() == [3, 4, 5]


def test_only_arrays_become_tensors():
    with pytest.raises(TypeError, match="expected a jax.Array, but got ndarray"):
        interop.from_jax(np.ones(3))


@pytest.mark.parametrize(
    "transform",
    [jax.jit, jax.grad, jax.hessian, jax.vmap, lambda h: jax.jit(jax.vmap(jax.grad(h)))],
)
def test_functions_inside_jax(transform):
    x = jnp.linspace(-1, 1, 6, dtype=f32).reshape(2, 3)
    mine, reference = transform(interop.to_jax_function(f))(x), transform(g)(x)
    np.testing.assert_allclose(np.asarray(mine), np.asarray(reference), rtol=1e-5, atol=1e-6)


def test_transformations_of_torch_inside_those_of_jax():
    h = interop.to_jax_function(lambda x: torch.vmap(torch.func.grad(f))(x).sum())
    x = jnp.linspace(-1, 1, 6, dtype=f32).reshape(2, 3)
    expected = jax.grad(lambda x: jax.vmap(jax.grad(g))(x).sum())(x)
    np.testing.assert_allclose(
        np.asarray(jax.jit(jax.grad(h))(x)), np.asarray(expected), rtol=1e-5, atol=1e-6
    )


def test_views_and_writes_inside_jit():
    def writes(x):
        y = x.clone()
        y[0] = 5
        y.T.mul_(2)
        return y

    out = jax.jit(interop.to_jax_function(writes))(jnp.ones((2, 2), f32))
    assert out.tolist() == [[10, 10], [2, 2]]


def network():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1))


def test_a_module_as_a_pure_function():
    model = network()
    apply, parameters = interop.functional(model)
    x = torch.randn(5, 3)

    def loss(parameters, x):
        return (apply(parameters, x) ** 2).mean()

    value, grads = jax.jit(jax.value_and_grad(loss))(parameters, interop.to_jax(x))
    expected = (model(x) ** 2).mean()
    expected.backward()
    assert float(value) == pytest.approx(expected.item(), rel=1e-6)
    for name, p in model.named_parameters():
        np.testing.assert_allclose(np.asarray(grads[name]), p.grad.numpy(), rtol=1e-4, atol=1e-6)
    interop.load(model, {name: p - 0.1 * grads[name] for name, p in parameters.items()})
    assert (model(x) ** 2).mean().item() < expected.item()


def test_load_refuses_what_does_not_fit():
    model = network()
    with pytest.raises(KeyError, match="no parameter or buffer named 'x'"):
        interop.load(model, {"x": jnp.ones(3)})
    with pytest.raises(ValueError, match=r"0\.bias: expected float32\[4\]"):
        interop.load(model, {"0.bias": jnp.ones(3, f32)})


def test_a_module_with_state():
    norm = torch.nn.BatchNorm1d(3)
    pure = interop.stateful(norm)
    x = jnp.arange(12, dtype=f32).reshape(4, 3)
    out, buffers = jax.jit(pure.apply)(pure.parameters, pure.buffers, x)
    expected = norm(interop.from_jax(x))
    np.testing.assert_allclose(np.asarray(out), expected.detach().numpy(), atol=1e-6)
    for name, b in norm.named_buffers():
        np.testing.assert_allclose(np.asarray(buffers[name]), b.numpy(), rtol=1e-6)
    assert int(pure.buffers["num_batches_tracked"]) == 0


def test_shard_map():
    model = network()
    apply, parameters = interop.functional(model)
    mesh = Mesh(np.array(jax.devices()), ("data",))
    rows = PartitionSpec("data")
    call = jax.shard_map(lambda x: apply(parameters, x), mesh=mesh, in_specs=rows, out_specs=rows)
    x = jnp.ones((2 * len(jax.devices()), 3), f32)
    np.testing.assert_allclose(
        np.asarray(jax.jit(call)(x)), np.asarray(apply(parameters, x)), rtol=1e-6
    )


@interop.jax_op
def product(x, n, tail=None):
    return {"a": jnp.sin(x) * n, "b": (x.sum(),)}


def test_a_jax_function_as_an_op():
    w = torch.tensor([0.5, -1.0], requires_grad=True)
    out = product(w, 3)
    (out["a"].sum() + out["b"][0]).backward()
    assert torch.allclose(w.grad, 3 * w.detach().cos() + 1)
    assert out["a"].grad_fn.name() == "ProductBackward0"
    (g,) = torch.autograd.grad(product(w, 2)["a"].sum(), w, create_graph=True)
    (second,) = torch.autograd.grad(g.sum(), w)
    assert torch.allclose(second, -2 * w.detach().sin())
    x = torch.ones(2, 2)
    assert torch.allclose(torch.vmap(lambda r: product(r, 2)["a"])(x), 2 * x.sin())
    assert torch.allclose(
        torch.func.jacfwd(lambda r: product(r, 2)["a"])(x[0]).diag(), 2 * x[0].cos()
    )


@pytest.mark.parametrize("injected", [False, True])
def test_optax_as_an_optimizer(injected):
    adam = optax.inject_hyperparams(optax.adam) if injected else optax.adam
    torch.manual_seed(0)
    x, y = torch.randn(8, 3), torch.randn(8, 1)
    losses = []
    for make in (
        lambda p: interop.Optax(p, adam(learning_rate=0.1)),
        lambda p: torch.optim.Adam(p, lr=0.1),
    ):
        model = network()
        optimizer = make(model.parameters())
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2, 0.5) if injected else None
        history = []
        for _ in range(6):
            loss = ((model(x) - y) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if scheduler is not None:
                scheduler.step()
            history.append(loss.item())
        losses.append(history)
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_the_state_of_an_optax_optimizer_is_kept():
    torch.manual_seed(0)
    x = torch.randn(8, 3)

    def steps(model, optimizer, n):
        for _ in range(n):
            optimizer.zero_grad()
            (model(x) ** 2).mean().backward()
            optimizer.step()
        return [p.detach().clone() for p in model.parameters()]

    model = network()
    optimizer = interop.Optax(model.parameters(), optax.adam(0.1))
    steps(model, optimizer, 2)
    other = network()
    other.load_state_dict(model.state_dict())
    resumed = interop.Optax(other.parameters(), optax.adam(0.1))
    resumed.load_state_dict(optimizer.state_dict())
    for a, b in zip(steps(model, optimizer, 3), steps(other, resumed, 3), strict=True):
        assert torch.allclose(a, b)


def test_tensors_in_jax_after_registration():
    interop.register_pytrees()
    interop.register_pytrees()
    assert jax.jit(lambda t: t * 2 + 1)(torch.ones(2)).tolist() == [3, 3]
    slope = jax.grad(lambda t: interop.to_jax((t * t).sum()))(torch.ones(2))
    assert isinstance(slope, torch.Tensor) and slope.tolist() == [2, 2]


def test_the_example(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["interop.py", "--steps", "30"])
    runpy.run_path(str(ROOT / "examples" / "interop.py"), run_name="__main__")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 and "per-sample" in lines[1]
