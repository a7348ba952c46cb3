# shellcheck shell=bash
# Node.js, and the npm packages of package-lock.json.

node_version=24.21.0
npm_path=$PATH
PATH=$runtime/node_modules/.bin:$PATH

node_ready() {
  local version
  version=$(node --version 2>/dev/null) || return 1
  version=${version#v}
  ((${version%%.*} >= 24))
}

# The npm packages node-linux-* hold the official binary and run no install script.
install_node() {
  local arch
  arch=$(npm_arch) ||
    fail "There is no ready-made Node.js 24 for $(uname -m)" "install Node.js 24 or newer, then: $again"
  ensure_npm
  run_npm install --prefix "$runtime" --ignore-scripts "node-linux-$arch@$node_version"
  hash -r
  node_ready
}

ensure_npm() {
  command -v npm >/dev/null || apt_install npm ca-certificates
}

# npm runs on the Node.js that it came with: old ones fail on a new Node.js.
run_npm() {
  PATH=$npm_path npm --no-audit --no-fund --no-update-notifier "$@"
}

# The copy inside node_modules goes away with it.
packages_ready() {
  cmp -s "$root/package-lock.json" "$root/node_modules/.muelle-lock.json" && { [[ ! $dev ]] || dev_packages_there; }
}

dev_packages_there() {
  [[ -d $root/node_modules/typescript ]]
}

# No install script is run: none is needed, and that of ssh2 compiles for 30 s where it can.
install_packages() {
  local kinds=(--omit=dev)
  if [[ $dev ]] || dev_packages_there; then kinds=(--include=dev); fi
  ensure_npm
  run_npm ci --prefix "$root" --ignore-scripts "${kinds[@]}"
  cp "$root/package-lock.json" "$root/node_modules/.muelle-lock.json"
}
