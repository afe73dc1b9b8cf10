"""Assembles a cluster from its parts and lets its virtual time pass.

A cluster is its store and its agenda; all else is caches. `take_changes` and `load` are the two doors
through which it is kept: load what was taken at any moment, and the same future follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from kubelab.cluster import discovery, kinds
from kubelab.cluster.agenda import PREFIX as AGENDA
from kubelab.cluster.agenda import Agenda
from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.api.server import ApiServer
from kubelab.cluster.clock import Clock
from kubelab.cluster.component import FIRST_RETRY, LONGEST_RETRY, Component
from kubelab.cluster.folded import Kept
from kubelab.cluster.network import Network
from kubelab.cluster.node import filesystems, heartbeats, nodetree
from kubelab.cluster.node.doors import Doors
from kubelab.cluster.processes import API, Processes
from kubelab.cluster.randomness import Randomness
from kubelab.cluster.releases import PATCHES
from kubelab.cluster.schema.definitions import definitions
from kubelab.cluster.store import Store

if TYPE_CHECKING:
    from kubelab.cluster.node.process import Interpreter

DEFAULT_VERSION = "1.36"  # the newest but one, so that there is a next one to upgrade to
DEFAULT_PRESET = "three-nodes"
EPOCH = 1_767_225_600.0  # 2026-01-01T00:00:00Z, for clusters that are told no time

Row = tuple[str, int, Kept | None]


class Cluster:
    """One simulated cluster.

    Args:
        name: what its learner calls it.
        preset: the name of the preset that it was made from.
        version: its Kubernetes minor version, e.g. "1.36".
        seed: what its chance is drawn from.
        now: its virtual time, in seconds since the epoch.
        interpreter: runs shell scripts in containers; without it a container cannot run `sh`.
    """

    def __init__(
        self, *, name: str, preset: str, version: str, seed: int, now: float, interpreter: Interpreter | None = None
    ) -> None:
        self.name = name
        self.preset = preset
        self.version = version
        self.born = version  # the version that it was made with; its machines' disks are of that time
        self.seed = seed
        self.interpreter = interpreter
        self.clock = Clock(now)
        self.random = Randomness(seed)
        self.agenda = Agenda(self.clock)
        self.store = Store()
        self.resources = kinds.for_version(version)
        self.processes = Processes(self.store, self.clock)
        self.api = ApiServer(self.store, self.clock, self.random, self.resources, version)
        self.api.fresh = lambda kind, obj: heartbeats.fresh(self, kind.name, obj)
        self.network = Network(self)
        self.components: dict[str, Component] = {part.name: part(self) for part in discovery.components()}
        self.api.kubelets = Doors(self)
        self.disk = partial(nodetree.disk_of, self)  # a machine's, by its name
        self.mount_table = partial(filesystems.table, self)  # a machine's by its name, or a container's
        self.processes.on_start(self._resync)

    @classmethod
    def create(
        cls,
        name: str,
        preset: str = DEFAULT_PRESET,
        version: str = DEFAULT_VERSION,
        *,
        seed: int = 1,
        now: float = EPOCH,
        interpreter: Interpreter | None = None,
    ) -> Cluster:
        """Makes a cluster as `kubeadm` would and runs it until its nodes are ready.

        Args:
            now: the virtual time, in seconds since the epoch, at which it is ready.

        Raises:
            ValueError: if there is no such preset or version.
        """
        from kubelab.cluster.kubeadm import bootstrap  # it needs a cluster's class, as this needs it
        from kubelab.cluster.presets import load_preset

        plan = load_preset(preset)
        definitions(version)
        cluster = cls(name=name, preset=preset, version=version, seed=seed, now=now - plan.age, interpreter=interpreter)
        cluster.start()
        bootstrap(cluster, plan)
        cluster.run_until(now)
        return cluster

    @classmethod
    def load(
        cls, header: dict[str, Any], items: Iterable[tuple[str, Kept]], *, interpreter: Interpreter | None = None
    ) -> Cluster:
        """Makes a cluster of what `header` and `take_changes` gave.

        Args:
            items: each key with its last object, those of deleted keys left out.
        """
        from kubelab.cluster.kubeadm.older import give_roles  # it needs a cluster's class, as this needs it

        cluster = cls(
            name=header["name"],
            preset=header["preset"],
            version=header["version"],
            seed=header["seed"],
            now=header["now"],
            interpreter=interpreter,
        )
        cluster.born = header.get("born", header["version"])
        for key, obj in items:
            if key.startswith(AGENDA):
                cluster.agenda.restore(key, obj)
            else:
                cluster.store.restore(key, obj)
        cluster.store.restored(header["revision"])
        cluster.agenda.restored(header["sequence"])
        cluster.processes.restored()
        cluster.api.restored()
        cluster.start()
        give_roles(cluster)
        return cluster

    def serve(self, version: str) -> None:
        """Lets the API server be of another minor version: its kinds, its schemas, its rules.

        Controllers and scheduler act by the API server's version; in an upgrade they are seconds behind it.
        """
        if version != self.version and kinds.minor(version) in PATCHES:
            self.version = version
            self.resources.become(kinds.for_version(version))
            self.api.become(version)

    def start(self) -> None:
        """Lets the network and every component build their caches."""
        self.network.start()
        for component in self.components.values():
            component.start()

    # keeping

    def header(self) -> dict[str, Any]:
        """Returns what has to be kept beside the rows, as JSON."""
        return {
            "name": self.name,
            "preset": self.preset,
            "version": self.version,
            **({"born": self.born} if self.born != self.version else {}),
            "seed": self.seed,
            "now": self.clock.now,
            "revision": self.store.revision,
            "sequence": self.agenda.sequence,
        }

    def take_changes(self) -> Iterator[Row]:
        """Yields key, revision and object (None: gone) of all that changed since the last call."""
        yield from self.store.take_changes()
        revision = self.store.revision
        for key, kept in self.agenda.take_changes():
            yield key, revision, kept

    # time

    def next_due(self) -> float | None:
        """Returns when something is due next, in seconds since the epoch; None if nothing ever is."""
        return self.agenda.next_due()

    def run_until(self, time: float, budget: int | None = None) -> bool:
        """Does all that is due up to a virtual time.

        Args:
            time: seconds since the epoch.
            budget: how many reconciliations it may do at the most; None for no bound.

        Returns:
            True when the cluster has reached `time`, False when the budget was spent before.
        """
        pop, clock, components, reconcile = self.agenda.pop, self.clock, self.components, self._reconcile
        left = -1 if budget is None else budget
        while left:
            entry = pop(time)
            if entry is None:
                clock.now = max(clock.now, time)
                return True
            due, _, component, key = entry
            if due > clock.now:
                clock.now = due
            reconcile(components[component], key)
            left -= 1
        return False

    def _reconcile(self, component: Component, key: str) -> None:
        processes = self.processes
        if component.runs_in and not (processes.serve_api and processes.acts(component.runs_in)):
            return  # nobody is there to do it, or to be asked; all is looked at when the process or the API is back
        try:
            component.reconcile(key)
        except ApiError:
            self.agenda.retry(component.name, key, first=FIRST_RETRY, most=LONGEST_RETRY)
        else:
            if self.agenda.failures:
                self.agenda.forget(component.name, key)

    def _resync(self, process: str) -> None:
        if process in API and not self.processes.serve_api:
            return
        for component in self.components.values():
            if component.runs_in == process or (process in API and self.processes.running(component.runs_in)):
                component.resync()

    def settle(self) -> None:
        """Does all that is due now."""
        self.run_until(self.clock.now)

    def advance(self, seconds: float) -> None:
        """Lets virtual seconds pass."""
        self.run_until(self.clock.now + seconds)
