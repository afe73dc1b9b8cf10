"""Which of the control plane's processes run on which machines.

A component acts only while a process of its name runs somewhere, and only while etcd and kube-apiserver do: stop
the static Pod of kube-scheduler and nothing is scheduled until it is back. etcd serves while most of its members run,
and an API server asks the member on its own machine.
"""

from __future__ import annotations

from collections.abc import Callable

from kubelab.cluster.clock import Clock
from kubelab.cluster.store import Store

PREFIX = "/machine/processes/"
API = ("etcd", "kube-apiserver")  # what has to run for the API to be served
ELECTED = ("kube-controller-manager", "kube-scheduler")  # one of several acts, the others stand by
VACANT = "/machine/vacant/"  # <process> -> {"until": when the Lease of a leader that is gone has run out}
LEASE, MACHINES = 15.0, "/machine/node/"
APART = "/machine/apart/"  # <node> -> {"processes": those that run on a machine which is cut off from the others}
# {"nodes": [the machines that etcd has members on], "announced": [peer URLs of those that were not started yet],
#  "expelled": [the machines whose members were removed, and whose data is useless]}
MEMBERS = "/machine/etcd/members"


class Processes:
    """The processes that run, kept in the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._nodes: dict[str, list[str]] = {}
        self._vacant: dict[str, float] = {}
        self._listeners: list[Callable[[str], None]] = []
        self._etcd_listeners: list[Callable[[], None]] = []
        self._answering: tuple[str, ...] = ()  # the machines whose members of etcd answer
        self.serve_api = False  # whether the API can be reached

    def on_start(self, listener: Callable[[str], None]) -> None:
        """Calls `listener` with a process's name when its first instance starts."""
        self._listeners.append(listener)

    def on_etcd(self, listener: Callable[[], None]) -> None:
        """Calls `listener` when other members of etcd answer than before."""
        self._etcd_listeners.append(listener)

    def running(self, process: str) -> bool:
        """Tells whether at least one instance of `process` runs."""
        return process in self._nodes

    def acts(self, process: str) -> bool:
        """Tells whether an instance of `process` runs that may act."""
        return process in self._nodes and process not in self._vacant

    def vacant_until(self, process: str) -> float | None:
        """Returns until when nobody acts, since the leader is gone without a word; None when one acts."""
        return self._vacant.get(process)

    def take_over(self, process: str) -> None:
        """Lets the next instance of `process` act."""
        self._vacant.pop(process, None)
        self._store.delete(VACANT + process)
        for listener in self._listeners:
            listener(process)

    def nodes(self, process: str) -> list[str]:
        """Returns the nodes that `process` runs on, in the order of their start."""
        return list(self._nodes.get(process, ()))

    def start(self, process: str, node: str) -> None:
        """Notes that an instance of `process` runs on `node`; where that is cut off, nobody else hears of it."""
        apart = self._store.get(APART + node)
        if apart is not None:
            self._store.put(APART + node, {"processes": [*dict.fromkeys([*apart["processes"], process])]})
            return
        nodes = self._nodes.get(process, [])
        if node in nodes or (process == "etcd" and self.was_expelled(node)):
            return
        if process == "etcd" and node not in self.members():
            self._join(node)
        self._keep(process, [*nodes, node])
        if not nodes:
            for listener in self._listeners:
                listener(process)

    def stop(self, process: str, node: str) -> None:
        """Notes that the instance of `process` on `node` is gone."""
        apart = self._store.get(APART + node)
        if apart is not None:
            self._store.put(APART + node, {"processes": [each for each in apart["processes"] if each != process]})
        nodes = self._nodes.get(process, [])
        if node in nodes:
            others = [other for other in nodes if other != node]
            if process in ELECTED and others and nodes[0] == node and not self._is_heard(node):
                self._vacant[process] = self._clock.now + LEASE
                self._store.put(VACANT + process, {"until": self._vacant[process]})
            self._keep(process, others)

    def cut_off(self, node: str) -> None:
        """Lets nobody reach the processes of a machine any more; they go on, and a member of etcd has no quorum."""
        found = [process for process, nodes in self._nodes.items() if node in nodes]
        for process in found:
            self.stop(process, node)
        self._store.put(APART + node, {"processes": found})

    def rejoin(self, node: str) -> None:
        """Lets the processes of a machine be reached again."""
        apart = self._store.get(APART + node)
        self._store.delete(APART + node)
        for process in (apart or {"processes": ()})["processes"]:
            self.start(process, node)

    def _is_heard(self, node: str) -> bool:
        """Tells whether a machine can say that it lets go of a Lease."""
        record = self._store.get(MACHINES + node) or {"powered": True}
        return bool(record.get("powered")) and record.get("network", True)

    def _keep(self, process: str, nodes: list[str]) -> None:
        if nodes:
            self._nodes[process] = nodes
            self._store.put(PREFIX + process, {"nodes": nodes})
        else:
            self._nodes.pop(process, None)
            self._store.delete(PREFIX + process)
        self._look_at_api()

    def restored(self) -> None:
        """Reads the processes off a store that was loaded."""
        self._nodes = {key.removeprefix(PREFIX): kept["nodes"] for key, kept in self._store.items(PREFIX)}
        self._vacant = {key.removeprefix(VACANT): kept["until"] for key, kept in self._store.items(VACANT)}
        self._answering = tuple(sorted(self._nodes.get("etcd", ()))) if self.has_quorum() else ()
        self._look_at_api()

    def _look_at_api(self) -> None:
        self.serve_api = bool(self.api_servers())
        answering = tuple(sorted(self._nodes.get("etcd", ()))) if self.has_quorum() else ()
        if answering != self._answering:
            self._answering = answering
            for listener in self._etcd_listeners:
                listener()

    def etcd_answers(self, node: str) -> bool:
        """Tells whether the member of etcd on a machine answers: it runs, and so do most of the others."""
        return node in self._answering

    def members(self) -> list[str]:
        """Returns the machines that etcd has members on."""
        kept = self._store.get(MEMBERS)
        return list(kept["nodes"]) if kept else []

    def announced(self) -> list[str]:
        """Returns the peer URLs of etcd's members that were added and have not been started yet."""
        return list((self._store.get(MEMBERS) or {}).get("announced", ()))

    def announce(self, peer: str) -> None:
        """Adds a member to etcd's cluster that is yet to be started; it counts from now on."""
        self._change_members(announced=[*self.announced(), peer])

    def renounce(self, peer: str) -> None:
        """Takes a member that was never started out of etcd's cluster."""
        self._change_members(announced=[other for other in self.announced() if other != peer])

    def _join(self, node: str) -> None:
        ip = (self._store.get(MACHINES + node) or {}).get("ip", "")
        awaited = [peer for peer in self.announced() if f"//{ip}:" not in peer]
        self._change_members(nodes=[*self.members(), node], announced=awaited)

    def leave(self, node: str) -> None:
        """Takes a machine's member out of etcd's cluster."""
        self._change_members(nodes=[other for other in self.members() if other != node])

    def expel(self, node: str) -> None:
        """Takes a machine's member out of etcd's cluster, which does not let that one in again."""
        self.leave(node)
        self._change_members(expelled=[*self._expelled(), node])

    def was_expelled(self, node: str) -> bool:
        """Tells whether the member whose data is on a machine is none any more."""
        return node in self._expelled()

    def welcome(self, node: str) -> None:
        """Lets a machine have a member again: a new one, whose data directory is empty."""
        if node in self._expelled():
            self._change_members(expelled=[other for other in self._expelled() if other != node])

    def _expelled(self) -> list[str]:
        return list((self._store.get(MEMBERS) or {}).get("expelled", ()))

    def _change_members(self, **changes: list[str]) -> None:
        kept = {**(self._store.get(MEMBERS) or {"nodes": []}), **changes}
        self._store.put(MEMBERS, {name: found for name, found in kept.items() if found or name == "nodes"})
        self._look_at_api()

    def has_quorum(self) -> bool:
        """Tells whether most of etcd's members run."""
        members, running = self.members(), self._nodes.get("etcd", ())
        if not members:
            return bool(running)
        return sum(node in running for node in members) * 2 > len(members) + len(self.announced())

    def api_servers(self) -> list[str]:
        """Returns the machines whose API servers answer."""
        if not self.has_quorum():
            return []
        etcd = self._nodes.get("etcd", ())
        return [node for node in self._nodes.get("kube-apiserver", ()) if node in etcd]
