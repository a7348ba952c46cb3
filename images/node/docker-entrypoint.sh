#!/bin/sh
# `docker run node --test` and `docker run node server.js` mean node.
case ${1:-} in
  -*) set -- node "$@" ;;
  *)
    if [ ! -x "$(command -v "${1:-}")" ]; then set -- node "$@"; fi
    ;;
esac

exec "$@"
