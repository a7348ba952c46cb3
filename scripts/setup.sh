#!/usr/bin/env bash
# Brings what Muelle runs on and is missing here. Silent and quick when nothing is.
#
#   --docker    also Docker Engine with its Compose and Buildx plugins
#   --dev       also the npm packages that only the checks and tests use
#   --postgres  also a PostgreSQL to run outside Docker, for tests
#   --yes       install Docker without asking
# shellcheck source-path=SCRIPTDIR
set -euo pipefail

root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
docker='' dev='' postgres='' yes=''

source "$root/scripts/setup/report.sh"
source "$root/scripts/setup/system.sh"
source "$root/scripts/setup/node.sh"
source "$root/scripts/setup/bundle.sh"
source "$root/scripts/setup/docker.sh"
source "$root/scripts/setup/plugins.sh"
source "$root/scripts/setup/postgres.sh"

for argument in "$@"; do
  case $argument in
    --docker) docker=1 ;;
    --dev) dev=1 ;;
    --postgres) postgres=1 ;;
    --yes) yes=1 ;;
    *) fail "scripts/setup.sh does not know $argument" "head $root/scripts/setup.sh" ;;
  esac
done
# What to run after a failure.
again="$root/scripts/setup.sh${docker:+ --docker}${dev:+ --dev}${postgres:+ --postgres}${yes:+ --yes}"

docker_ready() {
  [[ ! $docker ]] || { engine_ready && plugins_ready; }
}

if node_ready && packages_ready && bundle_ready && postgres_ready && docker_ready; then exit; fi

# Refusals, questions and passwords first: then the steps can be left alone.
[[ ! $docker ]] || refuse_without_permission
know_system
[[ ! $docker ]] || engine_ready || may_set_up_engine
{ command -v npm >/dev/null && docker_ready; } || become_root
one_at_a_time

node_ready || step 1 "Node.js $node_version" install_node
packages_ready || step 2 'npm packages' install_packages
bundle_ready || make_bundle >>"$log" 2>&1
postgres_ready || step 2 'PostgreSQL outside Docker' install_postgres
[[ $docker ]] || exit 0
engine_ready || step 3 'Docker Engine' set_up_engine
plugins_ready || step 4 'Compose and Buildx plugins' install_plugins
# A group that was made just now does not hold the user yet.
refuse_without_permission
