# Sourced by the other scripts: puts a Python with jtorch and the named extras into $VENV.
#
#   source scripts/venv.sh; ensure_venv tests,compat
#
# $VENV is the folder of the virtual environment (default .venv), $PYTHON the interpreter to make it
# with (default: the first Python from 3.11 to 3.13 found). An environment that is up to date with
# pyproject.toml is left alone.

VENV="${VENV:-.venv}"
VENV_PYTHON="$VENV/bin/python"

find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python; do
        [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 || continue
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
            echo "$candidate"
            return 0
        fi
    done
    echo "jtorch needs Python 3.11, 3.12 or 3.13 with the venv module; set PYTHON=/path/to/python" >&2
    return 1
}

ensure_venv() {
    local extras="$1" stamp="$VENV/.installed-$1" python
    if [ -e "$stamp" ] && [ "$stamp" -nt pyproject.toml ] && [ -x "$VENV_PYTHON" ]; then
        return 0
    fi
    if [ ! -x "$VENV_PYTHON" ]; then
        python="$(find_python)" || return 1
        echo "== making $VENV with $("$python" --version 2>&1)"
        "$python" -m venv "$VENV" || return 1
    fi
    echo "== installing jtorch with the extras $extras into $VENV"
    "$VENV_PYTHON" -m pip install --quiet --disable-pip-version-check --editable ".[$extras]" || return 1
    touch "$stamp"
}
