#!/usr/bin/env bash
# Builds packages that depend on this one as a stranger's would, and runs them: those of Examples/, and one outside of the tree.
# Usage: Scripts/examples.sh [--build] [NAME...]    --build: only builds; without names all of them
# A warning is an error. All share one build folder, .build/examples, so that the libraries are built once.
set -euo pipefail
cd "$(dirname "$0")/.."

built=.build/examples
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "examples: $*" >&2
  exit 1
}

# in_package COMMAND FOLDER [OPTION...]: `swift COMMAND` for a package. A plan that is kept in the build folder is another's.
in_package() {
  local command=$1 folder=$2
  shift 2
  swift "$command" --package-path "$folder" --scratch-path "$built" --disable-build-manifest-caching "$@"
}

package() { in_package "$1" "Examples/$2" "${@:3}"; }

programs() { package build "$1" --show-bin-path; }

run_handover() { timeout 60 Examples/handover/run.sh "$(programs handover)"; }

# Hosts in C are compiled against libbaton, and with the sanitizers, which see what it leaves behind as well.
c_compile() {
  local libbaton=$PWD/.build/libbaton/stage
  mkdir -p "$built/c-host"
  gcc -std=c11 -D_DEFAULT_SOURCE -O1 -g -Wall -Wextra -Werror -pedantic -fsanitize=address,undefined \
    -I"$libbaton/include" "$@" -L"$libbaton/lib" -lbaton -levent_core -Wl,-rpath,"$libbaton/lib"
}

build_c_host() {
  Scripts/libbaton.sh
  package build handover
  c_compile Examples/c-host/host.c Examples/c-host/guest.c -o "$built/c-host/host"
  # What was not destroyed must be seen, or nothing is proven by that nothing was.
  printf '%s\n' '#include <baton.h>' 'int main(void) {' '  baton_loop *loop;' \
    '  return baton_loop_create(&loop, 0);' '}' >"$work/leak.c"
  c_compile "$work/leak.c" -o "$work/leak"
  ! "$work/leak" >"$work/said" 2>&1 || fail "a loop that is left behind is not seen"
  grep -q 'LeakSanitizer: detected memory leaks' "$work/said" || fail "a loop that is left behind: $(cat "$work/said")"
}

run_c_host() {
  local host=$built/c-host/host swift
  swift=$(programs handover)
  timeout 100 Examples/c-host/run.sh "$host source" "$host target" "$host target"
  timeout 100 Examples/c-host/run.sh "$host source" "!env DIE_AT=active $host target" "!env DIE_AT=adopt $host target" \
    "env DIE_AT=given $host target" "$host target"
  timeout 100 Examples/c-host/run.sh "$swift/source" "$host target" "$host target" "$swift/target"
}

# in_rust COMMAND...: cargo COMMAND in the workspace, which needs nothing from elsewhere.
in_rust() {
  local libbaton=$PWD/.build/libbaton/stage
  (cd Examples/rust-host && env BATON_LIB_DIR="$libbaton/lib" LD_LIBRARY_PATH="$libbaton/lib" \
    CARGO_TARGET_DIR="$PWD/../../$built/rust" RUSTFLAGS="-D warnings" cargo "$@")
}

# Whether cargo is there, and not too old for the workspace; says so if not.
has_cargo() {
  local version
  version=$(cargo --version 2>/dev/null | awk '{print $2}')
  [ "$(printf '%s\n' 1.79 "${version:-0}" | sort -V | head -n 1)" != 1.79 ] || return 0
  echo "examples: $1: left out: cargo is missing (1.79 or later; found ${version:-none})"
  return 1
}

build_rust_host() {
  Scripts/libbaton.sh
  in_rust build --offline --tests
}

run_rust_host() { in_rust test --offline; }

run_device() {
  timeout 60 "$(programs device)/device" "$work" | tee "$work/said"
  # Lines are numbered without a gap, and the target goes on where the source stopped.
  awk '$1 != NR { exit 1 } / source / { if (t) exit 1; s++ } / target / { t++ } END { if (s < 10 || t != 10) exit 1 }' \
    "$work/said" || fail "the log is not one log"
}

run_chart() {
  timeout 60 "$(programs chart)/chart" "$work/drawings" | tee "$work/said"
  grep -q '^unplug: taken, .*paused.*muted' "$work/said" || fail "the history was forgotten"
  grep -q '^stateDiagram-v2' "$work/drawings/player.mmd" || fail "no Mermaid"
  grep -q '^<svg' "$work/drawings/player.svg" || fail "no picture"
  grep -q '"machine":"Player"' "$work/drawings/player.html" || fail "no run on the page"
}

run_properties() {
  # No function can be run under timeout(1): the command as in_package would run it.
  timeout --kill-after=10 600 swift test --package-path Examples/properties --scratch-path "$built" \
    --disable-build-manifest-caching --skip-build --disable-xctest
}

# The outside package: the four libraries by path, from a folder that knows nothing of this one.
write_outside() {
  mkdir -p "$work/outside/Sources/stranger"
  cat >"$work/outside/Package.swift" <<END
// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "outside",
  dependencies: [.package(name: "baton", path: "$PWD")],
  targets: [
    .executableTarget(
      name: "stranger",
      dependencies: ["BatonCore", "BatonMig", "BatonNet", "BatonTesting"].map {
        .product(name: \$0, package: "baton")
      })
  ])
END
  cat >"$work/outside/Sources/stranger/Stranger.swift" <<'END'
import BatonCore
import BatonMig
import BatonNet
import BatonTesting

enum Door: Chart {
  enum State: UInt8, Symbol { case shut, open }
  enum Event: UInt8, Symbol, Message { case push }
  struct Memory: Hashable {}
  static let name: StaticString = "Door"
  static var definition: Definition<Self> {
    chart(initial: .shut) {
      state(.shut) { on(.push, to: .open) }
      state(.open) { on(.push, to: .shut) }
    }
  }
}

@main
enum Stranger {
  static func main() throws {
    let walk = try ChartTest(Door.self, memory: .init(), events: [.push]).explore(requiresAll: true)
    let options = NetDevice.Options(tap: TapOptions(), mac: MACAddress(0x52, 0x54, 0, 0, 0, 1))
    print("\(walk.exploration.states) states, \(options.tap.queues) queue, \(MigrationParameters().patienceMillis) ms")
  }
}
END
}

build_outside() {
  write_outside
  in_package build "$work/outside"
}

run_outside() {
  timeout 60 "$(in_package build "$work/outside" --show-bin-path)/stranger"
  in_package package "$work/outside" show-dependencies | tee "$work/said"
  if [ "$(grep -c '[├└]' "$work/said")" != 1 ] || ! grep -qF "<$PWD@" "$work/said"; then
    fail "not exactly baton is resolved"
  fi
  [ -z "$(find "$built/checkouts" "$built/repositories" -mindepth 1 2>/dev/null)" ] || fail "something was fetched"
}

only=build
[ "${1:-}" = --build ] && shift || only=
names=("$@")
[ $# != 0 ] || names=(handover device chart properties outside c-host rust-host)
for name in "${names[@]}"; do
  began=$SECONDS
  case $name in rust-host) has_cargo "$name" || continue ;; esac
  case $name in
  outside) build_outside ;;
  c-host) build_c_host ;;
  rust-host) build_rust_host ;;
  properties) package build "$name" --build-tests ;;
  handover | device | chart) package build "$name" ;;
  *) fail "unknown: $name" ;;
  esac
  [ -n "$only" ] || "run_${name//-/_}"
  echo "examples: $name: $((SECONDS - began)) s"
done
