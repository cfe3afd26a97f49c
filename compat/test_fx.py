"""torch.fx on both sides: the graphs and the code of traced modules are the same text."""

import operator

import numpy as np
import pytest
import torch

import jtorch

SAMPLE = [[[0.5, -1.0], [2.0, 3.0]]]


def modules(t):
    """The same modules for either library."""

    class Block(t.nn.Module):
        def __init__(self):
            super().__init__()
            self.seq = t.nn.Sequential(t.nn.Linear(2, 3), t.nn.Tanh())
            self.scale = t.nn.Parameter(t.full((3,), 2.0))
            self.register_buffer("shift", t.zeros(3))

        def forward(self, x: t.Tensor, k: float = 2.0):
            n, _c, _w = x.shape
            y = self.seq(x) * k + self.scale[None, :] - self.shift
            y = t.cat([y, -y], dim=1)[:, :4, ..., None].flatten(1)
            return {"a": y.view(n, -1), "b": (y.sum(), y.size(0), [y @ y.T, 1 / y])}

    class Outer(t.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = t.nn.ModuleList([Block(), Block()])

        def forward(self, x):
            t._assert(x.dim() == 3, "three dimensions")
            first = self.inner[0](x)["a"]
            return t.nn.functional.softmax(first, dim=-1), t.ones(2) + self.inner[1].shift.sum()

    return Block, Outer


@pytest.mark.parametrize("which", [0, 1])
def test_traces_are_the_same(which):
    theirs = torch.fx.symbolic_trace(modules(torch)[which]())
    ours = jtorch.fx.symbolic_trace(modules(jtorch)[which]())
    without_options = str(theirs.graph).replace(", _stacklevel: 3", "").replace(", dtype: None", "")
    assert str(ours.graph) == without_options
    code = theirs.code.replace(", _stacklevel = 3", "").replace(", dtype = None", "")
    assert ours.code == code


def edited(t):
    traced = t.fx.symbolic_trace(modules(t)[0]())
    getattr(traced.seq, "0").load_state_dict({"weight": t.ones(3, 2), "bias": t.zeros(3)})
    for node in traced.graph.find_nodes(op="call_function", target=operator.mul):
        with traced.graph.inserting_after(node):
            new = traced.graph.call_function(t.add, node.args)
        node.replace_all_uses_with(new)
        traced.graph.erase_node(node)
    traced.graph.lint()
    traced.recompile()
    return traced


def test_edited_graphs_compute_the_same():
    theirs, ours = edited(torch), edited(jtorch)
    assert ours.code == theirs.code
    want, x = theirs(torch.tensor(SAMPLE)), jtorch.tensor(SAMPLE)
    for got in (ours(x), jtorch.fx.Interpreter(ours).run(x)):
        np.testing.assert_allclose(got["a"].detach(), want["a"].detach(), rtol=1e-6)


REFUSED = [
    lambda x: x if x.sum() > 0 else -x,
    lambda x: len(x) + 1,
    lambda x: [y for y in x],
    lambda x: range(x)[0],
]


@pytest.mark.parametrize("program", REFUSED)
def test_what_cannot_be_traced(program):
    with pytest.raises(Exception) as theirs:
        torch.fx.symbolic_trace(program)
    with pytest.raises(Exception) as ours:
        jtorch.fx.symbolic_trace(program)
    assert type(ours.value).__name__ == type(theirs.value).__name__
    assert str(ours.value).split("\n")[0] == str(theirs.value).split("\n")[0]
