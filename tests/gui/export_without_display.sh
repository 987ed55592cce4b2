#!/usr/bin/env bash
# Exports without anything that could show a window: every format, of a session and of the worked example.
#   export_without_display.sh PROGRAM SESSION
set -euo pipefail
unset DISPLAY WAYLAND_DISPLAY QT_QPA_PLATFORM
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export XDG_RUNTIME_DIR="$folder" XDG_DATA_HOME="$folder/data" XDG_CONFIG_HOME="$folder/config" HOME="$folder"

# begins FILE BYTES: what a file of that kind begins with.
begins() {
  [ "$(head -c "${#2}" "$1" | tr -d '\0')" = "$2" ] || { echo "$1 does not begin with '$2'" >&2; exit 1; }
}

for session in "" "$2"; do
  options=(--view Roofline --size 640x400)
  [ -z "$session" ] || options+=(--session "$session")
  name=${session:+session}
  name=$folder/${name:-example}
  for kind in "svg:<?xml" "pdf:%PDF" "csv:series" "md:# " "json:{" "png:"; do
    timeout 60 "$1" "${options[@]}" --export "$name.${kind%%:*}"
    begins "$name.${kind%%:*}" "${kind#*:}"
    [ "$(stat -c %s "$name.${kind%%:*}")" -gt 100 ]
  done
  head -c 4 "$name.png" | grep -q PNG
done
cmp -s "$folder/example.md" "$folder/session.md" && { echo "the session was not read" >&2; exit 1; }

timeout 60 "$1" --session "$folder/nowhere.json" --export "$folder/none.md" 2>"$folder/said" && exit 1
grep -q nowhere.json "$folder/said"
timeout 60 "$1" 2>"$folder/said" && exit 1
grep -q 'there is no display' "$folder/said"
