#!/usr/bin/env bash
# graphs.sh PACKAGE FOLDER: writes the symbol graph of each product of a package into a folder of its own below FOLDER.
# The C interface, a dynamic library, is not among them: what it shows is its header. Only what is public and written in a source file. What was built for the tests is used again, so this takes seconds
# where `swift package dump-symbol-graph` builds everything once more.
set -euo pipefail

mkdir -p "$2"
folder=$(cd "$2" && pwd)
cd "$1"

options=()
# A manifest from before the trait always builds the command.
if grep -q 'name: "Command"' Package.swift; then options=(--traits Command); fi
if ! swift build "${options[@]}" >"$folder/build.log" 2>&1; then
  cat "$folder/build.log"
  exit 1
fi
built=$(swift build "${options[@]}" --show-bin-path)
target=$(swift -print-target-info | sed -n 's/^ *"triple": "\([^"]*\)".*/\1/p' | head -n 1)

# What is written in C and only built with a trait has its module map among what was built.
maps=()
for map in .build/checkouts/*/*/include/module.modulemap; do
  [ ! -e "$map" ] || maps+=(-Xcc "-fmodule-map-file=$map")
done
for map in "$built"/*.build/module.modulemap; do
  maps+=(-Xcc "-fmodule-map-file=$map")
done

# shellcheck disable=SC2013  # names without spaces
for module in $(sed -n 's/.*\.library(name: "\([A-Za-z]*\)", targets.*/\1/p' Package.swift); do
  rm -rf "${folder:?}/$module"
  mkdir -p "$folder/$module"
  swift symbolgraph-extract -module-name "$module" -target "$target" -output-dir "$folder/$module" \
    -I "$built/Modules" -I Sources/CLinux/include -I Sources/CLibevent \
    "${maps[@]}" \
    -minimum-access-level public -skip-synthesized-members -emit-extension-block-symbols
done
