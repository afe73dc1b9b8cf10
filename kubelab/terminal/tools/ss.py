"""ss and netstat: the listening sockets of the place where the command runs. Connections are over before they show.

Source: iproute2, ss(8); net-tools and BusyBox, netstat(8).
"""

from __future__ import annotations

from kubelab.cluster.network import Place
from kubelab.cluster.sockets import Listener
from kubelab.terminal.tool import Context, tool
from kubelab.terminal.tools.dialing import is_busybox

BACKLOG = 4096
SERVICES = {22: "ssh", 53: "domain", 80: "http", 443: "https", 3306: "mysql", 5432: "postgresql", 6379: "redis"}
USAGE = "Usage: ss [ OPTIONS ]\n       -l listening  -t TCP  -u UDP  -n numbers  -p processes  -a all  -H no header\n"


def _letters(ctx: Context) -> str:
    long = {"--listening": "l", "--tcp": "t", "--udp": "u", "--numeric": "n", "--processes": "p", "--all": "a",
            "--programs": "p", "--program": "p", "--no-header": "H", "--inet": "4", "--route": "r"}  # fmt: skip
    return "".join(long.get(word, word[1:]) for word in ctx.args if word.startswith("-"))


def _listeners(ctx: Context, letters: str) -> list[Listener]:
    place = Place.of(ctx.machine.place)
    found = ctx.machine.cluster.network.sockets.listeners(place.node, place.namespace, place.pod) if place.node else []
    wanted = {protocol for letter, protocol in (("t", "TCP"), ("u", "UDP")) if letter in letters} or {"TCP", "UDP"}
    return [each for each in found if each.protocol in wanted]


def _address(listener: Listener, letters: str) -> str:
    port = str(listener.port) if "n" in letters else SERVICES.get(listener.port, str(listener.port))
    return f"{listener.address}:{port}"


def _process(ctx: Context, listener: Listener) -> tuple[int, str]:
    """Returns pid and name; a container sees only its own processes."""
    if Place.of(ctx.machine.place).pod and listener.container != ctx.machine.place.get("container"):
        return 0, ""
    return listener.pid, listener.process


@tool("ss")
def ss(ctx: Context) -> int:
    """ss [-tulnpaH]"""
    letters = _letters(ctx)
    if "h" in letters:
        ctx.write(USAGE)
        return 0
    both = ("t" in letters and "u" in letters) or not ("t" in letters or "u" in letters)
    rows = [
        ["Netid"] if both else [],
        "State",
        "Recv-Q",
        "Send-Q",
        "Local Address:Port",
        "Peer Address:Port",
        "Process",
    ]
    listening = _listeners(ctx, letters) if "l" in letters or "a" in letters else []
    table: list[list[str]] = []
    for each in sorted(listening, key=lambda one: (one.protocol == "TCP", one.port)):
        state, queue = ("LISTEN", BACKLOG) if each.protocol == "TCP" else ("UNCONN", 0)
        any_port = f"{'[::]' if ':' in each.address else '0.0.0.0'}:*"
        pid, name = _process(ctx, each)
        process = f'users:(("{name}",pid={pid},fd=3))' if "p" in letters and name else ""
        kind = [each.protocol.lower()] if both else []
        table.append([*kind, state, "0", str(queue), _address(each, letters), any_port, process])
    heads = [*(["Netid"] if both else []), *(str(cell) for cell in rows[1:])]
    ctx.write(_aligned(heads, table, header="H" not in letters))
    return 0


def _aligned(heads: list[str], table: list[list[str]], *, header: bool) -> str:
    """Lays rows out as ss does: texts to the left, addresses with their colons below each other."""
    rows = ([heads] if header else []) + table
    local = len(heads) - 3
    wide = [max((len(row[index]) for row in rows), default=0) for index in range(len(heads))]
    before = [max((len(row[index].rpartition(":")[0]) for row in rows), default=0) for index in (local, local + 1)]
    text = ""
    for row in rows:
        cells = [cell.ljust(wide[index]) for index, cell in enumerate(row[:local])]
        for index in (0, 1):
            host, _, port = row[local + index].rpartition(":")
            after = max(len(each[local + index].rpartition(":")[2]) for each in rows)
            cells.append(f"{host.rjust(before[index])}:{port.ljust(after)}")
        gap = "" if row is heads else " "
        text += (" ".join(cells) + (f"{gap}{row[-1]}" if row[-1] else "")).rstrip() + "\n"
    return text


@tool("netstat")
def netstat(ctx: Context) -> int:
    """netstat [-tulnpar]"""
    letters, busybox = _letters(ctx), is_busybox(ctx)
    if "r" in letters:
        from kubelab.terminal.tools.ip import route  # the same table under another name

        return int(route(ctx))  # type: ignore[arg-type]  # it never waits
    listening = _listeners(ctx, letters) if "l" in letters or "a" in letters else []
    only = "(only servers)" if "l" in letters else "(servers and established)" if "a" in letters else "(w/o servers)"
    ctx.print(f"Active Internet connections {only}")
    program = "    PID/Program name    " if "p" in letters else ""
    ctx.print(f"Proto Recv-Q Send-Q Local Address           Foreign Address         State      {program}")
    for each in sorted(listening, key=lambda one: (one.protocol != "TCP", one.port)):
        pid, name = _process(ctx, each)
        state = "LISTEN" if each.protocol == "TCP" else ""
        shown = f" {f'{pid}/{name}' if name else '-':<20}" if "p" in letters else ""
        line = f"{each.protocol.lower():<5} {0:>6} {0:>6} {_address(each, letters):<23} {'0.0.0.0:*':<23} {state:<11}"
        ctx.print(line + shown + (" " if busybox and not shown else ""))
    return 0
