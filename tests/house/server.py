"""`manage.py lab` as a process of its own."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services import free_port

ROOT = Path(__file__).parents[2]
SECONDS_TO_START = 30


class Server:
    """A server's process and its address, which ends without a slash."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self.process, self.port = process, port
        self.url = f"http://127.0.0.1:{port}"

    def answers(self) -> bool:
        try:
            return urllib.request.urlopen(f"{self.url}/", timeout=5).status == 200
        except OSError:
            return False

    def wait_for_answer(self) -> None:
        end = time.monotonic() + SECONDS_TO_START
        while not self.answers():
            assert self.process.poll() is None, self.process.stderr.read()
            assert time.monotonic() < end, "the server does not answer"
            time.sleep(0.1)


@contextmanager
def server(data: Path, port: int = 0, **environment: str) -> Iterator[Server]:
    """Run the server with its data in a folder of its own; ends it if the story did not."""
    port = port or free_port()
    surroundings = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "kubelab.settings",
        "KUBELAB_DATA": str(data),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "API_PORT": "0",  # several servers run at a time
        "DEBUG": "1",  # no collected files needed
        **environment,
    }
    command = [sys.executable, "manage.py", "lab"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, cwd=ROOT, env=surroundings, **pipes)
    try:
        yield Server(process, port)
    finally:
        process.kill()
        process.wait()
