"""kubeadm token, join and reset.

Source: cmd/kubeadm/app/cmd/{token,join,reset}.go, preflight/checks.go; v1.36.
"""

from __future__ import annotations

import re

from kubelab.cluster.kubeadm import joining, upgrade
from kubelab.cluster.node import disk, packages
from kubelab.cluster.releases import release_of
from kubelab.terminal.tool import Sleep, Steps
from kubelab.terminal.tools import kubeadm_control_plane, kubeadm_settings
from kubelab.terminal.tools.kubeadm_call import Call

TOKEN = re.compile(r"[a-z0-9]{6}\.[a-z0-9]{16}")
DISCOVERY = 300.0  # seconds for which a token that nobody knows is tried
JOINED = """
This node has joined the cluster:
* Certificate signing request was sent to apiserver and a response was received.
* The Kubelet was informed of the new secure connection details.

Run 'kubectl get nodes' on the control-plane to see this node join the cluster.
"""
LEFT_BEHIND = """
The reset process does not perform cleanup of CNI plugin configuration,
network filtering rules and kubeconfig files.

For information on how to perform this cleanup manually, please see:
    https://k8s.io/docs/reference/setup-tools/kubeadm/kubeadm-reset/
"""


def _needs_admin(call: Call) -> None:
    if not disk.is_control_plane(call.record):
        raise call.fail("failed to load admin kubeconfig: open /etc/kubernetes/admin.conf: no such file or directory")
    if not call.cluster.processes.serve_api:
        raise call.fail(call.refused("/api/v1/namespaces/kube-system/secrets"))


def create_token(call: Call) -> Steps:
    """token create [TOKEN] [--print-join-command] [--ttl DURATION]"""
    yield from ()
    _needs_admin(call)
    given = next((word for word in call.words if "." in word), "")
    if given and not TOKEN.fullmatch(given):
        raise call.fail(f'the bootstrap token "{given}" was not of the form "\\A([a-z0-9]{{6}})\\.([a-z0-9]{{16}})\\z"')
    token = given or joining.generate_token(call.cluster)
    joining.create_token(call.cluster, token, _seconds(call.value("ttl", "24h")))
    if not call.flag("print-join-command"):
        call.say(token)
        return 0
    server, digest = joining.server(call.cluster), joining.authority_hash(call.cluster)
    call.say(f"kubeadm join {server}:6443 --token {token} --discovery-token-ca-cert-hash sha256:{digest} ")
    return 0


def _seconds(text: str) -> float:
    units = {"h": 3600.0, "m": 60.0, "s": 1.0}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"(\d+)([hms])", text))


def generate_token(call: Call) -> Steps:
    """token generate"""
    yield from ()
    call.say(joining.generate_token(call.cluster))
    return 0


def list_tokens(call: Call) -> Steps:
    """token list"""
    yield from ()
    _needs_admin(call)
    rows = joining.tokens(call.cluster)
    if rows:
        call.say(
            "TOKEN                     TTL         EXPIRES                USAGES                   "
            "DESCRIPTION                                                EXTRA GROUPS"
        )
    for token, expires, left in rows:
        call.say(
            f"{token:<25} {left:<11} {expires:<22} {'authentication,signing':<24} {'<none>':<58} "
            "system:bootstrappers:kubeadm:default-node-token"
        )
    return 0


def delete_token(call: Call) -> Steps:
    """token delete TOKEN..."""
    yield from ()
    _needs_admin(call)
    for word in call.words:
        name = word.partition(".")[0]
        if not joining.delete_token(call.cluster, name):
            raise call.fail(f'failed to delete bootstrap token "{name}": secrets "bootstrap-token-{name}" not found')
        call.say(f'bootstrap token "{name}" deleted')
    return 0


