# For Scripts/libbaton.sh and Scripts/install.sh, which build into one folder: $scratch; both have a function `fail`.
# shellcheck shell=bash disable=SC2154

# Swift's runtime is linked in, and what is not used is left out: each function has a section of its own for that.
# icf=safe: equal functions are one, unless their address is taken: 190 kB of libbaton.so.
static_flags=(-Xswiftc -static-stdlib -Xswiftc -Xfrontend -Xswiftc -function-sections -Xlinker --gc-sections -Xlinker --icf=safe -Xlinker -s)

# static_build OPTION...: a release build. Both are asked whether it went well: it may end in "Build complete!" and have failed.
static_build() {
  local status=0 stamp=$scratch/flags
  mkdir -p "$scratch"
  # Swift's package manager builds nothing anew when only these flags are others than last time.
  if [ "$(cat "$stamp" 2>/dev/null)" != "${static_flags[*]}" ]; then
    rm -rf "$scratch"/{build.db,release} "$scratch"/*-linux-gnu
    echo "${static_flags[*]}" >"$stamp"
  fi
  swift build -c release --scratch-path "$scratch" "${static_flags[@]}" "$@" >"$scratch/log" 2>&1 || status=$?
  if [ "$status" != 0 ] || grep -q 'error:' "$scratch/log"; then
    cat "$scratch/log" >&2
    fail "does not build (exit status $status)"
  fi
}
