#!/usr/bin/env bash
# The static checks: all of them, or the ones named (ruff, format, pyright, architecture).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/venv.sh
ensure_venv tests,dev

failed=0
run() {
    echo "== $*"
    "$@" || failed=1
}

[ $# -gt 0 ] || set -- ruff format pyright architecture
for check in "$@"; do
    case "$check" in
        ruff) run "$VENV_PYTHON" -m ruff check . ;;
        format) run "$VENV_PYTHON" -m ruff format --check . ;;
        pyright) run "$VENV_PYTHON" -m pyright --pythonpath "$VENV_PYTHON" ;;
        architecture) run "$VENV_PYTHON" -m pytest -q tests/test_architecture.py ;;
        *) echo "no such check: $check (ruff, format, pyright, architecture)" >&2; exit 2 ;;
    esac
done
exit "$failed"
