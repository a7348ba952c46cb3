# shellcheck shell=bash
# The sources in the form that starts quickly.

bundle_ready() {
  [[ -f $root/dist/main.js ]] &&
    [[ -z $(find "$root/src" "$root/scripts/bundle.ts" "$root/package-lock.json" -newer "$root/dist/main.js" -print -quit) ]]
}

make_bundle() {
  (cd "$root" && node scripts/bundle.ts)
}
