"""The cluster autoscaler as a process: it ends where its command line is wrong, or where there is no cloud for it.

What it was told is kept for the autoscaler that acts (autoscalers.py says where).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kubelab.cluster.autoscalers import GROUPS, RUNNING, FlagError, options_of
from kubelab.cluster.klog import klog
from kubelab.cluster.node.program import Life, Line
from kubelab.cluster.node.programs.system import KubeProcess

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

CLOUD = "aws"
FAILED = 255  # klog.Fatalf


class ClusterAutoscaler(KubeProcess):
    """cluster-autoscaler with the cloud provider of node groups."""

    def begin(self, container: Container) -> Life:
        """Notes what it was told, or ends at once."""
        why = _mistake(container)
        container.cluster.store.delete(RUNNING + container.node.name)
        if why:
            container.state["mistake"] = why
            return Life(0.3, FAILED)
        account = container.pod["spec"].get("serviceAccountName", "default")
        pod = container.pod["metadata"]["name"]
        kept = {"argv": container.argv[1:], "namespace": container.namespace, "account": account, "pod": pod}
        container.cluster.store.put(RUNNING + container.node.name, kept)
        return super().begin(container)

    def started_log(self, container: Container) -> Sequence[Line]:
        """Returns the start's lines, or why it ended."""
        mistake = container.state.get("mistake", "")
        if mistake:
            return [Line(0.2, f"F{klog(container.started + 0.2, f'main.go:346] {mistake}')[1:]}", "stderr")]
        return super().started_log(container)


def _mistake(container: Container) -> str:
    try:
        options = options_of(container.argv[1:])
    except FlagError as error:
        return str(error)
    groups = {key.removeprefix(GROUPS) for key, _ in container.cluster.store.items(GROUPS)}
    if not groups:
        return "KubeLab's cluster is in no cloud with node groups; the preset autoscaled makes one that is"
    if options.provider != CLOUD:
        return f'the cloud provider "{options.provider}" is not simulated in KubeLab; --cloud-provider={CLOUD} is'
    unknown = [group.name for group in options.groups if group.name not in groups]
    if unknown:
        return f"KubeLab's cloud has no node group {unknown[0]}; it has {', '.join(sorted(groups))}"
    return ""
