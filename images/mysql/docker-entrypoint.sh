#!/usr/bin/env bash
# Honours the contract of the official image, as its page in docker-library/docs describes it.
set -Eeo pipefail

socket=/var/run/mysqld/mysqld.sock

say() {
  echo "docker-entrypoint: $*"
}

fail() {
  say "$*" >&2
  exit 1
}

# only_asks ARG...: whether mysqld is asked about itself, which needs no data.
only_asks() {
  local arg
  for arg; do
    case $arg in
      '-?' | --help | -V | --version | --print-defaults) return 0 ;;
    esac
  done
  return 1
}

# read_setting NAME: exports $NAME, from the file that $NAME_FILE names (a secret) if that is set.
read_setting() {
  local file=$1_FILE
  [ -z "${!1:-}" ] || [ -z "${!file:-}" ] || fail "$1 and $file are both set: keep one of them."
  if [ -n "${!file:-}" ]; then export "$1=$(<"${!file}")"; else export "$1=${!1:-}"; fi
  unset "$file"
}

read_settings() {
  local name
  for name in MYSQL_ROOT_HOST MYSQL_ROOT_PASSWORD MYSQL_DATABASE MYSQL_USER MYSQL_PASSWORD; do
    read_setting "$name"
  done
  : "${MYSQL_ROOT_HOST:=%}"
  [ "$MYSQL_USER" != root ] || fail "MYSQL_USER cannot be root, which is there anyway: set MYSQL_ROOT_PASSWORD."
  [ -z "$MYSQL_ROOT_PASSWORD$MYSQL_ALLOW_EMPTY_PASSWORD$MYSQL_RANDOM_ROOT_PASSWORD" ] || return 0
  fail "the database is new, and no password is set for root.
Set MYSQL_ROOT_PASSWORD, or MYSQL_ROOT_PASSWORD_FILE to the path of a secret, or MYSQL_RANDOM_ROOT_PASSWORD."
}

# The data folder: the last one that a configuration file or an argument names.
data_folder() {
  { my_print_defaults mysqld && printf '%s\n' "$@"; } | sed -n 's/^--datadir=//p' | tail -n 1
}

take_ownership() {
  mkdir -p "$data" /var/run/mysqld
  find "$data" /var/run/mysqld ! -user mysql -exec chown mysql '{}' +
}

# quote TEXT: prints it as a string of SQL.
quote() {
  local text=${1//\\/\\\\}
  printf "'%s'" "${text//\'/\\\'}"
}

# sql ARG...: as root, by the socket. The password is in the environment, where `ps` does not show it.
sql() {
  MYSQL_PWD=$password mysql --protocol=socket --socket="$socket" --user=root --comments "$@"
}

load_time_zones() {
  [ -z "$MYSQL_INITDB_SKIP_TZINFO" ] || return 0
  mysql_tzinfo_to_sql /usr/share/zoneinfo 2>/dev/null | sql --database=mysql
}

create_accounts() {
  local root
  if [ -n "$MYSQL_RANDOM_ROOT_PASSWORD" ]; then
    MYSQL_ROOT_PASSWORD=$(openssl rand -base64 24)
    say "GENERATED ROOT PASSWORD: $MYSQL_ROOT_PASSWORD"
  fi
  root=$(quote "$MYSQL_ROOT_PASSWORD")
  if [ "$MYSQL_ROOT_HOST" != localhost ]; then
    sql <<<"CREATE USER root@$(quote "$MYSQL_ROOT_HOST") IDENTIFIED BY $root;
      GRANT ALL ON *.* TO root@$(quote "$MYSQL_ROOT_HOST") WITH GRANT OPTION;"
  fi
  sql <<<"ALTER USER root@localhost IDENTIFIED BY $root;"
  password=$MYSQL_ROOT_PASSWORD

  if [ -n "$MYSQL_DATABASE" ]; then sql <<<"CREATE DATABASE IF NOT EXISTS \`$MYSQL_DATABASE\`;"; fi
  if [ -n "$MYSQL_USER" ] && [ -n "$MYSQL_PASSWORD" ]; then
    sql <<<"CREATE USER $(quote "$MYSQL_USER")@'%' IDENTIFIED BY $(quote "$MYSQL_PASSWORD");"
    # In the name of a database, _ stands for any character here.
    if [ -n "$MYSQL_DATABASE" ]; then
      sql <<<"GRANT ALL ON \`${MYSQL_DATABASE//_/\\_}\`.* TO $(quote "$MYSQL_USER")@'%';"
    fi
  fi
}

run_init_files() {
  local file into=(${MYSQL_DATABASE:+"--database=$MYSQL_DATABASE"})
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

expire_password() {
  [ -n "$MYSQL_ONETIME_PASSWORD" ] || return 0
  sql <<<"ALTER USER root@$(quote "$MYSQL_ROOT_HOST") PASSWORD EXPIRE;"
}

# initialise ARG...: new data, filled by a server with the same arguments that listens on its socket only.
initialise() {
  read_settings
  mysqld "$@" --initialize-insecure --default-time-zone=SYSTEM
  mysqld "$@" --daemonize --skip-networking --mysqlx=OFF --default-time-zone=SYSTEM --socket="$socket"
  password=
  load_time_zones
  create_accounts
  run_init_files
  expire_password
  MYSQL_PWD=$password mysqladmin --protocol=socket --socket="$socket" --user=root shutdown
  say 'the database is initialised.'
}

: "${MYSQL_ALLOW_EMPTY_PASSWORD:=}" "${MYSQL_RANDOM_ROOT_PASSWORD:=}" "${MYSQL_ONETIME_PASSWORD:=}" \
  "${MYSQL_INITDB_SKIP_TZINFO:=}"

case ${1:-} in
  -*) set -- mysqld "$@" ;;
esac

if [ "$1" = mysqld ] && ! only_asks "$@"; then
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
