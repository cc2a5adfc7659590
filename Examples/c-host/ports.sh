#!/usr/bin/env bash
# Hands a port from one host to the next under a VMM that stays connected, in a network namespace of its own, while datagrams are
# sent to its guest: each must come back.
# Usage: ports.sh VMM SOURCE TARGET...   VMM: a command to which the port's socket is appended; the others: commands to which
# TAP, MIGRATION and that socket are appended: ports.sh ./vmm "./port source" "./port target" "./port target"
# Each target but the last hands the port on. What happens on the way is said by the first character of a target:
#   !   the target has to die before it has the port, which stays where it was: nothing is lost
#   +   the source has to die, and the target serves the port all the same: nothing is lost
#   -   nobody has the port in the end. What is sent until the next one serves is lost, and counted
# and by that of what follows such a one: "=./port source" begins afresh, and the VMM connects again.
# A host is told in KILLED who gives it the port, so that a step of it can kill that process.
set -euo pipefail

if [ "${1:-}" != inside ]; then
  if [ "$(id -u)" = 0 ]; then exec unshare --net "$0" inside "$@"; fi
  exec unshare --user --map-root-user --net "$0" inside "$@"
fi
vmm=$2
shift 2

hosts=("$@")
folder=$(mktemp -d)
pids=()
finish() {
  local status=$?
  trap - EXIT
  for pid in "${pids[@]}" ${vmm_pid:-} ${prober:-}; do kill -9 "$pid" 2>/dev/null || true; done
  rm -rf "$folder"
  exit "$status"
}
trap finish EXIT

# What a sanitizer finds is told from what a host says of itself.
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=halt_on_error=1

declare -A lines
fail() {
  local name line
  echo "ports: $*" >&2
  # What they have said meanwhile.
  for name in "${!lines[@]}"; do
    while read -r -t 0.1 -u "${lines[$name]#* }" line; do echo "  $name: $line" >&2; done
  done
  exit 1
}

# start NAME COMMAND...: starts a program. Its input and output are pipes by its name, whose descriptors are in `lines`.
start() {
  local name=$1 input output
  shift
  mkfifo "$folder/$name.in" "$folder/$name.out"
  exec {input}<>"$folder/$name.in" {output}<>"$folder/$name.out"
  lines[$name]="$input $output"
  "$@" <"$folder/$name.in" >"$folder/$name.out" {input}<&- {output}<&- &
  started=$!
}

say() { echo "$2" >&"${lines[$1]% *}"; }

# expect NAME LINE: reads what a program says until this comes.
expect() {
  local line
  while read -r -t 30 -u "${lines[$1]#* }" line; do
    echo "  $1: $line"
    # A pattern.
    # shellcheck disable=SC2254
    case $line in $2) return ;; esac
  done
  fail "\"$2\" did not come from $1 within 30 s"
}

