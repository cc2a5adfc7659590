#!/usr/bin/env bash
# Hands a guest over, in a network namespace of its own, while datagrams are sent to it: each must come back.
# Usage: run.sh FOLDER, where `swift build` left the programs. Prints what happens; fails if anything is not as it must be.
set -euo pipefail

if [ "${2:-}" != inside ]; then
  if [ "$(id -u)" = 0 ]; then exec unshare --net "$0" "$1" inside; fi
  exec unshare --user --map-root-user --net "$0" "$1" inside
fi

programs=$1
folder=$(mktemp -d)
pids=()
finish() {
  local status=$?
  trap - EXIT
  for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null || true; done
  rm -rf "$folder"
  exit "$status"
}
trap finish EXIT

fail() {
  echo "run: $*" >&2
  exit 1
}

# start NAME DESCRIPTOR: starts a program; its input is DESCRIPTOR, its output the one behind.
start() {
  mkfifo "$folder/$1.in" "$folder/$1.out"
  eval "exec $2<>'$folder/$1.in' $(($2 + 1))<>'$folder/$1.out'"
  "$programs/$1" tap0 "$folder/socket" <"$folder/$1.in" >"$folder/$1.out" &
  pids+=($!)
}

# expect DESCRIPTOR LINE: reads lines of a program until this one comes.
expect() {
  local line
  while read -r -t 10 -u "$(($1 + 1))" line; do
    echo "  $line"
    # A pattern.
    # shellcheck disable=SC2254
    case $line in $2) return ;; esac
  done
  fail "\"$2\" did not come within 10 s"
}

# probe FIRST LAST: sends numbered datagrams of 6 bytes to the guest, one after the other. `read -N` takes a whole one.
probe() {
  local number probe answer
  for number in $(seq "$1" "$2"); do
    printf -v probe '%06d' "$number"
    printf '%s' "$probe" >&4
    read -r -N 6 -t 5 -u 4 answer || fail "datagram $number did not come back"
    [ "$answer" = "$probe" ] || fail "datagram $number came back as $answer"
  done
}

ip link set lo up
start source 5
expect 5 running
ip address add 10.0.0.1/24 dev tap0
ip link set tap0 up
exec 4<>/dev/udp/10.0.0.2/7
probe 1 100
echo count >&5
expect 5 "echoed 100"

start target 7
expect 7 listening
echo count >&7
expect 7 "no guest"

# One datagram is on its way all the time, also while the guest stands still.
probe 101 2000 &
pids+=($!)
echo move >&5
expect 7 completed
wait "${pids[0]}" || fail "the source did not end well"
wait "${pids[2]}" || fail "a datagram was lost"
echo count >&7
expect 7 "echoed 2000"
echo "run: 2000 datagrams, one handover, none lost"
