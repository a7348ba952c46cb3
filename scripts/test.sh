#!/usr/bin/env bash
# npm test: brings what is missing, checks the sources and runs every test.
# npm test -- src/app test/x.test.ts: runs only the tests in these folders and files.
# npm run stacks: deploys every example; npm run data: backs up, rehearses and restores on every kind of database. Both
# take too long for each npm test, which has one example and one database in test/integration.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

scripts/setup.sh --docker --dev --yes
export PATH="$PWD/.runtime/node_modules/.bin:$PATH"
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE-$PWD/.runtime/compile-cache}"

shopt -s globstar nullglob extglob
if (($# == 0)); then
  scripts/check.sh
  set -- src test/!(stacks|data) bench
fi

units=() tests=()
for path in "$@"; do
  files=("$path")
  if [[ -d $path ]]; then files=("${path%/}"/**/*.test.ts); fi
  for file in "${files[@]}"; do
    if [[ $file == src/* ]]; then units+=("$file"); else tests+=("$file"); fi
  done
done
if ((${#units[@]} + ${#tests[@]} == 0)); then
  printf 'error: there are no tests in %s\n  next: npm test -- src\n' "$*" >&2
  exit 1
fi

run() { node --disable-warning=ExperimentalWarning --test --test-reporter=spec "$@"; }
status=0

# Unit tests keep nothing outside themselves, and a process for each file would take three times as long as they do.
if ((${#units[@]} > 0)); then
  run --test-isolation=none --test-timeout=60000 "${units[@]}" || status=1
fi

# Three files at a time: tests on real Docker wait more than they compute, and with two at a time two
# cores were idle for a third of it. The time-out, for each test, has room for the build of an image.
if ((${#tests[@]} > 0)); then
  run --test-concurrency=3 --test-timeout=900000 "${tests[@]}" || status=1
fi
exit "$status"
