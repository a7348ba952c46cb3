"""How every thread learns at once that the process has been told to end."""

import os
import select


class Stopping:
    """Closing one end of a pipe makes the other ready for good, in all threads that poll it."""

    def __init__(self):
        self._read_end, self._write_end = os.pipe()
        self.begun = False

    def begin(self, *_):
        if not self.begun:
            self.begun = True
            os.close(self._write_end)

    def ready_before(self, readable):
        """
        Waits until there is something to read or to accept, or the process has been told to end. When both
        are so, it is True: what has arrived is still to be served.
        """
        poll = select.poll()
        poll.register(readable, select.POLLIN)
        poll.register(self._read_end, select.POLLIN)
        return any(ready == readable.fileno() for ready, _ in poll.poll())
