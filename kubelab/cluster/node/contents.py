"""What the kubelet writes into a Pod's volumes: ConfigMaps, Secrets, the downward API, tokens, hosts and resolv.conf.

A changed ConfigMap or Secret shows up when the kubelet next syncs the Pod, 60 to 90 s apart; until then the
old content is held at `/machine/held/<uid>/<volume>`. Source: pkg/volume/{configmap,secret,projected,downwardapi},
pkg/kubelet/kubelet_pods.go (hostsFileContent), pkg/kubelet/network/dns.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kubelab.cluster.clock import parse_time
from kubelab.cluster.credentials import account_token
from kubelab.cluster.kinds import ConfigMap, Secret, ServiceAccount
from kubelab.cluster.layers import Layer
from kubelab.cluster.node import fieldpaths
from kubelab.cluster.objects import Key, Object

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

HELD = "/machine/held/"
Files = dict[str, list[Any]]  # path -> [text, mode]; [base64, mode, True] for bytes that are no text
DNS = "10.96.0.10"
DOMAIN = "cluster.local"
DEFAULT_MODE = 0o644
TOKEN_MODE = 0o600


def held_key(uid: str, volume: str) -> str:
    """Returns where the content of a volume is kept that the kubelet has not updated yet."""
    return f"{HELD}{uid}/{volume}"


def of_volume(container: Container, volume: Object) -> Layer:
    """Returns the content of a configMap, secret, downwardAPI or projected volume."""
    held = container.cluster.store.get(held_key(container.uid, volume["name"]))
    return layer_of(container, held["files"] if held is not None else volume_files(container, volume))


def layer_of(container: Container, files: Files) -> Layer:
    """Returns files as such a volume shows them: links into the directory ..data."""
    layer: dict[str, str | bytes | Object] = {}
    for path, (kept, mode, *packed) in files.items():
        form = "base64" if packed else "text"
        layer[f"/..data/{path}"] = {"type": "file", form: kept, "mode": mode, "mtime": container.started}
        first = path.partition("/")[0]
        layer[f"/{first}"] = {"type": "link", "target": f"..data/{first}", "mtime": container.started}
    return Layer(layer)


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
    if "serviceAccountToken" in source:
        return {source["serviceAccountToken"]["path"]: [token(container, source["serviceAccountToken"]), mode]}
    return {}


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


# the service account's token


def token(container: Container, source: Object) -> str:
    """Returns the Pod's token as TokenRequest would give it: a JWT that says who the Pod is."""
    metadata = container.pod["metadata"]
    account = container.pod["spec"].get("serviceAccountName", "default")
    issued = int(parse_time(metadata["creationTimestamp"]))
    audience = source.get("audience") or f"https://kubernetes.default.svc.{DOMAIN}"
    claims = {
        "aud": [audience],
        "exp": issued + 31_536_000,
        "iat": issued,
        "iss": f"https://kubernetes.default.svc.{DOMAIN}",
        "jti": container.cluster.random.uid("token", container.uid),
        "kubernetes.io": {
            "namespace": container.namespace,
            "node": {"name": container.node.name, "uid": container.node.uid},
            "pod": {"name": metadata["name"], "uid": container.uid},
            "serviceaccount": {"name": account, "uid": _account_uid(container, account)},
            "warnafter": issued + 3607,
        },
        "nbf": issued,
        "sub": f"system:serviceaccount:{container.namespace}:{account}",
    }
    return account_token(container.cluster.random, claims)


def _account_uid(container: Container, name: str) -> str:
    account = container.cluster.store.get(ServiceAccount.path(Key(container.namespace, name)))
    return str(account["metadata"]["uid"]) if account is not None else ""


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
