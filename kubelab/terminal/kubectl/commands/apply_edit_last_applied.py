"""kubectl apply edit-last-applied (kubectl/pkg/cmd/apply/apply_edit_last_applied.go)."""

from __future__ import annotations

import json

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.applying import CLIENT_SIDE
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.changing import LAST_APPLIED, last_applied, validation
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.connection import MERGE
from kubelab.terminal.kubectl.editing import Outcome, edit
from kubelab.terminal.kubectl.errors import CommandError, raise_all
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.pod_templates import flattened
from kubelab.terminal.kubectl.printers.json import compact_json
from kubelab.terminal.kubectl.printers.output import printer
from kubelab.terminal.kubectl.recording import RECORD
from kubelab.terminal.kubectl.resources import Builder, Info
from kubelab.terminal.kubectl.shared_flags import OUTPUT, VALIDATE, field_manager, filename_flags
from kubelab.terminal.tool import Steps

_NOTHING = (
    "no last-applied-configuration annotation found on resources, to create the annotation, use command "
    "`kubectl apply set-last-applied --create-annotation`"
)


def run(call: Call) -> Steps:
    """Opens an editor with what was last applied."""
    options = {"fieldManager": call.flags.text("field-manager"), "fieldValidation": validation(call)}
    state = call.state
    if "objects" not in state:
        call.keep("objects", _configurations(call))
    originals = {_identity(obj): obj for obj in state["objects"]}

    def save(infos: list[Info], _outcome: Outcome) -> None:
        for info in infos:
            if originals.get(_identity(info.object)) == info.object:
                printer(call, "skipped")(info.object)
                continue
            patch = {"metadata": {"annotations": {LAST_APPLIED: compact_json(info.object) + "\n"}}}
            call.api.call(
                "patch", info.kind, info.namespace, info.name, options=options, body=patch, content_type=MERGE
            )
            printer(call, "edited")(info.object)

    return (yield from edit(call, state["objects"], save, applied=True))


def _identity(obj: Object) -> tuple[str, str, str]:
    return obj["apiVersion"], obj["kind"], obj["metadata"].get("name", "")


def _configurations(call: Call) -> list[Object]:
    builder = Builder.of(call, all=False, empty_selects_all=True, go_on=True, flatten=True, latest=True)
    infos, errors = builder.select().infos()
    raise_all(errors)
    texts = [last_applied(each.object) for info in infos for each in flattened(info)]
    objects: list[Object] = [json.loads(text) for text in texts if text is not None]
    if not objects:
        raise CommandError(_NOTHING)
    return objects


COMMAND = Command(
    path="apply edit-last-applied",
    usage="apply edit-last-applied (RESOURCE/NAME | -f FILENAME)",
    short="Change in an editor what was applied last to an object",
    run=run,
    long="""
Change in an editor what was applied last to an object: the annotation in which 'kubectl apply' notes it.

The file is YAML; with "-o json" it is JSON. When the server refuses the changes, the file is kept and its name told.
""",
    examples="""
# By type and name, as YAML
kubectl apply edit-last-applied deployment/nginx

# By file, as JSON
kubectl apply edit-last-applied -f deploy.yaml -o json
""",
    flags=(
        RECORD,
        *filename_flags("that say which objects are meant."),
        *OUTPUT,
        field_manager(CLIENT_SIDE),
        VALIDATE,
        Flag("windows-line-endings", "bool", False, "If true, end lines as Windows does."),
    ),
)
