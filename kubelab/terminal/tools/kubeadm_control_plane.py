"""kubeadm join --control-plane, and the certificates that control planes share.

Source: cmd/kubeadm/app/cmd/join.go, phases/join/{preflight,controlplaneprepare,controlplanejoin}.go,
phases/copycerts; v1.36.
"""

from __future__ import annotations

from kubelab.cluster.kubeadm import joining, manifests
from kubelab.terminal.tool import Sleep, Steps
from kubelab.terminal.tools import kubeadm_init
from kubelab.terminal.tools.kubeadm_call import Call

BOOT, PATIENCE, WAIT = 2.0, 240.0, 0.5  # seconds: until the kubelet is healthy; the longest wait; between two looks
JOINED = """
This node has joined the cluster and a new control plane instance was created:

* Certificate signing request was sent to apiserver and approval was received.
* The Kubelet was informed of the new secure connection details.
* Control plane label and taint were applied to the new node.
* The Kubernetes control plane instances scaled up.
* A new etcd member was added to the local/stacked etcd cluster.

To start administering your cluster from this node, you need to run the following as a regular user:

\tmkdir -p $HOME/.kube
\tsudo cp -i /etc/kubernetes/admin.conf $HOME/.kube/config
\tsudo chown $(id -u):$(id -g) $HOME/.kube/config

Run 'kubectl get nodes' to see this node join the cluster.
"""


def phase(call: Call) -> Steps:
    """init phase upload-certs --upload-certs"""
    yield from ()
    if call.words[1:2] != ["upload-certs"]:
        raise call.fail("KubeLab simulates kubeadm init phase upload-certs only")
    if not call.ctx.files.is_file("/etc/kubernetes/admin.conf"):
        raise call.fail("failed to load admin kubeconfig: open /etc/kubernetes/admin.conf: no such file or directory")
    if not call.flag("upload-certs"):
        call.say("[upload-certs] Skipping phase. Please see --upload-certs")
        return 0
    if not call.cluster.processes.serve_api:
        raise call.fail(call.refused("/api/v1/namespaces/kube-system/secrets"))
    key = joining.store_certificates(call.cluster)
    call.say('[upload-certs] Storing the certificates in Secret "kubeadm-certs" in the "kube-system" Namespace')
    call.say(f"[upload-certs] Using certificate key:\n{key}")
    return 0


def join(call: Call) -> Steps:
    """Goes on with a join whose token and authority were found right."""
    if "opened" not in call.state:
        _open_certificates(call)
        call.state["opened"] = True
    yield from kubeadm_init.pull(call)
    call.begin("-control-plane")
    call.say('[download-certs] Downloading the certificates in Secret "kubeadm-certs" in the "kube-system" Namespace')
    call.say(f'[download-certs] Saving the certificates to the folder: "{manifests.PKI}"')
    kubeadm_init.tell_certificates(call, shared=True)
    kubeadm_init.tell_kubeconfigs(call)
    kubeadm_init.tell_components(call)
    call.say("[check-etcd] Checking that the etcd cluster is healthy")
    tell_kubelet_start(call)
    if "started" not in call.state:
        joining.join_control_plane(call.cluster, call.node)
        call.state["started"] = call.ctx.now
    yield Sleep(call.state["started"] + BOOT)
    call.say("[kubelet-check] The kubelet is healthy after 1.001873142s")
    call.say("[kubelet-start] Waiting for the kubelet to perform the TLS Bootstrap")
    call.say("[etcd] Announced new etcd member joining to the existing etcd cluster")
    call.say('[etcd] Creating static Pod manifest for "etcd"')
    call.say("[etcd] Waiting for the new etcd member to join the cluster. This can take up to 40s")
    processes = call.cluster.processes
    while call.node not in processes.api_servers():
        if call.ctx.now >= call.state["started"] + PATIENCE:
            raise call.fail(
                "error execution phase control-plane-join/etcd: error creating local etcd static pod manifest file: "
                "timeout waiting for etcd cluster to be available"
            )
        yield Sleep(call.ctx.now + WAIT)
    kubeadm_init.tell_role(call)
    call.say(JOINED)
    return 0


def tell_kubelet_start(call: Call) -> None:
    """Tells how the kubelet of a machine that joins is started."""
    call.say('[kubelet-start] Writing kubelet configuration to file "/var/lib/kubelet/config.yaml"')
    call.say('[kubelet-start] Writing kubelet environment file with flags to file "/var/lib/kubelet/kubeadm-flags.env"')
    call.say("[kubelet-start] Starting the kubelet")
    call.say(
        "[kubelet-check] Waiting for a healthy kubelet at http://127.0.0.1:10248/healthz. This can take up to 4m0s"
    )


def _open_certificates(call: Call) -> None:
    opened = joining.opens_certificates(call.cluster, call.value("certificate-key"))
    if not call.value("certificate-key"):
        raise call.fail(
            "error execution phase preflight: \nOne or more conditions for hosting a new control plane instance is not "
            "satisfied.\n\n[failure loading certificate for CA: couldn't load the certificate file "
            f"{manifests.PKI}/ca.crt: open {manifests.PKI}/ca.crt: no such file or directory]\n\nPlease ensure that:\n"
            "* The cluster has a stable controlPlaneEndpoint address.\n"
            "* The certificates that must be shared among control plane instances are provided.\n"
        )
    failed = "error execution phase control-plane-prepare/download-certs: error downloading certs: error"
    if opened is None:
        raise call.fail(
            f'{failed} downloading the secret: Secret "kubeadm-certs" was not found in the "kube-system" Namespace. '
            "This Secret might have expired. Please, run `kubeadm init phase upload-certs --upload-certs` on a control "
            "plane to generate a new one"
        )
    if not opened:
        raise call.fail(f"{failed} decoding secret data with provided key: cipher: message authentication failed")
