#!/usr/bin/env bash
# killed_search.sh SLIMLINE CONFIG KILLS: kills a search at random so many times, and each time lets it go on from its checkpoint.
# Whenever it comes to its end, its answer must be byte for byte that of a search that nobody killed; so must the answers
# under 1, 2 and 8 threads, and of one that was stopped by Ctrl-C.
set -euo pipefail
slimline=$1
config=$2
wanted=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
RANDOM=4

search=("$slimline" search "$config" --json --quiet)

begun=$(date +%s%N)
"${search[@]}" --threads 1 >"$work/expected.json"
milliseconds=$((($(date +%s%N) - begun) / 1000000))
for threads in 2 8; do
    "${search[@]}" --threads "$threads" >"$work/threads.json"
    cmp "$work/expected.json" "$work/threads.json"
done

kills=0
ends=0
while ((kills < wanted)); do
    "${search[@]}" --checkpoint "$work/state" --checkpoint-seconds 0 >"$work/answer.json" &
    pid=$!
    sleep "$(printf '0.%03d' $((RANDOM % (milliseconds * 4 / 5 > 990 ? 990 : milliseconds * 4 / 5 + 5))))"
    kill -KILL "$pid" 2>/dev/null || true
    if wait "$pid"; then
        cmp "$work/expected.json" "$work/answer.json"
        rm "$work/state"
        ends=$((ends + 1))
    else
        kills=$((kills + 1))
    fi
done 2>/dev/null
"${search[@]}" --checkpoint "$work/state" >"$work/answer.json"
cmp "$work/expected.json" "$work/answer.json"
echo "$kills kills, $((ends + 1)) ends; the same $(wc -c <"$work/expected.json") bytes each time"

# Ctrl-C: exit code 130, a front that says it is partial, and a checkpoint to go on from. It comes when the first checkpoint is
# there; a search that ends before it is noticed is tried again.
for _ in $(seq 20); do
    rm -f "$work/state"
    "${search[@]}" --checkpoint "$work/state" --checkpoint-seconds 0 --threads 1 >"$work/answer.json" &
    pid=$!
    while [ ! -s "$work/state" ] && kill -0 "$pid" 2>/dev/null; do
        sleep 0.01
    done
    kill -INT "$pid" 2>/dev/null || true
    status=0
    wait "$pid" || status=$?
    [ "$status" -eq 130 ] && break
done
[ "$status" -eq 130 ]
grep -q '"complete": false' "$work/answer.json"
"${search[@]}" --checkpoint "$work/state" >"$work/answer.json"
cmp "$work/expected.json" "$work/answer.json"

# Of another question: refused in one line that names the file.
sed 's/"tokens": 1e11/"tokens": 2e11/' "$config" >"$work/other.json"
status=0
"$slimline" search "$work/other.json" --quiet --checkpoint "$work/state" 2>"$work/complaint" || status=$?
[ "$status" -eq 2 ]
[ "$(wc -l <"$work/complaint")" -eq 1 ]
grep -q "$work/state" "$work/complaint"
