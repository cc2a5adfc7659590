#!/usr/bin/env bash
# One measurement of frames between a TAP and DPDK's testpmd through a back-end, for the benchmarks.
#
# Usage: Scripts/datapath.sh send|receive BYTES SECONDS FLOOR COMMAND...
#
# COMMAND is a back-end that is given SOCKET and TAP as its last words and then says `ready`: `FLOOR net`, or
# `BATON net …`. It runs on processor 0, as does who sends frames into the TAP; testpmd polls on the last one. FLOOR is
# the benchmarks' program of that name. With `send` testpmd sends frames of so many bytes as fast as it can, with
# `receive` it receives what is sent into the TAP. Prints frames, the back-end's processor time in nanoseconds, and
# seconds. Exit code 77: testpmd cannot be had here.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
if [ "${1:-}" != inside ]; then
  [ $# -ge 5 ] || { sed -nE '/^# Usage/s/^# ?//p' "$0" >&2 && exit 2; }
  "$here/dpdk.sh" fetch >/dev/null
  # A /proc of its namespaces knows the processes by their numbers.
  exec "$here/isolated.sh" 60 KILL "$0" inside "$@"
fi
shift
way=$1 bytes=$2 seconds=$3 floor=$4
shift 4
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
last=$(($(nproc) - 1))

# frames: how many have passed so far.
frames() { sed -n 's/^ *tap0: *//p' /proc/net/dev | awk -v column="$([ "$way" = send ] && echo 2 || echo 10)" '{ print $column }'; }

# await WHAT COMMAND...: until the command ends well, at most 15 s.
await() {
  local what=$1 deadline=$((SECONDS + 15))
  shift
  until "$@"; do
    [ $SECONDS -lt $deadline ] || { echo "datapath: $what: not after 15 s" >&2 && cat "$folder"/*.log >&2 && exit 1; }
    sleep 0.05
  done
}

case $* in
*"baton net"*) words=(--socket "$folder/socket" --tap tap0 --log-level warning) ;;
*) words=("$folder/socket" tap0) ;;
esac
taskset -c 0 "$@" "${words[@]}" >"$folder/ready" 2>"$folder/backend.log" &
backend=$!
await "the back-end" grep -q ready "$folder/ready"
ip link set tap0 up

mode=(--forward-mode=rxonly)
[ "$way" = receive ] || mode=(--forward-mode=txonly "--txpkts=$bytes")
mkfifo "$folder/words"
"$here/dpdk.sh" run "$folder/socket" --cores "0@$last,1@$last" --device mrg_rxbuf=1 "${mode[@]}" \
  <"$folder/words" >"$folder/testpmd.log" 2>&1 &
testpmd=$!
exec 8>"$folder/words"
if [ "$way" = receive ]; then taskset -c 0 "$floor" send tap0 "$bytes" 50 2>"$folder/sender.log" & fi
passing() { [ "$(frames)" -gt 2000 ]; }
await "frames" passing
result=$("$floor" rate tap0 $backend "$seconds")
exec 8>&-
kill -KILL $testpmd
echo "$result" | awk -v way="$way" '{ print way == "send" ? $1 : $2, $3, $4 }'
