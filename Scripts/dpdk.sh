#!/usr/bin/env bash
# Gets DPDK's testpmd from Debian's packages and starts it as a client of `baton net`, without installing anything.
#
# Usage: Scripts/dpdk.sh fetch                   fetches it, once
#        Scripts/dpdk.sh check BATON [--queues N] [--device WORDS] [--takeovers N]    counts frames both ways while
#                                                the back-end is replaced (see check-dpdk.py)
#        Scripts/dpdk.sh command SOCKET [OPTION...] [TESTPMD'S OWN...]    prints the command line, quoted for a shell
#        Scripts/dpdk.sh run     SOCKET [OPTION...] [TESTPMD'S OWN...]    becomes testpmd
#
# Options of command and run; from the first other word on (or after --) all is handed to testpmd as it stands:
#   --queues N                   pairs of queues: 1
#   --device WORDS               more of the device, for example mrg_rxbuf=0,packed_vq=0
#   --cores LIST                 processors, the first for testpmd's own thread: 0,1 (0 and 0 with one processor)
#   --memory MIB                 that the back-end maps: 128
# For example, who sends frames of 64 bytes as fast as it can:
#   Scripts/dpdk.sh run /run/net0.sock --forward-mode=txonly --txpkts=64 --stats-period=1
#
# DPDK has no huge pages here, no PCI, and keeps nothing in the file system. Exit code 77: it cannot be had here, and
# the last line says why. The cache, its variables and the packages' proof are those of qemu.sh.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck disable=SC2034  # packages.sh says it
program=dpdk main_packages="^dpdk-dev"
# shellcheck source=Scripts/packages.sh
source "$here/packages.sh"
suite=bookworm
# What testpmd loads by itself, of which no other package speaks: the device, its bus, and where frames are kept.
drivers=(librte-net-virtio librte-bus-vdev librte-bus-pci librte-mempool-ring)

usage() {
  sed -nE '/^# Usage/,/^# Options/{/^# Options/!s/^# ?//p}' "$0" >&2
  exit 2
}

# The packages that testpmd is linked to, in all their versions' names, and the drivers.
fetch() {
  if [ ! -e "$cache/dpdk/packages" ]; then
    begin_fetch
    [ -e "$cache/dpdk/packages" ] || fetch_dpdk
    end_fetch
  fi
  echo "dpdk: it is in $cache/dpdk, of $(wc -l <"$cache/dpdk/packages") packages (listed in packages)"
}

fetch_dpdk() {
  local names=() driver found
  began=$SECONDS
  begin_apt "$suite"
  mapfile -t names < <(private apt-cache depends dpdk-dev 2>"$work/log" |
    sed -nE 's/^ *Depends: (lib[^ ]*|zlib1g|ibverbs[^ ]*)$/\1/p' | grep -v -- '-dev$')
  [ ${#names[@]} != 0 ] || skip "Debian $suite has no dpdk-dev"
  for driver in "${drivers[@]}"; do
    found=$(private apt-cache pkgnames "$driver" | grep -E "^$driver-?[0-9]+$" | sort | tail -n 1)
    [ -n "$found" ] || skip "Debian $suite has no $driver"
    names+=("$found")
  done
  mapfile -t names < <(private apt-get install -y --no-install-recommends --print-uris "${names[@]}" \
    2>"$work/log" | sed -nE "s/^'[^']*' ([^_]+)_.*/\1/p" | grep -E '^(lib|zlib1g$|ibverbs-providers$)')
  [ ${#names[@]} != 0 ] || skip "Debian $suite cannot give what dpdk-dev depends on: $(complaint)"
  download dpdk-dev "${names[@]}"
  rm -rf "$work/tree/usr/share" "$work/tree/usr/include" "$work/tree/$libraries/"{gconv,security,perl*}
  # Its plug-ins are trusted only where nobody else can write, in all folders above them.
  keep dpdk "$work/tree"
  found=$(started --help 2>&1 | sed -n '/^EAL common options/p;/error/p' | sed -n 1p) || true
  case $found in
  "EAL common options"*) ;;
  *)
    rm -rf "$cache/dpdk"
    fail "testpmd was fetched and does not start: ${found:-it says nothing}"
    ;;
  esac
}

# Sets the array `line`: testpmd by its own loader and libraries.
loaded() {
  local root=$cache/dpdk found
  # /lib is a link to /usr/lib in Debian, but its packages still have both.
  found=$(find "$root" -name 'ld-linux-x86-64.so.2' | sed -n 1p)
  line=("$found" --argv0 testpmd --library-path "$root/$libraries:$root/lib/x86_64-linux-gnu"
    "$(find "$root/usr/bin" -name '*testpmd' | sed -n 1p)")
}

started() {
  local line
  loaded
  timeout 30 "${line[@]}" "$@"
}

# Sets the array `line`.
command_line() {
  local socket=${1:-} queues=1 more="" cores="" memory=128 plugin plugins=()
  [ $# != 0 ] || usage
  shift
  while [ $# != 0 ]; do
    case $1 in
    --queues | --device | --cores | --memory) [ $# -ge 2 ] || fail "$1 wants a value" ;;&
    --queues) queues=$2 ;;
    --device) more=,$2 ;;
    --cores) cores=$2 ;;
    --memory) memory=$2 ;;
    --)
      shift
      break
      ;;
    *) break ;;
    esac
    shift 2
  done
  [ -e "$cache/dpdk/packages" ] || skip "there is no DPDK in $cache/dpdk yet: Scripts/dpdk.sh fetch"
  [ -n "$cores" ] || cores=0@0,1@$(($(nproc) > 1 ? 1 : 0))
  for plugin in bus_vdev bus_pci mempool_ring net_virtio; do
    plugins+=(-d "$(find "$cache/dpdk/usr" -name "librte_$plugin.so*" -type f | sort | sed -n 1p)")
  done
  loaded
  line+=(--no-huge --no-pci --no-telemetry --no-shconf --log-level=*:error "--lcores=$cores" -m "$memory"
    "${plugins[@]}" "--vdev=net_virtio_user0,path=$socket,queues=$queues$more" --
    "--rxq=$queues" "--txq=$queues" --no-flush-rx --no-numa --total-num-mbufs=16384 "$@")
}

task=${1:-}
[ $# = 0 ] || shift
case $task in
fetch)
  [ $# = 0 ] || usage
  fetch
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
  [ $# != 0 ] || usage
  exec "$here/isolated.sh" 60 KILL python3 -B "$here/check-dpdk.py" "$@"
  ;;
*) usage ;;
esac
