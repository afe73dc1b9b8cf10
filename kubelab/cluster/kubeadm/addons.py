"""The add-ons: CoreDNS and kube-proxy as kubeadm applies them, and flannel as its project publishes it.

Source: cmd/kubeadm/app/phases/addons; flannel-io/flannel, Documentation/kube-flannel.yml.
"""

from __future__ import annotations

from kubelab.cluster.kubeadm import images
from kubelab.cluster.objects import Object

COREFILE = """.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload
    loadbalance
}
"""
DNS_IP = "10.96.0.10"
DNS_LABELS = {"k8s-app": "kube-dns"}
PROXY_LABELS = {"k8s-app": "kube-proxy"}
FLANNEL_LABELS = {"app": "flannel"}
NET_CONF = """{
  "Network": "10.244.0.0/16",
  "EnableNFTables": false,
  "Backend": {
    "Type": "vxlan"
  }
}
"""
CNI_CONF = """{
  "name": "cbr0",
  "cniVersion": "0.3.1",
  "plugins": [
    {
      "type": "flannel",
      "delegate": {
        "hairpinMode": true,
        "isDefaultGateway": true
      }
    },
    {
      "type": "portmap",
      "capabilities": {
        "portMappings": true
      }
    }
  ]
}
"""


def _object(
    api_version: str, kind: str, name: str, namespace: str = "", labels: Object | None = None, **rest: object
) -> Object:
    metadata: Object = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    if labels:
        metadata["labels"] = labels
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest}


def coredns(version: str) -> list[Object]:
    """Returns CoreDNS's objects."""
    cluster_service = {**DNS_LABELS, "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS"}
    ports = [
        {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53},
        {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 53},
        {"name": "metrics", "port": 9153, "protocol": "TCP", "targetPort": 9153},
    ]
    service = {"clusterIP": DNS_IP, "ports": ports, "selector": DNS_LABELS}
    rules = [
        {"apiGroups": [""], "resources": ["endpoints", "services", "pods", "namespaces"], "verbs": ["list", "watch"]},
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["list", "watch"]},
    ]
    return [
        _object("v1", "ConfigMap", "coredns", "kube-system", data={"Corefile": COREFILE}),
        _object("rbac.authorization.k8s.io/v1", "ClusterRole", "system:coredns", rules=rules),
        _binding("system:coredns", "coredns", "kube-system"),
        _object("v1", "ServiceAccount", "coredns", "kube-system"),
        _object("apps/v1", "Deployment", "coredns", "kube-system", DNS_LABELS, spec=_coredns_spec(version)),
        _object("v1", "Service", "kube-dns", "kube-system", cluster_service, spec=service),
    ]


