#!/usr/bin/env bash
# Builds everything, tests included, and rejects an import of a target that the importer does not declare.
# The exit status counts: the compiler prints such an error first and "Build complete!" last.
# The floors among declared targets are checked by Tests/HouseTests.
set -euo pipefail
cd "$(dirname "$0")/.."

swift build --traits Command --build-tests --explicit-target-dependency-import-check error