def join(call: Call) -> Steps:
    """join HOST:PORT --token TOKEN --discovery-token-ca-cert-hash HASH"""
    kubeadm_settings.configure_join(call)
    if "checked" not in call.state:
        call.say("[preflight] Running pre-flight checks")
        _check(call)
        call.state["checked"] = call.ctx.now
    token = call.value("token")
    known = joining.is_known(call.cluster, token) and call.cluster.processes.serve_api
    hashes = call.value("discovery-token-ca-cert-hash").removeprefix("sha256:")
    if not known or not call.words or not call.words[0].startswith(joining.server(call.cluster)):
        yield Sleep(call.state["checked"] + DISCOVERY)
        why = "client rate limiter Wait returned an error: context deadline exceeded"
        raise call.fail(
            "error execution phase preflight: couldn't validate the identity of the API Server: failed to request the "
            f"cluster-info ConfigMap: {why}"
        )
    if hashes != joining.authority_hash(call.cluster) and not call.flag("discovery-token-unsafe-skip-ca-verification"):
        raise call.fail(
            "error execution phase preflight: couldn't validate the identity of the API Server: cluster CA found in "
            'cluster-info ConfigMap is invalid: none of the public keys "sha256:'
            f'{joining.authority_hash(call.cluster)}" are pinned'
        )
    call.begin("-join")
    call.say('[preflight] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...')
    call.say("[preflight] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.")
    if call.flag("control-plane"):
        call.say("[preflight] Running pre-flight checks before initializing the new control plane instance")
        return (yield from kubeadm_control_plane.join(call))
    kubeadm_control_plane.tell_kubelet_start(call)
    if "started" not in call.state:
        joining.join(call.cluster, call.node)
        call.state["started"] = call.ctx.now
    yield Sleep(call.state["started"] + 2.0)
    call.say("[kubelet-check] The kubelet is healthy after 1.001873142s")
    call.say("[kubelet-start] Waiting for the kubelet to perform the TLS Bootstrap")
    call.say(JOINED)
    return 0


def _check(call: Call) -> None:
    if call.ctx.user != "root":
        call.preflight([("IsPrivilegedUser", "user is not running as root")])
    errors = []
    kubelet = packages.installed(call.cluster, call.node)["kubelet"].partition("-")[0]
    server = release_of(call.cluster.version).removeprefix("v")
    if upgrade.number_of(kubelet)[:2] > upgrade.number_of(server)[:2]:
        why = (
            "the kubelet version is higher than the control plane version. This is not a supported version skew and "
            f'may lead to a malfunctional cluster. Kubelet version: "{kubelet}" Control plane version: "{server}"'
        )
        errors.append(("KubeletVersion", why))
    for path in ("/etc/kubernetes/kubelet.conf",):
        if call.ctx.files.exists(path):
            errors.append((f"FileAvailable-{path.replace('/', '-')}", f"{path} already exists"))
    if call.record["kubelet"]["running"]:
        errors.append(("Port-10250", "Port 10250 is in use"))
    if call.ctx.files.exists("/etc/kubernetes/pki/ca.crt"):
        errors.append(("FileAvailable--etc-kubernetes-pki-ca.crt", "/etc/kubernetes/pki/ca.crt already exists"))
    call.preflight(errors)


def reset(call: Call) -> Steps:
    """reset [-f]"""
    if call.ctx.user != "root":
        call.preflight([("IsPrivilegedUser", "user is not running as root")])
    member = disk.is_control_plane(call.record)
    last = member and call.cluster.processes.members() == [call.node]
    orphans = joining.joined(call.cluster) if last else []
    if len(orphans) > 1:
        others = ", ".join(name for name in orphans if name != call.node)
        raise call.fail(f"KubeLab does not simulate nodes whose cluster is gone: run kubeadm reset on {others} first")
    if not call.flag("force", "-f"):
        if "asked" not in call.state:
            call.ctx.write("[reset] Are you sure you want to proceed? [y/N]: ")
            call.state["asked"] = True
        answer = yield from call.ctx.line()
        if (answer or "").strip().lower() not in ("y", "yes"):
            raise call.fail("error execution phase preflight: aborted reset operation")
    if member:
        call.say('[reset] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...')
    call.say("[preflight] Running pre-flight checks")
    if member:
        call.say("[reset] Deleted contents of the etcd data directory: /var/lib/etcd")
    call.say("[reset] Stopping the kubelet service")
    call.say('[reset] Unmounting mounted directories in "/var/lib/kubelet"')
    call.say(f"[reset] Deleting contents of directories: [{' '.join(joining.DIRECTORIES)}]")
    call.say(f"[reset] Deleting files: [{' '.join(joining.FILES)}]")
    joining.reset(call.cluster, call.node)
    if last:
        joining.end(call.cluster)
    call.say(LEFT_BEHIND)
    return 0
