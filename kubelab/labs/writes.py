"""Whether somebody may have written to the database: asked once a second, by everyone who waits for other processes.

SQLite's log of writes is a file: while that stays as it is, nothing needs to be read. PostgreSQL has no such sign.
Source: https://www.sqlite.org/walformat.html.
"""

import os
import time

from django.db import connection

TICK = 0.1  # seconds in which two writes may bear the same time


class Writes:
    """What was seen of the database at the last look."""

    def __init__(self) -> None:
        name = str(connection.settings_dict["NAME"]) if connection.vendor == "sqlite" else ""
        self._file = f"{name}-wal" if name and "mode=memory" not in name else ""
        self._seen: tuple[int, int] | None = None
        self._doubtful = False  # a write may have followed the last look unseen

    def may_have_come(self) -> bool:
        """Tell whether there may be something new since the last look."""
        try:
            found = os.stat(self._file)
        except OSError:
            return True
        state, seen, doubtful = (found.st_mtime_ns, found.st_size), self._seen, self._doubtful
        self._seen, self._doubtful = state, abs(time.time() - found.st_mtime) < TICK
        return state != seen or doubtful
