"""torch.ops: operators by name, and the libraries that load_library knows."""

import copy
import importlib.util
import pickle
import subprocess
import sys

import pytest

import jtorch as torch
from jtorch import _ops


def test_operators_are_the_same_objects():
    add = torch.ops.aten.add
    assert torch.ops.aten.add is add and add.Tensor is add.Tensor
    assert {add.Tensor: 1}[torch.ops.aten.add.Tensor] == 1
    assert str(add) == "aten.add" and str(add.Tensor) == "aten.add.Tensor"
    assert repr(add) == "<OpOverloadPacket(op='aten.add')>"
    assert repr(add.Tensor) == "<OpOverload(op='aten.add', overload='Tensor')>"
    assert (
        add.Tensor.name() == "aten::add.Tensor"
        and torch.ops.aten.relu.default.name() == "aten::relu"
    )
    assert add.Tensor.overloadpacket is add and add.Tensor.namespace == "aten"
    assert "Tensor" in add.overloads() and list(torch.ops.aten.relu) == ["default", "out"]
    assert copy.deepcopy(add.Tensor) is add.Tensor
    assert pickle.loads(pickle.dumps(add.Tensor)) is add.Tensor


def test_what_there_is_not():
    with pytest.raises(AttributeError, match="'_OpNamespace' 'aten' object has no attribute 'foo'"):
        _ = torch.ops.aten.foo
    with pytest.raises(AttributeError, match="'_OpNamespace' 'some' object has no attribute 'foo'"):
        _ = torch.ops.some.foo
    with pytest.raises(
        AttributeError, match="The underlying op of 'aten.add' has no overload name"
    ):
        _ = torch.ops.aten.add.foo


def test_aten_runs_what_jtorch_has():
    x, y = torch.tensor([1.0, -2]), torch.tensor([3.0, 4])
    assert torch.equal(torch.ops.aten.add.Tensor(x, y), x + y)
    assert torch.equal(torch.ops.aten.add(self=x, other=y), x + y)
    assert torch.equal(torch.ops.aten.relu.default(x), x.relu())
    assert torch.equal(torch.ops.aten.linalg_norm.default(y), torch.tensor(5.0))
    assert torch.ops.aten.view.default(x, [2, 1]).shape == (2, 1)
    torch.ops.aten.mul_.Tensor(x, y)
    assert x.tolist() == [3, -8]
    with pytest.raises(
        NotImplementedError, match="torch.ops.aten._cudnn_init_dropout_state.default"
    ):
        torch.ops.aten._cudnn_init_dropout_state.default(0.5, True, 0)


def test_few_operators_of_aten_are_missing():
    names = [name for name in _ops._aten() if not name.startswith("_") and "backward" not in name]
    found = [name for name in names if _ops.implementation(name) is not None]
    assert len(found) > 0.6 * len(names), sorted(set(names) - set(found))


def test_load_library_knows_torchvision_only(tmp_path):
    for name in ("libmine.so", "torchvision/other.so"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
        with pytest.raises(OSError, match="Could not load this library: "):
            torch.ops.load_library(path)
    with pytest.raises(OSError, match="Could not load this library: "):
        torch.ops.load_library(tmp_path / "torchvision" / "_C.so")
    (tmp_path / "torchvision" / "_C.so").touch()
    torch.ops.load_library(str(tmp_path / "torchvision" / "_C.so"))
    torch.ops.load_library(str(tmp_path / "torchvision" / "_C.so"))
    assert torch.ops.torchvision._cuda_version() == -1


def test_the_package_of_declarations_stays_importable():
    code = """
import jtorch; jtorch.install()
import torch, torch.ops
from jtorch.ops._declare import op
import jtorch.ops.shape
assert torch.ops is jtorch.ops and torch.ops.__name__ == "torch.ops"
assert jtorch.ops.aten.add.Tensor(torch.ones(1), torch.ones(1)).item() == 2
try:
    import torch.ops.shape
except ModuleNotFoundError:
    print("refused")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "refused\n", done.stderr


TORCHVISION = importlib.util.find_spec("torchvision")


@pytest.mark.skipif(TORCHVISION is None, reason="torchvision is not installed")
def test_torchvision_is_imported_as_it_is():
    code = """
import jtorch; jtorch.install()
import torch, torchvision
from torchvision import datasets, io, models, ops, transforms, tv_tensors, utils
from torchvision.transforms import v2
assert torchvision.extension._has_ops()
x = torch.ones(1, 4, 8, 8, requires_grad=True)
y = ops.roi_align(x, [torch.tensor([[0.0, 0, 4, 4]])], 2, aligned=True)
y.sum().backward()
print(tuple(y.shape), float(x.grad.sum()))
with torch.autocast("cpu"):
    corners = torch.tensor([[0, 0, 2, 2.0]])
    boxes = tv_tensors.BoundingBoxes(corners, format="XYXY", canvas_size=(8, 8))
    pooled = ops.roi_align(x.half(), boxes.new_ones(1, 5), 2)
    print(ops.nms(boxes, torch.ones(1), 0.5).tolist(), pooled.dtype)
loss = ops.roi_align(x, torch.zeros(1, 5), 2).square().sum()
(g,) = torch.autograd.grad(loss, x, create_graph=True)
try:
    g.sum().backward()
except RuntimeError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    wanted = [
        "(1, 4, 2, 2) 16.0",
        "[0] torch.float16",
        "double backwards on roi_align not supported",
    ]
    assert done.stdout.splitlines() == wanted, done.stderr
