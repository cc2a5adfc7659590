#!/usr/bin/env bash
# Looks for what building and testing need, installs Debian packages when root, and otherwise says what to do.
# Usage: Scripts/prepare.sh [kernel] [tools]    with "kernel": also TAPs and network namespaces, for tests and
# demo; with "tools": also what some tests look at Baton with, and are skipped without
set -euo pipefail

fail() {
  printf 'prepare: %s\n' "$@" >&2
  exit 1
}

check_swift() {
  command -v swift >/dev/null || fail \
    "swift is missing: Baton needs a Swift toolchain, 6.3 or later, on the PATH." \
    "Get one from https://www.swift.org/install/linux/ (Debian 12, x86_64 or aarch64)."
  local version
  version=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' | head -n 1)
  [ "$(printf '%s\n' 6.3 "$version" | sort -V | head -n 1)" = 6.3 ] || fail \
    "swift is ${version:-of an unknown version}: Baton needs 6.3 or later (found $(command -v swift))."
}

# Prints the Debian packages that are missing, one to a line.
missing_packages() {
  command -v git >/dev/null || echo git
  command -v gcc >/dev/null || echo gcc
  command -v unshare >/dev/null || echo util-linux
  command -v pkg-config >/dev/null || echo pkg-config
  if ! command -v pkg-config >/dev/null || ! pkg-config --exists libevent_core; then echo libevent-dev; fi
  # The command has the data model ecmascript of SCXML, whose engine is built from its source.
  [ -f /usr/share/duktape/duktape.c ] || echo duktape-dev
}

# The same for tools: a browser, other engines and layouts, curl.
missing_tools() {
  command -v chromium >/dev/null || echo chromium
  command -v curl >/dev/null || echo curl
  command -v g++ >/dev/null || echo g++
  command -v ip >/dev/null || echo iproute2
  command -v dot >/dev/null || echo graphviz
  command -v spin >/dev/null || echo spin
  command -v pgrep >/dev/null || echo procps
  command -v shellcheck >/dev/null || echo shellcheck
  command -v strace >/dev/null || echo strace
  command -v python3 >/dev/null || echo python3
  python3 -c 'import ensurepip' 2>/dev/null || echo python3-venv
}

check_packages() {
  local missing
  missing=$({ missing_packages; [ "$tools" = no ] || missing_tools; } | tr '\n' ' ')
  missing=${missing% }
  [ -n "$missing" ] || return 0
  local install="apt-get install -y --no-install-recommends $missing"
  if [ "$(id -u)" != 0 ]; then
    fail "missing Debian packages: $missing" "Install them, then run this again:" \
      "  sudo sh -c 'apt-get update && $install'"
  fi
  command -v apt-get >/dev/null || fail "missing: $missing (and there is no apt-get to install them with)."
  echo "prepare: installing $missing"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q </dev/null
  # shellcheck disable=SC2086  # the words of the command are meant to be split
  $install -q </dev/null
  missing=$({ missing_packages; [ "$tools" = no ] || missing_tools; } | tr '\n' ' ')
  [ -z "$missing" ] || fail "still missing after apt-get: $missing"
}

check_kernel() {
  [ -c /dev/net/tun ] || fail "/dev/net/tun is missing: the kernel module is not loaded, or a container hides the device." \
    "On the host: modprobe tun. For a container: --device /dev/net/tun."
  (exec 3<>/dev/net/tun) 2>/dev/null || fail "/dev/net/tun cannot be opened by $(id -un) ($(ls -l /dev/net/tun))."
  if [ "$(id -u)" = 0 ]; then
    unshare --net true 2>/dev/null || fail "no network namespace can be made, although root:" \
      "a container needs --cap-add SYS_ADMIN --cap-add NET_ADMIN."
  else
    unshare --user --map-root-user --net true 2>/dev/null || fail \
      "no network namespace can be made by $(id -un): the kernel refuses user namespaces." \
      "Be root, or allow them: sysctl kernel.unprivileged_userns_clone=1, user.max_user_namespaces above 0," \
      "and where it exists kernel.apparmor_restrict_unprivileged_userns=0."
  fi
}

kernel=no
tools=no
for word in "$@"; do
  case $word in
  kernel) kernel=yes ;;
  tools) tools=yes ;;
  *) fail "unknown: $word" ;;
  esac
done
check_swift
check_packages
[ "$kernel" = no ] || check_kernel
