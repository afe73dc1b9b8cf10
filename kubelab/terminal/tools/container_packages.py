"""Packages in containers: apk, and apt-get where it runs in one. What comes with them are tools that are simulated.

They are gone with the container, as in life, and an image has no package lists before `apt-get update`.
Source: apt-get(8), apk(8); packages.debian.org, pkgs.alpinelinux.org.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, NamedTuple

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.network import walk as ends
from kubelab.cluster.node.container import Container
from kubelab.cluster.node.distributions import executable
from kubelab.terminal.tool import Context, Exit, Sleep, Steps, Wait, tool
from kubelab.terminal.tools.dialing import dial

LISTS, WORLD = "/var/lib/apt/lists", "/etc/apk/world"
ALPINE = "dl-cdn.alpinelinux.org"


class Package(NamedTuple):
    """A package: the tools that it brings, its version, its size in kB."""

    tools: tuple[str, ...]
    version: str
    size: int


def _package(tools: str, version: str, size: int) -> Package:
    return Package(tuple(tools.split()), version, size)


DEBIAN = {
    "curl": _package("curl", "7.88.1-10+deb12u14", 311), "wget": _package("wget", "1.21.3-1+deb12u1", 984),
    "iputils-ping": _package("ping", "3:20221126-1+deb12u1", 47),
    "dnsutils": _package("dig nslookup host", "1:9.18.41-1~deb12u1", 11),
    "bind9-dnsutils": _package("dig nslookup host", "1:9.18.41-1~deb12u1", 403),
    "iproute2": _package("ip ss bridge", "6.1.0-3", 1046), "netcat-openbsd": _package("nc", "1.219-1", 41),
    "netcat-traditional": _package("nc", "1.10-47", 67), "telnet": _package("telnet", "0.17+2.4-2", 37),
    "net-tools": _package("ifconfig netstat route arp", "2.10-0.1", 243),
    "procps": _package("ps top free uptime watch pgrep pkill", "2:4.0.2-3", 709),
    "traceroute": _package("traceroute", "1:2.1.2-1", 54), "tcpdump": _package("tcpdump", "4.99.3-1", 467),
    "openssl": _package("openssl", "3.0.17-1~deb12u3", 1425), "jq": _package("jq", "1.6-2.1", 64),
    "vim": _package("vim vi", "2:9.0.1378-2", 1567), "nano": _package("nano", "7.2-1+deb12u1", 690),
    "less": _package("less", "590-2.1~deb12u2", 131), "git": _package("git", "1:2.39.5-0+deb12u2", 7260),
    "redis-tools": _package("redis-cli", "5:7.0.15-1~deb12u6", 990),
    "postgresql-client": _package("psql pg_isready", "15+248", 10),
    "default-mysql-client": _package("mysql mysqladmin", "1.1.0", 3),
    "mysql-client": _package("mysql mysqladmin", "8.0.44", 9),
}  # fmt: skip
APK = {
    "curl": _package("curl", "8.14.1-r2", 300), "wget": _package("wget", "1.25.0-r1", 500),
    "bind-tools": _package("dig nslookup host", "9.20.16-r0", 500), "bash": _package("bash", "5.2.37-r0", 1300),
    "iputils": _package("ping", "20240905-r0", 200), "iproute2": _package("ip ss bridge", "6.15.0-r0", 900),
    "busybox-extras": _package("telnet", "1.37.0-r19", 100), "net-tools": _package("netstat ifconfig", "2.10-r3", 200),
    "openssl": _package("openssl", "3.5.4-r0", 800), "jq": _package("jq", "1.8.1-r0", 300),
    "vim": _package("vim vi", "9.1.1566-r0", 3000), "nano": _package("nano", "8.4-r0", 500),
    "git": _package("git", "2.49.1-r0", 9000), "tcpdump": _package("tcpdump", "4.99.5-r1", 1000),
    "netcat-openbsd": _package("nc", "1.229.1-r0", 50), "redis": _package("redis-cli", "8.0.4-r0", 4000),
    "postgresql-client": _package("psql pg_isready", "17.6-r0", 2000),
    "mysql-client": _package("mysql mysqladmin", "11.4.8-r0", 9000),
}  # fmt: skip
MIRRORS = {
    "debian": ("deb.debian.org", "debian bookworm", "main"), "ubuntu": ("archive.ubuntu.com", "ubuntu noble", "main"),
}  # fmt: skip
NO_ROOM = "E: List directory {}/partial is missing. - Acquire (30: Read-only file system)\n"


def _view(ctx: Context) -> Container | None:
    machine = ctx.machine
    return machine if isinstance(machine, Container) else None


def _reached(ctx: Context, host: str, port: int) -> Generator[Wait, Any, str]:
    """Dials a mirror; returns why it is not reached, "" where it is."""
    walk = yield from dial(ctx, host, port, timeout=20)
    if walk.connected:
        return ""
    return "dns" if walk.outcome in (ends.NXDOMAIN, ends.DNS_TIMEOUT) or not walk.address else "connect"


def _bring(ctx: Context, packages: list[Package]) -> None:
    for package in packages:
        for name in package.tools:
            path = f"/usr/bin/{name}"
            if not ctx.files.exists(path):
                ctx.files.write(path, executable(name)["text"], 0o755)


# apt


def apt_get(ctx: Context, base: str, verb: str, names: list[str]) -> Steps:
    """Does apt-get's work in a container of Debian or Ubuntu."""
    host, suite, part = MIRRORS.get(base, MIRRORS["debian"])
    if verb in ("clean", "autoremove", "autoclean"):
        return 0
    if verb == "update":
        return (yield from _update(ctx, host, suite, part))
    if verb == "install":
        return (yield from _install(ctx, host, suite, part, names))
    raise Exit(100, f"E: KubeLab does not simulate {ctx.name} {verb} in containers\n")


