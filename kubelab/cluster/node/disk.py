"""What is on a node's disk from its installation: Ubuntu with containerd, the kubelet and what kubeadm left.

Nothing of it is stored: it follows from what the machine is. What is changed afterwards lies above it in the store.
Source: kubernetes.io, setup/production-environment/tools/kubeadm/{install-kubeadm,kubelet-integration};
kubernetes/release, cmd/krel/templates/latest/{kubelet,kubeadm}.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from kubelab.cluster import etcd
from kubelab.cluster.cni import PLUGIN_FILES, PLUGIN_FOLDERS
from kubelab.cluster.layers import Layer, entry_of
from kubelab.cluster.node import distributions, pki
from kubelab.cluster.node.host import HOSTS
from kubelab.cluster.node.systems import PACKAGERS, ROCKY, SYSTEMS, UBUNTU, system_of
from kubelab.cluster.node.versions import kubelet_of
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
CONTROL_PLANE_TOOLS = frozenset(("etcdctl", "etcdutl"))
USR_BIN = """
    kubeadm kubelet kubectl crictl ctr containerd systemctl journalctl ssh scp curl wget vi vim nano less jq apt-mark
    etcdctl etcdutl dpkg-query lsb_release hostnamectl timedatectl nc openssl dig nslookup host ping traceroute nsenter
""".split()
USR_SBIN = """
    ip iptables iptables-save iptables-restore nft conntrack ipset ipvsadm bridge ss exportfs swapoff sysctl modprobe
    shutdown reboot poweroff ebtables ethtool sshd tcpdump
""".split()
MORE = """
    sudo lsmod lsblk df crontab man info tree git python3 last w vmstat lscpu lsmem findmnt blkid fdisk lsof swapon runc
    chronyc
""".split()
TOOLS = (*distributions.UBUNTU, *USR_BIN, *USR_SBIN, *MORE)
INSTALLED = 1_764_547_200.0  # 2025-12-01, when the machines were set up
MOST_HOSTS = 200  # machines that the hosts files name
CONTAINERD_SOCKET = "/run/containerd/containerd.sock"
CNI_PLUGINS = """
    bandwidth bridge dhcp dummy firewall host-device host-local ipvlan loopback macvlan portmap ptp sbr static
    tap tuning vlan vrf
""".split()

KUBELET_SERVICE = """[Unit]
Description=kubelet: The Kubernetes Node Agent
Documentation=https://kubernetes.io/docs/
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=/usr/bin/kubelet
Restart=always
StartLimitInterval=0
RestartSec=10

