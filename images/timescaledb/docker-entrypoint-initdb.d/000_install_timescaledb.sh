#!/usr/bin/env bash
# As in the official image, every database has the extension: the one asked for, and those made later.
set -Eeo pipefail

for database in postgres template1 "$POSTGRES_DB"; do
  psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname "$database" \
    -c 'CREATE EXTENSION IF NOT EXISTS timescaledb'
done

# No server of a stand-in calls home: there is no connection, and so the log would only fill.
echo 'timescaledb.telemetry_level = off' >>"$PGDATA/postgresql.conf"
