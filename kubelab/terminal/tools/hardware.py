"""dmesg, lsblk, hostnamectl, who: what a machine tells of itself.

Source: util-linux 2.39 (dmesg, lsblk), systemd 255 (hostnamectl), GNU coreutils (who).
"""

from __future__ import annotations

from datetime import UTC, datetime

from kubelab.cluster.node import host, kernellog
from kubelab.cluster.node.journal import Line
from kubelab.cluster.node.systems import system_of
from kubelab.cluster.objects import Object
from kubelab.terminal.nodes import node_of
from kubelab.terminal.options import Given, Usage
from kubelab.terminal.tool import Context, Exit, tool

DMESG = Usage("""
Usage: dmesg [OPTION]...
Write the kernel's log.

  -T, --ctime        times that people read
  -t, --notime       without times
  -H, --human        as without an option
  -k, --kernel       as without an option
""", not_simulated="-w --follow -c --clear -C --read-clear -l --level -L --color -x --decode -r --raw")  # fmt: skip


def _record(ctx: Context) -> Object:
    """Returns the node that a command runs on.

    Raises:
        Exit: it runs elsewhere.
    """
    node = node_of(ctx)
    if not node:
        raise Exit(1, f"{ctx.name}: KubeLab simulates {ctx.name} on nodes only\n")
    return ctx.machine.cluster.store.get(host.HOSTS + node) or {}


@tool("dmesg")
def dmesg(ctx: Context) -> int:
    """dmesg [-T | -t]"""
    given = DMESG.parse(ctx)
    record = _record(ctx)
    if ctx.user != "root":
        raise Exit(1, "dmesg: read kernel buffer failed: Operation not permitted\n")
    for line in kernellog.lines(ctx.machine.cluster, node_of(ctx)):
        ctx.print(_stamp(line, float(record["booted"]), given) + line.text)
    return 0


def _stamp(line: Line, booted: float, given: Given) -> str:
    if given.has("t"):
        return ""
    if given.has("T"):
        return f"[{datetime.fromtimestamp(line.time, UTC):%a %b %e %H:%M:%S %Y}] "
    return f"[{line.time - booted:12.6f}] "


@tool("lsblk")
def lsblk(ctx: Context) -> int:
    """lsblk"""
    size = f"{_record(ctx)['disk'] // 1024 // 1024}G"
    ctx.write(
        "NAME   MAJ:MIN RM SIZE RO TYPE MOUNTPOINTS\n"
        f"sda      8:0    0 {size:>4}  0 disk \n"
        f"└─sda1   8:1    0 {size:>4}  0 part /\n"
    )
    return 0


@tool("hostnamectl")
def hostnamectl(ctx: Context) -> int:
    """hostnamectl [status | hostname]"""
    record, cluster, node = _record(ctx), ctx.machine.cluster, node_of(ctx)
    verb = ctx.args[0] if ctx.args else "status"
    if verb == "hostname" and len(ctx.args) == 1:
        ctx.print(node)
        return 0
    if verb != "status":
        raise Exit(1, f"hostnamectl: KubeLab does not simulate hostnamectl {verb}\n")
    system = system_of(record)
    rows = {
        "Static hostname": node,
        "Icon name": "computer-vm",
        "Chassis": "vm",
        "Machine ID": cluster.random.hex(32, "machine", node),
        "Boot ID": cluster.random.uid("boot", node, record.get("booted", 0)).replace("-", ""),
        "Virtualization": "kvm",
        "Operating System": system.image,
        "Kernel": f"Linux {system.kernel}",
        "Architecture": "x86-64",
        "Hardware Vendor": "QEMU",
    }
    ctx.write("".join(f"{name:>16}: {value}\n" for name, value in rows.items()))
    return 0


@tool("who")
def who(ctx: Context) -> int:
    """who"""
    ctx.print(f"{ctx.user:<8} pts/0        {datetime.fromtimestamp(ctx.now, UTC):%Y-%m-%d %H:%M} (192.168.100.10)")
    return 0
