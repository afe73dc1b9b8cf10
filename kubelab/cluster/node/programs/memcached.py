"""memcached: keeps values in memory while it runs, answers its text protocol.

Source: memcached, doc/protocol.txt.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kubelab.cluster.node.program import Stop
from kubelab.cluster.node.programs.server import Server
from kubelab.cluster.objects import Object
from kubelab.cluster.sockets import Reply, Request, TextReply, TextRequest

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

DATA = "memcached"  # in a container's memory: {key: [flags, value, when it expires or None]}
MONTH = 30 * 86_400  # seconds; a longer time to live is a moment
STORING = ("set", "add", "replace", "append", "prepend")


class Memcached(Server):
    """The cache of the official image."""

    def __init__(self) -> None:
        super().__init__(None, ports=(11211,), ready=0.05, stop=Stop(0.05, 0))

    def speaks(self, port: int) -> str:
        """A protocol of its own."""
        return "text"

    def answer(self, container: Container, port: int, request: Request) -> Reply:
        """Answers commands, one a line; one that stores is followed by a line with the value."""
        if not isinstance(request, TextRequest):
            return TextReply("ERROR\r\n")
        memory = container.memory()
        before: Object = memory.get(DATA) or {}
        now = container.now()
        items = {key: item for key, item in before.items() if item[2] is None or item[2] > now}
        lines = iter(request.text.replace("\r\n", "\n").splitlines())
        text, closed = "", False
        for line in lines:
            if line.strip() in ("quit", ""):
                closed = closed or line.strip() == "quit"
                continue
            text += _answer(container, items, line.split(), lines)
        if items != before:
            container.remember({**memory, DATA: items})
        return TextReply(text, closed=closed)


def _answer(container: Container, items: Object, words: list[str], lines: Iterator[str]) -> str:
    name, args = words[0], words[1:]
    if name in STORING and len(args) >= 4 and all(word.lstrip("-").isdigit() for word in args[1:4]):
        return _store(container.now(), items, name, args, next(lines, ""))
    if name in ("get", "gets") and args:
        found = [(key, items[key]) for key in args if key in items]
        return "".join(f"VALUE {key} {item[0]} {len(item[1])}\r\n{item[1]}\r\n" for key, item in found) + "END\r\n"
    if name == "delete" and args:
        return "DELETED\r\n" if items.pop(args[0], None) is not None else "NOT_FOUND\r\n"
    if name in ("incr", "decr") and len(args) == 2 and args[1].isdigit():
        item = items.get(args[0])
        if item is None:
            return "NOT_FOUND\r\n"
        if not item[1].isdigit():
            return "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n"
        value = max(int(item[1]) + int(args[1]) * (1 if name == "incr" else -1), 0)
        items[args[0]] = [item[0], str(value), item[2]]
        return f"{value}\r\n"
    if name == "flush_all":
        items.clear()
        return "OK\r\n"
    if name == "version":
        return f"VERSION {container.version}\r\n"
    if name == "stats":
        stats = {"pid": 1, "uptime": int(container.now() - container.started), "time": int(container.now()),
                 "version": container.version, "curr_items": len(items), "limit_maxbytes": 67_108_864,
                 "bytes": sum(len(item[1]) for item in items.values())}  # fmt: skip
        return "".join(f"STAT {key} {value}\r\n" for key, value in stats.items()) + "END\r\n"
    return "ERROR\r\n"


def _store(now: float, items: Object, name: str, args: list[str], value: str) -> str:
    key, flags, seconds, size = args[0], *map(int, args[1:4])
    if len(value) != size:
        return "CLIENT_ERROR bad data chunk\r\n"
    item = items.get(key)
    if (name == "add" and item is not None) or (name not in ("add", "set") and item is None):
        return "NOT_STORED\r\n"
    if item is not None and name in ("append", "prepend"):
        value, flags = (item[1] + value if name == "append" else value + item[1]), item[0]
    until = None if seconds == 0 else now + seconds if seconds < MONTH else float(seconds)
    items[key] = [flags, value, until]
    return "" if args[-1] == "noreply" else "STORED\r\n"
