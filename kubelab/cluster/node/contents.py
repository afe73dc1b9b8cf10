"""What the kubelet writes into a Pod's volumes: ConfigMaps, Secrets, the downward API, tokens, hosts and resolv.conf.

A changed ConfigMap or Secret shows up when the kubelet next syncs the Pod, 60 to 90 s apart; until then the
old content is held at `/machine/held/<uid>/<volume>`. Source: pkg/volume/{configmap,secret,projected,downwardapi},
pkg/kubelet/kubelet_pods.go (hostsFileContent), pkg/kubelet/network/dns.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from kubelab.cluster.clock import parse_time
from kubelab.cluster.kinds import ConfigMap, Secret
from kubelab.cluster.layers import Layer
from kubelab.cluster.node import fieldpaths, podtoken
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

HELD = "/machine/held/"
Files = dict[str, list[Any]]  # path -> [text, mode, whether that is base64: bytes that are no text, owner]
TOKEN = "serviceAccountToken"
TO_ALL, TO_ALL_STICKY, SETGID = 0o777, 0o1777, 0o2000  # a directory on the disk, one in memory, one of a group
READ_BY_GROUP = 0o440
DNS = "10.96.0.10"
DOMAIN = "cluster.local"
DEFAULT_MODE = 0o644
TOKEN_MODE = 0o600  # where the Pod's user or group is known


def held_key(uid: str, volume: str) -> str:
    """Returns where the content of a volume is kept that the kubelet has not updated yet."""
    return f"{HELD}{uid}/{volume}"


def of_volume(container: Container, volume: Object) -> Layer:
    """Returns the content of a configMap, secret, downwardAPI or projected volume."""
    kept = container.cluster.store.get(held_key(container.uid, volume["name"])) or {}
    return layer_of(container, volume, kept["files"] if "files" in kept else volume_files(container, volume))


def layer_of(container: Container, volume: Object, files: Files) -> Layer:
    """Returns files as such a volume shows them: links through ..data into the directory that was written last."""
    group = (container.pod["spec"].get("securityContext") or {}).get("fsGroup")
    at, first = written_at(container, volume), began(container)
    folder = folder_of(container, volume)
    top, inner = (TO_ALL if "configMap" in volume else TO_ALL_STICKY), 0o755
    shared: Object = {}
    if group is not None:
        top, inner, shared = top | SETGID, inner | SETGID, {"group": str(group)}
    layer: dict[str, str | bytes | Object] = {
        "/": {"type": "dir", "mode": top, "mtime": at, **shared},
        f"/{folder}/": {"type": "dir", "mode": inner, "mtime": at, **shared},
        "/..data": {"type": "link", "target": folder, "mtime": at},
    }
    for path, (kept, mode, *more) in files.items():
        form = "base64" if more and more[0] else "text"
        owner: Object = {"owner": more[1], "group": "root"} if more[1:] else {}
        mode = mode if group is None else mode | READ_BY_GROUP
        above, *deeper = path.split("/")
        for depth in range(len(deeper)):
            below = "/".join((above, *deeper[:depth]))
            layer[f"/{folder}/{below}/"] = {"type": "dir", "mode": inner, "mtime": at, **shared}
        layer[f"/{folder}/{path}"] = {"type": "file", form: kept, "mode": mode, "mtime": at, **owner, **shared}
        layer[f"/{above}"] = {"type": "link", "target": f"..data/{above}", "mtime": first}
    return Layer(layer)


def written_at(container: Container, volume: Object) -> float:
    """Returns when what a volume shows was written, in seconds since the epoch."""
    kept = container.cluster.store.get(held_key(container.uid, volume["name"])) or {}
    sources = (volume.get("projected") or {}).get("sources") or ()
    tokens = [podtoken.issued(container, each["serviceAccountToken"]) for each in sources if TOKEN in each]
    return float(max([kept.get("at") or began(container), *tokens]))


def began(container: Container) -> float:
    """Returns when the Pod began on its node: then its volumes are written first."""
    began = (container.pod.get("status") or {}).get("startTime")
    return parse_time(began) if began else container.started


def folder_of(container: Container, volume: Object) -> str:
    """Returns the name of the directory that ..data leads to: the time, and a number (os.MkdirTemp)."""
    at = written_at(container, volume)
    number = container.cluster.random.index(1 << 32, "..data", container.uid, volume["name"], at)
    return f"..{datetime.fromtimestamp(at, UTC):%Y_%m_%d_%H_%M_%S}.{number}"


def sources_of(volume: Object) -> list[tuple[str, str]]:
    """Returns the ConfigMaps and Secrets that a volume shows: kind and name."""
    found: list[tuple[str, str]] = []
    for source in (volume.get("projected") or {}).get("sources") or [volume]:
        if "configMap" in source:
            found.append(("ConfigMap", source["configMap"].get("name", "")))
        if "secret" in source:
            found.append(("Secret", source["secret"].get("secretName") or source["secret"].get("name", "")))
    return found


def volume_files(container: Container, volume: Object) -> Files:
    """Returns what a volume holds if it is written now."""
    if "projected" in volume:
        files: Files = {}
        mode = volume["projected"].get("defaultMode", DEFAULT_MODE)
        for source in volume["projected"].get("sources") or ():
            files.update(_source(container, source, mode))
        return files
    if "configMap" in volume:
        source = volume["configMap"]
        return _configured(container, source, source.get("name", ""), source.get("defaultMode", DEFAULT_MODE))
    if "secret" in volume:
        source = volume["secret"]
        return _secret(container, source, source.get("secretName", ""), source.get("defaultMode", DEFAULT_MODE))
    if "downwardAPI" in volume:
        source = volume["downwardAPI"]
        return _downward(container, source.get("items") or (), source.get("defaultMode", DEFAULT_MODE))
    return {}


def _source(container: Container, source: Object, mode: int) -> Files:
    if "configMap" in source:
        return _configured(container, source["configMap"], source["configMap"].get("name", ""), mode)
    if "secret" in source:
        return _secret(container, source["secret"], source["secret"].get("name", ""), mode)
    if "downwardAPI" in source:
        return _downward(container, source["downwardAPI"].get("items") or (), mode)
    if TOKEN in source:
        return {source[TOKEN]["path"]: _token(container, source[TOKEN], mode)}
    return {}


def _token(container: Container, source: Object, mode: int) -> list[Any]:
    """Returns the file of a token: only for the Pod's user where all its containers have the same, and its group."""
    text, spec = podtoken.token(container, source), container.pod["spec"]
    own = (spec.get("securityContext") or {}).get("runAsUser")
    each = (*spec["containers"], *(spec.get("initContainers") or ()))
    users = {(container.get("securityContext") or {}).get("runAsUser", own) for container in each}
    user = users.pop() if len(users) == 1 else None
    if user is not None:
        return [text, TOKEN_MODE, False, container.user]
    return [text, mode if (spec.get("securityContext") or {}).get("fsGroup") is None else TOKEN_MODE]


