"""Redis as a process: its configuration, its password, what it keeps in memory and what it saves.

The data is saved when it is asked to end, or by SAVE, into dump.rdb in its directory, and read from there at its
start; what came since the last save is lost with a process that is killed.
Source: redis.io, docs/management/{config,persistence,security}.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.node.program import Life, Line, Stop
from kubelab.cluster.node.programs import rediscommands
from kubelab.cluster.node.programs.server import Server
from kubelab.cluster.objects import Object
from kubelab.cluster.sockets import Reply, Request, TextReply, TextRequest

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

DATA = "redis"  # in a container's memory
HEAD = "REDIS0012"  # what dump.rdb begins with
DEFAULTS = {
    "appendonly": "no", "bind": "* -::*", "databases": "16", "dbfilename": "dump.rdb", "dir": "/data",
    "maxmemory": "0", "maxmemory-policy": "noeviction", "port": "6379", "protected-mode": "no", "requirepass": "",
    "save": "3600 1 300 100 60 10000", "timeout": "0",
}  # fmt: skip
UNITS = {"kb": 1024, "mb": 1024**2, "gb": 1024**3, "k": 1000, "m": 1000**2, "g": 1000**3}


def configuration(container: Container) -> dict[str, str]:
    """Returns what its file and its command line say, over the defaults.

    Raises:
        FileError: there is no such file.
    """
    found, words = dict(DEFAULTS), list(container.argv)
    while words and words[0].rpartition("/")[2] in ("docker-entrypoint.sh", "redis-server"):
        words.pop(0)
    if words and not words[0].startswith("-"):
        for line in container.files.read(words.pop(0)).splitlines():
            name, _, value = line.strip().partition(" ")
            if name and not name.startswith("#"):
                found[name.lower()] = value.strip().strip("\"'")
    name = ""
    for word in words:
        if word.startswith("--"):
            name = word[2:].lower()
            found[name] = ""
        elif name:
            found[name] = f"{found[name]} {word}".strip()
    amount = found["maxmemory"].lower()
    unit = next((unit for unit in UNITS if amount.endswith(unit) and amount[: -len(unit)].isdigit()), "")
    if unit:
        found["maxmemory"] = str(int(amount[: -len(unit)]) * UNITS[unit])
    return found


class Redis(Server):
    """Redis: keeps keys, answers its inline protocol."""

    def __init__(self) -> None:
        super().__init__(None, ports=(6379,), ready=0.1, stop=Stop(0.1, 0))

    def begin(self, container: Container) -> Life:
        """Reads its configuration, and what it saved before."""
        container.state.pop("mistake", None)
        try:
            config = configuration(container)
        except FileError as error:
            container.state["mistake"] = f"Fatal error, can't open config file '{error.path}': {error.reason}"
            return Life(0.1, 1)
        saved = self._saved(container, config)
        container.remember({**container.memory(), DATA: {"keys": saved, "config": config}})
        return super().begin(container)

    def _saved(self, container: Container, config: dict[str, str]) -> Object:
        try:
            text = container.files.read(f"{config['dir'].rstrip('/')}/{config['dbfilename']}")
            kept: Object = json.loads(text.removeprefix(HEAD))
        except (FileError, ValueError):
            return {}
        return kept

    def save(self, container: Container) -> bool:
        """Writes all keys into its file; tells whether it could."""
        data = container.memory().get(DATA) or {}
        config = data.get("config") or DEFAULTS
        path = f"{config['dir'].rstrip('/')}/{config['dbfilename']}"
        try:
            container.files.write(path, HEAD + json.dumps(data.get("keys") or {}, sort_keys=True))
        except FileError:
            return False
        return True

    def listens(self, container: Container) -> Sequence[int]:
        """Returns the port of its configuration."""
        port = (container.memory().get(DATA) or {}).get("config", DEFAULTS)["port"]
        return (int(port),) if port.isdigit() else self.ports

    def started_log(self, container: Container) -> Sequence[Line]:
        """Returns the start's lines."""
        if "mistake" in container.state:
            return [Line(0.05, f"*** FATAL CONFIG FILE ERROR ***\n{container.state['mistake']}", "stderr")]
        if "clash" in container.state:
            return [
                Line(0.1, "1:M # Warning: Could not create server TCP listening socket *:6379: bind: Address in use")
            ]
        stamp = _stamp(container.started)
        told = (
            "Configuration loaded"
            if len([word for word in container.argv if not word.endswith((".sh", "redis-server"))])
            else "Warning: no config file specified, using the default config. In order to specify a config file use "
            "redis-server /path/to/redis.conf"
        )
        texts = (
            "1:C {} * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo",
            f"1:C {{}} * Redis version={container.version}, bits=64, commit=00000000, modified=0, pid=1, just started",
            f"1:C {{}} {'*' if told.startswith('Conf') else '#'} {told}",
            "1:M {} * monotonic clock: POSIX clock_gettime",
            "1:M {} * Running mode=standalone, port=6379.",
            "1:M {} * Server initialized",
            "1:M {} * Ready to accept connections tcp",
        )
        return [Line(0.05, text.replace("{}", stamp)) for text in texts]

    def on_signal(self, container: Container, signal: str) -> Stop | None:
        """TERM saves and ends."""
        if signal not in ("TERM", "INT"):
            return None
        stamp, saved = _stamp(container.now()), self.save(container)
        texts = (
            "1:signal-handler ({}) Received SIGTERM scheduling shutdown...",
            f"1:M {stamp} * User requested shutdown...",
            f"1:M {stamp} * Saving the final RDB snapshot before exiting.",
            f"1:M {stamp} * DB saved on disk" if saved else f"1:M {stamp} # Error trying to save the DB, can't exit.",
            f"1:M {stamp} # Redis is now ready to exit, bye bye...",
        )
        return Stop(0.1, 0, [Line(0.01, text.replace("{}", str(int(container.now())))) for text in texts])

    def speaks(self, port: int) -> str:
        """A protocol of its own."""
        return "text"

    def answer(self, container: Container, port: int, request: Request) -> Reply:
        """Answers commands, one a line, in the Redis protocol."""
        if not isinstance(request, TextRequest):
            return TextReply("-ERR unknown command 'GET'\r\n")
        memory = container.memory()
        data = memory.get(DATA) or {"keys": {}, "config": dict(DEFAULTS)}
        session = rediscommands.Session(dict(data["keys"]), dict(data["config"]), container.now(), container.version)
        answers = "".join(session.answer(line) for line in request.text.splitlines() if line.strip())
        if session.keys != data["keys"] or session.config != data["config"]:
            container.remember({**memory, DATA: {"keys": session.keys, "config": session.config}})
        if session.saves and not self.save(container):
            return TextReply("-ERR\r\n", closed=False)
        return TextReply(answers, closed=False)


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%d %b %Y %H:%M:%S.%f")[:-3]
