"""Writes a long list piece by piece, so that whoever else waits is served in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from kubelab.cluster.api.lists import PIECE, Listing
from kubelab.cluster.api.tables import ShownList
from kubelab.cluster.objects import Object

ToYaml = Callable[[Any], str]


def pieces_of(listing: Listing, to_yaml: ToYaml | None) -> Iterator[bytes]:
    """Yields a list, the same as if it were written in one go; empty pieces while its items are picked.

    Args:
        to_yaml: writes JSON data as Kubernetes' YAML, with sorted keys; None: the list is told in JSON.
    """
    for _ in listing.picking:
        yield b""
    shown = listing.shown()
    yield from _json(shown) if to_yaml is None else _yaml(shown, to_yaml)


def _parts(shown: ShownList) -> Iterator[list[Object]]:
    for start in range(0, len(shown.items), PIECE):
        yield list(map(shown.show, shown.items[start : start + PIECE]))


def _json(shown: ShownList) -> Iterator[bytes]:
    before = orjson.dumps({**shown.head, shown.place: []})[: -len(b"]}")]
    for part in _parts(shown):
        yield before + orjson.dumps(part)[1:-1]
        before = b","
    yield (b"" if shown.items else before) + b"]}"


def _yaml(shown: ShownList, to_yaml: ToYaml) -> Iterator[bytes]:
    if not shown.items:
        yield to_yaml(shown.whole()).encode()
        return
    before = {name: value for name, value in shown.head.items() if name < shown.place}
    after = {name: value for name, value in shown.head.items() if name > shown.place}
    yield f"{to_yaml(before)}{shown.place}:\n".encode()
    for part in _parts(shown):
        yield to_yaml(part).encode()
    yield to_yaml(after).encode() if after else b""
