"""Commands that only let time pass, known at sight: `sleep 3600`, `tail -f /dev/null`, `sh -c "sleep infinity"`.

They are what people keep a container alive with; nobody needs to interpret them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from kubelab.cluster.node.program import FOREVER, Life

UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
DURATION = re.compile(r"(\d+(?:\.\d+)?)([smhd]?)")
SLEEP = re.compile(r"(?:exec\s+)?sleep\s+(\S+)\s*;?")
LOOP = re.compile(r"while\s+(?:true|:|\[\s*1\s*\])\s*;?\s*do\s+sleep\s+\S+\s*;?\s*done\s*;?")
SHELLS = frozenset({"sh", "bash", "ash", "dash"})


def life_of(argv: Sequence[str]) -> Life | None:
    """Returns what becomes of such a command, None for any other."""
    return _life_of(tuple(argv))


@lru_cache(maxsize=1024)
def _life_of(argv: tuple[str, ...]) -> Life | None:
    name = argv[0].rpartition("/")[2]
    if name == "sleep" and len(argv) == 2:
        return _sleep(argv[1])
    if name == "tail" and list(argv[1:]) in (["-f", "/dev/null"], ["-F", "/dev/null"]):
        return FOREVER
    if name in SHELLS and len(argv) == 3 and argv[1] in ("-c", "-ec"):
        return _script(argv[2].strip())
    return None


def _script(text: str) -> Life | None:
    if LOOP.fullmatch(text) or re.fullmatch(r"(?:exec\s+)?tail\s+-[fF]\s+/dev/null\s*;?", text):
        return FOREVER
    found = SLEEP.fullmatch(text)
    return _sleep(found[1]) if found else None


def _sleep(text: str) -> Life | None:
    if text.lower() in ("infinity", "inf"):
        return FOREVER
    found = DURATION.fullmatch(text)
    return Life(float(found[1]) * UNITS[found[2]], 0) if found else None
