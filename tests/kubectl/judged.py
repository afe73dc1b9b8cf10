"""One cluster that both are asked about: real kubectl over HTTP, ours in its terminal. Nothing may change meanwhile.

    judged = Judged("1.33")
    judged.same("describe pods")

kubectl counts ages by the machine's clock, so the cluster's time is brought to it before each line. Where other seconds
begin while it works, ours is asked at each of them, and each line of the answer may be of any of these moments.
"""

from __future__ import annotations

import re
import shlex
import time
from pathlib import Path

import yaml

from kubelab.cluster.cluster import Cluster
from kubelab.terminal.lines import LineShell
from kubelab.terminal.shell import INTERPRETER
from tests.console import Console
from tests.judge import Judge

SCENE = Path(__file__).with_name("scene.yaml")
POINTER = re.compile(r"0xc[0-9a-f]{9}")
BINARY = re.compile(r"kubectl\.1\.\d+ ")
ENOUGH = 1500.0  # virtual seconds in which all that happens in the scene has happened
TRIES = 4
Answer = tuple[int, str, str]  # exit status, standard error, standard output


class Judged:
    def __init__(self, version: str) -> None:
        ready = time.time() - ENOUGH
        self.cluster = Cluster.create("judged", version=version, now=ready, interpreter=INTERPRETER)
        self.judge = Judge(version, self.cluster, follow=False).__enter__()
        self.console = Console.__new__(Console)
        self.console.cluster, self.console.shell = self.cluster, LineShell(self.cluster)
        self.console.apply(*yaml.safe_load_all(SCENE.read_text()))
        self.cluster.run_until(time.time())

    def close(self) -> None:
        self.judge.__exit__(None, None, None)

    def write(self, name: str, text: str) -> None:
        """A file in the learner's home and beside the real one."""
        self.console.files.write(f"/home/learner/{name}", text)
        Path(self.judge.home.name, name).write_text(text)

    def same(self, line: str) -> None:
        for again in range(TRIES):
            if again:
                time.sleep(1 - time.time() % 1)
            given = [self.ours(line, time.time())]
            real = self.judge.kubectl(shlex.split(line))
            wanted = (real.returncode, plain(real.stderr), plain(real.stdout))
            ended = time.time()
            while given[0] != wanted and (now := self.cluster.clock.now) < ended:
                given.append(self.ours(line, min(now + 1, ended)))
            if wanted in given or is_of_these_moments(wanted, given):
                return
        assert given[0] == wanted, line

    def ours(self, line: str, moment: float) -> Answer:
        self.cluster.run_until(moment)
        ours = self.console.run(f"kubectl {line}")
        return ours.exit, plain(ours.stderr), plain(ours.stdout)


def is_of_these_moments(wanted: Answer, given: list[Answer]) -> bool:
    """Tells whether each line of an answer stands in the same place of one that was given at another second."""
    lines = [answer[2].splitlines() for answer in given if answer[:2] == wanted[:2]]
    found = wanted[2].splitlines()
    lines = [each for each in lines if len(each) == len(found)]
    return bool(lines) and all(line in {each[place] for each in lines} for place, line in enumerate(found))


def plain(text: str) -> str:
    """Returns output without addresses in memory and the name of the binary."""
    return BINARY.sub("kubectl ", POINTER.sub("0xc", text))
