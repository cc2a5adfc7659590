#!/usr/bin/env bash
# Gets unmodified QEMUs and a small guest for them, and starts them, without installing anything. For tests and demos
# that have a QEMU as their client.
#
# Usage: Scripts/qemu.sh fetch [10|11]      fetches QEMU 10 (Debian trixie) or 11 (sid), by default both, and a kernel
#        Scripts/qemu.sh initrd             builds the guest's initrd, and prints where it is
#        Scripts/qemu.sh command [10|11] [OPTION...] [QEMU'S OWN...]    prints the command line, quoted for a shell
#        Scripts/qemu.sh run     [10|11] [OPTION...] [QEMU'S OWN...]    becomes that QEMU
#        Scripts/qemu.sh check [10|11] [--queues N]    boots the guest on a TAP and counts echoes (see check-qemu.py)
#
# Options of command and run; from the first other word on (or after --) all is handed to QEMU as it stands:
#   --memory memfd               guest memory that can be shared by its descriptor, the default
#   --memory shared-file PATH    in a file; two QEMUs with one PATH migrate without a copy (x-ignore-shared)
#   --size MIB, --cpus N         of the guest: 128 and 1
#   --ip ADDRESS/BITS            of the guest's eth0, by default 10.0.1.1/24
#   --queues N                   pairs of queues that the guest uses; without it one for each processor
#   --mtu N                      of eth0
#   --ping ADDRESS               what the guest pings once before it is ready
#   --kernel PATH, --initrd PATH    another kernel than bookworm's (see kernels.sh), another initrd than that guest's
#   --qmp PATH                   a socket for QMP (see qmp.py)
#   --serial PATH                a file for the guest's console, by default standard output
# For example a vhost-user guest, and the target of its migration:
#   Scripts/qemu.sh run 10 --qmp a.qmp -chardev socket,id=c0,path=a.sock -netdev vhost-user,chardev=c0,id=n0 \
#     -device virtio-net-pci,netdev=n0,mac=52:54:00:00:00:01 [-incoming defer]
#
# The guest prints `guest ready` on its console when eth0 is up, answers pings, and echoes UDP on port 7 (guest/init,
# guest/guest.c). It has no IPv6, so that it sends nothing which nobody asked for.
#
# All is kept in $BATON_CACHE, by default ${XDG_CACHE_HOME:-~/.cache}/baton/qemu: some 220 MB. Packages come from
# $BATON_MIRROR, by default Debian's, through an apt whose lists, state and cache are its own; they are verified with
# Debian's keyring, and unpacked into folders. Exit code 77: they cannot be had here, and the last line says why.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck disable=SC2034  # packages.sh says it
program=qemu main_packages="^(qemu-system-x86|seabios|linux-image-|busybox)"
# shellcheck source=Scripts/packages.sh
source "$here/packages.sh"
# Bookworm's kernel, 6.1, is up under emulation a third sooner than trixie's, 6.12.
declare -A suites=([10]=trixie [11]=sid [guest]=bookworm)
# In the order in which they need each other; one that is built into the kernel has no file, and is passed over.
modules=(virtio virtio_ring virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci failover net_failover virtio_net)
# mitigations, nopti: cost without use here. tsc, no_timer_check: what is calibrated under emulation on a busy machine
# comes out wrong. panic=-1: restarts, which is where -no-reboot makes QEMU end.
kernel_words="console=ttyS0 quiet mitigations=off nopti nokaslr tsc=reliable no_timer_check"
kernel_words+=" random.trust_cpu=on ipv6.disable=1 panic=-1"

usage() {
  sed -nE '/^# Usage/,/^# Options/{/^# Options/!s/^# ?//p}' "$0" >&2
  exit 2
}

# --- fetch

