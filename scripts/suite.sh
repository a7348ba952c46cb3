#!/usr/bin/env bash
# npm run -s bench|faults -- NAME [ARGUMENTS]: runs FOLDER/NAME.ts, after bringing what is missing.
# usage: scripts/suite.sh FOLDER NAME [ARGUMENTS]
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

folder=$1
name=${2-}
# The other files of the folder are parts of these.
suites=$(grep -l '^await runBench(' "$folder"/*.ts | xargs -n1 basename -s .ts)

if ! grep -qx -- "$name" <<<"$suites"; then
  printf "error: there is no '%s' in %s\n" "$name" "$folder" >&2
  printf '  next: npm run -s %s -- %s\n' "${folder##*/}" "${suites//$'\n'/|}" >&2
  exit 1
fi
shift 2

scripts/setup.sh --docker --dev --yes
export PATH="$PWD/.runtime/node_modules/.bin:$PATH"
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE-$PWD/.runtime/compile-cache}"
exec node --disable-warning=ExperimentalWarning "$folder/$name.ts" "$@"
