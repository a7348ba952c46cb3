# shellcheck shell=bash
# Docker Engine. One that is installed already is never changed, upgraded or restarted.

engine_log=/var/log/muelle-dockerd.log

# An engine of this machine is known by its process: to ask it costs 30 ms on every start of Muelle.
engine_ready() {
  if [[ ! ${DOCKER_HOST-} && -w /var/run/docker.sock ]] && command -v docker >/dev/null; then
    is_running /var/run/docker.pid dockerd && return
  fi
  docker version --format '{{.Server.Version}}' >/dev/null 2>&1
}

engine_installed() {
  [[ $(PATH=$PATH:/usr/sbin:/sbin command -v dockerd) ]]
}

refuse_without_permission() {
  if [[ $(docker version 2>&1) == *'permission denied'* ]]; then
    fail "Docker does not let $(id -un) in" "sudo usermod -aG docker $(id -un); log in again, then: $again"
  fi
}

# Asks, and stops where only the user can go on.
may_set_up_engine() {
  if [[ ${DOCKER_HOST-} ]]; then
    fail "No Docker Engine answers at DOCKER_HOST=$DOCKER_HOST" 'start it, or: unset DOCKER_HOST'
  fi
  if engine_installed; then
    command -v docker >/dev/null || fail 'Docker Engine is installed without its command docker' 'sudo apt-get install docker-cli'
    # Whoever stopped Docker under systemd may have had a reason.
    [[ ! -d /run/systemd/system ]] || fail 'Docker Engine is installed but not running' 'sudo systemctl start docker'
  elif [[ ! $yes && -t 0 && -t 1 ]]; then
    local answer=''
    read -r -p "Docker is not installed. Install the distribution's docker.io? [y/N] " answer || true
    [[ $answer == [yY]* ]] || fail 'Muelle needs Docker Engine' "$again --yes"
  fi
}

set_up_engine() {
  engine_installed || install_engine
  [[ -d /run/systemd/system ]] || start_engine
  wait_for_engine
}

# An engine that nobody else has set up yet bounds what it keeps of builds, by Docker's own garbage collection, and has
# room for 4096 networks: Docker's own address pools are used up by 31, which is what eight apps may have.
configure_engine() {
  [[ ! -e /etc/docker/daemon.json ]] || return 0
  as_root mkdir -p /etc/docker
  as_root tee /etc/docker/daemon.json >/dev/null <<'JSON'
{
  "builder": { "gc": { "enabled": true, "defaultKeepStorage": "10GB" } },
  "default-address-pools": [{ "base": "172.16.0.0/12", "size": 24 }]
}
JSON
}

install_engine() {
  configure_engine
  local packages=(docker.io iptables ca-certificates)
  # Debian 13 packages the command apart.
  if apt_offers docker-cli; then packages+=(docker-cli); fi
  # On a kernel with AppArmor, Docker starts no container without its parser.
  if [[ -d /sys/kernel/security/apparmor ]]; then packages+=(apparmor); fi
  apt_install "${packages[@]}"
}

start_engine() {
  is_running /var/run/docker.pid dockerd && return
  # After a reboot or a restored snapshot, another process may have the number that these files
  # name; Docker and containerd then take it for themselves and refuse to start.
  is_running /var/run/docker/containerd/containerd.pid containerd || as_root rm -f /var/run/docker/containerd/containerd.pid
  as_root rm -f /var/run/docker.pid
  # shellcheck disable=SC2016 # expanded by the inner shell
  as_root setsid --fork bash -c '
    cd /
    exec </dev/null >"$1" 2>&1
    # A CI runner waits for every process that still holds its pipe.
    for fd in /proc/$$/fd/*; do
      fd=${fd##*/}
      ((fd < 3)) || eval "exec $fd>&-"
    done
    PATH=$PATH:/usr/sbin:/sbin exec dockerd
  ' dockerd "$engine_log"
}

is_running() {
  local pid=''
  { read -r pid || true; } 2>/dev/null <"$1" || return 1
  local name=''
  { read -r name || true; } 2>/dev/null <"/proc/${pid:-none}/comm" || return 1
  [[ $name == "$2" ]]
}

wait_for_engine() {
  local deadline=$((SECONDS + 60))
  until as_root docker version --format '{{.Server.Version}}' >/dev/null 2>&1; do
    if ((SECONDS > deadline)) || as_root grep -qs 'failed to start daemon' "$engine_log"; then
      engine_did_not_start
    fi
    sleep 0.3
  done
}

engine_did_not_start() {
  if [[ -d /run/systemd/system ]]; then
    fail 'Docker Engine does not answer after its installation' 'sudo systemctl status docker'
  fi
  end_step_as_failed
  as_root tail -n 3 "$engine_log" | sed 's/^/    /' >&3
  fail 'Docker Engine does not start' "less $engine_log"
}
