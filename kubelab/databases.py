"""Which database a DATABASE_URL means, as Django's settings say it.

`sqlite:///path` (a relative path is below the data folder) or `postgres://user:password@host:port/name`.
Not a general URL parser: these two are the ones that KubeLab is tested on.
"""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

# IMMEDIATE takes the write lock at BEGIN: a deferred transaction that turns into a writer fails at once with
# "database is locked", whatever the timeout. WAL lets readers go on while one writes.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 10,  # seconds that a writer waits for another
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;",
}


def database_from_url(url: str, data_dir: Path) -> dict[str, Any]:
    """Return the entry of Django's DATABASES for `url`; raise ValueError when the scheme is not one of ours."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": data_dir / unquote(parts.path.removeprefix("/")),
            "OPTIONS": dict(SQLITE_OPTIONS),
        }
    if parts.scheme in ("postgres", "postgresql"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.removeprefix("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "OPTIONS": {"pool": {"min_size": 1, "max_size": 16}},
        }
    raise ValueError(f"DATABASE_URL: {parts.scheme!r} is not a database we know (sqlite or postgres)")
