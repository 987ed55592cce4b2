# Read by the other scripts: where the tree is, headings, and how many jobs fit this machine.
set -euo pipefail
export LC_ALL=C

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

jobs=$(nproc 2>/dev/null || echo 2)
started=$SECONDS

heading() { printf '\n=== %s\n' "$*"; }
say() { printf '%s\n' "$*"; }

# Runs a command whose output is of interest only when it fails.
quietly() {
    local log
    log=$(mktemp)
    "$@" >"$log" 2>&1 || { cat "$log"; rm -f "$log"; return 1; }
    rm -f "$log"
}

# install_npm FOLDER: the packages of a lock file, without running anything of theirs. 1 where npm has no way to them.
install_npm() {
    local folder=$1
    if [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ]; then
        say "is there"
    elif (cd "$folder" && quietly npm ci --ignore-scripts --no-audit --no-fund); then
        touch "$folder/node_modules/.package-lock.json"
        say "installed"
    else
        return 1
    fi
}

# An object cache makes a second build free, where there is one.
launcher=()
if command -v ccache >/dev/null 2>&1; then
    launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    export CCACHE_BASEDIR="$root"
fi

took() { printf '%d min %02d s' $(((SECONDS - started) / 60)) $(((SECONDS - started) % 60)); }
