"""Waiting until objects are gone, as kubectl delete, drain and wait --for=delete do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kubelab.terminal.kubectl.arguments import kind_of
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.resources import Info
from kubelab.terminal.tool import Poll, Steps

if TYPE_CHECKING:
    from kubelab.cluster.kinds.kind import Kind
    from kubelab.terminal.kubectl.call import Call

WEEK = 168 * 3600.0  # what "for ever" comes to


def full_name(kind: Kind) -> str:
    """Returns the name by which a kind is found again: "deployments.v1.apps"."""
    return f"{kind.plural}.{kind.version}.{kind.group}"


def remember(call: Call, infos: Sequence[Info], timeout: float) -> None:
    """Puts into the state what is waited for and until when, so that the wait can go on after a restart."""
    call.keep(
        "gone", [[full_name(i.kind), i.namespace, i.name, i.object.get("metadata", {}).get("uid", "")] for i in infos]
    )
    call.keep("deadline", call.ctx.now + (timeout or WEEK))


def until_gone(call: Call) -> Steps:
    """Waits until none of the objects that `remember` was given exists any more, one after the other.

    Raises:
        CommandError: it took too long.
    """
    state = call.state
    while state["gone"]:
        kind_name, namespace, name, uid = state["gone"][0]
        kind = kind_of(call.kinds, kind_name)
        found = call.api.find(kind, namespace, name)
        if found is None or (uid and found["metadata"]["uid"] != uid):
            state["gone"] = state["gone"][1:]
            continue
        if call.ctx.now >= state["deadline"]:
            raise CommandError(f"timed out waiting for the condition on {kind.plural}/{name}")
        yield Poll(state["deadline"])
    return 0
