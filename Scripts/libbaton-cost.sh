#!/usr/bin/env bash
# Measures what a call costs through the C interface and in Swift, in turns, and prints both. Fails when one of them costs
# 20 ns more in C. (Of a debug build nothing could be said; both are release builds.)
set -euo pipefail
cd "$(dirname "$0")/.."

stage=.build/libbaton/stage
[ -f "$stage/lib/pkgconfig/baton.pc" ] || Scripts/libbaton.sh
swift build -c release --package-path Benchmarks --product calls >/dev/null
swift=$(swift build -c release --package-path Benchmarks --show-bin-path)/calls
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gcc -std=c11 -D_DEFAULT_SOURCE -O2 -Wall -Wextra -Werror -I"$stage/include" Scripts/libbaton/cost.c -L"$stage/lib" -lbaton \
  -Wl,-rpath,"$PWD/$stage/lib" -o "$work/cost"
for _ in 1 2 3 4 5; do
  "$work/cost" | sed 's/^/C /' >>"$work/said"
  "$swift" | sed 's/^/Swift /' >>"$work/said"
done
awk '
  { key = $1 " " $2; if (!(key in least) || $3 < least[key]) least[key] = $3; names[$2] = 1 }
  END {
    printf "%-8s %8s %8s %8s\n", "call", "Swift ns", "C ns", "more ns"
    for (name in names) {
      more = least["C " name] - least["Swift " name]
      printf "%-8s %8.1f %8.1f %8.1f\n", name, least["Swift " name], least["C " name], more
      if (more > 20) dear = 1
    }
    exit dear
  }' "$work/said"

command -v valgrind >/dev/null || exit 0
# Without what valgrind cannot read: the debugger's part.
strip --strip-debug -o "$work/calls" "$swift"
# What 100 000 events more take, so that the beginning does not count: instructions, and pieces of memory.
instructions() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 | awk '/Collected/ { print $4 }'
}
allocations() { valgrind "$@" 2>&1 | awk '/total heap usage/ { gsub(",", ""); print $5 }'; }
for side in Swift C; do
  program=$work/calls
  [ "$side" = Swift ] || program=$work/cost
  few=$(instructions "$program" 10000)
  many=$(instructions "$program" 110000)
  made=$(($(allocations "$program" 110000) - $(allocations "$program" 10000)))
  echo "event in $side: $(((many - few) / 100000)) instructions, $made allocations in 100000"
  [ "$made" = 0 ]
done
