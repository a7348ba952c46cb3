#!/usr/bin/env bash
# The checks of the official image that people name in their Compose files. The account `healthcheck` is made with the data.
set -eo pipefail

sql() {
  mariadb --defaults-extra-file="$data/.my-healthcheck.cnf" --protocol=tcp --host=127.0.0.1 \
    --skip-column-names --batch --execute "$1"
}

data=$(my_print_defaults --mariadbd | sed -n 's/^--datadir=//p' | tail -n 1)
[ $# -gt 0 ] || { echo "at least one check is needed, such as --connect" >&2; exit 1; }
for check; do
  case $check in
    --connect) sql 'SELECT 1' >/dev/null ;;
    --innodb_initialized)
      [ "$(sql "SELECT 1 FROM information_schema.ENGINES WHERE engine = 'innodb' AND support IN ('YES', 'DEFAULT')")" = 1 ]
      ;;
    *) echo "$check is a check that this stand-in does not have" >&2; exit 1 ;;
  esac
done
