"""`python -m jtorch pip install`: pip installs what packages need, and torch is left out. No index
is asked: the packages are wheels that are written here.
"""

import base64
import hashlib
import os
import zipfile

import pytest

from jtorch import _pip, version

pytestmark = pytest.mark.skipif(not _pip._has_pip(), reason="no pip in this environment")
TORCH = version.__version__.partition("+")[0]

# What asks for what; `torch` and what it brings are on the shelf, to be left there.
WHEELS = {
    ("vision", "1.0"): [f"torch=={TORCH}", "pictures>=2"],
    ("vision", "1.1"): ["torch==99.0", "pictures>=2"],
    ("models", "3.0"): ["vision", "torch", 'torch-extra; extra == "more"'],
    ("pictures", "2.5"): [],
    ("plain", "1.0"): [],
    ("torch", TORCH): ["nvidia-things", "triton"],
    ("torch", "99.0"): ["nvidia-things", "triton"],
    ("nvidia-things", "1.0"): [],
    ("triton", "3.0"): [],
}


def write_wheel(folder, name, number, requirements):
    module = name.replace("-", "_")
    info = f"{module}-{number}.dist-info"
    needs = "".join(f"Requires-Dist: {r}\n" for r in requirements)
    files = {
        f"{module}.py": f"number = {number!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {number}\n{needs}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    with zipfile.ZipFile(folder / f"{module}-{number}-py3-none-any.whl", "w") as wheel:
        record = ""
        for path, text in files.items():
            wheel.writestr(path, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()
            record += f"{path},sha256={digest.rstrip('=')},{len(text)}\n"
        wheel.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shelf")
    for (name, number), requirements in WHEELS.items():
        write_wheel(folder, name, number, requirements)
    return folder


@pytest.fixture
def pip(shelf, monkeypatch, capfd):
    """Our pip with nothing but the shelf to install from: the status, and all that is printed."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    monkeypatch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)

    def run(*arguments):
        status = _pip.run([str(a) for a in arguments])
        printed = capfd.readouterr()
        return status, printed.out + printed.err

    return run


def installed(prefix):
    return {path.name.partition(".dist-info")[0] for path in prefix.rglob("*.dist-info")}


def test_torch_is_left_out_and_the_rest_installed(pip, tmp_path):
    status, printed = pip("install", "--prefix", tmp_path, "models")
    assert status == 0, printed
    # the vision that belongs to this torch, and not the newest
    assert installed(tmp_path) == {"models-3.0", "vision-1.0", "pictures-2.5"}
    assert f"asked for by models: torch; vision: torch=={TORCH})" in printed


def test_requirement_files_may_name_torch(pip, tmp_path):
    (tmp_path / "needs.txt").write_text("torch>=2\nplain\n")
    target = tmp_path / "target"
    status, printed = pip("install", "-r", tmp_path / "needs.txt", "--prefix", target)
    assert status == 0, printed
    assert installed(target) == {"plain-1.0"}
    assert "Left out" not in printed


def test_other_versions_of_torch_are_a_conflict(pip, tmp_path):
    status, printed = pip("install", "--prefix", tmp_path, "vision==1.1")
    assert status == 1
    assert "torch==99.0" in printed
    assert not installed(tmp_path)
    assert "Left out" not in printed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("", "usage: python -m jtorch pip install"),
        ("install", "usage: python -m jtorch pip install"),
        ("list", "usage: python -m jtorch pip install"),
        ("install torch", "torch itself is not installed"),
        ("install timm Torch==2.13.0", "torch itself is not installed"),
        ("install torch[opt]>=2", "torch itself is not installed"),
        ("install dist/torch-2.13.0+cpu-cp311-cp311-linux_x86_64.whl", "torch itself"),
        ("install --target=here vision", "--target makes pip look away"),
        ("install -I vision", "-I makes pip look away"),
    ],
)
def test_refusals(capsys, arguments, words):
    assert _pip.run(arguments.split()) == 2
    assert words in capsys.readouterr().err


def test_names_that_begin_with_torch_are_others():
    assert _pip._refusal("install torchvision torch-geometric torch_scatter".split()) is None


def test_an_environment_without_pip(monkeypatch, capsys):
    monkeypatch.setattr(_pip, "_has_pip", lambda: False)
    assert _pip.run(["install", "vision"]) == 2
    assert "there is no pip in this environment" in capsys.readouterr().err
