"""utils.checkpoint: it runs functions again, and what is kept in between is smaller for it."""

import jax
import pytest

import jtorch as torch
from jtorch.graph import flush
from jtorch.utils.checkpoint import checkpoint, checkpoint_sequential

WIDTH, ROWS, BLOCKS = 64, 512, 6


def block():
    return torch.nn.Sequential(
        torch.nn.Linear(WIDTH, WIDTH), torch.nn.GELU(), torch.nn.Linear(WIDTH, WIDTH)
    )


def held():
    """Bytes of all arrays alive."""
    flush()
    return sum(x.nbytes for x in jax.live_arrays())


def forward(blocks, x, how):
    for each in blocks:
        if how is None:
            x = x + each(x).sin()
        else:
            x = checkpoint(lambda y, each=each: y + each(y).sin(), x, use_reentrant=how)
    return x.pow(2).mean()


@pytest.mark.parametrize("reentrant", [False, True])
def test_less_is_kept_for_backward(reentrant):
    torch.manual_seed(0)
    blocks = [block() for _ in range(BLOCKS)]
    x = torch.randn(ROWS, WIDTH).requires_grad_()
    kept, grads = {}, {}
    for how in (None, reentrant):
        for _ in range(2):  # the second time as whole programs
            x.grad = None
            before = held()
            loss = forward(blocks, x, how)
            loss.item()
            kept[how] = held() - before
            loss.backward()
            grads[how] = x.grad.clone()
    one = ROWS * WIDTH * 4
    assert kept[None] > 3 * BLOCKS * one  # at least the results of three layers of each block
    assert kept[reentrant] <= (BLOCKS + 2) * one  # what the blocks hand on
    assert torch.allclose(grads[None], grads[reentrant], atol=1e-6)


def test_a_training_loop_with_dropout_is_the_same_with_and_without():
    losses = {}
    for how in (None, False, True):
        torch.manual_seed(0)
        blocks = torch.nn.ModuleList(
            torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.Dropout(0.3)) for _ in range(3)
        )
        optimizer = torch.optim.Adam(blocks.parameters(), lr=0.05)
        x = torch.randn(4, 8).requires_grad_()
        losses[how] = []
        for _ in range(6):
            loss = forward(blocks, x, how)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses[how].append(loss.item())
    assert losses[None] == pytest.approx(losses[False], rel=1e-5)
    assert losses[None] == pytest.approx(losses[True], rel=1e-5)


def test_sequential_runs_all_but_the_last_part_again():
    runs = []

    def part(name):
        def f(x):
            runs.append(name)
            return x.sin()

        return f

    x = torch.ones(3, requires_grad=True)
    checkpoint_sequential(
        [part("a"), part("b"), part("c")], 3, x, use_reentrant=False
    ).sum().backward()
    assert sorted(runs) == ["a", "a", "b", "b", "c"]


def test_inside_a_transformation():
    def f(x):
        return checkpoint(lambda y: y.sin().exp(), x, use_reentrant=False).sum()

    x = torch.tensor([0.5, -1.0])
    expected = torch.func.grad(lambda y: y.sin().exp().sum())(x)
    assert torch.allclose(torch.func.grad(f)(x), expected)
    assert torch.allclose(torch.vmap(torch.func.grad(f))(x[None])[0], expected)
