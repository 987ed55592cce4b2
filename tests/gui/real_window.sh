#!/usr/bin/env bash
# The program in a real window on a virtual X server: it starts, paints, and ends. Skipped (77) without Xvfb.
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
timeout 60 "$1" --startup-time | tee "$folder/said"
grep -q 'first window painted after' "$folder/said"
QT_QPA_PLATFORM=xcb timeout 60 "$1" --export "$folder/window.png"
head -c 4 "$folder/window.png" | grep -q PNG
[ "$(stat -c %s "$folder/window.png")" -gt 20000 ]
