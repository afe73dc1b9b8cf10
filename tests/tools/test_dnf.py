"""Machines whose packages are RPMs: dnf, yum and rpm, and a cluster of them that is upgraded as the guide says.

Source: kubernetes.io, tasks/administer-cluster/kubeadm/{kubeadm-upgrade,upgrading-linux-nodes}.
"""

import pytest

from tests.console import Console

REPOSITORY = "/etc/yum.repos.d/kubernetes.repo"
INCLUDED = "--disableexcludes=kubernetes"


@pytest.fixture
def console():
    return Console("three-nodes-rocky")


def on(console, node, line):
    return console.ok(f"ssh {node} {line!r}")


def test_nodes_tell_their_system(console):
    assert "Rocky Linux 9.6 (Blue Onyx)   5.14.0-" in console.ok("kubectl get node worker-1 -o wide")
    assert "el9_6" in on(console, "worker-1", "uname -r")
    assert "command not found" in console.fails("ssh worker-1 apt-get update")
    assert "command not found" in console.fails("dnf repolist")  # the workstation has Ubuntu


def test_the_repository_of_another_minor_version_has_its_packages(console):
    listed = f"sudo dnf list --showduplicates kubeadm {INCLUDED}"
    assert "1.37" not in on(console, "worker-1", listed)
    on(console, "worker-1", f"sudo sed -i s/v1.36/v1.37/ {REPOSITORY}")
    assert "kubeadm.x86_64              1.37.0-150500.1.1" in on(console, "worker-1", listed)


@pytest.mark.parametrize(
    ("line", "out", "err"),
    [
        (
            "sudo dnf install -y kubeadm-1.36.1-*",
            "All matches were filtered out by exclude filtering",
            "a match: kubeadm",
        ),
        (
            f"sudo dnf install -y kubeadm-1.39.0-* {INCLUDED}",
            "No match for argument: kubeadm-1.39.0-*",
            "Unable to find",
        ),
        (f"echo n | sudo dnf install kubeadm-1.36.1-* {INCLUDED}", "Is this ok [y/N]: ", "Operation aborted."),
    ],
)
def test_what_is_not_installed_is_told(console, line, out, err):
    said = console.run(f"ssh worker-1 {line!r}")
    assert said.exit == 1 and out in said.stdout and err in said.stderr
    assert on(console, "worker-1", "rpm -q kubeadm") == "kubeadm-1.36.2-150500.1.1.x86_64\n"


def test_a_version_that_there_is_no_repository_for(console):
    on(console, "worker-1", f"sudo sed -i s/v1.36/v1.99/ {REPOSITORY}")
    said = console.fails("ssh worker-1 sudo yum makecache")
    assert "Status code: 403 for https://pkgs.k8s.io/core:/stable:/v1.99/rpm/repodata/repomd.xml" in said


def test_an_older_package_is_a_downgrade(console):
    said = on(console, "worker-1", f"sudo dnf install -y kubectl-1.36.1 {INCLUDED}")
    assert "Downgrading:" in said and "Downgraded:\n  kubectl-1.36.1-150500.1.1.x86_64" in said
    assert "package foo is not installed" in console.run("ssh worker-1 rpm -q foo").stdout


def test_a_cluster_is_upgraded_by_its_guide(console):
    for number, node in enumerate(("control-plane", "worker-1", "worker-2")):
        on(console, node, f"sudo sed -i s/v1.36/v1.37/ {REPOSITORY}")
        on(console, node, f"sudo yum install -y kubeadm-1.37.0-* {INCLUDED}")
        on(console, node, "sudo kubeadm upgrade node" if number else "sudo kubeadm upgrade apply -y v1.37.0")
        console.ok(f"kubectl drain {node} --ignore-daemonsets")
        on(console, node, f"sudo yum install -y kubelet-1.37.0-* kubectl-1.37.0-* {INCLUDED}")
        on(console, node, "sudo systemctl daemon-reload && sudo systemctl restart kubelet")
        console.ok(f"kubectl uncordon {node}")
    console.advance(30)
    assert console.ok("kubectl get nodes --no-headers | awk '{print $2, $5}' | sort -u") == "Ready v1.37.0\n"
