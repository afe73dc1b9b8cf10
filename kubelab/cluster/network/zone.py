"""CoreDNS's kubernetes plugin: Services, endpoints and Pods as names.

Source: github.com/kubernetes/dns, docs/specification.md (1.1.0); coredns/plugin/kubernetes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kubelab.cluster.corefile import Plugin, absolute
from kubelab.cluster.kinds import Namespace, Service
from kubelab.cluster.network import dns
from kubelab.cluster.network.dns import Record, Reply
from kubelab.cluster.network.services import Entry
from kubelab.cluster.objects import Key, Object

if TYPE_CHECKING:
    from kubelab.cluster.network.network import Network

DEFAULT_TTL = 5
SPECIFICATION = "1.1.0"


class KubernetesZone:
    """Answers for the zones of one `kubernetes` plugin.

    Args:
        follow: answers for the name that an alias leads to.
    """

    def __init__(self, network: Network, plugin: Plugin, follow: Callable[[str], Reply]) -> None:
        self.network = network
        self.follow = follow
        self.plugin = plugin
        self.zones = tuple(absolute(zone) for zone in plugin.arguments) or ("cluster.local.",)
        self.ttl = int((plugin.setting("ttl") or (str(DEFAULT_TTL),))[0])

    def answer(self, name: str, kind: str) -> Reply | None:
        """Answers a question; None where the next plugin is to be asked."""
        zone = next((zone for zone in self.zones if name == zone or name.endswith("." + zone)), None)
        if zone is None:
            return None
        records = self._reverse(name) if zone.endswith("arpa.") else self._forward(name, zone, kind)
        if records is None:
            through = self.plugin.setting("fallthrough")
            if through is not None and (not through or any(absolute(entry) == zone for entry in through)):
                return None
            return Reply(dns.NXDOMAIN, True, authority=[self._authority(zone)])
        if kind in ("SRV", "NS"):
            return self._with_addresses(records, zone, kind)
        wanted = [record for record in records if record.type in (kind, "CNAME") or kind == "ANY"]
        if not wanted:
            return Reply(authoritative=True, authority=[self._authority(zone)])
        return self._followed(Reply(authoritative=True, answers=self._shuffled(wanted)), kind)

    def _authority(self, zone: str) -> Record:
        serial = int(self.network.cluster.clock.now)
        return Record(zone, self.ttl, "SOA", f"ns.dns.{zone} hostmaster.{zone} {serial} 7200 1800 86400 {self.ttl}")

    def _shuffled(self, records: list[Record]) -> list[Record]:
        # The `loadbalance` plugin turns the addresses round by chance.
        if len(records) < 2:
            return records
        start = self.network.draw(len(records))
        return records[start:] + records[:start]

    def _followed(self, reply: Reply, kind: str) -> Reply:
        alias = next((record for record in reply.answers if record.type == "CNAME"), None)
        if alias is not None and kind in ("A", "AAAA"):
            beyond = self.follow(alias.data)
            reply.answers += beyond.answers
        return reply

    def _with_addresses(self, records: list[Record], zone: str, kind: str) -> Reply:
        found = [record for record in records if record.type == kind]
        if not found:
            return Reply(authoritative=True, authority=[self._authority(zone)])
        hosts = dict.fromkeys(record.data.split()[-1] for record in found)
        extra = [record for host in hosts for record in self._forward(host, zone, "A") or () if record.type == "A"]
        return Reply(authoritative=True, answers=found, additional=extra)

    # names to records; None: there is no such name

    def _forward(self, name: str, zone: str, kind: str) -> list[Record] | None:
        labels = name.removesuffix(zone).rstrip(".").split(".") if name != zone else []
        if not labels or labels == ["svc"] or labels == ["pod"]:
            if labels or kind not in ("SOA", "NS"):
                return []
            return [self._authority(zone) if kind == "SOA" else Record(name, self.ttl, "NS", f"ns.dns.{zone}")]
        if labels == ["dns-version"]:
            return [Record(name, self.ttl, "TXT", f'"{SPECIFICATION}"')]
        if labels == ["ns", "dns"]:
            return [Record(name, self.ttl, "A", self.network.cluster_dns)]
        if len(labels) < 2 or labels[-1] not in ("svc", "pod"):
            return None
        namespace = labels[-2]
        if self.network.store.get(Namespace.path(Key("", namespace))) is None:
            return None
        if len(labels) == 2:
            return []
        below = labels[:-2]
        return self._pod(name, below) if labels[-1] == "pod" else self._service(name, namespace, below, zone)

    def _pod(self, name: str, labels: list[str]) -> list[Record] | None:
        mode = (self.plugin.setting("pods") or ("disabled",))[0]
        address = labels[0].replace("-", ".")
        if mode == "disabled" or len(labels) != 1 or dns.address_in(dns.reverse_name(address)) is None:
            return None
        if mode == "verified" and address not in self.network.attachments.pods:
            return None
        return [Record(name, self.ttl, "A", address)]

    def _service(self, name: str, namespace: str, labels: list[str], zone: str) -> list[Record] | None:
        service = self.network.store.get(Service.path(Key(namespace, labels[-1])))
        if service is None:
            return None
        spec = service["spec"]
        if spec.get("type") == "ExternalName":
            return [Record(name, self.ttl, "CNAME", absolute(spec["externalName"]))]
        entry = self.network.rules.entries.get(f"{namespace}/{labels[-1]}") or Entry(service, {})
        base = f"{labels[-1]}.{namespace}.svc.{zone}"
        if len(labels) == 3 and labels[0].startswith("_") and labels[1].startswith("_"):
            return self._ports(name, entry, labels[0][1:], labels[1][1:], base) or None
        if len(labels) == 2:
            return self._hosts(name, entry, labels[0]) or None
        if len(labels) > 2:
            return None
        if spec.get("clusterIP") == "None":
            hosts = self._hosts(name, entry, None)
            return hosts + self._ports(name, entry, "*", "*", base) if hosts else None
        records = [Record(name, self.ttl, "A", spec["clusterIP"])]
        return records + self._ports(name, entry, "*", "*", base)

    def _hosts(self, name: str, entry: Entry, hostname: str | None) -> list[Record]:
        addresses = {ip: host for ip, host, _ in served(entry) if hostname is None or host == hostname}
        return [Record(name, self.ttl, "A", ip) for ip in addresses]

    def _ports(self, name: str, entry: Entry, port: str, protocol: str, base: str) -> list[Record]:
        service = entry.service or {}
        records = []
        if service["spec"].get("clusterIP") == "None":
            found = [
                (host, number["port"])
                for _, host, ports in served(entry)
                for number in ports
                if _named(number, port, protocol) and number.get("port")
            ]
            for host, target in found:
                records.append(Record(name, self.ttl, "SRV", f"0 {100 // len(found)} {target} {host}.{base}"))
            return records
        wanted = [number for number in service["spec"].get("ports") or () if _named(number, port, protocol)]
        for number in wanted:
            records.append(Record(name, self.ttl, "SRV", f"0 {100 // len(wanted)} {number['port']} {base}"))
        return records

    # addresses to names

    def _reverse(self, name: str) -> list[Record] | None:
        ip = dns.address_in(name)
        if ip is None:
            return None
        zone = next((zone for zone in self.zones if not zone.endswith("arpa.")), "cluster.local.")
        names = self.network.names_of(ip)
        return [Record(name, self.ttl, "PTR", f"{found}.{zone}") for found in names] or None


def served(entry: Entry) -> list[tuple[str, str, list[Object]]]:
    """Returns the endpoints that names lead to: address, host part of the name, ports of its slice."""
    found = []
    for endpointslice in entry.slices.values():
        if endpointslice.get("addressType") != "IPv4":
            continue
        for endpoint in endpointslice.get("endpoints") or ():
            if (endpoint.get("conditions") or {}).get("ready") is not False:
                ip = endpoint["addresses"][0]
                host = endpoint.get("hostname") or ip.replace(".", "-")
                found.append((ip, host, list(endpointslice.get("ports") or ())))
    return found


def _named(port: Object, name: str, protocol: str) -> bool:
    if name == "*":
        return True
    return bool(port.get("name", "") == name and port.get("protocol", "TCP").lower() == protocol.lower())
