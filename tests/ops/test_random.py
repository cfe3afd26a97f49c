"""Random tensors by themselves: seeds, states, and what enters programs."""

import pickle
import threading

import pytest

import jtorch as torch

# torch.manual_seed(0); torch.rand(3)
RAND = [0.49625658988952637, 0.7682217955589294, 0.08847743272781372]


def test_manual_seed_gives_torchs_numbers():
    assert torch.manual_seed(0) is torch.default_generator
    assert torch.rand(3).tolist() == RAND
    assert torch.initial_seed() == 0
    generator = torch.Generator().manual_seed(0)
    assert torch.rand(3, generator=generator).tolist() == RAND
    assert generator.device == torch.device("cpu")


def test_states():
    torch.manual_seed(5)
    torch.randn(3)
    state = torch.get_rng_state()
    expected = torch.randn(5).tolist()
    torch.set_rng_state(state)
    assert torch.randn(5).tolist() == expected
    generator = torch.Generator()
    generator.set_state(state)
    assert torch.randn(5, generator=generator).tolist() == expected
    twin = generator.clone_state()
    assert torch.rand(2, generator=twin).tolist() == torch.rand(2, generator=generator).tolist()
    again = pickle.loads(pickle.dumps(generator))
    assert torch.rand(2, generator=again).tolist() == torch.rand(2, generator=generator).tolist()
    with pytest.raises(TypeError, match=r"^RNG state must be a torch\.ByteTensor$"):
        torch.set_rng_state(torch.zeros(3))


def test_fork_rng():
    torch.manual_seed(0)
    with torch.random.fork_rng():
        torch.rand(100)
    assert torch.rand(3).tolist() == RAND


def test_seed():
    assert torch.seed() == torch.initial_seed()


def test_draws_are_data_of_programs():
    """The same program runs with new numbers; nothing of the first call is baked in."""
    torch.manual_seed(0)
    sums = {torch.rand(4).mul(2).sum().item() for _ in range(10)}
    assert len(sums) == 10
    masks = {str(torch.dropout(torch.ones(30), 0.5, True).tolist()) for _ in range(10)}
    assert len(masks) == 10


def test_nothing_is_drawn_for_meta_tensors():
    torch.manual_seed(0)
    torch.rand(3, device="meta")
    torch.randn(3, device="meta").normal_()
    torch.multinomial(torch.ones(3, device="meta"), 2)
    assert torch.rand(3).tolist() == RAND


def test_in_place():
    torch.manual_seed(0)
    x = torch.zeros(2, 3)
    row = x[1]
    assert row.uniform_() is row
    assert x[0].tolist() == [0, 0, 0]
    assert x[1].tolist() == RAND
    leaf = torch.zeros(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="^a leaf Variable that requires grad"):
        leaf.normal_()
    with torch.no_grad():
        leaf.normal_()
    assert leaf.requires_grad


def test_ranges():
    x = torch.randint(-3, 4, (1000,))
    assert x.dtype is torch.int64
    assert sorted(set(x.tolist())) == list(range(-3, 4))
    assert sorted(torch.randperm(50).tolist()) == list(range(50))
    u = torch.empty(1000).uniform_(2, 3)
    assert ((u >= 2) & (u < 3)).all()


def test_bernoulli_and_multinomial():
    p = torch.tensor([0.0, 1.0, 0.5])
    flips = torch.stack([torch.bernoulli(p) for _ in range(50)])
    assert flips[:, 0].sum() == 0
    assert flips[:, 1].sum() == 50
    assert 0 < flips[:, 2].sum() < 50
    weights = torch.tensor([[0.0, 1.0, 3.0], [1.0, 0.0, 0.0]])
    picked = torch.multinomial(weights, 100, replacement=True)
    assert 0 not in picked[0]
    assert (picked[1] == 0).all()
    with pytest.raises(RuntimeError, match="^bernoulli_ expects p to be in"):
        torch.empty(2).bernoulli_(2.0)
    with pytest.raises(RuntimeError, match="^probability tensor contains either"):
        torch.multinomial(torch.tensor([1.0, -1.0]), 1)


def test_gradients_pass_dropout():
    x = torch.ones(100, requires_grad=True)
    y = torch.dropout(x, 0.5, True)
    y.sum().backward()
    assert x.grad.tolist() == y.tolist()


def test_threads_share_the_default_generator():
    torch.manual_seed(0)
    seen = []
    threads = [
        threading.Thread(target=lambda: seen.extend(torch.rand(50).tolist())) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    torch.manual_seed(0)
    assert sorted(seen) == sorted(torch.rand(200).tolist())
