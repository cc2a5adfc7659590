#!/usr/bin/env bash
# Gets passt from Debian's packages and starts it as another back-end of vhost-user, without installing it: what Baton's
# rings are compared with.
#
# Usage: Scripts/passt.sh fetch              fetches it, once
#        Scripts/passt.sh run [WORD...]      becomes passt
#        Scripts/passt.sh bench BATON [...]  TCP both ways through passt and through Baton, in turns (see bench-passt.py)
#
# It runs on the libraries of qemu.sh's QEMU 10, which are of the same release of Debian. Exit code 77: it cannot be had
# here, and the last line says why. The cache, its variables and the packages' proof are those of qemu.sh.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck disable=SC2034  # packages.sh says it
program=passt main_packages="^passt"
# shellcheck source=Scripts/packages.sh
source "$here/packages.sh"
# The first with --vhost-user.
suite=trixie

fetch_passt() {
  began=$SECONDS
  begin_apt "$suite"
  download passt
  [ -x "$work/tree/usr/bin/passt" ] || fail "the package holds no passt"
  keep passt "$work/tree"
}

case ${1:-} in
fetch)
  "$here/qemu.sh" fetch 10
  if [ ! -e "$cache/passt/packages" ]; then
    begin_fetch
    [ -e "$cache/passt/packages" ] || fetch_passt
    end_fetch
  fi
  echo "passt: it is in $cache/passt ($(cut -d' ' -f2 "$cache/passt/packages"))"
  ;;
run)
  shift
  [ -e "$cache/passt/packages" ] || skip "there is no passt in $cache/passt yet: Scripts/passt.sh fetch"
  root=$cache/10
  # passt would look for the program of these instructions beside itself, which is the loader here.
  passt=$cache/passt/usr/bin/passt
  if grep -qw avx2 /proc/cpuinfo && [ -e "$passt.avx2" ]; then passt=$passt.avx2; fi
  exec "$root/$libraries/ld-linux-x86-64.so.2" --argv0 passt --library-path "$root/$libraries" "$passt" "$@"
  ;;
bench)
  shift
  case ${1:-} in -h | --help) exec python3 -B "$here/bench-passt.py" --help ;; esac
  "$0" fetch >/dev/null
  exec "$here/isolated.sh" 1200 TERM python3 -B "$here/bench-passt.py" "$@"
  ;;
*) sed -nE '/^# Usage/,/^#$/{/^#$/!s/^# ?//p}' "$0" >&2 && exit 2 ;;
esac
