"""What cordon, uncordon and drain share: which nodes are meant, and marking them (kubectl/pkg/cmd/drain/drain.go)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.changing import dry_run
from kubelab.terminal.kubectl.connection import STRATEGIC
from kubelab.terminal.kubectl.errors import CommandError, raise_all
from kubelab.terminal.kubectl.printers.output import DRY_RUN_WORDS
from kubelab.terminal.kubectl.resources import Builder

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call


def nodes(call: Call, usage: str) -> list[Object]:
    """Returns the nodes that are meant.

    Raises:
        UsageError: none is named.
        ApiError: one does not exist.
    """
    selector = call.flags.text("selector")
    if not call.args and not call.flags.changed("selector"):
        raise call.usage(f"USAGE: {usage} [flags]")
    if call.args and selector:
        raise call.usage("error: cannot specify both a node name and a --selector option")
    args = ["nodes"] if selector else [name if "/" in name else f"nodes/{name}" for name in call.args]
    infos, errors = Builder.of(call, args=args, one_type=True).select().infos()
    raise_all(errors)
    for info in infos:
        if info.kind.name != "Node":
            version, plural = info.kind.version, info.kind.plural
            raise CommandError(f'expected resource of type node, got "{info.kind.group}/{version}, Resource={plural}"')
    return [item for info in infos for item in (info.object["items"] if info.is_list else [info.object])]


def tell(call: Call, node: Object, done: str, dry: str = "") -> None:
    """Says what was done to a node."""
    call.say(f"node/{node['metadata']['name']} {done}{DRY_RUN_WORDS.get(dry, '')}")


def mark(call: Call, found: list[Object], *, schedulable: bool) -> None:
    """Marks nodes as schedulable or not."""
    dry = dry_run(call)
    verb = "uncordon" if schedulable else "cordon"
    kind = call.kinds.find("nodes")
    for node in found:
        if bool(node["spec"].get("unschedulable")) is not schedulable:
            tell(call, node, f"already {verb}ed", dry)
            continue
        if dry != "client" and kind is not None:
            options = {"dryRun": "All"} if dry == "server" else {}
            patch = {"spec": {"unschedulable": None if schedulable else True}}
            name = node["metadata"]["name"]
            try:
                call.api.call("patch", kind, "", name, options=options, body=patch, content_type=STRATEGIC)
            except ApiError as error:
                call.err(f'error: unable to {verb} node "{name}": {error.message}\n')
                continue
        tell(call, node, f"{verb}ed", dry)
