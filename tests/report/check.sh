#!/usr/bin/env bash
# Writes the report of a search with about 100,000 designs and uses it in headless Chromium.
#   check.sh SLIMLINE [SCREENSHOT.png]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
browser=$(command -v chromium || true)
if [ -z "$browser" ] || [ ! -d "$here/node_modules/playwright-core" ] || ! command -v node >/dev/null; then
    echo "SKIPPED: no chromium, node or playwright-core (scripts/test.sh installs them)"
    exit 77
fi
own=$(mktemp -d)
trap 'rm -rf "$own"' EXIT
"$1" search "$here/space.json" --all --json >"$own/designs.json"
if ! "$1" report "$own/designs.json" --out "$own/designs.html" 2>"$own/complaint"; then
    cat "$own/complaint"
    grep -q "no plotting library" "$own/complaint" || exit 1
    echo "SKIPPED: this build has no plotting library in it"
    exit 77
fi
cd "$here" && node check.mjs "$own/designs.html" "$browser" ${2:+"$2"}
