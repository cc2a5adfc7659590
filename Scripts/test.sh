#!/usr/bin/env bash
# Builds and runs the tests. FILTER: a regular expression over their names. COVERAGE=1: with line coverage.
set -euo pipefail
cd "$(dirname "$0")/.."

Scripts/peers.sh

scratch=.build
options=()
if [ "${COVERAGE:-}" = 1 ]; then
  # A folder of its own: the flag changes every object.
  scratch=.build-coverage
  options+=(--enable-code-coverage)
fi
options+=(--scratch-path "$scratch")

swift build --traits Command --build-tests "${options[@]}"

# The W3C's tests of SCXML are in no clone. Who has them names their folder, or has put them into scxml-irp/txml somewhere beside it.
for folder in "$PWD"/../*/scxml-irp/txml; do
  [ -n "${BATON_SCXML_TESTS:-}" ] || [ ! -f "$folder/manifest.xml" ] || export BATON_SCXML_TESTS=$folder
done
# Nor are the vectors of SCION's test framework: scion-vectors somewhere beside it.
for folder in "$PWD"/../*/scion-vectors; do
  [ -n "${BATON_SCION_VECTORS:-}" ] || [ ! -d "$folder" ] || export BATON_SCION_VECTORS=$folder
done

# So that tests of the examples only have to run them: two builds at once would starve tests that watch the clock.
[ -n "${FILTER:-}" ] || Scripts/examples.sh --build

options+=(--skip-build --disable-xctest --xunit-output "$scratch/tests.xml")
[ -z "${FILTER:-}" ] || options+=(--filter "$FILTER")
rm -f "$scratch/tests.xml"

# Tests make network namespaces of their own; who is not root is root in a user namespace.
inside=()
[ "$(id -u)" = 0 ] || inside=(unshare --user --map-root-user --net)

# The time limit of a suite is checked by a task of its own and ends no test that blocks its thread, so the whole
# run has a limit too: seconds, far above what it takes on two busy cores.
limit=${TEST_SECONDS:-3600}
log=$scratch/tests.log
status=0

# Exit tests crash on purpose: without this each of them waits for a backtrace.
# Line by line (stdbuf): what a run that hangs has said last is the point.
SWIFT_BACKTRACE=enable=no timeout --kill-after=30 "$limit" \
  "${inside[@]}" stdbuf -oL swift test --traits Command "${options[@]}" 2>&1 | tee "$log" || status=$?

if [ "$status" = 124 ] || [ "$status" = 137 ]; then
  echo "test: ended after $limit s (TEST_SECONDS). Tests that had begun and not ended:"
  # "◇ Test NAME started." against "✔ Test NAME passed after …" and their kind.
  comm -23 \
    <(sed -nE 's/^◇ Test (.*) started\.$/\1/p' "$log" | grep -vE '^(case |run$)' | sort -u) \
    <(sed -nE 's/^[✔✘➜] Test (.*) (passed|failed|skipped).*/\1/p' "$log" |
      sed -E 's/ with [0-9]+ test cases?$//' | sort -u) | sed 's/^/  /'
fi
[ "$status" = 0 ] || exit "$status"

[ "${COVERAGE:-}" != 1 ] || Scripts/coverage.sh "$scratch"
