"""The safetensors wheel with no torch but jtorch."""

import subprocess
import sys

import pytest

pytest.importorskip("safetensors")

PROGRAM = """
import sys
import safetensors, safetensors.torch as st
import torch

path = sys.argv[1] + "/x.safetensors"
x = torch.arange(12.0).reshape(3, 4)
state = {"x": x, "half": x.bfloat16(), "eight": x.to(torch.float8_e4m3fn), "n": torch.tensor(3)}
st.save_file(state, path, metadata={"a": "b"})
x.add_(1)
st.save_file({"x": x}, path + "2")
loaded = st.load_file(path)
assert all(loaded[k].dtype is v.dtype and loaded[k].shape == v.shape for k, v in state.items())
assert loaded["x"].tolist() == (x - 1).tolist()
assert st.load_file(path + "2")["x"].tolist() == x.tolist()
with safetensors.safe_open(path, "pt") as file:
    assert file.get_slice("half")[1:, :2].tolist() == [[4, 5], [8, 9]]
    assert file.metadata() == {"a": "b"}
try:
    st.save_file({"x": x, "row": x[0:]}, path)
except RuntimeError as error:
    assert "Some tensors share memory" in str(error)
else:
    raise AssertionError("shared memory was not found")
st.save_file({"x": x, "copy": x.clone(), "a": torch.zeros(9), "b": torch.zeros(9)}, path)
net = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Linear(4, 4))
net[1].weight = net[0].weight
st.save_model(net, path)
other = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Linear(4, 4))
other[1].weight = other[0].weight
assert st.load_model(other, path) == (set(), [])
assert torch.equal(other(x), net(x))
print("done")
"""


def test_files_both_ways(tmp_path):
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    command = [sys.executable, "-m", "jtorch", str(script), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "done\n", done.stderr[-2000:]