fetch_qemu() {
  local version=$1 suite=${suites[$1]} found names
  [ ! -e "$cache/$version/packages" ] || return 0
  began=$SECONDS
  begin_apt "$suite"
  found=$(private apt-cache show --no-all-versions qemu-system-x86 | sed -n 's/^Version: //p')
  case ${found#*:} in
  "$version".*) ;;
  *) skip "Debian $suite has QEMU ${found:-not at all}, and no $version" ;;
  esac
  # What qemu depends on, without what only an installation needs (systemd, passwd, …), and without ROMs to boot from
  # a network.
  names=$(private apt-get install -y --no-install-recommends --print-uris qemu-system-x86 2>"$work/log" |
    sed -nE "s/^'[^']*' ([^_]+)_.*/\1/p" | grep -E '^(lib|zlib1g$|qemu-|seabios$)') ||
    skip "Debian $suite cannot give qemu-system-x86: $(complaint)"
  # shellcheck disable=SC2086  # names are words
  download $names
  # Half of it is for other machines than ours, or to be read.
  rm -rf "$work/tree/usr/bin/qemu-system-i386" "$work/tree/usr/bin/qemu-system-x86_64-microvm" \
    "$work/tree/usr/share/"{doc,man,locale,lintian,bug} "$work/tree/$libraries/"{gconv,security}
  found=$(started "$work/tree" --version 2>&1 | sed -n 1p) || true
  case $found in
  "QEMU emulator version $version."*) ;;
  *) fail "QEMU $version was fetched and does not start: $found" ;;
  esac
  keep "$version" "$work/tree"
}

# started ROOT WORD...: a QEMU that is not installed, by its own loader and libraries.
started() {
  local root=$1
  shift
  QEMU_MODULE_DIR=$root/$libraries/qemu timeout 30 "$root/$libraries/ld-linux-x86-64.so.2" \
    --library-path "$root/$libraries" "$root/usr/bin/qemu-system-x86_64" "$@"
}

fetch_guest() {
  local suite=${suites[guest]} kernel module file guest
  [ ! -e "$cache/guest/packages" ] || return 0
  began=$SECONDS
  begin_apt "$suite"
  kernel=$(private apt-cache depends linux-image-cloud-amd64 2>"$work/log" |
    sed -nE 's/^ *Depends: (linux-image-.*)/\1/p')
  [ -n "$kernel" ] || skip "Debian $suite has no linux-image-cloud-amd64"
  download "$kernel" busybox-static
  guest=$work/guest
  mkdir -p "$guest/modules"
  mv "$work"/tree/boot/vmlinuz-* "$guest/vmlinuz"
  # bin or usr/bin, it depends on the suite; the same with lib.
  file=$(find "$work/tree" -path '*bin/busybox' -type f)
  [ -n "$file" ] || fail "busybox-static holds no busybox"
  mv "$file" "$guest/busybox"
  for module in "${modules[@]}"; do
    file=$(find "$work/tree" -name "$module.ko" -o -name "$module.ko.xz")
    [ -z "$file" ] || mv "$file" "$guest/modules/"
  done
  compgen -G "$guest/modules/virtio_net.ko*" >/dev/null || fail "$kernel holds no virtio_net"
  keep guest "$guest"
}

# fetch_all VERSION...
fetch_all() {
  local version missing=no
  # Before anything else: a second call takes no time.
  for version in "$@" guest; do [ -e "$cache/$version/packages" ] || missing=yes; done
  if [ "$missing" = yes ]; then
    begin_fetch
    for version in "$@"; do fetch_qemu "$version"; done
    fetch_guest
    end_fetch
  fi
  for version in "$@" guest; do
    echo "qemu: $version is in $cache/$version, of $(wc -l <"$cache/$version/packages") packages (listed in packages)"
  done
}

# --- initrd

# Prints the path of the initrd, which is built if there is none of these sources yet.
initrd() {
  local guest=$cache/guest key target compiler new module file entries=()
  [ -e "$guest/packages" ] || skip "there is no kernel in $guest yet: Scripts/qemu.sh fetch"
  # Several worktrees may share the cache, so its name tells what it was made of.
  key=$(cat "$here/guest/init" "$here/guest/guest.c" "$here/cpio.py" "$guest/packages" | sha256sum | cut -c 1-12)
  target=$guest/initrd-$key
  if [ ! -e "$target" ]; then
    command -v python3 >/dev/null || skip "python3 is missing, with which the initrd is written"
    for compiler in cc gcc clang none; do ! command -v "$compiler" >/dev/null || break; done
    [ "$compiler" != none ] || skip "no cc, gcc or clang is there to compile guest/guest.c with"
    new=$(mktemp -d "$guest/new.XXXXXX")
    # shellcheck disable=SC2064  # it is this folder
    trap "rm -rf '$new'; clean" EXIT
    timeout 60 "$compiler" -static -Os -s -Wall -Wextra -o "$new/guest" "$here/guest/guest.c" ||
      skip "guest/guest.c is not compiled by $compiler -static (is libc.a there? Debian: libc6-dev)"
    for module in "${modules[@]}"; do
      for file in "$guest/modules/$module".ko*; do
        [ ! -e "$file" ] || { echo "$module.ko" >>"$new/order" && entries+=("modules/$module.ko=$file"); }
      done
    done
    timeout 60 python3 "$here/cpio.py" "$new/initrd" "init=$here/guest/init" "bin/busybox=$guest/busybox" \
      "bin/guest=$new/guest" "modules/order=$new/order" "${entries[@]}" || fail "the initrd was not written"
    mv "$new/initrd" "$target"
    rm -rf "$new"
    # Those of sources that nobody has any more.
    find "$guest" -maxdepth 1 -name 'initrd-*' -mtime +7 -delete
  fi
  touch "$target"
  echo "$target"
}

