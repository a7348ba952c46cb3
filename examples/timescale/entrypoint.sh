#!/bin/sh
# Waits until the database takes connections, then becomes the command. While it initialises a new volume,
# PostgreSQL listens on its socket only, so an open port means that it is ready.
set -e

python - <<'PYTHON'
import os
import socket
import sys
import time

address = (os.environ.get("DB_HOST", "timescaledb"), int(os.environ.get("DB_PORT", "5432")))
deadline = time.monotonic() + 60
while True:
    try:
        socket.create_connection(address, timeout=2).close()
        break
    except OSError as error:
        if time.monotonic() > deadline:
            sys.exit(f"entrypoint: the database at {address[0]}:{address[1]} does not answer: {error}")
        time.sleep(0.2)
PYTHON

exec "$@"