def _configured(container: Container, source: Object, name: str, mode: int) -> Files:
    obj = container.fetch(ConfigMap, name) or {}
    texts = {key: text.encode() for key, text in (obj.get("data") or {}).items()}
    packed = {key: base64.b64decode(value or "") for key, value in (obj.get("binaryData") or {}).items()}
    return _items({**texts, **packed}, source, mode)


def _secret(container: Container, source: Object, name: str, mode: int) -> Files:
    obj = container.fetch(Secret, name) or {}
    data = {key: base64.b64decode(value or "") for key, value in (obj.get("data") or {}).items()}
    return _items(data, source, mode)


def _file(value: bytes, mode: int) -> list[Any]:
    try:
        return [value.decode(), mode]
    except UnicodeDecodeError:
        return [base64.b64encode(value).decode(), mode, True]


def _items(data: Mapping[str, bytes], source: Object, mode: int) -> Files:
    items = source.get("items")
    if not items:
        return {key: _file(value, mode) for key, value in sorted(data.items())}
    return {item["path"]: _file(data[item["key"]], item.get("mode", mode)) for item in items if item["key"] in data}


def _downward(container: Container, items: Any, mode: int) -> Files:
    files: Files = {}
    for item in items:
        if "fieldRef" in item:
            text = fieldpaths.field(container.node, container.pod, container.record, item["fieldRef"]["fieldPath"])
        else:
            text = fieldpaths.resource(container.node, container.pod, container.plan.spec, item["resourceFieldRef"])
        files[item["path"]] = [text, item.get("mode", mode)]
    return files


# files of every Pod


def of_pod(container: Container) -> Layer:
    """Returns the files that the kubelet makes for a Pod: hosts, host name, resolver."""
    return Layer(
        {
            "/etc-hosts": {"type": "file", "text": hosts(container), "mode": 0o644, "mtime": container.started},
            "/hostname": f"{container.hostname}\n",
            "/resolv.conf": resolv_conf(container),
        }
    )


def hosts(container: Container) -> str:
    """Returns /etc/hosts."""
    spec = container.pod["spec"]
    if container.host_network:
        text = "# Kubernetes-managed hosts file (host network).\n127.0.0.1\tlocalhost\n"
        text += f"127.0.1.1\t{container.node.name}\n"
    else:
        name = container.hostname
        if spec.get("subdomain"):
            name = f"{name}.{spec['subdomain']}.{container.namespace}.svc.{DOMAIN}\t{name}"
        text = (
            "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
            "fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n"
            f"{container.ip}\t{name}\n"
        )
    aliases = spec.get("hostAliases") or ()
    if aliases:
        text += "\n# Entries added by HostAliases.\n"
        for alias in aliases:
            names = "\t".join(alias.get("hostnames") or ())
            text += f"{alias['ip']}\t{names}\n"
    return text


def resolv_conf(container: Container) -> str:
    """Returns /etc/resolv.conf by the Pod's dnsPolicy and dnsConfig."""
    spec = container.pod["spec"]
    policy = spec.get("dnsPolicy", "ClusterFirst")
    if policy == "ClusterFirst" and container.host_network:
        policy = "Default"
    if policy in ("ClusterFirst", "ClusterFirstWithHostNet"):
        searches = [f"{container.namespace}.svc.{DOMAIN}", f"svc.{DOMAIN}", DOMAIN]
        servers, options = [DNS], ["ndots:5"]
    elif policy == "Default":
        searches, servers, options = [], ["192.168.100.1"], []
    else:
        searches, servers, options = [], [], []
    extra = spec.get("dnsConfig") or {}
    servers += [server for server in extra.get("nameservers") or () if server not in servers]
    searches += [search for search in extra.get("searches") or () if search not in searches]
    for option in extra.get("options") or ():
        options = [each for each in options if each.partition(":")[0] != option["name"]]
        options.append(f"{option['name']}:{option['value']}" if option.get("value") else option["name"])
    lines = [f"search {' '.join(searches)}"] if searches else []
    lines += [f"nameserver {server}" for server in servers]
    if options:
        lines.append(f"options {' '.join(options)}")
    return "".join(f"{line}\n" for line in lines)
