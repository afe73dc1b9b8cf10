"""How the tools that look names up ask name servers themselves: nslookup, dig and host.

Questions are walked through the network like every packet; virtual time passes while nobody answers.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from kubelab.cluster.addresses import is_address
from kubelab.cluster.network import Place
from kubelab.cluster.network import walk as ends
from kubelab.cluster.network.dns import Reply, reverse_name
from kubelab.cluster.network.resolv import ResolvConf
from kubelab.terminal.tool import Context, Sleep, Wait
from kubelab.terminal.tools.dialing import Replay, release

PORT = 53
ROUND_TRIP = 0.001  # seconds that a question at least takes by the clock of the tools
VERSIONS = {
    ("ubuntu", "24.04"): "9.18.39-0ubuntu0.24.04.2-Ubuntu", ("ubuntu", "22.04"): "9.18.39-0ubuntu0.22.04.2-Ubuntu",
    ("debian", "12"): "9.18.41-1~deb12u1-Debian", ("debian", "13"): "9.20.15-1~deb13u1-Debian",
}  # fmt: skip
DEFAULT_VERSION = "9.20.15"


@dataclass
class Asked:
    """What became of a question.

    Args:
        reply: None where none came.
        server: the address that was asked.
        seconds: how long it took.
        error: "timed out" or "connection refused" where none came.
        tries: how often it was asked in vain.
    """

    reply: Reply | None
    server: str
    seconds: float = ROUND_TRIP
    error: str = ""
    tries: int = 0


def bind_version(ctx: Context) -> str:
    """Returns the version of BIND's tools on the machine."""
    return VERSIONS.get(release(ctx), DEFAULT_VERSION)


def resolv_conf(ctx: Context) -> ResolvConf:
    """Returns what the machine's resolv.conf says; without a name server it is the machine itself."""
    conf = ctx.machine.cluster.network.resolver.conf(Place.of(ctx.machine.place))
    return conf if conf.nameservers else conf._replace(nameservers=("127.0.0.1",))


def server_address(ctx: Context, name: str) -> str | None:
    """Returns the address of a name server that was given by name or address, None where the name leads nowhere."""
    if is_address(name):
        return name
    answer = ctx.machine.cluster.network.resolve(ctx.machine.place, name)
    return answer.addresses[0] if answer.addresses else None


def question_for(name: str, kind: str) -> tuple[str, str]:
    """Returns the name and type to ask for: an address is asked for by its reverse name."""
    return (reverse_name(name), "PTR") if is_address(name) and kind in ("A", "") else (name, kind or "A")


def ask(
    ctx: Context, server: str, name: str, kind: str, *, timeout: float = 5.0, tries: int = 3, patient: bool = False
) -> Generator[Wait, Any, Asked]:
    """Asks a name server one question, again and again while nobody answers.

    Args:
        name: in full.
        timeout: seconds to wait for each try.
        patient: a refusal does not end the waiting.
    """
    key = f"@ask {server} {name} {kind}"
    held: dict[str, Any] = ctx.state.setdefault(key, {"since": ctx.now, "tries": 0, "error": ""})
    resolver = ctx.machine.cluster.network.resolver
    while held["tries"] < tries:
        walk, reply = resolver.query(Place.of(ctx.machine.place), server, name, kind)
        if reply is not None:
            seconds = max(ctx.now - held["since"] + walk.seconds, ROUND_TRIP)
            del ctx.state[key]
            return Asked(reply, server, seconds, held["error"], held["tries"])
        held["error"] = "connection refused" if walk.outcome == ends.REFUSED else "timed out"
        held["tries"] += 1
        if held["error"] == "timed out" or patient:
            yield Sleep(held["since"] + held["tries"] * timeout)
    seconds = ctx.now - held["since"]
    del ctx.state[key]
    return Asked(None, server, seconds, held["error"], tries)


def ask_any(
    ctx: Context,
    replay: Replay,
    servers: tuple[str, ...],
    name: str,
    kind: str,
    *,
    timeout: float = 5.0,
    tries: int = 3,
) -> Generator[Wait, Any, Asked]:
    """Asks name servers in turn until one answers, and tells of those that do not, as BIND's tools do."""
    failed: list[list[Any]] = ctx.state.setdefault("@failed", [])
    for server, error, times in failed:
        _tell_failure(replay, server, error, times)
    asked = Asked(None, servers[0])
    for server in servers[len(failed) :]:
        asked = yield from ask(ctx, server, name, kind, timeout=timeout, tries=tries)
        _tell_failure(replay, server, asked.error, asked.tries)
        if asked.reply is not None:
            break
        failed.append([server, asked.error, asked.tries])
    del ctx.state["@failed"]
    return asked


def _tell_failure(replay: Replay, server: str, error: str, times: int) -> None:
    replay.out(f";; communications error to {server}#{PORT}: {error}\n" * times)


def without_dot(name: str) -> str:
    """Returns a name without the dot at its end."""
    return name.rstrip(".") or "."