# --- command and run

# Sets the array `line`.
command_line() {
  local version=10 memory size=128 cpus=1 serial=stdio words=$kernel_words root kernel=$cache/guest/vmlinuz initial=
  local object="memory-backend-memfd,share=on" qmp=()
  case ${1:-} in 10 | 11) version=$1 && shift ;; esac
  while [ $# != 0 ]; do
    case $1 in
    --memory | --size | --cpus | --ip | --queues | --mtu | --ping | --kernel | --initrd | --qmp | --serial)
      [ $# -ge 2 ] || fail "$1 wants a value"
      ;;&
    --memory)
      memory=$2
      case $memory in
      memfd) object="memory-backend-memfd,share=on" ;;
      shared-file)
        [ $# -ge 3 ] || fail "--memory shared-file wants a path"
        # A comma in a value of QEMU's is written twice.
        object=memory-backend-file,share=on,mem-path=${3//,/,,}
        shift
        ;;
      *) fail "--memory $memory: neither memfd nor shared-file" ;;
      esac
      ;;
    --size) size=$2 ;;
    --cpus) cpus=$2 ;;
    --ip | --queues | --mtu | --ping) words+=" baton.${1#--}=$2" ;;
    --kernel) kernel=$2 ;;
    --initrd) initial=$2 ;;
    --qmp)
      # sockaddr_un holds 107 bytes, and QEMU's own complaint comes late.
      [ ${#2} -le 107 ] || fail "--qmp: a socket's path may have 107 bytes, this has ${#2}: $2"
      qmp=(-qmp "unix:${2//,/,,},server=on,wait=off")
      ;;
    --serial) serial=file:$2 ;;
    --)
      shift
      break
      ;;
    *) break ;;
    esac
    shift 2
  done
  root=$cache/$version
  [ -e "$root/packages" ] || skip "there is no QEMU $version in $root yet: Scripts/qemu.sh fetch $version"
  [ -n "$initial" ] || initial=$(initrd)
  # romfile: a ROM to boot from a network was not fetched, and QEMU wants it for each device.
  # shellcheck disable=SC2054  # the commas are QEMU's
  line=(env "QEMU_MODULE_DIR=$root/$libraries/qemu"
    "$root/$libraries/ld-linux-x86-64.so.2" --argv0 "qemu-system-x86_64" --library-path "$root/$libraries"
    "$root/usr/bin/qemu-system-x86_64" -L "$root/usr/share/qemu" -L "$root/usr/share/seabios"
    -nodefaults -no-user-config -display none -no-reboot
    -machine pc,memory-backend=mem -accel tcg -cpu qemu64 -smp "$cpus" -m "$size"
    -object "${object%%,*},id=mem,size=${size}M,${object#*,}" -global virtio-net-pci.romfile=
    -kernel "$kernel" -initrd "$initial" -append "$words"
    -serial "$serial" "${qmp[@]}" "$@")
}

task=${1:-}
[ $# = 0 ] || shift
case $task in
fetch)
  case $* in
  "") fetch_all 10 11 ;;
  10 | 11) fetch_all "$1" ;;
  *) usage ;;
  esac
  ;;
initrd)
  [ $# = 0 ] || usage
  initrd
  ;;
command)
  command_line "$@"
  echo "${line[*]@Q}"
  ;;
run)
  command_line "$@"
  exec "${line[@]}"
  ;;
check)
  exec nice -n 5 "$here/isolated.sh" 180 TERM python3 -B "$here/check-qemu.py" "$@"
  ;;
*) usage ;;
esac
