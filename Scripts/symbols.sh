#!/usr/bin/env bash
# symbols.sh [PACKAGE]: how many symbols are public in each product: types, members, cases, requirements.
# What the compiler adds (memberwise initialisers, raw values, conformances) is not counted.
set -euo pipefail

scripts=$(cd "$(dirname "$0")" && pwd)
package=$(cd "${1:-$scripts/..}" && pwd)
"$scripts/graphs.sh" "$package" "$package/.build/graphs"

python3 - "$package/.build/graphs" <<'PYTHON'
import glob, json, os, sys

total = 0
for folder in sorted(glob.glob(sys.argv[1] + "/*/")):
    symbols = [s for graph in glob.glob(folder + "*.symbols.json") for s in json.load(open(graph))["symbols"]]
    # What stands in a source file has a place there; an extension is the place of symbols and none itself.
    count = sum("location" in s and s["kind"]["identifier"] != "swift.extension" for s in symbols)
    total += count
    print(f"{os.path.basename(folder[:-1]):16} {count:6}")
print(f"{'all':16} {total:6}")
PYTHON
