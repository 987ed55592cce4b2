#!/usr/bin/env bash
# Installs what is missing of the groups named (default: build), from the list in packages.txt. Needs Debian 12 and
# either root or sudo; does nothing, and asks for nothing, when all is there.
#   scripts/setup.sh [build] [report] [gui] [mpi] [evolution] [test] [fuzz] [cross] [devices]
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

list="$root/scripts/packages.txt"

# Lines "package command" of a group; command is "-" when none is named.
packages_of() {
    awk -v group="[$1]" '
        { sub(/#.*/, "") }
        /^\[/ { here = ($1 == group); found = found || here; next }
        here && NF { command = "-"; if (NF > 1) { command = substr($2, 2, length($2) - 2) } print $1, command }
        END { if (!found) exit 1 }' "$list"
}

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo env DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@"
    fi
}

[ $# -gt 0 ] || set -- build
heading "packages: $*"

missing=()
for group in "$@"; do
    wanted=$(packages_of "$group") || { say "packages.txt has no group '$group'" >&2; exit 2; }
    while read -r package command; do
        if [ "$command" != - ] && command -v "$command" >/dev/null 2>&1; then
            continue
        fi
        installed "$package" || missing+=("$package")
    done <<<"$wanted"
done

if [ ${#missing[@]} -eq 0 ]; then
    say "all are there"
    exit 0
fi
say "missing: ${missing[*]}"
if ! command -v apt-get >/dev/null 2>&1; then
    say "this is not Debian: install these by hand (names as in Debian 12)" >&2
    exit 1
fi
if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null 2>&1; then
    say "neither root nor sudo: ask an administrator to install them" >&2
    exit 1
fi

export DEBIAN_FRONTEND=noninteractive
apt_options=(-o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
say "apt-get update"
as_root apt-get "${apt_options[@]}" -qq update
say "apt-get install --no-install-recommends ${missing[*]}"
quietly as_root apt-get "${apt_options[@]}" -qq -y -o Dpkg::Use-Pty=0 install --no-install-recommends "${missing[@]}"
say "installed"
