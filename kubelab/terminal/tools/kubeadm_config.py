"""kubeadm config: images, defaults, files checked and migrated. Source: cmd/kubeadm/app/cmd/config.go; v1.36."""

from __future__ import annotations

import yaml

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.kubeadm import images as tags
from kubelab.cluster.node import cri, registry
from kubelab.cluster.node.pulling import BANDWIDTH
from kubelab.terminal.tool import Sleep, Steps
from kubelab.terminal.tools import kubeadm_documents as documents
from kubelab.terminal.tools.kubeadm_call import Call

TIMEOUTS = """timeouts:
  controlPlaneComponentHealthCheck: 4m0s
  discovery: 5m0s
  etcdAPICall: 2m0s
  kubeletHealthCheck: 4m0s
  kubernetesAPICall: 1m0s
  tlsBootstrap: 5m0s
  upgradeManifests: 5m0s
"""
INIT = """apiVersion: kubeadm.k8s.io/v1beta4
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
{timeouts}---
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


JOIN = """apiVersion: kubeadm.k8s.io/v1beta4
caCertPath: /etc/kubernetes/pki/ca.crt
discovery:
  bootstrapToken:
    apiServerEndpoint: kube-apiserver:6443
    token: abcdef.0123456789abcdef
    unsafeSkipCAVerification: true
  tlsBootstrapToken: abcdef.0123456789abcdef
kind: JoinConfiguration
nodeRegistration:
  criSocket: unix:///var/run/containerd/containerd.sock
  imagePullPolicy: IfNotPresent
  imagePullSerial: true
  name: {node}
  taints: null
{timeouts}"""
RESET = """apiVersion: kubeadm.k8s.io/v1beta4
certificatesDir: /etc/kubernetes/pki
criSocket: unix:///var/run/containerd/containerd.sock
kind: ResetConfiguration
{timeouts}"""
UPGRADE = """apiVersion: kubeadm.k8s.io/v1beta4
apply:
  certificateRenewal: true
  etcdUpgrade: true
  imagePullPolicy: IfNotPresent
  imagePullSerial: true
diff: {{}}
kind: UpgradeConfiguration
node:
  certificateRenewal: true
  etcdUpgrade: true
  imagePullPolicy: IfNotPresent
  imagePullSerial: true
plan: {{}}
{timeouts}"""
DEFAULTS = {"init-defaults": INIT, "join-defaults": JOIN, "reset-defaults": RESET, "upgrade-defaults": UPGRADE}


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
    """config print init-defaults | join-defaults | reset-defaults | upgrade-defaults"""
    yield from ()
    word = call.words[0] if call.words else ""
    if word not in DEFAULTS:
        raise call.fail(f'unknown command "{word}" for "kubeadm config print"' if word else "missing subcommand")
    if call.value("component-configs"):
        raise call.fail("KubeLab does not simulate --component-configs")
    call.ctx.write(DEFAULTS[word].format(version=f"1.{call.minor}.0", node=call.node, timeouts=TIMEOUTS))
    return 0


def validate(call: Call) -> Steps:
    """config validate --config FILE"""
    yield from ()
    if not call.value("config"):
        raise call.fail("the --config flag is mandatory")
    for document in documents.read(call).values():
        said = documents.strictly(document)
        if said:
            raise call.fail(said)
    call.say("ok")
    return 0


def migrate(call: Call) -> Steps:
    """config migrate --old-config FILE [--new-config FILE]"""
    yield from ()
    if not call.value("old-config"):
        raise call.fail("the --old-config flag is mandatory")
    made = [documents.migrated(each) for each in documents.read(call, "old-config").values()]
    text = "---\n".join(yaml.safe_dump(each, default_flow_style=False) for each in made)
    path = call.value("new-config")
    if not path:
        call.ctx.write(text)
        return 0
    try:
        call.ctx.files.write(call.ctx.path(path), text)
    except FileError as error:
        raise call.fail(
            f'failed to write the new configuration to the file "{path}": open {path}: {error.reason.lower()}'
        ) from None
    return 0
