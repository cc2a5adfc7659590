#!/usr/bin/env bash
# Runs the benchmarks, a package of their own. Arguments go to them; --help lists them.
set -euo pipefail
cd "$(dirname "$0")/.."

# The blackout runs through the command, which the benchmarks start as processes.
swift build --traits Command -c release --product baton
swift build -c release --package-path Benchmarks
exec "$(swift build -c release --package-path Benchmarks --show-bin-path)/bench" --baton .build/release/baton "$@"
