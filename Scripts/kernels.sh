#!/usr/bin/env bash
# Gets stock kernels of Debian's with their modules, for tests of what this machine's own kernel does not have, without
# installing anything (see packages.sh).
#
# Usage: Scripts/kernels.sh fetch [VERSION...]      fetches the kernels 5.10, 6.1, 6.12 and new (sid's), by default all
#        Scripts/kernels.sh folder VERSION          prints where it is: vmlinuz, modules, release, busybox
#
# Exit code 77: they cannot be had here, and the last line says why.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck disable=SC2034  # packages.sh says it
program=kernels main_packages="^(linux-(image|binary)-|busybox)"
# shellcheck source=Scripts/packages.sh
source "$here/packages.sh"
declare -A suites=([5.10]=bullseye [6.1]=bookworm [6.12]=trixie [new]=sid)
# Folders of modules that hold what tests load, and what that needs.
kept="drivers/net drivers/vhost drivers/virtio net lib crypto arch/x86/crypto"

usage() {
  sed -nE '/^# Usage/,/^#$/{/^#$/!s/^# ?//p}' "$0" >&2
  exit 2
}

# all_of NAME: the package that a package for all of its versions needs, and those that this one consists of (in sid
# the kernel and its modules are packages of their own).
all_of() {
  private apt-cache depends "$1" 2>"$work/log" | sed -nE 's/^ *Depends: (linux-(image|binary|modules)-.*)/\1/p'
}

fetch_kernel() {
  local version=$1 suite=${suites[$1]} kernel names place target=$work/kernel folder
  [ ! -e "$cache/kernel-$version/packages" ] || return 0
  began=$SECONDS
  begin_apt "$suite"
  kernel=$(all_of linux-image-cloud-amd64)
  [ -n "$kernel" ] || skip "Debian $suite has no linux-image-cloud-amd64"
  case $version:$kernel in
  new:* | *:"linux-image-$version."*) ;;
  *) skip "Debian $suite has $kernel, and no $version" ;;
  esac
  names=$(all_of "$kernel")
  # shellcheck disable=SC2086  # names are words
  download "$kernel" $names busybox-static
  mkdir -p "$target/modules"
  # Debian moves things: the kernel may be in boot or in the modules' folder, and that in lib or in usr/lib.
  place=$(find "$work/tree" -type d -path '*lib/modules/*' -prune)
  [ -d "$place" ] || fail "$kernel holds no folder of modules, or several: $place"
  basename "$place" >"$target/release"
  find "$work/tree" \( -name 'vmlinuz*' -exec mv {} "$target/vmlinuz" \; \) -o \
    \( -path '*bin/busybox' -type f -exec mv {} "$target/busybox" \; \)
  if [ ! -e "$target/vmlinuz" ] || [ ! -e "$target/busybox" ]; then fail "$kernel holds no vmlinuz, or busybox-static no busybox"; fi
  for folder in $kept; do
    [ ! -d "$place/kernel/$folder" ] || { mkdir -p "$target/modules/$folder" &&
      cp -R "$place/kernel/$folder/." "$target/modules/$folder"; }
  done
  keep "kernel-$version" "$target"
}

# fetch_all VERSION...
fetch_all() {
  local version missing=no
  # Before anything else: a second call takes no time.
  for version in "$@"; do [ -e "$cache/kernel-$version/packages" ] || missing=yes; done
  [ "$missing" = yes ] || return 0
  begin_fetch
  for version in "$@"; do fetch_kernel "$version"; done
  end_fetch
}

task=${1:-}
[ $# = 0 ] || shift
for version in "$@"; do [ -n "${suites[$version]:-}" ] || usage; done
case $task in
fetch)
  [ $# != 0 ] || set -- 5.10 6.1 6.12 new
  fetch_all "$@"
  ;;
folder)
  [ $# = 1 ] || usage
  echo "$cache/kernel-$1"
  ;;
*) usage ;;
esac
