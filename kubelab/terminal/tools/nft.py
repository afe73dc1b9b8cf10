"""nft: the tables of netfilter, to be looked at. iptables' own rules are listed by iptables-save.

Source: nft(8).
"""

from __future__ import annotations

from kubelab.cluster.network import Place
from kubelab.cluster.network.nftables import ruleset
from kubelab.terminal.tool import Context, tool
from kubelab.terminal.tools.interfaces import may_administer, stack_of


@tool("nft")
def nft(ctx: Context) -> int:
    """nft list ruleset|tables|table ip kube-proxy|chain ip kube-proxy NAME|map ip kube-proxy NAME"""
    words = [word for word in ctx.args if not word.startswith("-")]
    if not may_administer(ctx):
        ctx.error("Operation not permitted (you must be root)\nnetlink: Error: cache initialization failed: "
                  "Operation not permitted\n")  # fmt: skip
        return 1
    if not words or words[0] != "list":
        ctx.error("nft: only 'nft list' is simulated in KubeLab; change rules with iptables\n")
        return 1
    place = Place.of(ctx.machine.place)
    text = ruleset(ctx.machine.cluster.network, place.node) if stack_of(ctx).startswith("node/") else ""
    what = words[1] if len(words) > 1 else "ruleset"
    if what == "ruleset":
        ctx.write("# iptables-nft's tables are not listed here in KubeLab: use iptables-save\n" + text)
        return 0
    if what == "tables":
        ctx.write("table ip kube-proxy\n" if text else "")
        return 0
    if what == "table" and text and words[-1] == "kube-proxy":
        ctx.write(text)
        return 0
    if what in ("chain", "map", "set"):
        found = _part(text, what, words[-1])
        if found:
            ctx.write("table ip kube-proxy {\n" + found + "}\n")
            return 0
    ctx.error(f"Error: No such file or directory\nlist {' '.join(words[1:])}\n")
    return 1


def _part(text: str, what: str, name: str) -> str:
    """Returns one chain, map or set of a table's text."""
    head = f"\t{what} {name} {{\n"
    if head not in text:
        return ""
    rest = text[text.index(head) :]
    return rest[: rest.index("\t}\n") + len("\t}\n")]
