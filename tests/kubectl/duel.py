"""The same line given to real kubectl and to ours, each on a cluster of its own that began alike.

    duel = Duel(MANIFEST)
    duel.same("rollout undo deploy/web --to-revision=7")

Lines must not wait: the real one's cluster stands still. Help texts are our own, so only their place is compared.
"""

from __future__ import annotations

import re

from tests.console import Console, clone, documents
from tests.judge import Judge

LOG_HEAD = re.compile(r"^([IWE])\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ ", re.MULTILINE)  # of client-go's log: time and process
POINTER = re.compile(r"0xc[0-9a-f]+")
REASON_LINES = re.compile(r"^(cannot .+\n){2,}", re.MULTILINE)
REASONS = re.compile(r"\[(cannot [^\]]+)\]")  # of a drain, from a map of Go's: in another order each time
SETTLING = 40.0  # virtual seconds that manifests have to come up


class Duel:
    def __init__(self, *manifests: str, version: str = "1.33") -> None:
        self.judge = Judge(version, clone(version=version), follow=False).__enter__()
        self.ours = Console(version=version)
        self.apply(*manifests)

    def close(self) -> None:
        self.judge.__exit__(None, None, None)

    def apply(self, *manifests: str) -> None:
        theirs = Console.__new__(Console)
        theirs.cluster = self.judge.cluster
        for console in (self.ours, theirs):
            console.apply(*documents(manifests))
            console.advance(SETTLING)

    def advance(self, seconds: float) -> None:
        self.ours.advance(seconds)
        self.judge.cluster.advance(seconds)

    def same(self, line: str, stdin: str = "") -> None:
        real = self.judge.kubectl(line, stdin)
        ours = self.ours.run(f"kubectl {line}", stdin)
        assert (ours.exit, plain(ours.stderr), plain(ours.stdout)) == (
            real.returncode,
            plain(real.stderr),
            plain(real.stdout),
        ), line


def plain(text: str) -> str:
    """Returns output without what cannot be the same: the words of help, addresses in memory, an order by chance."""
    if "\nUsage:\n" in text:
        return "(help)\n"
    text = LOG_HEAD.sub(r"\1 ", POINTER.sub("0xc", text))
    text = REASONS.sub(lambda found: "[" + ", ".join(_sorted(found[1], ", ")) + "]", text)
    return REASON_LINES.sub(lambda found: "\n".join(_sorted(found[0].strip(), "\n")) + "\n", text)


def _sorted(reasons: str, between: str) -> list[str]:
    return sorted(f"cannot {reason}" for reason in reasons.removeprefix("cannot ").split(f"{between}cannot "))
