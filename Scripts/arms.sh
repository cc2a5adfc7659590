#!/usr/bin/env bash
# Deletes every arm of every switch in a room's chart files, one at a time, and looks who notices: the compiler, or a
# test of the room. An arm that nobody misses says nothing, or is not tested.
#
# Usage: Scripts/arms.sh [ROOM] [FILES]    ROOM is Net or Mig; FILES is a pattern of file names, by default the charts.
#   Scripts/arms.sh Net 'TapChart*'        prints a line for each arm and a total, and fails when one survives.
# FILTER: a regular expression over the names of the tests that are run, by default all of the room.
#
# An arm is: a `case` of a switch as a whole; one of its patterns alone, where it has several; the branch of an
# `if case`, which is replaced by its `else` or by nothing. The room is compiled in a copy of the tree, .build-arms, with
# nothing but Core and its own tests, so that neither this tree nor its build is touched. Arms that do not even pass the
# type checker, which are most, cost a second or two each; for the others the room is built and tested.
set -euo pipefail
cd "$(dirname "$0")/.."

room=${1:-Net}
files=${2:-*Chart*}
[ "$room" = Net ] && [ $# -lt 2 ] && files='TapChart*'
copy=.build-arms/$room
scratch=$copy/.build
mutate=$copy/mutate.awk

mkdir -p "$copy/Sources" "$copy/Tests"
for folder in Sources/CLibevent Sources/CLinux Sources/Core "Sources/$room" "Tests/${room}Tests"; do
  rm -rf "${copy:?}/$folder"
  cp -r "$folder" "$copy/$folder"
done

# The settings of the real manifest, and three rooms of it.
resources=""
[ ! -d "Tests/${room}Tests/Recordings" ] || resources='resources: [.copy("Recordings")],'
{
  sed -n '1,/^let package/p' Package.swift | sed '$d'
  cat <<MANIFEST
let package = Package(
  name: "arms",
  targets: [
    .systemLibrary(name: "BatonCLibevent", path: "Sources/CLibevent", pkgConfig: "libevent_core"),
    .target(name: "BatonCLinux", path: "Sources/CLinux"),
    .target(
      name: "BatonCore", dependencies: ["BatonCLibevent", "BatonCLinux"], path: "Sources/Core",
      swiftSettings: embeddable),
    .target(
      name: "Baton$room", dependencies: ["BatonCore", "BatonCLinux"], path: "Sources/$room",
      swiftSettings: embeddable),
    .testTarget(
      name: "${room}Tests", dependencies: ["Baton$room", "BatonCore", "BatonCLinux"], $resources
      swiftSettings: tested),
  ])
MANIFEST
} >"$copy/Package.swift"

# awk -v wanted=N: prints the file with its N-th mutation; N = 0 lists all of them, a line each.
cat >"$mutate" <<'AWK'
function indentOf(text) { return match(text, /[^ ]/) ? RSTART : 1000 }
function found(label, from, to, text) {
  count += 1
  if (wanted == 0) { printf "%d:%s\n", from, label; return }
  if (wanted != count) return
  for (n = 1; n < from; n++) print line[n]
  if (text != "") print text
  for (n = to + 1; n <= NR; n++) print line[n]
}
# Splits the head of an arm that starts in a line into its patterns; sets `last`, its last line, and `rest`, what stands
# behind the colon.
function readHead(start,   place, character, depth, current, text) {
  patterns = 0; depth = 0; current = ""; last = start
  text = line[start]; place = indentOf(text) + 5
  while (1) {
    if (place > length(text)) {
      if (last == NR) return
      last += 1; text = line[last]; place = indentOf(text); current = current " "
      continue
    }
    character = substr(text, place, 1)
    if (character ~ /[(\[{]/) depth += 1
    if (character ~ /[)\]}]/) depth -= 1
    if (depth == 0 && (character == "," || character == ":")) {
      sub(/^ +/, "", current); patterns += 1; pattern[patterns] = current; current = ""
      if (character == ":") { rest = substr(text, place + 1); return }
    } else current = current character
    place += 1
  }
}
{ line[NR] = $0 }
END {
  for (i = 1; i <= NR; i++) {
    if (line[i] ~ /^ *case \./) {
      margin = indentOf(line[i])
      readHead(i)
      end = last
      while (end < NR && indentOf(line[end + 1]) > margin) end += 1
      all = pattern[1]
      for (k = 2; k <= patterns; k++) all = all ", " pattern[k]
      count0 = patterns
      found("case " all, i, end, "")
      for (k = 1; count0 > 1 && k <= count0; k++) {
        kept = ""
        for (m = 1; m <= count0; m++) if (m != k) kept = kept (kept == "" ? "" : ", ") pattern[m]
        found(pattern[k] " of case " all, i, last, sprintf("%*s%s:%s", margin - 1, "", "case " kept, rest))
      }
    }
    if (match(line[i], /if (case \.|let )[^{]*\{ [^{}]* \}( else \{ [^{}]* \})?/)) {
      before = substr(line[i], 1, RSTART - 1)
      branch = substr(line[i], RSTART, RLENGTH)
      after = substr(line[i], RSTART + RLENGTH)
      instead = ""
      if (match(branch, / else \{ /)) instead = substr(branch, RSTART + 8, length(branch) - RSTART - 9)
      if (instead == "" && before ~ /: $/) instead = "break"
      label = branch; sub(/^ +/, "", label)
      found(label, i, i, before instead after)
    }
  }
}
AWK

echo "arms: building Baton$room and its tests in $copy"
swift build --package-path "$copy" --scratch-path "$scratch" --build-tests >"$copy/build.log" 2>&1 ||
  { cat "$copy/build.log"; exit 2; }

flags=(-typecheck -module-name "Baton$room" -package-name arms -parse-as-library -swift-version 6
  -strict-memory-safety -warnings-as-errors -enable-upcoming-feature ExistentialAny
  -enable-upcoming-feature InternalImportsByDefault -enable-upcoming-feature MemberImportVisibility
  -I "$scratch/debug/Modules" -Xcc "-fmodule-map-file=$copy/Sources/CLibevent/module.modulemap"
  -Xcc "-fmodule-map-file=$scratch/debug/BatonCLinux.build/module.modulemap"
  -Xcc "-I$copy/Sources/CLinux/include" -module-cache-path "$scratch/debug/ModuleCache")

# What notices the mutation that stands in the copy: prints it, and is false when nothing does.
judge() {
  local file=$1 others
  mapfile -t others < <(find "$copy/Sources/$room" -name '*.swift' ! -path "$file")
  if ! swiftc -frontend "${flags[@]}" -primary-file "$file" "${others[@]}" >"$copy/check.log" 2>&1; then
    grep -q 'error:' "$copy/check.log" || { cat "$copy/check.log"; exit 2; }
    echo "does not build"
  elif ! swift build --package-path "$copy" --scratch-path "$scratch" --build-tests >"$copy/build.log" 2>&1; then
    echo "does not build"
  elif ! SWIFT_BACKTRACE=enable=no timeout 300 swift test --package-path "$copy" --scratch-path "$scratch" \
    --skip-build --disable-xctest --filter "${FILTER:-${room}Tests}" >"$copy/test.log" 2>&1; then
    local test
    test=$(grep -m 1 -oE 'Test [^ ].* recorded an issue' "$copy/test.log" | sed 's/ recorded an issue//' || true)
    echo "fails ${test:-a test, which did not end}"
  else
    echo "SURVIVES"
    return 1
  fi
}

total=0 unbuilt=0 failing=0 surviving=0
while IFS= read -r file; do
  original=$file
  file=$copy/$file
  number=0
  while IFS= read -r place; do
    number=$((number + 1)) total=$((total + 1))
    awk -v wanted="$number" -f "$mutate" "$original" >"$file"
    verdict=$(judge "$file") || true
    case $verdict in
    "does not build") unbuilt=$((unbuilt + 1)) ;;
    fails*) failing=$((failing + 1)) ;;
    SURVIVES) surviving=$((surviving + 1)) ;;
    *) echo "$verdict"; exit 2 ;;
    esac
    echo "${original#Sources/}:$place: $verdict"
  done < <(awk -v wanted=0 -f "$mutate" "$original")
  cp "$original" "$file"
done < <(find "Sources/$room" -name "$files.swift" | sort)

echo "arms: $total deleted: $unbuilt do not build, $failing fail a test, $surviving survive"
[ "$surviving" = 0 ] && [ "$total" -gt 0 ]
