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

tests=()
for path in "$@"; do
  if [[ -d $path ]]; then
    tests+=("${path%/}"/**/*.test.ts)
  else
    tests+=("$path")
  fi
done
if ((${#tests[@]} == 0)); then
  printf 'error: there are no tests in %s\n  next: npm test -- src\n' "$*" >&2
  exit 1
fi

# Three files at a time: tests on real Docker wait more than they compute, and with two at a time two
# cores were idle for a third of it. The time-out, for each test, has room for the build of an image.
exec node --disable-warning=ExperimentalWarning --test --test-reporter=spec \
  --test-concurrency=3 --test-timeout=900000 "${tests[@]}"
