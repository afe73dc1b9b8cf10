"""The two files by which programs find names, /etc/resolv.conf and /etc/hosts, as kubelet and runtime write them.

Source: pkg/kubelet/network/dns/dns.go, pkg/kubelet/kubelet_pods.go; resolv.conf(5), hosts(5).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from kubelab.cluster.addresses import is_address
from kubelab.cluster.objects import Object

DOMAIN = "cluster.local"
MAX_NAMESERVERS = 3
MAX_SEARCHES = 32


class ResolvConf(NamedTuple):
    """What a resolver is told."""

    nameservers: tuple[str, ...] = ()
    searches: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    @classmethod
    @lru_cache(maxsize=256)
    def parse(cls, text: str) -> ResolvConf:
        """Reads a resolv.conf; lines that it does not know are passed over, as the C library does."""
        nameservers: list[str] = []
        searches: tuple[str, ...] = ()
        options: list[str] = []
        for line in text.splitlines():
            words = line.split("#")[0].split(";")[0].split()
            if len(words) > 1 and words[0] == "nameserver":
                nameservers.append(words[1])
            elif len(words) > 1 and words[0] in ("search", "domain"):
                searches = tuple(words[1:])
            elif words and words[0] == "options":
                options += words[1:]
        return cls(tuple(nameservers[:MAX_NAMESERVERS]), searches, tuple(options))

    def option(self, name: str, default: int) -> int:
        """Returns the number of an option such as ndots:5."""
        for option in self.options:
            key, _, value = option.partition(":")
            if key == name and value.isdigit():
                return int(value)
        return default

    def text(self) -> str:
        """Writes it as containerd does for a container."""
        lines = [f"search {' '.join(self.searches)}"] if self.searches else []
        lines += [f"nameserver {server}" for server in self.nameservers]
        if self.options:
            lines.append(f"options {' '.join(self.options)}")
        return "".join(f"{line}\n" for line in lines)


def for_pod(pod: Object, node: ResolvConf, cluster_dns: str) -> ResolvConf:
    """Returns what the kubelet tells a Pod's resolver, by its dnsPolicy and dnsConfig.

    Args:
        node: the node's own resolv.conf.
        cluster_dns: the kubelet's clusterDNS, e.g. "10.96.0.10".
    """
    spec = pod["spec"]
    policy = spec.get("dnsPolicy", "ClusterFirst")
    if policy == "ClusterFirst" and spec.get("hostNetwork"):
        policy = "Default"  # ClusterFirstWithHostNet asks for the cluster's names
    if policy in ("ClusterFirst", "ClusterFirstWithHostNet"):
        namespace = pod["metadata"]["namespace"]
        searches = (f"{namespace}.svc.{DOMAIN}", f"svc.{DOMAIN}", DOMAIN)
        told = ResolvConf((cluster_dns,), _once(searches + node.searches), ("ndots:5",))
    elif policy == "Default":
        told = node
    else:
        told = ResolvConf()
    return _extended(told, spec.get("dnsConfig") or {})


def _extended(told: ResolvConf, extra: Object) -> ResolvConf:
    options = dict(option.partition(":")[::2] for option in told.options)
    for option in extra.get("options") or ():
        options[option["name"]] = option.get("value") or ""
    return ResolvConf(
        _once(told.nameservers + tuple(extra.get("nameservers") or ()))[:MAX_NAMESERVERS],
        _once(told.searches + tuple(extra.get("searches") or ()))[:MAX_SEARCHES],
        tuple(f"{name}:{value}" if value else name for name, value in options.items()),
    )


def _once(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))


LOCAL_HOSTS = """\
# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
"""


def hostname_of(pod: Object) -> str:
    """Returns what `hostname` says in a Pod: spec.hostname, else its name, cut to what a kernel takes."""
    name: str = pod["spec"].get("hostname") or pod["metadata"]["name"]
    return name[:63].rstrip("-.")


def fully_qualified(pod: Object) -> str:
    """Returns a Pod's name in DNS, "" where it has no subdomain."""
    subdomain = pod["spec"].get("subdomain")
    return f"{hostname_of(pod)}.{subdomain}.{pod['metadata']['namespace']}.svc.{DOMAIN}" if subdomain else ""


def hosts_file(pod: Object, ip: str) -> str:
    """Returns a container's /etc/hosts as the kubelet writes it, hostAliases at its end."""
    name, full = hostname_of(pod), fully_qualified(pod)
    text = LOCAL_HOSTS + (f"{ip}\t{full}\t{name}\n" if full else f"{ip}\t{name}\n")
    aliases = pod["spec"].get("hostAliases") or ()
    if aliases:
        text += "\n# Entries added by HostAliases.\n"
        text += "".join("\t".join([alias["ip"], *(alias.get("hostnames") or ())]) + "\n" for alias in aliases)
    return text


@lru_cache(maxsize=256)
def read_hosts(text: str) -> dict[str, list[str]]:
    """Returns the IPv4 addresses of each name in a hosts file."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if len(words) > 1 and is_address(words[0]):
            for name in words[1:]:
                found.setdefault(name.lower(), []).append(words[0])
    return found
