#!/bin/sh
set -e

# shellcheck disable=SC2086
if [ -n "$DISABLE_AUTHENTICATION" ]; then
  exec rest-server --path "$DATA_DIRECTORY" --no-auth $OPTIONS
fi
touch "$PASSWORD_FILE"
# shellcheck disable=SC2086
exec rest-server --path "$DATA_DIRECTORY" --htpasswd-file "$PASSWORD_FILE" $OPTIONS
