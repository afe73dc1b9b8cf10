"""kubectl's commands about itself, the cluster and the caller: version, cluster-info, auth, certificate and others."""

import json
import re
import subprocess

import pytest

from kubelab.terminal.kubectl.help import command_help
from kubelab.terminal.kubectl.tree import tree
from tests.judge import UNCOLLECTED, kubectl_binary
from tests.kubectl.duel import Duel

KUBECTL = kubectl_binary("1.33")
COMMANDS = """
rollout, rollout status, rollout history, rollout undo, rollout restart, rollout pause, rollout resume, logs, exec,
attach, cp, port-forward, wait, config, config view, config get-contexts, config current-context, config use-context,
config set-context, config set-cluster, config set-credentials, config get-clusters, config get-users,
config rename-context, config delete-context, config delete-cluster, config delete-user, config set, config unset,
version, cluster-info, cluster-info dump, cordon, uncordon, drain, taint, auth, auth can-i, auth whoami, auth reconcile,
top, top pod, top node, debug, proxy, certificate, certificate approve, certificate deny, plugin, plugin list
"""
LINES = """
version x
version -o foo
plugin list
plugin foo
top pod
top node
top pod a b
top pod a -l b
top node --sort-by x
completion
completion foo
completion a b
alpha
certificate approve
certificate foo
auth foo
auth can-i
auth can-i a b c
auth can-i get /x --subresource=foo
auth can-i --list x
auth can-i --list -q
auth reconcile
debug
"""
# The request: openssl ecparam -name prime256v1 -genkey -out jane.key; openssl req -new -key jane.key -subj /CN=jane
CSR = r"""
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {name: jane}
spec:
  request: "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlISk1IRUNBUUF3RHpFTk1Bc0dBMVVFQXd3RWFtRnVaVEJaTUJN\
    R0J5cUdTTTQ5QWdFR0NDcUdTTTQ5QXdFSApBMElBQkVnb292ZVFvcEZDem5ta3doZjl0WUN0bkQwbVJIY1BnQUFkbVVoSWRLL1Jx\
    ZUcyK3pKOWN1R2JES3NuCkpocFNQVFRjcnpRdEkrcGEva01GTkovTVBWMmdBREFLQmdncWhrak9QUVFEQWdOSUFEQkZBaUJvZ3hM\
    WEZkNDEKWmwyenVoQllFVkRVYjZuNHkrVytVbTZ2SDh4Sm5oTVVHUUloQUxveG5SdkIrUG9mSkJiY1doV1NCOGVxRWs3WAoyRzhR\
    cng0U1JuejVzUzU4Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo="
  signerName: kubernetes.io/kube-apiserver-client
  usages: [client auth]
"""


def test_lines_answer_as_real_kubectl_does():
    duel = Duel()
    try:
        for line in LINES.strip().split("\n"):
            duel.same(line)
    finally:
        duel.close()


def options(text: str) -> list[tuple[str, str, str]]:
    return sorted(re.findall(r"^    (-\w, )?--([\w-]+)=(.*):$", text, re.MULTILINE))


@pytest.mark.skipif(KUBECTL is None, reason="no kubectl.1.33 on this machine")
@pytest.mark.parametrize("path", [path.strip() for path in COMMANDS.split(",")])
def test_a_commands_flags_and_their_defaults_are_the_real_ones(path):
    real = subprocess.run(
        [KUBECTL, *path.split(), "--help"], capture_output=True, text=True, env={"HOME": "/root", **UNCOLLECTED}
    ).stdout
    ours = command_help(tree().get(path), tree().below(path))
    assert options(ours) == options(real)
    assert ours.partition("Usage:\n")[2] == real.partition("Usage:\n")[2]


def test_the_versions_of_client_and_server_are_told(console):
    told = json.loads(console.ok("kubectl version -o json"))
    release = told["serverVersion"]["gitVersion"]
    assert told["clientVersion"]["gitVersion"] == release
    assert console.ok("kubectl version").splitlines()[0] == f"Client Version: {release}"
    assert console.ok("kubectl version --client").count("\n") == 2
    assert console.ok("kubectl version --client x").count("\n") == 2  # which the real one accepts, too


def test_the_control_plane_is_found(console):
    assert console.ok("kubectl cluster-info") == (
        "Kubernetes control plane is running at https://192.168.100.11:6443\n"
        "CoreDNS is running at https://192.168.100.11:6443/api/v1/namespaces/kube-system/services/kube-dns:dns/proxy\n"
        "\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n"
    )


def test_who_one_is(console):
    assert console.ok("kubectl auth whoami") == (
        "ATTRIBUTE   VALUE\nUsername    kubernetes-admin\nGroups      [kubeadm:cluster-admins system:authenticated]\n"
    )


def test_what_one_may_do(console):
    assert console.ok("kubectl auth can-i create deployments") == "yes\n"
    result = console.run("kubectl auth can-i list nodes --as=jane")
    assert (result.stdout, result.stderr, result.exit) == (
        "no\n",
        "Warning: resource 'nodes' is not namespace scoped\n\n",
        1,
    )
    assert console.ok("kubectl auth can-i --list").splitlines()[:4] == [
        "Resources                                       Non-Resource URLs   Resource Names   Verbs",
        "*.*                                             []                  []               [*]",
        "                                                [*]                 []               [*]",
        "selfsubjectreviews.authentication.k8s.io        []                  []               [create]",
    ]


def test_a_request_for_a_certificate_is_decided_once(console):
    console.apply(CSR)
    assert console.ok("kubectl certificate approve jane") == (
        "certificatesigningrequest.certificates.k8s.io/jane approved\n"
    )
    assert console.get("csr", "jane")["status"]["conditions"][0]["reason"] == "KubectlApprove"
    assert console.fails("kubectl certificate deny jane") == (
        'error: certificate signing request "jane" is already Approved\n'
    )
