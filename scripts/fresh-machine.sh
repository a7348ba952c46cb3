#!/usr/bin/env bash
# Runs a command of this checkout's last commit on a machine that has only Debian and Node 20:
# a container without systemd in which Docker can be installed. Removes it afterwards.
#
#   scripts/fresh-machine.sh [--debian 12|13] [--node 20|none] [COMMAND [ARGUMENTS]]
#
# COMMAND is ./muelle up examples/certificados --yes when none is given.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail

root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
source "$root/scripts/setup/system.sh"

fail() {
  printf 'error: %s\n  next: %s\n' "$1" "$2" >&2
  exit 1
}

suite=bookworm
node=20
while (($#)); do
  case "$1 ${2-}" in
    '--debian 12') suite=bookworm ;;
    '--debian 13') suite=trixie ;;
    '--node 20' | '--node none') node=$2 ;;
    -*) fail "scripts/fresh-machine.sh does not know $1 ${2-}" "head $root/scripts/fresh-machine.sh" ;;
    *) break ;;
  esac
  shift 2
done
(($#)) || set -- ./muelle up examples/certificados --yes

name=muelle-fresh-$$
work=$(mktemp -d)
trap cleanup EXIT
# shellcheck disable=SC2317 # the trap calls it
cleanup() {
  docker rm --force --volumes "$name" >/dev/null 2>&1 || true
  docker image rm "$name" >/dev/null 2>&1 || true
  rm -rf "$work"
}

# Each line of the output, after the seconds since the script began.
with_time() {
  local line
  while IFS= read -r line; do printf '%5d s  %s\n' "$SECONDS" "$line"; done
}

build_image() {
  local mirror
  mirror=$(debian_mirror)
  # How this machine reaches its mirror holds for the new one too.
  apt-config dump --format '%f "%v";%n' Acquire::Check-Valid-Until Acquire::Check-Date \
    Acquire::http::Proxy Acquire::https::Proxy >"$work/apt.conf"
  mkdir "$work/root"
  mmdebstrap --quiet --variant=minbase --include=ca-certificates,git --aptopt="$work/apt.conf" \
    "$suite" "$work/root" "$mirror"
  # The registry may be behind a proxy with a certificate of its own.
  cp /etc/ssl/certs/ca-certificates.crt "$work/root/etc/ssl/certs/"
  if [[ $node == 20 ]]; then install_node_20; fi
  git clone --quiet "$root" "$work/root/root/muelle"
  tar -C "$work/root" -c . | docker import - "$name" >/dev/null
}

# As the archive from nodejs.org lays them out.
install_node_20() {
  npm install --global --silent --prefix "$work/root/usr/local" npm@10.8.2 \
    "node-linux-$(node -p process.arch)@20.20.2"
}

start_machine() {
  local environment=() variable
  for variable in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    if [[ ${!variable-} ]]; then environment+=(--env "$variable"); fi
  done
  # What a Docker inside a container needs. All the rights one by one, as some hosts refuse --privileged.
  docker run --detach --init --name "$name" --hostname fresh --workdir /root/muelle "${environment[@]}" \
    --env "npm_config_registry=$(npm config get registry)" --env LANG=C.UTF-8 \
    --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
    --cap-add ALL --cap-drop SYS_RESOURCE --cgroupns host --volume /sys/fs/cgroup:/sys/fs/cgroup \
    --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined \
    --volume /var/lib/docker "$name" sleep infinity >/dev/null
}

command -v mmdebstrap >/dev/null || fail 'mmdebstrap, which makes the machine, is missing' 'sudo apt-get install mmdebstrap'
echo "a machine with Debian $suite, Node.js $node" | with_time
build_image 2>&1 | with_time
start_machine
echo "\$ $*" | with_time
status=0
docker exec "$name" "$@" </dev/null 2>&1 | with_time || status=${PIPESTATUS[0]}
echo "exit code $status" | with_time
exit "$status"
