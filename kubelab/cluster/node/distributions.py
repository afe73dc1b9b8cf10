"""What Linux distributions put into an image: the tools on its PATH and the files that every one of them has."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from kubelab.cluster.layers import Layer
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.node.registry import Resolved

COREUTILS = """
    cat chgrp chmod chown chroot cp cut date dd df dirname basename du echo env expand expr factor false fold head
    hostname id install join link ln ls md5sum mkdir mkfifo mktemp mv nl nproc od paste printenv printf pwd readlink
    realpath rm rmdir seq sha1sum sha256sum sha512sum shuf sleep sort split stat stty sum sync tac tail tee test
    timeout touch tr true truncate tsort tty uname unexpand uniq unlink wc who whoami yes [ cksum comm groups
    logname nohup
""".split()
BUSYBOX = [
    *COREUTILS,
    *"""
    ash sh busybox awk sed grep egrep fgrep find xargs vi ps top kill killall pidof pgrep pkill free uptime dmesg mount
    umount
    wget nc nslookup ping traceroute telnet ip ifconfig route netstat arp hostid httpd tar gzip gunzip zcat unzip base64
    cmp diff less more watch which usleep su login passwd adduser addgroup ftpget tftp crond base32 bc clear hd hexdump
    fallocate reset rev strings xxd
    """.split(),
]
ALPINE = [*BUSYBOX, *"apk getent scanelf ldd".split()]
DEBIAN = [
    *COREUTILS,
    *"""
    sh bash dash grep egrep fgrep sed awk mawk find xargs tar gzip gunzip zcat bzip2 diff cmp dpkg apt apt-get apt-cache
    base64 base32 findmnt getent kill mount umount su login more which dmesg nice perl ldd useradd adduser arch
    clear dir fallocate fmt nawk reset sha224sum sha384sum tput vdir
    """.split(),
]
ROCKY = [
    *COREUTILS,
    *"""
    sh bash grep egrep fgrep sed awk gawk find xargs tar gzip gunzip zcat bzip2 diff cmp rpm dnf yum base64 base32
    findmnt getent kill mount umount su login more which dmesg nice ldd useradd adduser arch clear dir fallocate fmt
    reset sha224sum sha384sum tput vdir ps top free uptime watch pgrep pkill
    """.split(),
]
UBUNTU = [*DEBIAN, *"ps top free uptime watch pgrep pkill".split()]
TOOLS: dict[str, list[str]] = {
    "busybox": BUSYBOX, "alpine": ALPINE, "debian": DEBIAN, "ubuntu": UBUNTU, "rocky": ROCKY, "": [],
}  # fmt: skip

PASSWD = "root:x:0:0:root:/root:{shell}\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n"
BASHRC = r"""# For every interactive bash.
PS1='\u@\h:\w\$ '
"""
DIRECTORIES = (
    "/bin/ /dev/ /etc/ /home/ /proc/ /root/ /sbin/ /sys/ /usr/bin/ /usr/local/bin/ /var/log/ /var/run/".split()
)

RELEASES = {
    "alpine": (
        'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.22.1\nPRETTY_NAME="Alpine Linux v3.22"\n'
        'HOME_URL="https://alpinelinux.org/"\nBUG_REPORT_URL="https://gitlab.alpinelinux.org/alpine/aports/-/issues"\n'
    ),
    "debian": (
        'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\n'
        'VERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\nHOME_URL="https://www.debian.org/"\n'
        'SUPPORT_URL="https://www.debian.org/support"\nBUG_REPORT_URL="https://bugs.debian.org/"\n'
    ),
    "ubuntu": (
        'PRETTY_NAME="Ubuntu 24.04.3 LTS"\nNAME="Ubuntu"\nVERSION_ID="24.04"\nVERSION="24.04.3 LTS (Noble Numbat)"\n'
        'VERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian\nHOME_URL="https://www.ubuntu.com/"\n'
        'SUPPORT_URL="https://help.ubuntu.com/"\nBUG_REPORT_URL="https://bugs.launchpad.net/ubuntu/"\n'
        'PRIVACY_POLICY_URL="https://www.ubuntu.com/legal/terms-and-policies/privacy-policy"\nUBUNTU_CODENAME=noble\n'
        "LOGO=ubuntu-logo\n"
    ),
    "rocky": (
        'NAME="Rocky Linux"\nVERSION="9.6 (Blue Onyx)"\nID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.6"\n'
        'PLATFORM_ID="platform:el9"\nPRETTY_NAME="Rocky Linux 9.6 (Blue Onyx)"\nANSI_COLOR="0;32"\n'
        'LOGO="fedora-logo-icon"\nCPE_NAME="cpe:/o:rocky:rocky:9::baseos"\nHOME_URL="https://rockylinux.org/"\n'
        'SUPPORT_END="2032-05-31"\n'
    ),
}
VERSION_FILES = {
    "alpine": {"/etc/alpine-release": "3.22.1\n"},
    "debian": {"/etc/debian_version": "12.12\n", "/etc/bash.bashrc": BASHRC},
    "rocky": {"/etc/redhat-release": "Rocky Linux release 9.6 (Blue Onyx)\n", "/etc/bashrc": BASHRC},
    "ubuntu": {
        "/etc/debian_version": "trixie/sid\n",
        "/etc/lsb-release": "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=24.04\n",
        "/etc/bash.bashrc": BASHRC,
    },
}
USERS = {  # further users by uid: those of the images that the lab knows
    "alpine": {101: "nginx", 82: "www-data", 999: "redis", 70: "postgres", 405: "guest", 65534: "nobody"},
    "debian": {101: "nginx", 33: "www-data", 999: "redis", 1000: "node", 65534: "nobody"},
    "ubuntu": {1000: "ubuntu", 33: "www-data", 65534: "nobody"},
    "busybox": {65534: "nobody", 33: "www-data"},
}


@cache
def tools_of(base: str) -> frozenset[str]:
    """Returns the names of a distribution's tools."""
    return frozenset(TOOLS[base])


def user_name(base: str, uid: int) -> str:
    """Returns the name of a user, the number where /etc/passwd has none."""
    return "root" if uid == 0 else USERS.get(base, {}).get(uid, str(uid))


@cache
def files_of(base: str) -> dict[str, str | bytes | Object]:
    """Returns a distribution's files, as a layer's author writes them."""
    files: dict[str, str | bytes | Object] = {directory: {"type": "dir"} for directory in DIRECTORIES}
    files["/tmp/"] = {"type": "dir", "mode": 0o1777}
    files["/dev/null"] = {"type": "char", "mode": 0o666}
    files["/dev/termination-log"] = {"type": "file", "text": "", "mode": 0o666}
    if not base:
        return files
    shell = "/bin/bash" if base in ("debian", "ubuntu", "rocky") else "/bin/sh"
    users = "".join(
        f"{name}:x:{uid}:{uid}::/:/sbin/nologin\n" for uid, name in USERS.get(base, {}).items() if name != "nobody"
    )
    files["/etc/passwd"] = PASSWD.format(shell=shell) + users
    files["/etc/group"] = "root:x:0:\nnogroup:x:65534:\n"
    if base in RELEASES:
        files["/etc/os-release"] = RELEASES[base]
        files.update(VERSION_FILES[base])
    for tool in TOOLS[base]:
        files[f"{directory_of(base, tool)}/{tool}"] = executable(tool)
    return files


def directory_of(base: str, tool: str) -> str:
    """Returns the directory of a tool."""
    if base in ("debian", "ubuntu") or tool in (
        "awk",
        "find",
        "head",
        "tail",
        "sort",
        "cut",
        "tr",
        "wc",
        "xargs",
        "env",
    ):
        return "/usr/bin" if tool not in ("sh", "bash", "dash", "ls", "cat", "grep", "sed", "sleep") else "/bin"
    return "/bin"


def executable(tool: str) -> Object:
    """Returns the entry of a tool's file."""
    return {"type": "file", "text": f"\x7fELF {tool}\n", "mode": 0o755}


@lru_cache(maxsize=512)
def layer_of(resolved: Resolved, mountpoints: tuple[str, ...] = ()) -> Layer:
    """Returns the read-only file tree of an image.

    Args:
        mountpoints: directories that the runtime makes, for volumes to be mounted on.
    """
    image = resolved.image
    files = {**files_of(image.base)}
    for name in (*image.tools, *image.programs):
        if name not in tools_of(image.base):
            files[f"{'/usr/bin' if image.base else ''}/{name}"] = executable(name)
    files.update(image.files(resolved.version))
    for path in mountpoints:
        if path not in files:
            files.setdefault(f"{path}/", {"type": "dir"})
    return Layer(files)
