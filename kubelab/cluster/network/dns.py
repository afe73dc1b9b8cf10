"""Questions to name servers and their replies, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

NOERROR, SERVFAIL, NXDOMAIN, REFUSED = "NOERROR", "SERVFAIL", "NXDOMAIN", "REFUSED"


class Record(NamedTuple):
    """One resource record; names end in a dot."""

    name: str
    ttl: int
    type: str  # A, AAAA, CNAME, SRV, PTR, TXT, SOA, NS
    data: str


@dataclass
class Reply:
    """What a name server answers.

    Args:
        code: NOERROR, NXDOMAIN, SERVFAIL or REFUSED.
        authoritative: whether the server is the zone's own.
        answers: records of the answer section, CNAMEs before what they point to.
        authority: the zone's SOA where there is no answer.
        additional: addresses of an SRV record's targets.
        error: why the server failed, for its own log.
    """

    code: str = NOERROR
    authoritative: bool = False
    answers: list[Record] = field(default_factory=list)
    authority: list[Record] = field(default_factory=list)
    additional: list[Record] = field(default_factory=list)
    error: str = ""

    def data(self, kind: str) -> list[str]:
        """Returns what the answer's records of one type say."""
        return [record.data for record in self.answers if record.type == kind]


def reverse_name(ip: str) -> str:
    """Returns the name under which an address is looked up, e.g. "1.0.96.10.in-addr.arpa."."""
    return ".".join(reversed(ip.split("."))) + ".in-addr.arpa."


def address_in(name: str) -> str | None:
    """Returns the address that a reverse name asks for, or None."""
    labels = name.rstrip(".").removesuffix(".in-addr.arpa").split(".")
    return ".".join(reversed(labels)) if len(labels) == 4 and all(label.isdigit() for label in labels) else None
