"""The code blocks of the seed documents behave under jtorch as under real torch."""

from __future__ import annotations

import pytest

from .seeds import _compare, _extract

pytest.importorskip("torch")
FOLDER = _extract.folder()
DOCUMENTS = _extract.documents(FOLDER)

TEXT = """
```python
import torch
net = F.relu(torch.ones(2))
```
text
```bibtex
@misc{a}
```
   ```python
```python
for x in net:
    # nothing
```
```python
print(F, optim)
```
"""


@pytest.mark.skipif(
    not DOCUMENTS, reason=f"no seed documents in {FOLDER} (JTORCH_SEEDS names them)"
)
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.stem)
def test_document(path):
    results = _compare.compare_document(path)
    assert results
    problems = [
        f"block {r.block.number}, line {r.block.line}: {problem}"
        for r in results
        for problem in r.problems
    ]
    assert not problems, "\n".join(problems)


def test_blocks_and_what_a_reader_adds():
    found = _extract.blocks(TEXT)
    assert [b.mended for b in found] == [False, True, False, True, False, True]
    assert [b.line for b in found] == [3, 3, 12, 12, 16, 16]
    assert found[1].source == f"{_extract.CUSTOMARY['F']}\n{found[0].source}"
    assert found[3].source == found[2].source + "    pass\n"
    assert found[5].source == f"{_extract.CUSTOMARY['optim']}\n{found[4].source}"


def test_uninitialised():
    assert _extract.uninitialised("w = torch.empty(2)\nv = torch.zeros(2)") == {"w"}
