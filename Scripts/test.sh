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

# So that tests of the examples only have to run them: two builds at once would starve tests that watch the clock.
[ -n "${FILTER:-}" ] || Scripts/examples.sh --build

options+=(--skip-build --disable-xctest --xunit-output "$scratch/tests.xml")
[ -z "${FILTER:-}" ] || options+=(--filter "$FILTER")
rm -f "$scratch/tests.xml"

# Tests make network namespaces of their own; who is not root is root in a user namespace.
inside=()
[ "$(id -u)" = 0 ] || inside=(unshare --user --map-root-user --net)

# Exit tests crash on purpose: without this each of them waits for a backtrace.
SWIFT_BACKTRACE=enable=no "${inside[@]}" swift test --traits Command "${options[@]}"

[ "${COVERAGE:-}" != 1 ] || Scripts/coverage.sh "$scratch"
