"""CoreDNS's configuration file: server blocks with the zones they answer for and their plugins.

Source: coredns.io/manual/toc, "Corefile".
"""

from __future__ import annotations

import shlex
from typing import NamedTuple

KNOWN = frozenset(
    "acl any autopath bind bufsize cache cancel chaos debug dns64 dnssec dnstap erratic errors etcd file forward "
    "health header hosts import k8s_external kubernetes loadbalance local log loop metadata minimal nsid "
    "pprof prometheus ready reload rewrite root secondary sign template timeouts tls trace transfer view whoami".split()
)


PATH = "/etc/coredns/Corefile"


class CorefileError(Exception):
    """A Corefile that CoreDNS refuses; the text is what it logs."""


class Plugin(NamedTuple):
    """One plugin of a server block: its name, its arguments, the lines of its own block."""

    name: str
    arguments: tuple[str, ...]
    block: tuple[tuple[str, ...], ...] = ()

    def setting(self, name: str) -> tuple[str, ...] | None:
        """Returns the arguments of a line in its block, or None."""
        return next((line[1:] for line in self.block if line[0] == name), None)


class ServerBlock(NamedTuple):
    """The zones that are answered on a port, and how."""

    zones: tuple[str, ...]  # each ends in a dot
    port: int
    plugins: tuple[Plugin, ...]

    def plugin(self, name: str) -> Plugin | None:
        """Returns the first plugin of that name, or None."""
        return next((plugin for plugin in self.plugins if plugin.name == name), None)


def parse(text: str) -> tuple[ServerBlock, ...]:
    """Reads a Corefile.

    Raises:
        CorefileError: with the message that CoreDNS logs.
    """
    lines = _lines(text)
    blocks = []
    while lines:
        number, words = lines.pop(0)
        if words[-1] != "{":
            raise CorefileError(f"{PATH}:{number} - Error during parsing: Unknown directive '{words[0]}'")
        keys = [key.rstrip(",") for key in words[:-1]]
        plugins = _plugins(lines, number)
        port = 53
        zones = []
        for key in keys:
            zone, _, tail = key.removeprefix("dns://").rpartition(":")
            if tail.isdigit():
                port = int(tail)
            else:
                zone = key.removeprefix("dns://")
            zones.append(absolute(zone or "."))
        blocks.append(ServerBlock(tuple(zones), port, plugins))
    return tuple(blocks)


def _lines(text: str) -> list[tuple[int, list[str]]]:
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            words = shlex.split(line, comments=True)
        except ValueError as error:
            raise CorefileError(f"{PATH}:{number} - Error during parsing: {error}") from error
        if words:
            found.append((number, words))
    return found


def _plugins(lines: list[tuple[int, list[str]]], opened: int) -> tuple[Plugin, ...]:
    plugins: list[Plugin] = []
    while lines:
        number, words = lines.pop(0)
        if words == ["}"]:
            return tuple(plugins)
        if words[0] not in KNOWN:
            raise CorefileError(f"{PATH}:{number} - Error during parsing: Unknown directive '{words[0]}'")
        block: list[tuple[str, ...]] = []
        if words[-1] == "{":
            words = words[:-1]
            while lines and lines[0][1] != ["}"]:
                block.append(tuple(lines.pop(0)[1]))
            if not lines:
                break
            lines.pop(0)
        plugins.append(Plugin(words[0], tuple(words[1:]), tuple(block)))
    raise CorefileError(f"{PATH}:{opened} - Error during parsing: Unexpected EOF")


def absolute(name: str) -> str:
    """Returns a name in small letters with the dot at its end."""
    return name.lower().rstrip(".") + "."
