#!/usr/bin/env bash
# Prints the line coverage of Core, Mig and Net, folder by folder, and fails where one is at 85 % or less.
# Usage: Scripts/coverage.sh SCRATCH    after `swift test --enable-code-coverage --scratch-path SCRATCH`
set -euo pipefail
cd "$(dirname "$0")/.."

scratch=$1
least=85
# The toolchain's own: Debian's llvm-cov is too old for its profiles.
cov=$(dirname "$(readlink -f "$(command -v swift)")")/llvm-cov
products=$(swift build --traits Command --show-bin-path --scratch-path "$scratch")

"$cov" export -format=lcov -summary-only -instr-profile "$products/codecov/default.profdata" \
  "$products/batonPackageTests.xctest" |
  awk -F: -v least="$least" -v top="$PWD/Sources/" '
    function row(name, hit, all) {
      if (all) printf "%-24s %6d of %6d lines  %6.2f %%\n", name, hit, all, 100 * hit / all
      else printf "%-24s no lines\n", name
    }
    $1 == "SF" {
      ours = index($2, top) == 1 && substr($2, length(top) + 1) ~ "^(Core|Mig|Net)/"
      folder = substr($2, length(top) + 1)
      sub("/[^/]*$", "", folder)
      room = folder
      sub("/.*", "", room)
    }
    ours && $1 == "LF" { all[folder] += $2; total[room] += $2 }
    ours && $1 == "LH" { hit[folder] += $2; totalHit[room] += $2 }
    END {
      print "Line coverage"
      for (folder in all) folders[++count] = folder
      for (i = 1; i <= count; i++) for (j = i + 1; j <= count; j++)
        if (folders[j] < folders[i]) { swap = folders[i]; folders[i] = folders[j]; folders[j] = swap }
      for (i = 1; i <= count; i++) row(folders[i], hit[folders[i]], all[folders[i]])
      split("Core Mig Net", rooms, " ")
      for (i = 1; i <= 3; i++) {
        room = rooms[i]
        row("total " room, totalHit[room], total[room])
        if (!total[room] || 100 * totalHit[room] / total[room] <= least) low = low " " room
      }
      if (low) { print "coverage: not above " least " %:" low; exit 1 }
    }'
