#!/usr/bin/env bash
# Compresses a captured request log, then gives it back in both ways: the exact file, and the value of the lossless form.
set -euo pipefail
cd "$(dirname "$0")/.."

read -ra headroom <<<"${HEADROOM:-dotnet run --project src/Headroom.Cli --}"
log=examples/data/request-log.json
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HEADROOM_DATA_DIR="$work/data"

"${headroom[@]}" compress "$log" --report "$work/report.json" >"$work/view.txt"
cat "$work/view.txt"
printf '\n\n'
cat "$work/report.json"

hash=$(sed -E 's/.*"hash":"([0-9a-f]{24})".*/\1/' "$work/report.json")
"${headroom[@]}" retrieve "$hash" | cmp - "$log"
echo "Retrieved: the same bytes."

"${headroom[@]}" compress "$log" --level lossless >"$work/table.txt"
"${headroom[@]}" decode "$work/table.txt" >"$work/value.json"
echo "Lossless: $(wc -c <"$log") bytes as $(wc -c <"$work/table.txt"), decoded to $(wc -c <"$work/value.json") bytes of JSON without white space."
