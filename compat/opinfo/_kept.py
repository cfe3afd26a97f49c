"""Results in files, a line of JSON each, as they come: a run can be cut off, taken up again, or
made in steps, and the page is put together from the newest of each. It knows no samples.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
import pathlib
import subprocess

from ._task import Result

ROOT = pathlib.Path(__file__).parents[2]
FOLDER = ROOT / ".cache" / "parity"


@dataclasses.dataclass
class Kept(Result):
    """A result, and when it was found: the day and the commit, and of how many samples at most."""

    limit: int | None = None
    day: str = ""
    commit: str = ""


class Store:
    """A folder with a file for each dtype, and for each dtype and limit of samples."""

    def __init__(self, folder: str | pathlib.Path = FOLDER):
        self.folder = pathlib.Path(folder)
        self.now = {"day": datetime.date.today().isoformat(), "commit": _log("-1")}

    def add(self, results: list[Result], limit: int | None) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for r in results:
            record = dataclasses.asdict(r) | {"limit": limit} | self.now
            with self._path(r.dtype, limit).open("a") as f:
                f.write(json.dumps(record) + "\n")

    def read(self, dtype: str, limit: int | None) -> dict[tuple[str, str], Kept]:
        """The newest by entry and check."""
        path = self._path(dtype, limit)
        lines = path.read_text().splitlines() if path.exists() else []
        found = (Kept(**json.loads(line)) for line in lines)
        return {(r.entry, r.check): r for r in found}

    def best(self, dtype: str) -> dict[tuple[str, str], Kept]:
        """Of all samples where that was run, else of most."""
        limits = [int(p.stem.split("-")[1]) for p in self.folder.glob(f"{dtype}-*.jsonl")]
        found: dict[tuple[str, str], Kept] = {}
        for limit in (*sorted(limits), None):
            found |= self.read(dtype, limit)
        return found

    def _path(self, dtype: str, limit: int | None) -> pathlib.Path:
        return self.folder / (f"{dtype}-{limit}.jsonl" if limit else f"{dtype}.jsonl")


def changes_since(commit: str) -> int:
    """How many commits have changed the library since that one."""
    return len(_log(f"{commit}..HEAD", "--", "jtorch").split()) if commit else 0


def _log(*args: str) -> str:
    """Abbreviated commits, as the history has them; nothing where there is no history."""
    command = ["git", "log", "--format=%h", *args]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return found.stdout.strip()
