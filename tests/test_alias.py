"""`import torch` means jtorch: same modules, same classes, torch's answers to probes. Each test is
a process of its own, because the alias is a property of a process.
"""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from jtorch.version import TorchVersion

ROOT = Path(__file__).parent.parent


def run(code, *options, cwd=ROOT):
    """Runs code in a fresh python, which must end well; returns what it printed."""
    done = subprocess.run(
        [sys.executable, *options, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_modules_are_the_same_objects():
    run("""
        import jtorch; jtorch.install(); jtorch.install()
        import sys, importlib
        import torch, torch.nn as nn, torch.nn.functional as F
        from torch.utils.data import DataLoader
        import torch.utils.data.dataloader
        import jtorch.nn.functional, jtorch.utils.data
        assert torch is jtorch and nn is jtorch.nn and F is jtorch.nn.functional
        assert sys.modules["torch.nn.functional"] is sys.modules["jtorch.nn.functional"]
        assert DataLoader is jtorch.utils.data.DataLoader
        for name in ("", ".nn", ".nn.functional", ".optim"):
            module = importlib.import_module("torch" + name)
            assert module.__spec__.name == module.__name__ == "jtorch" + name
        assert importlib.reload(torch.version) is torch.version
    """)


def test_pickles_of_either_name_load():
    run("""
        import pickle
        import jtorch
        jtorch.install()
        import torch
        for thing in (torch.float32, torch.nn.Linear, torch.nn.functional.relu, torch.Size([2, 3]),
                      torch.optim.SGD, torch.utils.data.DataLoader):
            assert pickle.loads(pickle.dumps(thing)) == thing
        # the same classes, as a pickle written under torch's names has them
        for module, name in (("torch.nn.modules.linear", "Linear"), ("torch", "Tensor")):
            text = f"c{module}\\n{name}\\n.".encode()
            assert pickle.loads(text) is getattr(__import__(module, fromlist=[name]), name)
    """)


def test_version_and_probes():
    out = run("""
        import importlib.util, importlib.metadata
        import jtorch
        jtorch.install()
        # before anything imported torch, and after
        for _ in range(2):
            assert importlib.util.find_spec("torch") is not None
            assert importlib.util.find_spec("torch.nn") is not None
            assert importlib.util.find_spec("torch.no_such_module") is None
            import torch
        assert importlib.metadata.version("torch") == torch.__version__
        assert importlib.metadata.metadata("torch")["Name"] == "torch"
        assert "torch" in {d.metadata["Name"] for d in importlib.metadata.distributions()}
        assert "torch" in importlib.metadata.packages_distributions()
        print(torch.__version__)
    """)
    packaging = pytest.importorskip("packaging.version")
    assert packaging.Version(out.strip()) >= packaging.Version("2.13.0")
    assert [int(part) for part in out.split(".")[:2]] == [2, 13]


def test_what_is_not_covered():
    run("""
        import jtorch; jtorch.install()
        import torch
        def raised(code):
            try:
                exec(code, {"torch": torch})
            except Exception as error:
                return error
        error = raised("import torch.no_such_module.at_all")
        assert type(error) is ModuleNotFoundError and error.name == "torch.no_such_module"
        first, _, help = str(error).partition("\\n")
        assert first == "No module named 'torch.no_such_module'" and "docs/" in help, str(error)
        assert type(raised("import torch.version.part")) is ModuleNotFoundError
        assert type(raised("import torch._surface")) is ModuleNotFoundError
        assert type(raised("from torch import no_such_name")) is ImportError
        assert type(raised("torch.no_such_name")) is AttributeError
        assert not hasattr(torch, "npu") and not hasattr(torch.nn, "no_such_name")
    """)


@pytest.mark.parametrize("name", ["", ".nn"])
def test_refused_when_real_torch_came_first(tmp_path, name):
    (tmp_path / "torch" / "nn").mkdir(parents=True)
    for file in ("torch/__init__.py", "torch/nn/__init__.py"):
        (tmp_path / file).write_text("real = True\n")
    run(f"""
        import sys
        sys.path.insert(0, {str(tmp_path)!r})
        import torch{name}
        assert torch.real
        import jtorch
        try:
            jtorch.install()
        except RuntimeError as error:
            assert {str(tmp_path)!r} in str(error) and "python -m jtorch" in str(error)
        else:
            raise SystemExit("not refused")
        assert not jtorch._alias.is_installed()
    """)


def test_uninstall_gives_torch_back(tmp_path):
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text("real = True\n")
    run(f"""
        import sys, multiprocessing.spawn as spawn
        before = spawn.get_preparation_data
        sys.path.insert(0, {str(tmp_path)!r})
        import jtorch
        from jtorch import _alias
        _alias.uninstall()  # not installed: nothing
        jtorch.install()
        import torch, torch.nn
        assert torch is jtorch and _alias.is_installed()
        _alias.uninstall()
        assert torch is jtorch, "names keep their objects"
        assert not any(name.partition(".")[0] == "torch" for name in sys.modules)
        assert spawn.get_preparation_data is before
        import torch
        assert torch.real
    """)


def test_nothing_without_install(tmp_path):
    run("""
        import sys, importlib.util
        import jtorch
        assert not any(name.partition(".")[0] == "torch" for name in sys.modules)
        assert not any(type(finder).__name__ == "TorchFinder" for finder in sys.meta_path)
    """)


def test_spawned_processes_have_the_alias(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(
        textwrap.dedent("""
            import multiprocessing
            import torch

            def child(queue):
                import jtorch
                queue.put((torch is jtorch, __name__))

            if __name__ == "__main__":
                context = multiprocessing.get_context("spawn")
                queue = context.Queue()
                process = context.Process(target=child, args=(queue,))
                process.start()
                print(*queue.get(timeout=60))
                process.join()
        """)
    )
    done = subprocess.run(
        [sys.executable, "-m", "jtorch", str(script)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )
    assert done.stdout == "True __mp_main__\n", done.stderr


def test_torch_version_compares_as_a_version():
    version = TorchVersion("2.13.0+jtorch0.1.0")
    assert version > "2.13" and version >= "2.6.0" and version < "2.13.1" and version < "2.14.0a0"
    assert version > (2, 9) and version >= (2, 13) and version < (3,) and not version < (2, 13, 0)
    assert TorchVersion("2.0.0rc1") < "2.0.0" and TorchVersion("2.1.0a0+git") < "2.1.0"
    assert TorchVersion("2.0.0.dev1") < "2.0.0a0" < TorchVersion("2.0.0.post1")
    assert TorchVersion("2.0") == "2.0.0" and TorchVersion("2.0") != "2.0.1"
    assert version != 2 and version != "2.13.0" and len({version, str(version)}) == 1
    assert version.split("+")[0] == "2.13.0" and isinstance(version, str)
    with pytest.raises(ValueError, match="Invalid version: 'parrot'"):
        assert version < "parrot"


def test_torch_version_orders_as_packaging_does():
    packaging = pytest.importorskip("packaging.version")
    names = (
        "1.9 1.10.0a0 1.10.0 2.0.0.dev20 2.0.0a1 2.0.0b2 2.0.0rc1 2.0.0 2.0.0+cpu 2.0.0.post1 2.13"
    )
    for a in names.split():
        for b in names.split():
            expected = packaging.Version(a) < packaging.Version(b)
            assert (TorchVersion(a) < b) == expected, (a, b)


def test_import_starts_no_device():
    run("""
        import os
        import jtorch
        os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=3"
        import jax
        assert len(jax.devices()) == 3, "the script's own settings came too late"
    """)
