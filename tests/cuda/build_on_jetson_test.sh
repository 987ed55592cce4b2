#!/usr/bin/env bash
# scripts/build-on-jetson.sh with an ssh that only writes down what it is given: all that is included is sent, the script that
# runs there is one, and names that are none are refused.
#   build_on_jetson_test.sh SOURCE_DIR
set -euo pipefail
root=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() { echo "$*"; exit 1; }

mkdir "$folder/bin" "$folder/there"
cat >"$folder/bin/ssh" <<'END'
#!/bin/sh
for command; do :; done
echo "$*" >>"$SEEN/calls"
case $command in
    *tar*) exec tar -xzf - -C "$SEEN/there" ;;
    *) exec cat >"$SEEN/script" ;;
esac
END
chmod +x "$folder/bin/ssh"
export SEEN="$folder" PATH="$folder/bin:$PATH"

for name in '-oProxyCommand=true' 'me@host;true' 'a b' ''; do
    "$root/scripts/build-on-jetson.sh" "$name" >/dev/null 2>&1 && fail "'$name' was taken for a host"
    [ ! -e "$folder/calls" ] || fail "'$name' reached ssh"
done

"$root/scripts/build-on-jetson.sh" me@jetson >/dev/null
[ "$(wc -l <"$folder/calls")" = 2 ] || fail "not two calls of ssh"
! grep -v ' me@jetson ' "$folder/calls" || fail "a call to another host"
sh -n "$folder/script"
cd "$folder/there"
[ -f nlohmann/json.hpp ] && [ -f fmt/format.h ] || fail "headers of libraries are missing"
grep -rhoE '^#include "[^"]+"' base archspace/*.cpp archspace/*.h validation | cut -d '"' -f 2 | sort -u | while read -r header; do
    [ -f "$header" ] || fail "$header is included and not sent"
done
