#!/usr/bin/env bash
# Honours the contract of the official image, as its page in docker-library/docs describes it.
set -Eeo pipefail

socket=/run/mysqld/mysqld.sock

say() {
  echo "docker-entrypoint: $*"
}

fail() {
  say "$*" >&2
  exit 1
}

# only_asks ARG...: whether mariadbd is asked about itself, which needs no data.
only_asks() {
  local arg
  for arg; do
    case $arg in
      '-?' | --help | -V | --version | --print-defaults) return 0 ;;
    esac
  done
  return 1
}

# read_setting NAME: exports $MARIADB_NAME, from the file that $MARIADB_NAME_FILE names (a secret) if that is set; the
# names of MySQL mean the same.
read_setting() {
  local name=MARIADB_$1 prefix value file
  for prefix in MARIADB MYSQL; do
    value=${prefix}_$1 file=${prefix}_$1_FILE
    [ -z "${!value:-}" ] || [ -z "${!file:-}" ] || fail "$value and $file are both set: keep one of them."
    [ -z "${!name:-}" ] || continue
    if [ -n "${!file:-}" ]; then export "$name=$(<"${!file}")"; else export "$name=${!value:-}"; fi
  done
}

read_settings() {
  local name
  # In these two the name of MySQL has a word less.
  MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=${MARIADB_ALLOW_EMPTY_ROOT_PASSWORD:-${MYSQL_ALLOW_EMPTY_PASSWORD:-}}
  MARIADB_RANDOM_ROOT_PASSWORD=${MARIADB_RANDOM_ROOT_PASSWORD:-${MYSQL_RANDOM_ROOT_PASSWORD:-}}
  for name in ROOT_HOST ROOT_PASSWORD ROOT_PASSWORD_HASH DATABASE USER PASSWORD PASSWORD_HASH INITDB_SKIP_TZINFO; do
    read_setting "$name"
  done
  : "${MARIADB_ROOT_HOST:=%}"
  [ "$MARIADB_USER" != root ] || fail "MARIADB_USER cannot be root, which is there anyway: set MARIADB_ROOT_PASSWORD."
  [ -z "$MARIADB_ROOT_PASSWORD$MARIADB_ROOT_PASSWORD_HASH$MARIADB_ALLOW_EMPTY_ROOT_PASSWORD$MARIADB_RANDOM_ROOT_PASSWORD" ] || return 0
  fail "the database is new, and no password is set for root.
Set MARIADB_ROOT_PASSWORD, or MARIADB_ROOT_PASSWORD_FILE to the path of a secret, or MARIADB_RANDOM_ROOT_PASSWORD."
}

# The data folder: the last one that a configuration file or an argument names.
data_folder() {
  { my_print_defaults --mariadbd && printf '%s\n' "$@"; } | sed -n 's/^--datadir=//p' | tail -n 1
}

take_ownership() {
  mkdir -p "$data" /run/mysqld
  find "$data" /run/mysqld ! -user mysql -exec chown mysql '{}' +
}

