#!/usr/bin/env bash
# Makes docs/images/*.png, a picture of the window and of each view, without a display; look at them before you commit.
#   scripts/screenshots.sh [PROGRAM]
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

program=$(realpath "${1:-build/dev/gui/slimline-gui}")
session=docs/images/session.json
own=$(mktemp -d)
trap 'rm -rf "$own"' EXIT
export XDG_DATA_HOME=$own XDG_RUNTIME_DIR=$own QT_LOGGING_RULES='*.debug=false' QT_QPA_PLATFORM=offscreen

picture() {
    local file=docs/images/$1.png
    shift
    "$program" --session "$session" --export "$file" "$@" 2>/dev/null
    say "$file"
}

picture window --size 1280x800
picture window-dark --size 1280x800 --theme dark
picture window-200 --size 2560x1440 --scale 200    # as on a screen of that size with letters twice as large
picture compare-200 --size 1920x960 --scale 200 --view Compare
picture design --view Design --size 420x860
picture search --view Search --size 1000x860
for view in Roofline Curves Breakdown Compare Why Validation Pareto Parallel Table; do
    picture "$(tr '[:upper:]' '[:lower:]' <<<"$view")" --view "$view" --size 960x480
done
