#!/usr/bin/env bash
# Runs the library tests under AddressSanitizer and its leak checker. FILTER replaces the choice of tests.
set -euo pipefail
cd "$(dirname "$0")/.."

# lld: the default linker prints hundreds of warnings with sanitizers.
options=(--sanitize=address --scratch-path .build-asan -Xswiftc -use-ld=lld)
swift build --traits Command --build-tests "${options[@]}"

inside=()
[ "$(id -u)" = 0 ] || inside=(unshare --user --map-root-user --net)

# Without XCTest, whose own 368 bytes the leak checker reports. Exit tests crash on purpose: no backtraces.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0}
export LSAN_OPTIONS=${LSAN_OPTIONS:-suppressions=$PWD/Scripts/leaks.txt:print_suppressions=0}
report=.build-asan/tests.xml
rm -f "$report"
"${inside[@]}" swift test --traits Command "${options[@]}" --skip-build --disable-xctest --xunit-output "$report" \
  --filter "${FILTER:-^(CoreTests|MigTests|NetTests|EmbedTests)\\.}"

# A filter that matches nothing passes; it is not what was meant.
if ! grep -q '<testcase ' "$report" && grep -rq '@Test' Tests/CoreTests Tests/MigTests Tests/NetTests; then
  echo "asan: no test was run"
  exit 1
fi
