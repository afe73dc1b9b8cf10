"""dig: asks name servers and shows their replies in full. Source: BIND 9.18, dig(1), bin/dig/dig.c.

Not simulated, and taken without effect: EDNS and DNSSEC options, zone transfers, files of questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from kubelab.cluster.addresses import is_address
from kubelab.cluster.network import dns
from kubelab.cluster.network.dns import Record, Reply, reverse_name
from kubelab.cluster.network.resolver import candidates
from kubelab.terminal.tool import Context, Steps, tool
from kubelab.terminal.tools.dialing import Replay
from kubelab.terminal.tools.lookups import Asked, ask_any, bind_version, resolv_conf, server_address

TYPES = frozenset("A AAAA ANY CNAME MX NS PTR SOA SRV TXT CAA DS DNSKEY".split())
NOT_SIMULATED = ("trace", "showsearch", "yaml")
COLUMNS = (24, 32, 40, 48)  # where TTL, class, type and data begin
TAB = 8
HEADER = 12  # bytes of a message before its questions
RECORD = 12  # bytes of a record besides its name and data


@dataclass
class Question:
    """One question of a command line, with its options."""

    name: str = "."
    kind: str = ""
    server: str = ""
    options: dict[str, bool] = field(default_factory=dict)
    timeout: float = 5.0
    tries: int = 3

    def on(self, option: str, default: bool = True) -> bool:
        """Tells whether a +option is set."""
        return self.options.get(option, default)


@tool("dig")
def dig(ctx: Context) -> Steps:
    """Asks name servers."""
    if ctx.args and ctx.args[0] == "-v":
        ctx.error(f"DiG {bind_version(ctx)}\n")
        return 0
    question = parse(ctx.args)
    missing = next((each for each in NOT_SIMULATED if question.on(each, False)), "")
    if missing:
        ctx.error(f"dig: +{missing} is not simulated in KubeLab\n")
        return 1
    replay, conf = Replay(ctx), resolv_conf(ctx)
    servers: tuple[str, ...] = conf.nameservers
    if question.server:
        address = server_address(ctx, question.server)
        if address is None:
            replay.err(f"dig: couldn't get address for '{question.server}': not found\n")
            return 10
        servers = (address,)
    names = candidates(question.name, conf) if question.on("search", False) else [f"{question.name.rstrip('.')}."]
    kind = question.kind or "A"
    asked = Asked(None, servers[0])
    name = names[0]
    for index in range(len(names)):
        name = names[index]
        asked = yield from ask_any(ctx, replay, servers, name, kind, timeout=question.timeout, tries=question.tries)
        if asked.reply is None or asked.reply.code != dns.NXDOMAIN:
            break
    if not question.on("short", False) and question.on("cmd") and question.on("all"):
        words = " ".join(ctx.args)
        replay.out(f"\n; <<>> DiG {bind_version(ctx)} <<>> {words}\n")
        if question.server:
            replay.out("; (1 server found)\n")
        replay.out(";; global options: +cmd\n")
    if asked.reply is None:
        replay.out(";; no servers could be reached\n\n" if question.on("cmd") else ";; no servers could be reached\n")
        return 9
    if question.on("short", False):
        replay.out("".join(f"{record.data}\n" for record in asked.reply.answers))
        return 0
    replay.out(_full(ctx, question, name, kind, asked, asked.reply))
    return 0


def parse(args: Sequence[str]) -> Question:
    """Reads dig's command line."""
    question = Question()
    left = list(args)
    while left:
        word = left.pop(0)
        if word.startswith("@"):
            question.server = word[1:]
        elif word.startswith("+"):
            _plus(question, word[1:])
        elif word == "-x" and left:
            question.name, question.kind = reverse_name(left.pop(0)), question.kind or "PTR"
        elif word == "-t" and left:
            question.kind = left.pop(0).upper()
        elif word == "-q" and left:
            question.name = left.pop(0)
        elif word in ("-p", "-b", "-c", "-k", "-y", "-f") and left:
            left.pop(0)
        elif word.upper() in TYPES:
            question.kind = word.upper()
        elif word.upper() != "IN" and not word.startswith("-"):
            question.name = word
    if question.name == "." and not question.kind:
        question.kind = "NS"
    return question


def _plus(question: Question, option: str) -> None:
    name, _, value = option.partition("=")
    if name in ("time", "timeout") and value.isdigit():
        question.timeout = float(max(int(value), 1))
    elif name in ("tries", "retry") and value.isdigit():
        question.tries = max(int(value) + (name == "retry"), 1)
    else:
        on = not name.startswith("no")
        question.options[name if on else name.removeprefix("no")] = on
        if name == "noall":
            for each in ("cmd", "comments", "question", "answer", "authority", "additional", "stats"):
                question.options[each] = False


