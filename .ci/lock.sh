#!/usr/bin/env bash
# Pin the newest versions that pyproject.toml allows: requirements.lock to run, requirements-test.lock to test and develop.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3 -m venv "$tools"
"$tools/bin/pip" install --quiet uv

pin() {
  local lock=$1
  shift
  "$tools/bin/uv" pip compile --quiet --universal --python-version 3.11 \
    --generate-hashes --no-emit-index-url --no-header --upgrade "$@" --output-file "$tools/lock"
  if grep -n '://' "$tools/lock"; then
    printf '%s would hold an address\n' "$lock" >&2
    exit 1
  fi
  mv "$tools/lock" "$lock"
}

# setuptools builds the package itself, which is installed without a build environment of its own
printf 'setuptools>=77\n' > "$tools/build.in"
pin requirements.lock pyproject.toml "$tools/build.in"
pin requirements-test.lock pyproject.toml "$tools/build.in" --constraint requirements.lock --extra test --extra lint
pin .ci/security.lock .ci/security.in
pin .ci/wapiti.lock .ci/wapiti.in
pin requirements-idp.lock .ci/idp.in
