#!/usr/bin/env bash
# Makes muelle/debian:SUITE, the system that stand-ins start from: a minimal Debian, taken from the mirror of
# this machine's own apt configuration, in which `apt-get install` works. Does nothing when it is current.
# Usage: base.sh SUITE
set -euo pipefail

suite=$1
image=muelle/debian:$suite
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
label=org.muelle.stand-in
source=$(sha256sum "${BASH_SOURCE[0]}" | cut -c1-16)

[[ $(docker image inspect "$image" 2>/dev/null) != *"\"$label.source\": \"$source\""* ]] || exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

install_tools() {
  local missing=()
  command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
  [ -e "$keyring" ] || missing+=(debian-archive-keyring)
  [ ${#missing[@]} -gt 0 ] || return 0
  apt-get update
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}

# apt is asked for its configuration, whichever format that has; ReleaseInfo would leave out what has not
# been downloaded yet. Debian's cloud images name a file with the address, which a container would not have.
mirrors() {
  local uri
  apt-get indextargets -o APT::Get::IndexTargets::ReleaseInfo=0 --format "\$(REPO_URI)" 'Created-By: Packages' |
    awk '!seen[$0]++' |
    while read -r uri; do
      case $uri in
        http://* | https://*) echo "${uri%/}" ;;
        mirror+file:*) awk '{sub("/$", "", $1); print $1; exit}' "$(sed 's#^mirror+file:/*#/#; s#/$##' <<<"$uri")" ;;
      esac
    done
}

# mirror_of SUITE: prints the first mirror of this machine that serves it.
mirror_of() {
  local uri release=$work/InRelease
  while read -r uri; do
    if /usr/lib/apt/apt-helper -o Acquire::Retries=0 -o Acquire::http::Timeout=10 -o Acquire::https::Timeout=10 \
      download-file "$uri/dists/$1/InRelease" "$release" >&2 && grep -q '^Origin: Debian$' "$release"; then
      echo "$uri"
      return
    fi
  done < <(mirrors)
  return 1
}

sources() {
  local dist uri dists=("$suite" "$suite-updates" "$suite-security")
  # sid has no parts. A mirror that is a snapshot serves it beyond its date; the signature is still verified.
  [ "$suite" != sid ] || dists=(sid)
  for dist in "${dists[@]}"; do
    if uri=$(mirror_of "$dist"); then
      printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' "$uri" "$dist" "$keyring"
      [ "$dist" != sid ] || echo 'Check-Valid-Until: no'
      echo
    elif [ "$dist" = "$suite" ]; then
      echo "No mirror in this machine's apt configuration serves Debian $suite." >&2
      echo 'What to add is in images/README.md, under "The mirror".' >&2
      return 1
    fi
  done
}

apt_settings() {
  # What this machine needs to talk to its mirror, a container needs too.
  apt-config dump --format '%F "%v";%n' | grep -E '^Acquire::(Check-Valid-Until|Check-Date|https?::Proxy) ' || true
  # Downloads and indexes would stay in the layer that fetched them.
  cat <<'EOF'
Acquire::Languages "none";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb"; };
EOF
}

mkdir -p /run/lock
(flock 9 && install_tools) 9>/run/lock/muelle-apt
sources >"$work/debian.sources"
apt_settings >"$work/apt.conf"
printf '#!/bin/sh\n# Installing a package starts no service.\nexit 101\n' >"$work/policy-rc.d"
chmod +x "$work/policy-rc.d"

# An image that was being built when the power went is thrown away anyway: dpkg need not sync every file.
mmdebstrap --variant=minbase --include=ca-certificates --aptopt="$work/apt.conf" \
  --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --customize-hook="copy-in $work/policy-rc.d /usr/sbin" \
  --customize-hook="rm -f \"\$1\"/etc/apt/sources.list \"\$1\"/etc/apt/sources.list.d/*" \
  --customize-hook="copy-in $work/debian.sources /etc/apt/sources.list.d" \
  "$suite" "$work/root.tar" "$work/debian.sources"
docker import --change 'CMD ["bash"]' --change "LABEL $label=true $label.source=$source" "$work/root.tar" "$image"
