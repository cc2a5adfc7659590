#!/usr/bin/env bash
# Runs demo-qemu.py, faults-qemu.py or relay-qemu.py where nothing else is: its TAP is nobody's, and no QEMU outlives
# it. Usage: Scripts/demo-qemu.sh [faults|relay] BATON [OPTION...]; --help lists them. What QEMU and its guest need is fetched first;
# exit code 77: it cannot be had.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# Without one both are fetched.
version=(10)
script=demo-qemu.py
case ${1:-} in faults | relay) script=$1-qemu.py && shift ;; esac
for word in "$@"; do
  case $word in --qemu=11 | 11) version=(11) ;; *upgrade*) version=() ;; --help | -h) exec python3 "$here/$script" --help ;; esac
done
"$here/qemu.sh" fetch "${version[@]}"
"$here/qemu.sh" initrd >/dev/null
exec "$here/isolated.sh" 600 TERM python3 -B "$here/$script" "$@"
