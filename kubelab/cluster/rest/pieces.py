"""Writes a long list piece by piece, so that whoever else waits is served in between."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from kubelab.cluster.api.lists import PIECE, Listing


def pieces_of(listing: Listing) -> Iterator[bytes]:
    """Yields the JSON of a list, the same as if it were written in one go; empty pieces while its items are picked."""
    for _ in listing.picking:
        yield b""
    shown = listing.shown()
    before = orjson.dumps({**shown.head, shown.place: []})[: -len(b"]}")]
    for start in range(0, len(shown.items), PIECE):
        part = list(map(shown.show, shown.items[start : start + PIECE]))
        yield before + orjson.dumps(part)[1:-1]
        before = b","
    yield (b"" if shown.items else before) + b"]}"
