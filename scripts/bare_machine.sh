#!/usr/bin/env bash
# Runs one of README's two commands, alone, on a Debian 12 that has nothing but git: a fresh debootstrap folder with a fresh clone
# of what is committed here. Needs root and debootstrap; takes 3 GB below FOLDER, which is kept for a look around.
#   scripts/bare_machine.sh FOLDER scripts/quickstart.sh
#   scripts/bare_machine.sh FOLDER scripts/test.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

[ $# -eq 2 ] || { say "usage: scripts/bare_machine.sh FOLDER COMMAND" >&2; exit 2; }
folder=$1
command=$2
[ "$(id -u)" = 0 ] || { say "root is needed: chroot and mounts" >&2; exit 1; }
command -v debootstrap >/dev/null || { say "debootstrap is missing: apt-get install debootstrap" >&2; exit 1; }
[ ! -e "$folder" ] || { say "$folder is there already: name another folder" >&2; exit 1; }

heading "a bare Debian 12 in $folder"
quietly debootstrap --variant=minbase --include=git,ca-certificates bookworm "$folder"
git clone --quiet --bare "$root" "$folder/srv/slimline.git"
# Behind a proxy with certificates of its own, the folder needs what this machine has.
if compgen -G "/usr/local/share/ca-certificates/*.crt" >/dev/null; then
    cp /usr/local/share/ca-certificates/*.crt "$folder/usr/local/share/ca-certificates/"
    quietly chroot "$folder" update-ca-certificates
fi
cp /etc/resolv.conf /etc/hosts "$folder/etc/"
leave() { for each in dev sys proc; do umount --recursive --lazy "$folder/$each" 2>/dev/null || true; done; }
trap leave EXIT
for each in proc sys dev; do
    mount --rbind "/$each" "$folder/$each"
    mount --make-rslave "$folder/$each"
done

heading "a fresh clone, and $command"
env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb \
    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
    chroot "$folder" bash -c "cd /root && git clone --quiet /srv/slimline.git slimline && cd slimline && $command"
heading "$command succeeded on a bare machine in $(took)"
