#!/usr/bin/env bash
# Installs what was built, or removes exactly that again.
# Usage: Scripts/install.sh build      builds all of it into .build/libbaton/stage, which needs no root
#        Scripts/install.sh install    copies it to $DESTDIR$PREFIX (PREFIX: /usr/local), and builds it first where it is not
#        Scripts/install.sh uninstall  removes it from there, and the folders that are Baton's alone
#        Scripts/install.sh list       says what is installed, one path to a line
# With CORE=1 each of them is about libbaton-core alone, the small library, which shares no file with the rest.
# units go to $PREFIX/lib/systemd/system; UNITS=FOLDER says another one.
set -euo pipefail
cd "$(dirname "$0")/.."

PREFIX=${PREFIX:-/usr/local}
DESTDIR=${DESTDIR:-}
case ${CORE:-0} in
0) CORE='' ;;
1) CORE=1 ;;
*) echo "install: CORE is 0 or 1, and not $CORE" >&2 && exit 64 ;;
esac
name=baton${CORE:+-core}
UNITS=${UNITS:-$PREFIX/lib/systemd/system}
scratch=.build/libbaton
stage=$scratch/stage
version=$(sed -nE 's/.*version: StaticString = "(.*)"/\1/p' Sources/Core/Baton.swift)

fail() {
  echo "install: $*" >&2
  exit 1
}

case $PREFIX in /*) ;; *) fail "PREFIX is '$PREFIX': it has to begin with a slash" ;; esac

# shellcheck source=/dev/null
source Scripts/libbaton/build.sh

# Foundation's networking and XML, which the command's page is served with, want two libraries of Debian's when they are linked in.
check_libraries() {
  local name missing=
  for name in libcurl:libcurl4-openssl-dev libxml-2.0:libxml2-dev; do
    pkg-config --exists "${name%:*}" || missing+=" ${name#*:}"
  done
  [ -n "$missing" ] || return 0
  [ "$(id -u)" = 0 ] || fail "missing Debian packages:$missing. Install them: sudo apt-get install$missing"
  # shellcheck disable=SC2086  # the names are meant to be split
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing </dev/null
}

build_command() {
  check_libraries
  static_build --traits Command --product baton
  mkdir -p "$stage/bin" "$stage/man" "$stage/completions"
  install -m 755 "$scratch/release/baton" "$stage/bin/baton"
  local shell
  for shell in bash zsh fish; do
    "$stage/bin/baton" --generate-completion-script "$shell" >"$stage/completions/$shell"
  done
}

# Pages of the manual are made from the help, and named as manual pages are: baton-net(1).
build_manual() {
  local made=.build/plugins/GenerateManual/outputs/baton page name
  rm -rf "$made"
  swift package --traits Command generate-manual --multi-page >"$scratch/log" 2>&1 || {
    cat "$scratch/log" >&2
    fail "no manual"
  }
  rm -f "$made/baton.help.1"
  for page in "$made"/*.1; do
    name=$(basename "$page" .1)
    name=${name//./-}
    sed "s/^\.Dt .*/.Dt ${name^^} 1/" "$page" >"$stage/man/$name.1"
  done
}

