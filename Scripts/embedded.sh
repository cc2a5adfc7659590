#!/usr/bin/env bash
# Builds Core, Mig and Net as Embedded Swift, looks at which modules they loaded, and links them against nothing
# but libc and libevent_core, so that they stay free of Foundation, Glibc and the Swift runtime.
set -euo pipefail
cd "$(dirname "$0")/.."

scratch=.build-embedded
rooms=(BatonCore BatonMig BatonNet)
options=(-c release --scratch-path "$scratch" -Xswiftc -enable-experimental-feature -Xswiftc Embedded -Xswiftc -wmo)

for room in "${rooms[@]}"; do
  log=$scratch/$room.log
  mkdir -p "$scratch"
  status=0
  swift build "${options[@]}" --target "$room" >"$log" 2>&1 || status=$?
  # Both are asked: a build may end in "Build complete!" and have failed.
  if [ "$status" != 0 ] || grep -q 'error:' "$log"; then
    cat "$log"
    echo "embedded: $room does not build (exit status $status)"
    exit 1
  fi
  echo "embedded: $room builds"
done

products=$(swift build "${options[@]}" --show-bin-path)

# What the compiler loaded stands in the dependency files it left.
allowed='^(Swift|_Concurrency|Synchronization|SwiftOnoneSupport|Baton[A-Za-z]*)$'
for room in "${rooms[@]}"; do
  loaded=$(tr ' ' '\n' <"$products/$room.build/$room.d" | grep -oE '[^/]+\.swiftmodule' | sed 's/\.swiftmodule$//' |
    grep -vE -- '-linux-|-unknown-' | sort -u)
  strangers=$(grep -vE "$allowed" <<<"$loaded" || true)
  if [ -n "$strangers" ]; then
    echo "embedded: $room loads $(tr '\n' ' ' <<<"$strangers")"
    exit 1
  fi
done

# The Unicode tables are a static archive of the toolchain; who compares strings needs them.
tables=$(find "$(dirname "$(readlink -f "$(command -v swift)")")/../lib/swift/embedded" \
  -path "*$(uname -m)-unknown-linux-gnu*" -name 'libswiftUnicodeDataTables.a' -print -quit)
library=$scratch/rooms.so
builds=("${rooms[@]/#/$products/}")
builds=("${builds[@]/%/.build}")
# A build leaves the objects of sources that were renamed or removed: only those with a source count.
mapfile -t objects < <(
  find "$products/BatonCLinux.build" "${builds[@]}" -name '*.o' | sort | while read -r object; do
    source=$(basename "$object" .o)
    [ -z "$(find Sources -name "$source" -print -quit)" ] || echo "$object"
  done
)
read -ra libevent < <(pkg-config --libs libevent_core)
gcc -shared -o "$library" "${objects[@]}" ${tables:+"$tables"} "${libevent[@]}" -lm \
  -Wl,--no-undefined -Wl,--gc-sections -Wl,--as-needed -s
needed=$(readelf -d "$library" | grep -oP '(?<=Shared library: \[)[^]]+' | sort | tr '\n' ' ')
echo "embedded: the three rooms link to $(stat -c %s "$library") bytes, needing ${needed:-nothing}"
for name in $needed; do
  case $name in
  libc.so.* | libm.so.* | libevent_core-* | ld-linux*) ;;
  *)
    echo "embedded: $name is one too many"
    exit 1
    ;;
  esac
done
