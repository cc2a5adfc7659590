#!/usr/bin/env bash
# Installs what tests compare Baton with, into .build/peers: python-statemachine, from PyPI.
# Where that can't be had, the tests that need it say so and are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

version=3.2.2
home=.build/peers
[ ! -e "$home/$version" ] || exit 0
if ! command -v python3 >/dev/null; then
  echo "peers: python3 is missing, so that python-statemachine is not compared with"
  exit 0
fi
rm -rf "$home"
if python3 -m venv "$home" >/dev/null 2>&1 &&
  "$home/bin/pip" install -q --disable-pip-version-check "python-statemachine==$version" >/dev/null 2>&1; then
  touch "$home/$version"
  echo "peers: python-statemachine $version is in $home"
else
  rm -rf "$home"
  echo "peers: python-statemachine $version could not be installed (python3-venv, or PyPI, is missing)"
fi
