"""Rows with the ids that prove what was stored, and how often."""

import sqlite3
import threading
import time

# For the write lock, which the containers of two releases take in turn.
BUSY_SECONDS = 30


class Items:
    """One connection for all threads: one process can have only one writer at a time anyway."""

    def __init__(self, file):
        self._lock = threading.Lock()
        self._database = sqlite3.connect(
            file, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._use_wal()
        # Survives the end of the process, though not of the machine, which no bench ends.
        self._database.execute("pragma synchronous = normal")
        self._database.execute(
            "create table if not exists items (id integer primary key autoincrement, code text not null)"
        )

    def _use_wal(self):
        """Not covered by the busy time-out: while another container does the same, SQLite refuses at once."""
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                self._database.execute("pragma journal_mode = wal")
                return
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def add(self, code):
        """Stores the code, committed when this returns. Returns its id."""
        with self._lock:
            return self._database.execute("insert into items (code) values (?)", (code,)).lastrowid

    def all(self):
        with self._lock:
            return self._database.execute("select id, code from items order by id").fetchall()
