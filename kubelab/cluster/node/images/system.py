"""The images of the cluster's own Pods: control plane, etcd, kube-proxy, CoreDNS, the network plug-ins."""

from __future__ import annotations

from kubelab.cluster.node.image import Image, any_tag
from kubelab.cluster.node.program import Program
from kubelab.cluster.node.programs.apiserver import ApiServerProcess
from kubelab.cluster.node.programs.coredns import CoreDns
from kubelab.cluster.node.programs.flannel import FLANNELD
from kubelab.cluster.node.programs.kubeproxy import KubeProxy
from kubelab.cluster.node.programs.kubescheduler import KubeScheduler
from kubelab.cluster.node.programs.system import (
    CALICO_NODE,
    CILIUM_AGENT,
    INSTALL_CNI,
    Etcd,
    KubeProcess,
)

API_SERVER = ApiServerProcess(
    "kube-apiserver",
    (6443,),
    (
        "server.go:150] Version: {version}",
        'shared_informer.go:350] "Waiting for caches to sync" controller="node_authorizer"',
        "instance.go:239] Using reconciler: lease",
        "secure_serving.go:211] Serving securely on [::]:6443",
        "cache.go:39] Caches are synced for APIServiceRegistrationController controller",
    ),
)
CONTROLLER_MANAGER = KubeProcess(
    "kube-controller-manager",
    (10257,),
    (
        'controllermanager.go:189] "Starting" version="{version}"',
        "secure_serving.go:211] Serving securely on 127.0.0.1:10257",
        "leaderelection.go:257] attempting to acquire leader lease kube-system/kube-controller-manager...",
        "leaderelection.go:271] successfully acquired lease kube-system/kube-controller-manager",
        'controllermanager.go:784] "Started controller" controller="replicaset-controller"',
    ),
)
SCHEDULER = KubeScheduler(
    "kube-scheduler",
    (10259,),
    (
        'server.go:173] "Starting Kubernetes Scheduler" version="{version}"',
        "secure_serving.go:211] Serving securely on 127.0.0.1:10259",
        "leaderelection.go:257] attempting to acquire leader lease kube-system/kube-scheduler...",
        "leaderelection.go:271] successfully acquired lease kube-system/kube-scheduler",
    ),
)
PROXY = KubeProxy()


def _component(name: str, program: KubeProcess, size: float) -> Image:
    return Image(
        repository=f"registry.k8s.io/{name}",
        version=any_tag,
        size=size,
        entrypoint=("/go-runner",) if name != "kube-proxy" else (),
        programs={name: program},
    )


ETCD, COREDNS, QUIET = Etcd(), CoreDns(), Program()
IMAGES = [
    _component("kube-apiserver", API_SERVER, 27.7),
    _component("kube-controller-manager", CONTROLLER_MANAGER, 23.1),
    _component("kube-scheduler", SCHEDULER, 17.3),
    _component("kube-proxy", PROXY, 25.8),
    Image(repository="registry.k8s.io/etcd", version=any_tag, size=23.7, programs={"etcd": ETCD},
          tools=("etcdctl", "etcdutl")),
    Image(
        repository="registry.k8s.io/coredns/coredns",
        version=any_tag,
        size=22.8,
        user="65532",
        entrypoint=("/coredns",),
        programs={"coredns": COREDNS},
    ),
    *(
        Image(
            repository=f"{registry}flannel",
            version=any_tag,
            size=32.4,
            entrypoint=("/opt/bin/flanneld",),
            base="alpine",
            programs={"flanneld": FLANNELD, "cp": INSTALL_CNI},
        )
        for registry in ("ghcr.io/flannel-io/", "docker.io/flannel/")
    ),
    *(
        Image(
            repository=f"{registry}flannel-cni-plugin",
            version=any_tag,
            size=4.7,
            base="alpine",
            programs={"cp": INSTALL_CNI},
        )
        for registry in ("ghcr.io/flannel-io/", "docker.io/flannel/")
    ),
    Image(repository="docker.io/calico/node", version=any_tag, size=150.0, entrypoint=("start_runit",),
          programs={"start_runit": CALICO_NODE}),
    Image(repository="docker.io/calico/cni", version=any_tag, size=71.0, programs={"install": INSTALL_CNI}),
    Image(repository="docker.io/calico/kube-controllers", version=any_tag, size=52.0,
          entrypoint=("/usr/bin/kube-controllers",), programs={"kube-controllers": QUIET}),
    Image(repository="quay.io/cilium/cilium", version=any_tag, size=260.0, entrypoint=("/usr/bin/cilium-agent",),
          base="ubuntu", tools=("cilium", "cilium-dbg"),
          programs={"cilium-agent": CILIUM_AGENT, "install-plugin.sh": INSTALL_CNI}),
    Image(repository="quay.io/cilium/operator-generic", version=any_tag, size=38.0,
          entrypoint=("/usr/bin/cilium-operator-generic",), programs={"cilium-operator-generic": QUIET}),
    Image(repository="registry.k8s.io/networking/kube-network-policies", version=any_tag, size=28.0,
          entrypoint=("/bin/netpol",), programs={"netpol": QUIET}),
]  # fmt: skip
