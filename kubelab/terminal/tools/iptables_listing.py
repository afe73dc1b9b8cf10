"""How `iptables -L` lays rules out. Source: iptables(8); iptables/nft-ipv4.c, print_rule."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import NamedTuple

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


Counts = dict[str, list[int]]  # "-A chain rule", or "table -P chain", -> packets and bytes


class Form(NamedTuple):
    """How a listing looks.

    Args:
        verbose: with counters and interfaces.
        numbers: with the rules' numbers.
        exact: with counters in full, not as 12K.
    """

    verbose: bool = False
    numbers: bool = False
    exact: bool = False


def rules_listed(table: Table, name: str, chosen: Sequence[str], counts: Counts | None) -> str:
    """Returns chains as `iptables -S` prints them, with their counters unless those are None."""
    text = ""
    for chain in chosen:
        policy = table[chain].policy
        counted = _saved(counts, f"{name} -P {chain}") if policy else ""
        text += f"-P {chain} {policy}{counted}\n" if policy else f"-N {chain}\n"
    for chain in chosen:
        for rule in table[chain].rules:
            counted = _saved(counts, f"-A {chain} {rule}")
            head, jump, target = f"-A {chain} {rule}".rpartition(" -j ")
            text += f"{head}{counted}{jump}{target}\n" if jump else f"{target}{counted}\n"
    return text


def _saved(counts: Counts | None, key: str) -> str:
    if counts is None:
        return ""
    packets, size = counts.get(key, (0, 0))
    return f" -c {packets} {size}"


def listed(table: Table, name: str, chosen: Sequence[str], how: Form, counts: Counts) -> str:
    """Returns chains as `iptables -L -n` prints them."""
    return "\n".join(_chain(table, name, chain, how, counts) for chain in chosen)


def _chain(table: Table, table_name: str, name: str, how: Form, counts: Counts) -> str:
    chain = table[name]
    packets, size = counts.get(f"{table_name} -P {name}", (0, 0))
    counted = f" {_number(packets, how).strip()} packets, {_number(size, how).strip()} bytes"
    references = sum(1 for other in table.values() for rule in other.rules if rule.endswith(f"-j {name}"))
    policy = f"policy {chain.policy}{counted if how.verbose else ''}"
    text = f"Chain {name} ({policy if chain.policy else f'{references} references'})\n"
    number = f"{'num':<5}" if how.numbers else ""
    if how.verbose:
        heads = f"{'pkts':>8} {'bytes':>8} " if how.exact else f"{'pkts':>5} {'bytes':>5} "
        text += f"{number}{heads}target     prot opt in     out     source               destination         \n"
    else:
        text += f"{number}target     prot opt source               destination         \n"
    for index, rule in enumerate(chain.rules, 1):
        seen = counts.get(f"-A {name} {rule}", (0, 0))
        text += (f"{index:<5}" if how.numbers else "") + _rule(rule, how, seen) + "\n"
    return text


def _number(value: int, how: Form) -> str:
    """Returns a counter as xtables_print_num writes it: five digits, then in thousands."""
    if how.exact:
        return f"{value:8d}"
    for unit in ("", "K", "M", "G"):
        if value <= (99999 if not unit else 9999):
            return f"{value:5d}" if not unit else f"{value:4d}{unit}"
        value = (value + 500) // 1000
    return f"{value:4d}T"


def _rule(rule: str, how: Form, seen: Sequence[int]) -> str:
    options, extra = _read(rule)
    target = options.get("-j") or options.get("-g", "")
    source, destination = options.get("-s", ANYWHERE), options.get("-d", ANYWHERE)
    protocol = {"tcp": "6", "udp": "17", "icmp": "1", "sctp": "132"}.get(options.get("-p", ""), "0")
    if not how.verbose:
        text = f"{target:<9}  {protocol:<4} -- {_host(source):>18}  {_host(destination):>18} "
        return f"{target:<10} {protocol:<4} --  {_host(source):<20} {_host(destination):<20} {extra}".rstrip() or text
    inside, outside = options.get("-i", "*"), options.get("-o", "*")
    return (
        f"{_number(seen[0], how)} {_number(seen[1], how)} {target:<10} {protocol:<4} --  {inside:<6} {outside:<7} "
        f"{_host(source):<20} {_host(destination):<20} {extra}"
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
