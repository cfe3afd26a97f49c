"""torch.export: programs that run without the module's code."""

import io
import json
import subprocess
import sys
import zipfile

import pytest

import jtorch as torch
from jtorch import nn
from jtorch.export import Dim, dims, export, load, save

pytest.importorskip("flatbuffers")


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.norm = nn.BatchNorm2d(8)
        self.head = nn.Linear(8, 4)

    def forward(self, x, scale=1.0, *, mask=None):
        h = torch.relu(self.norm(self.conv(x))).flatten(2).mean(2) * scale
        y = self.head(h if mask is None else h * mask)
        return {"y": y, "probabilities": (y.softmax(-1), "softmax")}


@pytest.fixture
def net():
    torch.manual_seed(0)
    return Net()


def stored(program):
    file = io.BytesIO()
    save(program, file)
    return load(io.BytesIO(file.getvalue()))


def test_same_results(net):
    net.eval()
    x = torch.randn(2, 3, 8, 8)
    module = stored(export(net, (x,))).module()
    want, got = net(x), module(x)
    assert torch.allclose(want["y"], got["y"], atol=1e-6)
    assert got["probabilities"][1] == "softmax"
    assert list(module.state_dict()) == list(net.state_dict())


def test_open_dimensions(net):
    net.eval()
    (batch,) = dims("batch", max=64)
    shapes = {"x": {0: batch, 2: Dim("height", min=3)}}
    module = stored(export(net, (torch.ones(2, 3, 8, 8),), dynamic_shapes=shapes)).module()
    for shape in [(1, 3, 8, 8), (5, 3, 17, 8)]:
        x = torch.randn(shape)
        assert torch.allclose(net(x)["y"], module(x)["y"], atol=1e-6)
    with pytest.raises(AssertionError, match=r"Guard failed: x\.size\(\)\[0\] <= 64"):
        module(torch.ones(65, 3, 8, 8))
    with pytest.raises(AssertionError, match=r"Guard failed: x\.size\(\)\[2\] >= 3"):
        module(torch.ones(1, 3, 2, 8))


def test_one_size_for_one_dimension():
    class Add(nn.Module):
        def forward(self, x, y):
            return x + y

    x = torch.ones(2)
    module = export(Add(), (x, x), dynamic_shapes=({0: (n := Dim("n"))}, (n,))).module()
    assert module(torch.ones(3), torch.ones(3)).tolist() == [2, 2, 2]
    with pytest.raises(AssertionError, match=r"y\.size\(\)\[0\] == x\.size\(\)\[0\]"):
        module(torch.ones(3), torch.ones(4))
    with pytest.raises(ValueError, match="size 2 and for one of size 3"):
        export(Add(), (x, torch.ones(3)), dynamic_shapes=({0: n}, {0: n}))


def test_training_mode_changes_buffers(net):
    x = torch.randn(4, 3, 8, 8)
    module = stored(export(net, (x,))).module()
    for _ in range(2):
        assert torch.allclose(net(x)["y"], module(x)["y"], atol=1e-5)
    assert module.norm.num_batches_tracked.item() == 2
    assert torch.allclose(module.norm.running_var, net.norm.running_var)


def test_gradients(net):
    x = torch.randn(4, 3, 8, 8)
    module = stored(export(net.eval(), (x,))).module()
    for f in (net, module):
        f(x)["y"].square().sum().backward()
    for (name, p), q in zip(net.named_parameters(), module.parameters(), strict=True):
        assert torch.allclose(p.grad, q.grad, atol=1e-4), name


def test_arguments_are_checked(net):
    x = torch.ones(2, 3, 8, 8)
    mask = torch.ones(8)
    module = export(net.eval(), (x, 2.0), {"mask": mask}).module()
    module(x, 2.0, mask=mask)
    with pytest.raises(AssertionError, match=r"Guard failed: x\.size\(\)\[0\] == 2"):
        module(torch.ones(3, 3, 8, 8), 2.0, mask=mask)
    with pytest.raises(AssertionError, match=r"Guard failed: x\.dtype == float32"):
        module(x.double(), 2.0, mask=mask)
    with pytest.raises(AssertionError, match=r"Guard failed: scale == 2\.0"):
        module(x, 3.0, mask=mask)
    with pytest.raises(ValueError, match="Trying to flatten user inputs"):
        module(x, mask=mask)
    with pytest.raises(NotImplementedError, match=r"Calling train\(\)"):
        module.train()


