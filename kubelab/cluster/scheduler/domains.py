"""How many of some Pods there are in each domain of a topology key: spreading and affinity between Pods count so.

Counts of hosts are read off each node; those of zones and the like are summed up over pools of nodes, of which there
are few. Neither costs more where there are more Pods.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence

from kubelab.cluster.objects import labels_of
from kubelab.cluster.scheduler.nodeinfo import NodeCache, NodeInfo
from kubelab.cluster.scheduler.podcounter import Census
from kubelab.cluster.scheduler.pools import HOSTNAME


class Domains:
    """The Pods of some censuses, by the value that their nodes have for a topology key.

    Args:
        key: a node label.
        censuses: what is counted, together.
    """

    def __init__(self, key: str, censuses: Sequence[Census]) -> None:
        self.key = key
        self.by_value: Counter[str] = Counter()
        self._censuses = censuses
        self._moved: Counter[str] = Counter()  # by node name, what a trial changes

    def refresh(self, cache: NodeCache, pools: Container[int] | None = None) -> None:
        """Counts as it is now.

        Args:
            pools: those whose nodes count; None: all.
        """
        self.by_value.clear()
        self._moved.clear()
        for census in self._censuses:
            for pool, number in census.by_pool.items():
                if pools is None or pool in pools:
                    value = labels_of(cache.pools.one_of(pool).node).get(self.key)
                    if value is not None and not self.is_of_hosts(cache.pools.one_of(pool)):
                        self.by_value[value] += number

    def refresh_by_node(self, nodes: Iterable[NodeInfo]) -> None:
        """Counts as it is now on some nodes only, one by one."""
        self.by_value.clear()
        self._moved.clear()
        for node in nodes:
            value = labels_of(node.node).get(self.key)
            if value is not None and not self.is_of_hosts(node):
                self.by_value[value] += self.on(node.name)

    def is_of_hosts(self, node: NodeInfo) -> bool:
        """Tells whether a node is a domain by itself."""
        return self.key == HOSTNAME and node.is_host

    def are_hosts(self, cache: NodeCache) -> bool:
        """Tells whether no domain has more than one node, as the nodes are now."""
        members = (cache.pools.one_of(pool) for pool in cache.pools.members)
        return all(self.is_of_hosts(node) or not self.has(node) for node in members)

    def has(self, node: NodeInfo) -> bool:
        """Tells whether a node belongs to a domain."""
        return self.key in labels_of(node.node)

    def at(self, node: NodeInfo) -> int:
        """Returns the Pods in a node's domain; 0 where it has none."""
        if self.is_of_hosts(node):
            return self.on(node.name) + self._moved.get(node.name, 0)
        value = labels_of(node.node).get(self.key)
        return self.by_value.get(value, 0) if value is not None else 0

    def on(self, name: str) -> int:
        """Returns the Pods on the node of that name."""
        number = 0
        for census in self._censuses:
            number += census.by_node.get(name, 0)
        return number

    def move(self, node: NodeInfo, number: int) -> None:
        """Counts Pods as come or gone that are only thought to be."""
        if self.is_of_hosts(node):
            self._moved[node.name] += number
        elif self.has(node):
            self.by_value[labels_of(node.node)[self.key]] += number

    def busy_hosts(self) -> int:
        """Returns how many hosts have such Pods."""
        busy = sum(len(census.by_node) for census in self._censuses)
        for name, moved in self._moved.items():
            before = self.on(name)
            busy += (before + moved > 0) - (before > 0)
        return busy

    def is_empty(self) -> bool:
        """Tells whether there is no such Pod in any domain."""
        if any(number > 0 for number in self.by_value.values()):
            return False
        if self.key != HOSTNAME:
            return True
        names = {name for census in self._censuses for name in census.by_node}
        return not any(self.on(name) + self._moved[name] > 0 for name in names | set(self._moved))
