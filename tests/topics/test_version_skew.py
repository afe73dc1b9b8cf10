"""Topic version-skew: what may be how much older, and who refuses what.

Source: kubernetes.io, releases/version-skew-policy; cmd/kubeadm/app/phases/upgrade/policy.go, preflight/checks.go.
"""

from kubelab.labs.bench._upgrading import REPOSITORY
from tests.console import Console


def install(console, node, package, version):
    minor = version.rpartition(".")[0]
    console.ok(f"ssh {node} 'sed -i s#/v1[.][0-9]*/#/v{minor}/# {REPOSITORY}; apt-get update'")
    console.ok(f"ssh {node} 'apt-get install -y --allow-change-held-packages {package}={version}-*'")


def test_skipping_a_minor_version_is_refused():
    console = Console("three-nodes", "1.34")
    install(console, "control-plane", "kubeadm", "1.36.2")
    told = console.fails("ssh control-plane kubeadm upgrade apply v1.36.2 -y")
    assert "the version argument is invalid due to these fatal errors" in told
    assert '\t- Specified version to upgrade to "v1.36.2" is too high; kubeadm can upgrade only 1 minor version' in told
    assert "--force" not in told


def test_kubeadm_does_not_upgrade_beyond_itself(console):
    told = console.fails("ssh control-plane kubeadm upgrade apply v1.37.0 -y")
    assert "is at least one minor release higher than the kubeadm minor release (37 > 36)" in told


def test_a_package_of_another_minor_version_is_in_another_repository(console):
    told = console.fails("ssh control-plane 'apt-get install -y kubeadm=1.37.0-*'")
    assert told == "E: Version '1.37.0-*' for 'kubeadm' was not found\n"


def test_held_packages_are_not_changed_by_the_way(console):
    console.ok(f"ssh worker-1 'sed -i s#/v1.36/#/v1.37/# {REPOSITORY}; apt-get update'")
    assert "E: Held packages were changed and -y was used without --allow-change-held-packages." in console.fails(
        "ssh worker-1 'apt-get install -y kubelet=1.37.0-*'"
    )


def test_kubelets_three_minor_versions_older_work_and_a_fourth_step_is_refused():
    console = Console("three-nodes", "1.33")
    for release in ("1.34.9", "1.35.6", "1.36.2"):
        install(console, "control-plane", "kubeadm", release)
        console.ok(f"ssh control-plane kubeadm upgrade apply v{release} -y")
    assert console.ok("kubectl get nodes --no-headers | awk '{print $2, $5}' | sort -u") == "Ready v1.33.13\n"
    console.ok("kubectl run web --image=nginx")
    console.advance(30)
    assert console.ok("kubectl get pod web --no-headers").split()[2] == "Running"
    install(console, "control-plane", "kubeadm", "1.37.0")
    told = console.fails("ssh control-plane kubeadm upgrade apply v1.37.0 -y")
    assert "There are kubelets in this cluster that are too old that have these versions [v1.33.13]" in told


def test_a_node_with_a_newer_kubelet_than_the_api_server_may_not_join(console):
    join = console.ok("ssh control-plane kubeadm token create --print-join-command").strip()
    console.ok("kubectl drain worker-2 --ignore-daemonsets --force && kubectl delete node worker-2")
    console.ok("ssh worker-2 kubeadm reset -f")
    install(console, "worker-2", "kubelet", "1.37.0")
    told = console.fails(f"ssh worker-2 {join}")
    assert "[ERROR KubeletVersion]: the kubelet version is higher than the control plane version." in told
    install(console, "worker-2", "kubelet", "1.36.2")
    assert "This node has joined the cluster" in console.ok(f"ssh worker-2 {join}")
    console.advance(40)
    assert console.ok("kubectl get node worker-2 --no-headers").split()[1] == "Ready"


def test_kubectl_warns_when_it_is_two_minor_versions_off():
    console = Console("three-nodes", "1.34")
    for release in ("1.35.6", "1.36.2"):
        install(console, "control-plane", "kubeadm", release)
        console.ok(f"ssh control-plane kubeadm upgrade apply v{release} -y")
    told = console.run("kubectl version")
    assert "Client Version: v1.34.9" in told.stdout
    assert "Server Version: v1.36.2" in told.stdout
    assert "WARNING: version difference between client (1.34) and server (1.36) exceeds" in told.stderr
