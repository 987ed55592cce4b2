#!/usr/bin/env bash
# The program in a real window on a virtual X server: it starts, paints within three seconds (the second start: files are
# warm; alone on a machine it takes less than one), and ends. Skipped (77) without Xvfb.
#   real_window.sh PROGRAM
set -euo pipefail
command -v Xvfb >/dev/null || { echo "no Xvfb: skipped"; exit 77; }
folder=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
mkfifo "$folder/display"
Xvfb -displayfd 3 -screen 0 1280x800x24 -nolisten tcp 3>"$folder/display" 2>"$folder/xvfb.log" &
server=$!
read -r number <"$folder/display"
export DISPLAY=":$number" XDG_RUNTIME_DIR="$folder" XDG_DATA_HOME="$folder/data" HOME="$folder"
unset QT_QPA_PLATFORM WAYLAND_DISPLAY
timeout 60 "$1" --startup-time >/dev/null
timeout 60 "$1" --startup-time | tee "$folder/said"
milliseconds=$(sed -n 's/^first window painted after \([0-9]*\) ms$/\1/p' "$folder/said")
[ -n "$milliseconds" ]
# A debug build under sanitizers takes several times as long.
most=${SLIMLINE_STARTUP_MS:-3000}
[ "$milliseconds" -le "$most" ] || { echo "that is more than $most ms"; exit 1; }
QT_QPA_PLATFORM=xcb timeout 60 "$1" --export "$folder/window.png"
head -c 4 "$folder/window.png" | grep -q PNG
[ "$(stat -c %s "$folder/window.png")" -gt 20000 ]
