"""The documented upgrade of a kubeadm cluster with three nodes, line by line as people type it.

Source: kubernetes.io, tasks/administer-cluster/kubeadm/{kubeadm-upgrade,upgrading-linux-nodes}.
"""

from collections.abc import Iterator

from kubelab.cluster.releases import release_of

REPOSITORY = "/etc/apt/sources.list.d/kubernetes.list"


def script(
    version: str, control_plane: str = "control-plane", workers: tuple[str, ...] = ("worker-1", "worker-2")
) -> Iterator[str]:
    """Return the lines that bring a cluster from a minor version to the next one."""
    before, minor = version, int(version.split(".")[1]) + 1
    release = release_of(f"1.{minor}")
    number = release.removeprefix("v")
    tool = [
        f"sed -i 's#/v{before}/#/v1.{minor}/#' {REPOSITORY}",
        "apt-mark unhold kubeadm && apt-get update && "
        f"apt-get install -y kubeadm='{number}-*' && apt-mark hold kubeadm",
    ]
    kubelet = [
        "apt-mark unhold kubelet kubectl && apt-get update && "
        f"apt-get install -y kubelet='{number}-*' kubectl='{number}-*' && apt-mark hold kubelet kubectl",
        "systemctl daemon-reload",
        "systemctl restart kubelet",
    ]
    yield f"ssh {control_plane}"
    yield from [*tool, "kubeadm version", "kubeadm upgrade plan", f"kubeadm upgrade apply {release} -y"]
    yield f"kubectl drain {control_plane} --ignore-daemonsets"
    yield from [*kubelet, f"kubectl uncordon {control_plane}", "exit"]
    for worker in workers:
        yield f"ssh {worker}"
        yield from [*tool, "kubeadm upgrade node", "exit"]
        yield f"kubectl drain {worker} --ignore-daemonsets"
        yield f"ssh {worker}"
        yield from [*kubelet, "exit", f"kubectl uncordon {worker}"]
