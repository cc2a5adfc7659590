#!/usr/bin/env bash
# Builds libbaton, the C interface, into .build/libbaton: the shared library with Swift's runtime linked in, and the header's
# tree beside it, laid out as `make install` lays it out. Looks at what came of it: the symbols are those of the headers and no
# other, and no library is needed that a Debian without Swift lacks.
# Usage: Scripts/libbaton.sh [--accept]   --accept: the symbols and layouts that were found are the committed ones from now on
set -euo pipefail
cd "$(dirname "$0")/.."

scratch=.build/libbaton
soname=libbaton.so.0
lists=Scripts/libbaton

fail() {
  echo "libbaton: $*" >&2
  exit 1
}

# shellcheck source=/dev/null
source "$lists/build.sh"

build() {
  static_build --product BatonEmbed -Xlinker "--version-script=$PWD/$lists/baton.map" -Xlinker "-soname=$soname"
}

stage() {
  local stage=$scratch/stage
  rm -rf "$stage"
  mkdir -p "$stage/lib" "$stage/include"
  install -m 755 "$scratch/release/libBatonEmbed.so" "$stage/lib/$soname"
  ln -s "$soname" "$stage/lib/libbaton.so"
  cp -r Sources/CBaton/include/baton.h Sources/CBaton/include/baton "$stage/include"
  library=$stage/lib/$soname
}

# The same as one object in an archive, in which nothing but the interface can be seen from outside. What the runtime's other
# archives need is found when a host is linked: see baton.pc.
archive() {
  local runtime module objects=()
  runtime=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")/lib/swift_static/linux
  for module in BatonCore BatonMig BatonNet BatonVhostUser BatonDiagrams BatonEmbed BatonCLinux CBaton; do
    mapfile -t -O "${#objects[@]}" objects < <(find "$scratch/release/$module.build" -name '*.o')
  done
  ld -r --force-group-allocation -o "$scratch/all.o" "${objects[@]}" "$runtime/$(uname -m)/swiftrt.o" \
    --start-group "$runtime"/libswift{Core,Synchronization,_Concurrency,SwiftOnoneSupport}.a --end-group
  objcopy --wildcard --keep-global-symbol='baton_*' --strip-unneeded "$scratch/all.o" "$scratch/baton.o"
  rm -f "$scratch/stage/lib/libbaton.a"
  ar rcs "$scratch/stage/lib/libbaton.a" "$scratch/baton.o"
}

write_pc() {
  # The prefix is where pkg-config found this file, so that a tree that was moved is right as well.
  local version
  version=$(sed -nE 's/.*version: StaticString = "(.*)"/\1/p' Sources/Core/Baton.swift)
  mkdir -p "$scratch/stage/lib/pkgconfig"
  cat >"$scratch/stage/lib/pkgconfig/baton.pc" <<END
prefix=\${pcfiledir}/../..
libdir=\${prefix}/lib
includedir=\${prefix}/include

Name: baton
Description: Hands a running guest's network from one process to the next
Version: $version
Requires.private: libevent_core
Libs: -L\${libdir} -lbaton
Libs.private: -lstdc++ -lm
Cflags: -I\${includedir}
END
}

# What the library gives, what the headers promise, and what was committed are one list.
symbols() { nm -D --defined-only --extern-only "$library" | awk '{print $3}' | sort; }

promised() { grep -hoE '\bbaton_[a-z0-9_]+\(' Sources/CBaton/include/baton/*.h | tr -d '(' | sort -u; }

# Sizes of structs, and where their members are, as a C compiler has them.
layouts() {
  local program=$scratch/layouts
  python3 "$lists/layouts.py" Sources/CBaton/include/baton/*.h >"$program.c"
  gcc -std=c11 -I Sources/CBaton/include -o "$program" "$program.c"
  "$program"
}

# compare NAME WHAT: what was found beside what was committed.
compare() {
  local found=$scratch/$1.txt
  if [ "${accept:-}" = yes ]; then cp "$found" "$lists/$1.txt"; fi
  diff -u "$lists/$1.txt" "$found" >&2 || fail "$2 are not the committed ones; see Scripts/libbaton.sh --accept"
}

needs() {
  local name
  for name in $(readelf -d "$library" | grep -oP '(?<=Shared library: \[)[^]]+'); do
    case $name in
    libc.so.* | libm.so.* | libstdc++.so.* | libgcc_s.so.* | libevent_core-* | ld-linux*) ;;
    *) fail "needs $name, which is one too many" ;;
    esac
  done
}

[ "${1:-}" != --accept ] || accept=yes
build
stage
archive
write_pc
symbols >"$scratch/symbols.txt"
promised | diff -u - "$scratch/symbols.txt" >&2 || fail "the headers promise other functions than the library has"
compare symbols "the functions"
layouts >"$scratch/layouts.txt"
compare layouts "the layouts"
needs
# Foundation, which some room may come to need, would make it seven times as large.
[ "$(stat -c %s "$library")" -lt 10000000 ] || fail "has $(stat -c %s "$library") bytes, and not less than 10000000"
readelf -d "$library" | grep -q "SONAME.*\[$soname\]" || fail "is not called $soname"
nm -g --defined-only "$scratch/stage/lib/libbaton.a" | awk 'NF == 3 {print $3}' | sort | diff -u "$lists/symbols.txt" - >&2 ||
  fail "the archive has other symbols than the library"
echo "libbaton: $soname, $(stat -c %s "$library") bytes, $(wc -l <"$scratch/symbols.txt") functions," \
  "needs $(readelf -d "$library" | grep -oP '(?<=Shared library: \[)[^]]+' | tr '\n' ' ')"
