"""What keeps a kubelet from starting: its files, its flags, its unit. The texts are the kubelet's and systemd's own.

Source: cmd/kubelet/app/server.go (run, loadConfigFile), pkg/kubelet/kubeletconfig/configfiles; systemd, exec.c.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import yaml

from kubelab.cluster.node import machinefiles

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.cluster.files import FileSystem

CONFIG, KUBECONFIG = "/var/lib/kubelet/config.yaml", "/etc/kubernetes/kubelet.conf"
BOOTSTRAP = "/etc/kubernetes/bootstrap-kubelet.conf"
UNIT = "/usr/lib/systemd/system/kubelet.service"
DROP_IN = f"{UNIT}.d/10-kubeadm.conf"
FLAGS_ENV, EXTRA = "/var/lib/kubelet/kubeadm-flags.env", ("/etc/default/kubelet", "/etc/sysconfig/kubelet")
WATCHED = ("/etc/kubernetes/", "/var/lib/kubelet/", "/usr/lib/systemd/system/kubelet", "/etc/systemd/", *EXTRA)
FLAGS = frozenset(
    """
    address allowed-unsafe-sysctls anonymous-auth authentication-token-webhook authorization-mode bootstrap-kubeconfig
    cert-dir cgroup-driver cgroup-root client-ca-file cloud-config cloud-provider cluster-dns cluster-domain config
    config-dir container-log-max-files container-log-max-size container-runtime-endpoint cpu-manager-policy
    enforce-node-allocatable event-qps eviction-hard eviction-max-pod-grace-period eviction-minimum-reclaim
    eviction-soft eviction-soft-grace-period fail-swap-on feature-gates
    file-check-frequency healthz-bind-address healthz-port help
    hostname-override image-credential-provider-bin-dir image-credential-provider-config image-gc-high-threshold
    image-gc-low-threshold image-service-endpoint kube-api-burst kube-api-qps kube-reserved kubeconfig kubelet-cgroups
    log-flush-frequency logging-format max-open-files max-pods node-ip node-labels node-status-update-frequency
    pod-cidr pod-infra-container-image pod-manifest-path pod-max-pids pods-per-core port protect-kernel-defaults
    read-only-port register-node register-with-taints resolv-conf root-dir rotate-certificates
    rotate-server-certificates runtime-cgroups runtime-request-timeout seccomp-default serialize-image-pulls
    streaming-connection-idle-timeout sync-frequency system-cgroups system-reserved tls-cert-file tls-private-key-file
    topology-manager-policy v version vmodule volume-plugin-dir volume-stats-agg-period
    """.split()
)


class Problem(NamedTuple):
    """Why a kubelet does not start.

    Args:
        error: what the kubelet writes; "" where it is not even started.
        status: its exit status.
        told: what systemd says of it instead.
    """

    error: str
    status: int = 1
    told: str = ""


def arguments(files: FileSystem) -> tuple[str, list[str]]:
    """Returns the command that systemd starts and its flags, as the unit and its drop-in say."""
    command = ""
    environment: dict[str, str] = {}
    for path in (UNIT, DROP_IN):
        for line in files.read(path).splitlines() if files.is_file(path) else ():
            key, _, value = line.partition("=")
            if key == "ExecStart":
                command = value
            elif key == "Environment":
                name, _, text = value.strip('"').partition("=")
                environment[name] = text
            elif key == "EnvironmentFile":
                environment |= _environment_file(files, value.removeprefix("-"))
    words = re.sub(r"\$\{?(\w+)\}?", lambda match: environment.get(match[1], ""), command).split()
    return (words[0] if words else ""), words[1:]


def _environment_file(files: FileSystem, path: str) -> dict[str, str]:
    if not files.is_file(path):
        return {}
    pairs = (line.partition("=") for line in files.read(path).splitlines() if "=" in line and line[0] != "#")
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}


def flag(flags: list[str], name: str) -> str:
    """Returns the last value of a flag, "" where it is not given."""
    found = ""
    for index, word in enumerate(flags):
        key, equals, value = word.lstrip("-").partition("=")
        if key == name:
            found = value if equals else flags[index + 1] if index + 1 < len(flags) else ""
    return found


def problem(cluster: Cluster, node: str) -> Problem | None:
    """Returns what keeps a node's kubelet from starting, None when nothing does."""
    files = machinefiles.of(cluster, node)
    command, flags = arguments(files)
    if not files.may(command, "execute") or not files.is_file(command):
        why = "No such file or directory" if not files.exists(command) else "Permission denied"
        return Problem("", 203, f"Failed at step EXEC spawning {command}: {why}")
    for word in flags:
        name = word.lstrip("-").partition("=")[0]
        if word.startswith("-") and name not in FLAGS:
            shown = f"--{name}" if word.startswith("--") else f"shorthand flag: {name[:1]!r} in {word}"
            return Problem(f"failed to parse kubelet flag: unknown flag: {shown}")
    return _configuration(files, flag(flags, "config")) or _credentials(files, flags)


def max_pods(cluster: Cluster, node: str) -> int | None:
    """Returns how many Pods a node's kubelet is told to take at the most, None where it is not told."""
    files = machinefiles.of(cluster, node)
    flags = arguments(files)[1]
    path, most = flag(flags, "config"), flag(flags, "max-pods")
    if most.isdigit():
        return int(most)
    told = yaml.safe_load(files.read(path)).get("maxPods") if path else None
    return told if isinstance(told, int) and told > 0 else None


def _configuration(files: FileSystem, path: str) -> Problem | None:
    if not path:
        return None
    if not files.is_file(path):
        why = f'failed to read kubelet config file "{path}", error: open {path}: no such file or directory'
        return _unloaded(path, why)
    try:
        config = yaml.safe_load(files.read(path))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        return _unloaded(path, f"error converting YAML to JSON: yaml: {line}{getattr(error, 'problem', error)}")
    if not isinstance(config, dict) or config.get("kind") != "KubeletConfiguration":
        found = config if isinstance(config, dict) else {}
        kind, version = found.get("kind", ""), found.get("apiVersion", "")
        return _unloaded(path, f'no kind "{kind}" is registered for version "{version}" in scheme "kubelet"')
    authentication = ((config.get("authentication") or {}).get("x509") or {}).get("clientCAFile", "")
    if authentication and not files.is_file(authentication):
        why = f"unable to load client CA file {authentication}: open {authentication}: no such file or directory"
        return Problem(f"failed to construct kubelet dependencies: {why}")
    return None


def _unloaded(path: str, why: str) -> Problem:
    return Problem(
        f"failed to load kubelet config file, path: {path}, error: failed to load Kubelet config file {path}, "
        f"error {why}"
    )


def _credentials(files: FileSystem, flags: list[str]) -> Problem | None:
    path = flag(flags, "kubeconfig")
    bootstrap = flag(flags, "bootstrap-kubeconfig") or BOOTSTRAP
    if path and not files.is_file(path) and not files.is_file(bootstrap):
        why = f"unable to load bootstrap kubeconfig: stat {bootstrap}: no such file or directory"
        return Problem(f"failed to run Kubelet: {why}")
    return None
