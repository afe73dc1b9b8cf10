"""CoreDNS's template plugin: answers that are made up from the question. Source: coredns.io/plugins/template.

Go templates are filled in for {{ .Name }}, {{ .Type }}, {{ .Class }}, {{ .Zone }} and {{ .Group.name }}, {{ .Match }}'s
groups by number ({{ index .Match 1 }}).
"""

from __future__ import annotations

import re

from kubelab.cluster.corefile import Plugin, absolute
from kubelab.cluster.network import dns
from kubelab.cluster.network.dns import Record, Reply


def in_zone(name: str, zone: str) -> bool:
    """Tells whether a name lies in a zone; both end in a dot."""
    return zone == "." or name == zone or name.endswith("." + zone)


def answer(plugin: Plugin, name: str, kind: str) -> Reply | None:
    """Returns what a `template` block answers; None where the next plugin is to be asked."""
    words = list(plugin.arguments)
    if len(words) < 2 or words[1].upper() not in ("ANY", kind):
        return None
    zones = [absolute(zone) for zone in words[2:]] or ["."]
    zone = next((each for each in zones if in_zone(name, each)), None)
    if zone is None:
        return None
    patterns = [line[1] for line in plugin.block if line[0] == "match" and len(line) > 1] or [".*"]
    found = next((match for match in (re.search(pattern, name) for pattern in patterns) if match), None)
    if found is None:
        return None if plugin.setting("fallthrough") is not None else Reply(dns.SERVFAIL)
    code = (plugin.setting("rcode") or (dns.NOERROR,))[0].upper()
    reply = Reply(code, True)
    for line in plugin.block:
        if line[0] in ("answer", "authority", "additional"):
            record = _record(_filled(" ".join(line[1:]), name, kind, zone, found))
            getattr(reply, "answers" if line[0] == "answer" else line[0]).append(record)
    return reply


def _filled(text: str, name: str, kind: str, zone: str, found: re.Match[str]) -> str:
    known = {".Name": name, ".Type": kind, ".Class": "IN", ".Zone": zone}

    def value(match: re.Match[str]) -> str:
        word = match[1].strip()
        if word.startswith(".Group."):
            return found.groupdict().get(word.removeprefix(".Group."), "") or ""
        index = re.fullmatch(r"index \.Match (\d+)", word)
        if index is not None and int(index[1]) <= (found.re.groups or 0):
            return found.group(int(index[1])) or ""
        return known.get(word, "")

    return re.sub(r"\{\{([^}]*)\}\}", value, text)


def _record(text: str) -> Record:
    """Reads a line of a zone's file: name, TTL, class, type, data."""
    words = text.split()
    name = words.pop(0)
    ttl = int(words.pop(0)) if words and words[0].isdigit() else 3600
    if words and words[0].upper() == "IN":
        words.pop(0)
    kind = words.pop(0).upper() if words else "TXT"
    data = " ".join(words)
    return Record(absolute(name), ttl, kind, absolute(data) if kind in ("CNAME", "PTR", "NS") else data)
