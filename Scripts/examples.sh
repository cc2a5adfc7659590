#!/usr/bin/env bash
# Builds packages that depend on this one as a stranger's would, and runs them: those of Examples/, and one outside of the tree.
# Usage: Scripts/examples.sh [--build] [NAME...]    --build: only builds; without names all of them but the last
# Names are the folders of Examples, and: outside, a package outside of the tree; hosts, a guest that goes through hosts in all
# languages; core, the C host over libbaton-core; blackouts, how long it stands still in each of them, in one run.
# A warning is an error. All share one build folder, .build/examples, so that the libraries are built once.
set -euo pipefail
cd "$(dirname "$0")/.."

# Who runs this may have a library loaded into every program (stdbuf(1) does so); the sanitizers' has to be the first.
unset LD_PRELOAD

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

# Hosts over libbaton are compiled with the sanitizers, which see what is left behind as well, or as OPTIMIZED says.
libbaton=$PWD/.build/libbaton/stage
careful=(-O1 -g -fsanitize=address -fsanitize=undefined)

# compile COMPILER...: with what is the same for all of them.
compile() {
  "$@" -Wall -Wextra -Werror -pedantic -Wshadow -I"$libbaton/include" -L"$libbaton/lib" "-l${linked:-baton}" -levent_core \
    -Wl,-rpath,"$libbaton/lib"
}

c_compile() { compile gcc -std=c11 -D_DEFAULT_SOURCE "$@"; }

# Once in a run, whoever needs it.
build_libbaton() {
  [ -z "${has_libbaton:-}" ] || return 0
  Scripts/libbaton.sh
  has_libbaton=yes
}

# built_c_host FOLDER OPTION...
built_c_host() {
  mkdir -p "$1"
  c_compile "${@:2}" Examples/c-host/host.c Examples/c-host/guest.c -o "$1/c-host"
}

# built_ports FOLDER OPTION...: a port's host in C, and a VMM for it and for others.
built_ports() {
  mkdir -p "$1"
  c_compile "${@:2}" Examples/c-host/port.c -o "$1/port"
  c_compile "${@:2}" Examples/c-host/vmm.c Examples/c-host/guest.c -o "$1/vmm"
}

built_cpp_host() {
  mkdir -p "$1"
  gcc -std=c11 -Wall -Wextra -Werror "${@:2}" -c Examples/c-host/guest.c -o "$1/guest.o"
  compile g++ -std=c++17 "${@:2}" -IExamples/c-host Examples/cpp-host/host.cpp "$1/guest.o" -o "$1/cpp-host"
}

build_c_host() {
  build_libbaton
  package build handover
  built_c_host "$built/careful" "${careful[@]}"
  built_ports "$built/careful" "${careful[@]}"
  # What was not destroyed must be seen, or nothing is proven by that nothing was.
  printf '%s\n' '#include <baton.h>' 'int main(void) {' '  baton_loop *loop;' \
    '  return baton_loop_create(&loop, 0);' '}' >"$work/leak.c"
  c_compile "${careful[@]}" "$work/leak.c" -o "$work/leak"
  leaves_something "$work/leak"
}

leaves_something() {
  ! "$@" >"$work/said" 2>&1 || fail "a loop that is left behind is not seen"
  grep -q 'LeakSanitizer: detected memory leaks' "$work/said" || fail "a loop that is left behind: $(cat "$work/said")"
}

hand() { timeout 100 Examples/c-host/run.sh "$@"; }

# killed HOST: killed before it has the guest, twice, and when it has given it away. HOST is a command of one or more words.
killed() {
  hand "$1 source" "!env DIE_AT=active $1 target" "!env DIE_AT=adopt $1 target" "env DIE_AT=given $1 target" "$1 target"
}

hand_port() { timeout 100 Examples/c-host/ports.sh "$built/careful/vmm" "$@"; }

