"""A learner's page is served by one process, the instructor's look at it by another: Redis carries the news."""

import asyncio
import json
import os
import subprocess
import sys

from websockets.asyncio.client import connect

from tests.courses.conftest import LESSONS
from tests.house.server import ROOT, server
from tests.services import postgres, redis

# In a process of its own: this one has a database of its own.
CLASS_AT_WORK = """
import json
from django.contrib.auth import SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.utils import timezone
from kubelab.accounts.guests import BACKEND
from kubelab.accounts.models import User
from kubelab.classroom import attempts
from kubelab.classroom.items import item_of
from kubelab.classroom.models import Assignment, Classroom, Membership, Teaching
from kubelab.courses.models import Exercising

def logged_in(user):
    session = SessionStore()
    session.update({SESSION_KEY: user.pk, BACKEND_SESSION_KEY: BACKEND, HASH_SESSION_KEY: user.get_session_auth_hash()})
    session.save()
    return session.session_key

grace, ada = (User(username=name) for name in ("grace", "ada"))
grace.save(), ada.save()
classroom = Classroom.objects.create(name="Spring")
Teaching.objects.create(classroom=classroom, instructor=grace)
place = Membership.objects.create(classroom=classroom, learner=ada, name="Ada", joined=timezone.now())
task = Assignment.objects.create(classroom=classroom, kind="exercise", lesson="first-light", exercise="scale")
attempts.begin(task, place, item_of(task))
print(json.dumps([logged_in(ada), logged_in(grace), Exercising.objects.get().lab.public_id]))
"""


async def heard(socket, kind, when):
    """Return the next message of a kind that fits."""
    async with asyncio.timeout(20):
        while True:
            message = json.loads(await socket.recv())
            if message["type"] == kind and when(message):
                return message


def at(site, path, session):
    cookie = {"Cookie": f"sessionid={session}", "Origin": site.url}
    return connect(f"ws://127.0.0.1:{site.port}/ws/labs/{path}", additional_headers=cookie, max_size=None)


async def both_see_each_other(one, other, ada, grace, lab):
    async with at(one, f"{lab}/", ada) as page, at(other, f"{lab}/look/", grace) as looker:
        for socket in (page, looker):
            await socket.send(json.dumps({"type": "hello", "revision": 0, "cols": 80, "rows": 24}))
        await heard(page, "lookers", lambda message: message["names"] == "grace")
        await page.send(json.dumps({"type": "run", "line": "kubectl create namespace seen-elsewhere; echo > note.txt"}))
        await heard(looker, "terminal", lambda message: "namespace/seen-elsewhere created" in message["data"])
        await heard(looker, "files", lambda message: message["paths"] == ["note.txt"])
        await looker.close()
        await heard(page, "lookers", lambda message: message["names"] == "")


def test_an_instructor_at_another_process_sees_the_terminal_and_is_seen(tmp_path):
    with postgres() as database, redis() as redis_url:
        shared = {
            "DATABASE_URL": database("kubelab"),
            "REDIS_URL": redis_url,
            "SECRET_KEY": "shared",
            "LESSONS": str(LESSONS),
        }
        own = {"KUBELAB_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "kubelab.settings"}
        made = subprocess.run(
            [sys.executable, "manage.py", "shell", "-v0", "-c", CLASS_AT_WORK],
            env={**os.environ, **shared, **own}, cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        ada, grace, lab = json.loads(made.stdout.splitlines()[-1])
        with server(tmp_path, **shared) as one, server(tmp_path, RECONCILE="0", **shared) as other:
            one.wait_for_answer()
            other.wait_for_answer()
            asyncio.run(both_see_each_other(one, other, ada, grace, lab))
