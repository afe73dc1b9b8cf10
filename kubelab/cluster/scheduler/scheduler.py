"""Takes Pods without a node off a queue, one at a time, and binds each to the best node.

Source: pkg/scheduler/schedule_one.go and eventhandlers.go.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from kubelab.cluster import componentlogs
from kubelab.cluster.aspects import BOUND, COMES_AND_GOES, CREATED, ENDED, GONE, SPEC
from kubelab.cluster.component import Component
from kubelab.cluster.kinds import Node, PersistentVolume, PersistentVolumeClaim, Pod, Service
from kubelab.cluster.objects import Key, Object, is_being_deleted, key_of
from kubelab.cluster.scheduler import decisions, telling
from kubelab.cluster.scheduler.claims import mounts_claims
from kubelab.cluster.scheduler.decision import LEAST_FEASIBLE, Decision, decide, judge
from kubelab.cluster.scheduler.decisions import Decisions
from kubelab.cluster.scheduler.framework import Cycle, Event, Scope
from kubelab.cluster.scheduler.nodeinfo import NodeCache, NodeInfo
from kubelab.cluster.scheduler.outcome import Outcome
from kubelab.cluster.scheduler.plugins.nodeaffinity import named_nodes
from kubelab.cluster.scheduler.profiles import DEFAULT, Profile
from kubelab.cluster.scheduler.queue import UNSCHEDULABLE_TIMEOUT, Failure, Queue
from kubelab.cluster.scheduler.rankings import Rankings
from kubelab.cluster.scheduler.settings import Settings
from kubelab.cluster.scheduler.wakeups import Wakeups, node_events
from kubelab.cluster.store import Change
from kubelab.cluster.user import User

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

BATCH = 100  # Pods placed in one reconciliation, so that a slice of work stays short

# What its work queue holds: the active queue as a whole, or one Pod that may be tried again.
ACTIVE = "active"
RETRY = "retry:"


class Scheduler(Component):
    """Gives each Pod of its profiles a node."""

    name = "scheduler"
    runs_in = "kube-scheduler"
    user = "system:kube-scheduler"
    manager = DEFAULT
    watches = {}

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self.queue = Queue(self.store)
        self.cache = NodeCache(self.store)
        self.settings = Settings(cluster)
        self.rankings = Rankings(cluster, self.cache)
        self.decisions = Decisions(cluster)
        self.wakeups = Wakeups(self.queue, self._try_again)
        self.outcomes: dict[str, Outcome] = {}
        self._pods = self.store.table(Pod.prefix).rows
        self._verbosity = 0
        self._is_told = True  # whether anybody can get to know the present decision
        self.store.subscribe(Pod.prefix, self._pod_changed, heeds=COMES_AND_GOES | SPEC | BOUND | ENDED)
        self.store.subscribe(Node.prefix, self._node_changed)
        self.store.subscribe(Service.prefix, self._service_changed, heeds=CREATED | GONE | SPEC)
        for kind in (PersistentVolume, PersistentVolumeClaim):
            self.store.subscribe(kind.prefix, lambda _change: self.wakeups.wake(Event.VOLUME))

    @property
    def profiles(self) -> dict[str, Profile]:
        """The profiles by their schedulerNames."""
        return self.settings.profiles

    def start(self) -> None:
        """Reads its settings, nodes and waiting Pods."""
        self.settings.read()
        self.queue.first_backoff, self.queue.longest_backoff = self.settings.backoff
        self.outcomes.clear()
        self.cache.start()
        self.rankings.clear()
        self.decisions.start()
        self.queue.clear()
        self.wakeups.start(self.profiles)
        for pod in self.store.table(Pod.prefix).rows.values():
            if self.is_waiting(pod) and not self.wakeups.knows(key_of(pod)):
                self.queue.add(pod)

    def resync(self) -> None:
        """Tries everything anew, as after a restart."""
        for failure in self.queue.failures():
            self.queue.forget(failure.key)
        self.start()
        self.cluster.agenda.add(self.name, ACTIVE)

    # what happens in the cluster

    def _pod_changed(self, change: Change) -> None:
        old, new = change.old, change.new
        if old is not None and new is not None and old["spec"] is new["spec"] and "nodeName" in new["spec"]:
            if _finished(new) != _finished(old):
                self.wakeups.wake(Event.POD_GONE)
            return
        if new is not None and self.is_waiting(new):
            if old is None or _asks_anew(old, new):
                self.queue.add(new)
                self.cluster.agenda.add(self.name, ACTIVE)
            return
        if old is not None and not old["spec"].get("nodeName"):
            self._left(key_of(old))
            if (new is None or is_being_deleted(new)) and mounts_claims(old["spec"]):
                self.wakeups.wake(Event.POD_GONE)  # its room may have been kept while it waited for them
        if new is not None and new["spec"].get("nodeName"):
            self.wakeups.wake(Event.POD_CAME)
        if old is not None and old["spec"].get("nodeName") and (new is None or _finished(new) != _finished(old)):
            self.wakeups.wake(Event.POD_GONE)

    def _left(self, key: Key) -> None:
        """A Pod waits no longer: it has a node, or is gone or going."""
        self.queue.forget(key)
        self.wakeups.forget(key)

    def _node_changed(self, change: Change) -> None:
        node = change.new
        if node is None:
            return
        for event in node_events(change.old, node):
            self.wakeups.wake(event, partial(self._may_help, node, event))

    def _may_help(self, node: Object, event: Event, failure: Failure) -> bool:
        """Asks the plugins that rejected a Pod whether a node, were it empty, would do for it now."""
        pod = self.api.get(Pod, failure.key)
        profile = self.profiles.get(pod["spec"].get("schedulerName", DEFAULT)) if pod is not None else None
        if pod is None or profile is None or not failure.plugins:
            return True
        asked = [each for each in profile.plugins if each.name in failure.plugins and event in each.wakes]
        if not all(plugin.hints for plugin in asked):
            return True
        cycle, info = Cycle(pod, self.cache.info(pod), self.cache.by_index, self.cache), NodeInfo(-1, "", node)
        info.name = node["metadata"]["name"]
        info.read(node)
        for plugin in asked:
            plugin.prepare(cycle)
        return any(plugin.filter(cycle, info) is None for plugin in asked)

    def _service_changed(self, change: Change) -> None:
        old, new = (obj and obj["spec"].get("selector") for obj in (change.old, change.new))
        if old != new:
            self.cache.topology += 1  # it decides what Pods are spread with

    def _try_again(self, key: Key, due: float) -> None:
        self.cluster.agenda.add(self.name, f"{RETRY}{key}", max(due, self.now))

    def is_waiting(self, pod: Object) -> bool:
        """Tells whether a Pod is ours to place."""
        return (
            not pod["spec"].get("nodeName")
            and pod["spec"].get("schedulerName", DEFAULT) in self.profiles
            and not is_being_deleted(pod)
            and not _finished(pod)
        )

    # deciding

    def reconcile(self, key: str) -> None:
        """Works on the active queue, or moves one Pod back to it."""
        if not self.settings.are_current():
            self.resync()
        if key.startswith(RETRY):
            pod = self.api.get(Pod, Key.parse(key.removeprefix(RETRY)))
            if pod is None or not self.is_waiting(pod):
                return
            self.queue.add(pod)
        self._verbosity = componentlogs.verbosity(self.cluster, self.runs_in)
        for _ in range(BATCH):
            # Nobody would see this decision for long: as many as are kept follow in the same moment.
            self._is_told = self._verbosity > 0 or len(self.queue) <= decisions.KEPT
            found = self.queue.pop()
            if found is None:
                return
            pod = self._pods.get(f"{Pod.prefix}{found.namespace}/{found.name}")
            if pod is not None and self.is_waiting(pod):
                self.schedule(pod)
        if self.queue:
            self.cluster.agenda.add(self.name, ACTIVE)

    def schedule(self, pod: Object) -> None:
        """Places one Pod, or says why it cannot be placed."""
        profile = self.profiles[pod["spec"].get("schedulerName", DEFAULT)]
        outcome = self.outcome(profile)
        if pod["spec"].get("schedulingGates"):
            message = "Scheduling is blocked due to non-empty scheduling gates"
            outcome.write_condition(pod, "SchedulingGated", message)
            return
        decision = self._assumed(pod) or self.decide(pod, profile)
        if decision.node is None:
            self._wait(pod, profile, decision, outcome.fail(pod, decision))
            return
        for plugin in profile.holding:
            held = plugin.holds(pod, decision.node)
            if isinstance(held, str):
                self._give_up(pod, plugin.name, held, outcome)
                return
            if held:
                self.cache.assume(pod, decision.node)
                return
        self._keep(pod, profile, decision)
        outcome.bind(pod, decision.node)

    def _assumed(self, pod: Object) -> Decision | None:
        """Returns the decision that holds for a Pod whose volumes were awaited, None where there is none."""
        placed = self.cache.assumed.get(key_of(pod)) if self.cache.assumed else None
        node = self.cache.nodes.get(placed["spec"]["nodeName"]) if placed is not None else None
        if placed is not None and node is None:
            self.cache.forget(key_of(pod))
        return Decision(node) if node is not None else None

    def _give_up(self, pod: Object, plugin: str, why: str, outcome: Outcome) -> None:
        """Gives a Pod's place away: what was to be done before it is bound failed. It is tried again after a while."""
        key = key_of(pod)
        self.cache.forget(key)
        outcome.give_up(pod, why)
        self.queue.failed(key, self.now, (plugin,))
        self.wakeups.wake(Event.POD_GONE)
        due = next(failure.due for failure in self.queue.failures() if failure.key == key)
        self._try_again(key, due)

    def _wait(self, pod: Object, profile: Profile, decision: Decision, message: str) -> None:
        key = key_of(pod)
        rejecting = {*decision.rejecting.values(), decision.prefiltering} - {""}
        self.queue.failed(key, self.now, rejecting)
        self.wakeups.expect(pod, rejecting, profile)
        self.cluster.agenda.add(self.name, f"{RETRY}{key}", self.now + UNSCHEDULABLE_TIMEOUT)
        self._keep(pod, profile, decision, message)

    def _keep(self, pod: Object, profile: Profile, decision: Decision, message: str = "") -> None:
        if not self._is_told:
            return
        self.decisions.keep(pod, profile.name, decision, len(self.cache.by_index))
        if self._verbosity and decision.node is not None:
            lines = telling.placed(pod, decision.node.name, decision, self._verbosity)
            componentlogs.say(self.cluster, self.runs_in, *lines)
        elif self._verbosity:
            componentlogs.say(self.cluster, self.runs_in, *telling.refused(pod, message, self._verbosity))

    def outcome(self, profile: Profile) -> Outcome:
        """Returns who acts on decisions in a profile's name."""
        found = self.outcomes.get(profile.name)
        if found is None:
            api = self.cluster.api.client(User(self.user), self.manager, profile.name)
            found = self.outcomes[profile.name] = Outcome(self.cluster, api, self.cache, profile)
        return found

    def decide(self, pod: Object, profile: Profile) -> Decision:
        """Chooses a node: the quickest way that comes to the right choice."""
        promised = self._promised(pod)
        if promised or (self.cache.nominated and key_of(pod) in self.cache.nominated):
            return decide(pod, self.cache, profile.plugins, self.first_node(pod), promised, profile.percentage)
        named = named_nodes(pod["spec"])
        if named is not None:
            found = self.choose_named(pod, profile, named)
        else:
            node = self.rankings.choose(pod, profile)
            found = self._told(node) if node is not None else None
        if found is not None:
            return found
        return decide(pod, self.cache, profile.plugins, self.first_node(pod), percentage=profile.percentage)

    def _told(self, node: NodeInfo) -> Decision:
        """Returns how the last ranking came to its choice, where somebody can get to know it."""
        if self._is_told and self.rankings.last is not None:
            return self.rankings.last.table(node, telling.MOST_NODES if self._verbosity else decisions.MOST_NODES)
        return Decision(node)

    def _promised(self, pod: Object) -> dict[str, list[Object]]:
        """Returns by node the Pods, no less important, that room is being made for there."""
        promised: dict[str, list[Object]] = {}
        for key, node in self.cache.nominated.items():
            other = self.api.get(Pod, key) if key != key_of(pod) else None
            if other is not None and (other["spec"].get("priority") or 0) >= (pod["spec"].get("priority") or 0):
                promised.setdefault(node, []).append(other)
        return promised

    def first_node(self, pod: Object) -> int:
        """Returns the index of the node to begin with; in life the search goes on where the last one ended."""
        total = len(self.cache.by_index)
        return self.cluster.random.index(total, "first node", pod["metadata"]["uid"]) if total > LEAST_FEASIBLE else 0

    def choose_named(self, pod: Object, profile: Profile, names: Iterable[str]) -> Decision | None:
        """Chooses the one feasible node of those that a Pod names, as DaemonSets' Pods do; None if that is unclear.

        The others need not be looked at (NodeAffinity's PreFilterResult).
        """
        cycle = Cycle(pod, self.cache.info(pod), self.cache.by_index, self.cache)
        chosen = [plugin for plugin in profile.plugins if plugin.concerns(cycle)]
        if any(plugin.scope == Scope.PODS for plugin in chosen):
            return None
        for plugin in chosen:
            plugin.prepare(cycle)
        nodes = [self.cache.nodes[name] for name in sorted(names) if name in self.cache.nodes]
        feasible = [node for node in nodes if judge(cycle, chosen, node) is None]
        return Decision(feasible[0], feasible=1, evaluated=len(nodes)) if len(feasible) == 1 else None


def _finished(pod: Object) -> bool:
    return pod.get("status", {}).get("phase") in ("Succeeded", "Failed")


def _asks_anew(old: Object, new: Object) -> bool:
    """A change of the status alone, such as our own condition, is no reason to try again."""
    return old["spec"] is not new["spec"] or old["metadata"].get("labels") != new["metadata"].get("labels")
