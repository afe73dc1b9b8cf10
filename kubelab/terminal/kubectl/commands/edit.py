"""kubectl edit: objects in an editor (kubectl/pkg/cmd/edit/edit.go)."""

from __future__ import annotations

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.objects import Object, with_metadata
from kubelab.cluster.schema.definitions import name_of
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.changing import saved, subresource, validation
from kubelab.terminal.kubectl.command import BASIC_INTERMEDIATE, Command
from kubelab.terminal.kubectl.connection import MERGE, STRATEGIC
from kubelab.terminal.kubectl.editing import Outcome, edit
from kubelab.terminal.kubectl.errors import CommandError, raise_all
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.golang import go_text
from kubelab.terminal.kubectl.pod_templates import flattened
from kubelab.terminal.kubectl.printers.json import compact_json
from kubelab.terminal.kubectl.printers.output import printer, without_managed_fields
from kubelab.terminal.kubectl.recording import RECORD, recorded
from kubelab.terminal.kubectl.resources import Builder, Info
from kubelab.terminal.kubectl.shared_flags import OUTPUT, SAVE_CONFIG, VALIDATE, field_manager, filename_flags
from kubelab.terminal.kubectl.three_way import json_merge_patch, two_way_patch
from kubelab.terminal.tool import Steps


def run(call: Call) -> Steps:
    """Opens an editor with the objects, and patches them by what was changed."""
    subresource(call)
    options = {"fieldManager": call.flags.text("field-manager"), "fieldValidation": validation(call)}
    state = call.state
    if "objects" not in state:
        call.keep("objects", [info.object for info in _infos(call)])
    originals = {obj["metadata"].get("uid", ""): obj for obj in state["objects"]}

    def save(infos: list[Info], outcome: Outcome) -> None:
        for info in infos:
            original = originals.get(info.object["metadata"].get("uid", ""))
            if original is None:
                raise CommandError(f"no original object found for &unstructured.Unstructured{{{go_text(info.object)}}}")
            _save(call, info, original, outcome, options)

    return (yield from edit(call, [without_managed_fields(obj) for obj in state["objects"]], save))


def _infos(call: Call) -> list[Info]:
    builder = Builder.of(
        call, all=False, empty_selects_all=True, go_on=True, flatten=True, latest=True,
        subresource=call.flags.text("subresource"),
    )  # fmt: skip
    infos, errors = builder.select().infos()
    raise_all(errors)
    infos = [each for info in infos for each in flattened(info)]
    if not infos:
        raise CommandError("edit cancelled, no objects found")
    return infos


def _save(call: Call, info: Info, original: Object, outcome: Outcome, options: dict[str, str]) -> None:
    managed = original["metadata"].get("managedFields")
    edited = saved(call, with_metadata(info.object, managedFields=managed) if managed else info.object)
    if edited == original:
        printer(call, "skipped")(edited)
        return
    edited = recorded(call, edited)
    patch, content_type = _patch(call, info, original, edited)
    if "apiVersion" in patch or "kind" in patch or "name" in (patch.get("metadata") or {}):
        raise CommandError("At least one of apiVersion, kind and name was changed")
    if call.flags.on("output-patch"):
        call.say(f"Patch: {compact_json(patch)}")
    try:
        patched = call.api.call(
            "patch", info.kind, info.namespace, info.name,
            subresource=info.subresource, options=options, body=patch, content_type=content_type,
        )  # fmt: skip
    except ApiError as error:
        call.err(outcome.add(error, info) + "\n")
        return
    printer(call, "edited")(patched)


def _patch(call: Call, info: Info, original: Object, edited: Object) -> tuple[Object, str]:
    version, kind = call.ctx.machine.cluster.version, info.kind
    name = name_of(version, kind.group, kind.version, kind.name)
    if name is None:
        return json_merge_patch(original, edited), MERGE
    return two_way_patch(version, name, original, edited), STRATEGIC


COMMAND = Command(
    path="edit",
    usage="edit (RESOURCE/NAME | -f FILENAME)",
    short="Change an object in an editor",
    run=run,
    group=BASIC_INTERMEDIATE,
    rank=30,
    long="""
Change an object in an editor.

The page's editor opens with the object as the server has it; what KUBE_EDITOR or EDITOR names is run instead, if it
is no editor for a terminal. Several objects can be edited at once, by files as well as by type and name; what is
edited is always what the server has.

The file is YAML; with "-o json" it is JSON.

When the server refuses the changes, the file is opened again with its reasons. When somebody else changed the object
in the meantime, the file is kept and its name told, so that the changes can be made again.
""",
    examples="""
# The service named 'registry'
kubectl edit svc/registry

# With another editor
KUBE_EDITOR="nano" kubectl edit svc/registry

# Job 'myjob' as JSON
kubectl edit job.v1.batch/myjob -o json

# Deployment 'mydeployment' as YAML, and note in an annotation what was applied
kubectl edit deployment/mydeployment -o yaml --save-config

# The subresource 'status' of a deployment
kubectl edit deployment mydeployment --subresource='status'
""",
    flags=(
        RECORD,
        *filename_flags("that say which objects are meant."),
        *OUTPUT,
        field_manager("kubectl-edit"),
        Flag("output-patch", "bool", False, "Show the patch, if there is one."),
        SAVE_CONFIG,
        Flag("subresource", "string", "", "Edit this subresource of the object instead of the object."),
        VALIDATE,
        Flag("windows-line-endings", "bool", False, "If true, end lines as Windows does."),
    ),
)
