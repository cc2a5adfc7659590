# shellcheck shell=bash
# Fetches packages of Debian's into a folder, without installing any: what qemu.sh and dpdk.sh share. To be sourced.
#
# Who sources it sets `program`, by which messages begin, and `main_packages`, an expression for the names of the
# packages whose versions are told.
# shellcheck disable=SC2034,SC2154  # the other half is theirs

cache=${BATON_CACHE:-${XDG_CACHE_HOME:-${HOME:?neither BATON_CACHE nor HOME is set}/.cache}/baton/qemu}
case $cache in /*) ;; *) cache=$PWD/$cache ;; esac
mirror=${BATON_MIRROR:-http://deb.debian.org/debian}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
libraries=usr/lib/x86_64-linux-gnu

fail() {
  echo "$program: $*" >&2
  exit 1
}

# What is missing is not ours to give: 77 is what test runners take for "skipped".
skip() {
  echo "$program: $*" >&2
  exit 77
}

work=
clean() { [ -z "$work" ] || rm -rf "$work"; }
trap clean EXIT
# A signal would end bash without the trap.
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

need_tools() {
  local tool
  [ "$(uname -m)" = x86_64 ] || skip "packages are fetched for x86_64 only, this machine is $(uname -m)"
  for tool in apt-get apt-cache apt-config dpkg-deb flock timeout; do
    command -v "$tool" >/dev/null ||
      skip "$tool is missing, with which packages are fetched (Debian: apt, dpkg, util-linux, coreutils)"
  done
  [ -r "$keyring" ] || skip "$keyring is missing, with which packages are verified (Debian: debian-archive-keyring)"
}

# private COMMAND...: with the private state of begin_apt, and at most five minutes.
# In the foreground: an interrupt from the keyboard reaches it too.
private() { LC_ALL=C APT_CONFIG=$work/apt.conf timeout --foreground --kill-after=10 300 "$@" </dev/null; }

# begin_apt SUITE: makes a state in which no package is installed. Of the system's settings only those for fetching
# count, for there a proxy is set; its hooks would go on to refresh catalogues of the system's.
begin_apt() {
  local suite=$1
  rm -rf "$work"
  mkdir -p "$work"/{sources,lists/partial,cache/archives/partial,debs,tree}
  : >"$work/status"
  printf '%s\n' "Types: deb" "URIs: $mirror" "Suites: $suite" "Components: main" "Architectures: amd64" \
    "Signed-By: $keyring" >"$work/sources/debian.sources"
  # Sandbox: apt's own user may not enter a folder of the user's.
  apt-config dump | grep '^Acquire::' | grep -vE '^Acquire::(IndexTargets|Languages)' >"$work/apt.conf" || true
  cat >>"$work/apt.conf" <<EOF
Dir::Etc::Main "/dev/null";
Dir::Etc::Parts "/dev/null";
Dir::Etc::SourceList "/dev/null";
Dir::Etc::SourceParts "$work/sources";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State "$work";
Dir::State::Lists "$work/lists";
Dir::State::Status "$work/status";
Dir::Cache "$work/cache";
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
EOF
  private apt-get -q update >"$work/log" 2>&1 ||
    skip "Debian $suite cannot be had from $mirror: $(complaint)"
}

# The first thing that apt has complained of.
complaint() {
  sed -nE 's/^(E|Err:[0-9]+|W): *//p' "$work/log" | sed -n 1p | grep . || echo "apt-get took over five minutes"
}

# download NAME...: also unpacks them, into $work/tree.
download() {
  local file
  (cd "$work/debs" && private apt-get -q download "$@") >"$work/log" 2>&1 ||
    skip "packages cannot be had from $mirror: $(complaint)"
  for file in "$work"/debs/*.deb; do
    dpkg-deb -x "$file" "$work/tree" || fail "${file##*/} was not unpacked (is the disk full?)"
    # shellcheck disable=SC2016  # dpkg-deb's own
    dpkg-deb -W --showformat='${Package} ${Version}' "$file"
    printf ' %d kB\n' "$(($(stat -c %s "$file") / 1000))"
  done >"$work/packages"
}

# keep NAME FOLDER: what was fetched gets its place in one step, so that a fetch that was interrupted leaves nothing.
keep() {
  local name=$1 folder=$2
  mv "$work/packages" "$folder/packages"
  rm -rf "${cache:?}/$name"
  mv "$folder" "$cache/$name"
  # A line of packages is a name, a version, and kB.
  awk -v program="$program" -v main_packages="$main_packages" -v place="$cache/$name" -v size="$(du -sm "$cache/$name" | cut -f 1)" -v took=$((SECONDS - began)) '
    { kb += $3 }
    $1 ~ main_packages { main = main (main ? ", " : "") $1 " " $2 }
    END { printf "%s: fetched %d packages (%d MB) in %d s into %s (%d MB): %s\n",
      program, NR, kb / 1000, took, place, size, main }
  ' "$cache/$name/packages"
}

# begin_fetch: makes the cache, and waits for whoever else fetches into it.
begin_fetch() {
  need_tools
  mkdir -p "$cache" 2>/dev/null || fail "$cache cannot be made: is BATON_CACHE what you meant?"
  # One at a time; who waited finds everything there.
  exec 9>"$cache/lock"
  flock -w 900 9 || fail "another fetch into $cache has not ended for 15 minutes"
  # What is left of fetches that were killed.
  rm -rf "$cache"/new.*
  work=$cache/new.$$
}

# end_fetch: lets the next one.
end_fetch() { exec 9>&-; }