def _update(ctx: Context, host: str, suite: str, part: str) -> Steps:
    place, release = suite.split()
    if "why" not in ctx.state:
        if ctx.files.read_only:
            raise Exit(100, f"Reading package lists...\n{NO_ROOM.format(LISTS)}")
        ctx.state["why"] = yield from _reached(ctx, host, 80)
        ctx.state["until"] = ctx.now + 2.0
    url = f"http://{host}/{place}"
    if ctx.state["why"]:
        why = (
            f"Temporary failure resolving '{host}'" if ctx.state["why"] == "dns" else f"Could not connect to {host}:80"
        )
        ctx.write(f"Err:1 {url} {release} InRelease\n  {why}\nReading package lists...\n")
        ctx.error(f"W: Failed to fetch {url}/dists/{release}/InRelease  {why}\nW: Some index files failed to download. "
                  "They have been ignored, or old ones used instead.\n")  # fmt: skip
        return 0
    yield Sleep(ctx.state["until"])
    ctx.write(f"Get:1 {url} {release} InRelease [151 kB]\nGet:2 {url} {release}-updates InRelease [55.4 kB]\n"
              f"Get:3 {url} {release}/{part} amd64 Packages [8791 kB]\nFetched 8997 kB in 2s (4499 kB/s)\n"
              "Reading package lists...\n")  # fmt: skip
    ctx.files.mkdir(LISTS, parents=True)
    ctx.files.write(f"{LISTS}/{host}_{place}_dists_{release}_{part}_binary-amd64_Packages", "")
    return 0


def _install(ctx: Context, host: str, suite: str, part: str, names: list[str]) -> Steps:
    place, release = suite.split()
    if "told" not in ctx.state:
        listed = ctx.files.is_dir(LISTS) and any("_Packages" in name for name in ctx.files.listdir(LISTS))
        ctx.write("Reading package lists...\nBuilding dependency tree...\nReading state information...\n")
        for name in names:
            if not listed or name.partition("=")[0] not in DEBIAN:
                raise Exit(100, f"E: Unable to locate package {name}\n")
        ctx.state["told"] = True
    wanted = [name.partition("=")[0] for name in names]
    fresh = [name for name in wanted if not ctx.files.exists(f"/usr/bin/{DEBIAN[name].tools[0]}")]
    for name in wanted:
        if name not in fresh:
            ctx.write(f"{name} is already the newest version ({DEBIAN[name].version}).\n")
    size = sum(DEBIAN[name].size for name in fresh)
    head = f"The following NEW packages will be installed:\n  {' '.join(fresh)}\n" if fresh else ""
    if "asked" not in ctx.state:
        ctx.write(f"{head}0 upgraded, {len(fresh)} newly installed, 0 to remove and 0 not upgraded.\n")
        if fresh:
            room = f"After this operation, {size * 2} kB of additional disk space will be used.\n"
            ctx.write(f"Need to get {size} kB of archives.\n{room}")
        if fresh and not {"-y", "--yes", "-qy", "-yq", "-qqy", "-yqq"} & set(ctx.args):
            ctx.write("Do you want to continue? [Y/n] ")
            answer = (yield from ctx.line()) if ctx.stdin_tty else None
            if answer is None or answer.strip().lower() not in ("", "y", "yes"):
                ctx.print("Abort.")
                return 1
        ctx.state["asked"] = True
    if not fresh:
        return 0
    if "until" not in ctx.state:
        if (yield from _reached(ctx, host, 80)):
            raise Exit(100, f"E: Failed to fetch http://{host}/{place}  Temporary failure resolving '{host}'\n")
        ctx.state["until"] = ctx.now + 2.0
    yield Sleep(ctx.state["until"])
    for number, name in enumerate(fresh, 1):
        ctx.write(f"Get:{number} http://{host}/{place} {release}/{part} amd64 {name} amd64 {DEBIAN[name].version} "
                  f"[{DEBIAN[name].size} kB]\n")  # fmt: skip
    ctx.error("debconf: delaying package configuration, since apt-utils is not installed\n")
    ctx.write(f"Fetched {size} kB in 1s ({size} kB/s)\n")
    for step in ("Selecting previously unselected package {0}.", "Unpacking {0} ({1}) ...", "Setting up {0} ({1}) ..."):
        ctx.write("".join(step.format(name, DEBIAN[name].version) + "\n" for name in fresh))
    _bring(ctx, [DEBIAN[name] for name in fresh])
    return 0


