#!/usr/bin/env bash
# Runs vm-test.py, which has a limit of its own (--seconds), where nothing else is: no machine outlives it. Usage: Scripts/vm-test.sh [OPTION...]; --help lists them.
# What QEMU, the kernels and the tests need is fetched and built first; exit code 77: it cannot be had.
set -euo pipefail
cd "$(dirname "$0")/.."

kernels=()
previous=
for word in "$@"; do
  case $word in
  --help | -h) exec python3 -B Scripts/vm-test.py --baton none --tests none --help ;;
  --kernel=*) kernels+=("${word#*=}") ;;
  esac
  [ "$previous" != --kernel ] || kernels+=("$word")
  previous=$word
done
Scripts/qemu.sh fetch 10
Scripts/kernels.sh fetch "${kernels[@]}"
Scripts/peers.sh
swift build --traits Command --build-tests
swift build --traits Command -c release --product baton
exec Scripts/isolated.sh 18000 TERM python3 -B Scripts/vm-test.py \
  --baton .build/release/baton --tests .build/debug/batonPackageTests.xctest "$@"
