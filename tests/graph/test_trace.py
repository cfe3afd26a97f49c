"""The engine by itself: pure functions on arrays, no tensors."""

import os
import threading

import jax
import numpy as np
import pytest

import jtorch
from jtorch import graph
from jtorch.graph import execute, lower
from jtorch.graph.period import shortest_period


def _value(x):
    return x.array.astype("float32") if isinstance(x, graph.Lifted) else x


ADD = graph.Prim("add", lambda a, b: (a + _value(b),))
MUL = graph.Prim("mul", lambda a, b: (a * _value(b),))


def _bad(a):
    raise ValueError("no such shape")


BAD = graph.Prim("bad", _bad)


@pytest.fixture(autouse=True)
def fresh():
    graph.forget()


def leaf(*numbers):
    return graph.from_buffer(np.array(numbers, "float32"))


def one(prim, *inputs):
    return graph.record(prim, (), list(inputs))[0]


def test_values_are_pending_until_looked_at():
    y = one(ADD, leaf(1, 2), leaf(3, 4))
    assert y.buf is None
    assert y.aval.shape == (2,)
    assert graph.pending_ops() == 1
    assert np.asarray(graph.look(y)).tolist() == [4, 6]
    assert graph.pending_ops() == 0


def test_an_op_that_raises_records_nothing():
    x = leaf(1, 2)
    with pytest.raises(ValueError, match="no such shape"):
        one(BAD, x)
    assert graph.pending_ops() == 0
    assert np.asarray(graph.look(one(ADD, x, x))).tolist() == [2, 4]


def test_second_sight_compiles_the_whole_trace():
    before = graph.stats.programs
    for expected in (0, 1, 1):
        graph.look(one(MUL, one(ADD, leaf(1, 2), leaf(3, 4)), 2.0))
        assert graph.stats.programs - before == expected


def test_a_step_compiles_at_first_sight():
    before = graph.stats.programs
    y = one(MUL, one(ADD, leaf(1, 2), leaf(3, 4)), 2.0)
    graph.flush(kind="step")
    assert graph.stats.programs - before == 1
    assert np.asarray(y.buf).tolist() == [8, 12]


def test_dead_values_are_not_computed():
    x = leaf(1, 2)
    kept = one(ADD, x, x)
    one(MUL, x, x)  # dropped at once
    graph.flush(kind="step")
    assert np.asarray(kept.buf).tolist() == [2, 4]


def test_an_input_nobody_holds_is_donated():
    x = graph.from_buffer(jax.device_put(np.ones(1000, "float32")))
    array = x.buf
    y = one(ADD, x, 1.0)
    del x
    graph.flush(kind="step")
    assert array.is_deleted()
    assert np.asarray(y.buf)[0] == 2


def test_a_donated_buffer_goes_to_what_replaces_it():
    """Not to the first output that fits: a gradient is made while the parameter is still read."""
    p, m = (graph.from_buffer(jax.device_put(np.full(3, x, "float32"))) for x in (1, 2))
    grad = one(MUL, p, 3.0)
    update = graph.Prim("update", lambda p, m, g: (p - g, m + g))
    new_p, new_m = graph.record(update, (), [p, m, grad])
    path, wanted = new_p.trace.state.path(), (grad.idx, new_p.idx, new_m.idx)
    assert execute._heirs(path, wanted, (True, True)) == {0: new_p.idx, 1: new_m.idx}
    del p, m
    graph.flush(kind="step")
    assert [np.asarray(v.buf)[0] for v in (grad, new_p, new_m)] == [3, -2, 5]


@pytest.mark.parametrize(("a", "b"), [(0.0, -0.0), (1, 1.0), (float("nan"), float("nan"))])
def test_numbers_that_compare_equal_are_told_apart(a, b):
    for number in (a, b):
        got = np.asarray(graph.look(one(MUL, leaf(1), number)))[0]
        assert str(got) == str(np.float32(1) * np.float32(number))


