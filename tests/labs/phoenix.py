"""A server that comes back the moment it is killed: each life is a fork of a process that has imported everything.

    python -m tests.labs.phoenix PORT    prints each life's process id; SIGTERM ends it for good

What is killed is a whole server as `manage.py lab` runs it; only the seconds that Python needs to start are saved.
Its disk is slow, so that an answer which does not wait for the commit is well ahead of it.
"""

import os
import signal
import socket
import sys
import time

import uvicorn
from django.core.management import call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from kubelab.asgi import application

SECONDS_TO_COMMIT = 0.01


def slow_disk() -> None:
    commit = BaseDatabaseWrapper._commit

    def slowly(connection: BaseDatabaseWrapper) -> None:
        time.sleep(SECONDS_TO_COMMIT)
        commit(connection)

    BaseDatabaseWrapper._commit = slowly


def live(listener: socket.socket) -> None:
    """One life: serve until killed."""
    config = uvicorn.Config(application, lifespan="on", log_level="error")
    uvicorn.Server(config).run(sockets=[listener])


def main(port: int) -> None:
    call_command("migrate", interactive=False, verbosity=0)
    connections.close_all()
    slow_disk()
    listener = socket.create_server(("127.0.0.1", port), backlog=2048)
    life = 0

    def end(*_: object) -> None:
        os.kill(life, signal.SIGKILL)
        sys.exit()

    while True:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        life = os.fork()
        if life == 0:
            live(listener)
            os._exit(0)
        signal.signal(signal.SIGTERM, end)
        print(life, flush=True)
        os.waitpid(life, 0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
