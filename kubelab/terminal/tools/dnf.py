"""dnf, yum and rpm on nodes whose packages are RPMs: Kubernetes' come from pkgs.k8s.io, a repository a minor version.

Source: kubernetes.io, setup/production-environment/tools/kubeadm/install-kubeadm and
tasks/administer-cluster/kubeadm/kubeadm-upgrade; dnf(8), rpm(8).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from kubelab.cluster.node import machinefiles, packages
from kubelab.cluster.node.systems import ROCKY
from kubelab.terminal.nodes import node_of
from kubelab.terminal.tool import Context, Exit, Sleep, Steps, tool

REPOSITORY, FILE = "kubernetes", "/etc/yum.repos.d/kubernetes.repo"
ARCH = "x86_64"
SIZES = {"kubeadm": 12, "kubectl": 11, "kubelet": 13}  # MB
OTHERS = {
    "bash": "5.1.8-9.el9", "conntrack-tools": "1.4.7-4.el9_5", "containerd.io": "2.2.4-1.el9", "curl": "7.76.1-31.el9",
    "iproute": "6.11.0-1.el9", "iptables-nft": "1.8.10-11.el9_5", "nfs-utils": "2.5.4-34.el9",
    "openssl": "3.2.2-6.el9_5", "tar": "1.34-7.el9", "vim-enhanced": "8.2.2637-22.el9_6", "wget": "1.21.1-8.el9_4",
}  # fmt: skip
WORKING = 3.0  # seconds that a transaction takes
RULE = "=" * 80
NOT_ROOT = "Error: This command has to be run with superuser privileges (under the root user on most systems).\n"
UNREACHED = (
    "Errors during downloading metadata for repository 'kubernetes':\n"
    "  - Status code: 403 for {url}repodata/repomd.xml (IP: 18.160.41.27)\n"
    "Error: Failed to download metadata for repo 'kubernetes': Cannot download repomd.xml: Cannot "
    "download repodata/repomd.xml: All mirrors were tried\n"
)
EXCLUDE = re.compile(r"^exclude(?:pkgs)?\s*=\s*(.*)$", re.MULTILINE)
BASE = re.compile(r"^baseurl\s*=\s*(\S+)$", re.MULTILINE)


class Change(NamedTuple):
    """A package that a transaction brings to another version."""

    name: str
    before: str
    after: str

    @property
    def verb(self) -> str:
        """What is done with it."""
        return "Upgrad" if _number(self.after) > _number(self.before) else "Downgrad"


@tool("dnf", "yum")
def dnf(ctx: Context) -> Steps:
    """dnf install | upgrade | downgrade NAME[-VERSION]..., list [--showduplicates], repolist, makecache"""
    words = [arg for arg in ctx.args if not arg.startswith("-")]
    verb, names = (words[0], words[1:]) if words else ("", [])
    if verb in ("install", "upgrade", "update", "downgrade", "upgrade-minimal"):
        return (yield from _change(ctx, verb, names))
    if verb in ("list", "info"):
        return _list(ctx, names)
    if verb == "repolist":
        ctx.write(f"repo id{' ' * 22}repo name\nbaseos{' ' * 23}Rocky Linux 9 - BaseOS\n")
        ctx.write(f"kubernetes{' ' * 19}Kubernetes\n" if _repository(ctx) else "")
        return 0
    if verb == "makecache":
        _offered(ctx)
        ctx.print("Metadata cache created.")
        return 0
    raise Exit(1, f"{ctx.name}: KubeLab does not simulate {ctx.name} {verb}\n".replace("  ", " "))


def _repository(ctx: Context) -> str:
    """Returns the file of Kubernetes' repository, "" where there is none."""
    files = machinefiles.of(ctx.machine.cluster, node_of(ctx))
    return files.read(FILE) if files.is_file(FILE) else ""


def _excluded(ctx: Context) -> set[str]:
    """Returns the packages that the repository's file excludes, unless that was told to be disregarded."""
    if {"--disableexcludes=kubernetes", "--disableexcludes=all"} & set(ctx.args):
        return set()
    found = EXCLUDE.search(_repository(ctx))
    return set(found[1].replace(",", " ").split()) if found else set()


