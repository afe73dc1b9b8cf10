"""The operating systems that machines may have: what they call themselves, their kernel, their packages.

Source: os-release(5) and uname(1) on Ubuntu 24.04 and Rocky Linux 9.
"""

from __future__ import annotations

from dataclasses import dataclass

from kubelab.cluster.objects import Object


@dataclass(frozen=True)
class System:
    """A distribution as a machine has it.

    Args:
        name: as presets and node/distributions.py call it.
        image: PRETTY_NAME of its /etc/os-release; a Node's osImage.
        kernel: `uname -r`.
        build: `uname -v`.
        compiled: what /proc/version says between kernel and build.
        revision: what follows the version of Kubernetes' packages.
        welcome: what it greets with after a log-in.
        packagers: the tools of its package manager.
    """

    name: str
    image: str
    kernel: str
    build: str
    compiled: str
    revision: str
    welcome: str
    packagers: frozenset[str]


UBUNTU = System(
    "ubuntu",
    "Ubuntu 24.04.3 LTS",
    "6.8.0-88-generic",
    "#89-Ubuntu SMP PREEMPT_DYNAMIC Sat Oct 11 01:02:46 UTC 2025",
    "(buildd@lcy02-amd64-095) (x86_64-linux-gnu-gcc-13)",
    "-1.1",
    "Welcome to Ubuntu 24.04.3 LTS (GNU/Linux 6.8.0-88-generic x86_64)\n\n"
    " * Documentation:  https://help.ubuntu.com\n"
    " * Management:     https://landscape.canonical.com\n"
    " * Support:        https://ubuntu.com/pro\n\n",
    frozenset(("apt", "apt-get", "apt-cache", "apt-mark", "dpkg", "dpkg-query")),
)
ROCKY = System(
    "rocky",
    "Rocky Linux 9.6 (Blue Onyx)",
    "5.14.0-570.49.1.el9_6.x86_64",
    "#1 SMP PREEMPT_DYNAMIC Wed Oct 8 10:57:20 UTC 2025",
    "(mockbuild@iad1-prod-build001.bld.equ.rockylinux.org) (gcc (GCC) 11.5.0 20240719 (Red Hat 11.5.0-5))",
    "-150500.1.1",
    "",
    frozenset(("dnf", "yum", "rpm")),
)
SYSTEMS = {system.name: system for system in (UBUNTU, ROCKY)}
PACKAGERS = frozenset[str]().union(*(system.packagers for system in SYSTEMS.values()))


def system_of(record: Object | None) -> System:
    """Returns the system of a machine (node/host.py); Ubuntu where nothing else is said, as on the workstation."""
    return SYSTEMS[(record or {}).get("os", UBUNTU.name)]
