#!/usr/bin/env bash
# Runs a command with a Docker engine of its own, which it may restart, stop and fill: in namespaces of its own, so
# that nothing of it is left when the command ends, and the machine's own engine notices nothing. Needs root and dockerd.
#
#   scripts/own-engine.sh COMMAND [ARGUMENTS]
#
# The command finds DOCKER_HOST, a small disk of its own as TMPDIR, and in OWN_ENGINE a folder with:
#   start        a program that starts the engine again
#   docker.pid   its process
#   data         the disk on which it keeps images and volumes
set -euo pipefail

# OWN_ENGINE_IMAGES, separated by blanks, are copied from the machine's engine; without it these.
#
IFS=' ' read -ra images <<<"${OWN_ENGINE_IMAGES:-python:3.11-slim nginx:1.30 redis:7-alpine}"
# Enough for them, and for what is built from them.
data_size=${OWN_ENGINE_SIZE:-2g}
tmp_size=64m

if [[ ${1-} != --inside ]]; then
  # It is there already.
  if [[ ${OWN_ENGINE-} ]]; then exec "$@"; fi
  export OWN_ENGINE=/run/muelle-own-engine
  mkdir -p "$OWN_ENGINE"
  exec unshare --mount --net --pid --fork --kill-child --mount-proc "$0" --inside "$@"
fi
shift

ip link set lo up
mount -t tmpfs tmpfs "$OWN_ENGINE"
mkdir "$OWN_ENGINE"/{data,tmp}
mount -t tmpfs -o "size=$data_size" tmpfs "$OWN_ENGINE/data"
mount -t tmpfs -o "size=$tmp_size" tmpfs "$OWN_ENGINE/tmp"
cat >"$OWN_ENGINE/start" <<EOF
#!/bin/sh
# Started again, it would write its own temporary files on the disk that the tests fill.
unset TMPDIR
setsid --fork dockerd --host unix://$OWN_ENGINE/docker.sock --data-root $OWN_ENGINE/data \
  --exec-root $OWN_ENGINE/exec --pidfile $OWN_ENGINE/docker.pid >>$OWN_ENGINE/log 2>&1
until docker --host unix://$OWN_ENGINE/docker.sock version >/dev/null 2>&1; do sleep 0.1; done
EOF
chmod +x "$OWN_ENGINE/start"
PATH=$PATH:/usr/sbin:/sbin timeout 60 "$OWN_ENGINE/start" || {
  tail -n 5 "$OWN_ENGINE/log" >&2
  exit 1
}
docker save "${images[@]}" | docker --host "unix://$OWN_ENGINE/docker.sock" load >/dev/null

export DOCKER_HOST=unix://$OWN_ENGINE/docker.sock TMPDIR=$OWN_ENGINE/tmp
status=0
"$@" || status=$?
# The engine ends its containers, rather than the namespace all at once; its file goes last.
kill "$(<"$OWN_ENGINE/docker.pid")"
while [[ -e $OWN_ENGINE/docker.pid ]]; do sleep 0.1; done
exit "$status"
