#!/usr/bin/env bash
# Sets up .venv where needed, then trains on the handwritten digits: an unchanged torch script, run
# by jtorch. Arguments go to the script.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/venv.sh
ensure_venv examples
exec "$VENV_PYTHON" -m jtorch examples/digits.py "$@"