# quote TEXT: prints it as a string of SQL.
quote() {
  local text=${1//\\/\\\\}
  printf "'%s'" "${text//\'/\\\'}"
}

# identified PASSWORD HASH: how an account proves who it is.
identified() {
  if [ -n "$2" ]; then echo "IDENTIFIED BY PASSWORD $(quote "$2")"; else echo "IDENTIFIED BY $(quote "$1")"; fi
}

# sql ARG...: as root, by the socket. The password is in the environment, where `ps` does not show it.
sql() {
  MYSQL_PWD=$password mariadb --protocol=socket --socket="$socket" --user=root --comments "$@"
}

load_time_zones() {
  [ -z "$MARIADB_INITDB_SKIP_TZINFO" ] || return 0
  mariadb-tzinfo-to-sql --skip-write-binlog /usr/share/zoneinfo 2>/dev/null | sql --database=mysql
}

create_accounts() {
  local root health
  if [ -n "$MARIADB_RANDOM_ROOT_PASSWORD" ]; then
    MARIADB_ROOT_PASSWORD=$(openssl rand -base64 24)
    say "GENERATED ROOT PASSWORD: $MARIADB_ROOT_PASSWORD"
  fi
  root=$(identified "$MARIADB_ROOT_PASSWORD" "$MARIADB_ROOT_PASSWORD_HASH")
  health=$(openssl rand -base64 24)
  # Made with the data, without a password.
  sql <<<"DROP USER IF EXISTS root@127.0.0.1, root@'::1', root@$(quote "$HOSTNAME");"
  for host in 127.0.0.1 ::1 localhost; do
    sql <<<"CREATE USER healthcheck@'$host' IDENTIFIED BY $(quote "$health");"
  done
  (umask 077 && printf '[client]\nuser=healthcheck\npassword="%s"\n' "$health" >"$data/.my-healthcheck.cnf")
  if [ "$MARIADB_ROOT_HOST" != localhost ]; then
    sql <<<"CREATE USER root@$(quote "$MARIADB_ROOT_HOST") $root;
      GRANT ALL ON *.* TO root@$(quote "$MARIADB_ROOT_HOST") WITH GRANT OPTION;"
  fi
  sql <<<"ALTER USER root@localhost $root;"
  password=$MARIADB_ROOT_PASSWORD

  if [ -n "$MARIADB_DATABASE" ]; then sql <<<"CREATE DATABASE IF NOT EXISTS \`$MARIADB_DATABASE\`;"; fi
  if [ -n "$MARIADB_USER" ] && [ -n "$MARIADB_PASSWORD$MARIADB_PASSWORD_HASH" ]; then
    sql <<<"CREATE USER $(quote "$MARIADB_USER")@'%' $(identified "$MARIADB_PASSWORD" "$MARIADB_PASSWORD_HASH");"
    # In the name of a database, _ stands for any character here.
    if [ -n "$MARIADB_DATABASE" ]; then
      sql <<<"GRANT ALL ON \`${MARIADB_DATABASE//_/\\_}\`.* TO $(quote "$MARIADB_USER")@'%';"
    fi
  fi
}

run_init_files() {
  local file into=(${MARIADB_DATABASE:+"--database=$MARIADB_DATABASE"})
  for file in /docker-entrypoint-initdb.d/*; do
    say "$file"
    case $file in
      *.sh)
        # shellcheck source=/dev/null
        if [ -x "$file" ]; then "$file"; else . "$file"; fi
        ;;
      *.sql) sql "${into[@]}" <"$file" ;;
      *.sql.bz2) bunzip2 -c "$file" | sql "${into[@]}" ;;
      *.sql.gz) gunzip -c "$file" | sql "${into[@]}" ;;
      *.sql.xz) xzcat "$file" | sql "${into[@]}" ;;
      *.sql.zst) zstd -dc "$file" | sql "${into[@]}" ;;
      *) say "skipped, its kind is not known" ;;
    esac
  done
}

# initialise ARG...: new data, filled by a server with the same arguments that listens on its socket only.
initialise() {
  local server
  read_settings
  mariadb-install-db --datadir="$data" --auth-root-authentication-method=normal --skip-test-db \
    --cross-bootstrap --rpm --default-time-zone=SYSTEM >/dev/null
  mariadbd "$@" --skip-networking --default-time-zone=SYSTEM --socket="$socket" --expire-logs-days=0 &
  server=$!
  password=
  for _ in {1..300}; do
    if sql --execute 'SELECT 1' >/dev/null 2>&1; then break; fi
    kill -0 "$server" || fail 'the server that fills the new database did not start.'
    sleep 0.1
  done
  load_time_zones
  create_accounts
  run_init_files
  kill "$server"
  wait "$server"
  say 'the database is initialised.'
}

case ${1:-} in
  -*) set -- mariadbd "$@" ;;
  mysqld) set -- mariadbd "${@:2}" ;;
esac

if [ "$1" = mariadbd ] && ! only_asks "$@"; then
  data=$(data_folder "${@:2}")
  if [ "$(id -u)" = 0 ]; then
    take_ownership
    export HOME=/var/lib/mysql
    exec setpriv --reuid=mysql --regid=mysql --init-groups "${BASH_SOURCE[0]}" "$@"
  fi
  if [ -d "$data/mysql" ]; then
    say 'the data folder holds a database: nothing to initialise.'
  else
    shopt -s nullglob
    initialise "${@:2}"
  fi
fi

exec "$@"
