"""The architecture as a test: which layer a module belongs to, which way imports point, how long a
file and a function may be, who may call jax.numpy. It reads the sources and imports none of them.
"""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = "jtorch"

# The layers, lowest first, each with the top-level modules and packages of jtorch that are in it.
# A module may import from its own layer (without a cycle) and from the layers below.
LAYERS = {
    "vocabulary": "_devices _dtypes _errors _generator _hooks _layout _size torch_version version",
    "graph": "graph",
    "tape": "_autograd",
    "handle": "_storage _tensor",
    "ops": "ops",
    "surface": """
        _backward _copying _inplace_views _kinds _legacy _methods _print _sparse _storages _surface
        serialization
    """,
    "libraries": """
        __config__ _C _custom_ops _hub_code _ops _ops_aten _ops_image _ops_infer _ops_keys
        _ops_schema _ops_torchvision _settings _streams _symbolic _utils accelerator amp ao
        autograd backends _dynamo _inductor compiler cpu cuda distributed distributions export fft
        func fx hub interop jit library linalg masked multiprocessing nn onnx optim overrides
        random return_types signal sparse special storage testing types utils
    """,
    "front door": "__init__ __main__ _alias _pip",
}

# The maths of jax belongs to the ops, to the engine that runs them and to the tape, which derives
# their pullbacks.
JAX_MATHS = ("jax.numpy", "jax.lax", "jax.nn", "jax.scipy", "jax.random")
MAY_CALL_JAX_MATHS = ("jtorch.ops", "jtorch.graph", "jtorch._autograd")

SIZED = ("jtorch", "compat", "benchmarks", "examples")
MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 60


# -- reading the sources --


def sources(*folders):
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


@cache
def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sources(PACKAGE)}


def imports(path, node):
    """The modules of jtorch that an import statement reaches, by full name."""
    if isinstance(node, ast.Import):
        return [a.name for a in node.names if a.name.split(".")[0] == PACKAGE]
    base = node.module or ""
    if node.level:
        package = module_name(path).split(".")
        if path.name != "__init__.py":
            package = package[:-1]
        package = package[: len(package) - node.level + 1]
        base = ".".join([*package, base] if base else package)
    if base.split(".")[0] != PACKAGE:
        return []
    # `from .a import b` reaches the module a.b where there is one, and else a
    return [name if (name := f"{base}.{a.name}") in MODULES else base for a in node.names]


def at_import(tree, type_checking=True):
    """The statements that run when the module is imported, `if TYPE_CHECKING:` ones on request."""
    pending = list(tree.body)
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            pending += node.orelse + (node.body if type_checking else [])
            continue
        pending += [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]
        if isinstance(node, ast.Try):
            pending += [statement for handler in node.handlers for statement in handler.body]


def import_edges(path, type_checking=True):
    """(imported module, line) for each import of jtorch at import time."""
    for node in at_import(parse(path), type_checking):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for name in imports(path, node):
                yield name, node.lineno


def layer(module):
    """The name of a module's layer, or None for a module that the table does not know."""
    top = module.split(".")[1] if "." in module else "__init__"
    return next((name for name, members in LAYERS.items() if top in members.split()), None)


def show(offenders, rule):
    """Fails with one offender a line."""
    if offenders:
        pytest.fail(rule + ":\n  " + "\n  ".join(sorted(offenders)), pytrace=False)


def where(path, line):
    return f"{path.relative_to(ROOT)}:{line}"


# -- the rules --


def test_every_module_has_a_layer():
    unknown = {name for name in MODULES if layer(name) is None}
    show(unknown, "modules in no layer (LAYERS in tests/test_architecture.py names them)")


def test_imports_point_down():
    order = list(LAYERS)
    offenders = []
    for name, path in MODULES.items():
        for target, line in import_edges(path):
            mine, theirs = layer(name), layer(target)
            if mine and theirs and order.index(theirs) > order.index(mine):
                offenders.append(f"{where(path, line)}  {name} -> {target}  ({mine} -> {theirs})")
    show(offenders, "imports that point up")


def test_no_import_cycles():
    graph = {
        name: {target for target, _ in import_edges(path, type_checking=False) if target != name}
        for name, path in MODULES.items()
    }
    offenders = [" -> ".join([*cycle, cycle[0]]) for cycle in cycles(graph)]
    show(offenders, "import cycles")


def cycles(graph):
    """One cycle for each knot of modules that reach each other (depth first search)."""
    found, done = [], set()

    def visit(name, trail):
        if name in trail:
            found.append(trail[trail.index(name) :])
            return
        if name in done:
            return
        for target in sorted(graph.get(name, ())):
            visit(target, [*trail, name])
        done.add(name)

    for name in sorted(graph):
        visit(name, [])
    return found


def test_no_imports_of_jtorch_inside_functions():
    offenders = []
    for path in MODULES.values():
        for function in ast.walk(parse(path)):
            if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            for node in ast.walk(function):
                if isinstance(node, (ast.Import, ast.ImportFrom)) and imports(path, node):
                    offenders.append(f"{where(path, node.lineno)}  in {function.name}()")
    show(
        set(offenders),
        "imports of jtorch inside functions (move them to the top, or the code down)",
    )


def test_only_ops_and_engine_call_jax_maths():
    offenders = set()
    for name, path in MODULES.items():
        if any(name == allowed or name.startswith(allowed + ".") for allowed in MAY_CALL_JAX_MATHS):
            continue
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.Import):
                reached = [a.name for a in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                reached = [f"{node.module}.{a.name}" for a in node.names]
            elif isinstance(node, ast.Attribute):
                reached = [ast.unparse(node)]
            else:
                continue
            offenders |= {
                f"{where(path, node.lineno)}  {maths}"
                for maths in JAX_MATHS
                if any(r == maths or r.startswith(maths + ".") for r in reached)
            }
    show(offenders, f"calls of jax's maths outside {', '.join(MAY_CALL_JAX_MATHS)}")


def test_files_open_with_a_docstring():
    offenders = []
    for path in sources(*SIZED):
        if path.read_text(encoding="utf-8").strip() and ast.get_docstring(parse(path)) is None:
            offenders.append(str(path.relative_to(ROOT)))
    show(offenders, "files that do not open with a paragraph on what they are for")


def test_file_length():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in sources(*SIZED)}
    offenders = [
        f"{path.relative_to(ROOT)}  {lines} lines"
        for path, lines in lengths.items()
        if lines > MAX_FILE_LINES
    ]
    show(offenders, f"files of more than {MAX_FILE_LINES} lines")


def test_function_length():
    offenders = []
    for path in sources(*SIZED):
        for node in ast.walk(parse(path)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = node.end_lineno - node.lineno + 1 - docstring_lines(node)
                if lines > MAX_FUNCTION_LINES:
                    offenders.append(f"{where(path, node.lineno)}  {node.name}()  {lines} lines")
    show(offenders, f"functions of more than {MAX_FUNCTION_LINES} lines, docstring apart")


def docstring_lines(function):
    first = function.body[0]
    if ast.get_docstring(function) is None:
        return 0
    return first.end_lineno - first.lineno + 1
