"""torch.fx: modules as graphs, graphs as modules."""

import copy
import pickle

import pytest

import jtorch as torch
from jtorch import fx, nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
        self.scale = nn.Parameter(torch.ones(3))

    def forward(self, x, k=2.0):
        return torch.cat([self.layers(x) * k, x[:, :1] + self.scale], dim=1)


@fx.wrap
def branching(x):
    return x if x.sum() > 0 else -x


def test_symbolic_trace():
    module = Block()
    traced = fx.symbolic_trace(module)
    x = torch.randn(4, 2)
    assert torch.equal(traced(x), module(x)) and torch.equal(traced(x, 3.0), module(x, 3.0))
    assert dict(traced.named_parameters()).keys() == dict(module.named_parameters()).keys()
    assert [n.op for n in traced.graph.nodes][:3] == ["placeholder", "placeholder", "call_module"]
    assert 'getattr(self.layers, "0")(x)' in traced.code and type(traced).__name__ == "Block"
    traced(x).sum().backward()
    assert module.scale.grad is not None


def test_concrete_arguments_and_wrapped_functions():
    traced = fx.symbolic_trace(lambda x, flag: branching(x) if flag else x, {"flag": True})
    assert traced(-torch.ones(2)).tolist() == [1, 1]
    assert len(traced.graph.find_nodes(op="call_function", target=branching)) == 1
    with pytest.raises(fx.proxy.TraceError, match="cannot be used as inputs to control flow"):
        fx.symbolic_trace(lambda x: x if x.sum() > 0 else -x)


def test_nothing_stays_patched():
    before = torch.cat, nn.functional.relu, nn.Module.__call__, nn.Module.__getattr__, branching
    with pytest.raises(fx.proxy.TraceError):
        fx.symbolic_trace(lambda x: not x)
    after = torch.cat, nn.functional.relu, nn.Module.__call__, nn.Module.__getattr__, branching
    assert all(a is b for a, b in zip(before, after, strict=True))


def test_graphs_are_edited():
    traced = fx.symbolic_trace(Block())
    graph = traced.graph
    (call,) = graph.find_nodes(op="call_module", target="layers.1")
    with pytest.raises(RuntimeError, match="Tried to erase Node layers_1 but it still had 1 users"):
        graph.erase_node(call)
    with graph.inserting_before(call):
        new = graph.call_function(torch.sigmoid, (call.args[0],))
    call.replace_all_uses_with(new)
    assert graph.eliminate_dead_code() and not graph.eliminate_dead_code()
    traced.recompile()
    traced.delete_all_unused_submodules()
    assert "layers.1" not in dict(traced.named_modules())
    x = torch.randn(4, 2)
    block = Block()
    block.load_state_dict(traced.state_dict())
    want = torch.cat([block.layers[0](x).sigmoid() * 2, x[:, :1] + block.scale], 1)
    assert torch.equal(traced(x), want)
    new.prepend(graph.create_node("call_function", torch.neg, (new,)))
    with pytest.raises(RuntimeError, match="used before it has been defined"):
        graph.lint()


def test_copies():
    traced = fx.symbolic_trace(Block())
    x = torch.randn(4, 2)
    copied = copy.deepcopy(traced)
    assert torch.equal(copied(x), traced(x)) and copied.scale is not traced.scale
    assert copied.code == traced.code
    with pytest.raises(NotImplementedError, match="pickling a torch.fx.GraphModule"):
        pickle.dumps(traced)


def test_tracers_are_subclassed():
    class Whole(fx.Tracer):
        def is_leaf_module(self, m, module_qualified_name):
            return isinstance(m, nn.Sequential)

    graph = Whole().trace(Block())
    assert len(graph.find_nodes(op="call_module", target="layers")) == 1


def test_interpreter():
    class Doubling(fx.Interpreter):
        def call_module(self, target, args, kwargs):
            return super().call_module(target, args, kwargs) * 2

    module = nn.Sequential(nn.Linear(2, 2))
    x = torch.randn(3, 2)
    traced = fx.symbolic_trace(module)
    assert torch.equal(Doubling(traced).run(x), module(x) * 2)
    assert torch.equal(fx.Interpreter(traced).run(x), module(x))


def test_a_graph_from_scratch():
    graph = fx.Graph()
    x = graph.placeholder("x")
    weight = graph.get_attr("weight")
    graph.output(graph.call_method("add", (graph.call_function(torch.mul, (x, weight)), 1)))
    made = fx.GraphModule({"weight": nn.Parameter(torch.tensor(3.0))}, graph)
    assert made(torch.tensor(2.0)).item() == 7 and len(list(made.parameters())) == 1
