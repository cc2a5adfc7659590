#!/usr/bin/env bash
# Checks what needs no build: format, C warnings, shell scripts, whitespace, files that do not belong in the repository.
# shellcheck disable=SC2317  # the steps are called through `step`
set -euo pipefail
cd "$(dirname "$0")/.."

status=0
step() {
  local name=$1
  shift
  if "$@"; then echo "lint: $name: clean"; else
    echo "lint: $name: see above"
    status=1
  fi
}

swift_format() {
  local places=(Package.swift Sources Tests Examples)
  local place
  for place in Benchmarks/Package.swift Benchmarks/Sources; do [ ! -e "$place" ] || places+=("$place"); done
  swift format lint --strict -r "${places[@]}"
}

c_warnings() {
  gcc -std=c11 -Wall -Wextra -Werror -fsyntax-only -I Sources/CLinux/include Sources/CLinux/*.c Scripts/guest/*.c Scripts/bed/*.c
  gcc -std=c11 -D_DEFAULT_SOURCE -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I Sources/CBaton/include Sources/CBaton/*.c \
    Examples/c-host/*.c
  # Without its source the engine is nothing but a header.
  local engine=(-std=gnu11 -Wall -Wextra -Werror -fsyntax-only -I Sources/CDuktape/include)
  [ ! -f /usr/share/duktape/duktape.c ] || engine+=(-DBATON_ECMASCRIPT)
  gcc "${engine[@]}" Sources/CDuktape/engine.c
  if ! command -v g++ >/dev/null; then
    echo "lint: g++ is not installed; C++ was not checked"
    return 0
  fi
  g++ -std=c++17 -Wall -Wextra -Wpedantic -Wshadow -Werror -fsyntax-only -I Sources/CBaton/include -I Examples/c-host \
    Examples/cpp-host/*.cpp
}

shell_scripts() {
  local script
  for script in Scripts/*.sh Scripts/guest/init Scripts/bed/init Examples/*/*.sh .ci/run; do bash -n "$script" || return 1; done
  if ! command -v shellcheck >/dev/null; then
    echo "lint: shellcheck is not installed; only the syntax was checked"
    return 0
  fi
  shellcheck Scripts/*.sh Scripts/guest/init Scripts/bed/init Examples/*/*.sh .ci/run
}

python_scripts() {
  if ! command -v python3 >/dev/null; then
    echo "lint: python3 is not installed; its scripts were not checked"
    return 0
  fi
  python3 -c 'import ast, sys; [ast.parse(open(name).read(), name) for name in sys.argv[1:]]' Scripts/*.py Examples/*/*.py
}

# Against the empty tree, so that the whole repository is looked at and not only the last change.
whitespace() { git diff --check "$(git hash-object -t tree /dev/null)" -- .; }

# What .gitignore names, and what SwiftPM and cargo leave wherever they are run.
tracked_builds() {
  ! { git ls-files -ci --exclude-standard && git ls-files | grep -E '(^|/)(Package\.resolved|\.build[^/]*/.*|target/(debug|release|CACHEDIR\.TAG).*)$'; } | grep .
}

step "swift format" swift_format
step "C warnings" c_warnings
step "shell scripts" shell_scripts
step "python scripts" python_scripts
step "whitespace" whitespace
step "nothing built is tracked" tracked_builds
exit "$status"
