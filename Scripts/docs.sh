#!/usr/bin/env bash
# Makes the documentation of each product with DocC into .build/docs, and fails on any warning: a link that leads
# nowhere, a parameter without a word. No plugin is needed: docc comes with the toolchain.
# To read it: python3 -m http.server -d .build/docs/BatonCore 8000, then http://localhost:8000/documentation/batoncore
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=120
docc=$(dirname "$(readlink -f "$(command -v swift)")")/docc
[ -x "$docc" ] || {
  echo "docs: there is no docc beside swift: $docc"
  exit 1
}

Scripts/graphs.sh . .build/graphs
mkdir -p .build/docs
status=0
for graphs in .build/graphs/*/; do
  module=$(basename "$graphs")
  catalog=Sources/${module#Baton}/$module.docc
  pages=.build/docs/$module
  rm -rf "$pages"
  if ! timeout --kill-after=5 "$seconds" "$docc" convert "$catalog" --additional-symbol-graph-dir "$graphs" \
    --fallback-display-name "$module" --fallback-bundle-identifier "org.baton.$module" \
    --output-path "$pages" --warnings-as-errors >"$pages.log" 2>&1; then
    cat "$pages.log"
    echo "docs: $module has warnings, or took more than $seconds s"
    status=1
    continue
  fi
  printf 'docs: %-14s %5d pages\n' "$module" "$(find "$pages/data/documentation" -name '*.json' | wc -l)"
done
exit "$status"
