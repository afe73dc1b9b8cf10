"""200 pages open on 200 clusters, each in a rollout: from a key to its echo, and from a commit to the page.

The server runs here, on one core; the pages are sockets of another process on the other core (`_pages.py`).
"""

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import uvicorn
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from kubelab.accounts.models import User
from kubelab.labs import creation, keeping, live
from kubelab.labs.bench import Figure
from kubelab.labs.bench._figures import percentile
from kubelab.labs.keeping import Act
from kubelab.management.commands.lab import listen

PAGES = 200
SECONDS = 30.0
Commits = dict[str, list[tuple[int, float]]]  # lab -> revision and real time of each of its commits


def run(size: float) -> Iterator[Figure]:
    labs = [new_lab(number) for number in range(max(5, int(PAGES * size)))]
    commits: Commits = defaultdict(list)
    keeping.after_act.append(lambda act: note(act, commits))
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config("kubelab.asgi:application", lifespan="on", log_level="error"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
        thread.start()
        heard = visit(port, labs)
        server.should_exit = True
        thread.join(10)
    late = sorted(lateness(commits, heard["maps"]))
    yield Figure("live.echo_p99_ms", percentile(heard["echoes"], 99) * 1000, "ms")
    yield Figure("live.change_p99_ms", percentile(late, 99) * 1000, "ms")


def new_lab(number: int) -> dict[str, str]:
    """Make a guest with a lab, signed in; returns what their page needs to know."""
    user = User.objects.create_guest()
    lab = creation.create(user, f"live-{number}")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return {"lab": lab.public_id, "session": session.session_key or ""}


def note(act: Act, commits: Commits) -> None:
    """Note a commit that changes the picture; what else it takes until here is a part of what is measured."""
    lab = live.live(act.lab.pk)
    if lab is not None and lab.map is not None and lab.map.changed == lab.map.revision and act.changes:
        commits[act.lab.public_id].append((lab.map.changed, time.time()))


def visit(port: int, labs: list[dict[str, str]]) -> dict[str, Any]:
    """Let the pages live for a while; returns what they heard."""
    asked = json.dumps({"port": port, "labs": labs, "seconds": SECONDS})
    others = sorted(set(range(os.cpu_count() or 1)) - os.sched_getaffinity(0)) or sorted(os.sched_getaffinity(0))
    pages = subprocess.run(
        [sys.executable, "-m", "kubelab.labs.bench._pages", str(others[0])],
        input=asked, capture_output=True, text=True, cwd=settings.BASE_DIR, check=False,
    )  # fmt: skip
    if pages.returncode:
        raise RuntimeError(pages.stderr[-2000:])
    heard: dict[str, Any] = json.loads(pages.stdout)
    return heard


def lateness(commits: Commits, maps: list[tuple[str, int, int, float]]) -> Iterator[float]:
    """Yield, for each map message, how long ago the oldest change in it had been committed."""
    for lab, after, revision, heard in maps:
        inside = [at for changed, at in commits[lab] if after < changed <= revision]
        if inside:
            yield heard - min(inside)
