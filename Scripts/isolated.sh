#!/usr/bin/env bash
# Runs a command where nothing else is: in namespaces of its own for network and processes, so that its interfaces are
# nobody's and no process outlives it, and for so many seconds at most.
#
# Usage: Scripts/isolated.sh SECONDS SIGNAL COMMAND...
#
# SIGNAL is what the command gets when whoever started this is killed.
set -euo pipefail
[ $# -ge 3 ] || { sed -nE 's/^# (Usage.*)/\1/p' "$0" >&2 && exit 2; }
seconds=$1 signal=$2
shift 2
inside=(unshare --net --pid --fork "--kill-child=$signal" --mount-proc)
[ "$(id -u)" = 0 ] || inside+=(--user --map-root-user)
exec timeout --foreground --kill-after=5 "$seconds" "${inside[@]}" "$@"
