"""nslookup: asks name servers, as BIND's tool does and as BusyBox's does, which differ in words and in searching.

Its interactive mode is not simulated. Source: BIND 9.18 bin/dig/nslookup.c; busybox networking/nslookup.c.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from kubelab.cluster.addresses import is_address
from kubelab.cluster.network import dns
from kubelab.cluster.network.dns import Record, Reply
from kubelab.cluster.network.resolver import candidates
from kubelab.terminal.tool import Context, Steps, Wait, tool
from kubelab.terminal.tools.dialing import Replay, is_busybox
from kubelab.terminal.tools.lookups import ask, ask_any, question_for, resolv_conf, server_address, without_dot
from kubelab.terminal.tools.nslookup_classic import classic, is_classic

BUSYBOX_USAGE = """BusyBox v1.37.0 () multi-call binary.

Usage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]

Query DNS about HOST

QUERY_TYPE: soa,ns,a,aaaa,cname,mx,txt,srv,ptr,any
"""
TYPES = ("SOA", "NS", "A", "AAAA", "CNAME", "MX", "TXT", "SRV", "PTR", "ANY")
NOBODY = ";; connection timed out; no servers could be reached\n\n"


@tool("nslookup")
def nslookup(ctx: Context) -> Steps:
    """Looks names up."""
    kinds, words = [], []
    if "-debug" in ctx.args:
        ctx.error("nslookup: -debug is not simulated in KubeLab: dig shows replies in full\n")
        return 1
    for word in ctx.args:
        name, _, value = word[1:].partition("=") if word.startswith("-") else ("", "", word)
        if (name and "type".startswith(name)) or name in ("querytype", "query", "q"):
            kinds.append(value.upper())
        elif not name:
            words.append(word)
    busybox = is_busybox(ctx)
    unknown = next((kind for kind in kinds if kind not in TYPES), None)
    if unknown is not None:
        what = f'nslookup: invalid query type "{unknown}"\n' if busybox else f"unknown query type: {unknown}\n"
        ctx.error(what) if busybox else ctx.write(what)
        return 1
    if not words or len(words) > 2:
        if busybox:
            ctx.error(BUSYBOX_USAGE)
        else:
            ctx.error("nslookup: the interactive mode is not simulated in KubeLab: give a name to look up\n")
        return 1
    given = words[1] if len(words) > 1 else ""
    if busybox and is_classic(ctx):
        return (yield from classic(ctx, words[0], given))
    if busybox:
        return (yield from _busybox(ctx, words[0], given, kinds))
    return (yield from _bind(ctx, words[0], given, kinds))


# BIND


def _bind(ctx: Context, name: str, given: str, kinds: Sequence[str]) -> Generator[Wait, Any, int]:
    replay, conf = Replay(ctx), resolv_conf(ctx)
    servers = conf.nameservers
    if given:
        address = server_address(ctx, given)
        if address is None:
            replay.out(f"nslookup: couldn't get address for '{given}': not found\n")
            return 1
        servers = (address,)
    asked_name, kind = question_for(name, kinds[-1] if kinds else "")
    tried = [f"{asked_name}"] if kind == "PTR" else candidates(asked_name, conf)
    reply, server = None, servers[0]
    for index in range(len(tried)):
        asked = yield from ask_any(ctx, replay, servers, tried[index], kind)
        if asked.reply is None:
            replay.out(";; no servers could be reached\n\n")
            return 1
        reply, server = asked.reply, asked.server
        found = tried[index]
        if reply.code != dns.NXDOMAIN:
            break
    if reply is None:
        return 1
    if kind != "PTR" or given:
        replay.out(f"Server:\t\t{given or server}\nAddress:\t{server}#53\n\n")
    if reply.code != dns.NOERROR:
        shown = name if kind != "PTR" else without_dot(asked_name)
        replay.out(f"** server can't find {shown}: {reply.code}\n\n")
        return 1
    if not reply.answers:
        replay.out(f"*** Can't find {name}: No answer\n\n")
        return 1
    if kind == "PTR":
        replay.out("".join(f"{without_dot(each.name)}\tname = {each.data}\n" for each in reply.answers) + "\n")
        return 0
    if not reply.authoritative:
        replay.out("Non-authoritative answer:\n")
    replay.out("".join(_bind_line(record) for record in reply.answers))
    if not kinds:  # the second question, for IPv6 addresses, which the lab has none of
        yield from ask(ctx, server, found, "AAAA")
    replay.out("\n")
    return 0


def _bind_line(record: Record) -> str:
    name = without_dot(record.name)
    if record.type in ("A", "AAAA"):
        return f"Name:\t{name}\nAddress: {record.data}\n"
    words = {"CNAME": "canonical name", "SRV": "service", "TXT": "text", "NS": "nameserver", "PTR": "name"}
    if record.type == "SOA":
        return _authority(name, record, dots=False)
    return f"{name}\t{words.get(record.type, record.type)} = {record.data}\n"


def _authority(name: str, record: Record, *, dots: bool) -> str:
    labels = ("origin", "mail addr", "serial", "refresh", "retry", "expire", "minimum")
    values = [value if dots else value.rstrip(".") for value in record.data.split()]
    return f"{name}\n" + "".join(f"\t{label} = {value}\n" for label, value in zip(labels, values, strict=False))


# BusyBox


def _busybox(ctx: Context, name: str, given: str, kinds: Sequence[str]) -> Generator[Wait, Any, int]:
    replay, conf = Replay(ctx), resolv_conf(ctx)
    server = server_address(ctx, given) if given else conf.nameservers[0]
    if server is None:
        replay.err(f"nslookup: bad address '{given}'\n")
        return 1
    questions = _busybox_questions(name, kinds, conf.searches)
    said = False
    status = 0
    for full, kind in questions:
        asked = yield from ask(ctx, server, f"{full.rstrip('.')}.", kind, timeout=2.5, tries=2, patient=True)
        if asked.reply is None:
            if asked.error == "connection refused" and not said:
                replay.err("nslookup: read: Connection refused\n" * 2)
            replay.out(NOBODY if not said else f"*** Can't find {full}: No answer\n\n")
            return 1
        if not said:
            replay.out(f"Server:\t\t{given or server}\nAddress:\t{server}:53\n\n")
            said = True
        if asked.reply.code != dns.NOERROR:
            replay.out(f"** server can't find {full}: {asked.reply.code}\n\n")
            status = 1
            continue
        replay.out(_busybox_answer(asked.reply))
    return status


def _busybox_questions(name: str, kinds: Sequence[str], searches: Sequence[str]) -> list[tuple[str, str]]:
    """Returns what is asked: a name with a dot in it as it is, another one in every domain of the search list."""
    if not kinds and is_address(name):
        return [(without_dot(question_for(name, "")[0]), "PTR")]
    names = [name] if "." in name or not searches else [f"{name}.{domain}" for domain in searches]
    wanted = [kind for kind in TYPES if kind in kinds] or ["A", "AAAA"]
    return [(each, kind) for kind in wanted for each in ([name] if kind == "PTR" else names)]


def _busybox_answer(reply: Reply) -> str:
    text = "" if reply.authoritative else "Non-authoritative answer:\n"
    for record in reply.answers:
        name = without_dot(record.name)
        if record.type in ("A", "AAAA"):
            text += f"Name:\t{name}\nAddress: {record.data}\n"
        elif record.type == "SOA":
            text += _authority(name, record, dots=False)
        elif record.type == "SRV":
            text += f"{name}\tservice = {record.data.rstrip('.')}\n"
        else:
            words = {"CNAME": "canonical name", "TXT": "text", "NS": "nameserver", "PTR": "name"}
            text += f"{name}\t{words.get(record.type, record.type)} = {record.data.rstrip('.')}\n"
    return text + "\n"
