"""What iptables changes: rules appended, inserted and deleted, chains flushed, policies. Source: iptables(8).

Rules that match by something that the lab's packets do not have are refused: they would never match, and nobody
would know why.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from kubelab.cluster.addresses import subnet
from kubelab.cluster.network.iptables import HOOKS, Table
from kubelab.cluster.objects import Object
from kubelab.terminal.tool import Context
from kubelab.terminal.tools.interfaces import stack_of

TARGETS = ("ACCEPT", "DROP", "REJECT", "RETURN", "DNAT", "REDIRECT", "MASQUERADE", "LOG")
MATCHES = ("tcp", "udp", "icmp", "conntrack", "state", "comment", "multiport")
VALUES = {
    "--dport": "", "--sport": "", "--dports": "multiport", "--sports": "multiport", "--ctstate": "conntrack",
    "--state": "state", "--comment": "comment", "--icmp-type": "icmp",
}  # fmt: skip
OF_TARGET = ("--to-destination", "--to-ports", "--to-source", "--reject-with", "--log-prefix", "--log-level")


class MistakenRule(Exception):
    """A rule that iptables does not take; `hint` asks for the line that points to its help."""

    def __init__(self, message: str, status: int = 2, *, hint: bool = True) -> None:
        super().__init__(message)
        self.status = status
        self.hint = hint


def change(ctx: Context, table: str, command: str, words: list[str], made: Table) -> int:
    """Does one command that changes a table; returns the exit status.

    Args:
        made: the table as it is now.

    Raises:
        MistakenRule: if the command cannot be understood.
    """
    chain = words[0] if words else ""
    if command == "-F":
        return _flush(ctx, table, [chain] if chain else list(made))
    if command in ("-Z",):
        return 0
    if command == "-X":
        return _remove(ctx, table, chain, made)
    if not chain:
        raise MistakenRule(f'option "{command}" requires an argument')
    if command == "-N":
        if chain in made:
            ctx.error("iptables: Chain already exists.\n")
            return 1
        return _keep(ctx, table, chain, own=True)
    if chain not in made and chain not in HOOKS[table]:
        ctx.error("iptables: No chain/target/match by that name.\n")
        return 1
    if command == "-P":
        return _policy(ctx, table, chain, words[1:])
    return _rule(ctx, table, command, chain, words[1:], made)


def _touched(ctx: Context, table: str, chain: str) -> Object:
    changes = ctx.machine.cluster.network.stacks.of(stack_of(ctx))
    found: Object = ((changes.get("firewall") or {}).get(table) or {}).get(chain) or {}
    return found


def _keep(ctx: Context, table: str, chain: str, **fields: object) -> int:
    stacks = ctx.machine.cluster.network.stacks
    firewall = stacks.of(stack_of(ctx)).get("firewall") or {}
    kept = {**_touched(ctx, table, chain), **fields}
    kept = {field: value for field, value in kept.items() if value}
    chains = {**(firewall.get(table) or {}), chain: kept}
    chains = {name: touched for name, touched in chains.items() if touched}
    changed = {**firewall, table: chains}
    stacks.change(stack_of(ctx), firewall={name: each for name, each in changed.items() if each})
    return 0


def _policy(ctx: Context, table: str, chain: str, words: Sequence[str]) -> int:
    if chain not in HOOKS[table]:
        ctx.error("iptables: Bad built-in chain name.\n")
        return 1
    if not words or words[0] not in ("ACCEPT", "DROP"):
        ctx.error("iptables: Bad policy name. Run `dmesg' for more information.\n")
        return 1
    return _keep(ctx, table, chain, policy="DROP" if words[0] == "DROP" else None)


def _flush(ctx: Context, table: str, chains: Sequence[str]) -> int:
    for chain in chains:
        own = _touched(ctx, table, chain).get("own")
        _keep(ctx, table, chain, head=None, tail=None, gone=None, flushed=None if own else True)
    return 0


def _remove(ctx: Context, table: str, chain: str, made: Table) -> int:
    """Deletes a chain made by hand, or all that are empty; the components' chains come back by themselves."""
    for name in [chain] if chain else list(made):
        if name not in made:
            ctx.error("iptables: No chain/target/match by that name.\n")
            return 1
        if made[name].rules and chain:
            ctx.error("iptables: Directory not empty.\n")
            return 4
        if _touched(ctx, table, name).get("own") and not made[name].rules:
            _keep(ctx, table, name, own=None)
    return 0


