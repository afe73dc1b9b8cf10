"""A duel of two kubectls that read the same files."""

import os
import re
from pathlib import Path

from tests.kubectl.duel import Duel, plain

CHANCE = re.compile(
    r'(resourceVersion"?: ?")\d+"'  # what controllers do in between may fall differently
    r"|(?<=debugger-)(worker-1-)?[a-z0-9]{5}(?![a-z0-9-])"
    r"|\b10\.\d+\.\d+\.\d+\b"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
)

HOME = "/home/learner"
SERVER = re.compile(r" --server=http://127\.0\.0\.1:\d+/clusters/judged")  # which only the real one is told
BINARY = re.compile(r"kubectl\.1\.\d+")  # the real one's name, as its writes' manager is called


class FiledDuel(Duel):
    """Real kubectl and ours, on v1.31, whose typed requests are JSON.

    Args:
        files: texts by their paths below the home.
    """

    def __init__(self, files: dict[str, str], *manifests: str, version: str = "1.31") -> None:
        super().__init__(*manifests, version=version)
        for path, text in files.items():
            real = Path(self.judge.home.name) / path
            real.parent.mkdir(parents=True, exist_ok=True)
            real.write_text(text)
            if os.path.dirname(path):
                self.ours.files.mkdir(self.ours.path(os.path.dirname(path)), parents=True)
            self.ours.write(path, text)

    def all_same(self, lines: str) -> None:
        """Gives each line to both, and tells of all that differ."""
        told = [difference for line in lines.strip().split("\n") if (difference := self.difference(line))]
        assert not told, "\n" + "\n".join(told)

    def difference(self, line: str) -> str:
        """Returns how the answers to a line differ, "" where they are the same."""
        real, ours = self.judge.kubectl(line), self.ours.run(f"kubectl {line}")
        home = self.judge.home.name
        pairs = (
            ("output", real.stdout.replace(home, HOME), ours.stdout),
            ("errors", real.stderr.replace(home, HOME), ours.stderr),
            ("status", str(real.returncode), str(ours.exit)),
        )
        different = [f"  {name}, real: {r!r}\n  {name}, ours: {o!r}" for name, r, o in pairs if known(r) != known(o)]
        return "\n".join([f"kubectl {line}", *different]) if different else ""


def known(text: str) -> str:
    """Returns a text without what cannot be the same."""
    return CHANCE.sub(lambda found: f"{found[1] or ''}?", BINARY.sub("kubectl", SERVER.sub("", plain(text))))