# ports_killed HOST: a port's host is killed in every step of a handover, before and behind the port's own part in it.
ports_killed() {
  local step hosts last=
  # The target before the guest is its: the source goes on.
  hosts=("$1 source")
  for step in {before,behind}-{inspect,load,take}; do hosts+=("!env DIE_AT=$step $1 target"); done
  hand_port "${hosts[@]}" "$1 target"
  # The source once it has offered its state: the target has the port. While the target loads, the source may still be about to:
  # what comes of its death then is decided by who runs first.
  hosts=("$1 source")
  for step in {before,behind}-{take,activate} target-completed; do hosts+=("+env KILL_AT=$step $1 target"); done
  hosts+=("env DIE_AT=before-release $1 target" "+env DIE_AT=behind-release $1 target")
  hand_port "${hosts[@]}" "+env DIE_AT=source-completed $1 target" "+$1 target" "$1 target"
  # The source before, and the target when it has just taken over: nobody has it, until another one begins afresh.
  hosts=()
  for step in {before,behind}-{describe,lend,quiesce,save} source-{active,device}; do
    hosts+=("${last}env DIE_AT=$step $1 source" "-$1 target")
    last='='
  done
  hosts+=("=$1 source")
  for step in {before,behind}-inspect; do hosts+=("-env KILL_AT=$step $1 target" "=$1 source"); done
  for step in {before,behind}-activate target-completed; do hosts+=("-env DIE_AT=$step $1 target" "=$1 source"); done
  hand_port "${hosts[@]}" "$1 target"
}

run_c_host() {
  local host=$built/careful/c-host swift
  swift=$(programs handover)
  hand "$host source" "$host target" "$host target"
  killed "$host"
  hand "$swift/source" "$host target" "$host target" "$swift/target"
  host=$built/careful/port
  hand_port "$host source" "$host target" "$host target"
  ports_killed "$host"
}

build_cpp_host() {
  build_libbaton
  built_cpp_host "$built/careful" "${careful[@]}"
  compile g++ -std=c++17 "${careful[@]}" Examples/cpp-host/exceptions.cpp -o "$built/careful/exceptions"
}

run_cpp_host() {
  local host=$built/careful/cpp-host
  timeout 60 "$built/careful/exceptions"
  hand "$host source" "$host target" "$host target"
  killed "$host"
}

# in_rust COMMAND...: cargo COMMAND in the workspace, which needs nothing from elsewhere.
in_rust() {
  (cd Examples/rust-host && env BATON_LIB_DIR="$libbaton/lib" LD_LIBRARY_PATH="$libbaton/lib" RUST_BACKTRACE=0 \
    CARGO_TARGET_DIR="$PWD/../../$built/rust" RUSTFLAGS="-D warnings -C link-arg=-Wl,-rpath,$libbaton/lib" cargo "$@")
}

# Whether what a host is built with is there; says so if not.
has_compilers() {
  case $1 in
  cpp-host | hosts | blackouts)
    if ! command -v g++ >/dev/null; then
      echo "examples: $1: left out: g++ is missing (Debian: g++)"
      return 1
    fi
    ;;
  esac
  case $1 in rust-host | hosts | blackouts) has_cargo "$1" ;; esac
}

has_cargo() {
  local version
  version=$(cargo --version 2>/dev/null | awk '{print $2}')
  [ "$(printf '%s\n' 1.79 "${version:-0}" | sort -V | head -n 1)" != 1.79 ] || return 0
  echo "examples: $1: left out: cargo is missing (1.79 or later; found ${version:-none})"
  return 1
}

build_rust_host() {
  build_libbaton
  built_ports "$built/careful" "${careful[@]}"
  in_rust build --offline --release --bins --examples
  in_rust build --offline --tests
}

# Malloc and its kind as AddressSanitizer has them, for a program that was not compiled for it.
# A host has returned from main when it is asked what it has left: what stands in dead frames by chance is no reference.
export LSAN_OPTIONS=${LSAN_OPTIONS:-use_stacks=0}

watched() { echo "env LD_PRELOAD=$(gcc -print-file-name=libasan.so)"; }