def _offered(ctx: Context) -> list[str]:
    """Returns the versions that the repositories have, the newest first.

    Raises:
        Exit: a repository is not there.
    """
    cluster, node, found = ctx.machine.cluster, node_of(ctx), []
    for minor in sorted(packages.repositories(cluster, node), reverse=True):
        versions = packages.offered(minor, ROCKY)
        if not versions:
            base = BASE.search(_repository(ctx))
            raise Exit(1, UNREACHED.format(url=base[1] if base else ""))
        found += versions
    return found


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.partition("-")[0].split("."))


def _matches(word: str, name: str, version: str) -> bool:
    """Tells whether a word such as kubeadm-1.37.* means a package in a version."""
    plain, arch = f"{name}-{version}", f".{ARCH}"
    return any(fnmatchcase(each, word) for each in (name, plain, plain + arch, f"{name}-{version.partition('-')[0]}"))


def _head(ctx: Context) -> None:
    ctx.print("Last metadata expiration check: 0:12:47 ago.")


def _change(ctx: Context, verb: str, words: list[str]) -> Steps:
    node, cluster = node_of(ctx), ctx.machine.cluster
    if ctx.user != "root":
        raise Exit(1, NOT_ROOT)
    if "changes" not in ctx.state:
        changes = _resolve(ctx, node, verb, words)
        _tell(ctx, changes)
        ctx.state["changes"] = [list(change) for change in changes]
    changes = [Change(*each) for each in ctx.state["changes"]]
    if not changes:
        ctx.print("Nothing to do.\nComplete!")
        return 0
    if not {"-y", "--assumeyes"} & set(ctx.args):
        if "asked" not in ctx.state:
            ctx.write("Is this ok [y/N]: ")
            ctx.state["asked"] = True
        answer = yield from ctx.line()
        if (answer or "").strip().lower() not in ("y", "yes"):
            ctx.error("Operation aborted.\n")
            return 1
    yield Sleep(ctx.state.setdefault("until", ctx.now + WORKING))
    for change in changes:
        packages.install(cluster, node, change.name, change.after)
    _tell_transaction(ctx, changes)
    return 0


def _resolve(ctx: Context, node: str, verb: str, words: list[str]) -> list[Change]:
    """Returns what a command line changes.

    Raises:
        Exit: it names what there is not.
    """
    here, offered, excluded = packages.installed(ctx.machine.cluster, node), _offered(ctx), _excluded(ctx)
    _head(ctx)
    found, missing = [], []
    for word in words or [name for name in packages.NAMES if name not in excluded]:
        if any(_matches(word, name, version) for name, version in OTHERS.items()):
            ctx.print(f"Package {word}.{ARCH} is already installed.")
            continue
        wanted = [(name, version) for name in packages.NAMES for version in offered if _matches(word, name, version)]
        allowed = [pair for pair in wanted if pair[0] not in excluded]
        if not allowed:
            filtered = "All matches were filtered out by exclude filtering" if wanted else "No match"
            ctx.print(f"{filtered} for argument: {word}")
            missing.append(word)
            continue
        name, version = _best(verb, here, allowed)
        if version == here[name]:
            ctx.print(f"Package {name}-{version}.{ARCH} is already installed.")
        else:
            found.append(Change(name, here[name], version))
    if missing:
        raise Exit(1, f"Error: Unable to find a match: {' '.join(missing)}\n")
    ctx.print("Dependencies resolved.")
    return found


