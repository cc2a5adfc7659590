#!/usr/bin/env bash
# Draws every chart from the definition that runs. Usage: Scripts/charts.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."

swift build --traits Command --product baton
mkdir -p "$1"
for format in mermaid svg dot plantuml scxml html; do
  "$(swift build --traits Command --show-bin-path)/baton" charts --format "$format" --output "$1"
done
