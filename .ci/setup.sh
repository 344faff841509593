#!/usr/bin/env bash
# Set this machine up for `run` or for `test`: a Python environment in .venv from the lock file, and Debian's packages.
# As root it installs what is missing; otherwise it says what to install and stops. Quick when nothing is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=${1:?usage: setup.sh run|test}

lock=requirements.lock
packages=(libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig)
if [ "$mode" = test ]; then
  lock=requirements-test.lock
  packages+=(chromium postgresql poppler-utils util-linux iproute2)
fi

stop() { printf '%s\n' "$*" >&2; exit 1; }

install_packages() {
  [ "$(id -u)" = 0 ] || stop "These Debian packages are missing. Install them, then start again:
  sudo apt-get install --no-install-recommends $*"
  printf 'Installing: %s\n' "$*"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get -q update && apt-get -q install -y --no-install-recommends "$@"; } > .setup.log 2>&1 \
    || { cat .setup.log >&2; stop "The packages could not be installed."; }
  rm -f .setup.log
}

missing_packages() {
  local name
  for name in "$@"; do
    dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || printf '%s ' "$name"
  done
}

find_python() {
  local candidate
  for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  stop 'Python 3.11 or newer is needed, and none was found (Debian 12: apt-get install python3 python3-venv).'
}

if command -v dpkg-query > /dev/null; then
  missing=$(missing_packages "${packages[@]}")
  # shellcheck disable=SC2086 - a list of names
  [ -z "$missing" ] || install_packages $missing
else
  printf 'Not a Debian machine: taking for granted what these packages hold: %s\n' "${packages[*]}"
fi

python=$(find_python)
sum_of() { { "$python" --version; pwd; cat "$1" pyproject.toml; } | sha256sum; }
is_done() { [ "$(cat "$1" 2> /dev/null)" = "$(sum_of "$2")" ]; }

is_done .venv/.set-up-test requirements-test.lock && is_done .venv-idp/.set-up requirements-idp.lock && exit 0
[ "$mode" = run ] && { is_done .venv/.set-up-run requirements.lock || is_done .venv/.set-up-test requirements-test.lock; } && exit 0

if ! "$python" -c 'import ensurepip' 2> /dev/null; then
  install_packages python3-venv
fi
[ -x .venv/bin/python ] || "$python" -m venv .venv
printf 'Installing Python packages from %s\n' "$lock"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
sum_of "$lock" > ".venv/.set-up-$mode"

# The tests sign in at a real identity provider; its packages do not all go together with ours, so it lives apart.
if [ "$mode" = test ]; then
  [ -x .venv-idp/bin/python ] || "$python" -m venv .venv-idp
  .venv-idp/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-idp.lock
  sum_of requirements-idp.lock > .venv-idp/.set-up
fi
