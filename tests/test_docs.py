"""The code in docs/ runs, the blocks of a page one after the other; links lead somewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
PAGES = sorted(ROOT.glob("docs/*.md"))

# What a page's declarations are good for, after its blocks have run.
TRY = {
    "adding-an-op.md": """
import jtorch as torch
x = torch.tensor([1.0, -8.0, 27.0], requires_grad=True)
y = cbrt(x)
assert y.tolist() == [1.0, -2.0, 3.0] and y.grad_fn.name() == "CbrtBackward0"
y.sum().backward()
assert x.grad.shape == x.shape
assert minus(torch.tensor([3]), 1, alpha=2).tolist() == [1]
assert sum_of_squares(x, dim=0).item() == 1 + 64 + 729
assert positive_part(x, 2).values.tolist() == [1.0, 0.0, 729.0]
assert positive_part(x).count.item() == 2
assert scale_shift(x, torch.tensor(2.0)).tolist() == [2.0, -16.0, 54.0]
z = torch.zeros(5, 2)
every_second(z).add_(1)
assert z[:, 0].tolist() == [1.0, 0.0, 1.0, 0.0, 1.0] and every_second(z).stride() == (4, 1)
w = torch.tensor([-1.0, 2.0], requires_grad=True)
straight_through(w).sum().backward()
assert w.grad.tolist() == [1.0, 1.0]
try:
    pick(torch.arange(3), torch.tensor([0, 7])).tolist()
except IndexError as error:
    assert str(error) == "index 7 is out of range"
else:
    raise AssertionError("no IndexError")
""",
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_code_in_docs_runs(page, tmp_path):
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    if not blocks:
        pytest.skip("no code in it")
    # the annotations of a declaration are read as text
    code = "from __future__ import annotations\n" + "\n".join(blocks) + TRY.get(page.name, "")
    script = tmp_path / "page.py"
    script.write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=str)
def test_links_in_docs_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
