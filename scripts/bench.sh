#!/usr/bin/env bash
# npm run -s bench -- NAME [ARGUMENTS]: runs bench/NAME.ts, after bringing what is missing.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

# The other files of the folder are parts of these.
benchmarks=$(grep -l '^await runBench(' bench/*.ts | sed 's|bench/\(.*\)\.ts|\1|')

name=${1-}
if ! grep -qx -- "$name" <<<"$benchmarks"; then
  printf "error: there is no benchmark '%s'\n" "$name" >&2
  printf '  next: npm run -s bench -- %s\n' "${benchmarks//$'\n'/|}" >&2
  exit 1
fi
shift

scripts/setup.sh --docker --dev --yes
export PATH="$PWD/.runtime/node_modules/.bin:$PATH"
exec node --disable-warning=ExperimentalWarning "bench/$name.ts" "$@"
