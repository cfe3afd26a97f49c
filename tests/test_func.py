"""torch.func and vmap: against jax's own transformations, and what compat cannot ask: programs that
repeat, and ops of all kinds inside.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jtorch as torch
from jtorch.graph import stats

F = torch.func
NESTS = {
    "grad": (F.grad, jax.grad),
    "hessian": (F.hessian, jax.hessian),
    "jacrev_grad": (lambda f: F.jacrev(F.grad(f)), lambda f: jax.jacrev(jax.grad(f))),
    "jacfwd_jacfwd": (lambda f: F.jacfwd(F.jacfwd(f)), lambda f: jax.jacfwd(jax.jacfwd(f))),
    "third": (lambda f: F.jacrev(F.hessian(f)), lambda f: jax.jacrev(jax.hessian(f))),
}


def ours(x):
    return (x.sin() * x.cumsum(0)).prod() + torch.logsumexp(x, 0)


def theirs(x):
    return (jnp.sin(x) * jnp.cumsum(x)).prod() + jax.nn.logsumexp(x)


@pytest.mark.parametrize("name", NESTS)
@pytest.mark.parametrize("batched", [False, True])
def test_nests_agree_with_jax(name, batched):
    mine, reference = (make(f) for make, f in zip(NESTS[name], (ours, theirs), strict=True))
    x = np.linspace(-1.0, 1.5, 6).reshape(2, 3) if batched else np.array([0.5, -1.0, 2.0])
    if batched:
        mine, reference = torch.vmap(mine), jax.vmap(reference)
    np.testing.assert_allclose(
        mine(torch.tensor(x)).numpy(), np.asarray(reference(jnp.asarray(x))), rtol=1e-9, atol=1e-12
    )


def test_backward_goes_through_every_nest():
    w = torch.tensor([1.0, 0.5, -0.75], dtype=torch.float64, requires_grad=True)
    x = np.linspace(-1.0, 1.5, 6).reshape(2, 3)

    def mine(x):
        return F.hessian(lambda y: ((y * w).sin() * y).sum())(x)

    torch.vmap(mine)(torch.tensor(x)).pow(2).sum().backward()

    def reference(w):
        f = jax.hessian(lambda y: (jnp.sin(y * w) * y).sum())
        return (jax.vmap(f)(jnp.asarray(x)) ** 2).sum()

    expected = jax.grad(reference)(jnp.asarray(w.detach().numpy()))
    np.testing.assert_allclose(w.grad.numpy(), np.asarray(expected), rtol=1e-9)


def test_per_sample_gradients_sum_to_the_gradient():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.GELU(), torch.nn.Linear(8, 1))
    params = {name: p.detach() for name, p in model.named_parameters()}
    x = torch.randn(16, 3)

    def loss(params, x):
        return F.functional_call(model, params, (x,)).pow(2).sum()

    each = torch.vmap(F.grad(loss), in_dims=(None, 0))(params, x)
    loss(dict(model.named_parameters()), x).backward()
    for name, p in model.named_parameters():
        assert torch.allclose(each[name].sum(0), p.grad, atol=1e-5)


def test_a_loop_compiles_once():
    f = torch.vmap(F.grad(lambda x: (x.sin() * x).sum()))
    x = torch.ones(4, 3)
    for _ in range(3):
        f(x).sum().item()
    programs, ops = stats.programs, stats.ops
    for _ in range(5):
        f(x).sum().item()
    assert (stats.programs, stats.ops) == (programs, ops)


def test_recurrent_layers_inside():
    torch.manual_seed(0)
    layer = torch.nn.LSTM(3, 4)
    x = torch.randn(2, 5, 1, 3)
    batched = torch.vmap(lambda each: layer(each)[0])(x)
    for k in range(2):
        assert torch.allclose(batched[k], layer(x[k])[0], atol=1e-6)
    slopes = torch.vmap(F.grad(lambda each: layer(each)[0].pow(2).sum()))(x)
    leaf = x[0].clone().requires_grad_()
    layer(leaf)[0].pow(2).sum().backward()
    assert torch.allclose(slopes[0], leaf.grad, atol=1e-6)


def test_forward_derivatives_of_ops_with_gradients_of_their_own():
    torch.manual_seed(0)
    q, v = torch.randn(1, 2, 4, 8), torch.randn(1, 2, 4, 8)

    def f(q):
        return torch.nn.functional.scaled_dot_product_attention(q, q, q).relu()

    _, forwards = F.jvp(f, (q,), (v,))
    backwards = F.vjp(f, q)[1](forwards)[0]
    assert torch.allclose((backwards * v).sum(), (forwards * forwards).sum(), rtol=1e-4)


def test_threads_and_errors_leave_no_level_behind():
    with pytest.raises(ZeroDivisionError):
        F.grad(lambda x: x.sum() * (1 / 0))(torch.ones(3))
    with pytest.raises(RuntimeError, match="item"):
        torch.vmap(lambda x: x.sum().item())(torch.ones(2, 3))
    x = torch.ones(3, requires_grad=True)
    x.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0, 1.0]


def test_checks_of_bounds_hold_outside_only():
    table = torch.arange(3.0)
    with pytest.raises(IndexError):
        table[torch.tensor([5])].sum().item()


def test_names_that_are_missing_say_so():
    with pytest.raises(AttributeError):
        F.nothing