# apart COMMAND...: in a network namespace of its own.
apart() {
  if [ "$(id -u)" = 0 ]; then unshare --net "$@"; else unshare --user --map-root-user --net "$@"; fi
}

run_rust_host() {
  local host programs=$built/rust/release
  host="$(watched) $programs/rust-host"
  # shellcheck disable=SC2046  # two words
  leaves_something $(watched) "$programs/examples/leak"
  in_rust fmt --version >/dev/null 2>&1 && in_rust fmt --check
  in_rust clippy --version >/dev/null 2>&1 && in_rust clippy --offline --all-targets
  in_rust test --offline --doc
  in_rust test --offline --tests --config "target.'cfg(unix)'.runner='$(watched)'"
  mkdir "$work/ports"
  # shellcheck disable=SC2046  # two words
  apart $(watched) timeout 60 "$programs/examples/ports" "$work/ports" | tee "$work/said"
  grep -q '^port0 moved, and its VMM has stayed$' "$work/said" || fail "the port did not move"
  [ -z "$(ls -A "$work/ports")" ] || fail "a port leaves $(ls -A "$work/ports")"
  hand "$host source" "$host target" "$host target"
  killed "$host"
  host="$(watched) $programs/rust-port"
  hand_port "$host source" "$host target" "$host target"
  ports_killed "$host"
}

build_python() { build_libbaton; }

run_python() {
  PYTHONPATH=Examples/python PYTHONDONTWRITEBYTECODE=1 python3 - <<'END'
import baton
known = open("Scripts/libbaton/layouts.txt").read()
for block in "\n".join(baton.layouts()).replace("\nbaton", "\0baton").split("\0"):
    assert block + "\n" in known, f"not the library's: {block}"
END
  timeout 60 env PYTHONDONTWRITEBYTECODE=1 python3 Examples/python/watch.py "$libbaton/lib/libbaton.so.0" "a few words" |
    tee "$work/said"
  grep -q '^the guest runs there, and its note says: a few words$' "$work/said" || fail "the note did not come"
}

build_guide() { build_libbaton; }

run_guide() { Scripts/guide-c.sh; }

# One guest through hosts in all languages, and a death in each of them on its way.
build_hosts() {
  build_c_host
  build_cpp_host
  build_rust_host
}

run_hosts() {
  local c="$built/careful/c-host" cpp="$built/careful/cpp-host" rust swift
  rust="$(watched) $built/rust/release/rust-host"
  swift=$(programs handover)
  hand "$c source" "$rust target" "$swift/hop" "$cpp target" "$c target"
  hand "$rust source" "$cpp target" "$rust target" "$swift/hop" "$rust target" "$c target" "$cpp target" "$swift/hop" \
    "$c target"
  hand "$cpp source" "!env DIE_AT=adopt $rust target" "env DIE_AT=given $rust target" "!env DIE_AT=adopt $c target" \
    "env DIE_AT=given $c target" "!env DIE_AT=active $swift/hop" "env DIE_AT=given $swift/hop" "!env DIE_AT=adopt $cpp target" "env DIE_AT=given $cpp target" "$rust target"
  # A port, and the same deaths in either direction.
  c=$built/careful/port
  rust="$(watched) $built/rust/release/rust-port"
  hand_port "$c source" "$rust target" "!env DIE_AT=behind-take $c target" "$c target" "!env DIE_AT=behind-take $rust target" \
    "+env KILL_AT=before-take $rust target" "+env KILL_AT=before-take $c target" "$rust target"
}

# The C host over the library without Swift's runtime, hand in hand with the one over libbaton, and a chart of a host's.
build_core() {
  build_c_host
  Scripts/embedded.sh
  local libbaton=$PWD/.build-embedded/stage linked=baton-core
  built_c_host "$built/core" "${careful[@]}"
  awk '/^```c door.c/ { out = 1; next } /^```/ { out = 0 } out' docs/EMBEDDING-C.md |
    sed '/char drawing/,/too long/d' >"$built/core/door.c"
  c_compile "${careful[@]}" "$built/core/door.c" -o "$built/core/door"
}

