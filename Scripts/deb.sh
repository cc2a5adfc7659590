#!/usr/bin/env bash
# Makes a Debian package of what `make install` installs: .build/libbaton/baton_VERSION_ARCHITECTURE.deb
# With --test: makes a clean Debian beside it (debootstrap), installs the package there, and runs docs/EMBEDDING-C.md in it.
set -euo pipefail
cd "$(dirname "$0")/.."

scratch=.build/libbaton
tree=$scratch/deb
version=$(sed -nE 's/.*version: StaticString = "(.*)"/\1/p' Sources/Core/Baton.swift)
architecture=$(dpkg --print-architecture)
package=$PWD/$scratch/baton_${version}_$architecture.deb

fail() {
  echo "deb: $*" >&2
  exit 1
}

# The packages of the libraries that the program and the library load, each with the version that it is built with at least.
depends() {
  local file name path owner
  for file in "$tree/usr/bin/baton" "$tree/usr/lib/libbaton.so.0"; do
    for name in $(readelf -d "$file" | grep -oP '(?<=Shared library: \[)[^]]+'); do
      path=$(ldd "$file" | awk -v name="$name" '$1 == name {print $3}')
      [ -n "$path" ] || continue
      # A merged /usr: packages name one of the two paths.
      owner=$(dpkg -S "$path" 2>/dev/null || dpkg -S "/usr$path" 2>/dev/null || dpkg -S "${path#/usr}" 2>/dev/null) ||
        fail "no package has $path"
      owner=${owner%%:*}
      echo "$owner (>= $(dpkg-query -W -f '${source:Upstream-Version}' "$owner"))"
    done
  done | sort -u | paste -sd, | sed 's/,/, /g'
}

make_package() {
  rm -rf "$tree"
  CORE='' PREFIX=/usr DESTDIR=$PWD/$tree Scripts/install.sh install
  mkdir -p "$tree/DEBIAN"
  find "$tree/usr/share/man" -name '*.1' -exec gzip -9n {} +
  cat >"$tree/DEBIAN/control" <<END
Package: baton
Version: $version
Architecture: $architecture
Maintainer: The Baton authors <baton@localhost>
Depends: $(depends)
Suggests: libevent-dev
Section: net
Priority: optional
Installed-Size: $(du -sk "$tree/usr" | cut -f1)
Description: hands a running guest's network from one process to the next
 Moves a guest's TAP, its open descriptors and its virtio-net device from one VMM
 process to another one of the host, without losing a frame. The command serves
 guests of VMMs that speak vhost-user; the library (C, with its header and a
 static archive) is for VMMs that embed it.
END
  echo 'activate-noawait ldconfig' >"$tree/DEBIAN/triggers"
  install -m 755 packaging/debian/postinst packaging/debian/prerm "$tree/DEBIAN"
  dpkg-deb --root-owner-group --build "$tree" "$package" >/dev/null
  echo "deb: $package, $(stat -c %s "$package") bytes, needs $(depends)"
}

[ -z "${1:-}" ] || [ "$1" = --test ] || fail "unknown: $1 (only --test)"
make_package
[ -z "${1:-}" ] || exec Scripts/deb-test.sh "$package"
