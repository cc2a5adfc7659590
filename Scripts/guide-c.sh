#!/usr/bin/env bash
# Runs docs/EMBEDDING-C.md as it is written: its programs are put where it says, its commands are run one after the other.
# Usage: Scripts/guide-c.sh           with the library in .build/libbaton/stage, and without the command that installs the package
#        Scripts/guide-c.sh PACKAGE   where that package can be installed (Scripts/deb-test.sh)
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
guide=${GUIDE:-$root/docs/EMBEDDING-C.md}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Blocks of C that have a name become files, blocks of the shell become one script.
awk -v work="$work" '
  /^```c ./ { out = work "/" $2; next }
  /^```sh$/ { out = work "/commands"; next }
  /^```/ { out = ""; next }
  out != "" { print > out }' "$guide"
[ "$(grep -c . "$work/commands")" -ge 10 ] || { echo "guide: the commands are not found" >&2; exit 1; }

if [ -n "${1:-}" ]; then
  cp "$1" "$work"
else
  stage=$root/.build/libbaton/stage
  [ -f "$stage/lib/pkgconfig/baton.pc" ] || { echo "guide: no library: make libbaton" >&2; exit 1; }
  export PKG_CONFIG_PATH=$stage/lib/pkgconfig LD_LIBRARY_PATH=$stage/lib
  sed -i -e '/^sudo apt install /d' -e "s|/usr/share/doc/baton/examples|$root/Examples|" "$work/commands"
fi
# Whoever is root already has no sudo.
# shellcheck disable=SC2016  # it is read by the other shell
if [ "$(id -u)" = 0 ]; then sed -i '1i sudo() { "$@"; }' "$work/commands"; fi
cd "$work"
timeout 280 bash -euxo pipefail commands
echo "guide: all of it does what it says"
