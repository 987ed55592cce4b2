#!/usr/bin/env bash
# mpi_search.sh SLIMLINE CONFIG: two and four processes must give the bytes that one gives; when one is killed all end, and
# the same command goes on from the checkpoint.
set -euo pipefail
slimline=$1
config=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_btl=self,vader
export OMPI_MCA_mpi_yield_when_idle=1

team() { mpirun --oversubscribe -n "$1" "$slimline" search --mpi "$config" --json --quiet --threads 1 "${@:2}"; }

"$slimline" search "$config" --json --quiet >"$work/expected.json"
for ranks in 2 4; do
    team "$ranks" >"$work/answer.json"
    cmp "$work/expected.json" "$work/answer.json"
done

# A rank is lost once there is a checkpoint.
team 2 --checkpoint "$work/state" --checkpoint-seconds 0 >"$work/lost.json" 2>"$work/lost.txt" &
for _ in $(seq 200); do
    [ -s "$work/state" ] && break
    sleep 0.02
done
rank=$(pgrep -f "$work/state" | while read -r pid; do
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = slimline ] && echo "$pid"
done | tail -n 1)
[ -z "$rank" ] || kill -KILL "$rank" 2>/dev/null || true
wait || true
[ -s "$work/state" ]
team 2 --checkpoint "$work/state" >"$work/answer.json"
cmp "$work/expected.json" "$work/answer.json"
team 4 --checkpoint "$work/state" >"$work/answer.json"
cmp "$work/expected.json" "$work/answer.json"
echo "1, 2 and 4 processes, and a lost one: the same $(wc -c <"$work/expected.json") bytes each time"
