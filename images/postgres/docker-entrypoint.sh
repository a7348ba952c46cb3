#!/usr/bin/env bash
# Honours the contract of the official image, as its page in docker-library/docs describes it.
set -Eeo pipefail

fail() {
  echo "docker-entrypoint: $*" >&2
  exit 1
}

# only_asks ARG...: whether postgres is asked about itself, which needs no cluster.
only_asks() {
  local arg
  for arg; do
    case $arg in
      '-?' | --help | -V | --version | --describe-config) return 0 ;;
    esac
  done
  return 1
}

# read_setting NAME DEFAULT: exports $NAME, from the file that $NAME_FILE names (a secret) if that is set.
read_setting() {
  local file=$1_FILE
  [ -z "${!1:-}" ] || [ -z "${!file:-}" ] || fail "$1 and $file are both set: keep one of them."
  if [ -n "${!file:-}" ]; then
    export "$1=$(<"${!file}")"
  else
    export "$1=${!1:-$2}"
  fi
  unset "$file"
}

read_settings() {
  read_setting POSTGRES_PASSWORD ''
  read_setting POSTGRES_USER postgres
  read_setting POSTGRES_DB "$POSTGRES_USER"
  read_setting POSTGRES_INITDB_ARGS ''
  if [ -z "$POSTGRES_PASSWORD" ] && [ "$POSTGRES_HOST_AUTH_METHOD" != trust ]; then
    fail "the database is new, and no password is set for its superuser.
Set POSTGRES_PASSWORD, or POSTGRES_PASSWORD_FILE to the path of a secret.
POSTGRES_HOST_AUTH_METHOD=trust would let everybody in who can reach the port."
  fi
}

take_ownership() {
  mkdir -p "$PGDATA" /var/run/postgresql
  find "$PGDATA" /var/run/postgresql ! -user postgres -exec chown postgres '{}' +
  if [ -n "$POSTGRES_INITDB_WALDIR" ]; then
    mkdir -p "$POSTGRES_INITDB_WALDIR"
    find "$POSTGRES_INITDB_WALDIR" ! -user postgres -exec chown postgres '{}' +
  fi
}

create_cluster() {
  local args=(--username="$POSTGRES_USER" ${POSTGRES_INITDB_WALDIR:+--waldir="$POSTGRES_INITDB_WALDIR"})
  if [ -n "$POSTGRES_INITDB_ARGS" ]; then
    # xargs splits as a shell does, quotes included, and expands nothing.
    mapfile -t -O ${#args[@]} args < <(xargs printf '%s\n' <<<"$POSTGRES_INITDB_ARGS")
  fi
  initdb "${args[@]}" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD")
  local method=${POSTGRES_HOST_AUTH_METHOD:-$(postgres -C password_encryption "$@")}
  printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"
}

sql() {
  psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password --username "$POSTGRES_USER" "$@"
}

create_database() {
  [ "$POSTGRES_DB" != postgres ] || return 0
  echo 'CREATE DATABASE :"name"' | sql --dbname postgres --set name="$POSTGRES_DB"
}

run_init_files() {
  local file
  for file in /docker-entrypoint-initdb.d/*; do
    echo "docker-entrypoint: $file"
    case $file in
      *.sh)
        # shellcheck source=/dev/null
        if [ -x "$file" ]; then "$file"; else . "$file"; fi
        ;;
      *.sql) sql --dbname "$POSTGRES_DB" <"$file" ;;
      *.sql.gz) gunzip -c "$file" | sql --dbname "$POSTGRES_DB" ;;
      *.sql.xz) xzcat "$file" | sql --dbname "$POSTGRES_DB" ;;
      *.sql.zst) zstd -dc "$file" | sql --dbname "$POSTGRES_DB" ;;
      *) echo "docker-entrypoint: skipped, its kind is not known" ;;
    esac
  done
}

# initialise ARG...: a new cluster, filled by a server with the same arguments that listens on its socket only.
initialise() {
  read_settings
  create_cluster "$@"
  local options
  printf -v options '%q ' "$@" -c listen_addresses=
  pg_ctl -D "$PGDATA" -o "$options" -w start
  # POSTGRES_INITDB_ARGS may have asked for a password on the socket too.
  export PGPASSWORD=$POSTGRES_PASSWORD
  create_database
  run_init_files
  unset PGPASSWORD
  pg_ctl -D "$PGDATA" -m fast -w stop
  echo 'docker-entrypoint: the database is initialised.'
}

# Both are optional and are read before the cluster is known to be new.
: "${POSTGRES_HOST_AUTH_METHOD:=}" "${POSTGRES_INITDB_WALDIR:=}"

case ${1:-} in
  -*) set -- postgres "$@" ;;
esac

if [ "$1" = postgres ] && ! only_asks "$@"; then
  if [ "$(id -u)" = 0 ]; then
    take_ownership
    export HOME=/var/lib/postgresql
    exec setpriv --reuid=postgres --regid=postgres --init-groups "${BASH_SOURCE[0]}" "$@"
  fi
  mkdir -p "$PGDATA"
  chmod 700 "$PGDATA"
  if [ -s "$PGDATA/PG_VERSION" ]; then
    echo 'docker-entrypoint: the data folder holds a database: nothing to initialise.'
  else
    shopt -s nullglob
    initialise "${@:2}"
  fi
fi

exec "$@"
