"""Topic kubelet: the node agent, seen on its node, stopped and started, and the runtime that it speaks CRI to.

Source: kubernetes.io, concepts/architecture/nodes; tasks/debug/debug-cluster/crictl; systemctl(1).
"""

import pytest

NODE = "kubectl get node worker-1 --no-headers"


@pytest.fixture
def web(console):
    console.ok("kubectl create deployment web --image=nginx --replicas=4")
    console.advance(30)
    return console


def test_the_kubelet_is_a_service_of_its_node(console):
    shown = console.ok("ssh worker-1 systemctl status kubelet")
    assert "● kubelet.service - kubelet: The Kubernetes Node Agent\n" in shown
    assert "     Active: active (running) since Wed 2025-12-31 23:58:00 UTC; 2min 0s ago\n" in shown
    assert "worker-1 kubelet[1040]: I1231" in shown


def test_nodes_run_containerd_and_no_docker(console):
    assert console.run("ssh worker-1 systemctl status docker").stderr == "Unit docker.service could not be found.\n"
    assert "containerd://" in console.ok("kubectl get nodes -o wide")
    assert console.run("ssh worker-1 docker ps").stderr == "bash: line 1: docker: command not found\n"


def test_crictl_shows_what_the_kubelet_runs(web):
    pods = web.ok("kubectl get pods -o wide --no-headers | awk '$7 == \"worker-1\" {print $1}'").split()
    listed = web.ok("ssh worker-1 crictl ps --name nginx")
    assert pods
    assert all("Running     nginx     0           " in listed and pod in listed for pod in pods)
    first = web.ok("ssh worker-1 'crictl ps -q --name nginx | head -1'").strip()
    assert f"containerd://{first}" in web.ok("kubectl get pods -o yaml")
    assert "nginx version: nginx/" in web.run(f"ssh worker-1 crictl exec {first} nginx -v").stderr
    assert "Configuration complete" in web.ok(f"ssh worker-1 crictl logs {first}")


def test_what_is_stopped_behind_the_kubelets_back_comes_again(web):
    web.ok("ssh worker-1 'crictl stop $(crictl ps -q --name nginx)'")
    web.advance(15)
    restarts = web.ok("kubectl get pods -o wide --no-headers | awk '$7 ~ /worker-1/ || $9 ~ /worker-1/ {print $3, $4}'")
    assert set(restarts.splitlines()) == {"Running 1"}
    assert "Exited" in web.ok("ssh worker-1 crictl ps -a --name nginx")


def test_a_stopped_kubelet_leaves_containers_running_and_its_node_not_ready(web):
    web.ok("ssh worker-1 systemctl stop kubelet")
    assert web.run("ssh worker-1 systemctl is-active kubelet").exit == 3
    web.advance(60)
    assert " NotReady " in web.ok(NODE)
    assert "Running" in web.ok("ssh worker-1 crictl ps --name nginx")
    web.ok("ssh worker-1 systemctl start kubelet")
    web.advance(15)
    assert " Ready " in web.ok(NODE)


def test_without_its_runtime_a_node_is_not_ready_and_says_why(console):
    console.ok("ssh worker-1 systemctl stop containerd")
    console.advance(15)
    assert " NotReady " in console.ok(NODE)
    assert "container runtime is down" in console.ok("kubectl describe node worker-1")
    assert "dial unix /run/containerd/containerd.sock: connect: no such file" in console.fails("ssh worker-1 crictl ps")


@pytest.mark.parametrize(
    ("spoil", "told", "mend"),
    [
        (
            "echo 'KUBELET_EXTRA_ARGS=--improve-speed' > /etc/default/kubelet",
            "failed to parse kubelet flag: unknown flag: --improve-speed",
            "rm /etc/default/kubelet",
        ),
        (
            "sed -i 's/ca.crt/WRONG-CA-FILE.crt/' /var/lib/kubelet/config.yaml",
            "failed to construct kubelet dependencies: unable to load client CA file "
            "/etc/kubernetes/pki/WRONG-CA-FILE.crt: open /etc/kubernetes/pki/WRONG-CA-FILE.crt: no such file",
            "sed -i 's/WRONG-CA-FILE/ca/' /var/lib/kubelet/config.yaml",
        ),
        (
            "sed -i 's#/usr/bin/kubelet #/usr/local/bin/kubelet #' /usr/lib/systemd/system/kubelet.service.d/*.conf",
            "Failed at step EXEC spawning /usr/local/bin/kubelet: No such file or directory",
            "sed -i 's#/usr/local/bin/kubelet #/usr/bin/kubelet #' /usr/lib/systemd/system/kubelet.service.d/*.conf",
        ),
    ],
)
def test_a_kubelet_that_cannot_start_says_why_in_the_journal_and_starts_once_it_can(console, spoil, told, mend):
    console.ok(f'ssh worker-1 "{spoil}"')
    console.ok("ssh worker-1 systemctl restart kubelet")
    console.advance(25)
    assert (
        "activating (auto-restart) (Result: exit-code)" in console.run("ssh worker-1 systemctl status kubelet").stdout
    )
    assert told in console.ok("ssh worker-1 journalctl -u kubelet --no-pager")
    console.ok(f'ssh worker-1 "{mend}"')
    console.advance(11)
    assert console.ok("ssh worker-1 systemctl is-active kubelet") == "active\n"


def test_a_disabled_kubelet_stays_down_after_a_reboot(console):
    console.run("ssh worker-1 'systemctl disable kubelet; reboot'")
    console.advance(90)
    assert " NotReady " in console.ok(NODE)
    console.ok("ssh worker-1 systemctl enable --now kubelet")
    console.advance(15)
    assert " Ready " in console.ok(NODE)