# start_host NUMBER LINE: starts a host, and waits until it says this.
start_host() {
  # A command of several words.
  # shellcheck disable=SC2086
  start "$1" env KILLED="${pids[$here]:-}" ${hosts[$1]#[+=!-]} tap0 "$folder/move" "$folder/vmm"
  pids[$1]=$started
  expect "$1" "$2"
}

# serve: the interface of a host that has begun afresh.
serve() {
  ip address add 10.0.0.1/24 dev tap0
  ip link set tap0 up
}

# ended NUMBER STATUS: the host has ended so.
ended() {
  local status=0
  wait "${pids[$1]}" 2>/dev/null || status=$?
  [ "$status" = "$2" ] || fail "host $1 (${hosts[$1]}) ended with $status, not $2"
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

# probe_on FIRST: the same until somebody has made the file "enough"; says in the file "sent" how many were sent, and how many of
# them did not come back in time.
probe_on() {
  local number=$1 lost=0 probe answer
  while [ ! -e "$folder/enough" ]; do
    printf -v probe '%06d' "$number"
    # Without an interface nobody takes it.
    printf '%s' "$probe" 2>/dev/null >&4 || true
    answer=
    # What is late is no answer to this one.
    while [ "$answer" != "$probe" ]; do
      if ! read -r -N 6 -t 0.3 -u 4 answer 2>/dev/null; then
        lost=$((lost + 1))
        break
      fi
    done
    number=$((number + 1))
  done
  echo "$((number - $1)) $lost" >"$folder/sent"
}

# count LEAST: the guest has answered at least so many, and no more than were sent.
count() {
  local echoed line
  say vmm count
  while read -r -t 30 -u "${lines[vmm]#* }" line; do
    case $line in "echoed "*) break ;; *) echo "  vmm: $line" ;; esac
  done
  echoed=${line#echoed }
  if [ "$echoed" -lt "$1" ] || [ "$echoed" -gt "$sent" ]; then
    fail "the guest has answered $echoed, of $1 to $sent"
  fi
}

# moves: the host that has the port gives it to the next one, and nothing is lost.
moves() {
  probe $((sent + 1)) $((sent + 500)) &
  prober=$!
  say "$here" move
  case ${hosts[$next]} in
  !*)
    expect "$here" failed
    ended "$next" 137
    ;;
  *)
    expect "$next" completed
    case ${hosts[$next]} in +*) ended "$here" 137 ;; *) ended "$here" 0 ;; esac
    here=$next
    moved=$((moved + 1))
    ;;
  esac
  wait "$prober" || fail "a datagram was lost"
  sent=$((sent + 500))
}

# loses: the port goes with its process. The next host begins afresh.
loses() {
  local former=$here
  rm -f "$folder/enough"
  probe_on $((sent + 1)) &
  prober=$!
  say "$here" move
  expect vmm gone
  case ${hosts[$next]} in
  *DIE_AT=*)
    ended "$next" 137
    ended "$here" 0
    ;;
  *)
    ended "$here" 137
    expect "$next" failed
    ended "$next" 1
    ;;
  esac
  [ ! -e /proc/sys/net/ipv4/conf/tap0 ] || fail "the interface is left behind"
  here=$((next + 1))
  unset "pids[$former]"
  start_host "$here" serving
  serve
  say vmm connect
  expect vmm connected
  touch "$folder/enough"
  wait "$prober"
  read -r more missed <"$folder/sent"
  sent=$((sent + more))
  lost=$((lost + missed))
}

ip link set lo up
here=0
start_host 0 serving
serve
# A command of several words.
# shellcheck disable=SC2086
start vmm $vmm "$folder/vmm"
vmm_pid=$started
expect vmm connected
exec 4<>/dev/udp/10.0.0.2/7
probe 1 100

sent=100
lost=0
moved=0
for ((next = 1; next < ${#hosts[@]}; next++)); do
  # Who was killed leaves the socket on which he waited for a port.
  rm -f "$folder/move"
  start_host "$next" listening
  case ${hosts[$next]} in
  -*)
    loses
    next=$here
    ;;
  *) moves ;;
  esac
  probe $((sent + 1)) $((sent + 20))
  sent=$((sent + 20))
  count $((sent - lost))
done
say "$here" count
expect "$here" 'VMMs 1'
say "$here" quit
ended "$here" 0
expect vmm gone
say vmm quit
wait "$vmm_pid" || fail "the VMM did not end well"
rm -f "$folder/move" "$folder"/*.in "$folder"/*.out "$folder/enough" "$folder/sent"
[ -z "$(ls -A "$folder")" ] || fail "left behind: $(ls -A "$folder")"
[ ! -e /proc/sys/net/ipv4/conf/tap0 ] || fail "the interface is left behind"
[ -z "$(jobs -r)" ] || fail "left behind: $(jobs -r)"
echo "ports: $sent datagrams, $moved handovers, $lost lost while nobody served"
