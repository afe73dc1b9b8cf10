"""Images that are there to be given a command: busybox, alpine, debian, ubuntu, and boxes of network tools."""

from __future__ import annotations

from kubelab.cluster.node.image import Image, any_tag
from kubelab.cluster.node.images.entrypoint import unless_given
from kubelab.cluster.node.images.tags import releases
from kubelab.cluster.node.program import Program

BUSYBOX = {"1.24": 2, "1.25": 1, "1.26": 2, "1.27": 2, "1.28": 4, "1.29": 3, "1.30": 1, "1.31": 1, "1.32": 1, "1.33": 1,
           "1.34": 1, "1.35": 0, "1.36": 1, "1.37": 0}  # fmt: skip
ALPINE = {"3.12": 12, "3.13": 12, "3.14": 10, "3.15": 11, "3.16": 9, "3.17": 10, "3.18": 12, "3.19": 9, "3.20": 9,
          "3.21": 6, "3.22": 3, "3.23": 2}  # fmt: skip
DEBIAN_NAMES = {
    "stable": "13", "trixie": "13", "bookworm": "12", "bullseye": "11", "buster": "10", "stretch": "9", "sid": "14",
    "testing": "14", "unstable": "14", "oldstable": "12", "13": "13", "12": "12", "11": "11", "10": "10", "9": "9",
}  # fmt: skip
UBUNTU_NAMES = {
    "24.04": "24.04", "22.04": "22.04", "20.04": "20.04", "18.04": "18.04", "16.04": "16.04", "25.10": "25.10",
    "26.04": "26.04", "noble": "24.04", "jammy": "22.04", "focal": "20.04", "bionic": "18.04", "xenial": "16.04",
    "rolling": "25.10", "devel": "26.04", "resolute": "26.04",
}  # fmt: skip
NETWORK = (
    "curl dig host nc nslookup ping traceroute tcpdump ip ss jq netstat wget openssl iperf3 telnet nmap bash bridge "
    "conntrack ipset iptables iptables-save ipvsadm nft sysctl tracepath mtr ethtool nsenter socat tshark".split()
)
FOREVER = Program(stop=None)

IMAGES = [
    Image(
        repository="docker.io/library/busybox",
        version=releases(BUSYBOX, latest="1.37.0", names={"stable": "1.37.0", "unstable": "1.37.0", "musl": "1.37.0"},
                         variants=("glibc", "musl", "uclibc")),
        size=2.2,
        cmd=("sh",),
        base="busybox",
    ),
    Image(
        repository="docker.io/library/alpine",
        version=releases(ALPINE, latest="3.23.2", names={"edge": "3.24.0", "3": "3.23.2"}),
        size=3.8,
        cmd=("/bin/sh",),
        base="alpine",
    ),
    Image(
        repository="docker.io/library/debian",
        version=releases({}, latest="13", names=DEBIAN_NAMES, variants=("slim", "backports")),
        size=49.3,
        cmd=("bash",),
        base="debian",
    ),
    Image(
        repository="docker.io/library/ubuntu",
        version=releases({}, latest="24.04", names=UBUNTU_NAMES),
        size=29.7,
        cmd=("/bin/bash",),
        base="ubuntu",
    ),
    Image(repository="docker.io/library/bash", size=6.0, cmd=("bash",), base="alpine", tools=("bash",)),
    Image(
        repository="docker.io/curlimages/curl",
        size=9.6,
        entrypoint=("/entrypoint.sh",),
        cmd=("curl",),
        user="100",
        base="alpine",
        tools=("curl",),
        files=lambda version: {"/entrypoint.sh": unless_given("curl")},
    ),
    Image(repository="docker.io/nicolaka/netshoot", size=206.0, cmd=("zsh",), base="alpine",
          tools=(*NETWORK, "zsh")),
    *(
        Image(repository=f"docker.io/{owner}/network-multitool", size=74.0, cmd=("sleep", "infinity"), base="alpine",
              tools=NETWORK)
        for owner in ("wbitt", "praqma")
    ),
    Image(
        repository="registry.k8s.io/e2e-test-images/busybox", version=any_tag, size=1.5, cmd=("sh",), base="busybox"
    ),
    Image(
        repository="registry.k8s.io/busybox", version=any_tag, size=1.1, cmd=("sh",), base="busybox"
    ),
    Image(
        repository="registry.k8s.io/e2e-test-images/jessie-dnsutils",
        size=112.0,
        cmd=("sleep", "infinity"),
        base="debian",
        tools=("dig", "nslookup", "host", "curl", "nc", "ping"),
    ),
    Image(repository="docker.io/infoblox/dnstools", size=30.0, cmd=("/bin/sh",), base="alpine", tools=NETWORK),
    Image(repository="docker.io/tutum/dnsutils", size=62.0, cmd=("bash",), base="ubuntu", tools=("dig", "nslookup")),
    *(
        Image(repository=f"{registry}/pause", size=0.32, user="65535", entrypoint=("/pause",),
              programs={"pause": FOREVER})
        for registry in ("registry.k8s.io", "k8s.gcr.io")
    ),
    Image(repository="gcr.io/distroless/static", size=0.8, user="65532"),
    Image(repository="gcr.io/distroless/static-debian12", size=0.8, user="65532"),
    Image(repository="gcr.io/distroless/base-debian12", size=8.1, user="65532"),
]  # fmt: skip
