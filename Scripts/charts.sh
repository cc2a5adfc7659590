#!/usr/bin/env bash
# Draws every chart from the definition that runs, and an overview of each for the width of a page.
# Usage: Scripts/charts.sh FOLDER. With PAGES=1 also as pages that replay traces, which are not committed.
set -euo pipefail
cd "$(dirname "$0")/.."

swift build --traits Command --product baton
baton=$(swift build --traits Command --show-bin-path)/baton
mkdir -p "$1"
"$baton" charts --format all --output "$1"
"$baton" charts --format svg --depth 1 --output "$1"
if [ "${PAGES:-0}" = 1 ]; then "$baton" charts --format html --output "$1"; fi
