#!/usr/bin/env bash
# Hands a guest from one host to the next, in a network namespace of its own, while datagrams are sent to it: each must come back.
# Usage: run.sh SOURCE TARGET...   each a command to which TAP and SOCKET are appended: run.sh "./host source" "./host target"
# Each target but the last hands the guest on, as long as it is this example's. One that begins with ! has to die before it
# has the guest, which then stays where it was; a host with DIE_AT=given dies when it has given its guest away. Prints what
# happens, and fails if anything is not as it must be.
set -euo pipefail

if [ "${1:-}" != inside ]; then
  if [ "$(id -u)" = 0 ]; then exec unshare --net "$0" inside "$@"; fi
  exec unshare --user --map-root-user --net "$0" inside "$@"
fi
shift

hosts=("$@")
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

# start NUMBER: starts a host; its input is descriptor 30 + 2 * NUMBER, its output the one behind.
start() {
  local input=$((30 + 2 * $1))
  mkfifo "$folder/$1.in" "$folder/$1.out"
  eval "exec $input<>'$folder/$1.in' $((input + 1))<>'$folder/$1.out'"
  # A command of several words.
  # shellcheck disable=SC2086
  ${hosts[$1]} tap0 "$folder/socket" <"$folder/$1.in" >"$folder/$1.out" &
  pids+=($!)
}

say() { echo "$2" >&$((30 + 2 * $1)); }

# expect NUMBER LINE: reads lines of a host until this one comes.
expect() {
  local line
  while read -r -t 30 -u $((31 + 2 * $1)) line; do
    echo "  $1: $line"
    # A pattern.
    # shellcheck disable=SC2254
    case $line in $2) return ;; esac
  done
  fail "\"$2\" did not come within 30 s"
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
start 0
expect 0 running
ip address add 10.0.0.1/24 dev tap0
ip link set tap0 up
exec 4<>/dev/udp/10.0.0.2/7
probe 1 100
say 0 count
expect 0 "echoed 100"

echoed=100
here=0
moves=0
for ((next = 1; next < ${#hosts[@]}; next++)); do
  rm -f "$folder/socket"
  dies=
  case ${hosts[$next]} in !*) dies=yes ;; esac
  hosts[next]=${hosts[next]#!}
  start "$next"
  expect "$next" listening
  # One datagram is on its way all the time, also while the guest stands still.
  probe $((echoed + 1)) $((echoed + 1000)) &
  prober=$!
  say "$here" move
  if [ "$dies" = yes ]; then
    expect "$here" failed
    ! wait "${pids[$next]}" || fail "host $next did not die"
  else
    expect "$next" completed
    case ${hosts[$here]} in
    *DIE_AT=given*) ! wait "${pids[$here]}" || fail "host $here did not die" ;;
    *) wait "${pids[$here]}" || fail "host $here did not end well" ;;
    esac
    here=$next
    moves=$((moves + 1))
  fi
  wait "$prober" || fail "a datagram was lost"
  echoed=$((echoed + 1000))
  say "$here" count
  expect "$here" "echoed $echoed"
done
say "$here" quit
# A host that does not know the word goes on, and is ended by its own.
case ${hosts[$here]} in *host\ target) wait "${pids[$here]}" || fail "the last host did not end well" ;; esac
echo "run: $echoed datagrams, $moves handovers, none lost"
