"""CoreDNS's rewrite plugin: names that are asked for under another one, and what the answers are called.

Source: coredns.io/plugins/rewrite; coredns/coredns, plugin/rewrite/name.go. Of its rules those for names are simulated.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from kubelab.cluster.corefile import Plugin, ServerBlock, absolute
from kubelab.cluster.network.dns import Record

KINDS = ("exact", "prefix", "suffix", "substring", "regex")


class Rule(NamedTuple):
    """One rule for names.

    Args:
        answer: how the names in answers are rewritten: "auto", or a regular expression with its replacement; () for
            none, which leaves answers with a name that the client has not asked for.
    """

    kind: str
    old: str
    new: str
    goes_on: bool
    answer: tuple[str, ...]

    def applied(self, name: str) -> str | None:
        """Returns a name as the rule makes it, None where it does not match."""
        old, new = self.old, self.new
        if self.kind == "regex":
            found = re.search(old, name)
            return absolute(found.expand(re.sub(r"\{(\d+)\}", r"\\\1", new))) if found else None
        if self.kind == "prefix":
            return new + name[len(old) :] if name.startswith(old) else None
        if self.kind == "suffix":
            old, new = absolute(old), absolute(new)
            return name[: -len(old)] + new if name.endswith(old) else None
        if self.kind == "substring":
            return name.replace(old, new) if old in name else None
        return absolute(new) if name == absolute(old) else None

    def answered(self, record: Record, asked: str, rewritten: str) -> Record:
        """Returns a record of the answer as the client sees it."""
        if self.kind == "exact" or "auto" in self.answer[:1]:
            return record._replace(name=asked) if record.name == rewritten else record
        if len(self.answer) == 2:
            pattern, new = self.answer
            found = re.search(pattern, record.name)
            return record._replace(name=absolute(found.expand(re.sub(r"\{(\d+)\}", r"\\\1", new)))) if found else record
        return record


def rule_of(plugin: Plugin) -> Rule | None:
    """Reads a `rewrite` line or block; None for one that is not about names."""
    words = list(plugin.arguments)
    goes_on = bool(words) and words[0] == "continue"
    if words and words[0] in ("stop", "continue"):
        words.pop(0)
    answer: tuple[str, ...] = ()
    if not words and plugin.block:
        words = list(plugin.block[0])
        answer = next((line[2:] for line in plugin.block[1:] if line[:2] == ("answer", "name")), ())
    if len(words) < 3 or words[0] != "name":
        return None
    words.pop(0)
    kind = words.pop(0) if words[0] in KINDS else "exact"
    if len(words) < 2:
        return None
    rest = words[2:]
    if rest[:1] == ["answer"]:
        answer = tuple(rest[2:] if rest[1:2] == ["name"] else rest[1:])
    old = words[0] if kind == "regex" else words[0].lower()
    return Rule(kind, old, words[1], goes_on, answer)


def rewritten(block: ServerBlock, name: str) -> tuple[str, list[tuple[Rule, str, str]]]:
    """Returns a name as a server block's rules make it, with each rule that did: what it was before, and after."""
    applied: list[tuple[Rule, str, str]] = []
    for plugin in block.plugins:
        rule = rule_of(plugin) if plugin.name == "rewrite" else None
        result = rule.applied(name) if rule is not None else None
        if rule is None or result is None:
            continue
        applied.append((rule, name, result))
        name = result
        if not rule.goes_on:
            break
    return name, applied