run_core() {
  local host=$built/careful/c-host core=$built/core/c-host said
  hand "$core source" "!env DIE_AT=active $core target" "$host target" "!env DIE_AT=adopt $core target" \
    "env DIE_AT=given $core target" "$core target" "env DIE_AT=given $host target" "$core target"
  timeout 60 "$built/core/door" | tee "$work/said"
  for said in 'somebody stands before it' 'pulled with 20 newtons' 'an open door is not locked' 'it is locked'; do
    grep -q "$said" "$work/said" || fail "the door did not say: $said"
  done
}

# How long a guest stands still in each host: a release of each gives its guest to itself, taking turns, in one run.
build_blackouts() {
  build_libbaton
  built_c_host "$built/fast" -O2
  built_cpp_host "$built/fast" -O2
  in_rust build --offline --release --bins
  package build handover -c release
}

# stood_still SOURCE TARGET FILE: appends the times of ten handovers, whole and after the guest's stop.
stood_still() {
  local targets=() count
  for ((count = 0; count < 10; count++)); do targets+=("$2"); done
  hand "$1" "${targets[@]}" | sed -nE 's/.*the guest stood still: ([0-9]+) us, ([0-9]+) .*/\1 \2/p' >>"$3"
}

run_blackouts() {
  local fast=$built/fast round name column swift
  swift=$(package build handover -c release --show-bin-path)
  for ((round = 0; round < 5; round++)); do
    stood_still "$swift/source" "$swift/hop" "$work/Swift"
    stood_still "$fast/c-host source" "$fast/c-host target" "$work/C"
    stood_still "$fast/cpp-host source" "$fast/cpp-host target" "$work/C++"
    stood_still "$built/rust/release/rust-host source" "$built/rust/release/rust-host target" "$work/Rust"
  done
  # How long a guest takes to stop is the host's: a thread that has to be waited for, or a flag.
  for column in 1 2; do
    printf '%-12s%12s%12s%8s%8s\n' "$([ $column = 1 ] && echo whole || echo "after stop")" handovers "median us" "10 %" "90 %"
    for name in Swift C C++ Rust; do
      cut -d ' ' -f "$column" "$work/$name" | sort -n | awk -v name="$name" '{ us[NR] = $1 } END {
        printf "%-12s%12d%12d%8d%8d\n", name, NR, us[int((NR + 1) / 2)], us[int(NR / 10)], us[int(NR * 9 / 10)] }'
    done
  done
}

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

run_tasks() {
  timeout 60 "$(programs tasks)/tasks" | tee "$work/said"
  [ "$(cat "$work/said")" = "$(printf '%s\n' 'off off []' 'off heating [tasks.Kettle.Effect.heat]' \
    'heating off [tasks.Kettle.Effect.rest]' 'off heating [tasks.Kettle.Effect.heat]' \
    'heating hot [tasks.Kettle.Effect.rest]')" ] || fail "the kettle's steps are others"
}

run_properties() {
  # No function can be run under timeout(1): the command as in_package would run it.
  timeout --kill-after=10 600 swift test --package-path Examples/properties --scratch-path "$built" \
    --disable-build-manifest-caching --skip-build --disable-xctest
}

# A build folder of its own: the trait brings a package, and the outside one is to see that nothing else does.
build_commands() { built=$built-commands package build commands; }

# says STATUS WORDS COMMAND...: what it ends with, and words of a line that it prints, as output or as an error; any for none.
says() {
  local status=0
  timeout 120 "${@:3}" >"$work/said" 2>"$work/errors" || status=$?
  [ "$status" = "$1" ] || fail "${*:4} ends with $status, not $1: $(tail -n 20 "$work/said" "$work/errors")"
  [ -z "$2" ] || grep -qF -- "$2" "$work/said" "$work/errors" || fail "${*:4} does not say '$2': $(tail -n 20 "$work/said" "$work/errors")"
}

