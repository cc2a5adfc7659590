#!/usr/bin/env bash
# Builds the command of an earlier commit beside the tree, so that a host of then and one of now can be tried together.
# Usage: Scripts/release.sh COMMIT    prints the path of the program; what was built is kept in .build/releases
# Exit status 3: this clone has no such commit (it is shallow, or no clone at all).
set -euo pipefail
cd "$(dirname "$0")/.."

commit=$(git rev-parse --verify --quiet "$1^{commit}") || {
  echo "release: this clone has no commit $1" >&2
  exit 3
}
home=$PWD/.build/releases/$commit
program=$home/baton
if [ ! -x "$program" ]; then
  mkdir -p "$home/tree"
  # One at a time: two would write one folder.
  exec 9>"$home/lock"
  flock 9
  if [ ! -x "$program" ]; then
    git archive "$commit" | tar -x -C "$home/tree"
    options=(--package-path "$home/tree" --product baton)
    ! grep -q 'traits:' "$home/tree/Package.swift" || options+=(--traits Command)
    swift build "${options[@]}" >&2
    cp "$(swift build "${options[@]}" --show-bin-path)/baton" "$program.new"
    # The sources and objects are of no use any more.
    rm -rf "$home/tree"
    mv "$program.new" "$program"
  fi
fi
echo "$program"
