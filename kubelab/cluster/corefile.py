"""CoreDNS's configuration file: server blocks with the zones they answer for and their plugins.

Source: coredns.io/manual/toc, "Corefile".
"""

from __future__ import annotations

import re
from typing import NamedTuple

KNOWN = frozenset(
    "acl any autopath bind bufsize cache cancel chaos debug dns64 dnssec dnstap erratic errors etcd file forward "
    "health header hosts import k8s_external kubernetes loadbalance local log loop metadata minimal nsid "
    "pprof prometheus ready reload rewrite root secondary sign template timeouts tls trace transfer view whoami".split()
)


TOKEN = re.compile(r'"((?:\\"|[^"])*)"|\S+')
PATH = "/etc/coredns/Corefile"


class CorefileError(Exception):
    """A Corefile that CoreDNS refuses; the text is what it logs."""


class Plugin(NamedTuple):
    """One plugin of a server block: its name, its arguments, the lines of its own block.

    Args:
        line: where it stands in the file; `lines`: where those of its block do.
    """

    name: str
    arguments: tuple[str, ...]
    block: tuple[tuple[str, ...], ...] = ()
    line: int = 0
    lines: tuple[int, ...] = ()

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
        plugins = _plugins(lines)
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
        words = _words(line)
        if words:
            found.append((number, words))
    return found


def _words(line: str) -> list[str]:
    """Splits a line as Caddy's lexer does: at blanks, with double quotes; backslashes stay but before a quote."""
    words: list[str] = []
    for match in TOKEN.finditer(line):
        if match[0].startswith("#"):
            break
        words.append(match[1].replace('\\"', '"') if match[1] is not None else match[0])
    return words


def _plugins(lines: list[tuple[int, list[str]]]) -> tuple[Plugin, ...]:
    plugins: list[Plugin] = []
    number, words = 0, [""]
    while lines:
        number, words = lines.pop(0)
        if words == ["}"]:
            return tuple(plugins)
        if words[0] not in KNOWN:
            raise CorefileError(f"{PATH}:{number} - Error during parsing: Unknown directive '{words[0]}'")
        block: list[tuple[int, tuple[str, ...]]] = []
        began = number
        if words[-1] == "{":
            block, number = _own_block(lines, number)
            words = words[:-1]
        at, rows = tuple(each[0] for each in block), tuple(each[1] for each in block)
        plugins.append(Plugin(words[0], tuple(words[1:]), rows, began, at))
    # Caddy's parser stands at the last word then, and had wanted to see a brace.
    raise CorefileError(f"{PATH}:{number} - Syntax error: Unexpected token '{words[-1]}', expecting '}}'")


def _own_block(
    lines: list[tuple[int, list[str]]], number: int
) -> tuple[list[tuple[int, tuple[str, ...]]], int]:  # fmt: skip
    """Takes the lines of a plugin's block off; returns them, and where the block ends."""
    block: list[tuple[int, tuple[str, ...]]] = []
    while lines and lines[0][1] != ["}"]:
        number, words = lines.pop(0)
        block.append((number, tuple(words)))
    if not lines:
        raise CorefileError(f"{PATH}:{number} - Error during parsing: Unexpected EOF")
    number, _ = lines.pop(0)
    return block, number


def absolute(name: str) -> str:
    """Returns a name in small letters with the dot at its end."""
    return name.lower().rstrip(".") + "."
