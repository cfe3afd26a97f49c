"""Loops that would make a lazy engine unroll without bound or compile without end. Each asserts how
many whole programs and single ops were compiled, and that the numbers are right.
"""

from contextlib import contextmanager

import numpy as np
import pytest

import jtorch as torch
from jtorch.graph import forget, stats


@contextmanager
def at_most(programs: int, ops: int):
    """Bounds on what the block compiles, starting from an engine that has seen nothing."""
    forget()
    before = stats.programs, stats.ops
    yield
    compiled = stats.programs - before[0], stats.ops - before[1]
    assert compiled[0] <= programs, f"{compiled[0]} programs compiled, bound {programs}"
    assert compiled[1] <= ops, f"{compiled[1]} single ops compiled, bound {ops}"


def small_model():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
    return model, torch.optim.Adam(model.parameters(), lr=0.01)


def train_step(model, optimizer, x, y):
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    return loss


def batches(count, size):
    rng = np.random.default_rng(0)
    for _ in range(count):
        x = torch.from_numpy(rng.standard_normal((size, 4)).astype(np.float32))
        yield x, torch.from_numpy(rng.integers(0, 2, size))


def test_last_partial_batch():
    """Two batch sizes are two programs, however often they come."""
    model, optimizer = small_model()
    with at_most(programs=2, ops=0):
        for _ in range(4):
            for x, y in [*batches(3, 16), *batches(1, 5)]:
                loss = train_step(model, optimizer, x, y)
    assert np.isfinite(loss.item())


def test_sequence_length_changing_every_step():
    """Shapes that never repeat never compile whole programs: only single ops, each once a shape."""
    w = torch.ones(4)
    with at_most(programs=0, ops=3 * 20 + 2):
        for n in range(2, 22):
            x = torch.ones(n, 4)
            assert ((x * w).sum() + 1).item() == 4 * n + 1


def test_ten_thousand_updates_without_a_look():
    x = torch.tensor(1.0)
    with at_most(programs=1, ops=2):
        for _ in range(10_000):
            x = x * 0.5 + 1.0
        assert x.item() == 2.0


def test_inference_loop_that_keeps_outputs():
    model, _ = small_model()
    outputs = []
    with at_most(programs=2, ops=12), torch.no_grad():
        for x, _ in batches(400, 16):
            outputs.append(model(x))
        total = sum(float(o.sum()) for o in outputs)
    assert np.isfinite(total)
    assert len(outputs) == 400


def test_manual_sgd_under_no_grad():
    torch.manual_seed(0)
    w = torch.zeros(4, requires_grad=True)
    x, y = torch.randn(32, 4), torch.randn(32)
    with at_most(programs=2, ops=30):
        for _ in range(200):
            loss = ((x @ w - y) ** 2).mean()
            loss.backward()
            with torch.no_grad():
                w -= 0.1 * w.grad
            w.grad = None
        final = loss.item()
    best, *_ = np.linalg.lstsq(x.numpy(), y.numpy(), rcond=None)
    assert final == pytest.approx(float(((x.numpy() @ best - y.numpy()) ** 2).mean()), rel=1e-4)


def test_a_look_at_the_loss_every_step():
    """`if loss < best` before backward: two cuts a step, each compiled once."""
    model, optimizer = small_model()
    best = float("inf")
    with at_most(programs=4, ops=24):
        for x, y in batches(20, 16):
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(x), y)
            if loss < best:
                best = loss.item()
            loss.backward()
            optimizer.step()
    assert np.isfinite(best)


def test_learning_rate_changing_every_step():
    model, optimizer = small_model()
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    with at_most(programs=2, ops=0):
        for x, y in batches(20, 16):
            train_step(model, optimizer, x, y)
            schedule.step()
    assert schedule.get_last_lr()[0] == pytest.approx(0.01 * 0.9**20)


def test_gradient_accumulation_over_four_batches():
    """The four backward passes and the step are one program."""
    model, optimizer = small_model()
    with at_most(programs=1, ops=0):
        for _ in range(5):
            optimizer.zero_grad()
            for x, y in batches(4, 16):
                (torch.nn.functional.cross_entropy(model(x), y) / 4).backward()
            optimizer.step()


def test_a_varying_number_becomes_an_input():
    x = torch.ones(8)  # mul by a constant, mul by an input, sum
    with at_most(programs=1, ops=3):
        for i in range(50):
            assert (x * (i + 0.5)).sum().item() == 8 * (i + 0.5)


def test_indexing_in_a_loop_does_not_compile_per_position():
    x = torch.arange(64.0)
    with at_most(programs=2, ops=4):
        assert [x[i].item() for i in range(64)] == list(range(64))


def test_batches_sliced_by_hand():
    """Where a batch starts is an input of the program from its first step."""
    model, optimizer = small_model()
    data, labels = torch.randn(80, 4), torch.arange(80) % 2
    with at_most(programs=1, ops=0):
        for start in range(0, 80, 16):
            batch = slice(start, start + 16)
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(data[batch]), labels[batch]).backward()
            optimizer.step()


def test_groups_of_parameters():
    model, _ = small_model()
    groups = [{"params": [p], "weight_decay": 0.1 * i} for i, p in enumerate(model.parameters())]
    optimizer = torch.optim.AdamW(groups, lr=0.01)
    with at_most(programs=1, ops=0):
        for x, y in batches(4, 16):
            train_step(model, optimizer, x, y)


def test_parameters_are_initialised_without_a_program():
    with at_most(programs=0, ops=0):
        small_model()


def test_positions_one_by_one():
    """Elements read at many places share one executable."""
    data = torch.arange(600.0).reshape(100, 6)
    with at_most(programs=0, ops=3):
        rows = torch.stack([data[(i * 7) % 100] for i in range(60)])
        assert rows.sum().item() == sum(36 * ((i * 7) % 100) + 15 for i in range(60))


def test_steps_that_are_never_the_same():
    """Each step another sequence of ops: after a few, new ones run op by op."""
    model, optimizer = small_model()
    (x, y), *_ = batches(1, 16)
    with at_most(programs=4, ops=60):
        for n in range(12):
            h = x
            for bit in format(n, "04b"):
                h = h.tanh() if bit == "1" else h.sin()
            loss = train_step(model, optimizer, h, y)
    assert np.isfinite(loss.item())


def test_numbers_of_few_values_at_many_places():
    """Windows that jitter by a pixel: every place becomes an input once, and none falls back."""
    rng, images = np.random.default_rng(0), torch.arange(80.0).reshape(8, 10)
    with at_most(programs=2, ops=30):
        for _ in range(40):
            starts = rng.integers(0, 3, 8).tolist()
            moved = torch.stack([p[s : s + 8] for p, s in zip(images * 2, starts)])
            got = (moved + 1).numpy()
    assert got[:, 0].tolist() == [20 * i + 2 * s + 1 for i, s in enumerate(starts)]