def _rule(ctx: Context, table: str, command: str, chain: str, words: list[str], made: Table) -> int:
    number = words.pop(0) if words and words[0].isdigit() else ""
    rules = made[chain].rules if chain in made else []
    if command == "-D" and number:
        if not 0 < int(number) <= len(rules):
            ctx.error("iptables: Index of deletion too big.\n")
            return 1
        return _delete(ctx, table, chain, rules[int(number) - 1])
    text = written(words, made)
    if command == "-C":
        if text in rules:
            return 0
        ctx.error("iptables: Bad rule (does a matching rule exist in that chain?).\n")
        return 1
    if command == "-D":
        if text not in rules:
            ctx.error("iptables: Bad rule (does a matching rule exist in that chain?).\n")
            return 1
        return _delete(ctx, table, chain, text)
    touched = _touched(ctx, table, chain)
    if command == "-A" or touched.get("own"):
        tail = list(touched.get("tail") or ())
        place = len(tail) if command == "-A" else max(int(number or 1) - 1, 0)
        return _keep(ctx, table, chain, tail=[*tail[:place], text, *tail[place:]])
    if command == "-I":
        head = list(touched.get("head") or ())
        place = min(max(int(number or 1) - 1, 0), len(head))
        return _keep(ctx, table, chain, head=[*head[:place], text, *head[place:]])
    raise MistakenRule("replacing rules is not simulated in KubeLab: delete and insert", hint=False)


def _delete(ctx: Context, table: str, chain: str, text: str) -> int:
    touched = _touched(ctx, table, chain)
    for part in ("head", "tail"):
        rules = list(touched.get(part) or ())
        if text in rules:
            rules.remove(text)
            return _keep(ctx, table, chain, **{part: rules})
    return _keep(ctx, table, chain, gone=[*(touched.get("gone") or ()), f"-A {chain} {text}"])


def written(words: Sequence[str], made: Table) -> str:
    """Returns a rule as iptables-save writes it.

    Raises:
        MistakenRule: if it cannot be understood, or is beyond the simulation.
    """
    found: dict[str, str] = {}
    negated, left = "", list(words)
    matches: list[str] = []
    while left:
        word = left.pop(0)
        if word == "!":
            negated = "! "
            continue
        if word == "-m":
            name = left.pop(0) if left else ""
            if name not in MATCHES:
                raise MistakenRule(f"Couldn't load match `{name}':No such file or directory\n")
            matches.append(name)
            continue
        if not word.startswith("-"):
            raise MistakenRule(f"Bad argument `{word}'")
        if word not in ("-s", "-d", "-p", "-i", "-o", "-j", "-g", *VALUES, *OF_TARGET):
            raise MistakenRule(f'unknown option "{word}"')
        if not left:
            raise MistakenRule(f'option "{word}" requires an argument')
        found[word] = negated + left.pop(0)
        negated = ""
    if found.get("-i") or found.get("-o"):
        raise MistakenRule("matching by interface is not simulated in KubeLab: match by address", hint=False)
    return _text(found, matches, made)


def _text(found: dict[str, str], matches: list[str], made: Table) -> str:
    protocol = found.get("-p", "").lower()
    parts = [_address(option, found[option]) for option in ("-s", "-d") if option in found]
    if protocol:
        parts.append(f"-p {protocol}")
    if ("--dport" in found or "--sport" in found) and protocol not in ("tcp", "udp", "sctp"):
        raise MistakenRule(f'unknown option "{"--dport" if "--dport" in found else "--sport"}"')
    for option, module in VALUES.items():
        if option not in found:
            continue
        value = found[option]
        bare = value.removeprefix("! ")
        sign = "! " if bare != value else ""
        shown = shlex.quote(bare) if option != "--comment" else _comment(bare)
        parts.append(f"-m {module or protocol} {sign}{option} {shown}")
    target = found.get("-j") or found.get("-g", "")
    if target and target not in TARGETS and target not in made:
        raise MistakenRule(f"Chain '{target}' does not exist")
    if target:
        parts.append(f"-j {target}")
    extra = [f"{option} {found[option]}" for option in OF_TARGET if option in found]
    if target == "REJECT" and not extra:
        extra = ["--reject-with icmp-port-unreachable"]
    return " ".join([*parts, *extra])


def _comment(text: str) -> str:
    bare = text.replace("-", "").replace("_", "").isalnum()
    return text if bare else f'"{text}"'


def _address(option: str, value: str) -> str:
    sign, bare = ("! ", value[2:]) if value.startswith("! ") else ("", value)
    try:
        found = subnet(bare)
    except ValueError:
        raise MistakenRule(f"host/network `{bare}' not found") from None
    return f"{sign}{option} {found}"
