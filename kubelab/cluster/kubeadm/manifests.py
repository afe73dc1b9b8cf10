"""The static Pods of a control-plane node, as `kubeadm init phase control-plane` writes them.

Source: cmd/kubeadm/app/phases/controlplane/manifests.go and phases/etcd/local.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kubelab.cluster.kubeadm import images
from kubelab.cluster.objects import Object

DIRECTORY = "/etc/kubernetes/manifests"
SERVICE_RANGE = "10.96.0.0/12"
POD_RANGE = "10.244.0.0/16"
PKI = "/etc/kubernetes/pki"


def static_pods(
    node: str, ip: str, version: str, members: Mapping[str, str] = MappingProxyType({}), pod_range: str = POD_RANGE
) -> dict[str, Object]:
    """Returns the manifests of a control-plane node by their file names.

    Args:
        members: names and addresses of etcd's members, with this node's, when it joins others.
        pod_range: what the nodes' ranges are taken from; "" where nodes get none.
    """
    return {
        "etcd.yaml": etcd(node, ip, version, members),
        "kube-apiserver.yaml": apiserver(ip, version),
        "kube-controller-manager.yaml": controller_manager(version, pod_range),
        "kube-scheduler.yaml": scheduler(version),
    }


def etcd(node: str, ip: str, version: str, members: Mapping[str, str] = MappingProxyType({})) -> Object:
    """Returns etcd's Pod."""
    cluster = ",".join(f"{name}=https://{address}:2380" for name, address in (members or {node: ip}).items())
    command = [
        "etcd",
        f"--advertise-client-urls=https://{ip}:2379",
        f"--cert-file={PKI}/etcd/server.crt",
        "--client-cert-auth=true",
        "--data-dir=/var/lib/etcd",
        f"--initial-advertise-peer-urls=https://{ip}:2380",
        f"--initial-cluster={cluster}",
        *(("--initial-cluster-state=existing",) if len(members) > 1 else ()),
        f"--key-file={PKI}/etcd/server.key",
        f"--listen-client-urls=https://127.0.0.1:2379,https://{ip}:2379",
        "--listen-metrics-urls=http://127.0.0.1:2381",
        f"--listen-peer-urls=https://{ip}:2380",
        f"--name={node}",
        f"--peer-cert-file={PKI}/etcd/peer.crt",
        "--peer-client-cert-auth=true",
        f"--peer-key-file={PKI}/etcd/peer.key",
        f"--peer-trusted-ca-file={PKI}/etcd/ca.crt",
        "--snapshot-count=10000",
        f"--trusted-ca-file={PKI}/etcd/ca.crt",
    ]
    mounts = {"etcd-data": ("/var/lib/etcd", "DirectoryOrCreate"), "etcd-certs": (f"{PKI}/etcd", "DirectoryOrCreate")}
    annotations = {"kubeadm.kubernetes.io/etcd.advertise-client-urls": f"https://{ip}:2379"}
    requests = {"cpu": "100m", "memory": "100Mi"}
    probes = _probes("127.0.0.1", 2381, "HTTP", "/livez", "/readyz")
    return _pod("etcd", images.etcd(version), command, mounts, requests, probes, annotations)


def apiserver(ip: str, version: str) -> Object:
    """Returns kube-apiserver's Pod."""
    command = [
        "kube-apiserver",
        f"--advertise-address={ip}",
        "--allow-privileged=true",
        "--authorization-mode=Node,RBAC",
        f"--client-ca-file={PKI}/ca.crt",
        "--enable-admission-plugins=NodeRestriction",
        "--enable-bootstrap-token-auth=true",
        f"--etcd-cafile={PKI}/etcd/ca.crt",
        f"--etcd-certfile={PKI}/apiserver-etcd-client.crt",
        f"--etcd-keyfile={PKI}/apiserver-etcd-client.key",
        "--etcd-servers=https://127.0.0.1:2379",
        f"--kubelet-client-certificate={PKI}/apiserver-kubelet-client.crt",
        f"--kubelet-client-key={PKI}/apiserver-kubelet-client.key",
        "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
        f"--proxy-client-cert-file={PKI}/front-proxy-client.crt",
        f"--proxy-client-key-file={PKI}/front-proxy-client.key",
        "--requestheader-allowed-names=front-proxy-client",
        f"--requestheader-client-ca-file={PKI}/front-proxy-ca.crt",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-username-headers=X-Remote-User",
        "--secure-port=6443",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--service-account-key-file={PKI}/sa.pub",
        f"--service-account-signing-key-file={PKI}/sa.key",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        f"--tls-cert-file={PKI}/apiserver.crt",
        f"--tls-private-key-file={PKI}/apiserver.key",
    ]
    mounts = {"ca-certs": ("/etc/ssl/certs", "DirectoryOrCreate"), "k8s-certs": (PKI, "DirectoryOrCreate")}
    annotations = {"kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint": f"{ip}:6443"}
    probes = _probes(ip, 6443, "HTTPS", "/livez", "/readyz")
    return _pod(
        "kube-apiserver", images.image("kube-apiserver", version), command, mounts, {"cpu": "250m"}, probes, annotations
    )


