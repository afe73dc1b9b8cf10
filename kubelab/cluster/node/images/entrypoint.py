"""The script that many images begin with: it runs their program, or the command that is given instead."""

from __future__ import annotations

from kubelab.cluster.objects import Object

SCRIPT = """#!/bin/sh
set -e

# Arguments alone are for {0}; anything that can be run is run.
if [ "${{1#-}}" != "$1" ] || [ -z "$(command -v "$1")" ]; then
  set -- {0} "$@"
fi

exec "$@"
"""


def unless_given(program: str) -> Object:
    """Returns the file of an entrypoint that runs `program` unless it is given a command."""
    return {"type": "file", "text": SCRIPT.format(program), "mode": 0o755}