def _best(verb: str, here: dict[str, str], allowed: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Returns the newest version that is meant; `downgrade` means an older one than is here."""
    name = allowed[0][0]
    older = [pair for pair in allowed if _number(pair[1]) < _number(here[pair[0]])]
    if verb == "downgrade":
        return older[0] if older else (name, here[name])
    return allowed[0]


def _tell(ctx: Context, changes: list[Change]) -> None:
    if not changes:
        return
    ctx.print(f"{RULE}\n {'Package':<16} {'Architecture':<14} {'Version':<24} {'Repository':<13} Size\n{RULE}")
    for verb in ("Upgrad", "Downgrad"):
        chosen = [change for change in changes if change.verb == verb]
        if chosen:
            ctx.print(f"{verb}ing:")
        for change in chosen:
            size = f"{SIZES[change.name]} M"
            ctx.print(f" {change.name:<16} {ARCH:<14} {change.after:<24} {REPOSITORY:<13} {size}")
    ctx.print(f"\nTransaction Summary\n{RULE}")
    for verb in ("Upgrad", "Downgrad"):
        number = sum(change.verb == verb for change in changes)
        if number:
            ctx.print(f"{verb}e  {number} Package{'s' if number > 1 else ''}")
    ctx.print(f"\nTotal download size: {sum(SIZES[change.name] for change in changes)} M")


def _tell_transaction(ctx: Context, changes: list[Change]) -> None:
    ctx.print("Downloading Packages:")
    for change in changes:
        package = f"{change.name}-{change.after}.{ARCH}.rpm"
        ctx.print(f"{package:<48} 24 MB/s | {SIZES[change.name]:>3} MB     00:00    ")
    ctx.print("Running transaction check\nTransaction check succeeded.\nRunning transaction test\n"
              "Transaction test succeeded.\nRunning transaction")  # fmt: skip
    ctx.print(f"  {'Preparing':<17}: {'':<55}1/1 ")
    number, whole = 0, 2 * len(changes)
    for change in changes:
        for verb, version in ((f"{change.verb}ing", change.after), ("Cleanup", change.before)):
            number += 1
            ctx.print(f"  {verb:<17}: {f'{change.name}-{version}.{ARCH}':<55}{number}/{whole} ")
    for number, (name, version) in enumerate(
        [(change.name, each) for change in changes for each in (change.after, change.before)], 1
    ):
        ctx.print(f"  {'Verifying':<17}: {f'{name}-{version}.{ARCH}':<55}{number}/{whole} ")
    for verb in ("Upgrad", "Downgrad"):
        done = [f"{change.name}-{change.after}.{ARCH}" for change in changes if change.verb == verb]
        if done:
            ctx.print(f"\n{verb}ed:\n" + "\n".join(f"  {each}" for each in done))
    ctx.print("\nComplete!")


def _list(ctx: Context, words: list[str]) -> int:
    here = {**OTHERS, **packages.installed(ctx.machine.cluster, node_of(ctx))}
    words = [word for word in words if word not in ("installed", "available", "--installed")]
    offered, excluded = _offered(ctx), _excluded(ctx)
    asked = [name for name in sorted(here) if not words or any(_matches(word, name, here[name]) for word in words)]
    if not asked:
        raise Exit(1, "Error: No matching Packages to list\n")
    _head(ctx)
    ctx.print("Installed Packages")
    for name in asked:
        origin = f"@{REPOSITORY}" if name in packages.NAMES else "@anaconda"
        ctx.print(f"{f'{name}.{ARCH}':<28}{here[name]:<34}{origin}")
    known = [name for name in asked if name in packages.NAMES and name not in excluded]
    several = {"--showduplicates", "--all"} & set(ctx.args)
    rows = [(name, version) for name in known for version in (reversed(offered) if several else offered[:1])]
    rows = [(name, version) for name, version in rows if several or _number(version) > _number(here[name])]
    if rows:
        ctx.print("Available Packages")
    for name, version in rows:
        ctx.print(f"{f'{name}.{ARCH}':<28}{version:<34}{REPOSITORY}")
    return 0


@tool("rpm")
def rpm(ctx: Context) -> int:
    """rpm -q NAME... | -qa"""
    here = {**OTHERS, **packages.installed(ctx.machine.cluster, node_of(ctx))}
    flags = "".join(arg[1:] for arg in ctx.args if arg.startswith("-") and not arg.startswith("--"))
    names = [arg for arg in ctx.args if not arg.startswith("-")]
    if "q" not in flags or set(flags) - set("qa"):
        raise Exit(1, "rpm: KubeLab simulates rpm -q and rpm -qa only\n")
    if "a" in flags:
        found = [f"{name}-{version}" for name, version in sorted(here.items())]
        chosen = [each for each in found if not names or any(fnmatchcase(each, word) for word in names)]
        ctx.write("".join(f"{each}.{ARCH}\n" for each in chosen))
        return 0
    if not names:
        raise Exit(1, "rpm: no arguments given for query\n")
    for name in names:
        ctx.print(f"{name}-{here[name]}.{ARCH}" if name in here else f"package {name} is not installed")
    return int(any(name not in here for name in names))
