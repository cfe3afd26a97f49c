"""jtorch and JAX in one program: a torch module trained by jax.grad and optax, a JAX function
inside a torch model, an optax optimizer in a torch loop, per-sample gradients with torch.func. It
needs jtorch itself.

    python examples/interop.py
"""

import argparse

import jax
import jax.numpy as jnp
import optax

import jtorch as torch
from jtorch import interop, nn


def data(n=256):
    """Points of the plane, and whether they lie inside a ring."""
    torch.manual_seed(0)
    x = torch.randn(n, 2)
    y = ((x.norm(dim=1) - 1).abs() < 0.5).float()
    return x, y


def network():
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 1))


def trained_by_jax(x, y, steps):
    """A torch module, a training step in pure JAX."""
    model = network()
    apply, params = interop.functional(model)
    transformation = optax.adam(1e-2)
    state = transformation.init(params)
    x, y = interop.to_jax(x), interop.to_jax(y)

    def loss(params):
        return optax.sigmoid_binary_cross_entropy(apply(params, x)[:, 0], y).mean()

    @jax.jit
    def step(params, state):
        value, grads = jax.value_and_grad(loss)(params)
        updates, state = transformation.update(grads, state, params)
        return optax.apply_updates(params, updates), state, value

    for _ in range(steps):
        params, state, value = step(params, state)
    interop.load(model, params)
    return model, float(value)


@interop.jax_op
def rings(x, frequency):
    """A layer written in JAX; torch's backward() goes through it."""
    radius = jnp.sqrt((x * x).sum(-1, keepdims=True))
    return jnp.concatenate([x, jnp.sin(frequency * radius)], -1)


class WithRings(nn.Module):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(3, 1)

    def forward(self, x):
        return self.out(rings(x, 2.0))


def trained_by_torch(x, y, steps):
    """A torch loop around a JAX layer and an optax transformation."""
    torch.manual_seed(1)
    model = WithRings()
    optimizer = interop.Optax(model.parameters(), optax.chain(optax.clip(1.0), optax.adamw(3e-2)))
    criterion = nn.BCEWithLogitsLoss()
    for _ in range(steps):
        loss = criterion(model(x)[:, 0], y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model, loss.item()


def per_sample_norms(model, x, y):
    """How large each example's own gradient is."""

    def loss(params, x, y):
        out = torch.func.functional_call(model, params, (x[None],))
        return nn.functional.binary_cross_entropy_with_logits(out[0, 0], y)

    params = {name: p.detach() for name, p in model.named_parameters()}
    grads = torch.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))(params, x, y)
    return sum(g.flatten(1).pow(2).sum(1) for g in grads.values()).sqrt()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--steps", type=int, default=200)
    steps = parser.parse_args().steps
    x, y = data()
    model, loss = trained_by_jax(x, y, steps)
    right = ((model(x)[:, 0] > 0) == (y > 0)).float().mean().item()
    print(f"a torch module trained by JAX:    loss {loss:.3f}, {right:.0%} right")
    norms = per_sample_norms(model, x, y)
    print(f"per-sample gradients:             norms {norms.min():.3f} to {norms.max():.3f}")
    model, loss = trained_by_torch(x, y, steps)
    right = ((model(x)[:, 0] > 0) == (y > 0)).float().mean().item()
    print(f"a JAX layer and optax, by torch:  loss {loss:.3f}, {right:.0%} right")


if __name__ == "__main__":
    main()
