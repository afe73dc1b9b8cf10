"""A learner's terminal without database, sockets and pages: commands in, text out, on a cluster in memory.

    def test_pods_are_listed(console):
        console.apply(POD)
        console.advance(10)
        assert "web   1/1     Running" in console.run("kubectl get pods").stdout

`console` (tests/conftest.py) is a cluster of three nodes, booted once and cloned for each test in some milliseconds;
`Console("one-node", "1.31")` is another preset or version. A line runs in bash on the workstation, as `manage.py
terminal -c` does it: aliases work (`k get po`), variables and the working directory last from one line to the next,
and a command that waits lets virtual time run on.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import yaml

from kubelab.cluster.api.client import Client
from kubelab.cluster.cluster import DEFAULT_PRESET, DEFAULT_VERSION, EPOCH, Cluster
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.user import ADMIN
from kubelab.terminal.lines import LineShell, Result
from kubelab.terminal.session import Terminal
from kubelab.terminal.shell import INTERPRETER


class Console:
    """A cluster with its workstation.

    Args:
        preset, version, seed: of the cluster.
        now: its virtual time when it is ready.

    Attributes:
        cluster: the cluster.
        shell: runs the lines.
        files: the workstation's files as the learner sees them; the home is /home/learner.
    """

    def __init__(
        self, preset: str = DEFAULT_PRESET, version: str = DEFAULT_VERSION, *, seed: int = 1, now: float = EPOCH
    ) -> None:
        self.cluster = clone(preset, version, seed, now)
        self.shell = LineShell(self.cluster)

    @property
    def files(self):
        return self.shell.machine.files

    @property
    def now(self) -> float:
        """The virtual time, in seconds since the epoch."""
        return self.cluster.clock.now

    # doing

    def run(self, line: str, stdin: str = "", **options: Any) -> Result:
        """Run a line to its end; returns its .stdout, .stderr and .exit."""
        return self.shell.run(line, stdin, **options)

    def ok(self, line: str, stdin: str = "") -> str:
        """Run a line that has to succeed; returns its standard output."""
        result = self.run(line, stdin)
        assert result.exit == 0, f"{line}: exit status {result.exit}\n{result.stdout}{result.stderr}"
        return result.stdout

    def fails(self, line: str, stdin: str = "") -> str:
        """Run a line that has to fail; returns its standard error."""
        result = self.run(line, stdin)
        assert result.exit != 0, f"{line}: succeeded\n{result.stdout}{result.stderr}"
        return result.stderr

    def advance(self, seconds: float) -> None:
        """Let virtual seconds pass."""
        self.cluster.advance(seconds)

    def apply(self, *manifests: str | Object) -> None:
        """Have the API server take manifests (YAML of one or more objects, or dicts), created or replaced."""
        for manifest in documents(manifests):
            self._put(manifest)
        self.cluster.settle()

    def _put(self, manifest: Object) -> None:
        kind = self.cluster.resources.by_gvk(manifest["apiVersion"], manifest["kind"])
        assert kind is not None, f"{manifest['apiVersion']} has no {manifest['kind']}"
        metadata = dict(manifest["metadata"])
        if kind.namespaced:
            metadata.setdefault("namespace", "default")
        wanted = {**manifest, "metadata": metadata}
        found = self.api.get(kind, Key(metadata.get("namespace", ""), metadata.get("name", "")))
        if found is None:
            self.api.create(kind, wanted)
        else:
            version = {"resourceVersion": found["metadata"]["resourceVersion"]}
            self.api.update(kind, {**wanted, "metadata": {**metadata, **version}})

    def write(self, path: str, text: str) -> None:
        """Write a file; a relative path is in the home."""
        self.files.write(self.path(path), text)

    def read(self, path: str) -> str:
        """Return a file's text; a relative path is in the home."""
        return self.files.read(self.path(path))

    def path(self, path: str) -> str:
        return path if path.startswith("/") else f"{self.shell.machine.env['HOME']}/{path}"

    # looking

    @property
    def api(self) -> Client:
        """The administrator's client of the API server, for what commands would be in the way of."""
        return self.cluster.api.client(ADMIN, "tests")

    def get(self, resource: str, name: str, namespace: str = "default") -> Object | None:
        """Return an object by its kind's name as in kubectl ("pod", "deployments"), or None."""
        kind = self.cluster.resources.find(resource)
        assert kind is not None, f"there is no kind {resource}"
        return self.api.get(kind, Key(namespace if kind.namespaced else "", name))

    def terminal(self, columns: int = 80, rows: int = 24) -> Terminal:
        """Return an interactive terminal on the same cluster: Terminal.feed, .output, .poll."""
        return Terminal(self.cluster, None, columns, rows)


def documents(manifests: Iterable[str | Object]) -> Iterable[Object]:
    """Yield the objects in YAML texts and dicts."""
    for manifest in manifests:
        if isinstance(manifest, str):
            yield from (each for each in yaml.safe_load_all(manifest) if each)
        else:
            yield manifest


@lru_cache(maxsize=16)
def booted(preset: str, version: str, seed: int, now: float) -> tuple[dict[str, Any], list[tuple[str, Object]]]:
    """Return a cluster that has just become ready, as it would be kept."""
    cluster = Cluster.create("lab", preset, version, seed=seed, now=now, interpreter=INTERPRETER)
    rows = {key: obj for key, _revision, obj in cluster.take_changes() if obj is not None}
    return cluster.header(), list(rows.items())


def clone(preset: str = DEFAULT_PRESET, version: str = DEFAULT_VERSION, seed: int = 1, now: float = EPOCH) -> Cluster:
    """Return a cluster of its own that is like a freshly booted one."""
    header, rows = booted(preset, version, seed, now)
    return Cluster.load(header, rows, interpreter=INTERPRETER)
