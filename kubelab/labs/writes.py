"""Whether somebody has written to the database: asked once a second, by everyone who waits for other processes.

SQLite's log of writes is a file: while that stays as it is, nothing needs to be asked. When it has changed, and for
PostgreSQL always, the database itself tells in one short answer whether there was a write, without reading a row.
Source: https://www.sqlite.org/walformat.html; https://www.sqlite.org/pragma.html#pragma_data_version;
https://www.postgresql.org/docs/current/functions-info.html (pg_current_snapshot).
"""

import os
import time
from typing import Any

from django.db import connection

TICK = 0.1  # seconds in which two writes may bear the same time


class Writes:
    """What was seen of the database at the last look."""

    def __init__(self) -> None:
        name = str(connection.settings_dict["NAME"]) if connection.vendor == "sqlite" else ""
        self._file = f"{name}-wal" if name and "mode=memory" not in name else ""
        self._seen: tuple[int, int] | None = None
        self._doubtful = False  # a write may have followed the last look unseen
        self._told: tuple[Any, Any] | None = None  # what the database said, and over which connection

    def may_have_come(self) -> bool:
        """Tell whether there may be something new since the last look. Asks the file system only."""
        try:
            found = os.stat(self._file)
        except OSError:
            return True
        state, seen, doubtful = (found.st_mtime_ns, found.st_size), self._seen, self._doubtful
        self._seen, self._doubtful = state, abs(time.time() - found.st_mtime) < TICK
        return state != seen or doubtful

    def have_come(self) -> bool:
        """Ask the database whether anybody has written since this was last asked; look at its rows only afterwards.

        On SQLite what this thread itself writes does not count.
        """
        if not self._file and connection.vendor == "sqlite":
            return True
        question = "pragma data_version" if self._file else "select pg_current_snapshot()::text"
        with connection.cursor() as cursor:
            cursor.execute(question)
            told = cursor.fetchone()
        # SQLite's number means something only where it was told before. PostgreSQL's names transactions of them all.
        asked = connection.connection if self._file else None
        before, self._told = self._told, (asked, told)
        return before is None or before[0] is not asked or before[1] != told
