#!/usr/bin/env bash
# Builds a stand-in for an official image from Debian packages, under the official name. README.md says why.
#
#   build.sh REF         exits 0 when REF is there, 3 when it has no recipe, 1 when the build failed
#   build.sh --can REF   exits 0 when REF has a recipe, 3 when it has none
#   build.sh --list      prints the names that have a recipe
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
state=${MUELLE_HOME:-/var/lib/muelle}/images
label=org.muelle.stand-in

say() {
  echo "$*" >&2
}

# find_recipe REF: sets recipe, wanted, suite and version. A tag is a version, flavours such as "slim" and
# "alpine3.20", or both. Every flavour gets the same stand-in, and redis:7.2.4 gets that of redis:7.
find_recipe() {
  local name=${1#docker.io/} tag key
  name=${name#library/}
  recipe=${name%%:*}
  wanted=${name#"$recipe"}
  wanted=${wanted#:}
  while [[ $wanted =~ ^(.*)(^|-)(slim|alpine[0-9.]*|bullseye|bookworm|trixie)$ ]]; do
    wanted=${BASH_REMATCH[1]}
  done
  wanted=${wanted:-latest}
  tag=$wanted
  while true; do
    while read -r key suite version; do
      if [ "$key" = "$recipe:$tag" ]; then return; fi
    done <"$here/recipes"
    [[ $tag =~ ^[0-9]+\.[0-9.]+$ ]] || return 1
    tag=${tag%.*}
  done
}

# Stands for all that the image is made of: when this changes, the image is built anew.
source_hash() {
  {
    echo "$ref $suite $version"
    tar -C "$here" -c --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner base.sh "$recipe"
  } | sha256sum | cut -c1-16
}

# Is there work to do? Not when the image is current, nor when it is one that is not ours to replace. The plain
# label would not tell: an image that somebody made from a stand-in has inherited it.
is_wanted() {
  local found
  found=$(docker image inspect "$ref" 2>/dev/null) || return 0
  [[ $found != *"\"$label.source\": \"$source\""* ]] || return 1
  [[ $found != *"\"$label.for\": \"$ref\""* ]] || return 0
  say "$ref is here already and is not a stand-in: left alone"
  return 1
}

announce() {
  say "$ref is not to be had from a registry: building a stand-in from Debian packages"
  # 15.4 is served by 15, and 1 by 1.30.
  [[ $wanted == [0-9]* && $version. != "$wanted".* && $wanted. != "$version".* ]] || return 0
  say "  Debian has no $recipe $wanted: the stand-in holds $recipe $version"
}

step() {
  printf '  [%3d s] %s\n' "$SECONDS" "$1" >&2
  attempt "$@"
}

# attempt TITLE COMMAND...: the output goes to the log, and its end to the terminal when the command fails.
attempt() {
  "${@:2}" >>"$log" 2>&1 || {
    say "$ref: no stand-in, because this failed after $SECONDS s: $1. The end of $log:"
    awk '/^== / {n = 0} {line[n++] = $0} END {for (i = n > 15 ? n - 15 : 0; i < n; i++) print "  | " line[i]}' "$log" >&2
    say "Mend what it says, then run: $0 $ref"
    exit 1
  }
}

# The locks are closed for base.sh: with one descriptor more, mmdebstrap passes a number to sh that dash refuses.
build_base() {
  flock --close --timeout 1800 "$state/$suite.lock" "$here/base.sh" "$suite" 9>&-
}

build_image() {
  # Without its plugin the client has only the classic builder. A builder in a container of its own would
  # not see muelle/debian, which no registry has.
  docker buildx version >/dev/null 2>&1 || export DOCKER_BUILDKIT=0
  BUILDX_BUILDER=default docker build --iidfile "$state/$recipe-$suite.iid" \
    --build-arg BASE="muelle/debian:$suite" --build-arg VERSION="$version" \
    --label "$label=true" --label "$label.for=$ref" --label "$label.source=$source" \
    --label "$label.holds=$recipe $version from Debian $suite" "$here/$recipe"
}

build() {
  ref=$1
  source=$(source_hash)
  is_wanted || return 0
  mkdir -p "$state"
  log=$state/${ref//[^a-zA-Z0-9._-]/-}.log
  announce
  date +'%n== %F %T %z' >>"$log"

  attempt 'asking Docker for its version' docker version --format '{{.Server.Version}}'
  exec 9>"$state/$recipe-$suite.lock"
  flock --nonblock 9 || step "waiting for another build of $recipe" flock --timeout 1800 9
  is_wanted || return 0
  step "base system of Debian $suite" build_base
  step "$recipe $version and its entrypoint" build_image
  # An official image may have been pulled meanwhile.
  is_wanted || return 0
  step "$ref is ready" docker tag "$(cat "$state/$recipe-$suite.iid")" "$ref"
}

case ${1:-} in
  --list)
    awk '!/^#/ {print $1}' "$here/recipes"
    ;;
  --can)
    find_recipe "${2:-}" || exit 3
    ;;
  '' | -*)
    sed -n '2,/^set/s/^# \?//p' "${BASH_SOURCE[0]}" >&2
    exit 1
    ;;
  *)
    find_recipe "$1" || {
      say "No stand-in for $1: there are only those of $("$0" --list | paste -sd ' ')"
      exit 3
    }
    build "$1"
    ;;
esac
