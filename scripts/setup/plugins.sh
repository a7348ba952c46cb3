# shellcheck shell=bash
# Docker's Compose v2 and Buildx plugins.

plugin_folder=/usr/local/lib/docker/cli-plugins

plugins_ready() {
  plugin_ready compose && plugin_ready buildx
}

# Looks for the file first: running a plugin costs 100 ms on every start of Muelle.
plugin_ready() {
  local folder
  for folder in "${DOCKER_CONFIG:-${HOME-}/.docker}/cli-plugins" "$plugin_folder" \
    /usr/local/libexec/docker/cli-plugins /usr/lib/docker/cli-plugins /usr/libexec/docker/cli-plugins; do
    [[ ! -x $folder/docker-$1 ]] || return 0
  done
  plugin_runs "$1"
}

plugin_runs() {
  docker "$1" version >/dev/null 2>&1
}

install_plugins() {
  if apt_offers docker-compose-plugin && apt_offers docker-buildx-plugin; then
    # Docker's own repository is set up here.
    apt_install docker-compose-plugin docker-buildx-plugin
  elif [[ $distribution == ubuntu ]]; then
    apt_install docker-compose-v2 docker-buildx
  elif [[ $distribution == debian ]]; then
    apt_install docker-compose docker-buildx
  else
    copy_plugins_from_newer_debian
  fi
  local plugin
  for plugin in compose buildx; do
    plugin_runs "$plugin" || fail "docker $plugin does not run though it was installed" "docker $plugin version"
  done
}

# Debian 12 has neither as a plugin; those of the release after next run on it as they are. An
# apt of our own gets them, so the packages are verified and the machine's sources stay as they are.
copy_plugins_from_newer_debian() (
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  # apt downloads as a user of its own.
  chmod 755 "$work"
  mkdir -p "$work"/{state/lists/partial,cache/archives/partial,parts,packages}
  if ((EUID == 0)); then chown _apt "$work/packages"; fi
  touch "$work/status"
  mirror=$(debian_mirror)
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror forky main" >"$work/sources.list"

  private_apt=(apt-get -q -o Dir::State="$work/state" -o Dir::State::status="$work/status" -o Dir::Cache="$work/cache"
    -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts="$work/parts")
  "${private_apt[@]}" update
  cd "$work/packages"
  "${private_apt[@]}" download docker-compose docker-buildx
  for plugin in compose buildx; do
    plugin_runs "$plugin" && continue
    dpkg-deb -x docker-"$plugin"_*.deb "$work/unpacked"
    as_root install -D -m 755 "$work/unpacked/usr/libexec/docker/cli-plugins/docker-$plugin" -t "$plugin_folder"
  done
)
