#!/usr/bin/env bash
# Sets up .venv where needed, then runs the tests: tests/ alone, and compat/ beside real torch where
# torch can be installed (JTORCH_COMPAT=0 leaves it out). Arguments go to pytest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/venv.sh

folders=(tests)
ensure_venv tests,examples
if [ "${JTORCH_COMPAT:-1}" = 0 ]; then
    echo "== JTORCH_COMPAT=0: the comparisons with real torch are left out"
elif ensure_venv tests,compat,examples; then
    folders+=(compat)
else
    echo "== real torch could not be installed here: the comparisons with it are left out" >&2
fi

if [ $# -gt 0 ]; then
    exec "$VENV_PYTHON" -m pytest "$@"
fi
exec "$VENV_PYTHON" -m pytest "${folders[@]}" -n 2 --dist worksteal --durations=40 --durations-min=5
