"""kubeadm config: images and defaults. Source: cmd/kubeadm/app/cmd/config.go; v1.36."""

from __future__ import annotations

from kubelab.cluster.kubeadm import images as tags
from kubelab.cluster.node import cri, registry
from kubelab.cluster.node.pulling import BANDWIDTH
from kubelab.terminal.tool import Sleep, Steps
from kubelab.terminal.tools.kubeadm_call import Call

DEFAULTS = """apiVersion: kubeadm.k8s.io/v1beta4
bootstrapTokens:
- groups:
  - system:bootstrappers:kubeadm:default-node-token
  token: abcdef.0123456789abcdef
  ttl: 24h0m0s
  usages:
  - signing
  - authentication
kind: InitConfiguration
localAPIEndpoint:
  advertiseAddress: 1.2.3.4
  bindPort: 6443
nodeRegistration:
  criSocket: unix:///var/run/containerd/containerd.sock
  imagePullPolicy: IfNotPresent
  imagePullSerial: true
  name: node
  taints: null
timeouts:
  controlPlaneComponentHealthCheck: 4m0s
  discovery: 5m0s
  etcdAPICall: 2m0s
  kubeletHealthCheck: 4m0s
  kubernetesAPICall: 1m0s
  tlsBootstrap: 5m0s
  upgradeManifests: 5m0s
---
apiServer: {{}}
apiVersion: kubeadm.k8s.io/v1beta4
caCertificateValidityPeriod: 87600h0m0s
certificateValidityPeriod: 8760h0m0s
certificatesDir: /etc/kubernetes/pki
clusterName: kubernetes
controllerManager: {{}}
dns: {{}}
encryptionAlgorithm: RSA-2048
etcd:
  local:
    dataDir: /var/lib/etcd
imageRepository: registry.k8s.io
kind: ClusterConfiguration
kubernetesVersion: {version}
networking:
  dnsDomain: cluster.local
  serviceSubnet: 10.96.0.0/12
proxy: {{}}
scheduler: {{}}
"""


def wanted_images(release: str) -> list[str]:
    """Returns the images of a release, as `kubeadm config images list` has them."""
    version = release.removeprefix("v")
    minor = int(version.split(".")[1])
    components = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy")
    return [
        *(tags.image(component, version) for component in components),
        tags.coredns(version),
        f"registry.k8s.io/pause:{tags.PAUSE.get(minor, '3.10.2')}",
        tags.etcd(version),
    ]


def images(call: Call) -> Steps:
    """config images list | pull"""
    verb = call.words[0] if call.words else ""
    release = call.value("kubernetes-version") or call.release
    if verb == "list":
        for name in wanted_images(release):
            call.say(name)
        return 0
    if verb != "pull":
        raise call.fail(f'unknown command "{verb}" for "kubeadm config images"')
    for name in call.ctx.each(wanted_images(release), "image"):
        resolved = registry.resolve(name)
        here = cri.images(call.cluster, call.node)
        if not here.has(str(resolved.reference)):
            yield Sleep(call.state.setdefault(f"until {name}", call.ctx.now + resolved.size / 1e6 / BANDWIDTH))
            here.add(str(resolved.reference), resolved.image_id, resolved.size)
        call.say(f"[config/images] Pulled {name}")
    return 0


def print_defaults(call: Call) -> Steps:
    """config print init-defaults"""
    yield from ()
    if not call.words or call.words[0] != "init-defaults":
        raise call.fail("KubeLab simulates kubeadm config print init-defaults only")
    call.ctx.write(DEFAULTS.format(version=f"1.{call.minor}.0"))
    return 0
