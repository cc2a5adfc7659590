#!/usr/bin/env bash
# Runs the benchmarks, a package of their own. Arguments go to them.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ ! -d Benchmarks ]; then
  echo "bench: there is no folder Benchmarks"
  exit 0
fi
# The blackout runs through the command, which the benchmarks start as processes.
swift build -c release --product baton
swift run -c release --package-path Benchmarks "$@"