run_commands() {
  local orders said
  orders=$(built=$built-commands programs commands)/orders
  cp Examples/commands/sketch.mmd "$work"
  cd "$work"
  says 0 'USAGE: orders <subcommand>' "$orders" --help
  for said in charts check explore mutate paths; do says 0 "USAGE: orders $said" "$orders" "$said" --help; done
  says 0 'stateDiagram-v2' "$orders" charts Order
  says 0 '' "$orders" charts --format all --output drawings
  for said in Order Refund Lamp Ordering; do grep -q '^<svg' "drawings/$said.svg" || fail "no picture of $said"; done
  says 0 '' "$orders" charts --format html --output drawings Lamp
  grep -q '"name":"Lamp"' drawings/Lamp.html || fail "no page of Lamp"
  says 64 'no chart is named Nobody: there are Order, Refund, Lamp, Ordering, and files' "$orders" charts Nobody
  says 0 'Order: 500 cases, ' "$orders" check Order
  says 0 'Lamp: 2 states, 3 transitions, nothing found' "$orders" check Lamp
  says 1 '(shrunk from ' "$orders" check Refund
  says 1 'state lost is unreachable' "$orders" check sketch.mmd
  says 2 'absent.mmd' "$orders" check absent.mmd
  says 0 'what is sent is packed' "$orders" explore Order --coverage used.json
  says 0 '' "$orders" charts Order --format html --output drawings --coverage used.json
  says 1 'money comes back once, after 2 steps:' "$orders" explore Refund --html found.html
  grep -q 'money comes back once' found.html || fail "no page of a counterexample"
  says 0 '2 of 2 states are reached, 3 of 3 transitions are taken' "$orders" explore Lamp
  says 1 'Refund: money comes back once' "$orders" mutate Refund
  # A chart inside a chart: as a product, by the names of both, open and folded.
  says 0 'an order runs while it is placed' "$orders" explore Ordering
  says 0 'Order.sent' "$orders" charts Ordering
  says 0 'invoke Order' "$orders" charts Ordering --fold ordering
  says 0 'Order.send [Order.isPaid, Order.isPacked] → looking' "$orders" paths Ordering
  says 64 'Lamp does not say how it is tested' "$orders" mutate Lamp
  says 0 'press → lit' "$orders" paths Lamp
  says 0 'send [isPaid, isPacked] → sent' "$orders" paths Order
  says 0 '' "$orders" paths Order --format json --output ways.json
  python3 - <<'END'
import json
ways = json.load(open("ways.json"))
assert ways["chart"] == "Order" and ways["initial"] == ["open"] and ways["unreachable"] == [], ways
assert {t for path in ways["paths"] for t in path["transitions"]} == set(range(len(ways["transitions"])))
END
  says 2 'more than 1 states' "$orders" paths Order --limit 1
  cd "$OLDPWD"
  built=$built-commands package package commands show-dependencies | tee "$work/said"
  if [ "$(grep -c '[├└]' "$work/said")" != 3 ] || ! grep -q swift-argument-parser "$work/said" ||
    ! grep -qi flyingfox "$work/said"; then
    fail "not exactly baton, swift-argument-parser and FlyingFox are resolved"
  fi
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
[ $# != 0 ] || names=(handover device chart tasks properties commands outside c-host cpp-host rust-host python guide hosts core)
for name in "${names[@]}"; do
  began=$SECONDS
  has_compilers "$name" || continue
  case $name in
  commands | outside | c-host | cpp-host | rust-host | python | guide | hosts | core | blackouts) "build_${name//-/_}" ;;
  properties) package build "$name" --build-tests ;;
  handover | device | chart | tasks) package build "$name" ;;
  *) fail "unknown: $name" ;;
  esac
  [ -n "$only" ] || "run_${name//-/_}"
  echo "examples: $name: $((SECONDS - began)) s"
done
