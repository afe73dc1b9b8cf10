"""Images that nobody described: they pull, start and run for ever, and hold a shell as most images do."""

from __future__ import annotations

from functools import cache

from kubelab.cluster.node.image import COMMAND, Image
from kubelab.cluster.node.program import Program

SERVER = Program()


@cache
def generic(repository: str) -> Image:
    """Returns an image for a repository without a file of its own."""
    name = repository.rpartition("/")[2]
    return Image(
        repository=repository,
        size=45.0,
        cmd=(f"/{name}",),
        base="debian",
        programs={name: SERVER, "sh": COMMAND},
    )
