#!/usr/bin/env bash
# Checks the sources without running them: a line per tool, and the output of those that fail.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
export PATH="$PWD/.runtime/node_modules/.bin:$PWD/node_modules/.bin:$PATH"

output=$(mktemp)
ejected=$(mktemp -d)
trap 'rm -rf "$output" "$ejected"' EXIT
failed=()

# check TITLE COMMAND [ARGUMENTS]
check() {
  local title=$1 started=$SECONDS
  shift
  if "$@" >"$output" 2>&1; then
    printf '✔ %s (%d s)\n' "$title" $((SECONDS - started))
  else
    printf '✖ %s (%d s): %s\n' "$title" $((SECONDS - started)) "$*"
    sed 's/^/    /' "$output"
    failed+=("$title")
  fi
}

# Not an npm package. On a machine of our own, such as a CI runner, it is worth an installation.
have_shellcheck() {
  command -v shellcheck >/dev/null && return
  ((EUID == 0)) && command -v apt-get >/dev/null || return
  { apt-get -q update && apt-get -q -y --no-install-recommends install shellcheck; } >/dev/null 2>&1
}

check types tsc --noEmit
check lint biome ci --colors=off
check 'dead code' knip
check 'dependency rule' depcruise src
if have_shellcheck; then
  check shell shellcheck -x muelle scripts/*.sh .ci/run
  node scripts/ejected.ts "$ejected"
  check 'ejected scripts' shellcheck "$ejected"/*.sh
else
  echo '- shell: not checked, shellcheck is not installed'
fi

if ((${#failed[@]})); then
  printf 'error: the sources fail %d checks\n  next: mend what is shown above, then: npm run check\n' "${#failed[@]}" >&2
  exit 1
fi
