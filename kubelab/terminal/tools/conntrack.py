"""conntrack: the connections that a node's kernel remembers, with their translations. Source: conntrack(8)."""

from __future__ import annotations

from kubelab.cluster.network import Place, conntrack
from kubelab.cluster.objects import Object
from kubelab.terminal.tool import Context, tool
from kubelab.terminal.tools.interfaces import may_administer, stack_of

VERSION = "conntrack v1.4.8 (conntrack-tools)"
CPUS = 2
NUMBERS = {"tcp": 6, "udp": 17, "icmp": 1}
FILTERS = {"-p": "protocol", "--proto": "protocol", "-s": "src", "--src": "src", "-d": "dst", "--dst": "dst",
           "--dport": "dport", "--orig-port-dst": "dport", "--sport": "sport"}  # fmt: skip


@tool("conntrack")
def conntrack_tool(ctx: Context) -> int:
    """conntrack -L|-D|-F|-S [-p protocol] [-s address] [-d address] [--dport port]"""
    args = list(ctx.args)
    if not may_administer(ctx):
        ctx.error(f"{VERSION}: Operation failed: sorry, you must be root or get CAP_NET_ADMIN capability to do this\n")
        return 1
    place, network = Place.of(ctx.machine.place), ctx.machine.cluster.network
    node = place.node if stack_of(ctx).startswith("node/") else ""
    if "-F" in args or "--flush" in args:
        conntrack.forget(network, node)
        ctx.error(f"{VERSION}: connection tracking table has been emptied.\n")
        return 0
    if "-C" in args or "--count" in args:
        ctx.print(str(len(conntrack.rows_of(network, node))))
        return 0
    if "-S" in args or "--stats" in args:
        for cpu in range(CPUS):  # failures alone are counted, and there were none
            ctx.print(f"cpu={cpu:<4}\tfound=0 invalid=0 insert=0 insert_failed=0 drop=0 early_drop=0 error=0 "
                      "search_restart=0 clash_resolve=0 chaintoolong=0 ")  # fmt: skip
        return 0
    if not {"-L", "--dump", "-D", "--delete"} & set(args):
        ctx.error(f"{VERSION}: Bad parameter: no command given; -L, -D, -F, -C and -S are simulated in KubeLab\n")
        return 2
    wanted = {FILTERS[word]: args[at + 1] for at, word in enumerate(args[:-1]) if word in FILTERS}
    rows = [row for row in conntrack.rows_of(network, node) if _matches(row, wanted)]
    for row in rows:
        ctx.print(_line(row, ctx.now))
    shown = "deleted" if {"-D", "--delete"} & set(args) else "shown"
    if shown == "deleted":
        conntrack.forget(network, node)
    ctx.error(f"{VERSION}: {len(rows)} flow entries have been {shown}.\n")
    return 0


def _matches(row: Object, wanted: dict[str, str]) -> bool:
    source, source_port, destination, port, protocol = row["first"]
    has = {"protocol": protocol.lower(), "src": source, "dst": destination, "dport": str(port),
           "sport": str(source_port)}  # fmt: skip
    return all(has[name] == value for name, value in wanted.items())


def _line(row: Object, now: float) -> str:
    source, source_port, destination, port, name = row["first"]
    back_to, back_port, server, server_port, _ = row["last"]
    protocol, left = name.lower(), max(int(row["until"] - now), 1)
    state = " TIME_WAIT" if row["answered"] else " SYN_SENT"
    head = f"{protocol:<8} {NUMBERS.get(protocol, 0)} {left}{state if protocol == 'tcp' else ''}"
    ports = f"sport={source_port} dport={port}" if protocol != "icmp" else f"type=8 code=0 id={source_port}"
    unanswered = "" if row["answered"] else " [UNREPLIED]"
    back = f"sport={server_port} dport={back_port}" if protocol != "icmp" else f"type=0 code=0 id={source_port}"
    assured = " [ASSURED]" if row["answered"] and protocol == "tcp" else ""
    return (
        f"{head} src={source} dst={destination} {ports}{unanswered} src={server} dst={back_to} {back}{assured} "
        "mark=0 use=1"
    )
