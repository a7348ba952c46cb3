#!/bin/sh
# Prepares the configuration with what is in /docker-entrypoint.d, in the order of the names, then runs the
# command. Anything but nginx itself runs unprepared.
set -e

say() {
  [ -n "${NGINX_ENTRYPOINT_QUIET_LOGS:-}" ] || echo "docker-entrypoint.sh: $*"
}

if [ "$1" = nginx ]; then
  for script in /docker-entrypoint.d/*; do
    case $script in
      *.envsh)
        say "sourcing $script"
        # shellcheck source=/dev/null
        . "$script"
        ;;
      *.sh)
        if [ -x "$script" ]; then
          say "running $script"
          "$script"
        else
          say "skipping $script: it is not executable"
        fi
        ;;
    esac
  done
fi

exec "$@"
