"""PostgreSQL and Redis of the tests' own: started on free ports in a temporary folder, gone afterwards."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SECONDS_TO_START = 20


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def program(name: str) -> str:
    """Return where a program is; leave the test out when it is nowhere."""
    places = [shutil.which(name), *sorted(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), reverse=True)]
    found = next(filter(None, places), None)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def unprivileged() -> dict[str, str]:
    """PostgreSQL refuses to run as root: who it shall be instead."""
    if os.getuid() != 0:
        return {}
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    return {"user": "postgres", "group": "postgres"}


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(command: list[str], port: int, **options: str) -> Iterator[None]:
    """Run a server until it is no longer needed."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **options)
    try:
        end = time.monotonic() + SECONDS_TO_START
        while not listening(port):
            assert process.poll() is None and time.monotonic() < end, f"{command[0]} did not start"
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


@contextmanager
def postgres() -> Iterator[Callable[[str], str]]:
    """Run a PostgreSQL server; gives a function that makes a database and returns its DATABASE_URL."""
    server, initdb, port, owner = program("postgres"), program("initdb"), free_port(), unprivileged()
    folder = tempfile.mkdtemp(prefix="kubelab-postgres-")
    try:
        if owner:
            shutil.chown(folder, **owner)
        initialise = [initdb, "-D", f"{folder}/data", "-U", "kubelab", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(initialise, check=True, stdout=subprocess.DEVNULL, cwd="/", **owner)
        serve = [server, "-D", f"{folder}/data", "-p", str(port), "-c", f"unix_socket_directories={folder}", "-F"]
        with running(serve, port, **owner):
            yield lambda name: made_database(port, name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def made_database(port: int, name: str) -> str:
    import psycopg

    with psycopg.connect(host="127.0.0.1", port=port, user="kubelab", dbname="postgres", autocommit=True) as connection:
        connection.execute(f'create database "{name}"')
    return f"postgres://kubelab@127.0.0.1:{port}/{name}"


def own_database() -> str:
    """Return the DATABASE_URL of the tests' own database, for a process that shall use the same."""
    from django.db import connection

    names = connection.settings_dict
    if connection.vendor == "postgresql":
        return f"postgres://{names['USER']}:{names['PASSWORD']}@{names['HOST']}:{names['PORT']}/{names['NAME']}"
    return f"sqlite:///{names['NAME']}"


@contextmanager
def redis() -> Iterator[str]:
    """Run a Redis server; gives its REDIS_URL."""
    server, port = program("redis-server"), free_port()
    with running([server, "--port", str(port), "--bind", "127.0.0.1", "--save", ""], port):
        yield f"redis://127.0.0.1:{port}/0"