core_places() {
  local made=.build-embedded/stage/lib part
  echo "755 $made/libbaton-core.so.0 $PREFIX/lib/libbaton-core.so.0"
  echo "- ->libbaton-core.so.0 $PREFIX/lib/libbaton-core.so"
  echo "644 $made/pkgconfig/baton-core.pc $PREFIX/lib/pkgconfig/baton-core.pc"
  echo "644 Sources/CBaton/include/baton.h $PREFIX/include/baton-core/baton.h"
  for part in Sources/CBaton/include/baton/*.h; do echo "644 $part $PREFIX/include/baton-core/baton/$(basename "$part")"; done
  echo "644 docs/EMBEDDING-C.md $PREFIX/share/doc/baton-core/EMBEDDING-C.md"
  echo "644 LICENSE $PREFIX/share/doc/baton-core/copyright"
}

# place MODE SOURCE DESTINATION: one line for each file that is installed; a source that begins with -> is a link.
places() {
  local page part
  if [ -n "$CORE" ]; then
    core_places
    return
  fi
  echo "755 $stage/bin/baton $PREFIX/bin/baton"
  echo "755 $stage/lib/libbaton.so.0 $PREFIX/lib/libbaton.so.0"
  echo "- ->libbaton.so.0 $PREFIX/lib/libbaton.so"
  echo "644 $stage/lib/libbaton.a $PREFIX/lib/libbaton.a"
  echo "644 $stage/lib/pkgconfig/baton.pc $PREFIX/lib/pkgconfig/baton.pc"
  echo "644 Sources/CBaton/include/baton.h $PREFIX/include/baton.h"
  for part in Sources/CBaton/include/baton/*.h; do echo "644 $part $PREFIX/include/baton/$(basename "$part")"; done
  for page in "$stage"/man/*.1; do echo "644 $page $PREFIX/share/man/man1/$(basename "$page")"; done
  echo "644 $stage/completions/bash $PREFIX/share/bash-completion/completions/baton"
  echo "644 $stage/completions/zsh $PREFIX/share/zsh/vendor-completions/_baton"
  echo "644 $stage/completions/fish $PREFIX/share/fish/vendor_completions.d/baton.fish"
  echo "644 packaging/systemd/baton-net.service $UNITS/baton-net.service"
  echo "644 packaging/systemd/baton-net.socket $UNITS/baton-net.socket"
  echo "644 packaging/net.json $PREFIX/share/doc/baton/examples/net.json"
  for part in Examples/c-host/*; do
    echo "$(stat -c %a "$part" | sed 's/^77./755/; s/^6../644/') $part $PREFIX/share/doc/baton/examples/c-host/$(basename "$part")"
  done
  echo "644 docs/EMBEDDING-C.md $PREFIX/share/doc/baton/EMBEDDING-C.md"
  echo "644 LICENSE $PREFIX/share/doc/baton/copyright"
  # The command holds Duktape's code, whose licence (MIT) goes with it.
  echo "644 packaging/duktape.txt $PREFIX/share/doc/baton/copyright.duktape"
}

# Folders that are ours, the innermost first; others were perhaps there before, and empty.
folders() {
  places | while read -r _ _ path; do
    path=${path#"$PREFIX"}
    while path=$(dirname "$path"); do
      case $path in */"$name" | */"$name"/*) echo "$PREFIX$path" ;; *) break ;; esac
    done
  done | sort -ru
}

build_all() {
  if [ -n "$CORE" ]; then
    Scripts/embedded.sh
    return
  fi
  Scripts/libbaton.sh
  build_command
  build_manual
  touch "$stage/complete"
}

install_all() {
  # What is older than its sources is not installed.
  if [ -n "$CORE" ] || [ ! -f "$stage/complete" ] || [ -n "$(find Sources Package.swift -newer "$stage/complete" -print -quit)" ]; then build_all; fi
  local mode source path
  while read -r mode source path; do
    mkdir -p "$(dirname "$DESTDIR$path")"
    case $source in
    -\>*) ln -sf "${source#->}" "$DESTDIR$path" ;;
    *) install -m "$mode" "$source" "$DESTDIR$path" ;;
    esac
  done < <(places)
  # The unit names the program where it is.
  [ -n "$CORE" ] || sed -i "s|/usr/bin/baton|$PREFIX/bin/baton|" "$DESTDIR$UNITS/baton-net.service"
  echo "install: $name $version is in $DESTDIR$PREFIX ($(places | wc -l) files)"
}

uninstall_all() {
  local path
  while read -r _ _ path; do rm -f "$DESTDIR$path"; done < <(places)
  while read -r path; do rmdir --ignore-fail-on-non-empty "$DESTDIR$path" 2>/dev/null || true; done < <(folders)
  echo "install: $name is gone from $DESTDIR$PREFIX"
}

case ${1:-} in
build) build_all ;;
install) install_all ;;
uninstall)
  [ -n "$CORE" ] || [ -f "$stage/complete" ] || fail "nothing was built here: what was installed is not known"
  uninstall_all
  ;;
list) places | while read -r _ _ path; do echo "$path"; done ;;
*) sed -n '2,8s/^# //p' "$0" >&2; exit 64 ;;
esac