def _full(ctx: Context, question: Question, name: str, kind: str, asked: Asked, reply: Reply) -> str:
    random, text = ctx.machine.cluster.random, ""
    shown = (
        reply.answers if question.on("answer") else [],
        reply.authority if question.on("authority") else [],
        reply.additional if question.on("additional") else [],
    )
    if question.on("comments"):
        number = random.index(65536, "dns", ctx.now, name)
        flags = "qr aa rd" if reply.authoritative else "qr rd ra"
        text += f";; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: {reply.code}, id: {number}\n"
        text += (
            f";; flags: {flags}; QUERY: 1, ANSWER: {len(reply.answers)}, AUTHORITY: {len(reply.authority)}, "
            f"ADDITIONAL: {len(reply.additional) + 1}\n"
        )
        if reply.authoritative:
            text += ";; WARNING: recursion requested but not available\n"
        text += "\n;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n"
        text += f"; COOKIE: {random.hex(16, 'cookie', ctx.now)} (echoed)\n"
    if question.on("question"):
        text += (";; QUESTION SECTION:\n" if question.on("comments") else "") + _line((f";{name}", "", "IN", kind, ""))
        text += "\n"
    for title, records in zip(("ANSWER", "AUTHORITY", "ADDITIONAL"), shown, strict=True):
        if records:
            text += f";; {title} SECTION:\n" if question.on("comments") else ""
            text += "".join(_line((each.name, str(each.ttl), "IN", each.type, each.data)) for each in records)
            text += "\n" if question.on("comments") else ""
    return text + (_statistics(ctx, asked, name, reply) if question.on("stats") else "")


def _statistics(ctx: Context, asked: Asked, name: str, reply: Reply) -> str:
    when = datetime.fromtimestamp(ctx.now, UTC).strftime("%a %b %d %H:%M:%S UTC %Y")
    return (
        f";; Query time: {round(asked.seconds * 1000)} msec\n;; SERVER: {asked.server}#53({asked.server}) (UDP)\n"
        f";; WHEN: {when}\n;; MSG SIZE  rcvd: {_size(name, reply)}\n\n"
    )


def _size(name: str, reply: Reply) -> int:
    """Returns the bytes of a reply; CoreDNS writes every name in full."""
    records = [*reply.answers, *reply.authority, *reply.additional]
    return HEADER + len(name) + 5 + 23 + sum(len(each.name) + RECORD + _data_size(each) for each in records)


def _data_size(record: Record) -> int:
    if record.type == "A":
        return 4
    if record.type == "SRV":
        return 6 + len(record.data.split()[-1]) + 1
    return len(record.data) + (20 if record.type == "SOA" else 1)


def _line(fields: tuple[str, str, str, str, str]) -> str:
    """Writes a record: each field at its column, behind a space where that is passed already."""
    text = fields[0]
    for column, value in zip(COLUMNS, fields[1:], strict=True):
        if not value:
            continue
        at = len(text.expandtabs(TAB))
        text += "\t" * -(-(column - at) // TAB) if at < column else " "
        text += value
    return text + "\n"


@tool("host")
def host(ctx: Context) -> Steps:
    """Looks a name or an address up and says it in a sentence. Source: BIND 9.18, host(1)."""
    kind, words, left = "", [], list(ctx.args)
    while left:
        word = left.pop(0)
        if word in ("-t", "-W", "-R", "-N") and left:
            value = left.pop(0)
            kind = value.upper() if word == "-t" else kind
        elif not word.startswith("-"):
            words.append(word)
    if not words:
        ctx.error("Usage: host [-aCdilrTvVw] [-c class] [-N ndots] [-t type] [-W time]\n"
                  "            [-R number] [-m flag] [-p port] hostname [server]\n")  # fmt: skip
        return 1
    replay, conf = Replay(ctx), resolv_conf(ctx)
    servers: tuple[str, ...] = conf.nameservers
    if len(words) > 1:
        address = server_address(ctx, words[1])
        if address is None:
            replay.out(f"host: couldn't get address for '{words[1]}': not found\n")
            return 1
        servers = (address,)
        replay.out(f"Using domain server:\nName: {words[1]}\nAddress: {address}#53\nAliases: \n\n")
    reverse = is_address(words[0])
    name = reverse_name(words[0]) if reverse else words[0]
    names = [name] if reverse else candidates(name, conf)
    reply = None
    for index in range(len(names)):
        asked = yield from ask_any(ctx, replay, servers, names[index], kind or ("PTR" if reverse else "A"), tries=2)
        reply = asked.reply
        if reply is None or reply.code != dns.NXDOMAIN:
            break
    if reply is None:
        replay.out(";; no servers could be reached\n")
        return 1
    if reply.code != dns.NOERROR:
        codes = {dns.NXDOMAIN: 3, dns.SERVFAIL: 2, dns.REFUSED: 5}
        replay.out(f"Host {name.rstrip('.')} not found: {codes.get(reply.code, 2)}({reply.code})\n")
        return 1
    if not reply.answers:
        replay.out(f"{name} has no {kind or 'A'} record\n")
        return 1
    words_of = {"A": "has address", "AAAA": "has IPv6 address", "CNAME": "is an alias for", "SRV": "has SRV record",
                "PTR": "domain name pointer", "TXT": "descriptive text", "NS": "name server"}  # fmt: skip
    for record in reply.answers:
        replay.out(
            f"{record.name.rstrip('.')} {words_of.get(record.type, f'has {record.type} record')} {record.data}\n"
        )
    return 0
