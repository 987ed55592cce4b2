#!/usr/bin/env bash
# check.sh PROGRAM EXAMPLE ANSWER: the example's output is the answer, to the letter. Nothing of a person's own data counts.
set -euo pipefail
own=$(mktemp -d)
trap 'rm -rf "$own"' EXIT
export SLIMLINE=$1 XDG_DATA_HOME=$own NO_COLOR=1
diff -u "$3" <(sh "$2" 2>&1)
