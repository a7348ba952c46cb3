#!/usr/bin/env bash
# Builds a stand-in for an official image from Debian packages, under the official name. README.md says why.
#
#   build.sh REF               exits 0 when REF is there, 3 when it has no recipe, 1 when the build failed
#   build.sh --can REF         exits 0 when REF has a recipe, 3 when it has none
#   build.sh --list            prints the names that have a recipe
#   build.sh --refresh [REF]   builds every stand-in anew (or that one) whose recipe has changed
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
state=${MUELLE_HOME:-/var/lib/muelle}/images
label=org.muelle.stand-in

say() {
  echo "$*" >&2
}

# find_recipe REF: sets recipe, wanted, base, version and differs. A tag is a version, flavours such as "slim" and
# "alpine3.20", or both. Every flavour gets the same stand-in, and redis:7.2.4 gets that of redis:7.
find_recipe() {
  local name=${1#docker.io/} tag key
  name=${name#library/}
  name=${name#muelle/}
  recipe=${name%%:*}
  wanted=${name#"$recipe"}
  wanted=${wanted#:}
  while [[ $wanted =~ ^(.*)(^|-)(slim|oss|alpine[0-9.]*|oraclelinux[0-9]*|oracle|bullseye|bookworm|trixie)$ ]]; do
    wanted=${BASH_REMATCH[1]}
  done
  wanted=${wanted:-latest}
  tag=${wanted#v}
  while true; do
    while read -r key base version differs; do
      if [ "$key" = "$recipe:$tag" ]; then return; fi
    done <"$here/recipes"
    # 2.19.3-pg17 is served by 2-pg17.
    [[ $tag =~ ^([0-9]+[0-9.]*)\.[0-9]+(-pg[0-9]+)?$ ]] || return 1
    tag=${BASH_REMATCH[1]}${BASH_REMATCH[2]}
  done
}

# The folder of timescale/timescaledb is timescaledb.
folder() {
  echo "${recipe##*/}"
}

# The images that this one is built on, up to Debian: "postgres:17 trixie" for timescaledb.
bases() (
  echo "$base"
  while [[ $base == *:* ]]; do
    find_recipe "$base"
    echo "$base"
  done
)

# What `docker build` is sent.
context() {
  tar -C "$here/$1" -c --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner .
}

# Stands for all that the image is made of: when this changes, the image is built anew.
source_hash() {
  local name
  {
    echo "$ref $base $version $differs"
    cat "$here/base.sh"
    context "$(folder)"
    for name in $(bases); do
      if [[ $name == *:* ]]; then context "${name%%:*}"; fi
    done
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
  local asked=${wanted#v}
  asked=${asked%-pg*}
  if [[ $asked == [0-9]* && $version. != "$asked".* && $asked. != "$version".* ]]; then
    say "  Debian has no $(folder) $wanted: the stand-in holds $(holds)"
  elif [ -n "$differs" ]; then
    say "  It holds $(holds)"
  fi
}

holds() {
  echo "$(folder) $version from Debian $(bases | tail -n 1)${differs:+ ($differs)}"
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
  case $base in
    *:*) "$here/build.sh" "muelle/$base" 9>&- ;;
    *) flock --close --timeout 1800 "$state/$base.lock" "$here/base.sh" "$base" 9>&- ;;
  esac
}

build_image() {
  local from=muelle/debian:$base
  if [[ $base == *:* ]]; then from=muelle/$base; fi
  # Without its plugin the client has only the classic builder. A builder in a container of its own would
  # not see muelle/debian, which no registry has.
  docker buildx version >/dev/null 2>&1 || export DOCKER_BUILDKIT=0
  # What is different in one version.
  local name argument more=()
  if [ -e "$here/$(folder)/build-args" ]; then
    while read -r name argument; do
      if [ "$name" = "$version" ]; then more+=(--build-arg "$argument"); fi
    done <"$here/$(folder)/build-args"
  fi
  context "$(folder)" | BUILDX_BUILDER=default docker build --iidfile "$state/$own.iid" \
    --build-arg BASE="$from" --build-arg VERSION="$version" "${more[@]}" \
    --label "$label=true" --label "$label.for=$ref" --label "$label.source=$source" \
    --label "$label.holds=$(holds)" -
}

build() {
  ref=$1
  own=$(folder)-${base//:/-}
  source=$(source_hash)
  is_wanted || return 0
  mkdir -p "$state"
  log=$state/${ref//[^a-zA-Z0-9._-]/-}.log
  announce
  date +'%n== %F %T %z' >>"$log"

  attempt 'asking Docker for its version' docker version --format '{{.Server.Version}}'
  exec 9>"$state/$own.lock"
  flock --nonblock 9 || step "waiting for another build of $(folder)" flock --timeout 1800 9
  is_wanted || return 0
  step "the base, $base" build_base
  step "$(folder) $version and its entrypoint" build_image
  # An official image may have been pulled meanwhile.
  is_wanted || return 0
  step "$ref is ready" docker tag "$(cat "$state/$own.iid")" "$ref"
}

# Each in a process of its own, because a build that fails ends it.
refresh() {
  local image status=0 filters=(--filter "label=$label=true" ${1:+--filter "reference=$1"})
  while read -r image; do
    find_recipe "$image" || continue
    # What was made from a stand-in has inherited its labels.
    if [ "$(docker image inspect --format "{{index .Config.Labels \"$label.for\"}}" "$image")" = "$image" ]; then
      "$here/build.sh" "$image" </dev/null || status=1
    fi
  done < <(docker image ls "${filters[@]}" --format '{{.Repository}}:{{.Tag}}')
  return "$status"
}

case ${1:-} in
  --list)
    awk '!/^#/ {print $1}' "$here/recipes"
    ;;
  --refresh)
    refresh "${2:-}"
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
