"""python -m compat.scripts [name or path ...] [-- arguments for the script]: compare and report."""

from __future__ import annotations

import argparse
import sys

from . import _suite


def main(arguments: list[str]) -> int:
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    parser = argparse.ArgumentParser(prog="python -m compat.scripts", description=_suite.__doc__)
    parser.add_argument("names", nargs="*", help="parts of names, or paths; default: all")
    parser.add_argument("--rel", type=float, default=1e-3, help="relative tolerance of numbers")
    parser.add_argument("--timeout", type=float, default=600, help="seconds for each run")
    parser.add_argument("--list", action="store_true", help="list the scripts and stop")
    parser.add_argument("-v", "--verbose", action="store_true", help="show what jtorch printed")
    options = parser.parse_args(arguments[:cut])
    chosen = _suite.chosen(options.names)
    if options.list:
        print("\n".join(f"{s.name:20} {s.path}" for s in chosen))
        return 0
    failed = 0
    for script in chosen:
        if arguments[cut + 1 :]:
            script = script._replace(arguments=tuple(arguments[cut + 1 :]))
        report = _suite.compare(script, options.rel, options.timeout)
        failed += bool(report.problems)
        show(report, options.verbose)
    print(f"\n{len(chosen) - failed} of {len(chosen)} scripts agree")
    return bool(failed)


def show(report: _suite.Report, verbose: bool) -> None:
    status = "DIFFERS" if report.problems else "agrees"
    times = f"torch {report.torch.seconds:.1f} s, jtorch {report.jtorch.seconds:.1f} s"
    print(f"{report.script.name:20} {status:8} {times}", flush=True)
    for problem in report.problems:
        print("  " + problem.replace("\n", "\n  "))
    if verbose:
        print(report.jtorch.printed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
