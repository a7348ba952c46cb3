# shellcheck shell=bash
# The system: which distribution and processor it has, and how to install packages.

# Sets distribution to ubuntu, debian-12, or debian for anything newer. On any other system
# it says what to install.
know_system() {
  local id='' version=''
  if [[ -r /etc/os-release ]]; then
    # Debian's testing and unstable have no VERSION_ID.
    # shellcheck source=/dev/null
    read -r id version < <(. /etc/os-release && echo "$ID" "${VERSION_ID:-99}")
  fi
  case $id-${version%%.*} in
    debian-12) distribution=debian-12 ;;
    debian-1[3-9] | debian-99) distribution=debian ;;
    ubuntu-2[2-9]) distribution=ubuntu ;;
    *) explain_elsewhere ;;
  esac
}

explain_elsewhere() {
  local missing=()
  node_ready || missing+=('Node.js 24 or newer')
  command -v npm >/dev/null || missing+=('npm')
  if [[ $docker ]]; then
    engine_ready || missing+=('Docker Engine 20.10 or newer, running')
    plugins_ready || missing+=("Docker's Compose v2 and Buildx plugins")
  fi
  # With the tools there, the npm packages install anywhere.
  ((${#missing[@]})) || return 0
  local list
  list=$(printf '; %s' "${missing[@]}")
  fail "This system lacks: ${list#; }. The set-up installs on Debian 12, Ubuntu 22.04 and newer ones only" \
    "install these; then: $again"
}

# This processor in the names of npm packages with binaries in them.
npm_arch() {
  case $(uname -m) in
    x86_64) echo x64 ;;
    aarch64) echo arm64 ;;
    *) return 1 ;;
  esac
}

become_root() {
  ((EUID)) || return 0
  command -v sudo >/dev/null || fail 'The set-up needs root here, and there is no sudo' "su -c '$again'"
  sudo --validate || fail 'The set-up needs root here, and sudo refuses it' "as root: $again"
}

as_root() {
  if ((EUID)); then sudo "$@"; else "$@"; fi
}

# Upgrades and removes nothing that is installed.
apt_install() {
  refresh_package_lists
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
    --no-install-recommends --no-upgrade --no-remove install "$@"
}

apt_offers() {
  refresh_package_lists
  [[ $(apt-cache policy "$1") == *Candidate:\ [0-9]* ]]
}

# A broken source of somebody else's is no reason to stop: whether the packages can be had
# shows afterwards.
refresh_package_lists() {
  [[ ! ${package_lists_are_fresh-} ]] || return 0
  as_root apt-get -q update || echo 'going on with the package lists at hand'
  package_lists_are_fresh=1
}

# The mirror that this machine gets Debian itself from.
debian_mirror() {
  local mirror
  mirror=$(list_debian_mirrors)
  if [[ ! $mirror ]]; then
    # The lists tell its origin.
    refresh_package_lists >&2
    mirror=$(list_debian_mirrors)
  fi
  [[ $mirror ]] || fail 'No Debian mirror among the sources of apt' 'apt-get indextargets'
  head -n 1 <<<"$mirror"
}

list_debian_mirrors() {
  # shellcheck disable=SC2016 # apt's own placeholder
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian'
}