def _binding(name: str, account: str, namespace: str) -> Object:
    return _object(
        "rbac.authorization.k8s.io/v1",
        "ClusterRoleBinding",
        name,
        roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
        subjects=[{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
    )


def _coredns_spec(version: str) -> Object:
    def http(path: str, port: int | str) -> Object:
        return {"httpGet": {"path": path, "port": port, "scheme": "HTTP"}}

    container = {
        "args": ["-conf", "/etc/coredns/Corefile"],
        "image": images.coredns(version),
        "imagePullPolicy": "IfNotPresent",
        "livenessProbe": {
            "failureThreshold": 5,
            **http("/health", 8080 if version < "1.34" else "liveness-probe"),
            "initialDelaySeconds": 60,
            "successThreshold": 1,
            "timeoutSeconds": 5,
        },
        "name": "coredns",
        "ports": [
            {"containerPort": 53, "name": "dns", "protocol": "UDP"},
            {"containerPort": 53, "name": "dns-tcp", "protocol": "TCP"},
            {"containerPort": 9153, "name": "metrics", "protocol": "TCP"},
            *(
                []
                if version < "1.34"
                else [
                    {"containerPort": 8080, "name": "liveness-probe", "protocol": "TCP"},
                    {"containerPort": 8181, "name": "readiness-probe", "protocol": "TCP"},
                ]
            ),
        ],
        "readinessProbe": http("/ready", 8181 if version < "1.34" else "readiness-probe"),
        "resources": {"limits": {"memory": "170Mi"}, "requests": {"cpu": "100m", "memory": "70Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [{"mountPath": "/etc/coredns", "name": "config-volume", "readOnly": True}],
    }
    apart = {
        "podAffinityTerm": {
            "labelSelector": {"matchExpressions": [{"key": "k8s-app", "operator": "In", "values": ["kube-dns"]}]},
            "topologyKey": "kubernetes.io/hostname",
        },
        "weight": 100,
    }
    spec = {
        "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [apart]}},
        "containers": [container],
        "dnsPolicy": "Default",
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "priorityClassName": "system-cluster-critical",
        "serviceAccountName": "coredns",
        "tolerations": [
            {"key": "CriticalAddonsOnly", "operator": "Exists"},
            {"effect": "NoSchedule", "key": "node-role.kubernetes.io/control-plane"},
        ],
        "volumes": [
            {
                "configMap": {"items": [{"key": "Corefile", "path": "Corefile"}], "name": "coredns"},
                "name": "config-volume",
            }
        ],
    }
    return {
        "replicas": 2,
        "selector": {"matchLabels": DNS_LABELS},
        "strategy": {"rollingUpdate": {"maxUnavailable": 1}, "type": "RollingUpdate"},
        "template": {"metadata": {"labels": DNS_LABELS}, "spec": spec},
    }


def kube_proxy(version: str, endpoint: str) -> list[Object]:
    """Returns kube-proxy's objects.

    Args:
        endpoint: where the API server is reached, host and port.
    """
    container = {
        "command": [
            "/usr/local/bin/kube-proxy",
            "--config=/var/lib/kube-proxy/config.conf",
            "--hostname-override=$(NODE_NAME)",
        ],
        "env": [{"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
        "image": images.image("kube-proxy", version),
        "imagePullPolicy": "IfNotPresent",
        "name": "kube-proxy",
        "securityContext": {"privileged": True},
        "volumeMounts": [
            {"mountPath": "/var/lib/kube-proxy", "name": "kube-proxy"},
            {"mountPath": "/run/xtables.lock", "name": "xtables-lock"},
            {"mountPath": "/lib/modules", "name": "lib-modules", "readOnly": True},
        ],
    }
    spec = {
        "containers": [container],
        "hostNetwork": True,
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "priorityClassName": "system-node-critical",
        "serviceAccountName": "kube-proxy",
        "tolerations": [{"operator": "Exists"}],
        "volumes": [
            {"configMap": {"name": "kube-proxy"}, "name": "kube-proxy"},
            {"hostPath": {"path": "/run/xtables.lock", "type": "FileOrCreate"}, "name": "xtables-lock"},
            {"hostPath": {"path": "/lib/modules"}, "name": "lib-modules"},
        ],
    }
    daemonset = {
        "selector": {"matchLabels": PROXY_LABELS},
        "template": {"metadata": {"labels": PROXY_LABELS}, "spec": spec},
        "updateStrategy": {"type": "RollingUpdate"},
    }
    config = {"config.conf": PROXY_CONFIG, "kubeconfig.conf": PROXY_KUBECONFIG.format(endpoint=endpoint)}
    return [
        _object("v1", "ServiceAccount", "kube-proxy", "kube-system"),
        _object("v1", "ConfigMap", "kube-proxy", "kube-system", {"app": "kube-proxy"}, data=config),
        _object("apps/v1", "DaemonSet", "kube-proxy", "kube-system", PROXY_LABELS, spec=daemonset),
        _object(
            "rbac.authorization.k8s.io/v1",
            "ClusterRoleBinding",
            "kubeadm:node-proxier",
            roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:node-proxier"},
            subjects=[{"kind": "ServiceAccount", "name": "kube-proxy", "namespace": "kube-system"}],
        ),
    ]


PROXY_CONFIG = """apiVersion: kubeproxy.config.k8s.io/v1alpha1
bindAddress: 0.0.0.0
clientConnection:
  kubeconfig: /var/lib/kube-proxy/kubeconfig.conf
clusterCIDR: 10.244.0.0/16
kind: KubeProxyConfiguration
mode: ""
"""
PROXY_KUBECONFIG = """apiVersion: v1
kind: Config
clusters:
- cluster:
    certificate-authority: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt
    server: https://{endpoint}
  name: default
contexts:
- context:
    cluster: default
    namespace: default
    user: default
  name: default
current-context: default
users:
- name: default
  user:
    tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token
"""


def flannel() -> list[Object]:
    """Returns the objects of flannel, the network plug-in."""
    privileged = {"k8s-app": "flannel", "pod-security.kubernetes.io/enforce": "privileged"}
    rules = [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": [""], "resources": ["nodes/status"], "verbs": ["patch"]},
    ]
    labels = {**FLANNEL_LABELS, "k8s-app": "flannel", "tier": "node"}
    return [
        _object("v1", "Namespace", "kube-flannel", labels=privileged),
        _object("v1", "ServiceAccount", "flannel", "kube-flannel", {"k8s-app": "flannel"}),
        _object("rbac.authorization.k8s.io/v1", "ClusterRole", "flannel", labels={"k8s-app": "flannel"}, rules=rules),
        _binding("flannel", "flannel", "kube-flannel"),
        _object(
            "v1",
            "ConfigMap",
            "kube-flannel-cfg",
            "kube-flannel",
            labels,
            data={"cni-conf.json": CNI_CONF, "net-conf.json": NET_CONF},
        ),  # fmt: skip
        _object("apps/v1", "DaemonSet", "kube-flannel-ds", "kube-flannel", labels, spec=_flannel_spec()),
    ]


def _flannel_spec() -> Object:
    config_mount = {"mountPath": "/etc/kube-flannel/", "name": "flannel-cfg"}
    cni_mount = {"mountPath": "/etc/cni/net.d", "name": "cni"}
    plugin_mount = {"mountPath": "/opt/cni/bin", "name": "cni-plugin"}

    def copying(name: str, image: str, source: str, to: str, mounts: list[Object]) -> Object:
        return {"args": ["-f", source, to], "command": ["cp"], "image": image, "name": name, "volumeMounts": mounts}

    daemon = {
        "args": ["--ip-masq", "--kube-subnet-mgr"],
        "command": ["/opt/bin/flanneld"],
        "env": [
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "POD_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
            {"name": "EVENT_QUEUE_DEPTH", "value": "5000"},
            {"name": "CONT_WHEN_CACHE_NOT_READY", "value": "false"},
        ],
        "image": images.FLANNEL,
        "name": "kube-flannel",
        "resources": {"requests": {"cpu": "100m", "memory": "50Mi"}},
        "securityContext": {"capabilities": {"add": ["NET_ADMIN", "NET_RAW"]}, "privileged": False},
        "volumeMounts": [
            {"mountPath": "/run/flannel", "name": "run"},
            config_mount,
            {"mountPath": "/run/xtables.lock", "name": "xtables-lock"},
        ],
    }
    os_is_linux = {"matchExpressions": [{"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]}]}
    spec = {
        "affinity": {
            "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [os_is_linux]}}
        },
        "containers": [daemon],
        "hostNetwork": True,
        "initContainers": [
            copying("install-cni-plugin", images.FLANNEL_CNI, "/flannel", "/opt/cni/bin/flannel", [plugin_mount]),
            copying(
                "install-cni",
                images.FLANNEL,
                "/etc/kube-flannel/cni-conf.json",
                "/etc/cni/net.d/10-flannel.conflist",
                [cni_mount, config_mount],
            ),
        ],
        "priorityClassName": "system-node-critical",
        "serviceAccountName": "flannel",
        "tolerations": [{"effect": "NoSchedule", "operator": "Exists"}],
        "volumes": [
            {"hostPath": {"path": "/run/flannel"}, "name": "run"},
            {"hostPath": {"path": "/opt/cni/bin"}, "name": "cni-plugin"},
            {"hostPath": {"path": "/etc/cni/net.d"}, "name": "cni"},
            {"configMap": {"name": "kube-flannel-cfg"}, "name": "flannel-cfg"},
            {"hostPath": {"path": "/run/xtables.lock", "type": "FileOrCreate"}, "name": "xtables-lock"},
        ],
    }
    metadata = {"labels": {**FLANNEL_LABELS, "tier": "node"}}
    return {"selector": {"matchLabels": FLANNEL_LABELS}, "template": {"metadata": metadata, "spec": spec}}
