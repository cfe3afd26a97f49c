"""Runs blocks in one namespace, one after the other, going on after one that raises, and writes
what came of each as JSON. A torch script: it runs under real torch, and under jtorch as it is. For
blocks that use torchvision it first puts the files of the datasets where they look for them.

    python _child.py blocks.json outcomes.json
"""

import contextlib
import io
import json
import sys
import traceback
import warnings
from pathlib import Path

import torch

DATA = Path("data")  # where every document has its data


def prepare_torchvision():
    """The data sets, and the compiled ops of torchvision under real torch."""
    from compat.vision import data_files, shim

    if "jtorch" not in torch.__version__:
        shim.install()
    data_files.write_all(DATA)
    data_files.declare(DATA)


def value_of(tensor):
    """All of a tensor that is compared, its gradient too."""
    plain = tensor.detach()
    grad = tensor.grad if tensor.is_leaf else None
    return {
        "dtype": str(tensor.dtype),
        "shape": list(tensor.shape),
        "requires_grad": tensor.requires_grad,
        "grad_fn": tensor.grad_fn.name() if tensor.grad_fn is not None else None,
        "data": plain.tolist(),
        "grad": None if grad is None else grad.tolist(),
    }


def variables(namespace):
    """The tensors of a namespace, those of its modules too, by name."""
    found = {}
    for name, value in namespace.items():
        if isinstance(value, torch.Tensor):
            found[name] = value_of(value)
        elif isinstance(value, torch.nn.Module):
            found |= {
                f"{name}.{k}": value_of(v) for k, v in value.state_dict(keep_vars=True).items()
            }
    return found


def run_block(source, name, namespace):
    printed, raised, trace = io.StringIO(), "", ""
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(source, name, "exec"), namespace)
        except Exception as error:
            raised = f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
            trace = traceback.format_exc()
    return {
        "printed": printed.getvalue(),
        "raised": raised,
        "traceback": trace,
        "variables": variables(namespace),
    }


def main(read, write):
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    namespace = {"__name__": "__main__"}
    outcomes = []
    blocks = json.loads(Path(read).read_text())
    if any("torchvision" in source for _, source in blocks):
        prepare_torchvision()
    for number, source in blocks:
        outcomes.append([number, run_block(source, f"<block {number}>", namespace)])
    Path(write).write_text(json.dumps(outcomes))


if __name__ == "__main__":
    main(*sys.argv[1:])
