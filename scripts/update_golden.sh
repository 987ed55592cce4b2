#!/usr/bin/env bash
# Writes the examples' answers anew with the program given (default: that of the dev preset), and the window's pictures with
# the test program built beside it; look at the difference before you commit it.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

program=$(realpath "${1:-build/dev/cli/slimline}")
own=$(mktemp -d)
trap 'rm -rf "$own"' EXIT
for example in examples/*.sh; do
    answer=examples/answers/$(basename "$example" .sh).txt
    SLIMLINE=$program XDG_DATA_HOME=$own NO_COLOR=1 sh "$example" >"$answer"
    say "$answer"
done

# README's example: the block after the mark that names its command.
SLIMLINE=$program XDG_DATA_HOME=$own NO_COLOR=1 tests/golden/readme_example.sh >"$own/example.txt"
awk -v file="$own/example.txt" '
    inside && /^```$/ { while ((getline line < file) > 0) print line; inside = 0 }
    !inside { print }
    /^<!-- example:/ { marked = 1 }
    marked && /^```text$/ { inside = 1; marked = 0 }' README.md >"$own/README.md"
cat "$own/README.md" >README.md
say README.md

# The window's pictures, where the window was built.
pictures=$(dirname "$program")/../tests/gui/golden_qtest
if [[ -x $pictures ]]; then
    SLIMLINE_UPDATE_GOLDEN=1 QT_QPA_PLATFORM=offscreen XDG_DATA_HOME=$own XDG_CONFIG_HOME=$own XDG_RUNTIME_DIR=$own "$pictures"
    say tests/gui/golden
fi
git --no-pager diff --stat -- examples/answers tests/gui/golden README.md || true
