#!/usr/bin/env bash
# Installs what tests compare Baton with and drive it by, into .build/peers, from PyPI: python-statemachine, and
# qemu.qmp, the client that QEMU's project publishes. Where that can't be had, the tests that need it say so and are
# skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

home=.build/peers
packages=(python-statemachine==3.2.2 qemu.qmp==0.0.6)
mark="$home/$(IFS=,; echo "${packages[*]}")"
[ ! -e "$mark" ] || exit 0
if ! command -v python3 >/dev/null; then
  echo "peers: python3 is missing, so that ${packages[*]} are not there"
  exit 0
fi
rm -rf "$home"
if python3 -m venv "$home" >/dev/null 2>&1 &&
  "$home/bin/pip" install -q --disable-pip-version-check "${packages[@]}" >/dev/null 2>&1; then
  touch "$mark"
  echo "peers: ${packages[*]} are in $home"
else
  rm -rf "$home"
  echo "peers: ${packages[*]} could not be installed (python3-venv, or PyPI, is missing)"
fi