def controller_manager(version: str, pod_range: str = POD_RANGE) -> Object:
    """Returns kube-controller-manager's Pod, which gives nodes their parts of a range where there is one."""
    config = "/etc/kubernetes/controller-manager.conf"
    command = [
        "kube-controller-manager",
        *(("--allocate-node-cidrs=true",) if pod_range else ()),
        f"--authentication-kubeconfig={config}",
        f"--authorization-kubeconfig={config}",
        "--bind-address=127.0.0.1",
        f"--client-ca-file={PKI}/ca.crt",
        *((f"--cluster-cidr={pod_range}",) if pod_range else ()),
        "--cluster-name=kubernetes",
        f"--cluster-signing-cert-file={PKI}/ca.crt",
        f"--cluster-signing-key-file={PKI}/ca.key",
        "--controllers=*,bootstrapsigner,tokencleaner",
        f"--kubeconfig={config}",
        "--leader-elect=true",
        f"--requestheader-client-ca-file={PKI}/front-proxy-ca.crt",
        f"--root-ca-file={PKI}/ca.crt",
        f"--service-account-private-key-file={PKI}/sa.key",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        "--use-service-account-credentials=true",
    ]
    mounts = {
        "ca-certs": ("/etc/ssl/certs", "DirectoryOrCreate"),
        "k8s-certs": (PKI, "DirectoryOrCreate"),
        "kubeconfig": (config, "FileOrCreate"),
    }
    probes = _probes("127.0.0.1", 10257, "HTTPS", "/healthz", "")
    name = "kube-controller-manager"
    return _pod(name, images.image(name, version), command, mounts, {"cpu": "200m"}, probes, {})


def scheduler(version: str) -> Object:
    """Returns kube-scheduler's Pod."""
    config = "/etc/kubernetes/scheduler.conf"
    command = [
        "kube-scheduler",
        f"--authentication-kubeconfig={config}",
        f"--authorization-kubeconfig={config}",
        "--bind-address=127.0.0.1",
        f"--kubeconfig={config}",
        "--leader-elect=true",
    ]
    probes = _probes("127.0.0.1", 10259, "HTTPS", "/livez", "/readyz")
    mounts = {"kubeconfig": (config, "FileOrCreate")}
    return _pod("kube-scheduler", images.image("kube-scheduler", version), command, mounts, {"cpu": "100m"}, probes, {})


def _probes(host: str, port: int, scheme: str, live: str, ready: str) -> Object:
    def http(path: str) -> Object:
        return {"host": host, "path": path, "port": port, "scheme": scheme}

    probes: Object = {
        "livenessProbe": {
            "failureThreshold": 8,
            "httpGet": http(live),
            "initialDelaySeconds": 10,
            "periodSeconds": 10,
            "timeoutSeconds": 15,
        },
        "startupProbe": {
            "failureThreshold": 24,
            "httpGet": http(ready or live),
            "initialDelaySeconds": 10,
            "periodSeconds": 10,
            "timeoutSeconds": 15,
        },
    }
    if ready:
        probes["readinessProbe"] = {
            "failureThreshold": 3,
            "httpGet": http(ready),
            "periodSeconds": 1,
            "timeoutSeconds": 15,
        }
    return probes


def _pod(
    name: str,
    image: str,
    command: list[str],
    mounts: dict[str, tuple[str, str]],
    requests: Object,
    probes: Object,
    annotations: Object,
) -> Object:
    container: Object = {
        "command": command,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "name": name,
        "resources": {"requests": requests},
        "volumeMounts": [
            {"mountPath": path, "name": volume, **({"readOnly": True} if name != "etcd" else {})}
            for volume, (path, _) in mounts.items()
        ],
        **probes,
    }
    metadata: Object = {
        "name": name,
        "namespace": "kube-system",
        "labels": {"component": name, "tier": "control-plane"},
    }
    if annotations:
        metadata["annotations"] = annotations
    volumes = [{"hostPath": {"path": path, "type": kind}, "name": volume} for volume, (path, kind) in mounts.items()]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {
            "containers": [container],
            "hostNetwork": True,
            "priority": 2000001000,
            "priorityClassName": "system-node-critical",
            "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
            "volumes": volumes,
        },
    }