[Install]
WantedBy=multi-user.target
"""
KUBEADM_CONF = """# How kubeadm has systemd start the kubelet.
[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
# KUBELET_KUBEADM_ARGS, as kubeadm init or kubeadm join wrote them
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
# KUBELET_EXTRA_ARGS, the administrator's own
EnvironmentFile=-{extra}
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
"""  # noqa: E501
CONTAINERD_SERVICE = """[Unit]
Description=containerd container runtime
Documentation=https://containerd.io
After=network.target dbus.service

[Service]
ExecStartPre=-/sbin/modprobe overlay
ExecStart=/usr/bin/containerd
Type=notify
Delegate=yes
KillMode=process
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
"""
CONTAINERD_CONFIG = """version = 3

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = 'registry.k8s.io/pause:3.10.1'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = 'io.containerd.runc.v2'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  SystemdCgroup = true
"""
KUBELET_CONFIG = """apiVersion: kubelet.config.k8s.io/v1beta1
authentication:
  anonymous:
    enabled: false
  webhook:
    cacheTTL: 0s
    enabled: true
  x509:
    clientCAFile: /etc/kubernetes/pki/ca.crt
authorization:
  mode: Webhook
  webhook:
    cacheAuthorizedTTL: 0s
    cacheUnauthorizedTTL: 0s
cgroupDriver: systemd
clusterDNS:
- 10.96.0.10
clusterDomain: cluster.local
containerRuntimeEndpoint: ""
cpuManagerReconcilePeriod: 0s
crashLoopBackOff: {}
evictionPressureTransitionPeriod: 0s
fileCheckFrequency: 0s
healthzBindAddress: 127.0.0.1
healthzPort: 10248
httpCheckFrequency: 0s
imageMaximumGCAge: 0s
imageMinimumGCAge: 0s
kind: KubeletConfiguration
logging:
  flushFrequency: 0
  options:
    json:
      infoBufferSize: "0"
    text:
      infoBufferSize: "0"
  verbosity: 0
memorySwap: {}
nodeStatusReportFrequency: 0s
nodeStatusUpdateFrequency: 0s
rotateCertificates: true
runtimeRequestTimeout: 0s
shutdownGracePeriod: 0s
shutdownGracePeriodCriticalPods: 0s
staticPodPath: /etc/kubernetes/manifests
streamingConnectionIdleTimeout: 0s
syncFrequency: 0s
volumeStatsAggPeriod: 0s
"""
BASHRC = r"""# Read by bash when it starts in the terminal.
PS1='\u@\h:\w\$ '
alias k=kubectl
alias ll='ls -alF'
alias la='ls -A'
"""
REPOSITORY = (
    "deb [signed-by=/etc/apt/keyrings/kubernetes-apt-keyring.gpg] https://pkgs.k8s.io/core:/stable:/v{}/deb/ /\n"
)
SOURCES = (
    "Types: deb\nURIs: http://archive.ubuntu.com/ubuntu/\nSuites: noble noble-updates noble-backports\n"
    "Components: main universe restricted multiverse\nSigned-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg\n"
)


RPM_REPOSITORY = """[kubernetes]
name=Kubernetes
baseurl=https://pkgs.k8s.io/core:/stable:/v{0}/rpm/
enabled=1
gpgcheck=1
gpgkey=https://pkgs.k8s.io/core:/stable:/v{0}/rpm/repodata/repomd.xml.key
exclude=kubelet kubeadm kubectl cri-tools kubernetes-cni
"""
ROCKY_REPOSITORY = """[baseos]
name=Rocky Linux $releasever - BaseOS
mirrorlist=https://mirrors.rockylinux.org/mirrorlist?arch=$basearch&repo=BaseOS-$releasever
gpgcheck=1
enabled=1
"""
EXTRA_ARGS = {UBUNTU.name: "/etc/default/kubelet", ROCKY.name: "/etc/sysconfig/kubelet"}


class Facts(NamedTuple):
    """What a machine's files follow from."""

    node: str
    ip: str
    version: str  # the minor version of its installation
    control_plane: bool
    authority: str
    server: str  # where the API server is reached
    born: float
    hosts: str
    os: str


def is_control_plane(record: Object) -> bool:
    """Tells whether a machine was set up as a control-plane node."""
    return CONTROL_PLANE in record.get("labels", {})


OWN = ("/etc/", "/var/lib/kubelet", "/var/lib/etcd", "/root/", "/usr/bin/etcd")  # where a machine's own files are
BARE = ("/etc/kubernetes/manifests",)  # where it has none


class MachineLayer(Layer):
    """The read-only tree of a machine: what all have, and its own files once somebody looks for them."""

    def __init__(
        self, os: str, facts: Callable[[], Facts], role: Callable[[], bool], plugin: Callable[[], Layer]
    ) -> None:
        self.common = _common(os)
        self._facts = facts
        self._role = role
        self._whole: dict[bool, Layer] = {}
        self.plugin = plugin  # the files of its network plug-in, as it is now
        self.entries = _Entries(self)
        self.children = _Children(self)

    @property
    def whole(self) -> Layer:
        """The tree with the machine's own files, which `kubeadm init` makes those of a control plane."""
        role = self._role()
        if role not in self._whole:
            self._whole[role] = _layer(self._facts())
        return self._whole[role]


class _Entries(dict[str, Object]):
    def __init__(self, layer: MachineLayer) -> None:
        self._layer = layer

    def get(self, path: str, default: Any = None) -> Any:
        found = self._layer.common.entries.get(path)
        if found is None and path.startswith(PLUGIN_FILES):
            found = self._layer.plugin().entries.get(path)
        elif found is None and path.startswith(OWN):
            found = self._layer.whole.entries.get(path)
        return default if found is None else found

    def __contains__(self, path: object) -> bool:
        return self.get(str(path)) is not None


class _Children(dict[str, dict[str, None]]):
    def __init__(self, layer: MachineLayer) -> None:
        self._layer = layer

    def get(self, path: str, default: Any = None) -> Any:
        if path in PLUGIN_FOLDERS:
            common, plugin = self._layer.common.children.get(path), self._layer.plugin().children.get(path)
            return default if common is None and plugin is None else {**(common or {}), **(plugin or {})}
        own = f"{path}/".startswith(OWN) or path in ("/", "/var/lib", "/usr/bin", "/etc", "/root")
        layer = self._layer.whole if own and path not in BARE else self._layer.common
        return layer.children.get(path, default)


def layer_of(cluster: Cluster, node: str) -> Layer:
    """Returns the read-only tree of a machine."""

    def record() -> Object:
        return cluster.store.get(HOSTS + node) or {"ip": ""}

    return MachineLayer(
        system_of(record()).name,
        lambda: _facts(cluster, node, record()),
        lambda: is_control_plane(record()),
        lambda: cluster.network.cni_files(node),
    )


def _facts(cluster: Cluster, node: str, record: Object) -> Facts:
    authority = cluster.store.get("/machine/authority/ca.crt") or {}
    server = str(authority.get("server", record["ip"]))
    return Facts(
        node,
        record["ip"],
        cluster.born,
        is_control_plane(record),
        str(authority.get("text", "")),
        server,
        float(authority.get("born", 0.0)),
        _hosts(cluster, node),
        system_of(record).name,
    )


def _hosts(cluster: Cluster, node: str) -> str:
    """Returns /etc/hosts; in large clusters the machines know each other by the router's name server."""
    machines = cluster.network.attachments.nodes
    known = machines if len(machines) <= MOST_HOSTS else {node: machines.get(node, "127.0.1.1")}
    lines = "".join(f"{ip} {name}\n" for name, ip in known.items())
    return f"127.0.0.1 localhost\n127.0.1.1 {node}\n{lines}"


@lru_cache(maxsize=256)
def _layer(facts: Facts) -> Layer:
    below, own = _common(facts.os), Layer(_own_files(facts))
    layer = Layer({})
    layer.entries = ChainMap(own.entries, below.entries)  # type: ignore[assignment]
    merged = {folder: {**below.children.get(folder, {}), **names} for folder, names in own.children.items()}
    layer.children = ChainMap(merged, below.children)  # type: ignore[assignment]
    return layer


@cache
def _common(os: str) -> Layer:
    files: dict[str, str | bytes | Object] = {**distributions.files_of(os)}
    absent = CONTROL_PLANE_TOOLS | (PACKAGERS - SYSTEMS[os].packagers)
    for folder, tools in (("/usr/bin", USR_BIN), ("/usr/sbin", USR_SBIN), ("/usr/bin", MORE)):
        files |= {f"{folder}/{name}": distributions.executable(name) for name in tools if name not in absent}
    files |= {f"/opt/cni/bin/{name}": distributions.executable(name) for name in CNI_PLUGINS}
    empty = """
        /etc/kubernetes/manifests/ /etc/cni/net.d/ /var/lib/containerd/
        /srv/ /mnt/ /opt/ /boot/ /media/ /run/ /var/lib/kubelet/plugins/
        /var/lib/kubelet/plugins_registry/ /var/lib/kubelet/pods/ /var/log/pods/ /var/log/containers/ /lib/modules/
        /sys/fs/cgroup/ /etc/systemd/system/ /home/learner/
    """.split()
    files |= {path: {"type": "dir"} for path in empty}
    files |= _package_files(os)
    files.pop("/var/run/", None)
    files |= {"/var/run": _link("/run"), "/var/lock": _link("/run/lock"), "/etc/mtab": _link("../proc/self/mounts")}
    files["/home/learner/"] = {"type": "dir", "mode": 0o750, "owner": "learner", "group": "learner"}
    files["/home/learner/.bashrc"] = {
        "type": "file", "text": BASHRC, "mode": 0o644, "owner": "learner", "group": "learner",
    }  # fmt: skip
    files["/root/"] = {"type": "dir", "mode": 0o700}
    files["/root/.bashrc"] = BASHRC
    files["/etc/passwd"] = (
        distributions.PASSWD.format(shell="/bin/bash") + "learner:x:1000:1000:Learner,,,:/home/learner:/bin/bash\n"
    )
    files["/etc/group"] = "root:x:0:\nsudo:x:27:learner\nlearner:x:1000:\nnogroup:x:65534:\n"
    files["/etc/resolv.conf"] = "nameserver 192.168.100.1\n"
    files["/etc/crictl.yaml"] = f"runtime-endpoint: unix://{CONTAINERD_SOCKET}\n"
    files["/etc/containerd/config.toml"] = CONTAINERD_CONFIG
    files["/etc/fstab"] = "/dev/sda1 / ext4 defaults 0 1\n"
    files["/etc/sysctl.d/k8s.conf"] = "net.ipv4.ip_forward = 1\n"
    files["/etc/modules-load.d/k8s.conf"] = "overlay\nbr_netfilter\n"
    files["/usr/lib/systemd/system/kubelet.service"] = KUBELET_SERVICE
    files["/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf"] = KUBEADM_CONF.format(extra=EXTRA_ARGS[os])
    files["/usr/lib/systemd/system/containerd.service"] = CONTAINERD_SERVICE
    files["/etc/systemd/system/multi-user.target.wants/kubelet.service"] = _link(
        "/usr/lib/systemd/system/kubelet.service"
    )
    files["/etc/systemd/system/multi-user.target.wants/containerd.service"] = _link(
        "/usr/lib/systemd/system/containerd.service"
    )
    files[CONTAINERD_SOCKET] = {"type": "socket", "mode": 0o660}
    for device in ("/dev/sda", "/dev/sda1"):
        files[device] = {"type": "block", "text": "", "mode": 0o660, "group": "disk"}
    files["/var/lib/kubelet/config.yaml"] = KUBELET_CONFIG
    return Layer({path: {"mtime": INSTALLED, **entry_of(entry)} for path, entry in files.items()})


def _package_files(os: str) -> dict[str, str | bytes | Object]:
    """Returns what belongs to the package manager, and where packages leave their settings."""
    if os == UBUNTU.name:
        return {
            "/var/lib/apt/lists/": {"type": "dir"},
            "/etc/apt/sources.list.d/": {"type": "dir"},
            "/etc/apt/sources.list.d/ubuntu.sources": SOURCES,
            "/etc/apt/keyrings/kubernetes-apt-keyring.gpg": "\x99\x02\x0d\x04 Kubernetes OBS project key\n",
            EXTRA_ARGS[os]: "KUBELET_EXTRA_ARGS=\n",
        }
    return {"/etc/yum.repos.d/rocky.repo": ROCKY_REPOSITORY, EXTRA_ARGS[os]: "KUBELET_EXTRA_ARGS=\n"}


def _link(target: str) -> Object:
    return {"type": "link", "target": target}


def _own_files(facts: Facts) -> dict[str, str | bytes | Object]:
    """Returns what only this machine has."""
    files: dict[str, str | bytes | Object] = {
        "/etc/hostname": f"{facts.node}\n",
        "/etc/hosts": facts.hosts,
        "/etc/machine-id": f"{abs(hash_of(facts.node)):032x}\n",
        **_repository(facts),
        "/var/lib/kubelet/kubeadm-flags.env": kubelet_flags(facts.version),
    }
    for path, text in pki.files(facts).items():
        secret = path.endswith((".key", ".conf")) or path == "/root/.kube/config"
        files[path] = {"type": "file", "text": text, "mode": 0o600 if secret else 0o644, "mtime": facts.born}
    files["/var/lib/kubelet/pki/kubelet-client-current.pem"] = _link(
        f"/var/lib/kubelet/pki/{pki.client_file_name(facts.born)}"
    )
    if facts.control_plane:
        for tool in CONTROL_PLANE_TOOLS:
            files[f"/usr/bin/{tool}"] = distributions.executable(tool)
        for name, text in (("snap/db", etcd.database(etcd.FIRST)), ("wal/0000000000000000-0000000000000000.wal", "")):
            files[f"/var/lib/etcd/member/{name}"] = {"type": "file", "text": text, "mode": 0o600, "mtime": facts.born}
        files["/var/lib/etcd/"] = {"type": "dir", "mode": 0o700}
    return files


def _repository(facts: Facts) -> dict[str, str | bytes | Object]:
    """Returns where the packages of Kubernetes come from, as the installation guide has it."""
    if facts.os == UBUNTU.name:
        return {"/etc/apt/sources.list.d/kubernetes.list": REPOSITORY.format(facts.version)}
    return {"/etc/yum.repos.d/kubernetes.repo": RPM_REPOSITORY.format(facts.version)}


def joined_files(cluster: Cluster, node: str, record: Object) -> dict[str, str]:
    """Returns what `kubeadm join` writes on a worker, by path."""
    facts = _facts(cluster, node, record)._replace(born=cluster.clock.now)
    client = f"/var/lib/kubelet/pki/{pki.client_file_name(facts.born)}"
    files = {**pki.files(facts), "/var/lib/kubelet/config.yaml": KUBELET_CONFIG}
    files["/var/lib/kubelet/pki/kubelet-client-current.pem"] = files[client]
    return {**files, "/var/lib/kubelet/kubeadm-flags.env": kubelet_flags(facts.version)}


def hash_of(text: str) -> int:
    """Returns a number of 128 bits that belongs to a text."""
    from hashlib import md5

    return int(md5(text.encode(), usedforsecurity=False).hexdigest(), 16)


def kubelet_flags(version: str) -> str:
    """Returns /var/lib/kubelet/kubeadm-flags.env as kubeadm of a minor version writes it."""
    flags = "--container-runtime-endpoint=unix:///var/run/containerd/containerd.sock"
    if kubelet_of(version).minor < 35:  # the flag of the pause image went with v1.35
        flags += " --pod-infra-container-image=registry.k8s.io/pause:3.10"
    return f'KUBELET_KUBEADM_ARGS="{flags}"\n'
