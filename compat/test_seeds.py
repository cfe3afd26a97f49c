"""The code blocks of the seed documents behave under jtorch as under real torch."""

from __future__ import annotations

import pytest

from .seeds import _compare, _extract

pytest.importorskip("torch")
FOLDER = _extract.folder()
DOCUMENTS = _extract.documents(FOLDER)

TEXT = """
```python
import torchvision
net = f(1)
data = torchvision.load()
```
text
```python
net = g(2)
```
```bibtex
@misc{a}
```
```python
print(data)
```
   ```python
```python
for x in net:
    # nothing
```
"""


@pytest.mark.skipif(
    not DOCUMENTS, reason=f"no seed documents in {FOLDER} (JTORCH_SEEDS names them)"
)
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.stem)
def test_document(path):
    results = _compare.compare_document(path)
    assert any(not r.block.skipped for r in results)
    problems = [
        f"block {r.block.number}, line {r.block.line}: {problem}"
        for r in results
        for problem in r.problems
    ]
    assert not problems, "\n".join(problems)


def test_blocks_that_need_torchvision_are_skipped():
    found = _extract.blocks(TEXT)
    assert [b.skipped for b in found] == [
        "imports torchvision",
        "",
        "needs data of a block that imports torchvision",
        "",
        "",
    ]
    assert found[4].source == found[3].source + "    pass\n"
    assert found[1].line == 9


def test_uninitialised():
    assert _extract.uninitialised("w = torch.empty(2)\nv = torch.zeros(2)") == {"w"}
