#!/usr/bin/env bash
# Feeds every decoder of foreign bytes with libFuzzer. Usage: Scripts/fuzz.sh [SECONDS] [TARGET...]
# What crashes is kept in Fuzz/Crashers, which plain tests replay.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
[ $# = 0 ] || shift
# The XML parser of the toolchain leaks the texts of its errors.
export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0
options=(-c release --package-path Fuzz -Xswiftc "-sanitize=fuzzer,address" -Xswiftc -use-ld=lld -Xswiftc -enable-testing)
swift build "${options[@]}"
fuzz=$(swift build "${options[@]}" --show-bin-path)/fuzz
targets=("$@")
[ ${#targets[@]} != 0 ] || targets=(records stream control trace rings state options scxml drawing vhost port)
failed=0
for target in "${targets[@]}"; do
  mkdir -p "Fuzz/Corpus/$target" "Fuzz/Crashers/$target"
  log=$(mktemp)
  if "$fuzz" "$target" "-max_total_time=$seconds" -timeout=10 -rss_limit_mb=4096 -detect_leaks=0 -max_len=8192 \
    "-artifact_prefix=Fuzz/Crashers/$target/" "Fuzz/Corpus/$target" "Fuzz/Seeds/$target" >"$log" 2>&1; then
    printf '%-10s %s\n' "$target" "$(grep -E '^Done' "$log" || tail -n 1 "$log"), $(grep -oE 'cov: [0-9]+' "$log" | tail -n 1)"
  else
    failed=1
    printf '%-10s CRASHED\n' "$target"
    tail -n 40 "$log"
  fi
  rm -f "$log"
done
find Fuzz/Crashers -type d -empty -delete
exit "$failed"
