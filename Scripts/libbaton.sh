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

build() {
  local status=0
  mkdir -p "$scratch"
  # Both are asked: a build may end in "Build complete!" and have failed.
  swift build -c release --scratch-path "$scratch" --product BatonEmbed -Xswiftc -static-stdlib \
    -Xlinker --gc-sections -Xlinker -s -Xlinker "--version-script=$PWD/$lists/baton.map" \
    -Xlinker "-soname=$soname" >"$scratch/log" 2>&1 || status=$?
  if [ "$status" != 0 ] || grep -q 'error:' "$scratch/log"; then
    cat "$scratch/log" >&2
    fail "does not build (exit status $status)"
  fi
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
symbols >"$scratch/symbols.txt"
promised | diff -u - "$scratch/symbols.txt" >&2 || fail "the headers promise other functions than the library has"
compare symbols "the functions"
layouts >"$scratch/layouts.txt"
compare layouts "the layouts"
needs
readelf -d "$library" | grep -q "SONAME.*\[$soname\]" || fail "is not called $soname"
echo "libbaton: $soname, $(stat -c %s "$library") bytes, $(wc -l <"$scratch/symbols.txt") functions," \
  "needs $(readelf -d "$library" | grep -oP '(?<=Shared library: \[)[^]]+' | tr '\n' ' ')"
