"""What lies behind the lab's router: a handful of well-known hosts that answer, and nothing else.

The internet is not simulated and says so: names that are not listed do not exist, addresses that are not
listed never answer, and a listed web server returns a page that names itself a stand-in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.addons import published
from kubelab.cluster.network import walk as ends
from kubelab.cluster.network.walk import Target
from kubelab.cluster.sockets import HttpReply, HttpRequest

if TYPE_CHECKING:
    from kubelab.cluster.network.journey import Journey

HOSTS = {
    "example.com": "93.184.215.14",
    "www.example.com": "93.184.215.14",
    "example.org": "93.184.215.14",
    "google.com": "142.250.185.78",
    "www.google.com": "142.250.185.68",
    "kubernetes.io": "15.197.167.90",
    "k8s.io": "34.107.204.206",
    "registry.k8s.io": "34.96.108.209",
    "dl.k8s.io": "34.107.204.206",
    "docker.io": "44.208.254.194",
    "registry-1.docker.io": "44.208.254.194",
    "hub.docker.com": "44.208.254.194",
    "quay.io": "34.225.41.113",
    "ghcr.io": "140.82.121.34",
    "github.com": "140.82.121.4",
    "raw.githubusercontent.com": "185.199.108.133",
    "deb.debian.org": "151.101.194.132",
    "archive.ubuntu.com": "91.189.91.83",
    "dl-cdn.alpinelinux.org": "151.101.2.132",
    "dns.google": "8.8.8.8",
    "one.one.one.one": "1.1.1.1",
}
NAME_SERVERS = ("8.8.8.8", "1.1.1.1")
ROUTER, INTERNET = "router", "internet"
BEYOND = (ROUTER, INTERNET)  # what stands for a node in the target of a walk that left the lab
FAR = 0.012  # seconds to a host on the internet and back
OPEN = (80, 443)
DNS_PORT = 53


class Internet:
    """The hosts behind the router."""

    def __init__(self) -> None:
        self.addresses = dict.fromkeys([*HOSTS.values(), *NAME_SERVERS])

    def arrive(self, journey: Journey) -> None:
        """Takes a packet that left the lab."""
        packet, walk = journey.packet, journey.walk
        walk.client, walk.client_port = packet.source, packet.source_port
        known = packet.destination in self.addresses
        serves = packet.port in OPEN or (packet.port == DNS_PORT and packet.destination in NAME_SERVERS)
        if known and (packet.protocol == "ICMP" or serves):
            journey.hop("internet", "host", f"{packet.destination} (stand-in)", "deliver")
            walk.target = Target(INTERNET, "", "", "", packet.destination, packet.port)
            journey.end(ends.CONNECTED, FAR)
        else:
            journey.hop("internet", "router", "KubeLab does not simulate the internet", "lost")
            journey.end(ends.TIMEOUT, ends.SYN_TIMEOUT)

    def arrive_at_router(self, journey: Journey) -> None:
        """Takes a packet for the lab's router, which answers pings and names."""
        packet, walk = journey.packet, journey.walk
        walk.client, walk.client_port = packet.source, packet.source_port
        walk.target = Target(ROUTER, "", "", "", packet.destination, packet.port)
        open_port = packet.protocol == "ICMP" or packet.port == DNS_PORT
        journey.hop(ROUTER, "kernel", "", "deliver" if open_port else "refused")
        journey.end(ends.CONNECTED if open_port else ends.REFUSED, ends.WIRE_HOP)

    def answer(self, request: HttpRequest) -> HttpReply:
        """Answers for every web server out there: with a manifest that is published there, or a page that stands in."""
        manifest = published(f"https://{request.host}{request.path}")
        if manifest is not None:
            return HttpReply(200, "OK", {"Content-Type": "text/plain; charset=utf-8"}, manifest)
        page = (
            "<!doctype html>\n<html>\n<head><title>" + request.host + "</title></head>\n"
            "<body><p>KubeLab does not simulate the internet: this page stands in for "
            + request.host
            + ".</p></body>\n</html>\n"
        )
        return HttpReply(200, "OK", {"Server": "KubeLab", "Content-Type": "text/html; charset=UTF-8"}, page)
