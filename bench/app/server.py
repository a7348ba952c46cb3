"""
The app that the benches deploy. Its ids prove what was stored and how often, and its slow answers are what a
deployment must not cut. PORT and DATA_DIR move it away from port 8000 and /data.
"""

import os
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from handler import Handler
from items import Items
from stopping import Stopping

BACKLOG = 1024
FINISH_SECONDS = 30


@dataclass(frozen=True)
class App:
    version: str
    items: Items
    stopping: Stopping


def main():
    version = Path(__file__).with_name("VERSION").read_text().strip()
    items = Items(Path(os.environ.get("DATA_DIR", "/data")) / "items.sqlite3")
    app = App(version, items, Stopping())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, app.stopping.begin)

    address = ("", int(os.environ.get("PORT", "8000")))
    with socket.create_server(address, backlog=BACKLOG) as listener:
        # Also takes the connections that wait in the backlog: closing the listener would reset them.
        while app.stopping.ready_before(listener):
            connection, client = listener.accept()
            threading.Thread(target=serve, args=(connection, client, app), daemon=True).start()
    finish()


def serve(connection, client, app):
    with connection:
        try:
            Handler(connection, client, app)
            connection.shutdown(socket.SHUT_WR)
        except OSError as error:
            print(f"{client[0]}: {error!r}", file=sys.stderr)


def finish():
    """Waits for the connections under way, which are threads; those that take longer end with the process."""
    deadline = time.monotonic() + FINISH_SECONDS
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            thread.join(max(0, deadline - time.monotonic()))


if __name__ == "__main__":
    main()
