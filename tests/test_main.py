"""`python -m jtorch` runs a program as python itself would: each program here runs both ways, and
must print the same, end with the same status, and fail with the same traceback.
"""

import os
import re
import signal
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

INFO = '''
"""A docstring."""
import sys
from pathlib import Path
names = ["__name__", "__file__", "__doc__", "__package__", "__cached__", "__annotations__"]
print({name: globals().get(name) for name in names})
print(type(__loader__).__name__, __spec__ and (__spec__.name, __spec__.origin))
print(sys.argv, sys.path[0], Path.cwd())
print(sys.modules["__main__"].__dict__ is globals(), sorted(globals()))
'''


@pytest.fixture
def folder(tmp_path):
    """Programs of every kind."""
    programs = {
        "info.py": INFO,
        "sub/info.py": INFO,
        "dir/__main__.py": INFO,
        "pack/__init__.py": "",
        "pack/__main__.py": INFO,
        "pack/mod.py": "from . import helper\n" + INFO,
        "pack/helper.py": "",
        "boom.py": "def f(x):\n    raise ValueError(x)\n\nf('boom')\n",
        "pack/boom.py": "def f(x):\n    raise ValueError(x)\n\nf('boom')\n",
        "chained.py": "try:\n    1 / 0\nexcept Exception as e:\n    raise OSError(3) from e\n",
        "syntax.py": "x = (\n",
        "hook.py": "import sys\nsys.excepthook = lambda k, e, t: print(e, t.tb_lineno)\n1 / 0\n",
        "leave.py": "import sys\nsys.exit(int(sys.argv[1]) if len(sys.argv) > 1 else 'gone')\n",
        "atexit_.py": "import atexit\natexit.register(lambda: print('bye', names))\nnames = [1]\n",
        "latin.py": "# -*- coding: latin-1 -*-\nprint(ascii('\u00e9'))\n",
        "future.py": "def f(x: no_such): pass\n",
        "pickles.py": "import pickle\nclass A: pass\nassert pickle.loads(pickle.dumps(A)) is A\n",
    }
    for name, text in programs.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="latin-1" if name == "latin.py" else "utf-8")
    (tmp_path / "link.py").symlink_to(tmp_path / "sub" / "info.py")
    with zipfile.ZipFile(tmp_path / "app.zip", "w") as file:
        file.writestr("__main__.py", INFO)
    return tmp_path


def python(folder, *arguments):
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment(),
        timeout=120,
        check=False,
    )


def environment():
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


def same(folder, *program, before=()):
    """The program under python and under jtorch: same output, same status. Returns the latter."""
    expected = python(folder, *before, *program)
    actual = python(folder, *before, "-m", "jtorch", *program)
    assert actual.stdout == expected.stdout
    assert actual.stderr == expected.stderr
    assert actual.returncode == expected.returncode
    return actual


@pytest.mark.parametrize(
    "program",
    [
        "info.py a --b -c",
        "sub/info.py",
        "link.py",
        "dir x",
        "app.zip x",
        "-m pack.mod a --b",
        "-m pack",
        "latin.py",
        "future.py",
        "pickles.py",
        "atexit_.py",
    ],
)
def test_programs_find_the_world_they_expect(folder, program):
    done = same(folder, *program.split())
    if program == "future.py":  # and nothing of our own __future__ imports leaks in
        assert "no_such" in done.stderr
    else:
        assert done.returncode == 0


def test_commands(folder):
    same(
        folder, "-c", "import sys; print(sys.argv, sys.path[0] == '', sorted(globals()))", "a", "-m"
    )


def test_options_of_python_hold(folder):
    same(folder, "info.py", before=("-P",))
    same(folder, "dir", before=("-P",))
    same(folder, "-c", "import sys; assert False; print(sys.flags.optimize)", before=("-O",))


@pytest.mark.parametrize(
    ("program", "status"),
    [
        ("boom.py", 1),
        ("-m pack.boom", 1),
        ("chained.py", 1),
        ("syntax.py", 1),
        ("hook.py", 1),
        ("leave.py", 1),
        ("leave.py 0", 0),
        ("leave.py 7", 7),
        ("no_such.py", 2),
        ("-m no_such", 1),
        ("-m pack.no_such", 1),
        ("pack/helper", 2),
    ],
)
def test_programs_end_as_under_python(folder, program, status):
    assert same(folder, *program.split()).returncode == status


def test_interrupted(folder):
    (folder / "interrupted.py").write_text("raise KeyboardInterrupt\n")
    assert same(folder, "interrupted.py").returncode == -signal.SIGINT


def test_torch_is_jtorch(folder):
    (folder / "uses.py").write_text("import sys, torch\nprint(torch is sys.modules['jtorch'])\n")
    assert python(folder, "-m", "jtorch", "uses.py").stdout == "True\n"
    assert python(folder, "-m", "jtorch", "-m", "uses").stdout == "True\n"


def test_errors_in_jtorch_show_the_script_first(folder):
    (folder / "wrong.py").write_text(
        textwrap.dedent("""
            import torch
            torch.ones(2, 3) @ torch.ones(2, 3)
        """)
    )
    error = python(folder, "-m", "jtorch", "wrong.py").stderr
    frames = re.findall(r'File "(.*?)"', error)
    assert frames[0] == str(folder / "wrong.py")
    assert "RuntimeError: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)" in error


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ("", 2, "usage: python -m jtorch"),
        ("--help", 0, "usage: python -m jtorch"),
        ("--version", 0, "torch 2.13.0+jtorch"),
        ("--no-such-option", 2, "unknown option --no-such-option"),
        ("-m", 2, "Argument expected for the -m option"),
        ("pip list", 2, "usage: python -m jtorch pip install"),
        ("doctor script.py", 2, "doctor is not there yet"),
    ],
)
def test_its_own_command_line(folder, arguments, status, words):
    done = python(folder, "-m", "jtorch", *arguments.split())
    assert done.returncode == status
    assert words in done.stdout + done.stderr
