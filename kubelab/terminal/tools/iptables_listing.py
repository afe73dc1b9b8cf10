"""How `iptables -L` lays rules out. Source: iptables(8); iptables/nft-ipv4.c, print_rule."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from kubelab.cluster.network.iptables import Table

ANYWHERE = "0.0.0.0/0"
EXTRA = {  # how an option's value reads in a listing
    "--dport": "{protocol} dpt:{value}",
    "--sport": "{protocol} spt:{value}",
    "--dports": "multiport dports {value}",
    "--ctstate": "ctstate {value}",
    "--state": "state {value}",
    "--comment": "/* {value} */",
    "--probability": "statistic mode random probability {value}",
    "--mark": "mark match {value}",
    "--to-destination": "to:{value}",
    "--to-ports": "redir ports {value}",
    "--reject-with": "reject-with {value}",
    "--set-xmark": "MARK {mark}",
    "--dst-type": "ADDRTYPE match dst-type {value}",
    "--src-type": "ADDRTYPE match src-type {value}",
    "--match-set": "match-set {value}",
    "--random-fully": "random-fully",
    "--seconds": "recent: CHECK seconds: {value} reap",
    "--nfacct-name": "nfacct-name  {value}",
}


def listed(table: Table, names: Sequence[str], *, verbose: bool, numbers: bool) -> str:
    """Returns chains as `iptables -L -n` prints them."""
    return "\n".join(_chain(table, name, verbose, numbers) for name in names)


def _chain(table: Table, name: str, verbose: bool, numbers: bool) -> str:
    chain = table[name]
    counted = " 0 packets, 0 bytes" if verbose and chain.policy else ""
    references = sum(1 for other in table.values() for rule in other.rules if rule.endswith(f"-j {name}"))
    head = f"policy {chain.policy}{counted}" if chain.policy else f"{references} references"
    text = f"Chain {name} ({head})\n"
    number = f"{'num':<5}" if numbers else ""
    if verbose:
        text += f"{number} pkts bytes target     prot opt in     out     source               destination         \n"
    else:
        text += f"{number}target     prot opt source               destination         \n"
    for index, rule in enumerate(chain.rules, 1):
        text += (f"{index:<5}" if numbers else "") + _rule(rule, verbose) + "\n"
    return text


def _rule(rule: str, verbose: bool) -> str:
    options, extra = _read(rule)
    target = options.get("-j") or options.get("-g", "")
    source, destination = options.get("-s", ANYWHERE), options.get("-d", ANYWHERE)
    protocol = {"tcp": "6", "udp": "17", "icmp": "1", "sctp": "132"}.get(options.get("-p", ""), "0")
    if not verbose:
        text = f"{target:<9}  {protocol:<4} -- {_host(source):>18}  {_host(destination):>18} "
        return f"{target:<10} {protocol:<4} --  {_host(source):<20} {_host(destination):<20} {extra}".rstrip() or text
    inside, outside = options.get("-i", "*"), options.get("-o", "*")
    return (
        f"    0     0 {target:<10} {protocol:<4} --  {inside:<6} {outside:<7} {_host(source):<20} "
        f"{_host(destination):<20} {extra}"
    ).rstrip()


def _host(text: str) -> str:
    return text.removesuffix("/32")


def _read(rule: str) -> tuple[dict[str, str], str]:
    """Returns a rule's options, and what stands behind its addresses."""
    words = shlex.split(rule)
    options: dict[str, str] = {}
    extra: list[str] = []
    negated = ""
    for at, word in enumerate(words):
        if word == "!":
            negated = "!"
            continue
        if not word.startswith("-"):
            continue
        value = words[at + 1] if at + 1 < len(words) and not words[at + 1].startswith("-") else ""
        options[word] = negated + value
        form = EXTRA.get(word)
        if form is not None:
            protocol = options.get("-p", "")
            mark = f"or {value.partition('/')[0]}" if value.endswith("/0x4000") else f"xor {value.partition('/')[0]}"
            extra.append((f"{negated} " if negated else "") + form.format(value=value, protocol=protocol, mark=mark))
        negated = ""
    return options, " ".join(extra)
