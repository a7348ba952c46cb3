#!/bin/sh
set -e

# `docker run redis --appendonly yes` and `docker run redis /etc/my-redis.conf` mean the server.
case ${1:-} in
  -* | *.conf) set -- redis-server "$@" ;;
esac

if [ "$1" = redis-server ]; then
  if [ "$(id -u)" = 0 ]; then
    find /data ! -user redis -exec chown redis '{}' +
    exec setpriv --reuid=redis --regid=redis --init-groups "$0" "$@"
  fi
  umask 0077
  shift
  conf=
  case ${1:-} in
    '' | -*) ;;
    *) conf=$1 && shift ;;
  esac
  # In a container everybody is a remote client: the official build turns protected mode off by default.
  if [ -z "$conf" ] || ! grep -qs '^[[:space:]]*protected-mode' "$conf"; then
    set -- --protected-mode no "$@"
  fi
  set -- redis-server ${conf:+"$conf"} "$@"
fi

exec "$@"