def test_another_threads_value_can_be_looked_at():
    made = []
    thread = threading.Thread(target=lambda: made.append(one(ADD, leaf(1), leaf(2))))
    thread.start()
    thread.join()
    assert np.asarray(graph.look(one(MUL, made[0], 2.0))).tolist() == [6]


def test_a_checked_value_raises_with_the_next_look():
    bad = one(graph.Prim("any", lambda a: ((a > 1).any(),)), leaf(1, 2))
    detail = one(graph.Prim("max", lambda a: (a.max().astype("int64"),)), leaf(1, 2))
    graph.add_check(bad, detail, IndexError, "index {} is too large")
    with pytest.raises(IndexError, match="index 2 is too large"):
        graph.look(one(ADD, leaf(1), leaf(1)))


def test_tracers_pass_through():
    def f(x):
        v = graph.from_buffer(x)
        return graph.look(one(MUL, one(ADD, v, v), 2.0))

    assert jax.jit(f)(np.ones(2, "float32")).tolist() == [4, 4]
    assert jax.grad(lambda x: f(x).sum())(np.ones(2, "float32")).tolist() == [4, 4]


def test_meta_values_have_shapes_and_no_data():
    x = graph.Value(graph.Aval.of((2, 3), np.dtype("float32"), graph.META), None, -1, 0, None)
    y = one(ADD, x, x)
    assert y.aval.shape == (2, 3)
    with pytest.raises(NotImplementedError, match="no data"):
        graph.look(y)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::RuntimeWarning")
def test_a_forked_child_is_refused():
    graph.look(one(ADD, leaf(1), leaf(1)))
    pid = os.fork()
    if pid == 0:
        try:
            graph.look(one(ADD, leaf(1), leaf(1)))
        except RuntimeError as error:
            os._exit(0 if "forked" in str(error) else 2)
        os._exit(1)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def test_explain_names_the_line(monkeypatch, capsys):
    monkeypatch.setenv("JTORCH_LOG", "compile")
    one(ADD, leaf(1), leaf(1))
    keep = one(ADD, leaf(1, 2, 3), leaf(1, 2, 3))
    graph.flush(kind="step")
    err = capsys.readouterr().err
    assert keep.buf is not None
    assert "compiled 1 ops" in err
    assert "test_trace.py" in err


@pytest.mark.parametrize(
    ("ops", "period"),
    [("abababab", 2), ("xyzabcabcabcabc", 3), ("aaaa", 1), ("abcdefgh", None), ("abcdabcx", None)],
)
def test_shortest_period(ops, period):
    assert shortest_period(ops) == period


def test_two_tensors_with_one_array_have_versions_of_their_own():
    """After load_state_dict two models may train on their own."""
    source = jtorch.tensor([1.0, 2.0])
    leaf = jtorch.zeros(2)
    leaf.copy_(source)
    leaf.requires_grad_()
    loss = (leaf * leaf).sum()
    source.add_(1)
    loss.backward()
    assert leaf.grad.tolist() == [2.0, 4.0]
    assert (leaf.tolist(), source.tolist()) == ([1.0, 2.0], [2.0, 3.0])


def test_programs_and_executables_are_bounded(monkeypatch):
    monkeypatch.setattr(execute, "PROGRAM_LIMIT", 100)
    monkeypatch.setattr(lower, "COMPILED_LIMIT", 3)
    monkeypatch.setattr(lower, "WORTH", 0)
    for _ in range(2):
        for n in range(3, 12):
            x = jtorch.arange(float(n))
            assert ((x * 2).cumsum(0) + x).sum().item() == sum(k * (k + 1) + k for k in range(n))
            assert ((x * 2).cumsum(0) + x).sum().item() == sum(k * (k + 1) + k for k in range(n))
    assert 0 < execute.stats.kept <= 100
    assert sum(p.weight for p in execute._programs) == execute.stats.kept
    assert len(lower._compiled) <= 3
