"""What a program notices of its securityContext: user, groups, capabilities, a file system that it cannot write.

Source: kubernetes.io, tasks/configure-pod-container/security-context.
"""

from __future__ import annotations

import pytest

from tests.console import Console


def run(console: Console, command: str, context: dict | None = None, **spec: object) -> str:
    """Runs a command in busybox; returns its log."""
    container = {"name": "main", "image": "busybox", "command": ["sh", "-c", f"{command}; sleep 3600"]}
    pod = {"containers": [{**container, "securityContext": context or {}}], **spec}
    console.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "demo"}, "spec": pod})
    console.advance(5)
    return console.run("kubectl logs demo").stdout


def test_a_process_has_the_user_and_the_groups_of_its_pod() -> None:
    context = {"runAsUser": 1000, "runAsGroup": 3000, "fsGroup": 2000, "supplementalGroups": [4000]}
    log = run(Console(), "id; ls -ln /x 2>&1; touch /x", securityContext=context)
    assert log.startswith("uid=1000 gid=3000 groups=3000,2000,4000\n")


def test_files_of_a_volume_belong_to_its_fs_group() -> None:
    mount = {"emptyDir": {}, "name": "data"}
    console = Console()
    container = {"name": "main", "image": "busybox", "volumeMounts": [{"name": "data", "mountPath": "/data"}]}
    container["command"] = ["sh", "-c", "touch /data/y; ls -ln /data/y; sleep 3600"]
    spec = {"containers": [container], "volumes": [mount], "securityContext": {"runAsUser": 1000, "fsGroup": 2000}}
    console.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "demo"}, "spec": spec})
    console.advance(5)
    assert "1000 2000" in console.ok("kubectl logs demo")


@pytest.mark.parametrize(
    "context, mask",
    [
        ({}, "00000000a80425fb"),
        ({"capabilities": {"add": ["NET_ADMIN", "SYS_TIME"]}}, "00000000aa0435fb"),
        ({"capabilities": {"drop": ["ALL"]}}, "0000000000000000"),
        ({"privileged": True}, "000001ffffffffff"),
    ],
    ids=["default", "added", "dropped", "privileged"],
)
def test_capabilities_are_seen_in_proc(context: dict, mask: str) -> None:
    log = run(Console(), "cat /proc/1/status", context)
    assert f"CapPrm:\t{mask}\nCapEff:\t{mask}\n" in log


def test_another_user_than_root_holds_none() -> None:
    log = run(Console(), "grep Cap /proc/1/status", {"runAsUser": 1000})
    assert "CapEff:\t0000000000000000" in log
    assert "CapBnd:\t00000000a80425fb" in log


def test_a_read_only_root_file_system_refuses_writes() -> None:
    assert "Read-only file system" in run(Console(), "touch /x 2>&1", {"readOnlyRootFilesystem": True})


@pytest.mark.parametrize(
    "context, message",
    [
        ({"runAsNonRoot": True}, "container has runAsNonRoot and image will run as root"),
        ({"runAsNonRoot": True, "runAsUser": 0}, "container's runAsUser breaks non-root policy"),
    ],
    ids=["image", "asked"],
)
def test_who_may_not_be_root_does_not_start_as_root(context: dict, message: str) -> None:
    console = Console()
    run(console, "id", context)
    waiting = console.ok("kubectl get pod demo -o jsonpath='{.status.containerStatuses[0].state.waiting}'")
    assert '"reason":"CreateContainerConfigError"' in waiting
    assert message in waiting


def last_words(console: Console, image: str, context: dict, **more: object) -> str:
    """Runs an image as it is; returns the end of its log."""
    container = {"name": "main", "image": image, "securityContext": context, **more}
    volumes = [{"name": name, "emptyDir": {}} for name in ("cache", "run")]
    spec = {"containers": [container], "volumes": volumes, "restartPolicy": "Never"}
    console.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "demo"}, "spec": spec})
    console.advance(45)
    return console.run("kubectl logs demo").stdout.splitlines()[-1]


NO_CAPABILITIES = {"capabilities": {"drop": ["ALL"]}}
SETTING_OWNERS = {"capabilities": {"drop": ["ALL"], "add": ["CHOWN", "SETUID", "SETGID", "NET_BIND_SERVICE"]}}
CACHE = [{"name": "cache", "mountPath": "/var/cache/nginx"}, {"name": "run", "mountPath": "/run"}]


@pytest.mark.parametrize(
    "image, context, words",
    [
        ("nginx", {"runAsUser": 1000},
         'nginx: [emerg] mkdir() "/var/cache/nginx/client_temp" failed (13: Permission denied)'),
        ("nginx", {"readOnlyRootFilesystem": True},
         'nginx: [emerg] mkdir() "/var/cache/nginx/client_temp" failed (30: Read-only file system)'),
        ("nginx", NO_CAPABILITIES,
         'nginx: [emerg] chown("/var/cache/nginx/client_temp", 101) failed (1: Operation not permitted)'),
        ("httpd", {"readOnlyRootFilesystem": True}, "could not log pid to file /usr/local/apache2/logs/httpd.pid"),
        ("mongo", NO_CAPABILITIES, 'error: failed switching to "mongodb": operation not permitted'),
    ],
)  # fmt: skip
def test_an_image_that_expects_to_be_root_says_what_it_may_not(image: str, context: dict, words: str) -> None:
    console = Console()
    assert words in last_words(console, image, context)
    assert console.get("pod", "demo")["status"]["phase"] == "Failed"