LSTM = nn.LSTM(4, 5, batch_first=True)
ENCODER = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True, dropout=0.0)


def causal(x):
    n = x.size(0)
    hidden = torch.triu(torch.full((n, n), float("-inf")), diagonal=1)
    return (x @ x.T + hidden).softmax(-1) @ x


@pytest.mark.parametrize(
    "compute",
    [
        lambda x: x.size(0) * x + 2 * x.size(0) - x / (x.size(0) + 1),
        lambda x: x + torch.zeros(x.size(0), x.size(1)) + x.new_ones((x.shape[0], 1)),
        lambda x: x + torch.arange(1, x.size(0) + 1, dtype=torch.float32)[:, None],
        lambda x: x[:, 0] * torch.arange(0, 2 * x.size(0) - 1, 2),
        lambda x: x.masked_fill(torch.arange(x.shape[0])[:, None] >= x.shape[0] - 1, 0.0),
        lambda x: x * torch.ones(x.shape[0], x.shape[0]).tril().sum(1, keepdim=True),
        lambda x: x + torch.ones(2, 4).repeat(x.size(0), 1)[: x.size(0)],
        lambda x: LSTM(x[:, None])[0],
        lambda x: ENCODER(x[:, None]),
        lambda x: (x.numel() * x).sum(0) / x.shape[0],
        causal,
    ],
)
def test_sizes_that_are_open_make_tensors_and_numbers(compute):
    class Computes(nn.Module):
        def forward(self, x):
            return compute(x)

    module = export(
        Computes(), (torch.ones(3, 4),), dynamic_shapes=({0: Dim("n", min=2)},)
    ).module()
    for n in (2, 7):
        x = torch.randn(n, 4)
        assert torch.allclose(compute(x), module(x), atol=1e-5)


def test_refused(net):
    class Random(nn.Module):
        def forward(self, x):
            return torch.dropout(x, 0.5, True)

    class Writes(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.ones(2))

        def forward(self, x, own):
            (self.w if own else x).add_(1)
            return x + self.w

    before = torch.get_rng_state()
    for module, args, why in [
        (Random(), (), "draws random numbers"),
        (Writes(), (True,), "writes to its parameter w"),
        (Writes(), (False,), "writes to its inputs"),
    ]:
        with pytest.raises(NotImplementedError, match=why):
            export(module, (torch.ones(2), *args))
    assert torch.equal(before, torch.get_rng_state())
    with pytest.raises(ValueError, match="to be an instance of `torch.nn.Module`"):
        export(lambda x: x, (torch.ones(2),))
    with pytest.raises(RuntimeError, match="Unable to call ExportedProgram directly"):
        export(net.eval(), (torch.ones(1, 3, 8, 8),))(torch.ones(1, 3, 8, 8))


def test_files(tmp_path, net):
    path = tmp_path / "net.pt2"
    program = export(net.eval(), (torch.ones(1, 3, 8, 8),))
    save(program, path, extra_files={"labels": "a b"})
    extra = {"labels": ""}
    assert "stablehlo" in load(path, extra_files=extra).mlir
    assert extra == {"labels": "a b"}
    with pytest.raises(TypeError, match="must be an instance of 'ExportedProgram', got 'Net'"):
        save(net, path)
    assert [p.name for p in tmp_path.iterdir()] == ["net.pt2"]
    with zipfile.ZipFile(tmp_path / "other.pt2", "w") as archive:
        archive.writestr("archive_format", "pt2")
    with pytest.raises(NotImplementedError, match="a file that jtorch did not write"):
        load(tmp_path / "other.pt2")


def test_runs_without_the_code(tmp_path, net):
    path, x = tmp_path / "net.pt2", torch.ones(1, 3, 8, 8)
    save(export(net.eval(), (x,)), path)
    code = (
        "import sys, json, jtorch as torch\n"
        "module = torch.export.load(sys.argv[1]).module()\n"
        "print(json.dumps(module(torch.ones(1, 3, 8, 8))['y'].tolist()))"
    )
    run = subprocess.run([sys.executable, "-c", code, path], capture_output=True, check=True)
    assert torch.allclose(torch.tensor(json.loads(run.stdout)), net(x)["y"], atol=1e-6)
