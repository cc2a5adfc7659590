#!/usr/bin/env bash
# Compares the explorer with SPIN: the same models written twice must have equally many states and transitions, and the
# same depth. Then hunts every mutant of the migration charts.
# Usage: Scripts/verify.sh [--quick]    with --quick: only models that take seconds, and no rates
set -euo pipefail
cd "$(dirname "$0")/.."
quick=no
[ "${1:-}" != --quick ] || quick=yes
baton=$PWD/.build/release/baton
models=$PWD/Scripts/models
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failed=0

# spin_counts MODEL DEFINES...: states, transitions and depth, by SPIN's breadth-first search without reduction, and its rate.
spin_counts() {
  local model=$1
  shift
  # The three options keep SPIN from leaving out variables that are only written.
  spin -o1 -o2 -o3 "$@" -a "$model" >/dev/null
  gcc -O2 -w -DNOREDUCE -DSAFETY -DBFS -DMEMLIM=4000 -o pan pan.c
  ./pan -m10000000 -w24 >pan.out
  awk '/errors:/ {gsub(",", ""); for (i = 1; i <= NF; i++) {if ($i == "reached") depth = $(i + 1); if ($i == "errors:") errors = $(i + 1)}}
       /states, stored/ {states = $1} /transitions \(=/ {transitions = $1} /pan: rate/ {rate = int($3)}
       END {print states, transitions, depth, errors, rate + 0}' pan.out
}

# compare MODEL NAME DEFINES -- ARGUMENTS
compare() {
  local model=$1 name=$2 defines=()
  shift 2
  while [ "$1" != -- ]; do
    defines+=("$1")
    shift
  done
  shift
  local theirs ours
  theirs=$(spin_counts "$models/$model.pml" "${defines[@]}")
  ours=$("$baton" explore "$model" "$@" --json - | python3 -c '
import json, sys
r = json.load(sys.stdin)
print(r["states"], r["transitions"], r["depth"], len(r["violations"]), int(r["states_per_second"]), int(r["bytes_per_state"]))')
  local mark=equal
  [ "${theirs% *}" = "$(cut -d' ' -f1-4 <<<"$ours")" ] || { mark=DIFFERENT; failed=1; }
  printf '%-34s %s\n' "$name" "$mark" | tr -d '\n'
  awk -v t="$theirs" -v o="$ours" 'BEGIN {split(t, T); split(o, O)
    printf "  %9d states %9d transitions depth %2d", O[1], O[2], O[3]
    if (T[1] != O[1] || T[2] != O[2] || T[3] != O[3]) printf "  (SPIN: %d, %d, %d)", T[1], T[2], T[3]
    if (O[1] > 100000) printf "  %d states/s, %d bytes/state (SPIN: %d states/s)", O[5], O[6], T[5]
    printf "\n"}'
}

yardstick() {
  compare yardstick "yardstick $*" -DCRASHES="$1" -DLOSSES="$2" -DDUPLICATES="$3" -DFAILURES="$4" -DRESTARTS="$5" \
    -DQUEUES="$6" -DATTEMPTS="$7" -- --crashes "$1" --losses "$2" --duplicates "$3" --failures "$4" --restarts "$5" \
    --queues "$6" --attempts "$7"
}

echo "yardstick: crashes, losses, duplicates, failures, restarts, queues, attempts"
yardstick 0 0 0 1 1 1 2
yardstick 1 0 0 1 1 1 2
yardstick 2 0 0 1 1 1 2
yardstick 2 0 0 2 2 4 3
yardstick 0 1 1 1 1 1 2
yardstick 1 1 1 1 1 1 2
yardstick 2 2 2 2 2 1 2
for managers in 3 5; do
  compare two-phase-commit "two-phase commit, $managers managers" -DMANAGERS=$managers -- --managers $managers
done
echo "a chart, written as Promela"
# The guest's chart in Promela, guards and actions too.
"$baton" explore Guest --promela guest.pml --json guest.json >/dev/null
ours=$(python3 -c 'import json; r = json.load(open("guest.json")); print(r["states"], r["transitions"])')
theirs=$(spin_counts "$PWD/guest.pml" | cut -d' ' -f1,2)
mark=equal
[ "$ours" = "$theirs" ] || { mark=DIFFERENT; failed=1; }
printf '%-34s %s  %s states and transitions (SPIN: %s)\n' Guest "$mark" "$ours" "$theirs"
if [ "$quick" = no ]; then
  yardstick 2 3 3 2 2 2 3
  yardstick 2 4 4 2 2 2 3
  for managers in 7 8; do
    compare two-phase-commit "two-phase commit, $managers managers" -DMANAGERS=$managers -- --managers $managers
  done
fi
[ "$quick" = yes ] || "$baton" explore two-phase-commit --managers 8 --values --safety-only | head -n 2
[ "$failed" = 0 ] || { echo "verify: the counts differ" >&2; exit 1; }
echo "verify: SPIN and Baton count the same"

echo
echo "mutants of the migration charts"
"$baton" mutate --explained "$models/../../Tests/ProofTests/Mutation/survivors.txt" 2>/dev/null
