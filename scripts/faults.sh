#!/usr/bin/env bash
# npm run -s faults -- NAME [ARGUMENTS]: runs test/faults/NAME.ts, after bringing what is missing.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

# The other files of the folder are parts of these.
suites=$(grep -l '^await runBench(' test/faults/*.ts | sed 's|test/faults/\(.*\)\.ts|\1|')

name=${1-}
if ! grep -qx -- "$name" <<<"$suites"; then
  printf "error: there is no fault suite '%s'\n" "$name" >&2
  printf '  next: npm run -s faults -- %s\n' "${suites//$'\n'/|}" >&2
  exit 1
fi
shift

scripts/setup.sh --docker --dev --yes
export PATH="$PWD/.runtime/node_modules/.bin:$PATH"
exec node --disable-warning=ExperimentalWarning "test/faults/$name.ts" "$@"
