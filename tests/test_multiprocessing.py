"""torch.multiprocessing: its names, tensors between processes, and what `spawn` reports. Each
program is a process of its own, run as a torch script.
"""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import jtorch.multiprocessing as mp

ROOT = Path(__file__).parent.parent


def run(tmp_path, code):
    """Runs a script under the alias, which must end well; returns what it printed."""
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(code))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "jtorch", str(script)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_names():
    assert {"Queue", "Process", "Pool", "get_context", "set_start_method"} <= set(mp.__all__)
    assert mp.get_sharing_strategy() in mp.get_all_sharing_strategies()
    with pytest.raises(AssertionError, match="invalid sharing strategy 'foo', expected one of"):
        mp.set_sharing_strategy("foo")
    before = mp.get_sharing_strategy()
    mp.set_sharing_strategy("file_system")
    assert mp.get_sharing_strategy() == "file_system"
    mp.set_sharing_strategy(before)
    with pytest.warns(FutureWarning, match="only supports start_method=spawn"):
        mp.spawn(os.getpid, nprocs=0, start_method="fork")


def test_tensors_pass_and_failures_are_told(tmp_path):
    told = run(
        tmp_path,
        """
        import sys
        import torch, torch.multiprocessing as mp
        from torch import nn

        def double(rank, queue, model, x):
            queue.put((rank, model(x).detach() * 2, x.to(torch.bfloat16)))

        def fails(rank, how):
            if how == "raise":
                raise ValueError("boom")
            sys.exit(3)

        if __name__ == "__main__":
            queue = mp.get_context("spawn").SimpleQueue()
            model, x = nn.Linear(2, 3), torch.arange(4.0).view(2, 2)
            calls = [(double, (queue, model, x)), (fails, ("raise",)), (fails, ("exit",))]
            for context in [mp.spawn(*call, join=False) for call in calls]:
                try:
                    while not context.join():
                        pass
                except mp.ProcessRaisedException as error:
                    print(str(error).strip().split("\\n")[0], str(error).strip().split("\\n")[-1])
                except mp.ProcessExitedException as error:
                    print(error, error.error_index, error.exit_code, error.signal_name)
            rank, y, z = queue.get()
            assert torch.equal(y, model(x) * 2) and z.dtype is torch.bfloat16
        """,
    )
    assert told.splitlines() == [
        "-- Process 0 terminated with the following error: ValueError: boom",
        "process 0 terminated with exit code 3 0 3 None",
    ]


def test_a_forked_process_that_computes_is_told_so(tmp_path):
    told = run(
        tmp_path,
        """
        import torch, torch.multiprocessing as mp

        def child(queue):
            try:
                (torch.ones(3) + 1).tolist()
            except RuntimeError as error:
                queue.put(str(error).splitlines()[0])

        (torch.ones(3) + 1).tolist()
        context = mp.get_context("fork")
        queue = context.SimpleQueue()
        process = context.Process(target=child, args=(queue,))
        process.start()
        print(queue.get())
        process.join()
        """,
    )
    assert "was forked after JAX had started" in told
