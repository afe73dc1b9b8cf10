"""apt and its family on the nodes: Kubernetes' packages from pkgs.k8s.io, a repository for each minor version.

Source: kubernetes.io, tasks/administer-cluster/kubeadm/{change-package-repository,kubeadm-upgrade}; apt-get(8),
apt-mark(8), apt-cache(8), dpkg(1).
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from kubelab.cluster.node import packages
from kubelab.cluster.node.container import Container
from kubelab.terminal.nodes import node_of
from kubelab.terminal.tool import Context, Exit, Sleep, Steps, tool
from kubelab.terminal.tools import container_packages

MIRROR = "https://prod-cdn.packages.k8s.io/repositories/isv:/kubernetes:/core:/stable:/v1.{}/deb"
SOURCE = "https://pkgs.k8s.io/core:/stable:/v1.{}/deb"
SIZES = {"kubeadm": 12.6, "kubectl": 11.8, "kubelet": 13.4}  # MB
OTHERS = {
    "bash-completion": "1:2.11-8", "conntrack": "1:1.4.8-1ubuntu1", "containerd": "1.7.28-0ubuntu1~24.04.1",
    "cri-tools": "1.36.0-1.1", "curl": "8.5.0-2ubuntu10.6", "etcd-client": "3.4.30-1ubuntu0.24.04.3",
    "apt-transport-https": "2.8.3", "ca-certificates": "20240203", "gpg": "2.4.4-2ubuntu17.3",
    "gnupg": "2.4.4-2ubuntu17.3",
    "iproute2": "6.1.0-1ubuntu6", "iptables": "1.8.10-3ubuntu2", "jq": "1.7.1-3ubuntu0.24.04.1",
    "kubernetes-cni": "1.7.1-1.1", "nfs-common": "1:2.6.4-3ubuntu5.1", "openssl": "3.0.13-0ubuntu3.6",
    "socat": "1.8.0.0-4build3", "vim": "2:9.1.0016-1ubuntu7.9", "wget": "1.21.4-1ubuntu4.1",
}  # fmt: skip
FETCHING, INSTALLING = 2.0, 3.0  # seconds
READING = "Reading package lists... Done\n"
LOCKED = (
    "E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\n"
    "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?\n"
)
WARNING = "\nWARNING: apt does not have a stable CLI interface. Use with caution in scripts.\n\n"


@tool("apt-get", "apt")
def apt_get(ctx: Context) -> Steps:
    """apt-get update | install NAME[=VERSION]... | upgrade"""
    words = [arg for arg in ctx.args if not arg.startswith("-")]
    verb, names = (words[0], words[1:]) if words else ("help", [])
    if isinstance(ctx.machine, Container):
        resolved = ctx.machine.plan.resolved
        _root(ctx)
        return (yield from container_packages.apt_get(ctx, resolved.image.base if resolved else "", verb, names))
    node = _node(ctx)
    if ctx.name == "apt" and not ctx.tty and "warned" not in ctx.state:
        ctx.error(WARNING)
        ctx.state["warned"] = True
    if verb == "update":
        return (yield from _update(ctx, node))
    if verb in ("install", "upgrade", "dist-upgrade", "full-upgrade"):
        return (yield from _install(ctx, node, names if verb == "install" else None))
    if verb == "list":
        return _list(ctx, node, names)
    if verb in ("policy", "madison", "show"):
        return _cache(ctx, node, verb, names)
    raise Exit(100, f"E: KubeLab does not simulate {ctx.name} {verb}\n")


def _node(ctx: Context) -> str:
    node = node_of(ctx)
    if not node:
        raise Exit(100, f"{ctx.name}: KubeLab simulates packages on the cluster's nodes only\n")
    return node


def _root(ctx: Context, refusal: str = LOCKED) -> None:
    if ctx.user != "root":
        raise Exit(100, refusal)


def _update(ctx: Context, node: str) -> Steps:
    _root(
        ctx,
        f"{READING}E: Could not open lock file /var/lib/apt/lists/lock - open (13: Permission denied)\n"
        "E: Unable to lock directory /var/lib/apt/lists/\n",
    )
    if "began" not in ctx.state:
        ctx.state["began"] = ctx.now
        for suite in ("noble", "noble-updates", "noble-backports"):
            ctx.print(f"Hit:{('noble', 'noble-updates', 'noble-backports').index(suite) + 1} "
                      f"http://archive.ubuntu.com/ubuntu {suite} InRelease")  # fmt: skip
    yield Sleep(ctx.state["began"] + FETCHING)
    number, missing = 4, []
    for minor in packages.repositories(ctx.machine.cluster, node):
        if packages.offered(minor):
            ctx.print(f"Get:{number} {MIRROR.format(minor)}  InRelease [1,227 B]")
            ctx.print(f"Get:{number + 1} {MIRROR.format(minor)}  Packages [9,460 B]")
            number += 2
        else:
            ctx.print(f"Err:{number} {SOURCE.format(minor)}  InRelease\n  403  Forbidden [IP: 18.160.41.27 443]")
            missing.append(minor)
            number += 1
    ctx.write(READING)
    for minor in missing:
        url = SOURCE.format(minor)
        ctx.error(f"E: Failed to fetch {url}/InRelease  403  Forbidden [IP: 18.160.41.27 443]\n"
                  f"E: The repository '{url}  InRelease' is not signed.\n")  # fmt: skip
    if missing:
        return 100
    packages.update(ctx.machine.cluster, node)
    return 0


def _versions(ctx: Context, node: str, name: str) -> list[str]:
    """Returns the versions of a package that apt knows, the newest first."""
    if name not in packages.NAMES:
        return [OTHERS[name]] if name in OTHERS else []
    minors = sorted(packages.listed(ctx.machine.cluster, node), reverse=True)
    return [version for minor in minors for version in packages.offered(minor)]


def _chosen(ctx: Context, node: str, word: str) -> tuple[str, str]:
    """Returns the package and the version that a word of the command line means.

    Raises:
        Exit: there is none such.
    """
    name, equals, pattern = word.partition("=")
    every = _versions(ctx, node, name)
    if not every:
        raise Exit(100, f"E: Unable to locate package {name}\n")
    if not equals:
        return name, every[0]
    found = next((version for version in every if fnmatchcase(version, pattern)), None)
    if found is None:
        raise Exit(100, f"E: Version '{pattern}' for '{name}' was not found\n")
    return name, found


def _install(ctx: Context, node: str, words: list[str] | None) -> Steps:
    _root(ctx)
    cluster = ctx.machine.cluster
    if "changes" not in ctx.state:
        ctx.write(f"{READING}Building dependency tree... Done\nReading state information... Done\n")
        held, here = packages.held(cluster, node), packages.installed(cluster, node)
        if words is None:
            words = [name for name in packages.NAMES if name not in held]
        wanted = [_chosen(ctx, node, word) for word in words]
        changes = [[name, version] for name, version in wanted if {**OTHERS, **here}[name] != version]
        for name, version in wanted:
            if [name, version] not in changes:
                ctx.print(f"{name} is already the newest version ({version}).")
        blocked = [name for name, _ in changes if name in held]
        if changes and blocked and "--allow-change-held-packages" not in ctx.args:
            _tell(ctx, node, changes, blocked)
            raise Exit(100, "E: Held packages were changed and -y was used without --allow-change-held-packages.\n")
        _tell(ctx, node, changes, blocked)
        ctx.state.update({"changes": changes, "until": ctx.now + (INSTALLING if changes else 0.0)})
    changes = ctx.state["changes"]
    yield Sleep(ctx.state["until"])
    for name, version in changes:
        before = packages.installed(cluster, node)[name]
        ctx.print(f"Preparing to unpack .../{name}_{version}_amd64.deb ...\n"
                  f"Unpacking {name} ({version}) over ({before}) ...")  # fmt: skip
        packages.install(cluster, node, name, version)
    for name, version in changes:
        ctx.print(f"Setting up {name} ({version}) ...")
    return 0


def _tell(ctx: Context, node: str, changes: list[list[str]], blocked: list[str]) -> None:
    """Says what will be done."""
    here = packages.installed(ctx.machine.cluster, node)
    down = [name for name, version in changes if _number(version) < _number(here[name])]
    up = [name for name, _ in changes if name not in down]
    if blocked:
        ctx.print(f"The following held packages will be changed:\n  {' '.join(sorted(blocked))}")
    for kind, names in (("upgraded", up), ("DOWNGRADED", down)):
        if names:
            ctx.print(f"The following packages will be {kind}:\n  {' '.join(sorted(names))}")
    downgraded = f"{len(down)} downgraded, " if down else ""
    ctx.print(f"{len(up)} upgraded, 0 newly installed, {downgraded}0 to remove and 0 not upgraded.")
    if changes and not (blocked and "--allow-change-held-packages" not in ctx.args):
        size = sum(SIZES[name] for name, _ in changes)
        ctx.print(f"Need to get {size:.1f} MB of archives.")
        for number, (name, version) in enumerate(changes, 1):
            minor = version.split(".")[1]
            ctx.print(f"Get:{number} {MIRROR.format(minor)}  {name} {version} [{SIZES[name]} MB]")
        ctx.print(f"Fetched {size:.1f} MB in 1s (24.8 MB/s)")


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.partition("-")[0].split("."))


def _list(ctx: Context, node: str, names: list[str]) -> int:
    ctx.print("Listing... Done")
    here, held = packages.installed(ctx.machine.cluster, node), packages.held(ctx.machine.cluster, node)
    for name in names or list(packages.NAMES):
        every = _versions(ctx, node, name)
        for version in every if "-a" in ctx.args or "--all-versions" in ctx.args else every[:1]:
            mark = "" if here.get(name, OTHERS.get(name)) != version else " [installed]"
            if version == every[0] and name in here and here[name] != version and name not in held:
                mark = f" [upgradable from: {here[name]}]"
            ctx.print(f"{name}/unknown {version} amd64{mark}")
    return 0


@tool("apt-cache")
def apt_cache(ctx: Context) -> int:
    """apt-cache madison | policy NAME..."""
    words = [arg for arg in ctx.args if not arg.startswith("-")]
    if not words or words[0] not in ("madison", "policy", "show"):
        raise Exit(100, f"E: KubeLab does not simulate apt-cache {' '.join(words[:1])}\n")
    return _cache(ctx, _node(ctx), words[0], words[1:])


def _cache(ctx: Context, node: str, verb: str, names: list[str]) -> int:
    here = packages.installed(ctx.machine.cluster, node)
    for name in names:
        every = _versions(ctx, node, name)
        if not every:
            ctx.error(f"N: Unable to locate package {name}\n")
            continue
        if verb == "madison":
            for version in every:
                url = SOURCE.format(version.split(".")[1])
                ctx.print(f"{name:>10} | {version:>10} | {url}  Packages")
            continue
        now = here.get(name, every[0])
        ctx.print(f"{name}:\n  Installed: {now}\n  Candidate: {every[0]}\n  Version table:")
        for version in every:
            url = SOURCE.format(version.split(".")[1])
            ctx.print(f" {'***' if version == now else '   '} {version} 500\n        500 {url}  Packages")
            if version == now:
                ctx.print("        100 /var/lib/dpkg/status")
    return 0


@tool("apt-mark")
def apt_mark(ctx: Context) -> int:
    """apt-mark hold | unhold NAME... | showhold"""
    node, cluster = _node(ctx), ctx.machine.cluster
    verb, names = (ctx.args[0], ctx.args[1:]) if ctx.args else ("", [])
    held = packages.held(cluster, node)
    if verb == "showhold":
        ctx.write("".join(f"{name}\n" for name in sorted(held)))
        return 0
    if verb not in ("hold", "unhold"):
        raise Exit(1, f"E: KubeLab does not simulate apt-mark {verb}\n")
    _root(ctx)
    for name in names:
        if name not in (*packages.NAMES, *OTHERS):
            raise Exit(100, f"E: Unable to locate package {name}\nE: No packages found\n")
    for name in names:
        if verb == "hold":
            ctx.print(f"{name} was already set on hold." if name in held else f"{name} set on hold.")
        else:
            ctx.print(f"Canceled hold on {name}." if name in held else f"{name} was already not on hold.")
    packages.hold(cluster, node, list({*held, *names} if verb == "hold" else set(held) - set(names)))
    return 0


@tool("dpkg", "dpkg-query")
def dpkg(ctx: Context) -> int:
    """dpkg -l [NAME...]"""
    node = _node(ctx)
    if not {"-l", "--list", "-s", "-W"} & set(ctx.args):
        raise Exit(2, "dpkg: KubeLab simulates dpkg -l only\n")
    here = {**OTHERS, **packages.installed(ctx.machine.cluster, node)}
    held = packages.held(ctx.machine.cluster, node)
    asked = [arg for arg in ctx.args if not arg.startswith("-")]
    found = [name for name in sorted(here) if not asked or any(fnmatchcase(name, word) for word in asked)]
    if not found:
        raise Exit(1, f"dpkg-query: no packages found matching {asked[0]}\n")
    ctx.print("Desired=Unknown/Install/Remove/Purge/Hold\n"
              "| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend\n"
              "|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)\n"
              "||/ Name                Version                  Architecture Description\n"
              "+++-===================-========================-============-=========================")  # fmt: skip
    for name in found:
        ctx.print(f"{'h' if name in held else 'i'}i  {name:<19} {here[name]:<24} amd64        {name}")
    return 0
