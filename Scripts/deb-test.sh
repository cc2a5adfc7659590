#!/usr/bin/env bash
# Installs the package in a clean Debian, and runs docs/EMBEDDING-C.md there as it is written. Needs root.
# Usage: Scripts/deb-test.sh PACKAGE
# The Debian (debootstrap, of the same release as this one) is made once and kept in .build/libbaton/debian.tar; each run has a
# copy, which is gone afterwards, as are its mounts and its network.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  echo "deb-test: $*" >&2
  exit 1
}

package=$(readlink -f "${1:?which package}")
kept=$PWD/.build/libbaton/debian.tar
[ "$(id -u)" = 0 ] || fail "a Debian can be made by root only"

# shellcheck disable=SC1091  # it is on every Debian
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
mirror=$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true; } |
  awk '!found && /^URIs:/ { print $2; found = 1 } !found && /^deb / { for (i = 2; !found && i <= NF; i++) if ($i ~ /^https?:/) { print $i; found = 1 } }')
[ -n "$mirror" ] || fail "apt's sources name no mirror"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The mounts end with the namespace.
if [ ! -f "$kept" ]; then
  command -v debootstrap >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends debootstrap </dev/null
  echo "deb-test: makes a Debian $release from $mirror"
  debootstrap --variant=minbase --include=ca-certificates "$release" "$work/made" "$mirror" >"$work/log" 2>&1 ||
    { tail -n 20 "$work/log" >&2; fail "debootstrap failed"; }
  tar -C "$work/made" -cf "$kept.new" . && mv "$kept.new" "$kept"
  rm -rf "$work/made"
fi
mkdir "$work/debian"
tar -C "$work/debian" -xf "$kept"
cp /etc/resolv.conf "$work/debian/etc/resolv.conf"
# As this machine asks for packages: a proxy, for instance.
cp /etc/apt/apt.conf.d/*proxy* "$work/debian/etc/apt/apt.conf.d/" 2>/dev/null || true
install -D -t "$work/debian/guide/Scripts" Scripts/guide-c.sh
install -D -t "$work/debian/guide/docs" docs/EMBEDDING-C.md
cp "$package" "$work/debian/guide/"

# In namespaces of its own: processes, mounts. The package is installed with the network of this machine.
# shellcheck disable=SC2016  # it is read by the other shell
timeout --kill-after=10 900 unshare --mount --pid --fork --kill-child bash -euc '
  root=$1 name=$2
  mount --make-rprivate /
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mount -t sysfs sysfs "$root/sys" 2>/dev/null || true
  inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive \
    TMPDIR=/tmp ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} "$@"; }
  inside apt-get update -q
  inside /guide/Scripts/guide-c.sh "/guide/$name"
  inside baton --version
  inside bash -c "man1=\$(ls /usr/share/man/man1 2>/dev/null | grep -c baton || true); echo \"manual: \$man1 pages\""
  inside dpkg --verify baton
  inside apt-get purge -y -q baton
  left=$(find "$root/usr" "$root/etc" -name "*baton*" ! -path "*/dpkg/*")
  [ -z "$left" ] || { echo "left behind: $left"; exit 1; }
' bash "$work/debian" "$(basename "$package")"
echo "deb-test: installed, worked through, removed"
