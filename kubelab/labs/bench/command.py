"""One line in a terminal of a cluster with 30 Pods, from Enter to the commit that lets its output go out."""

import time
from collections.abc import Callable, Iterator

from kubelab.labs import creation
from kubelab.labs.bench import Figure
from kubelab.labs.bench._figures import percentile
from kubelab.labs.keeping import Act, act_on
from kubelab.labs.shell import Shell

RUNS = 500
WARM = 20
PODS = 30
MANIFEST = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: nginx
        image: nginx:1.27
        env:
        - name: BUILD
          value: "{}"
"""


def run(size: float) -> Iterator[Figure]:
    runs = max(50, int(RUNS * size))
    terminal = Terminal()
    terminal.line(f"kubectl create deployment many --image=nginx:1.27 --replicas={PODS}")
    terminal.advance(120)
    yield from figures("get", [terminal.line("kubectl get pods") for _ in range(runs + WARM)])
    yield from figures("apply", [terminal.apply(number) for number in range(runs + WARM)])


def figures(name: str, times: list[float]) -> Iterator[Figure]:
    """Yield median and p99 of what was measured, the first ones left out."""
    yield Figure(f"command.{name}.p50_ms", percentile(times[WARM:], 50) * 1000, "ms")
    yield Figure(f"command.{name}.p99_ms", percentile(times[WARM:], 99) * 1000, "ms")


class Terminal:
    """The terminal of a new lab, without a page."""

    def __init__(self) -> None:
        self.lab = creation.create(None, "bench-command")
        self.shell = Shell(self.lab.pk, (120, 30))

    def line(self, text: str) -> float:
        """Type a line and press Enter; returns the seconds until all of it is kept."""
        started = time.perf_counter()
        self._act(lambda act: self.shell.type_line(act, text))
        return time.perf_counter() - started

    def apply(self, number: int) -> float:
        """Change the manifest, then apply it; only the latter is measured."""
        self._act(lambda act: self.shell.write_file(act, "web.yaml", MANIFEST.format(number)))
        return self.line("kubectl apply -f web.yaml")

    def advance(self, seconds: float) -> None:
        """Let virtual seconds pass."""
        self._act(lambda act: act.run_until(act.cluster.clock.now + seconds, None))

    def _act(self, do: Callable[[Act], None]) -> None:
        with act_on(self.lab.pk) as act:
            self.shell.in_act(act)
            do(act)
            self.shell.finish(act)
        self.shell.committed()