# apk


@tool("apk")
def apk(ctx: Context) -> Steps:
    """apk add NAME... | update | info"""
    words = [word for word in ctx.args if not word.startswith("-")]
    verb, names = (words[0], words[1:]) if words else ("", [])
    if verb not in ("add", "update", "del", "info"):
        raise Exit(1, f"apk: KubeLab does not simulate apk {verb}\n")
    if ctx.user != "root" and verb != "info":
        raise Exit(99, "ERROR: Unable to lock database: Permission denied\n"
                       "ERROR: Failed to open apk database: Permission denied\n")  # fmt: skip
    if ctx.files.read_only and verb != "info":
        raise Exit(99, "ERROR: Unable to lock database: Read-only file system\n"
                       "ERROR: Failed to open apk database: Read-only file system\n")  # fmt: skip
    installed = _world(ctx)
    if verb == "info":
        ctx.write("".join(f"{name}\n" for name in sorted({"alpine-baselayout", "busybox", "musl", *installed})))
        return 0
    if verb == "del":
        return _remove(ctx, names, installed)
    if "why" not in ctx.state:
        ctx.state["why"] = yield from _reached(ctx, ALPINE, 443)
        ctx.state["until"] = ctx.now + 1.5
    indexes = [f"https://{ALPINE}/alpine/v3.22/{part}/x86_64/APKINDEX.tar.gz" for part in ("main", "community")]
    ctx.write("".join(f"fetch {url}\n" for url in indexes) if "fetched" not in ctx.state else "")
    ctx.state["fetched"] = True
    if ctx.state["why"]:
        why = "DNS: transient error (try again later)" if ctx.state["why"] == "dns" else "network connection aborted"
        ctx.error("".join(f"WARNING: fetching {url}: {why}\n" for url in indexes))
    yield Sleep(ctx.state["until"])
    if verb == "update":
        if ctx.state["why"]:
            ctx.error("4 unavailable, 0 stale; 16 distinct packages available\n")
            return 2
        ctx.write("v3.22.1-288-g7f1c7a1bd0d\nOK: 25992 distinct packages available\n")
        return 0
    return _add(ctx, names, installed)


def _world(ctx: Context) -> list[str]:
    try:
        return ctx.files.read(WORLD).split()
    except FileError:
        return []


def _add(ctx: Context, names: list[str], installed: list[str]) -> int:
    unknown = [name for name in names if name not in APK or ctx.state["why"]]
    if unknown:
        listed = "".join(f"  {name} (no such package):\n    required by: world[{name}]\n" for name in unknown)
        ctx.error(f"ERROR: unable to select packages:\n{listed}")
        return len(unknown)
    fresh = [name for name in dict.fromkeys(names) if name not in installed]
    for number, name in enumerate(fresh, 1):
        ctx.write(f"({number}/{len(fresh)}) Installing {name} ({APK[name].version})\n")
    if fresh:
        ctx.write("Executing busybox-1.37.0-r19.trigger\n")
    everything = [*installed, *fresh]
    ctx.files.mkdir("/etc/apk", parents=True)
    ctx.files.write(WORLD, "".join(f"{name}\n" for name in everything))
    _bring(ctx, [APK[name] for name in fresh])
    size = 8 + sum(APK[name].size for name in everything) // 1000
    ctx.write(f"OK: {size} MiB in {16 + len(everything)} packages\n")
    return 0


def _remove(ctx: Context, names: list[str], installed: list[str]) -> int:
    gone = [name for name in names if name in installed]
    for number, name in enumerate(gone, 1):
        ctx.write(f"({number}/{len(gone)}) Purging {name} ({APK[name].version})\n")
        for command in APK[name].tools:
            if ctx.files.exists(f"/usr/bin/{command}"):
                ctx.files.remove(f"/usr/bin/{command}")
    left = [name for name in installed if name not in gone]
    ctx.files.write(WORLD, "".join(f"{name}\n" for name in left))
    ctx.write(f"OK: 8 MiB in {16 + len(left)} packages\n")
    return 0


__all__ = ["apk", "apt_get"]
