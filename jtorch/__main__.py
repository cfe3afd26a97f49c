"""`python -m jtorch script.py args…`: runs a program as python itself would, with `import torch`
meaning jtorch. It must not show: the program finds the argv, path, `__main__` and `__file__` it
expects, its tracebacks start in its own code, and it ends with its own exit status.
"""

import builtins
import importlib.machinery
import io
import os
import pkgutil
import runpy
import sys
import types
from pathlib import Path
from typing import NoReturn

from . import _alias, _pip, version

USAGE = """usage: python -m jtorch script.py [argument …]    run a script (or a folder or zip file)
       python -m jtorch -m module [argument …]      run a module, as python -m does
       python -m jtorch -c command [argument …]     run a command given as text
       python -m jtorch pip install package …       install packages that ask for torch, without it
       python -m jtorch --version | --help

The program runs unchanged, and `import torch` in it means jtorch."""


def main():
    """Reads the command line, and becomes the program that it names."""
    arguments = sys.argv[1:]
    if not arguments:
        _refuse(USAGE)
    first = arguments[0]
    if first in ("-h", "--help"):
        print(USAGE)
    elif first in ("-V", "--version"):
        print(f"jtorch {version.jtorch} (torch {version.__version__})")
    elif first in ("-m", "-c") and len(arguments) == 1:
        _refuse(f"Argument expected for the {first} option\n{USAGE}")
    elif first == "-m":
        _run(_module, arguments[1], arguments[2:])
    elif first == "-c":
        _run(_command, arguments[1], arguments[2:])
    elif first == "pip":
        raise SystemExit(_pip.run(arguments[1:]))
    elif first == "doctor":
        _refuse("python -m jtorch doctor is not there yet")
    elif first.startswith("-"):
        _refuse(f"unknown option {first}\n{USAGE}")
    else:
        _run(_script, first, arguments[1:])


def _refuse(text) -> NoReturn:
    print(text, file=sys.stderr)
    raise SystemExit(2)


def _run(run, program, arguments):
    """Runs the program; an exception that ends it is shown without the frames of this file."""
    _alias.install()
    try:
        run(program, arguments)
    except SystemExit:
        raise
    except BaseException as error:
        error.__traceback__ = _without_ours(error.__traceback__)
        sys.excepthook(type(error), error, error.__traceback__)
        sys.excepthook = _already_shown
        raise  # python sets the exit status by it, for KeyboardInterrupt a signal


def _without_ours(traceback):
    while traceback is not None and traceback.tb_frame.f_code.co_filename == __file__:
        traceback = traceback.tb_next
    return traceback


def _already_shown(kind, error, traceback):
    """The excepthook after the program's own has run."""


# -- the three kinds of program --


def _script(path, arguments):
    """A file of source or byte code, or a folder or zip file with a __main__.py."""
    sys.argv[:] = [path, *arguments]
    absolute = os.path.abspath(path)
    if pkgutil.get_importer(absolute) is not None:
        _set_first_path(absolute, always=True)
        _fresh_main()
        runpy._run_module_as_main("__main__", alter_argv=False)  # pyright: ignore
        return
    code = _read_code(absolute)
    _set_first_path(os.path.dirname(os.path.realpath(path)))
    loader = importlib.machinery.SourceFileLoader("__main__", absolute)
    namespace = _fresh_main(__file__=absolute, __cached__=None, __loader__=loader)
    exec(code, namespace)


def _module(name, arguments):
    sys.argv[:] = ["-m", *arguments]  # runpy puts the module's path in place of -m
    _fresh_main()
    runpy._run_module_as_main(name, alter_argv=True)  # pyright: ignore


def _command(text, arguments):
    sys.argv[:] = ["-c", *arguments]
    _set_first_path("")
    namespace = _fresh_main(__loader__=importlib.machinery.BuiltinImporter)
    exec(compile(text, "<string>", "exec", dont_inherit=True), namespace)


def _read_code(path) -> types.CodeType:
    try:
        with io.open_code(path) as file:
            code = pkgutil.read_code(file)  # byte code
        if not isinstance(code, types.CodeType):
            code = compile(Path(path).read_bytes(), path, "exec", dont_inherit=True)
        return code
    except OSError as error:
        _refuse(
            f"{sys.executable}: can't open file {path!r}: [Errno {error.errno}] {error.strerror}"
        )


def _set_first_path(folder, always=False):
    """python -m put the working folder first; a program of another kind wants its own there."""
    if not sys.flags.safe_path:
        sys.path[0] = folder
    elif always:
        sys.path.insert(0, folder)


def _fresh_main(**attributes):
    """A new module __main__ in place of this file's; returns its namespace."""
    module = types.ModuleType("__main__")
    module.__dict__.update(__builtins__=builtins, __annotations__={}, **attributes)
    sys.modules["__main__"] = module
    return module.__dict__


if __name__ == "__main__":
    main()
