#!/usr/bin/env bash
# Set the security tools up, each group in an environment of its own, and run every gate: `make security`.
set -euo pipefail
cd "$(dirname "$0")/.."

prepare() {
  local folder=$1 lock=$2 sum
  sum=$(sha256sum "$lock")
  [ "$(cat "$folder/.set-up" 2> /dev/null)" = "$sum" ] && return
  printf 'Installing security tools from %s\n' "$lock"
  .venv/bin/python -m venv "$folder"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
  printf '%s\n' "$sum" > "$folder/.set-up"
}

prepare .venv-security/tools .ci/security.lock
prepare .venv-security/wapiti .ci/wapiti.lock
exec .venv/bin/python -m tests.security "$@"
