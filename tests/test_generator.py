"""The host generator by itself: known numbers of torch's, the state, and that draws do not depend
on how they are split.
"""

import pickle
import threading

import numpy as np
import pytest

from jtorch._generator import Stream

F4, F8 = np.dtype("f4"), np.dtype("f8")


def seeded(seed=0):
    return Stream().manual_seed(seed)


# torch.manual_seed(0), then one call each
GOLDEN = {
    "rand": (lambda s: s.uniform(4, F4), [0.4962565899, 0.7682217956, 0.0884774327, 0.1320304871]),
    "rand64": (lambda s: s.uniform(2, F8), [0.9700530018065531, 0.707819864399788]),
    "randn": (lambda s: s.normal(4, F4), [1.540996075, -0.2934288979, -2.178789377, 0.5684312582]),
    "randn16": (lambda s: s.normal(17, F4)[[0, 1, 16]], [-1.125839829, -1.695931196, 0.9318265915]),
    "randint": (lambda s: s.integers(5, 0, 100), [44, 39, 33, 60, 63]),
    "randint 2^40": (lambda s: s.integers(2, 0, 1 << 40), [741280623151, 506137267392]),
    "randperm": (lambda s: s.permutation(10), [4, 1, 7, 5, 3, 9, 0, 8, 6, 2]),
    "bernoulli": (lambda s: s.bernoulli(8, 0.5), [0, 0, 1, 0, 0, 0, 1, 1]),
    "exponential": (lambda s: s.exponential(3, F4), [3.508326292, 1.230384707, 0.615044117]),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_known_numbers(name):
    draw, expected = GOLDEN[name]
    got = draw(seeded())
    expected = np.array(expected, dtype=np.asarray(got).dtype)
    np.testing.assert_array_max_ulp(np.asarray(got, float), expected.astype(float), 4)
    if expected.dtype != F8:
        assert (np.asarray(got) == expected).all()


def test_draws_split():
    whole, parts = seeded(), seeded()
    expected = whole.uniform(1000, F4)
    got = np.concatenate([parts.uniform(n, F4) for n in (1, 0, 622, 1, 1, 375)])
    assert (expected == got).all()
    assert (whole.state() == parts.state()).all()


def test_few_normals_keep_the_second_of_a_pair():
    one, two = seeded(), seeded()
    assert (np.concatenate([one.normal(1, F4), one.normal(1, F4)]) == two.normal(2, F4)).all()
    one.normal(1, F4)
    two.set_state(one.state())
    assert one.normal(5, F4).tolist() == two.normal(5, F4).tolist()


def test_state_of_a_fresh_generator():
    state = seeded(7).state()
    assert state.dtype == np.uint8
    assert state.size == 5056
    copy = Stream()
    copy.set_state(state)
    assert copy.initial_seed() == 7
    assert (copy.state() == state).all()
    assert copy.uniform(3, F4).tolist() == seeded(7).uniform(3, F4).tolist()


def test_pickles():
    stream = seeded(3)
    stream.normal(3, F4)
    again = pickle.loads(pickle.dumps(stream))
    assert again.uniform(9, F4).tolist() == stream.uniform(9, F4).tolist()


def test_seeds():
    assert Stream().initial_seed() == 67280421310721
    assert seeded(-1).initial_seed() == 2**64 - 1
    stream = Stream()
    assert stream.seed() == stream.initial_seed()
    with pytest.raises(RuntimeError, match="^manual_seed expected a long, but got str$"):
        stream.manual_seed("a")
    with pytest.raises(ValueError, match="^Overflow when unpacking long long$"):
        stream.manual_seed(2**64)


def test_uniform_stays_below_high():
    for name in ("float16", "bfloat16"):
        dtype = np.dtype(np.float16) if name == "float16" else np.dtype("bfloat16")
        assert (seeded().uniform(100_000, dtype).astype(F4) < 1).all()


def test_keys_of_other_devices():
    stream = Stream(on_cpu=False).manual_seed(5)
    assert stream.next_key(1) == (5, 0)
    assert stream.next_key(9) == (5, 4)
    assert stream.next_key(1) == (5, 16)
    other = Stream(on_cpu=False)
    other.set_state(stream.state())
    assert other.next_key(1) == stream.next_key(1) == (5, 20)
    with pytest.raises(RuntimeError, match="^CPU Generator does not use offset$"):
        Stream().get_offset()


def test_wrong_state():
    with pytest.raises(RuntimeError, match="size 5056 but found the input RNG state size to be 3$"):
        Stream().set_state(np.zeros(3, np.uint8))
    with pytest.raises(RuntimeError, match="^Invalid mt19937 state$"):
        Stream().set_state(np.zeros(5056, np.uint8))


def test_threads_share_a_stream():
    stream, seen = seeded(), []
    threads = [
        threading.Thread(target=lambda: seen.append(stream.uniform(1000, F4))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(np.concatenate(seen).tolist()) == set(seeded().uniform(8000, F4).tolist())
