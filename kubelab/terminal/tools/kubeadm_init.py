"""kubeadm init: from a bare machine to a control plane.

Source: cmd/kubeadm/app/cmd/init.go and phases/init; preflight/checks.go; v1.36.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from kubelab.cluster.kubeadm import init as making
from kubelab.cluster.kubeadm import joining, manifests
from kubelab.cluster.node import cri, registry
from kubelab.cluster.node.pulling import BANDWIDTH
from kubelab.terminal.tool import Sleep, Steps
from kubelab.terminal.tools import kubeadm_settings
from kubelab.terminal.tools.kubeadm_call import Call
from kubelab.terminal.tools.kubeadm_config import wanted_images
from kubelab.terminal.tools.kubeadm_settings import Settings

FEWEST_CPUS, LEAST_MEMORY = 2, 1700  # of a control plane; the memory in MB
HEALTH, WAIT = 240.0, 0.5  # seconds: the longest wait for the control plane, and between two looks
SIGNING = 2.0  # seconds until all keys and certificates are made
CERTIFICATES = (
    'Generating "ca" certificate and key',
    'Generating "apiserver" certificate and key',
    "apiserver serving cert is signed for DNS names [{names}] and IPs [10.96.0.1 {ip}]",
    'Generating "apiserver-kubelet-client" certificate and key',
    'Generating "front-proxy-ca" certificate and key',
    'Generating "front-proxy-client" certificate and key',
    'Generating "etcd/ca" certificate and key',
    'Generating "etcd/server" certificate and key',
    "etcd/server serving cert is signed for DNS names [{etcd}] and IPs [{ip} 127.0.0.1 ::1]",
    'Generating "etcd/peer" certificate and key',
    "etcd/peer serving cert is signed for DNS names [{etcd}] and IPs [{ip} 127.0.0.1 ::1]",
    'Generating "etcd/healthcheck-client" certificate and key',
    'Generating "apiserver-etcd-client" certificate and key',
    'Generating "sa" key and public key',
)
KUBECONFIGS = ("admin.conf", "super-admin.conf", "kubelet.conf", "controller-manager.conf", "scheduler.conf")
COMPONENTS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
TOKENS = (
    "Configured RBAC rules to allow Node Bootstrap tokens to get nodes",
    "Configured RBAC rules to allow Node Bootstrap tokens to post CSRs in order for nodes to get long term certificate "
    "credentials",
    "Configured RBAC rules to allow the csrapprover controller automatically approve CSRs from a Node Bootstrap Token",
    "Configured RBAC rules to allow certificate rotation for all node client certificates in the cluster",
    'Creating the "cluster-info" ConfigMap in the "kube-public" namespace',
)
DONE = """
Your Kubernetes control-plane has initialized successfully!

To start using your cluster, you need to run the following as a regular user:

  mkdir -p $HOME/.kube
  sudo cp -i /etc/kubernetes/admin.conf $HOME/.kube/config
  sudo chown $(id -u):$(id -g) $HOME/.kube/config

Alternatively, if you are the root user, you can run:

  export KUBECONFIG=/etc/kubernetes/admin.conf

You should now deploy a pod network to the cluster.
Run "kubectl apply -f [podnetwork].yaml" with one of the options listed at:
  https://kubernetes.io/docs/concepts/cluster-administration/addons/

"""
WITH_CERTIFICATES = """You can now join any number of control-plane nodes running the following command on each as root:

  {command}\\
\t--control-plane --certificate-key {key}

Please note that the certificate-key gives access to cluster sensitive data, keep it secret!
As a safeguard, uploaded-certs will be deleted in two hours; If necessary, you can use
"kubeadm init phase upload-certs --upload-certs" to reload certs afterward.
"""
WITHOUT_CERTIFICATES = """You can now join any number of control-plane nodes by copying certificate authorities
and service account keys on each node and then running the following as root:

  {command}\\
\t--control-plane{blank}
"""
WORKERS = """Then you can join any number of worker nodes by running the following on each as root:

{command}"""
COMMAND = "kubeadm join {ip}:6443 --token {token} \\\n\t--discovery-token-ca-cert-hash sha256:{digest} "


def init(call: Call) -> Steps:
    """init [--pod-network-cidr=10.244.0.0/16] [--control-plane-endpoint ADDRESS] [--upload-certs] [--config FILE]"""
    if "settings" not in call.state:
        call.state["settings"] = asdict(kubeadm_settings.of_init(call))
    settings = Settings(**call.state["settings"])
    if "checked" not in call.state:
        call.say(f"[init] Using Kubernetes version: {call.release}")
        call.say("[preflight] Running pre-flight checks")
        _check(call)
        call.state["checked"] = call.ctx.now
    yield from pull(call)
    call.begin("-init")
    _tell_files(call)
    if "started" not in call.state:
        call.state["started"] = call.ctx.now + SIGNING
    yield Sleep(call.state["started"])
    if "born" not in call.state:
        making.initialize(call.cluster, call.node, settings.config, settings.endpoint)
        call.state["born"] = call.ctx.now
    yield from _wait(call)
    if "token" not in call.state:
        making.finish(call.cluster, settings.endpoint, settings.config, settings.proxy)
        call.state["key"] = joining.store_certificates(call.cluster) if call.flag("upload-certs") else ""
        call.state["token"] = joining.generate_token(call.cluster)
        joining.create_token(call.cluster, call.state["token"], 86_400.0)
    _tell_end(call, settings)
    return 0


def _ip(call: Call) -> str:
    return str(call.record["ip"])


def _check(call: Call) -> None:
    if call.ctx.user != "root":
        call.preflight([("IsPrivilegedUser", "user is not running as root")])
    record, files, errors = call.record, call.ctx.files, []
    if record["cpus"] < FEWEST_CPUS:
        why = f"the number of available CPUs {record['cpus']} is less than the required {FEWEST_CPUS}"
        errors.append(("NumCPU", why))
    megabytes = record["memory"] * 1024 // 1_000_000
    if megabytes < LEAST_MEMORY:
        errors.append(("Mem", f"the system RAM ({megabytes} MB) is less than the minimum {LEAST_MEMORY} MB"))
    for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"):
        path = f"{manifests.DIRECTORY}/{name}.yaml"
        if files.exists(path):
            errors.append((f"FileAvailable-{path.replace('/', '-')}", f"{path} already exists"))
    if record["kubelet"]["running"]:
        errors.append(("Port-10250", "Port 10250 is in use"))
    if call.node in call.cluster.processes.nodes("kube-apiserver"):
        errors.append(("Port-6443", "Port 6443 is in use"))
    if files.is_dir("/var/lib/etcd") and files.listdir("/var/lib/etcd"):
        errors.append(("DirAvailable--var-lib-etcd", "/var/lib/etcd is not empty"))
    if not errors and call.cluster.store.get("/machine/authority/ca.crt"):
        raise call.fail("KubeLab simulates one cluster only: another machine is its control plane already")
    call.preflight(errors)


def pull(call: Call) -> Iterator[Sleep]:
    """Pulls a control plane's images, one after the other."""
    call.begin("-pull")
    call.say("[preflight] Pulling images required for setting up a Kubernetes cluster")
    call.say("[preflight] This might take a minute or two, depending on the speed of your internet connection")
    call.say("[preflight] You can also perform this action beforehand using 'kubeadm config images pull'")
    for name in call.ctx.each(wanted_images(call.release), "image"):
        resolved, here = registry.resolve(name), cri.images(call.cluster, call.node)
        if not here.has(str(resolved.reference)):
            yield Sleep(call.state.setdefault(f"until {name}", call.ctx.now + resolved.size / 1e6 / BANDWIDTH))
            here.add(str(resolved.reference), resolved.image_id, resolved.size)


def tell_certificates(call: Call, *, shared: bool = False) -> None:
    """Tells which certificates are made.

    Args:
        shared: the authorities and the accounts' key come from another control plane.
    """
    service = "kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster.local"
    names = " ".join(sorted([call.node, *service.split()]))
    call.say(f'[certs] Using certificateDir folder "{manifests.PKI}"')
    for line in CERTIFICATES:
        if shared and line.endswith(('ca" certificate and key', "public key")):
            continue
        call.say("[certs] " + line.format(names=names, ip=_ip(call), etcd=" ".join(sorted([call.node, "localhost"]))))
    if shared:
        call.say(f'[certs] Valid certificates and keys now exist in "{manifests.PKI}"')
        call.say('[certs] Using the existing "sa" key')


def tell_kubeconfigs(call: Call) -> None:
    """Tells which kubeconfigs are written."""
    call.say('[kubeconfig] Using kubeconfig folder "/etc/kubernetes"')
    for name in KUBECONFIGS:
        call.say(f'[kubeconfig] Writing "{name}" kubeconfig file')