@pytest.mark.parametrize(
    "image, context, mounts",
    [
        ("nginx", SETTING_OWNERS, []),
        ("nginx", {"readOnlyRootFilesystem": True}, CACHE),
        ("nginx", {"runAsUser": 101}, CACHE),  # containerd 2 lets everybody bind port 80
        ("nginxinc/nginx-unprivileged", {"runAsNonRoot": True, **NO_CAPABILITIES}, []),
    ],
    ids=["capabilities", "volumes", "user", "unprivileged"],
)
def test_what_it_needs_is_enough(image: str, context: dict, mounts: list) -> None:
    console = Console()
    last_words(console, image, context, volumeMounts=mounts)
    assert console.get("pod", "demo")["status"]["phase"] == "Running"


def test_before_containerd_2_low_ports_are_for_those_who_may_bind_them() -> None:
    console = Console(version="1.32")
    said = last_words(console, "nginx", {"runAsUser": 101}, volumeMounts=CACHE)
    assert said == "nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)"


def test_root_without_capabilities_is_a_user_like_others() -> None:
    log = run(Console(), "touch /tmp/a; chown 1000 /tmp/a 2>&1; ip link set lo down 2>&1", NO_CAPABILITIES)
    assert log.count("Operation not permitted") == 2


def test_ping_needs_net_raw_where_the_runtime_does_not_let_everybody() -> None:
    assert "1 packets received" in run(Console(), "ping -c 1 127.0.0.1", NO_CAPABILITIES)
    log = run(Console(version="1.32"), "ping -c 1 127.0.0.1 2>&1", NO_CAPABILITIES)
    assert log == "ping: permission denied (are you root?)\n"


def test_net_admin_lets_a_container_change_its_links() -> None:
    assert "Operation not permitted" in run(Console(), "ip link set eth0 down 2>&1")
    log = run(Console(), "ip link set eth0 down; ip link show eth0", {"capabilities": {"add": ["NET_ADMIN"]}})
    assert "state DOWN" in log


def state_of(console: Console, context: dict, **pod_context: object) -> str:
    """What a Pod that asks for a context comes to: reason and message."""
    container = {"name": "main", "image": "busybox", "command": ["sleep", "9999"], "securityContext": context}
    spec = {"nodeName": "worker-1", "containers": [container], "securityContext": pod_context}
    console.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "demo"}, "spec": spec})
    console.advance(8)
    pod = console.get("pod", "demo")
    assert pod is not None
    status = pod["status"]
    waiting = (status.get("containerStatuses") or [{"state": {}}])[0]["state"].get("waiting") or status
    return f"{waiting.get('reason', status['phase'])}: {waiting.get('message', '')}"


SOMAXCONN = [{"name": "net.core.somaxconn", "value": "1024"}]


def test_kernel_parameters_that_are_not_safe_are_refused_unless_the_kubelet_allows_them() -> None:
    console = Console()
    assert state_of(console, {}, sysctls=SOMAXCONN) == (
        'SysctlForbidden: Pod was rejected: forbidden sysctl: "net.core.somaxconn" not allowlisted'
    )
    console.ok("ssh worker-1 \"echo 'allowedUnsafeSysctls: [net.core.*]' | sudo tee -a /var/lib/kubelet/config.yaml\"")
    console.ok("ssh worker-1 sudo systemctl restart kubelet")
    console.ok("kubectl delete pod demo")
    assert state_of(console, {}, sysctls=SOMAXCONN) == "Running: "
    assert console.ok("kubectl exec demo -- cat /proc/sys/net/core/somaxconn") == "1024\n"


def test_a_seccomp_profile_that_the_node_has_not_keeps_a_container_from_being_made() -> None:
    profile = {"seccompProfile": {"type": "Localhost", "localhostProfile": "profiles/audit.json"}}
    console = Console()
    path = "/var/lib/kubelet/seccomp/profiles/audit.json"
    said = state_of(console, profile)
    assert said.startswith("CreateContainerError: ")
    assert f'cannot load seccomp profile "{path}": open {path}: no such file or directory' in said
    console.ok(f"ssh worker-1 'sudo mkdir -p {path.rpartition('/')[0]}; echo {{}} | sudo tee {path}'")
    console.advance(60)
    assert "Running" in console.ok("kubectl get pod demo")
    assert "Seccomp:\t2\n" in console.ok("kubectl exec demo -- cat /proc/1/status")


def test_an_apparmor_profile_that_is_not_loaded_is_not_found() -> None:
    said = state_of(Console(), {"appArmorProfile": {"type": "Localhost", "localhostProfile": "k8s-deny-write"}})
    assert said.endswith("failed to generate apparmor spec opts: apparmor profile not found k8s-deny-write")


def test_limits_are_read_off_the_control_group() -> None:
    console = Console()
    container = {"name": "main", "image": "busybox", "command": ["sleep", "9999"]}
    container["resources"] = {"limits": {"cpu": "500m", "memory": "64Mi"}}
    console.apply(
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "demo"}, "spec": {"containers": [container]}}
    )
    console.advance(8)
    assert console.ok("kubectl exec demo -- cat /sys/fs/cgroup/cpu.max") == "50000 100000\n"
    assert console.ok("kubectl exec demo -- cat /sys/fs/cgroup/memory.max") == "67108864\n"
