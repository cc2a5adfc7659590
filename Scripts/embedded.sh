#!/usr/bin/env bash
# Builds Core, Mig and Net as Embedded Swift, looks at which modules they loaded, and makes libbaton-core of them: the C
# interface without vhost-user ports and drawings, which needs nothing but libc and libevent_core, so that the rooms stay free
# of Foundation, Glibc and the Swift runtime. It is laid out as libbaton is, in .build-embedded/stage.
set -euo pipefail
cd "$(dirname "$0")/.."

scratch=.build-embedded
stage=$scratch/stage
soname=libbaton-core.so.0
# Bytes; the library is for those who cannot carry libbaton's ten million.
limit=800000
rooms=(BatonCore BatonMig BatonNet)
# Each function has a section of its own, so that equal ones are folded. Retaining, which LLVM would write out at every place
# since it is not marked as code to be small, is called; traps are shared; equal runs of instructions become functions. The
# checks of exclusivity are a function that does nothing in Embedded Swift, and only stood in the optimiser's way.
embedded=(-enable-experimental-feature Embedded -wmo -Osize -enforce-exclusivity=unchecked -Xfrontend -function-sections
  -Xfrontend -mergeable-traps -Xllvm -inline-threshold=0 -Xllvm -enable-machine-outliner=always)
options=(-c release --scratch-path "$scratch")
for option in "${embedded[@]}"; do options+=(-Xswiftc "$option"); done

# What the core library does not have: its VMMs' rings are served by libbaton, and its charts are drawn there.
apart='^(baton_port_.*|baton_survive_shrinking|baton_chart_draw)$'

fail() {
  echo "embedded: $*" >&2
  exit 1
}

mkdir -p "$scratch"
for room in "${rooms[@]}"; do
  log=$scratch/$room.log
  status=0
  swift build "${options[@]}" --target "$room" >"$log" 2>&1 || status=$?
  # Both are asked: a build may end in "Build complete!" and have failed.
  if [ "$status" != 0 ] || grep -q 'error:' "$log"; then
    cat "$log"
    fail "$room does not build (exit status $status)"
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
  [ -z "$strangers" ] || fail "$room loads $(tr '\n' ' ' <<<"$strangers")"
done

# The C interface is compiled by itself: as a target it would bring the rooms that the core library is without.
mapfile -t sources < <(find Sources/Embed -name '*.swift' -not -name 'Port*' -not -name 'ChartHandle+Drawing.swift' | sort)
package=$(grep -oP '"-package-name","\K[^"]+' "$scratch/release.yaml" | sort -u)
maps=()
for module in CBaton BatonCLinux; do
  map=$scratch/$module.modulemap
  header=$PWD/Sources/CLinux/include/BatonCLinux.h
  [ "$module" != CBaton ] || header=$PWD/Sources/CBaton/include/baton.h
  printf 'module %s {\n  header "%s"\n  export *\n}\n' "$module" "$header" >"$map"
  maps+=(-Xcc "-fmodule-map-file=$PWD/$map")
done
compile_interface() {
  swiftc -swift-version 6 "${embedded[@]}" -parse-as-library -strict-memory-safety -warnings-as-errors \
    -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault \
    -enable-upcoming-feature MemberImportVisibility -module-name BatonEmbed -package-name "$package" \
    -I "$products/Modules" -I Sources/CLibevent -I Sources/CLinux/include -I Sources/CBaton/include "${maps[@]}" \
    -c "${sources[@]}" -o "$scratch/core.o"
}
if [ ! -e "$scratch/core.o" ] || [ -n "$(find "${sources[@]}" "$products/Modules" Sources/CLinux/include Sources/CBaton/include \
  Scripts/embedded.sh -newer "$scratch/core.o" -print -quit)" ]; then
  compile_interface
fi

# What of the rooms is used is in that object already. The Unicode tables are a static archive of the toolchain; who compares
# strings needs them.
tables=$(find "$(dirname "$(readlink -f "$(command -v swift)")")/../lib/swift/embedded" \
  -path "*$(uname -m)-unknown-linux-gnu*" -name 'libswiftUnicodeDataTables.a' -print -quit)
mapfile -t shims < <(
  # A build leaves the objects of sources that were renamed or removed: only those with a source count.
  find "$products/BatonCLinux.build" -name '*.o' | sort | while read -r object; do
    [ ! -e "Sources/CLinux/$(basename "$object" .o)" ] || echo "$object"
  done
)
rm -rf "$stage"
mkdir -p "$stage/lib" "$stage/include"
cp -r Sources/CBaton/include/baton.h Sources/CBaton/include/baton "$stage/include"
library=$stage/lib/$soname
read -ra libevent < <(pkg-config --libs libevent_core)
# The toolchain's own, which has lld beside it.
clang=$(dirname "$(readlink -f "$(command -v swift)")")/clang
[ -x "$clang" ] || clang=clang
"$clang" -fuse-ld=lld -shared -o "$library" "$scratch/core.o" "${shims[@]}" ${tables:+"$tables"} "${libevent[@]}" -lm \
  -Wl,--no-undefined -Wl,--gc-sections -Wl,--icf=all -Wl,--as-needed -Wl,-z,pack-relative-relocs -Wl,-s \
  -Wl,--version-script=Scripts/libbaton/baton.map "-Wl,-soname=$soname"
ln -s "$soname" "$stage/lib/libbaton-core.so"
# Installed, the header has a folder of its own, so that this library and libbaton come and go without each other.
ln -s . "$stage/include/baton-core"
mkdir "$stage/lib/pkgconfig"
cat >"$stage/lib/pkgconfig/baton-core.pc" <<END
prefix=\${pcfiledir}/../..
libdir=\${prefix}/lib
includedir=\${prefix}/include/baton-core

Name: baton-core
Description: Hands a running guest's network from one process to the next, without Swift's runtime
Version: $(sed -nE 's/.*version: StaticString = "(.*)"/\1/p' Sources/Core/Baton.swift)
Requires.private: libevent_core
Libs: -L\${libdir} -lbaton-core
Libs.private: -lm
Cflags: -I\${includedir}
END

nm -D --defined-only --extern-only "$library" | awk '$2 != "A" {print $3}' | sort >"$scratch/symbols.txt"
grep -vE "$apart" Scripts/libbaton/symbols.txt | diff -u - "$scratch/symbols.txt" >&2 ||
  fail "the core library has other functions than libbaton without its ports and drawings"
needed=$(readelf -d "$library" | grep -oP '(?<=Shared library: \[)[^]]+' | sort | tr '\n' ' ')
for name in $needed; do
  case $name in
  libc.so.* | libm.so.* | libevent_core-* | ld-linux*) ;;
  *) fail "$name is one too many" ;;
  esac
done
size=$(stat -c %s "$library")
[ "$size" -lt "$limit" ] || fail "$soname has $size bytes, and not less than $limit"
echo "embedded: $soname, $size bytes, $(wc -l <"$scratch/symbols.txt") functions, needs $needed"
