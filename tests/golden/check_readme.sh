#!/usr/bin/env bash
# check_readme.sh PROGRAM README: the example in README is what the program prints.
set -euo pipefail
own=$(mktemp -d)
trap 'rm -rf "$own"' EXIT
export SLIMLINE=$1 XDG_DATA_HOME=$own NO_COLOR=1
shown() { awk '/^<!-- example:/ { marked = 1 } inside && /^```$/ { exit } inside { print } marked && /^```text$/ { inside = 1 }' "$1"; }
diff -u <(shown "$2") <(sh "$(dirname "$0")/readme_example.sh")