def tell_components(call: Call) -> None:
    """Tells which components get their manifests."""
    call.say(f'[control-plane] Using manifest folder "{manifests.DIRECTORY}"')
    for name in COMPONENTS:
        call.say(f'[control-plane] Creating static Pod manifest for "{name}"')


def tell_role(call: Call) -> None:
    """Tells what marks the node as a control plane."""
    labels = " ".join(joining.ROLE_LABELS)
    call.say(f"[mark-control-plane] Marking the node {call.node} as control-plane by adding the labels: [{labels}]")
    call.say(
        f"[mark-control-plane] Marking the node {call.node} as control-plane by adding the taints "
        f"[{joining.CONTROL_PLANE}:NoSchedule]"
    )


def _tell_files(call: Call) -> None:
    tell_certificates(call)
    tell_kubeconfigs(call)
    call.say(f'[etcd] Creating static Pod manifest for local etcd in "{manifests.DIRECTORY}"')
    tell_components(call)
    call.say('[kubelet-start] Writing kubelet environment file with flags to file "/var/lib/kubelet/kubeadm-flags.env"')
    call.say('[kubelet-start] Writing kubelet configuration to file "/var/lib/kubelet/config.yaml"')
    call.say("[kubelet-start] Starting the kubelet")
    call.say(
        "[wait-control-plane] Waiting for the kubelet to boot up the control plane as static Pods from directory "
        f'"{manifests.DIRECTORY}"'
    )
    call.say(
        "[kubelet-check] Waiting for a healthy kubelet at http://127.0.0.1:10248/healthz. This can take up to 4m0s"
    )


def _wait(call: Call) -> Iterator[Sleep]:
    """Waits until the control plane answers.

    Raises:
        Exit: it does not, within four minutes.
    """
    call.say("[kubelet-check] The kubelet is healthy after 501.438412ms")
    call.say("[control-plane-check] Waiting for healthy control plane components. This can take up to 4m0s")
    ends = {"kube-apiserver": f"{_ip(call)}:6443/livez", "kube-controller-manager": "127.0.0.1:10257/healthz"}
    for name in COMPONENTS:
        call.say(f"[control-plane-check] Checking {name} at https://{ends.get(name, '127.0.0.1:10259/livez')}")
    processes, born = call.cluster.processes, call.state["born"]
    while not (processes.serve_api and all(processes.nodes(name) for name in COMPONENTS)):
        if call.ctx.now >= born + HEALTH:
            raise call.fail(
                "error execution phase wait-control-plane: failed while waiting for the control plane to start: "
                "context deadline exceeded"
            )
        yield Sleep(call.ctx.now + WAIT)
    took = call.state.setdefault("took", call.ctx.now - born)
    for name in (*sorted(COMPONENTS[1:]), "kube-apiserver"):
        call.say(f"[control-plane-check] {name} is healthy after {took:.6f}s")


def _tell_end(call: Call, settings: Settings) -> None:
    token, key = call.state["token"], call.state["key"]
    call.say(
        '[upload-config] Storing the configuration used in ConfigMap "kubeadm-config" in the "kube-system" Namespace'
    )
    call.say(
        '[kubelet] Creating a ConfigMap "kubelet-config" in namespace kube-system with the configuration for the '
        "kubelets in the cluster"
    )
    if key:
        call.say('[upload-certs] Storing the certificates in Secret "kubeadm-certs" in the "kube-system" Namespace')
        call.say(f"[upload-certs] Using certificate key:\n{key}")
    else:
        call.say("[upload-certs] Skipping phase. Please see --upload-certs")
    tell_role(call)
    call.say(f"[bootstrap-token] Using token: {token}")
    call.say("[bootstrap-token] Configuring bootstrap tokens, cluster-info ConfigMap, RBAC Roles")
    for line in TOKENS:
        call.say(f"[bootstrap-token] {line}")
    call.say(
        '[kubelet-finalize] Updating "/etc/kubernetes/kubelet.conf" to point to a rotatable kubelet client '
        "certificate and key"
    )
    call.say("[addons] Applied essential addon: CoreDNS")
    call.say("[addons] Applied essential addon: kube-proxy")
    command = COMMAND.format(ip=settings.endpoint, token=token, digest=joining.authority_hash(call.cluster))
    call.say(DONE.rstrip("\n") + "\n")
    if settings.shared:
        more = WITH_CERTIFICATES if key else WITHOUT_CERTIFICATES
        call.say(more.format(command=command, key=key, blank=" "))
    call.say(WORKERS.format(command=command))
